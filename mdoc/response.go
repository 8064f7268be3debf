package mdoc

import (
	"fmt"
	"strconv"

	"edl/mdoc/cbor"
)

// Response is a DeviceResponse (ISO/IEC 18013-5 §8.3.2.1.2.2).
type Response struct {
	Version   string
	Documents []Document
	Refused   []DocumentError // documents that were asked for and not returned
	Status    uint64          // 0 OK, 10 general error, 11 CBOR decoding, 12 CBOR validation
}

// DocumentError tells why a document was not returned. Nothing signs it.
type DocumentError struct {
	DocType string
	Code    int64
}

// Document is one document of a response.
type Document struct {
	DocType      string
	IssuerSigned *IssuerSigned
	DeviceSigned *DeviceSigned
}

// ParseResponse reads a DeviceResponse. Nothing is verified.
func ParseResponse(b []byte) (*Response, error) {
	if err := checkMessage(b); err != nil {
		return nil, err
	}
	r := cbor.Read(b)
	resp := &Response{}
	hasStatus := false
	for range r.Map() {
		switch key := r.TextBytes(); string(key) {
		case "version":
			resp.Version = r.Text()
		case "documents":
			resp.Documents = readDocuments(&r)
		case "documentErrors":
			resp.Refused = readDocumentErrors(&r)
		case "status":
			resp.Status, hasStatus = r.Uint(), true
		default:
			r.Fail(unknownMember("DeviceResponse", key))
		}
	}
	if err := structureError(r.Done()); err != nil {
		return nil, err
	}
	if resp.Version != "1.0" || !hasStatus {
		return nil, fmt.Errorf("%w (DeviceResponse of version %q, or without status)", ErrBadStructure, resp.Version)
	}
	return resp, nil
}

func readDocuments(r *cbor.Reader) []Document {
	n := r.Array()
	if n > MaxDocuments {
		r.Fail(fmt.Errorf("%w (%d documents, the limit is %d)", ErrTooLarge, n, MaxDocuments))
		return nil
	}
	docs := make([]Document, 0, n)
	for range n {
		docs = append(docs, readDocument(r))
	}
	return docs
}

func readDocument(r *cbor.Reader) Document {
	var d Document
	for range r.Map() {
		switch key := r.TextBytes(); string(key) {
		case "docType":
			d.DocType = r.Text()
		case "issuerSigned":
			d.IssuerSigned = readIssuerSigned(r)
		case "deviceSigned":
			d.DeviceSigned = readDeviceSigned(r)
		case "errors": // elements that were not returned, which nothing signs
			r.Item()
		default:
			r.Fail(unknownMember("Document", key))
		}
	}
	if r.Err() == nil && (d.DocType == "" || d.IssuerSigned == nil || d.DeviceSigned == nil) {
		r.Fail(fmt.Errorf("%w (a document is incomplete)", ErrBadStructure))
	}
	return d
}

func readDocumentErrors(r *cbor.Reader) []DocumentError {
	var refused []DocumentError
	for range r.Array() {
		for range r.Map() {
			refused = append(refused, DocumentError{r.Text(), r.Int()})
		}
	}
	return refused
}

// AppendResponse appends a DeviceResponse with status OK: documents that
// Present made, and those that are refused.
func AppendResponse(b []byte, documents [][]byte, refused []DocumentError) []byte {
	pairs := 2
	for _, present := range []bool{len(documents) > 0, len(refused) > 0} {
		if present {
			pairs++
		}
	}
	b = cbor.AppendText(cbor.AppendText(cbor.AppendMap(b, pairs), "version"), "1.0")
	if len(documents) > 0 {
		b = cbor.AppendArray(cbor.AppendText(b, "documents"), len(documents))
		for _, d := range documents {
			b = append(b, d...)
		}
	}
	if len(refused) > 0 {
		b = cbor.AppendArray(cbor.AppendText(b, "documentErrors"), len(refused))
		for _, e := range refused {
			b = cbor.AppendInt(cbor.AppendText(cbor.AppendMap(b, 1), e.DocType), e.Code)
		}
	}
	return cbor.AppendUint(cbor.AppendText(b, "status"), 0)
}

