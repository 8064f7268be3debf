package mobile_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"edl/internal/desktest"
	"edl/internal/inspect"
	"edl/internal/mobile"
	"edl/mdoc"
	"edl/mdoc/cbor"
	"edl/sdjwt/jws"
	"edl/statuslist"
)

const challenge = "the session's challenge"

// proof is what a wallet signs with a key, changed where a test wants it other.
func proof(t testing.TB, key *ecdsa.PrivateKey, now time.Time, change func(h *jws.Header, claims map[string]any)) string {
	t.Helper()
	jwk, err := jws.JWK(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	h := jws.Header{Typ: "openid4vci-proof+jwt", All: map[string]any{"jwk": jwk}}
	claims := map[string]any{"aud": "https://licence.example.cn", "iat": now.Unix(), "nonce": challenge}
	if change != nil {
		change(&h, claims)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jws.Sign(key, h, payload)
	if err != nil {
		t.Fatal(err)
	}
	return string(token)
}

func walletKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (w *world) proofs(n int) (list []string) {
	for range n {
		list = append(list, proof(w.t, walletKey(w.t), w.Now(), nil))
	}
	return list
}

func (w *world) batch(d *desktest.Driver, n int) []*mobile.Record {
	w.t.Helper()
	records, err := w.s.IssueBatch(w.t.Context(), byDriver, d.LicenceID, d.DeviceID, name, challenge, w.proofs(n))
	if err != nil {
		w.t.Fatal(err)
	}
	return records
}

// placeBytes is how many bytes of a place in a list of 2^20 differ from
// another's; CBOR writes a head and a zero before them.
const placeBytes = 3

// unique returns where the bytes of an mdoc lie that are this one's alone: its
// salts, digest identifiers, digests, key, place in the list and signature.
func unique(t *testing.T, file []byte) (spans [][2]int) {
	t.Helper()
	s, err := mdoc.ParseIssuerSigned(file)
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.MSO()
	if err != nil {
		t.Fatal(err)
	}
	mark := func(before, part []byte) {
		at := bytes.Index(file, append(before, part...))
		if at < 0 || bytes.Contains(file[at+1:], append(before, part...)) {
			t.Fatalf("%x is in the file not exactly once", part)
		}
		at += len(before)
		spans = append(spans, [2]int{at, at + len(part)})
	}
	for _, ns := range s.NameSpaces {
		for _, it := range ns.Items {
			mark(nil, it.Random)
			salt := spans[len(spans)-1][0]
			id := salt - len(cbor.AppendText(nil, "random")) - 1 // the head of the salt
			spans = append(spans, [2]int{id - len(cbor.AppendUint(nil, it.DigestID)), id})
		}
	}
	r := cbor.Read(file[bytes.Index(file, []byte("valueDigests"))+len("valueDigests"):])
	for range r.Map() {
		r.Text()
		for range r.Map() { // numbered from zero in every document
			r.Uint()
			mark(nil, r.Bytes())
		}
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	point, err := m.DeviceKey.(*ecdsa.PublicKey).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	mark(nil, point[1:33])
	mark(nil, point[33:])
	place := cbor.AppendUint(nil, m.Status.List.Index)
	head := len(place) - placeBytes
	mark(append(cbor.AppendText(nil, "idx"), place[:head]...), place[head:])
	mark(nil, s.Auth.Signature())
	slices.SortFunc(spans, func(a, b [2]int) int { return a[0] - b[0] })
	return spans
}

// rest returns a file without the spans.
func rest(file []byte, spans [][2]int) (out []byte) {
	at := 0
	for _, s := range spans {
		out, at = append(out, file[at:s[0]]...), s[1]
	}
	return append(out, file[at:]...)
}

// Two mdocs of a batch have in common what any two issues of the licence in
// that hour have (names, portrait, certificate, times and the words of the
// format), and not 16 bytes more.
func TestTwoOfABatchHaveNothingInCommonButTheLicence(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		d := w.Driver("holder:1", nil)
		var batches [2][][]byte
		for i := range batches {
			for _, r := range w.batch(d, 12) {
				if r.MDocPlace < 1<<16 || len(batches[i]) == 4 {
					continue // one in sixteen: its place and the lengths around it are two bytes shorter
				}
				file, _ := w.files(w.s, r)
				batches[i] = append(batches[i], file)
			}
		}
		files, other := batches[0], batches[1][0]
		for i, a := range files {
			if !bytes.Equal(rest(a, unique(t, a)), rest(other, unique(t, other))) {
				t.Errorf("file %d: besides its own parts it is not what another batch's is", i)
			}
			for j, b := range files[:i] {
				if run := shared(a, b, unique(t, b)); run != nil {
					t.Errorf("files %d and %d share %x", i, j, run)
				}
			}
		}
		if shared(files[0], files[0], unique(t, files[0])) == nil {
			t.Error("control: a file shares nothing with itself")
		}
	})
}

// shared returns a run of 16 bytes of b that a has too and that reaches more
// than three bytes into a span, or nil: chance makes two places alike in their
// first bytes, and a later test says that no two are alike as a whole.
func shared(a, b []byte, spans [][2]int) []byte {
	const size = 16
	in := map[string]bool{}
	for i := range len(a) - size + 1 {
		in[string(a[i:i+size])] = true
	}
	for i := range len(b) - size + 1 {
		if !in[string(b[i:i+size])] {
			continue
		}
		for _, s := range spans {
			if min(i+size, s[1])-max(i, s[0]) > placeBytes {
				return b[i : i+size]
			}
		}
	}
	return nil
}

// The same of SD-JWT VCs: no salt, digest, place, key or signature comes twice.
func TestTwoTokensOfABatchShareNoDisclosure(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		seen := map[string]int{}
		records := w.batch(w.Driver("holder:1", nil), 4)
		for i, r := range records {
			_, file := w.files(w.s, r)
			parts := strings.Split(strings.TrimSuffix(string(file), "~"), "~")
			token, err := jws.Parse([]byte(parts[0]))
			if err != nil {
				t.Fatal(err)
			}
			var claims struct {
				SD     []string       `json:"_sd"`
				CNF    map[string]any `json:"cnf"`
				Status map[string]any `json:"status"`
			}
			if err := json.Unmarshal(token.Payload, &claims); err != nil {
				t.Fatal(err)
			}
			if len(claims.SD) < 10 || len(parts) < 10 {
				t.Fatalf("%d digests, %d disclosures", len(claims.SD), len(parts))
			}
			own := append(slices.Clone(parts[1:]), claims.SD...)
			for _, part := range append(own, fmt.Sprint(claims.CNF), fmt.Sprint(claims.Status), parts[0][strings.LastIndex(parts[0], "."):]) {
				if before, ok := seen[part]; ok && before != i {
					t.Errorf("tokens %d and %d share %.40s…", before, i, part)
				}
				seen[part] = i
			}
		}
	})
}

