package mobile_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"testing"
	"time"

	"edl/internal/credential"
	"edl/internal/desktest"
	"edl/internal/keys"
	"edl/internal/mobile"
	"edl/internal/photo"
	"edl/internal/store"
	"edl/internal/uid"
	"edl/mdoc"
	"edl/sdjwt"
	"edl/statuslist"
)

// former leaves what a program whose newest encoding was the first had prepared
// when its power was cut, and returns the files that it would have handed out.
func (w *world) former(d *desktest.Driver) (*mobile.Record, [2][32]byte) {
	w.t.Helper()
	r := *w.issue(d)
	r.ID, r.Encoding, r.Status, r.Version = uid.New(w.Now()), 1, mobile.Prepared, 0
	r.MDocPlace, r.VCPlace = r.MDocPlace^1, r.VCPlace^1
	r.MDocSignature, r.VCSignature, r.LeasedUntil = nil, nil, w.Now().Add(-time.Second)
	var sums [2][32]byte
	if err := store.In[mobile.Tx](w.DB)(w.t.Context(), func(tx mobile.Tx) error {
		m := w.written(tx, &r)
		pki, err := keys.OpenPKI(w.keys)
		if err != nil {
			return err
		}
		cert := pki.ByID(r.SignerID)
		issuance, err := m.MDoc()
		if err != nil {
			return err
		}
		signer, err := mdoc.NewDocumentSigner(cert.Key(), cert.X509(), pki.ByID(cert.Issuer).X509())
		if err != nil {
			return err
		}
		document, err := issuance.Prepare(signer)
		if err != nil {
			return err
		}
		signature, err := document.Sign()
		if err != nil {
			return err
		}
		signed := sha256.Sum256(document.ToSign())
		r.MDocDigest, sums[0] = signed[:], sha256.Sum256(document.IssuerSigned(signature))

		vc, err := m.VC()
		if err != nil {
			return err
		}
		vcSigner, err := sdjwt.NewSigner(cert.Key(), cert.X509())
		if err != nil {
			return err
		}
		token, err := vc.Prepare(vcSigner)
		if err != nil {
			return err
		}
		if signature, err = token.Sign(); err != nil {
			return err
		}
		signedVC := sha256.Sum256(token.ToSign())
		r.VCDigest, sums[1] = signedVC[:], sha256.Sum256(token.SDJWT(signature))
		free, err := tx.AddMobile(w.t.Context(), &r)
		if err == nil && !free {
			w.t.Fatal("the place is taken")
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return &r, sums
}

// written is what a record is made of.
func (w *world) written(tx mobile.Tx, r *mobile.Record) credential.Mobile {
	w.t.Helper()
	ctx := w.t.Context()
	l, err := tx.LicenceVersion(ctx, r.LicenceID, r.RegisterVersionID)
	if err != nil {
		w.t.Fatal(err)
	}
	secret, err := tx.MonthSecret(ctx, r.Month, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	holder, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), r.Holder)
	if err != nil {
		w.t.Fatal(err)
	}
	return credential.Mobile{Encoding: r.Encoding, ID: r.ID, Licence: l, Portrait: portrait(ctx, w.t, tx, r.PhotoID), Name: r.Written.Name, Authority: r.Written.Authority,
		Country: r.Written.Country, Jurisdiction: r.Written.Jurisdiction, Signed: r.SignedAt, Until: r.Until, Holder: holder, Issuer: r.Issuer,
		MDocStatus: mobile.ListURI(r.Issuer, mobile.MDoc, r.MDocPlace), VCStatus: mobile.ListURI(r.Issuer, mobile.VC, r.VCPlace), Secret: secret}
}

func portrait(ctx context.Context, t *testing.T, tx mobile.Tx, id string) []byte {
	t.Helper()
	stored, err := tx.Photo(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	image, err := tx.PhotoImage(ctx, stored, photo.ImagePortrait)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// What an older program prepared is signed by its newer one in the older form,
// and is the older form ever after.
func TestAnUpgradeChangesNoByteOfWhatWasPreparedBefore(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		d := w.Driver("holder:1", nil)
		r, want := w.former(d)
		if n, err := w.s.Resume(t.Context()); n != 1 || err != nil {
			t.Fatalf("%d resumed, %v", n, err)
		}
		newer := w.issue(d)
		if newer.Encoding == r.Encoding {
			t.Fatal("no other encoding is in use, so nothing is shown")
		}
		for _, step := range []struct {
			name string
			do   func()
		}{
			{"upgraded", func() {}},
			{"the keys are rotated", func() { w.rotate(keys.DocumentSigner); w.rotate(keys.IACA) }},
			{"the register changes", func() { d.Status("D") }},
		} {
			step.do()
			a, b := w.files(w.server(), r)
			if got := [2][32]byte{sha256.Sum256(a), sha256.Sum256(b)}; got != want {
				t.Errorf("%s: %x, was %x", step.name, got, want)
			}
		}
		if m := w.status(w.s, r, mobile.MDoc); m != statuslist.Invalid {
			t.Errorf("suspended, the older form is %v", m)
		}
	})
}
