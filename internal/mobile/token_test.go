//go:build pkcs11

package mobile_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"edl/internal/inspect"
	"edl/internal/keys"
	"edl/internal/keys/softhsmtest"
	"edl/internal/mobile"
)

// A token signs the same bytes differently each time. A cut after signing and
// before the signatures are recorded leaves a pair that nobody has; what the
// jobs sign in its place is the one pair that is ever recorded, handed out and
// rebuilt.
func TestAPowerCutWithTheKeysInATokenHandsOutOnePairOfSignatures(t *testing.T) {
	token := softhsmtest.New(t, "mobile")
	worlds(t, func(t *testing.T, w *world) {
		if err := keys.SaveToken(w.keys, token); err != nil {
			t.Fatal(err)
		}
		w.rotate(keys.IACA)
		if p, err := keys.OpenPKI(w.keys); err != nil || p.InUse(keys.DocumentSigner).TokenKey == "" {
			t.Fatalf("the signer's key is not in the token: %v", err)
		}
		for i, c := range []struct {
			who       string
			at        int
			committed bool
			left      int
		}{{"holder:1", 1, false, 0}, {"holder:2", 1, true, 1}, {"holder:3", 2, false, 1}, {"status:H", 2, true, 1}} {
			d := w.Driver(c.who, nil)
			if _, err := w.cut(c.at, c.committed).Issue(t.Context(), byDriver, d.LicenceID, d.DeviceID, name); !errors.Is(err, errPower) {
				t.Fatal(err)
			}
			w.Wait(time.Minute)
			if _, err := w.server().Resume(t.Context()); err != nil {
				t.Fatal(err)
			}
			offer, err := w.s.OfferTo(t.Context(), d.LicenceID)
			if err != nil || len(offer.Records) != c.left {
				t.Fatalf("cut %d: %d records, %v", i, len(offer.Records), err)
			}
			for _, r := range offer.Records {
				a, b := w.files(w.server(), r)
				for _, file := range [][]byte{a, b} {
					in, err := inspect.Read(file)
					if result := w.stranger().Verify(in, err); !result.Valid {
						t.Errorf("cut %d: %v", i, result.Checks.Err())
					}
				}
				if again, _ := w.files(w.server(), r); !bytes.Equal(a, again) {
					t.Errorf("cut %d: rebuilt, it is another", i)
				}
			}
		}
		d := w.Driver("holder:4", nil)
		r := w.issue(d)
		before, _ := w.files(w.s, r)
		w.rotate(keys.DocumentSigner)
		if after, _ := w.files(w.server(), r); !bytes.Equal(before, after) {
			t.Error("without the key that signed, it is another")
		}
		if _, err := w.s.List(t.Context(), mobile.MDoc, 0); err != nil {
			t.Errorf("the list: %v", err)
		}
	})
}
