package mobile

import (
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"time"

	"edl/internal/fault"
	"edl/mdoc/rawsig"
	"edl/sdjwt/jws"
	"edl/sdjwt/strictjson"
)

// ErrProof is returned for a proof that does not show that a wallet holds a key.
var ErrProof = fault.New(fault.Invalid, "mobile.proof",
	"卡包没有证明它持有这把密钥，请重试。", "The wallet did not prove that it holds this key: try again.")

// The form of a proof: OpenID4VCI 1.0, appendix F.1.
const (
	proofType = "openid4vci-proof+jwt"
	proofLife = 5 * time.Minute
	maxProof  = 2048 // bytes
)

// ReadProof returns the P-256 key, uncompressed, whose holder signed that the
// audience is the issuer and the nonce is the challenge of the session, not
// long ago.
func ReadProof(compact, issuer, challenge string, now time.Time) ([]byte, error) {
	if len(compact) > maxProof {
		return nil, fmt.Errorf("%w (%d bytes)", ErrProof, len(compact))
	}
	t, err := jws.Parse([]byte(compact))
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrProof, err)
	}
	jwk, _ := t.Header.All["jwk"].(map[string]any)
	key, err := jws.ParseJWK(jwk)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrProof, err)
	}
	p256, _ := key.(*ecdsa.PublicKey)
	if scheme, err := rawsig.For(key); err != nil || scheme != rawsig.ES256 {
		return nil, fmt.Errorf("%w (the key is not on P-256)", ErrProof)
	}
	if err := t.Verify(p256); err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrProof, err)
	}
	if t.Header.Typ != proofType || t.Header.Kid != "" || t.Header.X5C != nil {
		return nil, fmt.Errorf("%w (typ %q, or another key beside jwk)", ErrProof, t.Header.Typ)
	}
	if err := checkProof(t.Payload, issuer, challenge, now); err != nil {
		return nil, err
	}
	return p256.Bytes()
}

func checkProof(payload []byte, issuer, challenge string, now time.Time) error {
	claims, err := strictjson.Object(payload)
	if err != nil {
		return fmt.Errorf("%w (%w)", ErrProof, err)
	}
	iat, _ := claims["iat"].(json.Number)
	seconds, err := iat.Int64()
	if err != nil {
		return fmt.Errorf("%w (no iat)", ErrProof)
	}
	age := now.Sub(time.Unix(seconds, 0))
	switch {
	case claims["aud"] != issuer:
		return fmt.Errorf("%w (for %v)", ErrProof, claims["aud"])
	case challenge == "" || claims["nonce"] != challenge:
		return fmt.Errorf("%w (the nonce is another)", ErrProof)
	case age > proofLife || age < -proofLife:
		return fmt.Errorf("%w (made at %s)", ErrProof, time.Unix(seconds, 0).UTC().Format(time.RFC3339))
	}
	return nil
}
