// Package mdoc is the mobile document of ISO/IEC 18013-5 and its relatives in
// ISO/IEC TS 18013-7 and OpenID4VP, as pure functions over bytes: no clock,
// no disk, no network.
//
// The model. An issuer lists a document's elements, each with a random salt,
// and signs their digests together with the holder's device key and a time
// span: the mobile security object (MSO) inside IssuerAuth. The holder's
// device shows some of the elements and proves, with a signature or a MAC
// over the session's transcript, that it holds the key. A reader checks the
// signer's certificate against the root of the authority (IACA), the
// signature, the digests over the bytes as they were sent, the times, and the
// device's proof.
//
//   - Issuance.Prepare makes all that is signed and is deterministic: from the
//     same facts, certificate and entropy it makes the same bytes, so that an
//     issued document can be rebuilt from its signature and is not stored.
//   - Policy.VerifyResponse and Policy.VerifyIssuerSigned return a Report: the
//     steps in order, each with its clause, and the elements.
//   - IssuerSigned.Select and Present with AppendResponse are the holder's
//     side, DocRequest the reader's; Session encrypts for both; the Transcript
//     constructors bind a presentation to its channel.
//   - ProfileIACA and its kin hold certificates against Annex B, and
//     Certificate creates ones that pass.
//
// Writing is strict. Reading refuses what package cbor refuses, and unknown
// members of the envelopes that nothing signs (DeviceResponse, Document,
// IssuerSigned, DeviceSigned, DeviceAuth); it tolerates what issuers in the
// field get wrong without harm, such as fractions of seconds.
//
// Left out: the brainpool curves, Ed448 and X448, which Go's library lacks;
// NDEF, BLE and Wi-Fi Aware messages themselves (any byte transport serves);
// server retrieval; looking up the status that an MSO refers to (package
// statuslist) and remembering which sessions were seen (Policy.Once).
package mdoc

import (
	"errors"

	"edl/internal/fault"
	"edl/mdoc/cbor"
	"edl/mdoc/rawsig"
)

// The document type and namespaces of a driving licence.
const (
	DocTypeMDL   = "org.iso.18013.5.1.mDL"
	NameSpaceMDL = "org.iso.18013.5.1"
	NameSpaceCN  = "org.iso.18013.5.1.CN" // domestic elements
)

// Limits on what is read.
const (
	MaxMessage   = 1 << 20 // bytes of a DeviceResponse, a DeviceRequest or an IssuerSigned
	MaxDocuments = 16      // in one DeviceResponse or DeviceRequest
)

// The faults of the package.
var (
	ErrBadCBOR      = cbor.ErrBad
	ErrBadSignature = rawsig.ErrBadSignature
	ErrBadKey       = rawsig.ErrBadKey

	ErrBadStructure = fault.New(fault.Invalid, "bad_structure",
		"电子证照数据的结构不符合标准。", "The data does not have the structure of ISO/IEC 18013-5.")
	ErrBadMSO = fault.New(fault.Invalid, "bad_mso",
		"电子证照的安全对象不符合标准。", "The mobile security object is not as ISO/IEC 18013-5 requires.")
	ErrBadElement = fault.New(fault.Invalid, "bad_element",
		"电子证照的数据项不符合标准。", "A data element is not as ISO/IEC 18013-5 requires.")
	ErrBadCertificate = fault.New(fault.Invalid, "bad_certificate",
		"证书不符合标准规定的格式。", "The certificate does not meet its profile.")
	ErrDigestMismatch = fault.New(fault.Invalid, "digest_mismatch",
		"数据项与签发时不一致，可能被改动。", "A data element is not the one that was signed.")
	ErrDocTypeMismatch = fault.New(fault.Invalid, "doctype_mismatch",
		"证照类型与签发时不一致。", "The document type is not the one that was signed.")
	ErrExpired = fault.New(fault.Invalid, "expired",
		"电子证照不在有效期内，请更新后再出示。", "The document is outside its validity; renew it and show it again.")
	ErrUntrustedIssuer = fault.New(fault.Invalid, "untrusted_issuer",
		"签发机关的证书不受信任。", "The issuer's certificate is not trusted.")
	ErrUntrustedReader = fault.New(fault.Denied, "untrusted_reader",
		"查验方的证书不受信任。", "The reader's certificate is not trusted.")
	ErrSessionMismatch = fault.New(fault.Invalid, "session_mismatch",
		"出示的内容不属于本次会话，请重新出示。", "The presentation does not belong to this session; show it again.")
	ErrReplayed = fault.New(fault.Conflict, "replayed",
		"该出示已被使用过，请重新出示。", "This presentation was used before; show it again.")
	ErrUndecryptable = fault.New(fault.Invalid, "undecryptable",
		"会话数据无法解密，请重新连接。", "The session data cannot be decrypted; connect again.")
	ErrTooLarge = fault.New(fault.TooLarge, "too_large",
		"数据过大。", "The data is too large.")
)

// Element is one data element: its identifier and its value as CBOR.
type Element struct {
	Name  string
	Value []byte
}

// NewElement encodes a value of the types that cbor.Append takes.
func NewElement(name string, value any) (Element, error) {
	b, err := cbor.Encode(value)
	return Element{name, b}, err
}

// Decode returns the value as a Go value; see cbor.Decode.
func (e Element) Decode() (any, error) { return cbor.Decode(e.Value) }

// NameSpace is a namespace and its elements in order.
type NameSpace struct {
	Name     string
	Elements []Element
}

func isFault(err error) bool { return fault.Of(err) != nil }

func isEncoding(err error) bool { return errors.Is(err, ErrBadCBOR) || errors.Is(err, ErrTooLarge) }
