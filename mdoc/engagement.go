package mdoc

import (
	"crypto/ecdh"
	"encoding/base64"
	"fmt"
	"strings"

	"edl/mdoc/cbor"
)

// Engagement is a DeviceEngagement (ISO/IEC 18013-5 §8.2.1.1): the device's
// ephemeral key, and how it can be reached.
type Engagement struct {
	Key     *ecdh.PublicKey
	Methods []RetrievalMethod
	Bytes   []byte // as sent: what goes into the transcript
}

// RetrievalMethod is a way to reach the device: 1 NFC, 2 BLE, 3 Wi-Fi Aware.
type RetrievalMethod struct {
	Type    uint64
	Version uint64
	BLE     *BLEOptions // for type 2
	Options []byte      // as sent
}

// The types of retrieval methods.
const (
	MethodNFC       = 1
	MethodBLE       = 2
	MethodWiFiAware = 3
)

// BLEOptions are the options 0, 1, 10, 11 and 20 of §8.2.1.1 Table 3.
type BLEOptions struct {
	PeripheralServer bool // the device can be the peripheral
	CentralClient    bool // the device can be the central
	PeripheralUUID   []byte
	CentralUUID      []byte
	Address          []byte
}

// maxEngagement bounds what a QR code can hold.
const maxEngagement = 4096

// cipherSuite1 is the only cipher suite (§9.1.5.2).
const cipherSuite1 = 1

// ParseEngagement reads a DeviceEngagement.
func ParseEngagement(b []byte) (*Engagement, error) {
	if len(b) > maxEngagement {
		return nil, fmt.Errorf("%w (an engagement of %d bytes)", ErrTooLarge, len(b))
	}
	if err := cbor.Check(b); err != nil {
		return nil, err
	}
	e := &Engagement{Bytes: b}
	r := cbor.Read(b)
	version := ""
	for range r.Map() {
		switch r.Int() {
		case 0:
			version = r.Text()
		case 1:
			e.Key = readSecurity(&r)
		case 2:
			for range r.Array() {
				e.Methods = append(e.Methods, readMethod(&r))
			}
		default: // server retrieval, protocol info, later versions
			r.Item()
		}
	}
	if err := structureError(r.Done()); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(version, "1.") || e.Key == nil {
		return nil, fmt.Errorf("%w (an engagement of version %q, or without a key)", ErrBadStructure, version)
	}
	return e, nil
}

func readSecurity(r *cbor.Reader) *ecdh.PublicKey {
	if n := r.Array(); n != 2 {
		r.Fail(fmt.Errorf("%w (Security of %d parts, not 2)", ErrBadStructure, n))
	}
	if suite := r.Uint(); r.Err() == nil && suite != cipherSuite1 {
		r.Fail(fmt.Errorf("%w (cipher suite %d)", ErrBadStructure, suite))
	}
	encoded := r.Encoded()
	if r.Err() != nil {
		return nil
	}
	key, err := parseEphemeral(encoded)
	if err != nil {
		r.Fail(err)
	}
	return key
}

func readMethod(r *cbor.Reader) RetrievalMethod {
	if n := r.Array(); n != 3 {
		r.Fail(fmt.Errorf("%w (a retrieval method of %d parts, not 3)", ErrBadStructure, n))
	}
	m := RetrievalMethod{Type: r.Uint(), Version: r.Uint(), Options: r.Item()}
	if m.Type == MethodBLE && r.Err() == nil {
		in := cbor.Read(m.Options)
		m.BLE = readBLE(&in)
		r.Fail(in.Done())
	}
	return m
}

func readBLE(r *cbor.Reader) *BLEOptions {
	o := &BLEOptions{}
	for range r.Map() {
		switch r.Int() {
		case 0:
			o.PeripheralServer = r.Bool()
		case 1:
			o.CentralClient = r.Bool()
		case 10:
			o.PeripheralUUID = r.Bytes()
		case 11:
			o.CentralUUID = r.Bytes()
		case 20:
			o.Address = r.Bytes()
		default:
			r.Item()
		}
	}
	return o
}

func (o *BLEOptions) append(b []byte) []byte {
	b = cbor.AppendMap(b, 2+present(o.PeripheralUUID)+present(o.CentralUUID)+present(o.Address))
	b = cbor.AppendBool(cbor.AppendUint(b, 0), o.PeripheralServer)
	b = cbor.AppendBool(cbor.AppendUint(b, 1), o.CentralClient)
	b = appendOption(b, 10, o.PeripheralUUID)
	b = appendOption(b, 11, o.CentralUUID)
	return appendOption(b, 20, o.Address)
}

func present(b []byte) int {
	if b == nil {
		return 0
	}
	return 1
}

func appendOption(b []byte, label uint64, v []byte) []byte {
	if v == nil {
		return b
	}
	return cbor.AppendBytes(cbor.AppendUint(b, label), v)
}

// NewEngagement makes the engagement of a device's ephemeral key.
func NewEngagement(key *ecdh.PublicKey, methods ...RetrievalMethod) (*Engagement, error) {
	encoded, err := EncodeKey(key)
	if err != nil {
		return nil, err
	}
	pairs := 2
	if len(methods) > 0 {
		pairs++
	}
	b := cbor.AppendText(cbor.AppendUint(cbor.AppendMap(nil, pairs), 0), "1.0")
	b = cbor.AppendUint(cbor.AppendArray(cbor.AppendUint(b, 1), 2), cipherSuite1)
	b = cbor.AppendEncoded(b, encoded)
	if len(methods) > 0 {
		b = cbor.AppendArray(cbor.AppendUint(b, 2), len(methods))
	}
	for _, m := range methods {
		b = cbor.AppendUint(cbor.AppendUint(cbor.AppendArray(b, 3), m.Type), m.Version)
		if m.BLE != nil {
			b = m.BLE.append(b)
		} else {
			b = append(b, m.Options...)
		}
	}
	return ParseEngagement(b)
}

// scheme starts the text of a QR code (§8.2.2.3).
const scheme = "mdoc:"

// URI returns the text of the QR code: "mdoc:" and base64url.
func (e *Engagement) URI() string { return scheme + base64.RawURLEncoding.EncodeToString(e.Bytes) }

// ParseURI reads the text of a QR code.
func ParseURI(s string) (*Engagement, error) {
	if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) && len(s) <= 2*maxEngagement {
		if b, err := base64.RawURLEncoding.Strict().DecodeString(s[len(scheme):]); err == nil {
			return ParseEngagement(b)
		}
	}
	return nil, fmt.Errorf("%w (no text that starts with %q)", ErrBadStructure, scheme)
}
