package credential

import (
	"crypto/sha256"
	"time"

	"edl/internal/licence"
	"edl/mdoc/cbor"
	"edl/mdoc/cose"
)

// A Statement is what the authority signs of one electronic licence. All of it
// is kept elsewhere, or fixed by an Intent before anything is signed, so the
// signed bytes can be made anew at any time and are never stored.
type Statement struct {
	ID                string // of the electronic licence
	Identifier        string // 电子证照标识, "" if none
	IdentifierVersion int
	PreviousID        string // the one it replaces, "" if none
	Issuer            string // the authority's code, 发证机关代码
	IssuedAt          time.Time
	RegisterVersionID string
	Licence           licence.Licence // that version
	PortraitHash      []byte          // SHA-256 of the portrait as printed
}

// Encoding numbers the form below. A change of form gets another number, and
// the old forms are kept as long as licences were signed in them.
const Encoding = 1

// contentType says what the payload of the COSE_Sign1 is.
const contentType = "application/edl-licence+cwt"

// Claims of the CWT (RFC 8392); those of the licence stand under a label of
// private use (below -65536).
const (
	claimIssuer  = 1
	claimSubject = 2
	claimIssued  = 6
	claimID      = 7
	claimLicence = -65540
)

// payload writes the statement as a CWT claims set in deterministic CBOR: the
// same statement gives the same bytes, on every machine and for ever.
func (s *Statement) payload() []byte {
	b := make([]byte, 0, 512)
	b = cbor.AppendMap(b, 5)
	b = cbor.AppendText(cbor.AppendUint(b, claimIssuer), s.Issuer)
	b = cbor.AppendText(cbor.AppendUint(b, claimSubject), s.Identifier)
	b = cbor.AppendUint(cbor.AppendUint(b, claimIssued), uint64(s.IssuedAt.Unix()))
	b = cbor.AppendBytes(cbor.AppendUint(b, claimID), []byte(s.ID))
	return s.appendLicence(cbor.AppendInt(b, claimLicence))
}

// appendLicence writes an array: its order is the form, and a reader needs no
// names. What changes without another electronic licence (points, status,
// address, phone) is left out.
func (s *Statement) appendLicence(b []byte) []byte {
	l := &s.Licence
	b = cbor.AppendArray(b, 17)
	b = cbor.AppendUint(b, Encoding)
	b = cbor.AppendText(b, s.RegisterVersionID)
	b = cbor.AppendUint(b, uint64(s.IdentifierVersion))
	b = cbor.AppendText(b, s.PreviousID)
	b = cbor.AppendText(b, string(l.FileNumber))
	b = cbor.AppendText(b, string(l.Document.Type))
	b = cbor.AppendText(b, string(l.Document.Number))
	b = cbor.AppendText(b, string(l.Name))
	b = cbor.AppendText(b, string(l.Sex))
	b = cbor.AppendText(b, l.BirthDate.String())
	b = cbor.AppendText(b, l.Nationality)
	b = cbor.AppendText(b, l.FirstIssue.String())
	b = cbor.AppendText(b, l.ValidFrom.String())
	b = cbor.AppendText(b, l.ValidTo.String()) // "": 长期
	b = cbor.AppendText(b, l.Authority)
	b = cbor.AppendArray(b, len(l.Classes))
	for _, c := range l.Classes {
		b = cbor.AppendText(cbor.AppendArray(b, 2), string(c.Class))
		b = cbor.AppendText(b, c.Since.String())
	}
	return cbor.AppendBytes(b, s.PortraitHash)
}

// message is the statement as a COSE_Sign1 before its signature.
func (s *Statement) message(keyID []byte) cose.Unsigned {
	return cose.Unsigned{
		Protected: cose.Headers{Alg: cose.ES256, KeyID: keyID, Type: contentType},
		Payload:   s.payload(),
	}
}

// digest is SHA-256 over the bytes that are signed.
func digest(m cose.Unsigned) []byte {
	sum := sha256.Sum256(m.ToSign())
	return sum[:]
}
