package statuslist

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/mdoc/cbor"
	"edl/mdoc/cose"
	"edl/mdoc/vectortest"
	"edl/sdjwt/jws"
)

func TestVectors(t *testing.T) {
	set := vectortest.Open(t, "token-status-list")
	t.Run("encoding", func(t *testing.T) {
		var v struct {
			Vectors []struct {
				Bits     int
				Size     uint64
				JSON     struct{ Lst string } `json:"json"`
				CBOR     string               `json:"cbor_hex"`
				SHA256   string               `json:"byte_array_sha256"`
				Statuses map[string]uint8
			}
			Short []struct {
				Bits     int
				Bytes    string               `json:"byte_array_hex"`
				JSON     struct{ Lst string } `json:"json"`
				CBOR     string               `json:"cbor_hex"`
				Statuses []uint8
			}
		}
		set.JSON("token-status-list/encoding_vectors.json", &v)
		inflate := func(bits int, lst, cborHex string) *List {
			t.Helper()
			b, err := base64.RawURLEncoding.DecodeString(lst)
			if err != nil {
				t.Fatal(err)
			}
			l, err := Inflate(bits, b, 0)
			if err != nil {
				t.Fatal(err)
			}
			r := cbor.Read(vectortest.Unhex(t, cborHex))
			var c compressed
			c.missing = map[string]bool{}
			c.readList(&r)
			if r.Done() != nil || c.inflate(0) != nil || !equal(c.List, l) {
				t.Errorf("%d bits: CBOR holds another list", bits)
			}
			return l
		}
		for _, x := range v.Vectors {
			l := inflate(x.Bits, x.JSON.Lst, x.CBOR)
			if l.Len() != x.Size {
				t.Errorf("%d bits: %d entries, want %d", x.Bits, l.Len(), x.Size)
			}
			found := map[string]uint8{}
			for i := range l.Len() {
				if s, err := l.Get(i); err != nil || s != Valid {
					found[strconv.FormatUint(i, 10)] = uint8(s)
				}
			}
			maps.DeleteFunc(x.Statuses, func(_ string, s uint8) bool { return s == 0 })
			if d := cmp.Diff(x.Statuses, found); d != "" {
				t.Errorf("%d bits (-want +got):\n%s", x.Bits, d)
			}
			if sum := sha256.Sum256(bytes.Join(l.chunks, nil)); hex.EncodeToString(sum[:]) != x.SHA256 {
				t.Errorf("%d bits: the array is another", x.Bits)
			}
		}
		for _, x := range v.Short {
			l := inflate(x.Bits, x.JSON.Lst, x.CBOR)
			if hex.EncodeToString(l.chunks[0]) != x.Bytes {
				t.Errorf("short list of %d bits: %x", x.Bits, l.chunks[0])
			}
			ours := newList(t, x.Bits, len(x.Statuses), nil)
			for i, want := range x.Statuses {
				if s, _ := l.Get(uint64(i)); s != Status(want) {
					t.Errorf("short list of %d bits, entry %d: %s", x.Bits, i, s)
				}
				if err := ours.Set(uint64(i), Status(want)); err != nil {
					t.Error(err)
				}
			}
			if !equal(l, ours) {
				t.Errorf("short list of %d bits: ours is %x", x.Bits, ours.chunks)
			}
		}
	})
	t.Run("tokens", func(t *testing.T) {
		var v struct {
			Key map[string]any
			JWT struct{ Compact string } `json:"status_list_token_jwt"`
			CWT struct{ Hex string }     `json:"status_list_token_cwt"`
			Ref struct{ Hex string }     `json:"referenced_token_cwt"`
		}
		set.JSON("token-status-list/tokens.json", &v)
		delete(v.Key, "d")
		key, err := jws.ParseJWK(v.Key)
		if err != nil {
			t.Fatal(err)
		}
		p := Policy{URI: "https://example.com/statuslists/1", Now: time.Unix(1700000000, 0), Key: func(_ [][]byte, keyID string) (crypto.PublicKey, error) {
			if keyID != "12" {
				return nil, ErrNoKey
			}
			return key, nil
		}}
		for form, b := range map[string][]byte{"JWT": []byte(v.JWT.Compact), "CWT": vectortest.Unhex(t, v.CWT.Hex)} {
			tok, err := p.verify(form, b)
			if err != nil {
				t.Fatalf("%s: %v", form, err)
			}
			if tok.IssuedAt.Unix() != 1686920170 || tok.Expires.Unix() != 2291720170 || tok.TTL != 12*time.Hour {
				t.Errorf("%s: %+v", form, tok)
			}
			var got []Status
			for i := range tok.List.Len() {
				s, _ := tok.List.Get(i)
				got = append(got, s)
			}
			if !slices.Equal(got, []Status{1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1}) {
				t.Errorf("%s: %v", form, got)
			}
		}
		ref, err := cose.ParseSign1(vectortest.Unhex(t, v.Ref.Hex))
		if err != nil || ref.Verify(key, nil) != nil {
			t.Fatalf("referenced token: %v", err)
		}
		got, err := ReferenceCWT(ref.Payload)
		if d := cmp.Diff(&Reference{URI: "https://example.com/statuslists/1"}, got); d != "" || err != nil {
			t.Errorf("referenced token: %v, %s", err, d)
		}
	})
}
