package mdoc

import (
	"fmt"

	"edl/mdoc/cbor"
)

// Status tells where the revocation of a document is published: the MSO's
// status element of ISO/IEC 18013-5 edition 2, §12.3.6. Unknown members are
// reserved for future use and passed over.
type Status struct {
	List       *StatusListRef
	Identifier *IdentifierListRef
}

// StatusListRef is an entry of a token status list.
type StatusListRef struct {
	Index       uint64
	URI         string
	Certificate []byte // of the list's signer, DER; nil: one under the same IACA
}

// IdentifierListRef is an entry of a list of revoked identifiers.
type IdentifierListRef struct {
	ID          []byte
	URI         string
	Certificate []byte
}

func readStatus(r *cbor.Reader) *Status {
	s := &Status{}
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "status_list":
			s.List = readStatusList(r)
		case "identifier_list":
			s.Identifier = readIdentifierList(r)
		default:
			r.Item()
		}
	}
	return s
}

func readStatusList(r *cbor.Reader) *StatusListRef {
	ref, has := &StatusListRef{}, 0
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "idx":
			ref.Index, has = r.Uint(), has+1
		case "uri":
			ref.URI, has = r.Text(), has+1
		case "certificate":
			ref.Certificate = r.Bytes()
		default:
			r.Item()
		}
	}
	if has != 2 {
		r.Fail(fmt.Errorf("%w: a status list without idx or uri", cbor.ErrType))
	}
	return ref
}

func readIdentifierList(r *cbor.Reader) *IdentifierListRef {
	ref := &IdentifierListRef{}
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "id":
			ref.ID = r.Bytes()
		case "uri":
			ref.URI = r.Text()
		case "certificate":
			ref.Certificate = r.Bytes()
		default:
			r.Item()
		}
	}
	if ref.ID == nil || ref.URI == "" {
		r.Fail(fmt.Errorf("%w: an identifier list without id or uri", cbor.ErrType))
	}
	return ref
}

func (s *Status) append(b []byte) []byte {
	n := 0
	for _, present := range []bool{s.List != nil, s.Identifier != nil} {
		if present {
			n++
		}
	}
	b = cbor.AppendMap(b, n)
	if l := s.List; l != nil {
		b = cbor.AppendMap(cbor.AppendText(b, "status_list"), 2+present(l.Certificate))
		b = cbor.AppendUint(cbor.AppendText(b, "idx"), l.Index)
		b = cbor.AppendText(cbor.AppendText(b, "uri"), l.URI)
		b = appendCertificate(b, l.Certificate)
	}
	if i := s.Identifier; i != nil {
		b = cbor.AppendMap(cbor.AppendText(b, "identifier_list"), 2+present(i.Certificate))
		b = cbor.AppendBytes(cbor.AppendText(b, "id"), i.ID)
		b = cbor.AppendText(cbor.AppendText(b, "uri"), i.URI)
		b = appendCertificate(b, i.Certificate)
	}
	return b
}

func appendCertificate(b, der []byte) []byte {
	if der == nil {
		return b
	}
	return cbor.AppendBytes(cbor.AppendText(b, "certificate"), der)
}