// Select returns s with only the items that a request names and s holds. An
// age that was not attested is answered by the nearest one that settles it
// (§7.2.5): the nearest true at or above, else the nearest false at or below.
func (s *IssuerSigned) Select(wanted []RequestedNameSpace) *IssuerSigned {
	out := &IssuerSigned{Auth: s.Auth, auth: s.auth}
	for _, w := range wanted {
		for _, ns := range s.NameSpaces {
			if ns.Name != w.Name {
				continue
			}
			picked := SignedNameSpace{Name: ns.Name}
			for _, e := range w.Elements {
				it := ns.answer(e.Name)
				if it != nil && picked.get(it.Name) == nil {
					picked.Items = append(picked.Items, *it)
				}
			}
			if len(picked.Items) > 0 {
				out.NameSpaces = append(out.NameSpaces, picked)
			}
		}
	}
	return out
}

func (ns *SignedNameSpace) get(name string) *Item {
	for i := range ns.Items {
		if ns.Items[i].Name == name {
			return &ns.Items[i]
		}
	}
	return nil
}

// answer returns the item that answers a request for an element.
func (ns *SignedNameSpace) answer(name string) *Item {
	if it := ns.get(name); it != nil {
		return it
	}
	if age, ok := ageOver(name); ok && ns.Name == NameSpaceMDL {
		return ns.nearestAge(age)
	}
	return nil
}

// ageOver returns NN of "age_over_NN".
func ageOver(name string) (int, bool) {
	const prefix = "age_over_"
	if len(name) != len(prefix)+2 || name[:len(prefix)] != prefix {
		return 0, false
	}
	n, err := strconv.ParseUint(name[len(prefix):], 10, 8)
	return int(n), err == nil
}

func (ns *SignedNameSpace) nearestAge(asked int) *Item {
	var above, below *Item
	aboveAge, belowAge := 100, -1
	for i := range ns.Items {
		it := &ns.Items[i]
		age, ok := ageOver(it.Name)
		if !ok {
			continue
		}
		r := cbor.Read(it.Value)
		switch is := r.Bool(); {
		case r.Done() != nil:
		case is && age >= asked && age < aboveAge:
			above, aboveAge = it, age
		case !is && age <= asked && age > belowAge:
			below, belowAge = it, age
		}
	}
	if above != nil {
		return above
	}
	return below
}

// Present returns a Document of a DeviceResponse: s, which Select made, and
// the proof that the device holds its key, over the transcript and the
// elements that the device states itself (usually none).
func (s *IssuerSigned) Present(docType string, t Transcript, prove Prover, deviceElements ...NameSpace) ([]byte, error) {
	in := cbor.AppendMap(nil, len(deviceElements))
	for _, ns := range deviceElements {
		in = cbor.AppendMap(cbor.AppendText(in, ns.Name), len(ns.Elements))
		for _, e := range ns.Elements {
			in = append(cbor.AppendText(in, e.Name), e.Value...)
		}
	}
	deviceNameSpaces := cbor.AppendEncoded(nil, in)
	auth, err := prove(t, docType, deviceNameSpaces)
	if err != nil {
		return nil, fmt.Errorf("proving the device key: %w", err)
	}
	b := cbor.AppendText(cbor.AppendText(cbor.AppendMap(nil, 3), "docType"), docType)
	b = s.Append(cbor.AppendText(b, "issuerSigned"))
	b = cbor.AppendMap(cbor.AppendText(b, "deviceSigned"), 2)
	b = append(cbor.AppendText(b, "nameSpaces"), deviceNameSpaces...)
	return append(cbor.AppendText(b, "deviceAuth"), auth...), nil
}
