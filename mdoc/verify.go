package mdoc

import (
	"bytes"
	"crypto/ecdh"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"strconv"
	"time"

	"edl/mdoc/cbor"
	"edl/mdoc/checklist"
)

// Policy is what a reader verifies a presentation with.
type Policy struct {
	Trust      *Trust           // roots of the authorities
	Now        time.Time        // the reader's clock
	Leeway     time.Duration    // by how much the issuer's clock may be ahead
	Transcript Transcript       // of the session; unused for an IssuerSigned
	ReaderKey  *ecdh.PrivateKey // the reader's ephemeral key; needed for MACs alone

	// Once reports whether a session, by the hash of its transcript, is seen
	// for the first time, and remembers it. It is asked last, about a
	// presentation that is otherwise valid. Nil: the caller sees to it.
	Once func(session [sha256.Size]byte) bool
}

// Report is the outcome of a verification.
type Report struct {
	Valid     bool
	Checks    checklist.List
	Documents []Verified // to be believed only if Valid
}

// Verified is what was found in one document.
type Verified struct {
	DocType      string
	NameSpaces   []NameSpace // signed by the issuer
	DeviceSigned []NameSpace // stated by the device alone
	MSO          *MSO
	Signer       *x509.Certificate
}

// Err returns why the report is not valid: the first failed step.
func (r *Report) Err() error { return r.Checks.Err() }

// The steps of a verification and the clauses that ask for them.
const (
	StepEncoding       = "encoding"
	StepStructure      = "structure"
	StepStatus         = "response_status"
	StepChain          = "issuer_chain"
	StepSignature      = "issuer_signature"
	StepMSO            = "mso"
	StepDocType        = "doc_type"
	StepDigests        = "digests"
	StepValidity       = "validity"
	StepCountry        = "issuing_country"
	StepDeviceKey      = "device_key"
	StepDeviceAuth     = "device_auth"
	StepAuthorizations = "key_authorizations"
	StepReplay         = "replay"

	clauseCBOR      = "RFC 8949 §5.3.1"
	clauseResponse  = "ISO/IEC 18013-5 §8.3.2.1.2.2"
	clauseStatus    = "ISO/IEC 18013-5 §8.3.2.1.2.3"
	clauseMSO       = "ISO/IEC 18013-5 §9.1.2.4"
	clauseDigest    = "ISO/IEC 18013-5 §9.1.2.5"
	clauseDevice    = "ISO/IEC 18013-5 §9.1.3"
	clauseMAC       = "ISO/IEC 18013-5 §9.1.3.5"
	clauseDeviceSig = "ISO/IEC 18013-5 §9.1.3.6"
	clauseInspect   = "ISO/IEC 18013-5 §9.3.1"
	clausePath      = "ISO/IEC 18013-5 §9.3.3"
)

// VerifyResponse verifies a DeviceResponse: each document's issuer, elements,
// times and device. A response without documents is not valid.
func (p Policy) VerifyResponse(b []byte) *Report {
	report := &Report{Checks: make(checklist.List, 0, 16)}
	resp, err := ParseResponse(b)
	if !report.parsed(err) {
		return report
	}
	if resp.Status != 0 || len(resp.Documents) == 0 {
		err = fmt.Errorf("%w (status %d with %d documents)", ErrBadStructure, resp.Status, len(resp.Documents))
	}
	if !report.Checks.Add(StepStatus, clauseStatus, err, "OK") {
		return report
	}
	report.Documents = make([]Verified, 0, len(resp.Documents))
	for i, d := range resp.Documents {
		v := verification{policy: &p, report: report}
		if len(resp.Documents) > 1 {
			v.prefix = "documents[" + strconv.Itoa(i) + "]."
		}
		v.issuer(d.IssuerSigned, d.DocType)
		v.device(d.DeviceSigned)
		report.Documents = append(report.Documents, v.found)
	}
	if p.Once != nil && report.Checks.OK() {
		var err error
		if !p.Once(sha256.Sum256(p.Transcript)) {
			err = ErrReplayed
		}
		report.Checks.Add(StepReplay, clauseDevice, err, "this session is seen for the first time")
	}
	report.Valid = report.Checks.OK()
	return report
}

// VerifyIssuerSigned verifies a document as issued, without a device's proof.
func (p Policy) VerifyIssuerSigned(b []byte) *Report {
	report := &Report{}
	s, err := ParseIssuerSigned(b)
	if !report.parsed(err) {
		return report
	}
	v := verification{policy: &p, report: report}
	v.issuer(s, "")
	report.Documents = []Verified{v.found}
	report.Valid = report.Checks.OK()
	return report
}

// parsed records how reading went, as the two steps that it is.
func (r *Report) parsed(err error) bool {
	if isEncoding(err) {
		return r.Checks.Add(StepEncoding, clauseCBOR, err, "")
	}
	r.Checks.Add(StepEncoding, clauseCBOR, nil, "")
	return r.Checks.Add(StepStructure, clauseResponse, err, "")
}

// verification is the state of verifying one document.
type verification struct {
	policy *Policy
	report *Report
	prefix string // of the step names, if there are several documents
	found  Verified
}

func (v *verification) check(name, clause string, err error, detail string) bool {
	return v.report.Checks.Add(v.prefix+name, clause, err, detail)
}

