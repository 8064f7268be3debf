package mdoc

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"time"

	"edl/mdoc/cbor"
	"edl/mdoc/cose"
)

// DigestAlgorithm is a hash function of ISO/IEC 18013-5 §9.1.2.5.
type DigestAlgorithm string

// The digest algorithms.
const (
	SHA256 DigestAlgorithm = "SHA-256"
	SHA384 DigestAlgorithm = "SHA-384"
	SHA512 DigestAlgorithm = "SHA-512"
)

// size returns the bytes of a digest, 0 for an unknown algorithm.
func (a DigestAlgorithm) size() int {
	switch a {
	case SHA256:
		return sha256.Size
	case SHA384:
		return sha512.Size384
	case SHA512:
		return sha512.Size
	}
	return 0
}

// sum writes the digest of b over the start of out and returns it.
func (a DigestAlgorithm) sum(out *[sha512.Size]byte, b []byte) []byte {
	switch a {
	case SHA384:
		d := sha512.Sum384(b)
		return append(out[:0], d[:]...)
	case SHA512:
		*out = sha512.Sum512(b)
		return out[:]
	}
	d := sha256.Sum256(b)
	return append(out[:0], d[:]...)
}

// Validity is the time span of an MSO, in whole seconds.
type Validity struct {
	Signed         time.Time
	From           time.Time
	Until          time.Time
	ExpectedUpdate time.Time // zero: none announced
}

// KeyAuthorizations tells which elements the device may sign itself.
type KeyAuthorizations struct {
	NameSpaces []string            // whole namespaces
	Elements   map[string][]string // single elements, by namespace
}

// MSO is a mobile security object (ISO/IEC 18013-5 §9.1.2.4).
type MSO struct {
	Version         string
	DigestAlgorithm DigestAlgorithm
	Digests         []NameSpaceDigests
	DeviceKey       crypto.PublicKey
	Authorized      KeyAuthorizations
	DocType         string
	Validity        Validity
	Status          *Status

	keyErr error // why DeviceKey is nil
}

// NameSpaceDigests are the digests of one namespace.
type NameSpaceDigests struct {
	NameSpace string
	entries   []digestEntry // in the order sent
}

type digestEntry struct {
	id     uint64
	digest []byte
}

// Len returns the number of digests, decoys included.
func (n *NameSpaceDigests) Len() int { return len(n.entries) }

func (n *NameSpaceDigests) get(id uint64) []byte {
	if id < uint64(len(n.entries)) && n.entries[id].id == id { // numbered from zero, in order
		return n.entries[id].digest
	}
	for _, e := range n.entries {
		if e.id == id {
			return e.digest
		}
	}
	return nil
}

func (m *MSO) digest(namespace string, id uint64) []byte {
	for i := range m.Digests {
		if m.Digests[i].NameSpace == namespace {
			return m.Digests[i].get(id)
		}
	}
	return nil
}

// ParseMSO reads a MobileSecurityObject. Bytes that are not strict CBOR are an
// ErrBadCBOR and an ErrBadMSO, everything else that is wrong an ErrBadMSO. A
// device key that is none does not stop the parsing: DeviceKeyError tells.
func ParseMSO(b []byte) (*MSO, error) {
	if err := cbor.Check(b); err != nil {
		return nil, fmt.Errorf("%w (%w)", err, ErrBadMSO)
	}
	r := cbor.Read(b)
	m := &MSO{}
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "version":
			m.Version = r.Text()
		case "digestAlgorithm":
			m.DigestAlgorithm = DigestAlgorithm(r.Text())
		case "valueDigests":
			m.Digests = readDigests(&r)
		case "deviceKeyInfo":
			m.readDeviceKeyInfo(&r)
		case "docType":
			m.DocType = r.Text()
		case "validityInfo":
			m.Validity = readValidity(&r)
		case "status":
			m.Status = readStatus(&r)
		default:
			r.Item()
		}
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrBadMSO, err)
	}
	return m, m.check()
}

// DeviceKeyError returns why DeviceKey is nil.
func (m *MSO) DeviceKeyError() error { return m.keyErr }

func (m *MSO) check() error {
	size := m.DigestAlgorithm.size()
	v := m.Validity
	switch {
	case m.Version != "1.0":
		return fmt.Errorf("%w (version %q)", ErrBadMSO, m.Version)
	case size == 0:
		return fmt.Errorf("%w (digest algorithm %q)", ErrBadMSO, m.DigestAlgorithm)
	case m.DocType == "" || len(m.Digests) == 0:
		return fmt.Errorf("%w (no document type or no digests)", ErrBadMSO)
	case m.DeviceKey == nil && m.keyErr == nil:
		return fmt.Errorf("%w (no device key)", ErrBadMSO)
	case v.Signed.IsZero() || v.From.IsZero() || v.Until.IsZero():
		return fmt.Errorf("%w (the times are incomplete)", ErrBadMSO)
	case !v.Until.After(v.From):
		return fmt.Errorf("%w (it ends before it begins)", ErrBadMSO)
	}
	for _, ns := range m.Digests {
		for _, e := range ns.entries {
			if len(e.digest) != size {
				return fmt.Errorf("%w (digest %d of %s is %d bytes long)", ErrBadMSO, e.id, ns.NameSpace, len(e.digest))
			}
		}
	}
	return nil
}

