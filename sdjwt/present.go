package sdjwt

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"edl/sdjwt/jws"
)

// Disclose returns the SD-JWT with only those disclosures that the paths need:
// the claims they name, with what is around and inside them. It ends in "~".
func (s *SDJWT) Disclose(paths ...Path) ([]byte, error) {
	if _, err := s.Process(); err != nil {
		return nil, err
	}
	out := append(append([]byte(nil), s.issuer...), '~')
	for i := range s.Disclosures {
		d := &s.Disclosures[i]
		for _, p := range paths {
			if p.covers(d.Path) {
				out = append(append(out, d.Encoded...), '~')
				break
			}
		}
	}
	return out, nil
}

// Bind appends a key binding JWT by the holder's key to an SD-JWT that ends in
// "~" (§4.3). The audience is the verifier, the nonce its own.
func Bind(sdjwt []byte, key crypto.Signer, audience, nonce string, at time.Time) ([]byte, error) {
	s, err := Parse(sdjwt)
	if err != nil {
		return nil, err
	}
	if s.KeyBinding != nil {
		return nil, fmt.Errorf("%w (it is bound already)", ErrBinding)
	}
	hash, err := s.sdHash()
	if err != nil {
		return nil, err
	}
	payload, err := json.Marshal(map[string]any{"iat": at.Unix(), "aud": audience, "nonce": nonce, "sd_hash": hash})
	if err != nil {
		return nil, err
	}
	kb, err := jws.Sign(key, jws.Header{Typ: TypeKeyBinding}, payload)
	if err != nil {
		return nil, err
	}
	return append(append([]byte(nil), sdjwt...), kb...), nil
}

// sdHash returns the hash over the SD-JWT up to and with the last "~".
func (s *SDJWT) sdHash() (string, error) {
	hash, err := hashOf(s.claims)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(hash(s.signed)), nil
}
