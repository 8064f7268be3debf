//go:build !pkcs11

package keys

import "crypto"

// openToken is what opens of a token in a program without PKCS#11: nothing does.
type openToken struct{}

func (Token) open() (openToken, error) { return openToken{}, ErrNoToken }

func (openToken) find(string) (crypto.Signer, error)     { return nil, ErrNoToken }
func (openToken) generate(string) (crypto.Signer, error) { return nil, ErrNoToken }
func (openToken) destroy(string) error                   { return ErrNoToken }
