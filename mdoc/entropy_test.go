package mdoc

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"testing"
)

// What Go's own HKDF makes of secret, document, namespace and digest
// identifier is the salt of the element that bears that identifier.
func TestASaltIsHKDFOfSecretDocumentNamespaceAndDigestIdentifier(t *testing.T) {
	secret := bytes.Repeat([]byte{3}, 32)
	entropy, err := DerivedEntropy(secret, "document 1")
	if err != nil {
		t.Fatal(err)
	}
	for _, namespace := range []string{NameSpaceMDL, NameSpaceCN} {
		const n = 24
		ids, salts, err := entropy(namespace, n)
		if err != nil {
			t.Fatal(err)
		}
		var ranks [][]byte
		for j, id := range ids {
			want, err := hkdf.Key(sha256.New, secret, []byte("document 1"), string([]byte{0, 0, 0, byte(id)})+namespace, SaltSize+rankSize)
			if err != nil {
				t.Fatal(err)
			}
			if got := salts[j*SaltSize : (j+1)*SaltSize]; !bytes.Equal(got, want[:SaltSize]) {
				t.Errorf("%s, identifier %d: %x, want %x", namespace, id, got, want[:SaltSize])
			}
			ranks = append(ranks, want[SaltSize:])
		}
		if !slices.IsSortedFunc(ranks, bytes.Compare) {
			t.Error("the identifiers do not follow their ranks")
		}
		slices.Sort(ids)
		for want, id := range ids {
			if id != uint64(want) {
				t.Fatalf("no permutation: %v", ids)
			}
		}
	}
	other, _ := DerivedEntropy(secret, "document 2")
	_, a, _ := entropy(NameSpaceMDL, 4)
	_, b, _ := other(NameSpaceMDL, 4)
	if bytes.Equal(a, b) {
		t.Error("two documents have the same salts")
	}
}

func TestSaltsOfAShortSecretAreNone(t *testing.T) {
	if _, err := DerivedEntropy(make([]byte, 31), "a document"); err == nil {
		t.Error("derived")
	}
	if _, err := StreamEntropy(make([]byte, 31)); err == nil {
		t.Error("a key stream")
	}
}

// The bytes are those that the program of encoding 1 made.
func TestTheKeyStreamOfEncoding1NeverChanges(t *testing.T) {
	entropy, err := StreamEntropy(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	ids, salts, err := entropy(NameSpaceMDL, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := hex.EncodeToString(salts), "468395ce4b34cb238677cea003d2d69b825b6bb4d6002254601d6d611a9734b1d7b86d7df8d7490495898a6c6e5efbab"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if !slices.Equal(ids, []uint64{0, 2, 1}) {
		t.Errorf("identifiers %v", ids)
	}
}
