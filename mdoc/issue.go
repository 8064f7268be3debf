package mdoc

import (
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"edl/mdoc/cbor"
	"edl/mdoc/cose"
)

// DocumentSigner is a signing certificate of the authority with its key.
type DocumentSigner struct {
	key     crypto.Signer // nil where documents are only rebuilt
	cert    *x509.Certificate
	alg     cose.Algorithm
	country string
}

// NewDocumentSigner returns a signer whose certificate meets the document
// signer profile under the root iaca and belongs to key. Without a key it can
// rebuild what was signed, but not sign.
func NewDocumentSigner(key crypto.Signer, cert, iaca *x509.Certificate) (*DocumentSigner, error) {
	if err := ProfileDocumentSigner(cert, iaca).Err(); err != nil {
		return nil, fmt.Errorf("document signer %s: %w", cert.Subject, err)
	}
	alg, err := cose.AlgorithmOf(cert.PublicKey)
	if err != nil {
		return nil, err
	}
	if key != nil && !samePublicKey(key.Public(), cert.PublicKey) {
		return nil, fmt.Errorf("document signer %s: %w (the private key is another)", cert.Subject, ErrBadKey)
	}
	return &DocumentSigner{key, cert, alg, countryOf(cert)}, nil
}

func samePublicKey(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

// Certificate returns the signing certificate.
func (d *DocumentSigner) Certificate() *x509.Certificate { return d.cert }

// Issuance is one document to be signed.
type Issuance struct {
	DocType         string
	NameSpaces      []NameSpace
	DeviceKey       crypto.PublicKey
	Validity        Validity
	Status          *Status
	DigestAlgorithm DigestAlgorithm // empty: SHA-256
	Entropy         Entropy
}

// Prepared is a document that is complete but for its signature. It depends
// on nothing but the Issuance and the signer's certificate.
type Prepared struct {
	signer   *DocumentSigner
	unsigned cose.Unsigned
	out      []byte // IssuerSigned up to the value of issuerAuth
	given    bool   // out was handed out
}

// Prepare makes all that will be signed. It refuses what a strict reader
// would: an element that breaks the rules for a driving licence, a country
// that is not the certificate's, times that are no whole span within the
// certificate's own validity, a device key of an unsupported kind.
func (i Issuance) Prepare(signer *DocumentSigner) (*Prepared, error) {
	if err := i.check(signer); err != nil {
		return nil, err
	}
	mso := MSO{Version: "1.0", DigestAlgorithm: i.DigestAlgorithm, DeviceKey: i.DeviceKey,
		DocType: i.DocType, Validity: i.Validity, Status: i.Status}
	if mso.DigestAlgorithm == "" {
		mso.DigestAlgorithm = SHA256
	}
	out := cbor.AppendMap(make([]byte, 0, i.size(signer)), 2)
	out = cbor.AppendMap(cbor.AppendText(out, "nameSpaces"), len(i.NameSpaces))
	for _, ns := range i.NameSpaces {
		ids, salts, err := i.Entropy(ns.Name, len(ns.Elements))
		if err != nil {
			return nil, fmt.Errorf("salts of %s: %w", ns.Name, err)
		}
		if len(ids) != len(ns.Elements) || len(salts) != len(ids)*SaltSize {
			return nil, fmt.Errorf("mdoc: %d identifiers and %d bytes of salts for %d elements", len(ids), len(salts), len(ns.Elements))
		}
		var digests []digestEntry
		out, digests = appendItems(out, ns, ids, salts, mso.DigestAlgorithm)
		mso.Digests = append(mso.Digests, NameSpaceDigests{ns.Name, digests})
	}
	out = cbor.AppendText(out, "issuerAuth")
	payload, err := mso.append(make([]byte, 0, 1024+48*len(mso.Digests[0].entries)))
	if err != nil {
		return nil, err
	}
	return &Prepared{signer: signer, out: out, unsigned: cose.Unsigned{
		Protected:   cose.Headers{Alg: signer.alg},
		Unprotected: cose.Headers{X5Chain: [][]byte{signer.cert.Raw}},
		Payload:     cbor.AppendEncoded(make([]byte, 0, len(payload)+8), payload),
	}}, nil
}

// size estimates the bytes of the finished document, to allocate once.
func (i Issuance) size(signer *DocumentSigner) int {
	const around, item = 768, 96 // the envelopes; an item without name and value
	digest := max(i.DigestAlgorithm.size(), sha256.Size) + 5
	size := around + len(signer.cert.Raw)
	for _, ns := range i.NameSpaces {
		size += 2*len(ns.Name) + 16
		for _, e := range ns.Elements {
			size += item + len(e.Name) + len(e.Value) + digest
		}
	}
	return size
}

// appendItems appends the array of a namespace's items, in the order of the
// elements, and returns their digests in the order of their identifiers.
func appendItems(out []byte, ns NameSpace, ids []uint64, salts []byte, alg DigestAlgorithm) ([]byte, []digestEntry) {
	n := len(ns.Elements)
	digests := make([]digestEntry, n)
	room := make([]byte, 0, n*alg.size())
	out = cbor.AppendArray(cbor.AppendText(out, ns.Name), n)
	var sum [sha512.Size]byte
	for j, e := range ns.Elements {
		start := len(out)
		out = appendItem(out, ids[j], salts[j*SaltSize:(j+1)*SaltSize], e)
		room = append(room, alg.sum(&sum, out[start:])...)
		digests[ids[j]] = digestEntry{ids[j], room[len(room)-alg.size():]}
	}
	return out, digests
}

// appendItem appends #6.24(bstr .cbor IssuerSignedItem).
func appendItem(b []byte, id uint64, salt []byte, e Element) []byte {
	const fixed = 1 + 1 + len("digestID") + 1 + len("random") + 1 + len("elementIdentifier") + 1 + len("elementValue")
	size := fixed + cbor.HeadSize(int(id)) + cbor.HeadSize(len(salt)) + len(salt) +
		cbor.HeadSize(len(e.Name)) + len(e.Name) + len(e.Value)
	b = cbor.AppendHead(cbor.AppendTag(b, cbor.TagEncoded), cbor.Bytes, uint64(size))
	b = cbor.AppendMap(b, 4)
	b = cbor.AppendUint(cbor.AppendText(b, "digestID"), id)
	b = cbor.AppendBytes(cbor.AppendText(b, "random"), salt)
	b = cbor.AppendText(cbor.AppendText(b, "elementIdentifier"), e.Name)
	return append(cbor.AppendText(b, "elementValue"), e.Value...)
}

func (i Issuance) check(signer *DocumentSigner) error {
	if i.DocType == "" || len(i.NameSpaces) == 0 || i.Entropy == nil {
		return fmt.Errorf("%w (no document type, no namespace or no entropy)", ErrBadStructure)
	}
	if i.DigestAlgorithm != "" && i.DigestAlgorithm.size() == 0 {
		return fmt.Errorf("%w (digest algorithm %q)", ErrBadMSO, i.DigestAlgorithm)
	}
	if err := i.Validity.check(signer.cert); err != nil {
		return err
	}
	for j, ns := range i.NameSpaces {
		checked := i.DocType == DocTypeMDL && ns.Name == NameSpaceMDL // by CheckLicence
		if err := ns.check(!checked); err != nil {
			return err
		}
		for _, other := range i.NameSpaces[:j] {
			if other.Name == ns.Name {
				return fmt.Errorf("%w (namespace %s comes twice)", ErrBadStructure, ns.Name)
			}
		}
	}
	if i.DocType != DocTypeMDL {
		return nil
	}
	if err := CheckLicence(i.NameSpaces, signer.country); err != nil {
		return err
	}
	for _, ns := range i.NameSpaces {
		if ns.Name == NameSpaceMDL {
			return errors.Join(inProvince(ns.Elements, signer.cert), AgesAgree(ns.Elements, i.Validity.Signed))
		}
	}
	return nil
}

// inProvince refuses an issuing_jurisdiction that is not the province of the
// signer's certificate, if that names one (ISO/IEC 18013-5 §7.2.1): readers
// compare them, and some do where the certificate names none.
func inProvince(elements []Element, cert *x509.Certificate) error {
	for _, e := range elements {
		if e.Name != "issuing_jurisdiction" || len(cert.Subject.Province) == 0 {
			continue
		}
		r := cbor.Read(e.Value)
		if got := r.Text(); got != cert.Subject.Province[0] {
			return fmt.Errorf("%w (issuing_jurisdiction is %s, the signer's province is %s)", ErrBadElement, got, cert.Subject.Province[0])
		}
	}
	return nil
}

// check looks at the names and, unless CheckLicence does so, at the elements.
func (ns NameSpace) check(elements bool) error {
	if ns.Name == "" || len(ns.Elements) == 0 {
		return fmt.Errorf("%w (a namespace without name or elements)", ErrBadStructure)
	}
	if !elements {
		return nil
	}
	for j, e := range ns.Elements {
		if e.Name == "" {
			return fmt.Errorf("%w (an element of %s without name)", ErrBadElement, ns.Name)
		}
		if err := cbor.Check(e.Value); err != nil {
			return fmt.Errorf("%w (%s %q: %v)", ErrBadElement, ns.Name, e.Name, err)
		}
		if named(ns.Elements[:j], e.Name) {
			return fmt.Errorf("%w (%s %q comes twice)", ErrBadElement, ns.Name, e.Name)
		}
	}
	return nil
}

// check holds the times against one another and the certificate: readers
// refuse a document that was signed outside its signer's validity, and cannot
// believe it after the signer's certificate has ended.
func (v Validity) check(cert *x509.Certificate) error {
	for _, t := range []time.Time{v.Signed, v.From, v.Until} {
		if t.IsZero() || t.Nanosecond() != 0 {
			return fmt.Errorf("%w (a time is missing or not in whole seconds)", ErrBadMSO)
		}
	}
	switch {
	case v.From.Before(v.Signed), !v.Until.After(v.From):
		return fmt.Errorf("%w (signed, validFrom and validUntil are out of order)", ErrBadMSO)
	case v.Signed.Before(cert.NotBefore), v.Signed.After(cert.NotAfter):
		return fmt.Errorf("%w (signed outside the validity of the signer's certificate)", ErrExpired)
	case v.Until.After(cert.NotAfter):
		return fmt.Errorf("%w (valid for longer than the signer's certificate)", ErrExpired)
	}
	return nil
}

// ToSign returns the bytes that are signed.
func (p *Prepared) ToSign() []byte { return p.unsigned.ToSign() }

// Sign signs. The caller sees to it that a document is signed once and keeps
// the signature, from which IssuerSigned rebuilds the document.
func (p *Prepared) Sign() ([]byte, error) {
	if p.signer.key == nil {
		return nil, fmt.Errorf("%w (this signer has no private key)", ErrBadKey)
	}
	return p.unsigned.Sign(p.signer.key)
}

// Verify returns nil if signature is one of this document by its signer's
// certificate: a rebuilt document that fails this is not the one issued.
func (p *Prepared) Verify(signature []byte) error {
	auth, err := cose.ParseSign1(p.unsigned.Append(nil, signature))
	if err != nil {
		return err
	}
	return auth.Verify(p.signer.cert.PublicKey, nil)
}

// IssuerSigned returns the document with its signature: the form that
// OpenID4VCI hands out. The same Prepared and signature give the same bytes.
// It is for one goroutine: the first call gives away the buffer in which the
// document was built, later ones copy it.
func (p *Prepared) IssuerSigned(signature []byte) []byte {
	out := p.out
	if p.given {
		out = append(make([]byte, 0, cap(out)), out...)
	}
	p.given = true
	return p.unsigned.Append(out, signature)
}