func TestEachOfABatchVerifiesForItsOwnKeyAndAllEndAtOnce(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		d := w.Driver("holder:1", nil)
		records := w.batch(d, mobile.MaxBatch)
		alone := w.issue(w.Driver("holder:2", nil))
		places := map[statuslist.Index]bool{}
		for _, r := range records {
			a, b := w.files(w.server(), r)
			for _, file := range [][]byte{a, b} {
				in, err := inspect.Read(file)
				if result := w.stranger().Verify(in, err); !result.Valid {
					t.Fatal(result.Checks.Err())
				}
			}
			s, err := mdoc.ParseIssuerSigned(a)
			if err != nil {
				t.Fatal(err)
			}
			m, err := s.MSO()
			if err != nil {
				t.Fatal(err)
			}
			if key, _ := m.DeviceKey.(*ecdsa.PublicKey).Bytes(); !bytes.Equal(key, r.Holder) {
				t.Error("it is bound to another key")
			}
			if r.SignedAt.Minute() != 0 || r.SignedAt.Second() != 0 || r.Batch != records[0].Batch || r.Batch == "" {
				t.Errorf("signed at %s, batch %q", r.SignedAt, r.Batch)
			}
			places[r.MDocPlace] = true
		}
		if len(places) != len(records) {
			t.Errorf("%d places for %d", len(places), len(records))
		}
		for _, step := range []struct {
			name     string
			do       func()
			mdoc, vc statuslist.Status
		}{
			{"at first", func() {}, statuslist.Valid, statuslist.Valid},
			{"suspended", func() { d.Status("D") }, statuslist.Invalid, statuslist.Suspended},
			{"over", func() { d.Status("A") }, statuslist.Invalid, statuslist.Valid},
			{"invalidated", d.Invalidate, statuslist.Invalid, statuslist.Invalid},
		} {
			w.Wait(time.Second)
			step.do()
			for i, r := range records {
				if m, v := w.status(w.s, r, mobile.MDoc), w.status(w.s, r, mobile.VC); m != step.mdoc || v != step.vc {
					t.Fatalf("%s, number %d: %v and %v, want %v and %v", step.name, i, m, v, step.mdoc, step.vc)
				}
			}
			if m := w.status(w.s, alone, mobile.MDoc); m != statuslist.Valid {
				t.Errorf("%s: another driver's is %v", step.name, m)
			}
		}
	})
}