// issuer takes the steps of §9.3.1: certificate, signature, digests, document
// type, validity. An empty docType is that of the MSO.
func (v *verification) issuer(s *IssuerSigned, docType string) {
	v.found.DocType, v.found.NameSpaces = docType, s.Namespaces()
	chain := s.Auth.Unprotected.X5Chain
	if chain == nil {
		chain = s.Auth.Protected.X5Chain
	}
	cert, iaca, err := v.policy.Trust.DocumentSigner(chain, v.policy.Now)
	detail := ""
	if err == nil {
		detail = cert.Subject.CommonName + " under " + iaca.Subject.CommonName
	}
	v.check(StepChain, clausePath, err, detail)
	v.found.Signer = cert
	v.check(StepSignature, clauseMSO, verifyIssuerAuth(s, cert), s.Auth.Protected.Alg.String())

	mso, err := s.MSO()
	if !v.check(StepMSO, clauseMSO, err, "") {
		return
	}
	v.found.MSO = mso
	if docType == "" {
		v.found.DocType = mso.DocType
	} else {
		v.check(StepDocType, clauseInspect, matchDocType(mso.DocType, docType), docType)
	}
	n, err := verifyDigests(s, mso)
	v.check(StepDigests, clauseDigest, err, strconv.Itoa(n)+" elements")
	v.check(StepValidity, clauseInspect, v.validity(mso, cert), "")
	if mso.DocType == DocTypeMDL && cert != nil {
		v.country(cert)
	}
	v.check(StepDeviceKey, clauseMSO, mso.DeviceKeyError(), "")
}

func verifyIssuerAuth(s *IssuerSigned, cert *x509.Certificate) error {
	if cert == nil {
		return fmt.Errorf("%w (no readable certificate to check it with)", ErrBadSignature)
	}
	return s.Auth.Verify(cert.PublicKey, nil)
}

func matchDocType(signed, sent string) error {
	if signed != sent {
		return fmt.Errorf("%w (%q was signed, %q was sent)", ErrDocTypeMismatch, signed, sent)
	}
	return nil
}

// verifyDigests compares every item, as it was sent, with its digest.
func verifyDigests(s *IssuerSigned, mso *MSO) (n int, err error) {
	for _, ns := range s.NameSpaces {
		for i := range ns.Items {
			it := &ns.Items[i]
			if !mso.matches(ns.Name, it.DigestID, it.bytes) {
				return n, fmt.Errorf("%w (%s of %s)", ErrDigestMismatch, it.Name, ns.Name)
			}
			n++
		}
	}
	return n, nil
}

func (v *verification) validity(mso *MSO, cert *x509.Certificate) error {
	t := mso.Validity
	now := v.policy.Now
	switch {
	case now.Add(v.policy.Leeway).Before(t.From):
		return fmt.Errorf("%w (valid from %s on)", ErrExpired, t.From.Format(time.RFC3339))
	case now.After(t.Until):
		return fmt.Errorf("%w (valid until %s)", ErrExpired, t.Until.Format(time.RFC3339))
	case cert != nil && (t.Signed.Before(cert.NotBefore) || t.Signed.After(cert.NotAfter)):
		return fmt.Errorf("%w (signed on %s, outside the validity of the signer's certificate)", ErrExpired, t.Signed.Format(time.RFC3339))
	case cert != nil && now.After(cert.NotAfter):
		return fmt.Errorf("%w (the signer's certificate ended on %s)", ErrExpired, cert.NotAfter.Format(time.RFC3339))
	}
	return nil
}

// country compares issuing_country, if it is shown, with the certificate
// (Table B.3: the country of the signer is the issuing country).
func (v *verification) country(cert *x509.Certificate) {
	for _, ns := range v.found.NameSpaces {
		for _, e := range ns.Elements {
			if ns.Name != NameSpaceMDL || e.Name != "issuing_country" {
				continue
			}
			var err error
			r := cbor.Read(e.Value)
			if got := r.TextBytes(); r.Done() != nil || !bytes.Equal(got, []byte(countryOf(cert))) {
				err = fmt.Errorf("%w (issuing_country is %q, the certificate's country %q)", ErrUntrustedIssuer, got, countryOf(cert))
			}
			v.check(StepCountry, "ISO/IEC 18013-5 Annex B, Table B.3", err, "")
		}
	}
}

// device takes the steps of §9.1.3 with the key that the issuer vouches for.
func (v *verification) device(d *DeviceSigned) {
	v.found.DeviceSigned = d.NameSpaces
	mso := v.found.MSO
	if mso == nil || mso.DeviceKey == nil {
		return // a failed step says why
	}
	clause, detail := clauseDeviceSig, "signature"
	if d.MAC != nil {
		clause, detail = clauseMAC, "MAC"
	}
	v.check(StepDeviceAuth, clause, verifyDevice(d, mso, v.policy.Transcript, v.policy.ReaderKey), detail)
	if len(d.NameSpaces) == 0 {
		return
	}
	var err error
	for _, ns := range d.NameSpaces {
		for _, e := range ns.Elements {
			if !mso.Authorized.allows(ns.Name, e.Name) {
				err = fmt.Errorf("%w (the device may not state %s of %s)", ErrBadMSO, e.Name, ns.Name)
			}
		}
	}
	v.check(StepAuthorizations, clauseMSO, err, "")
}
