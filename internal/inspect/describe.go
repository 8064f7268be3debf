package inspect

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/emmansun/gmsm/smx509"

	"edl/gm"
	"edl/livecode"
	"edl/mdoc"
	"edl/mdoc/cbor"
	"edl/mdoc/cose"
	"edl/sdjwt"
	"edl/sdjwt/jws"
	"edl/sdjwt/strictjson"
	"edl/statuslist"
)

// Describe returns everything that is in a file. Nothing is verified.
func Describe(in Input) (Tree, error) {
	t := Tree{{"format", string(in.Format)}}
	if len(in.Wrapping) > 0 {
		t.add("wrapped in", strings.Join(in.Wrapping, ", "))
	}
	t.add("size", fmt.Sprintf("%d bytes", len(in.Bytes)))
	inner, err := describe(in)
	return append(t, inner...), err
}

func describe(in Input) (Tree, error) {
	switch in.Format {
	case DeviceResponse:
		return describeResponse(in.Bytes)
	case IssuerSigned:
		s, err := mdoc.ParseIssuerSigned(in.Bytes)
		if err != nil {
			return nil, err
		}
		return describeIssuerSigned(s), nil
	case SDJWT:
		return describeSDJWT(in.Bytes)
	case StatusListJWT:
		return describeListJWT(in.Bytes)
	case StatusListCWT:
		return describeListCWT(in.Bytes)
	case LiveCode:
		code, err := livecode.Parse(string(in.Bytes))
		if err != nil {
			return nil, err
		}
		return codeClaims(code), nil
	case Certificate:
		c, err := gm.ParseCertificate(in.Bytes)
		if err != nil {
			return nil, err
		}
		return certificateClaims(c), nil
	case CRL:
		list, err := smx509.ParseRevocationList(in.Bytes)
		if err != nil {
			return nil, err
		}
		return revocationClaims(list), nil
	}
	return nil, ErrFormat
}

// --- mdoc

func describeResponse(b []byte) (Tree, error) {
	resp, err := mdoc.ParseResponse(b)
	if err != nil {
		return nil, err
	}
	var t Tree
	t.add("status", resp.Status)
	for _, d := range resp.Documents {
		doc := Tree{{"docType", d.DocType}}
		doc = append(doc, describeIssuerSigned(d.IssuerSigned)...)
		proof := Tree{{"elements of the device", elementsOf(d.DeviceSigned.NameSpaces)}}
		switch {
		case d.DeviceSigned.Signature != nil:
			proof.add("proof", "signature, "+d.DeviceSigned.Signature.Protected.Alg.String())
		case d.DeviceSigned.MAC != nil:
			proof.add("proof", "MAC")
		}
		doc.add("device signed", proof)
		t.add("document", doc)
	}
	return t, nil
}

func describeIssuerSigned(s *mdoc.IssuerSigned) Tree {
	var t Tree
	for _, ns := range s.NameSpaces {
		var elements Tree
		for _, it := range ns.Items {
			elements.add(fmt.Sprintf("%s (digest %d)", it.Name, it.DigestID), elementValue(it.Value))
		}
		t.add(ns.Name, elements)
	}
	auth := Tree{{"algorithm", s.Auth.Protected.Alg.String()}}
	auth.add("certificates", chainOf(s.Auth.Protected, s.Auth.Unprotected))
	t.add("issuer authentication", auth)
	mso, err := s.MSO()
	if err != nil {
		t.add("mobile security object", err.Error())
		return t
	}
	t.add("mobile security object", describeMSO(mso))
	return t
}

func describeMSO(m *mdoc.MSO) Tree {
	t := Tree{{"version", m.Version}, {"docType", m.DocType}, {"digest algorithm", string(m.DigestAlgorithm)}}
	for _, d := range m.Digests {
		t.add("digests of "+d.NameSpace, d.Len())
	}
	t.add("device key", keyName(m.DeviceKey))
	if err := m.DeviceKeyError(); err != nil {
		t.add("device key is wrong", err.Error())
	}
	return append(t, validityOf(m)...)
}

