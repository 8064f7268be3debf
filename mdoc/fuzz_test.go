package mdoc

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"testing"

	"edl/mdoc/cbor"
)

// FuzzResponse: no bytes but the valid response itself are valid, and reading
// strangers' bytes never panics.
func FuzzResponse(f *testing.F) {
	w := newWorld(f)
	i := w.issuance(f)
	i.NameSpaces = licenceOf(f, 64)
	issued := w.issue(f, i)
	response := w.present(f, issued, SignWith(w.device))
	agreement, err := w.device.ECDH()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(response)
	f.Add(issued)
	f.Add(w.present(f, issued, MACWith(agreement, w.reader.PublicKey())))
	f.Add(AppendResponse(nil, nil, []DocumentError{{DocTypeMDL, 0}}))
	p := w.policy()
	p.ReaderKey = w.reader
	valid := p.VerifyResponse(response).Documents[0]
	f.Fuzz(func(t *testing.T, b []byte) {
		if r := p.VerifyIssuerSigned(b); r.Valid {
			subset(t, valid.NameSpaces, r.Documents[0].NameSpaces)
		}
		if r := p.VerifyResponse(b); r.Valid {
			for _, d := range r.Documents {
				subset(t, valid.NameSpaces, d.NameSpaces)
			}
		}
		if s, err := ParseIssuerSigned(b); err == nil {
			if again, err := ParseIssuerSigned(s.Append(nil)); err != nil {
				t.Errorf("what was read and written cannot be read: %v, %v", again, err)
			}
		}
	})
}

// subset fails the test if an element is shown that was never issued.
func subset(t *testing.T, issued, shown []NameSpace) {
	for _, ns := range shown {
		for _, e := range ns.Elements {
			found := false
			for _, i := range issued {
				for _, x := range i.Elements {
					found = found || i.Name == ns.Name && x.Name == e.Name && bytes.Equal(x.Value, e.Value)
				}
			}
			if !found {
				t.Errorf("%s %s was never issued", ns.Name, e.Name)
			}
		}
	}
}

func FuzzMSO(f *testing.F) {
	w := newWorld(f)
	s, err := ParseIssuerSigned(w.issue(f, w.issuance(f)))
	if err != nil {
		f.Fatal(err)
	}
	b, err := s.mso()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseMSO(b)
		if err != nil || m.DeviceKey == nil {
			return
		}
		again, err := m.append(nil)
		if err != nil {
			t.Fatalf("an MSO that was read cannot be written: %v", err)
		}
		if _, err := ParseMSO(again); err != nil {
			t.Fatalf("what was read and written cannot be read: %v", err)
		}
	})
}

func FuzzRequest(f *testing.F) {
	w := newWorld(f)
	d := DocRequest{DocType: DocTypeMDL, NameSpaces: []RequestedNameSpace{{NameSpaceMDL, []RequestedElement{{"portrait", true}}}}}
	f.Add((&Request{Documents: []DocRequest{d}}).Append(nil))
	if err := d.Sign(w.transcript, w.dsKey, w.ds); err != nil {
		f.Fatal(err)
	}
	f.Add((&Request{Documents: []DocRequest{d, d}}).Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		req, err := ParseRequest(b)
		if err != nil {
			return
		}
		for i := range req.Documents {
			if _, err := req.Documents[i].VerifyReader(w.transcript, w.trust, w.now); err == nil {
				t.Error("a reader under no root is trusted")
			}
		}
		if _, err := ParseRequest(req.Append(nil)); err != nil {
			t.Errorf("what was read and written cannot be read: %v", err)
		}
	})
}

func FuzzEngagement(f *testing.F) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	e, err := NewEngagement(key.PublicKey(), RetrievalMethod{Type: MethodBLE, Version: 1, BLE: &BLEOptions{CentralClient: true, CentralUUID: make([]byte, 16)}},
		RetrievalMethod{Type: MethodNFC, Version: 1, Options: []byte{0xa0}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(e.Bytes)
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := ParseEngagement(b)
		if err != nil {
			return
		}
		if again, err := ParseURI(e.URI()); err != nil || !bytes.Equal(again.Bytes, b) {
			t.Errorf("the QR text does not come back: %v", err)
		}
		if _, err := NewEngagement(e.Key, e.Methods...); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}

func FuzzSession(f *testing.F) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	encoded, err := EncodeKey(key.PublicKey())
	if err != nil {
		f.Fatal(err)
	}
	end := StatusTermination
	f.Add((&SessionEstablishment{ReaderKey: encoded, Data: make([]byte, 17)}).Append(nil))
	f.Add((&SessionData{Data: make([]byte, 17), Status: &end}).Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := ParseSessionData(b); err == nil {
			if _, err := ParseSessionData(s.Append(nil)); err != nil {
				t.Errorf("what was read and written cannot be read: %v", err)
			}
		}
		est, err := ParseSessionEstablishment(b)
		if err != nil {
			return
		}
		session, err := NewDeviceSession(key, est.ReaderKey, QRTranscript([]byte{0xa0}, est.ReaderKey))
		if err != nil {
			return
		}
		if _, err := session.Decrypt(est.Data); err == nil {
			t.Error("a message that nobody encrypted was decrypted")
		}
	})
}

func FuzzAnnexC(f *testing.F) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	info, err := NewEncryptionInfo(make([]byte, 16), key.PublicKey())
	if err != nil {
		f.Fatal(err)
	}
	transcript := AnnexCTranscript(info, "https://verifier.example")
	sealed, err := SealAnnexC([]byte{0xa0}, key.PublicKey(), transcript)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(info)
	f.Add(sealed)
	f.Fuzz(func(t *testing.T, text string) {
		if _, key, err := ParseEncryptionInfo(text); (err == nil) == (key == nil) {
			t.Errorf("key %v with error %v", key, err)
		}
		if plain, err := OpenAnnexC(text, key, transcript); err == nil && !bytes.Equal(plain, []byte{0xa0}) {
			t.Errorf("a response that nobody sealed was opened: %x", plain)
		}
	})
}

func FuzzVICAL(f *testing.F) {
	w := newWorld(f)
	s, err := ParseIssuerSigned(w.issue(f, w.issuance(f)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.auth)
	f.Add([]byte{0x84, 0x43, 0xa1, 0x01, 0x26, 0xa0, 0x41, 0xa0, 0x41, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := ParseVICAL(b)
		if err != nil {
			return
		}
		if _, err := v.Verify(nil, w.now); err == nil {
			t.Error("a list under no root is believed")
		}
	})
}

// FuzzLicence: values of any kind under the names of elements are judged
// without a panic.
func FuzzLicence(f *testing.F) {
	for _, ns := range licenceOf(f, 16) {
		for _, e := range ns.Elements {
			f.Add(e.Name, e.Value)
		}
	}
	f.Fuzz(func(t *testing.T, name string, value []byte) {
		if cbor.Check(value) != nil {
			return
		}
		if err := CheckLicence([]NameSpace{{NameSpaceMDL, []Element{{name, value}}}}, "CN"); err == nil {
			t.Error("one element is a licence")
		}
		_ = AgesAgree([]Element{{name, value}}, worldTime)
	})
}
