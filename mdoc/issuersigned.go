package mdoc

import (
	"fmt"

	"edl/mdoc/cbor"
	"edl/mdoc/cose"
)

// IssuerSigned is what an issuer hands out and a presentation passes on, with
// all or some of the elements (ISO/IEC 18013-5 §8.3.2.1.2.2). Slices are part
// of the bytes it was read from.
type IssuerSigned struct {
	NameSpaces []SignedNameSpace
	Auth       *cose.Sign1
	auth       []byte // IssuerAuth as sent
}

// SignedNameSpace is a namespace with the items shown of it.
type SignedNameSpace struct {
	Name  string
	Items []Item
}

// Item is an IssuerSignedItem.
type Item struct {
	DigestID uint64
	Random   []byte
	Name     string
	Value    []byte // CBOR
	bytes    []byte // IssuerSignedItemBytes as sent, tag 24 included: what was hashed
}

// ParseIssuerSigned reads an IssuerSigned, which is also how OpenID4VCI hands
// out an mdoc. Nothing is verified.
func ParseIssuerSigned(b []byte) (*IssuerSigned, error) {
	if err := checkMessage(b); err != nil {
		return nil, err
	}
	r := cbor.Read(b)
	s := readIssuerSigned(&r)
	return s, structureError(r.Done())
}

// checkMessage checks the size and the CBOR of a message from outside.
func checkMessage(b []byte) error {
	if len(b) > MaxMessage {
		return fmt.Errorf("%w (%d bytes, the limit is %d)", ErrTooLarge, len(b), MaxMessage)
	}
	return cbor.Check(b)
}

// structureError turns a Reader's complaint into an ErrBadStructure; faults
// pass as they are.
func structureError(err error) error {
	if err == nil || isFault(err) {
		return err
	}
	return fmt.Errorf("%w (%v)", ErrBadStructure, err)
}

func readIssuerSigned(r *cbor.Reader) *IssuerSigned {
	s := &IssuerSigned{}
	for range r.Map() {
		switch key := r.TextBytes(); string(key) {
		case "nameSpaces":
			s.NameSpaces = readNameSpaces(r)
		case "issuerAuth":
			s.auth = r.Item()
		default:
			r.Fail(unknownMember("IssuerSigned", key))
		}
	}
	if s.auth == nil {
		r.Fail(fmt.Errorf("%w (no issuerAuth)", ErrBadStructure))
	}
	if r.Err() != nil {
		return s
	}
	auth, err := cose.ParseSign1(s.auth)
	if err != nil {
		r.Fail(err)
	}
	s.Auth = auth
	return s
}

func unknownMember(where string, key []byte) error {
	return fmt.Errorf("%w (%s has an unknown member %q)", ErrBadStructure, where, key)
}

func readNameSpaces(r *cbor.Reader) []SignedNameSpace {
	n := r.Map()
	all := make([]SignedNameSpace, 0, min(n, 8))
	for range n {
		ns := SignedNameSpace{Name: r.Text()}
		count := r.Array()
		ns.Items = make([]Item, 0, min(count, 64))
		for range count {
			ns.Items = append(ns.Items, readItem(r))
		}
		if name := repeated(ns.Items); name != "" {
			r.Fail(fmt.Errorf("%w (element %q of %s comes twice)", ErrBadStructure, name, ns.Name))
		}
		all = append(all, ns)
	}
	return all
}

func readItem(r *cbor.Reader) Item {
	it := Item{bytes: r.Item()}
	if r.Err() != nil {
		return it
	}
	outer := cbor.Read(it.bytes)
	in := cbor.Read(outer.Encoded())
	r.Fail(outer.Done())
	for range in.Map() {
		switch key := in.TextBytes(); string(key) {
		case "digestID":
			it.DigestID = in.Uint()
		case "random":
			it.Random = in.Bytes()
		case "elementIdentifier":
			it.Name = in.Text()
		case "elementValue":
			it.Value = in.Item()
		default:
			in.Fail(unknownMember("IssuerSignedItem", key))
		}
	}
	if in.Done() == nil && (it.Random == nil || it.Name == "" || it.Value == nil) {
		in.Fail(fmt.Errorf("%w (an IssuerSignedItem is incomplete)", ErrBadStructure))
	}
	r.Fail(in.Err())
	return it
}

// repeated returns an element's name that two items bear, or "".
func repeated(items []Item) string {
	if len(items) > 32 {
		seen := make(map[string]bool, len(items))
		for _, it := range items {
			if seen[it.Name] {
				return it.Name
			}
			seen[it.Name] = true
		}
		return ""
	}
	for i := range items {
		for j := range i {
			if items[i].Name == items[j].Name {
				return items[i].Name
			}
		}
	}
	return ""
}

// mso returns the bytes of the MSO inside the payload of IssuerAuth.
func (s *IssuerSigned) mso() ([]byte, error) {
	payload := s.Auth.Payload
	if payload == nil {
		return nil, fmt.Errorf("%w (the payload is missing)", ErrBadMSO)
	}
	r := cbor.Read(payload)
	b := r.Encoded()
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrBadMSO, err)
	}
	return b, nil
}

// MSO reads the mobile security object, without verifying anything.
func (s *IssuerSigned) MSO() (*MSO, error) {
	b, err := s.mso()
	if err != nil {
		return nil, err
	}
	return ParseMSO(b)
}

// Namespaces returns the elements without their salts.
func (s *IssuerSigned) Namespaces() []NameSpace {
	all := make([]NameSpace, 0, len(s.NameSpaces))
	for _, ns := range s.NameSpaces {
		elements := make([]Element, 0, len(ns.Items))
		for _, it := range ns.Items {
			elements = append(elements, Element{it.Name, it.Value})
		}
		all = append(all, NameSpace{ns.Name, elements})
	}
	return all
}

// Append appends the structure as it was read, with the items it now holds.
func (s *IssuerSigned) Append(b []byte) []byte {
	if len(s.NameSpaces) == 0 {
		return append(cbor.AppendText(cbor.AppendMap(b, 1), "issuerAuth"), s.auth...)
	}
	b = cbor.AppendMap(cbor.AppendText(cbor.AppendMap(b, 2), "nameSpaces"), len(s.NameSpaces))
	for _, ns := range s.NameSpaces {
		b = cbor.AppendArray(cbor.AppendText(b, ns.Name), len(ns.Items))
		for _, it := range ns.Items {
			b = append(b, it.bytes...)
		}
	}
	return append(cbor.AppendText(b, "issuerAuth"), s.auth...)
}
