package mdoc

import (
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/base64"
	"fmt"

	"edl/mdoc/cbor"
	"edl/mdoc/cose"
)

// The Digital Credentials API protocol "org-iso-mdoc" of ISO/IEC TS 18013-7
// Annex C: the reader sends a DeviceRequest with its encryption info, the
// wallet answers with a DeviceResponse under HPKE (RFC 9180, base mode,
// DHKEM(P-256), HKDF-SHA256, AES-128-GCM), whose info is the transcript.

const annexCName = "dcapi"

// encryptedKeySize is the length of an encapsulated P-256 key.
const encryptedKeySize = 65

// NewEncryptionInfo returns the base64url text of the encryption info with a
// nonce of at least 16 bytes and the reader's key for this request alone.
func NewEncryptionInfo(nonce []byte, key *ecdh.PublicKey) (string, error) {
	if len(nonce) < 16 || key.Curve() != ecdh.P256() {
		return "", fmt.Errorf("%w (a short nonce, or a key that is not on P-256)", ErrBadKey)
	}
	b := cbor.AppendText(cbor.AppendArray(nil, 2), annexCName)
	b = cbor.AppendBytes(cbor.AppendText(cbor.AppendMap(b, 2), "nonce"), nonce)
	b, err := cose.AppendKey(cbor.AppendText(b, "recipientPublicKey"), key)
	return base64.RawURLEncoding.EncodeToString(b), err
}

// ParseEncryptionInfo reads the text of an encryption info: the reader's key.
func ParseEncryptionInfo(text string) (nonce []byte, key *ecdh.PublicKey, err error) {
	b, err := decodeAnnexC(text)
	if err != nil {
		return nil, nil, err
	}
	r := cbor.Read(b)
	readAnnexCHead(&r)
	var encoded []byte
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "nonce":
			nonce = r.Bytes()
		case "recipientPublicKey":
			encoded = r.Item()
		default:
			r.Item()
		}
	}
	if err := structureError(r.Done()); err != nil {
		return nil, nil, err
	}
	key, err = parseEphemeral(encoded)
	if err == nil && key.Curve() != ecdh.P256() {
		err = fmt.Errorf("%w (the key is not on P-256)", ErrBadKey)
	}
	return nonce, key, err
}

func decodeAnnexC(text string) ([]byte, error) {
	if len(text) > 2*MaxMessage {
		return nil, fmt.Errorf("%w (%d characters)", ErrTooLarge, len(text))
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrBadStructure, err)
	}
	return b, checkMessage(b)
}

func readAnnexCHead(r *cbor.Reader) {
	if n, name := r.Array(), r.Text(); r.Err() == nil && (n != 2 || name != annexCName) {
		r.Fail(fmt.Errorf("%w (no array of %q and a map)", ErrBadStructure, annexCName))
	}
}

// SealAnnexC encrypts a DeviceResponse to the reader's key, as the base64url
// text of the response.
func SealAnnexC(response []byte, key *ecdh.PublicKey, t Transcript) (string, error) {
	public, err := hpke.NewDHKEMPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("%w (%v)", ErrBadKey, err)
	}
	enc, sender, err := hpke.NewSender(public, hpke.HKDFSHA256(), hpke.AES128GCM(), t)
	if err != nil {
		return "", fmt.Errorf("%w (%v)", ErrBadKey, err)
	}
	sealed, err := sender.Seal(nil, response)
	if err != nil {
		return "", err
	}
	b := cbor.AppendText(cbor.AppendArray(nil, 2), annexCName)
	b = cbor.AppendBytes(cbor.AppendText(cbor.AppendMap(b, 2), "enc"), enc)
	b = cbor.AppendBytes(cbor.AppendText(b, "cipherText"), sealed)
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// OpenAnnexC decrypts the base64url text of a response with the reader's
// private key: the DeviceResponse, or an ErrUndecryptable if it was made for
// another key, request or origin.
func OpenAnnexC(text string, key *ecdh.PrivateKey, t Transcript) ([]byte, error) {
	b, err := decodeAnnexC(text)
	if err != nil {
		return nil, err
	}
	var enc, sealed []byte
	r := cbor.Read(b)
	readAnnexCHead(&r)
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "enc":
			enc = r.Bytes()
		case "cipherText":
			sealed = r.Bytes()
		default:
			r.Item()
		}
	}
	if err := structureError(r.Done()); err != nil {
		return nil, err
	}
	if len(enc) != encryptedKeySize {
		return nil, fmt.Errorf("%w (an encapsulated key of %d bytes)", ErrBadKey, len(enc))
	}
	private, err := hpke.NewDHKEMPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrBadKey, err)
	}
	recipient, err := hpke.NewRecipient(enc, private, hpke.HKDFSHA256(), hpke.AES128GCM(), t)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrBadKey, err)
	}
	plain, err := recipient.Open(nil, sealed)
	if err != nil {
		return nil, fmt.Errorf("%w (HPKE)", ErrUndecryptable)
	}
	return plain, nil
}
