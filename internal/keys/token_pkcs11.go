//go:build pkcs11

package keys

import (
	"crypto"
	"crypto/elliptic"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/ThalesGroup/crypto11"
)

// openToken is a token that was logged in to.
type openToken struct {
	ctx   *crypto11.Context
	label string
}

// A process loads a module and logs in to a token once, so what is open is the
// process's and not a caller's: closing one log-in would end the others.
var (
	tokensMutex sync.Mutex // guards tokens
	tokens      = map[Token]openToken{}
)

func (t Token) open() (openToken, error) {
	tokensMutex.Lock()
	defer tokensMutex.Unlock()
	if open, ok := tokens[t]; ok {
		return open, nil
	}
	pin, err := t.pin()
	if err != nil {
		return openToken{}, err
	}
	ctx, err := crypto11.Configure(&crypto11.Config{Path: t.Module, TokenLabel: t.Label, Pin: pin})
	if err != nil {
		return openToken{}, fmt.Errorf("the token %s does not open: is the module %s right, is it plugged in, is the PIN in %s right? (%w)", t.Label, t.Module, t.PINFile, err)
	}
	tokens[t] = openToken{ctx, t.Label}
	return tokens[t], nil
}

// pin reads what opens the token.
func (t Token) pin() (string, error) {
	text, err := os.ReadFile(t.PINFile)
	if err != nil {
		return "", fmt.Errorf("the PIN of the token %s: %w", t.Label, err)
	}
	return strings.TrimSpace(string(text)), nil
}

// find returns a private key by its identifier, nil if it is not there.
func (o openToken) find(id string) (crypto.Signer, error) {
	b, err := hex.DecodeString(id)
	if err != nil {
		return nil, err
	}
	found, err := o.ctx.FindKeyPairs(b, nil)
	if err != nil {
		return nil, fmt.Errorf("the token %s does not answer: %w", o.label, err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return found[0], nil
}

// generate makes a P-256 key that is sensitive and not to be taken out.
func (o openToken) generate(id string) (crypto.Signer, error) {
	b, err := hex.DecodeString(id)
	if err != nil {
		return nil, err
	}
	key, err := o.ctx.GenerateECDSAKeyPairWithLabel(b, []byte("edl "+id), elliptic.P256())
	if err != nil {
		return nil, fmt.Errorf("the token %s makes no key: %w", o.label, err)
	}
	return key, nil
}

// destroy ends a key for ever.
func (o openToken) destroy(id string) error {
	key, err := o.find(id)
	if err != nil || key == nil {
		return err
	}
	return key.(crypto11.Signer).Delete()
}