func validityOf(m *mdoc.MSO) Tree {
	t := Tree{{"signed", m.Validity.Signed}, {"valid from", m.Validity.From}, {"valid until", m.Validity.Until}}
	if !m.Validity.ExpectedUpdate.IsZero() {
		t.add("expected update", m.Validity.ExpectedUpdate)
	}
	if m.Status != nil && m.Status.List != nil {
		t.add("status list", Tree{{"uri", m.Status.List.URI}, {"idx", m.Status.List.Index}})
	}
	if m.Status != nil && m.Status.Identifier != nil {
		t.add("identifier list", Tree{{"uri", m.Status.Identifier.URI}, {"id", m.Status.Identifier.ID}})
	}
	return t
}

func chainOf(headers ...cose.Headers) []any {
	var names []any
	for _, h := range headers {
		for _, der := range h.X5Chain {
			names = append(names, subjectOf(der))
		}
	}
	return names
}

func subjectOf(der []byte) string {
	c, err := gm.ParseCertificate(der)
	if err != nil {
		return "unreadable: " + err.Error()
	}
	return fmt.Sprintf("%s, serial %x, until %s", c.Subject, c.SerialNumber, c.NotAfter.UTC().Format("2006-01-02"))
}

func elementsOf(all []mdoc.NameSpace) Tree {
	t := make(Tree, 0, len(all))
	for _, ns := range all {
		elements := make(Tree, 0, len(ns.Elements))
		for _, e := range ns.Elements {
			elements.add(e.Name, elementValue(e.Value))
		}
		t.add(ns.Name, elements)
	}
	return t
}

func elementValue(b []byte) any {
	v, err := cbor.Decode(b)
	if err != nil {
		return err.Error()
	}
	return valueOf(v)
}

// documentClaims are the claims of a verified mdoc.
func documentClaims(r *mdoc.Report) any {
	var documents []any
	for _, d := range r.Documents {
		doc := Tree{{"docType", d.DocType}, {"issuerSigned", elementsOf(d.NameSpaces)}}
		if len(d.DeviceSigned) > 0 {
			doc.add("deviceSigned", elementsOf(d.DeviceSigned))
		}
		if d.MSO != nil {
			doc = append(doc, validityOf(d.MSO)...)
		}
		if d.Signer != nil {
			doc.add("signer", d.Signer.Subject.String())
		}
		documents = append(documents, doc)
	}
	return Tree{{"documents", documents}}
}

// --- SD-JWT VC

func describeSDJWT(b []byte) (Tree, error) {
	if b[0] == '{' {
		all, err := sdjwt.FromJSON(b)
		if err != nil {
			return nil, err
		}
		var t Tree
		for _, one := range all {
			inner, err := describeSDJWT(one)
			if err != nil {
				return nil, err
			}
			t.add("signature", inner)
		}
		return t, nil
	}
	s, err := sdjwt.Parse(b)
	if err != nil {
		return nil, err
	}
	t := Tree{{"header", headerOf(s.JWT.Header)}}
	claims, err := s.Process()
	if err != nil {
		t.add("disclosures do not fit", err.Error())
		if signed, err := strictjson.Object(s.JWT.Payload); err == nil {
			t.add("claims as signed", valueOf(signed))
		}
		return t, nil
	}
	t.add("claims", valueOf(claims))
	var disclosed []any
	for _, d := range s.Disclosures {
		disclosed = append(disclosed, fmt.Sprint([]any(d.Path)...))
	}
	t.add("disclosed", disclosed)
	if s.KeyBinding != nil {
		t.add("key binding", tokenOf(s.KeyBinding))
	}
	return t, nil
}

func headerOf(h jws.Header) Tree {
	t, _ := valueOf(h.All).(Tree)
	for i := range t {
		if t[i].Name == "x5c" {
			var names []any
			for _, der := range h.X5C {
				names = append(names, subjectOf(der))
			}
			t[i].Value = names
		}
	}
	return t
}

