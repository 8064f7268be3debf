package livecode

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/mdoc/rawsig"
)

func keyOf(key *ecdsa.PrivateKey) BundleKey {
	return BundleKey{ID: []byte(KeyID(&key.PublicKey)), Public: &key.PublicKey}
}

func handover(t *testing.T, from, to *ecdsa.PrivateKey) Handover {
	t.Helper()
	signature, err := rawsig.ES256.Sign(from, HandoverText(point(&to.PublicKey)))
	if err != nil {
		t.Fatal(err)
	}
	return Handover{From: []byte(KeyID(&from.PublicKey)), Key: keyOf(to), Signature: signature}
}

func sampleBundle(t *testing.T, code *ecdsa.PrivateKey) Bundle {
	t.Helper()
	return Bundle{
		Issuer: "https://licence.example.cn", NameZH: "示例市", NameEN: "Example City", Sequence: 7, IssuedAt: time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC),
		Keys:   []BundleKey{keyOf(code)},
		Lists:  []BundleList{{URI: "https://licence.example.cn/s/0", Digest: sha256.Sum256([]byte("list"))}},
		Others: []OtherAuthority{{Issuer: "https://other.example.cn", NameZH: "邻市", NameEN: "Next City", Keys: []BundleKey{keyOf(newKey(t))}}},
	}
}

func TestABundleIsReadByWhoPinnedItsKey(t *testing.T) {
	signer, code := newKey(t), newKey(t)
	b := sampleBundle(t, code)
	raw, err := b.Sign(signer, keyOf(signer).ID)
	if err != nil {
		t.Fatal(err)
	}
	got, pinned, err := OpenBundle(raw, &signer.PublicKey, 7)
	if err != nil || !pinned.Equal(&signer.PublicKey) {
		t.Fatalf("%v", err)
	}
	if diff := cmp.Diff(&b, got, cmp.Comparer(func(a, b *ecdsa.PublicKey) bool { return a.Equal(b) })); diff != "" {
		t.Errorf("(-signed +read):\n%s", diff)
	}
	if _, _, err := OpenBundle(raw, &signer.PublicKey, 8); !errors.Is(err, ErrOldBundle) {
		t.Errorf("older than one that was seen: %v", err)
	}
	if _, _, err := OpenBundle(raw, &newKey(t).PublicKey, 0); !errors.Is(err, ErrForeignBundle) {
		t.Errorf("another authority's: %v", err)
	}
	for i := range raw {
		altered := bytes.Clone(raw)
		altered[i] ^= 1
		if _, _, err := OpenBundle(altered, &signer.PublicKey, 0); err == nil {
			t.Fatalf("byte %d altered: accepted", i)
		}
		if _, _, err := OpenBundle(raw[:i], &signer.PublicKey, 0); err == nil {
			t.Fatalf("cut at %d: accepted", i)
		}
	}
}

func TestABundlesKeyIsChangedByTheKeyBeforeAlone(t *testing.T) {
	first, second, third, thief := newKey(t), newKey(t), newKey(t), newKey(t)
	b := sampleBundle(t, newKey(t))
	b.Handovers = []Handover{handover(t, first, second), handover(t, second, third)}
	raw, err := b.Sign(third, keyOf(third).ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, pinned := range []*ecdsa.PrivateKey{first, second, third} {
		if _, now, err := OpenBundle(raw, &pinned.PublicKey, 0); err != nil || !now.Equal(&third.PublicKey) {
			t.Errorf("from an earlier key: %v", err)
		}
	}
	for name, handovers := range map[string][]Handover{
		"nobody hands over":          nil,
		"the thief hands over":       {handover(t, thief, thief)},
		"in the old key's name":      {{From: []byte(KeyID(&first.PublicKey)), Key: keyOf(thief), Signature: handover(t, thief, thief).Signature}},
		"by another key's handover":  {{From: []byte(KeyID(&first.PublicKey)), Key: keyOf(thief), Signature: handover(t, first, second).Signature}},
		"under the old key's own ID": {{From: []byte(KeyID(&first.PublicKey)), Key: BundleKey{ID: []byte(KeyID(&first.PublicKey)), Public: &thief.PublicKey}, Signature: handover(t, thief, thief).Signature}},
	} {
		b.Handovers = handovers
		raw, err := b.Sign(thief, keyOf(thief).ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := OpenBundle(raw, &first.PublicKey, 0); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
