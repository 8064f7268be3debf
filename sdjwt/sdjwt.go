// Package sdjwt is the Selective Disclosure JWT (RFC 9901) and the verifiable
// credential made of it (SD-JWT VC), as pure functions over bytes.
//
// The model. An issuer signs a JWT in which some claims are replaced by
// digests, and hands out the claims beside it as disclosures, each with a
// salt. The holder passes on the disclosures it chooses and, if the credential
// is bound to a key, a key binding JWT over all of it for one verifier. The
// verifier checks the issuer's signature, puts every disclosure in the place
// of its digest, and checks the binding.
//
//   - Hidden marks the claims of a VC or an Issuance that are selectively
//     disclosable. Prepare makes all that is signed, and makes the same bytes
//     from the same facts, so that a credential can be rebuilt from its
//     signature.
//   - Parse and Process are the holder's and the inspector's view; Disclose
//     and Bind make a presentation.
//   - Policy.Verify (RFC 9901) and VerifyVC return a Report: the steps in
//     order, each with its clause, and the claims.
//
// Guarantees: digests are taken over disclosures as they were sent; a digest
// that comes twice, a disclosure without a place, one that names a claim that
// is there already or may not be disclosed, and an unknown _sd_alg are
// refused; whether a key binding is needed is the verifier's decision and
// never the sender's. JSON is read as package strictjson reads it.
//
// Left out: fetching type metadata, status lists (package statuslist) and
// keys; W3C data models; remembering nonces (Binding.Once).
package sdjwt

import (
	"crypto/sha256"
	"crypto/sha512"
	"fmt"

	"edl/internal/fault"
	"edl/mdoc/rawsig"
	"edl/sdjwt/jws"
)

// Limits on what is read.
const (
	MaxSize        = 1 << 20 // bytes of an SD-JWT
	MaxDisclosures = 1024
	MaxDepth       = 48 // of the claims once all disclosures are in place
)

// The types in headers.
const (
	TypeVC         = "dc+sd-jwt"
	TypeVCLegacy   = "vc+sd-jwt" // read only
	TypeKeyBinding = "kb+jwt"
)

// The faults of the package.
var (
	ErrBadToken     = jws.ErrBadToken
	ErrBadSignature = rawsig.ErrBadSignature
	ErrBadKey       = rawsig.ErrBadKey

	ErrBadDisclosure = fault.New(fault.Invalid, "bad_disclosure",
		"披露的数据项与签发内容不符或不允许披露。", "A disclosure does not fit what was signed, or may not be one.")
	ErrTooLarge = fault.New(fault.TooLarge, "too_large",
		"数据过大。", "The data is too large.")
	ErrExpired = fault.New(fault.Invalid, "expired",
		"电子凭证不在有效期内，请更新后再出示。", "The credential is outside its validity; renew it and show it again.")
	ErrUntrustedIssuer = fault.New(fault.Invalid, "untrusted_issuer",
		"签发机关不受信任。", "The issuer is not trusted.")
	ErrBadCredential = fault.New(fault.Invalid, "bad_credential",
		"电子凭证的内容不符合标准。", "The credential is not as its specification requires.")
	ErrBinding = fault.New(fault.Invalid, "bad_key_binding",
		"持有人的签名证明缺失或不属于本次出示，请重新出示。", "The proof of the holder's key is missing or not of this presentation; show it again.")
	ErrReplayed = fault.New(fault.Conflict, "replayed",
		"该出示已被使用过，请重新出示。", "This presentation was used before; show it again.")
)

// hashes are the digest algorithms by their IANA names, of which the weak ones
// are left out.
var hashes = map[string]func([]byte) []byte{
	"sha-256": func(b []byte) []byte { h := sha256.Sum256(b); return h[:] },
	"sha-384": func(b []byte) []byte { h := sha512.Sum384(b); return h[:] },
	"sha-512": func(b []byte) []byte { h := sha512.Sum512(b); return h[:] },
}

const defaultHash = "sha-256"

// hashOf returns the digest function that a payload names.
func hashOf(payload map[string]any) (func([]byte) []byte, error) {
	v, ok := payload["_sd_alg"]
	if !ok {
		v = defaultHash
	}
	name, _ := v.(string)
	h, ok := hashes[name]
	if !ok {
		return nil, fmt.Errorf("%w (_sd_alg %v)", ErrBadDisclosure, v)
	}
	return h, nil
}