func readDigests(r *cbor.Reader) []NameSpaceDigests {
	n := r.Map()
	all := make([]NameSpaceDigests, 0, min(n, 8))
	for range n {
		ns := NameSpaceDigests{NameSpace: r.Text()}
		count := r.Map()
		ns.entries = make([]digestEntry, 0, min(count, 256))
		for range count {
			id := r.Uint()
			ns.entries = append(ns.entries, digestEntry{id, r.Bytes()})
		}
		all = append(all, ns)
	}
	return all
}

func (m *MSO) readDeviceKeyInfo(r *cbor.Reader) {
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "deviceKey":
			key := r.Item()
			if r.Err() != nil {
				return
			}
			kr := cbor.Read(key)
			m.DeviceKey, m.keyErr = cose.ReadKey(&kr)
		case "keyAuthorizations":
			m.Authorized = readAuthorizations(r)
		default:
			r.Item()
		}
	}
}

func readAuthorizations(r *cbor.Reader) KeyAuthorizations {
	var a KeyAuthorizations
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "nameSpaces":
			for range r.Array() {
				a.NameSpaces = append(a.NameSpaces, r.Text())
			}
		case "dataElements":
			n := r.Map()
			a.Elements = make(map[string][]string, min(n, 16))
			for range n {
				ns := r.Text()
				for range r.Array() {
					a.Elements[ns] = append(a.Elements[ns], r.Text())
				}
			}
		default:
			r.Item()
		}
	}
	return a
}

// allows reports whether the device may sign an element.
func (a KeyAuthorizations) allows(namespace, element string) bool {
	for _, ns := range a.NameSpaces {
		if ns == namespace {
			return true
		}
	}
	for _, e := range a.Elements[namespace] {
		if e == element {
			return true
		}
	}
	return false
}

func readValidity(r *cbor.Reader) Validity {
	var v Validity
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "signed":
			v.Signed = readDateTime(r)
		case "validFrom":
			v.From = readDateTime(r)
		case "validUntil":
			v.Until = readDateTime(r)
		case "expectedUpdate":
			v.ExpectedUpdate = readDateTime(r)
		default:
			r.Item()
		}
	}
	return v
}

func readDateTime(r *cbor.Reader) time.Time {
	r.Expect(cbor.TagDateTime)
	text := r.Text()
	if r.Err() != nil {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		r.Fail(fmt.Errorf("%w: %q is no time", cbor.ErrType, text))
	}
	return t
}

// append writes the MSO with deterministic order; digests are in ascending
// order of their identifiers, which say nothing about the elements.
func (m *MSO) append(b []byte) ([]byte, error) {
	pairs := 6
	if m.Status != nil {
		pairs++
	}
	b = cbor.AppendMap(b, pairs)
	b = cbor.AppendText(cbor.AppendText(b, "version"), m.Version)
	b = cbor.AppendText(cbor.AppendText(b, "digestAlgorithm"), string(m.DigestAlgorithm))
	b = cbor.AppendMap(cbor.AppendText(b, "valueDigests"), len(m.Digests))
	for _, ns := range m.Digests {
		b = cbor.AppendMap(cbor.AppendText(b, ns.NameSpace), len(ns.entries))
		for _, e := range ns.entries {
			b = cbor.AppendBytes(cbor.AppendUint(b, e.id), e.digest)
		}
	}
	b = cbor.AppendMap(cbor.AppendText(b, "deviceKeyInfo"), 1)
	b, err := cose.AppendKey(cbor.AppendText(b, "deviceKey"), m.DeviceKey)
	if err != nil {
		return nil, err
	}
	b = cbor.AppendText(cbor.AppendText(b, "docType"), m.DocType)
	b = m.Validity.append(cbor.AppendText(b, "validityInfo"))
	if m.Status != nil {
		b = m.Status.append(cbor.AppendText(b, "status"))
	}
	return b, nil
}

func (v Validity) append(b []byte) []byte {
	if v.ExpectedUpdate.IsZero() {
		b = cbor.AppendMap(b, 3)
	} else {
		b = cbor.AppendMap(b, 4)
	}
	b = cbor.AppendDateTime(cbor.AppendText(b, "signed"), v.Signed)
	b = cbor.AppendDateTime(cbor.AppendText(b, "validFrom"), v.From)
	b = cbor.AppendDateTime(cbor.AppendText(b, "validUntil"), v.Until)
	if !v.ExpectedUpdate.IsZero() {
		b = cbor.AppendDateTime(cbor.AppendText(b, "expectedUpdate"), v.ExpectedUpdate)
	}
	return b
}

// matches reports whether item, the bytes of IssuerSignedItemBytes as sent,
// has the digest of an identifier.
func (m *MSO) matches(namespace string, id uint64, item []byte) bool {
	want := m.digest(namespace, id)
	var buf [sha512.Size]byte
	return want != nil && bytes.Equal(want, m.DigestAlgorithm.sum(&buf, item))
}
