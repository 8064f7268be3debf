package statuslist_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"testing"
	"time"

	"edl/mdoc"
	"edl/statuslist"
)

// TestSignersOfMDocLists lets the certificates of package mdoc decide whom to
// believe: a signer of lists under the root, and nobody else.
func TestSignersOfMDocLists(t *testing.T) {
	const uri = "https://authority.example/lists/1"
	now := time.Date(2026, 3, 2, 1, 2, 3, 0, time.UTC)
	newKey := func() *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	parse := func(der []byte, err error) *x509.Certificate {
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	request := func(name string) mdoc.Certificate {
		return mdoc.Certificate{Subject: pkix.Name{Country: []string{"CN"}, CommonName: name}, NotBefore: now.AddDate(0, 0, -1),
			NotAfter: now.AddDate(1, 0, 0), CRL: "https://authority.example/crl", Contact: "https://authority.example"}
	}
	rootKey, listKey, dsKey := newKey(), newKey(), newKey()
	root := parse(request("Demo IACA").CreateIACA(rootKey))
	signer := parse(request("Demo lists").CreateStatusSigner(listKey.Public(), root, rootKey))
	ds := parse(request("Demo DS").CreateDocumentSigner(dsKey.Public(), root, rootKey))
	trust := &mdoc.Trust{}
	if err := trust.Add(root, mdoc.ProfileIACA); err != nil {
		t.Fatal(err)
	}
	p := statuslist.Policy{URI: uri, Now: now, MDoc: true, Key: func(chain [][]byte, _ string) (crypto.PublicKey, error) {
		cert, _, err := trust.StatusSigner(chain, now)
		if err != nil {
			return nil, err
		}
		return cert.PublicKey, nil
	}}
	list, err := statuslist.New(1, 64)
	if err != nil {
		t.Fatal(err)
	}
	if err := list.Set(41, statuslist.Invalid); err != nil {
		t.Fatal(err)
	}
	tok := statuslist.Token{Subject: uri, IssuedAt: now, Expires: now.Add(time.Hour), List: list}
	for name, tt := range map[string]struct {
		key  *ecdsa.PrivateKey
		cert *x509.Certificate
		want error
	}{
		"the signer of lists":        {listKey, signer, nil},
		"the signer of documents":    {dsKey, ds, mdoc.ErrUntrustedIssuer},
		"the signer's name, unowned": {dsKey, signer, statuslist.ErrBadSignature},
	} {
		b, err := tok.SignCWT(tt.key, [][]byte{tt.cert.Raw})
		if err != nil {
			t.Fatal(err)
		}
		got, steps := p.VerifyCWT(b)
		if err := steps.Err(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
		if tt.want == nil {
			if s, err := got.List.Get(41); s != statuslist.Invalid || err != nil {
				t.Errorf("%s: entry is %s, %v", name, s, err)
			}
		}
	}
}