func TestAWalletProvesThatItHoldsEveryKeyAndUsesEachOnce(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		d := w.Driver("holder:1", nil)
		good, used := walletKey(t), walletKey(t)
		with := func(change func(*jws.Header, map[string]any)) string { return proof(t, walletKey(t), w.Now(), change) }
		claim := func(name string, value any) string {
			return with(func(_ *jws.Header, c map[string]any) { c[name] = value })
		}
		ask := func(proofs ...string) error {
			_, err := w.s.IssueBatch(t.Context(), byDriver, d.LicenceID, d.DeviceID, name, challenge, proofs)
			return err
		}
		if err := ask(proof(t, used, w.Now(), nil)); err != nil {
			t.Fatal(err)
		}
		p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
		altered := []byte(with(nil))
		altered[len(altered)-20] ^= 1
		for _, c := range []struct {
			name   string
			proofs []string
			want   error
		}{
			{"none", nil, mobile.ErrBatchSize},
			{"twenty-one", w.proofs(mobile.MaxBatch + 1), mobile.ErrBatchSize},
			{"for another issuer", []string{claim("aud", "https://other.example.cn")}, mobile.ErrProof},
			{"of another session", []string{claim("nonce", "another")}, mobile.ErrProof},
			{"of an hour ago", []string{claim("iat", w.Now().Add(-time.Hour).Unix())}, mobile.ErrProof},
			{"of no time", []string{claim("iat", "now")}, mobile.ErrProof},
			{"of another type", []string{with(func(h *jws.Header, _ map[string]any) { h.Typ = "JWT" })}, mobile.ErrProof},
			{"with another's key", []string{with(func(h *jws.Header, _ map[string]any) { h.All["jwk"], _ = jws.JWK(good.Public()) })}, mobile.ErrProof},
			{"without key", []string{with(func(h *jws.Header, _ map[string]any) { delete(h.All, "jwk") })}, mobile.ErrProof},
			{"of a key on P-384", []string{proof(t, p384, w.Now(), nil)}, mobile.ErrProof},
			{"altered", []string{string(altered)}, mobile.ErrProof},
			{"no proof at all", []string{"x"}, mobile.ErrProof},
			{"one good, one for another session", []string{with(nil), claim("nonce", "another")}, mobile.ErrProof},
			{"a key twice", []string{proof(t, good, w.Now(), nil), proof(t, good, w.Now(), nil)}, mobile.ErrKeyUsed},
			{"a key of an earlier batch", []string{proof(t, used, w.Now(), nil)}, mobile.ErrKeyUsed},
		} {
			if err := ask(c.proofs...); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		offer, err := w.s.OfferTo(t.Context(), d.LicenceID)
		if err != nil || len(offer.Records) != 1 {
			t.Errorf("a refused batch left something: %d records, %v", len(offer.Records), err)
		}
		small := w.server()
		small.Batch = 2
		if _, err := small.IssueBatch(t.Context(), byDriver, d.LicenceID, d.DeviceID, name, challenge, w.proofs(3)); !errors.Is(err, mobile.ErrBatchSize) {
			t.Errorf("three where two are allowed: %v", err)
		}
	})
}

func TestADriverHasNoMoreInForceThanTheLimit(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		d := w.Driver("holder:1", nil)
		for range mobile.MaxInForce / mobile.MaxBatch {
			w.batch(d, mobile.MaxBatch)
		}
		if _, err := w.s.Issue(t.Context(), byDriver, d.LicenceID, d.DeviceID, name); !errors.Is(err, mobile.ErrTooMany) {
			t.Errorf("one more: %v", err)
		}
		w.Wait(mobile.Days*24*time.Hour + time.Hour)
		w.issue(d)
	})
}

// A cut in the midst of a batch leaves none of it lost and none of it doubled.
func TestAPowerCutWithinABatchLosesNothing(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			name, who string
			at        int
			committed bool
			want      int
		}{
			{"before it is recorded", "holder:1", 1, false, 0},
			{"recorded, before it is signed", "holder:2", 1, true, 3},
			{"signed, before that is recorded", "holder:3", 2, false, 3},
			{"after all", "status:H", 2, true, 3},
		} {
			d := w.Driver(c.who, nil)
			if _, err := w.cut(c.at, c.committed).IssueBatch(t.Context(), byDriver, d.LicenceID, d.DeviceID, name, challenge, w.proofs(3)); err == nil {
				t.Errorf("%s: no cut", c.name)
			}
			w.Wait(31 * time.Second)
			if _, err := w.server().Resume(t.Context()); err != nil {
				t.Fatal(err)
			}
			offer, err := w.s.OfferTo(t.Context(), d.LicenceID)
			if err != nil || len(offer.Records) != c.want {
				t.Errorf("%s: %d records, want %d (%v)", c.name, len(offer.Records), c.want, err)
			}
			for _, r := range offer.Records {
				w.files(w.server(), r)
			}
		}
	})
}
