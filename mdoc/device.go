package mdoc

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"

	"edl/mdoc/cbor"
	"edl/mdoc/cose"
	"edl/mdoc/rawsig"
)

// DeviceSigned is the device's part of a document: elements that it states
// itself, if any, and its proof. Slices are part of the bytes it was read from.
type DeviceSigned struct {
	NameSpaces []NameSpace
	Signature  *cose.Sign1 // one of the two
	MAC        *cose.Mac0
	bytes      []byte // DeviceNameSpacesBytes as sent, tag 24 included
}

func readDeviceSigned(r *cbor.Reader) *DeviceSigned {
	d := &DeviceSigned{}
	for range r.Map() {
		switch key := r.TextBytes(); string(key) {
		case "nameSpaces":
			d.bytes = r.Item()
			d.NameSpaces = readDeviceNameSpaces(r, d.bytes)
		case "deviceAuth":
			d.readAuth(r)
		default:
			r.Fail(unknownMember("DeviceSigned", key))
		}
	}
	if d.bytes == nil || d.Signature == nil && d.MAC == nil {
		r.Fail(fmt.Errorf("%w (DeviceSigned is incomplete)", ErrBadStructure))
	}
	return d
}

func readDeviceNameSpaces(r *cbor.Reader, encoded []byte) []NameSpace {
	if r.Err() != nil {
		return nil
	}
	outer := cbor.Read(encoded)
	in := cbor.Read(outer.Encoded())
	r.Fail(outer.Err())
	n := in.Map()
	all := make([]NameSpace, 0, min(n, 8))
	for range n {
		ns := NameSpace{Name: in.Text()}
		for range in.Map() {
			ns.Elements = append(ns.Elements, Element{in.Text(), in.Item()})
		}
		all = append(all, ns)
	}
	r.Fail(in.Done())
	return all
}

// readAuth reads DeviceAuth: a signature or a MAC, not both.
func (d *DeviceSigned) readAuth(r *cbor.Reader) {
	if n := r.Map(); n != 1 {
		r.Fail(fmt.Errorf("%w (DeviceAuth holds %d proofs, not 1)", ErrBadStructure, n))
		return
	}
	var err error
	switch key := r.TextBytes(); string(key) {
	case "deviceSignature":
		d.Signature, err = cose.ParseSign1(r.Item())
	case "deviceMac":
		d.MAC, err = cose.ParseMac0(r.Item())
	default:
		err = unknownMember("DeviceAuth", key)
	}
	if err != nil {
		r.Fail(err)
	}
}

// deviceAuthentication returns DeviceAuthenticationBytes (§9.1.3.4).
func deviceAuthentication(t Transcript, docType string, deviceNameSpaces []byte) []byte {
	b := cbor.AppendText(cbor.AppendArray(make([]byte, 0, len(t)+len(docType)+len(deviceNameSpaces)+32), 4), "DeviceAuthentication")
	b = append(b, t...)
	b = cbor.AppendText(b, docType)
	return cbor.AppendEncoded(make([]byte, 0, len(b)+len(deviceNameSpaces)+8), append(b, deviceNameSpaces...))
}

// macKey derives EMacKey (§9.1.3.5) between the device's key and the reader's.
func macKey(t Transcript, private *ecdh.PrivateKey, public *ecdh.PublicKey) ([]byte, error) {
	shared, err := private.ECDH(public)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrBadKey, err)
	}
	salt := t.salt()
	return hkdf.Key(sha256.New, shared, salt[:], "EMacKey", 32)
}

// verifyDevice checks the device's proof. A reader's ephemeral key is needed
// for a MAC alone.
func verifyDevice(d *DeviceSigned, m *MSO, t Transcript, readerKey *ecdh.PrivateKey) error {
	if len(t) == 0 {
		return fmt.Errorf("%w (no session transcript to check it against)", ErrSessionMismatch)
	}
	message := deviceAuthentication(t, m.DocType, d.bytes)
	if d.Signature != nil {
		err := d.Signature.Verify(m.DeviceKey, message)
		if errors.Is(err, rawsig.ErrMismatch) { // in form, so of another session, key or document
			return fmt.Errorf("%w (%v)", ErrSessionMismatch, rawsig.ErrMismatch)
		}
		return err
	}
	if readerKey == nil {
		return fmt.Errorf("%w (a MAC, and no reader key to check it with)", ErrSessionMismatch)
	}
	public, err := agreementKey(m.DeviceKey)
	if err != nil {
		return err
	}
	key, err := macKey(t, readerKey, public)
	if err != nil {
		return err
	}
	if err := d.MAC.Verify(key, message); err != nil {
		return fmt.Errorf("%w (%v)", ErrSessionMismatch, err)
	}
	return nil
}

// agreementKey returns a device key as one for key agreement.
func agreementKey(key crypto.PublicKey) (*ecdh.PublicKey, error) {
	switch key := key.(type) {
	case *ecdh.PublicKey:
		return key, nil
	case *ecdsa.PublicKey:
		return key.ECDH()
	}
	return nil, fmt.Errorf("%w (a MAC cannot be made with %T)", ErrBadKey, key)
}

// Prover makes the device's proof for a document.
type Prover func(t Transcript, docType string, deviceNameSpaces []byte) (deviceAuth []byte, err error)

// SignWith proves by a signature of the device key.
func SignWith(key crypto.Signer) Prover {
	return func(t Transcript, docType string, ns []byte) ([]byte, error) {
		alg, err := cose.AlgorithmOf(key.Public())
		if err != nil {
			return nil, err
		}
		u := cose.Unsigned{Protected: cose.Headers{Alg: alg}, Payload: deviceAuthentication(t, docType, ns), Detached: true}
		sig, err := u.Sign(key)
		if err != nil {
			return nil, err
		}
		return u.Append(cbor.AppendText(cbor.AppendMap(nil, 1), "deviceSignature"), sig), nil
	}
}

// MACWith proves by a MAC between the device key and the reader's ephemeral
// key, which leaves the reader nothing to show to a third party.
func MACWith(key *ecdh.PrivateKey, reader *ecdh.PublicKey) Prover {
	return func(t Transcript, docType string, ns []byte) ([]byte, error) {
		mac, err := macKey(t, key, reader)
		if err != nil {
			return nil, err
		}
		b := cbor.AppendText(cbor.AppendMap(nil, 1), "deviceMac")
		return cose.AppendMac0(b, mac, deviceAuthentication(t, docType, ns)), nil
	}
}
