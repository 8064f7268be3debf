package mdoc

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"edl/mdoc/cbor"
	"edl/mdoc/cose"
	"edl/mdoc/rawsig"
)

// Request is a DeviceRequest (ISO/IEC 18013-5 §8.3.2.1.2.1).
type Request struct {
	Version   string
	Documents []DocRequest
}

// DocRequest asks for elements of one document. Slices are part of the bytes
// it was read from.
type DocRequest struct {
	DocType    string
	NameSpaces []RequestedNameSpace
	ReaderAuth *cose.Sign1 // nil if the reader did not authenticate itself
	items      []byte      // ItemsRequestBytes as sent, tag 24 included
	auth       []byte      // ReaderAuth as sent
}

// RequestedNameSpace names the elements that are wanted of a namespace.
type RequestedNameSpace struct {
	Name     string
	Elements []RequestedElement
}

// RequestedElement is an element, and whether the reader means to keep it.
type RequestedElement struct {
	Name           string
	IntentToRetain bool
}

// ParseRequest reads a DeviceRequest. Nothing is verified. Members that the
// version does not know are passed over, since the reader's signature covers
// what is asked for and the holder decides what is shown.
func ParseRequest(b []byte) (*Request, error) {
	if err := checkMessage(b); err != nil {
		return nil, err
	}
	r := cbor.Read(b)
	req := &Request{}
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "version":
			req.Version = r.Text()
		case "docRequests":
			n := r.Array()
			if n > MaxDocuments {
				r.Fail(fmt.Errorf("%w (%d documents, the limit is %d)", ErrTooLarge, n, MaxDocuments))
			}
			for range min(n, MaxDocuments) {
				req.Documents = append(req.Documents, readDocRequest(&r))
			}
		default:
			r.Item()
		}
	}
	if err := structureError(r.Done()); err != nil {
		return nil, err
	}
	if len(req.Version) != 3 || req.Version[:2] != "1." || len(req.Documents) == 0 {
		return nil, fmt.Errorf("%w (DeviceRequest of version %q with %d documents)", ErrBadStructure, req.Version, len(req.Documents))
	}
	return req, nil
}

func readDocRequest(r *cbor.Reader) DocRequest {
	var d DocRequest
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "itemsRequest":
			d.items = r.Item()
		case "readerAuth":
			d.auth = r.Item()
		default:
			r.Item()
		}
	}
	if r.Err() != nil {
		return d
	}
	if d.auth != nil {
		auth, err := cose.ParseSign1(d.auth)
		if err != nil {
			r.Fail(err)
		}
		d.ReaderAuth = auth
	}
	outer := cbor.Read(d.items)
	in := cbor.Read(outer.Encoded())
	r.Fail(outer.Done())
	d.readItems(&in)
	r.Fail(in.Done())
	return d
}

func (d *DocRequest) readItems(r *cbor.Reader) {
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "docType":
			d.DocType = r.Text()
		case "nameSpaces":
			for range r.Map() {
				ns := RequestedNameSpace{Name: r.Text()}
				for range r.Map() {
					ns.Elements = append(ns.Elements, RequestedElement{r.Text(), r.Bool()})
				}
				d.NameSpaces = append(d.NameSpaces, ns)
			}
		default:
			r.Item()
		}
	}
	if r.Err() == nil && (d.DocType == "" || len(d.NameSpaces) == 0) {
		r.Fail(fmt.Errorf("%w (a request without document type or namespaces)", ErrBadStructure))
	}
}

// itemsRequest returns ItemsRequestBytes.
func (d *DocRequest) itemsRequest() []byte {
	if d.items != nil {
		return d.items
	}
	b := cbor.AppendText(cbor.AppendText(cbor.AppendMap(nil, 2), "docType"), d.DocType)
	b = cbor.AppendMap(cbor.AppendText(b, "nameSpaces"), len(d.NameSpaces))
	for _, ns := range d.NameSpaces {
		b = cbor.AppendMap(cbor.AppendText(b, ns.Name), len(ns.Elements))
		for _, e := range ns.Elements {
			b = cbor.AppendBool(cbor.AppendText(b, e.Name), e.IntentToRetain)
		}
	}
	return cbor.AppendEncoded(nil, b)
}

// Append appends the DeviceRequest with the authentications that Sign made.
func (req *Request) Append(b []byte) []byte {
	b = cbor.AppendText(cbor.AppendText(cbor.AppendMap(b, 2), "version"), "1.0")
	b = cbor.AppendArray(cbor.AppendText(b, "docRequests"), len(req.Documents))
	for i := range req.Documents {
		d := &req.Documents[i]
		pairs := 1
		if d.auth != nil {
			pairs++
		}
		b = append(cbor.AppendText(cbor.AppendMap(b, pairs), "itemsRequest"), d.itemsRequest()...)
		if d.auth != nil {
			b = append(cbor.AppendText(b, "readerAuth"), d.auth...)
		}
	}
	return b
}

// readerAuthentication returns ReaderAuthenticationBytes (§9.1.4.5).
func readerAuthentication(t Transcript, items []byte) []byte {
	b := append(cbor.AppendText(cbor.AppendArray(nil, 3), "ReaderAuthentication"), t...)
	return cbor.AppendEncoded(nil, append(b, items...))
}

// Sign authenticates the reader to the holder: a signature over the session
// and the request by the key of a reader certificate.
func (d *DocRequest) Sign(t Transcript, key crypto.Signer, cert *x509.Certificate) error {
	alg, err := cose.AlgorithmOf(key.Public())
	if err != nil {
		return err
	}
	d.items = d.itemsRequest()
	u := cose.Unsigned{
		Protected:   cose.Headers{Alg: alg},
		Unprotected: cose.Headers{X5Chain: [][]byte{cert.Raw}},
		Payload:     readerAuthentication(t, d.items),
		Detached:    true,
	}
	sig, err := u.Sign(key)
	if err != nil {
		return fmt.Errorf("signing the request: %w", err)
	}
	d.auth = u.Append(nil, sig)
	d.ReaderAuth, err = cose.ParseSign1(d.auth)
	return err
}

// VerifyReader verifies the reader's authentication against the roots of
// readers and returns its certificate. A request without one, or by a stranger,
// is an ErrUntrustedReader; whether to answer it is the holder's choice.
func (d *DocRequest) VerifyReader(t Transcript, roots *Trust, now time.Time) (*x509.Certificate, error) {
	if d.ReaderAuth == nil {
		return nil, fmt.Errorf("%w (the reader did not authenticate itself)", ErrUntrustedReader)
	}
	cert, _, err := roots.Reader(d.ReaderAuth.Unprotected.X5Chain, now)
	if err != nil {
		return cert, err
	}
	err = d.ReaderAuth.Verify(cert.PublicKey, readerAuthentication(t, d.items))
	if errors.Is(err, rawsig.ErrMismatch) {
		err = fmt.Errorf("%w (%v)", ErrSessionMismatch, rawsig.ErrMismatch)
	}
	return cert, err
}
