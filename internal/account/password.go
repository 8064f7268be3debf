package account

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

func checkPassword(login, password string) error {
	runes := []rune(password)
	same := true
	for _, r := range runes {
		same = same && r == runes[0]
	}
	if len(runes) < 12 || len(password) > 200 || same || strings.EqualFold(password, login) {
		return ErrPassword
	}
	return nil
}

// argon2id with the second parameter set of RFC 9106: 3 passes over 64 MB.
const (
	argonTime    = 3
	argonMemory  = 64 << 10 // KB
	argonThreads = 4
)

// argonSlots bounds how many hashes run at once, and so their memory.
var argonSlots = make(chan struct{}, 2)

// HashSecret returns the argon2id hash of a password or PIN, with its parameters.
func HashSecret(password string) string {
	salt := make([]byte, 16)
	rand.Read(salt)
	return fmt.Sprintf("argon2id$%d$%d$%s$%s", argonTime, argonMemory,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(derive(password, salt, argonTime, argonMemory)))
}

// decoy is compared with where there is no stored password, so that an unknown
// login takes as long as a known one.
var decoy = "argon2id$3$65536$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// SecretMatches compares a password or PIN with a hash of HashSecret. An empty
// hash matches nothing and takes as long.
func SecretMatches(stored, password string) bool {
	known := stored != ""
	if !known {
		stored = decoy
	}
	time, memory, salt, hash, err := parseHash(stored)
	if err != nil {
		return false
	}
	return subtle.ConstantTimeCompare(derive(password, salt, time, memory), hash) == 1 && known
}

func derive(password string, salt []byte, time, memory uint32) []byte {
	argonSlots <- struct{}{}
	defer func() { <-argonSlots }()
	return argon2.IDKey([]byte(password), salt, time, memory, argonThreads, 32)
}

func parseHash(stored string) (time, memory uint32, salt, hash []byte, err error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 5 || parts[0] != "argon2id" {
		return 0, 0, nil, nil, errors.New("account: not an argon2id hash")
	}
	t, err1 := strconv.ParseUint(parts[1], 10, 32)
	m, err2 := strconv.ParseUint(parts[2], 10, 32)
	salt, err3 := base64.RawStdEncoding.DecodeString(parts[3])
	hash, err4 := base64.RawStdEncoding.DecodeString(parts[4])
	return uint32(t), uint32(m), salt, hash, errors.Join(err1, err2, err3, err4)
}
