package credential

// Document makes the signed form of a statement anew, as a tagged COSE_Sign1
// (RFC 9052): every byte as it was when it was signed, and without signing.
func Document(s Statement, keyID string, signature []byte) []byte {
	return s.message([]byte(keyID)).Tagged(nil, signature)
}
