//go:build !pkcs11

package keys

import "crypto"

// openDevice returns the key of a certificate that a device holds: none, in a
// program built without the tag pkcs11.
func openDevice(*Certificate) (crypto.Signer, error) { return nil, nil }
