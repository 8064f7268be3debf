package mdoc

import (
	"crypto/ecdh"
	"crypto/sha256"
	"fmt"

	"edl/mdoc/cbor"
	"edl/mdoc/cose"
)

// Transcript is an encoded SessionTranscript (ISO/IEC 18013-5 §9.1.5.1), the
// array [DeviceEngagementBytes, EReaderKeyBytes, Handover]: what a device's
// proof is bound to, so that it serves in one session only.
type Transcript []byte

// Encoded returns SessionTranscriptBytes, #6.24(bstr .cbor SessionTranscript).
func (t Transcript) Encoded() []byte { return cbor.AppendEncoded(nil, t) }

// salt returns the hash from which session and MAC keys are derived.
func (t Transcript) salt() [32]byte { return sha256.Sum256(t.Encoded()) }

// EncodeKey returns a key as the CBOR inside EReaderKeyBytes or EDeviceKeyBytes.
func EncodeKey(key *ecdh.PublicKey) ([]byte, error) { return cose.AppendKey(nil, key) }

// QRTranscript is for an engagement by QR code. Both arguments are the bytes
// inside tag 24, as sent: the device engagement and the reader's COSE_Key.
func QRTranscript(engagement, readerKey []byte) Transcript {
	return cbor.AppendNull(nearby(engagement, readerKey))
}

// NFCTranscript is for an engagement by NFC with the Handover Select message
// and, in a negotiated handover, the Handover Request message (else nil).
func NFCTranscript(engagement, readerKey, handoverSelect, handoverRequest []byte) Transcript {
	t := cbor.AppendArray(nearby(engagement, readerKey), 2)
	t = cbor.AppendBytes(t, handoverSelect)
	if handoverRequest == nil {
		return cbor.AppendNull(t)
	}
	return cbor.AppendBytes(t, handoverRequest)
}

func nearby(engagement, readerKey []byte) []byte {
	t := cbor.AppendArray(make([]byte, 0, len(engagement)+len(readerKey)+64), 3)
	return cbor.AppendEncoded(cbor.AppendEncoded(t, engagement), readerKey)
}

// remote is a transcript without engagement and reader key: [null, null, [name, hash]].
func remote(name string, info []byte) Transcript {
	sum := sha256.Sum256(info)
	t := cbor.AppendNull(cbor.AppendNull(cbor.AppendArray(nil, 3)))
	return cbor.AppendBytes(cbor.AppendText(cbor.AppendArray(t, 2), name), sum[:])
}

// OpenID4VPTranscript is for a presentation by redirect or direct_post
// (OpenID4VP 1.0 §B.2.6.1). The client identifier includes its prefix, the
// thumbprint is that of the verifier's encryption key (RFC 7638), nil for an
// unencrypted response, and uri is the response_uri or redirect_uri.
func OpenID4VPTranscript(clientID, nonce string, thumbprint []byte, uri string) Transcript {
	info := cbor.AppendText(cbor.AppendText(cbor.AppendArray(nil, 4), clientID), nonce)
	return remote("OpenID4VPHandover", cbor.AppendText(appendOptional(info, thumbprint), uri))
}

// DCAPITranscript is for OpenID4VP over the Digital Credentials API
// (OpenID4VP 1.0 §B.2.6.2); origin is that of the verifier, without a prefix.
func DCAPITranscript(origin, nonce string, thumbprint []byte) Transcript {
	info := cbor.AppendText(cbor.AppendText(cbor.AppendArray(nil, 3), origin), nonce)
	return remote("OpenID4VPDCAPIHandover", appendOptional(info, thumbprint))
}

func appendOptional(b, s []byte) []byte {
	if s == nil {
		return cbor.AppendNull(b)
	}
	return cbor.AppendBytes(b, s)
}

// AnnexCTranscript is for the protocol org-iso-mdoc of the Digital Credentials
// API (ISO/IEC TS 18013-7 Annex C). The encryption info is its base64url text,
// as sent.
func AnnexCTranscript(encryptionInfo, origin string) Transcript {
	info := cbor.AppendText(cbor.AppendArray(nil, 2), encryptionInfo)
	return remote("dcapi", cbor.AppendText(info, origin))
}

// ParseTranscript reads a SessionTranscript, or SessionTranscriptBytes, that
// another party to the session kept.
func ParseTranscript(b []byte) (Transcript, error) {
	if err := cbor.Check(b); err != nil {
		return nil, err
	}
	r := cbor.Read(b)
	if r.Kind() == cbor.Tag {
		b = r.Encoded()
		if err := structureError(r.Done()); err != nil {
			return nil, err
		}
		r = cbor.Read(b)
	}
	if n := r.Array(); r.Err() != nil || n != 3 {
		return nil, fmt.Errorf("%w (a transcript is an array of three)", ErrBadStructure)
	}
	return b, nil
}
