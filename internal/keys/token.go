package keys

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A Token is a device that holds private keys and never gives them out, as
// PKCS#11 reaches it: a hardware security module, a smart card, SoftHSM. Where
// the folder names one, every P-256 key made from then on is made in it; SM2
// keys, which few tokens know, and keys made before stay in files.
type Token struct {
	Module  string `json:"module"`   // the library of its maker
	Label   string `json:"label"`    // of the token in it
	PINFile string `json:"pin_file"` // what opens it; never an argument, which others can list
}

// tokenFile is in the folder, so that whoever opens the keys finds the token.
const tokenFile = "token.json"

// What is said of tokens.
var (
	ErrNoToken = errors.New("this program was built without PKCS#11: build it with -tags pkcs11, which needs a C compiler")
	ErrHasKeys = errors.New("private keys lie in the token that the folder names: they would be lost to it")
)

// SaveToken has keys made in a token from now on, once it opened.
func SaveToken(dir string, t Token) error {
	unlock, err := lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	if info, err := os.Stat(t.PINFile); err == nil && info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("others can read %s: chmod 600 it", t.PINFile)
	}
	if _, err := t.open(); err != nil {
		return err
	}
	p, err := readPKI(dir)
	if err != nil && !errors.Is(err, ErrNoPKI) {
		return err
	}
	if former, err := readToken(dir); err != nil || former != nil && *former != t && p != nil && p.inToken() {
		return errors.Join(err, ErrHasKeys)
	}
	text, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	return replace(dir, tokenFile, append(text, '\n'))
}

// inToken reports whether any private key lies in the token.
func (p *PKI) inToken() bool {
	for _, c := range p.Certificates {
		if c.TokenKey != "" {
			return true
		}
	}
	return false
}

// readToken returns the token that the folder names, nil if it names none.
func readToken(dir string) (*Token, error) {
	text, err := os.ReadFile(filepath.Join(dir, tokenFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t := &Token{}
	if err := json.Unmarshal(text, t); err != nil {
		return nil, fmt.Errorf("%s is damaged: name the token again with \"edl keys token\" (%w)", tokenFile, err)
	}
	return t, nil
}