func tokenOf(compact []byte) any {
	tok, err := jws.Parse(compact)
	if err != nil {
		return err.Error()
	}
	claims, err := strictjson.Object(tok.Payload)
	if err != nil {
		return err.Error()
	}
	return Tree{{"header", headerOf(tok.Header)}, {"claims", valueOf(claims)}}
}

// --- status lists

func describeListJWT(b []byte) (Tree, error) {
	tok, err := jws.Parse(b)
	if err != nil {
		return nil, err
	}
	claims, err := strictjson.Object(tok.Payload)
	if err != nil {
		return nil, err
	}
	t := Tree{{"header", headerOf(tok.Header)}}
	list, _ := claims["status_list"].(map[string]any)
	bits, _ := list["bits"].(interface{ Int64() (int64, error) })
	lst, _ := list["lst"].(string)
	delete(claims, "status_list")
	t.add("claims", valueOf(claims))
	if bits == nil {
		return t, nil
	}
	size, _ := bits.Int64()
	compressed, err := jws.Decode([]byte(lst))
	if err != nil {
		return t, err
	}
	return describeList(t, int(size), compressed)
}

func describeListCWT(b []byte) (Tree, error) {
	msg, err := cose.ParseSign1(b)
	if err != nil {
		return nil, err
	}
	v, err := cbor.Decode(msg.Payload)
	if err != nil {
		return nil, err
	}
	t := Tree{{"type", msg.Protected.Type}, {"algorithm", msg.Protected.Alg.String()}, {"certificates", chainOf(msg.Protected, msg.Unprotected)}}
	names := map[int64]string{1: "issuer", 2: "subject", 4: "expires", 6: "issued at", 65534: "time to live"}
	pairs, _ := v.(cbor.Pairs)
	for _, pair := range pairs {
		label, _ := pair.Key.(int64)
		if list, ok := pair.Value.(cbor.Pairs); ok && label == 65533 {
			bits, _ := list.Get("bits").(int64)
			lst, _ := list.Get("lst").([]byte)
			if t, err = describeList(t, int(bits), lst); err != nil {
				return t, err
			}
			continue
		}
		name := names[label]
		if name == "" {
			name = fmt.Sprint(pair.Key)
		}
		t.add(name, valueOf(pair.Value))
	}
	return t, nil
}

func describeList(t Tree, bits int, compressed []byte) (Tree, error) {
	list, err := statuslist.Inflate(bits, compressed, 0)
	if err != nil {
		return t, err
	}
	return append(t, countsOf(list)...), nil
}

func countsOf(list *statuslist.List) Tree {
	counts := make([]int, 256)
	for i := range list.Len() {
		if s, err := list.Get(i); err == nil {
			counts[s]++
		}
	}
	t := Tree{{"bits", list.Bits()}, {"entries", list.Len()}}
	for s, n := range counts {
		if n > 0 {
			t.add(statuslist.Status(s).String(), n)
		}
	}
	return t
}

func listClaims(token *statuslist.Token) Tree {
	t := Tree{{"subject", token.Subject}}
	if token.Issuer != "" {
		t.add("issuer", token.Issuer)
	}
	t.add("issuedAt", token.IssuedAt)
	if !token.Expires.IsZero() {
		t.add("expires", token.Expires)
	}
	if token.TTL > 0 {
		t.add("ttl", token.TTL.String())
	}
	return append(t, countsOf(token.List)...)
}

// --- live codes

func codeClaims(code *livecode.Code) Tree {
	t := Tree{{"form", "short"}, {"serial", code.Serial().String()}, {"time", code.Time()}}
	nonce := code.Nonce()
	t.add("nonce", nonce[:])
	if c := code.Challenge(); c != nil {
		t.add("challenge", c)
	}
	part := code.Issuer()
	if part == nil {
		return t
	}
	t[0].Value = "self-contained"
	return append(t, issuerClaims(part.Claims(), part.KeyID())...)
}

func issuerClaims(c *livecode.Claims, keyID []byte) Tree {
	t := Tree{{"issuer", c.Issuer}, {"key", string(keyID)}, {"issued at", c.IssuedAt}, {"expires", c.Expires},
		{"status list", Tree{{"uri", c.StatusURI}, {"idx", c.StatusIndex}}},
		{"name", c.Name}, {"face", c.Face}}
	var classes []any
	for _, class := range c.Classes {
		classes = append(classes, class.Code+" "+class.Since.String())
	}
	t.add("classes", classes)
	t.add("valid from", c.ValidFrom.String())
	until := c.ValidUntil.String()
	if until == "" {
		until = "长期"
	}
	t.add("valid until", until)
	if !c.Full() {
		return t
	}
	return append(t, Tree{{"number", c.Number}, {"birth date", c.BirthDate.String()}, {"sex", int(c.Sex)}, {"nationality", c.Nationality},
		{"first issue", c.FirstIssue.String()}, {"authority", c.Authority}, {"status letters", c.Letters}, {"points", c.Points},
		{"hearing aid", c.HearingAid}, {"school bus", c.SchoolBus}, {"probation", c.Probation.String()}}...)
}

// --- certificates

func certificateClaims(c *gm.Certificate) Tree {
	t := Tree{{"subject", c.Subject.String()}, {"issuer", c.Issuer.String()}, {"serial", hex.EncodeToString(c.SerialNumber.Bytes())},
		{"not before", c.NotBefore}, {"not after", c.NotAfter}, {"key", keyName(c.PublicKey)},
		{"signature algorithm", c.SignatureAlgorithm.String()}, {"authority", c.IsCA}, {"key usage", usageOf(c)}}
	var purposes []any
	for _, id := range c.UnknownExtKeyUsage {
		purposes = append(purposes, purposeName(id.String()))
	}
	if len(purposes) > 0 {
		t.add("purposes", purposes)
	}
	t.add("subject key identifier", c.SubjectKeyId)
	t.add("authority key identifier", c.AuthorityKeyId)
	var points []any
	for _, uri := range c.CRLDistributionPoints {
		points = append(points, uri)
	}
	t.add("revocation lists", points)
	return t
}

func purposeName(id string) string {
	switch id {
	case mdoc.OIDDocumentSigner.String():
		return id + " (signer of driving licences)"
	case mdoc.OIDReaderAuth.String():
		return id + " (reader)"
	case mdoc.OIDVICALSigner.String():
		return id + " (signer of lists of authorities)"
	}
	return id
}

func usageOf(c *gm.Certificate) string {
	var names []string
	for _, u := range []struct {
		bit  smx509.KeyUsage
		name string
	}{{smx509.KeyUsageDigitalSignature, "digitalSignature"}, {smx509.KeyUsageContentCommitment, "contentCommitment"},
		{smx509.KeyUsageCertSign, "keyCertSign"}, {smx509.KeyUsageCRLSign, "cRLSign"}} {
		if c.KeyUsage&u.bit != 0 {
			names = append(names, u.name)
		}
	}
	return strings.Join(names, ", ")
}

func keyName(key any) string {
	switch k := key.(type) {
	case nil:
		return "none"
	case *ecdsa.PublicKey:
		if _, err := gm.PublicKey(k); err == nil {
			return "SM2"
		}
		thumbprint, err := jws.Thumbprint(k)
		if err != nil {
			return "EC " + k.Curve.Params().Name
		}
		return fmt.Sprintf("EC %s, thumbprint %x", k.Curve.Params().Name, thumbprint[:8])
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return fmt.Sprintf("%T", key)
}

func revocationClaims(list *smx509.RevocationList) Tree {
	t := Tree{{"issuer", list.Issuer.String()}, {"number", fmt.Sprint(list.Number)}, {"this update", list.ThisUpdate},
		{"next update", list.NextUpdate}, {"signature algorithm", list.SignatureAlgorithm.String()}, {"authority key identifier", list.AuthorityKeyId}}
	var revoked []any
	for _, entry := range list.RevokedCertificateEntries {
		revoked = append(revoked, fmt.Sprintf("%x at %s", entry.SerialNumber.Bytes(), entry.RevocationTime.UTC().Format("2006-01-02T15:04:05Z")))
	}
	t.add("revoked", revoked)
	return t
}
