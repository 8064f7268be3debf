package statuslist

import (
	"bytes"
	"compress/zlib"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/fault"
	"edl/mdoc/cbor"
	"edl/mdoc/cose"
	"edl/sdjwt/jws"
)

const uri = "https://authority.example/lists/1"

var now = time.Date(2026, 3, 2, 1, 2, 3, 0, time.UTC)

// fixedKey signs deterministically, so that a fuzzer's findings repeat.
type fixedKey struct{ *ecdsa.PrivateKey }

func (k fixedKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.PrivateKey.Sign(nil, digest, opts)
}

func fixed(t testing.TB, name string) fixedKey {
	t.Helper()
	d := sha256.Sum256([]byte(name))
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d[:])
	if err != nil {
		t.Fatal(err)
	}
	return fixedKey{k}
}

func equal(a, b *List) bool {
	return a.bits == b.bits && slices.EqualFunc(a.chunks, b.chunks, bytes.Equal)
}

// believe is a Policy.Key that knows one signer.
func believe(key crypto.PublicKey) func([][]byte, string) (crypto.PublicKey, error) {
	return func([][]byte, string) (crypto.PublicKey, error) { return key, nil }
}

func newList(t testing.TB, bits, entries int, set map[uint64]Status) *List {
	t.Helper()
	l, err := New(bits, entries)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range set {
		if err := l.Set(i, s); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func newToken(t testing.TB, bits int) *Token {
	return &Token{Subject: uri, IssuedAt: now, Expires: now.Add(time.Hour), TTL: 5 * time.Minute,
		List: newList(t, bits, 1<<12, map[uint64]Status{7: Invalid, 4095: Invalid})}
}

// both are the two forms of a token.
func both(t testing.TB, tok *Token, key crypto.Signer) map[string][]byte {
	t.Helper()
	jwt, err := tok.SignJWT(key, [][]byte{{1}})
	if err != nil {
		t.Fatal(err)
	}
	cwt, err := tok.SignCWT(key, [][]byte{{1}})
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"JWT": jwt, "CWT": cwt}
}

func (p Policy) verify(form string, b []byte) (*Token, error) {
	if form == "JWT" {
		t, steps := p.VerifyJWT(b)
		return t, steps.Err()
	}
	t, steps := p.VerifyCWT(b)
	return t, steps.Err()
}

func TestTokensInBothForms(t *testing.T) {
	key := fixed(t, "lists")
	for _, bits := range []int{1, 2, 4, 8} {
		tok := newToken(t, bits)
		tok.Issuer, tok.Aggregation = "https://authority.example", "https://authority.example/lists"
		for form, b := range both(t, tok, key) {
			p := Policy{URI: uri, Now: now.Add(time.Minute), Key: believe(key.Public())}
			got, err := p.verify(form, b)
			if err != nil {
				t.Fatalf("%s of %d bits: %v", form, bits, err)
			}
			for i := range tok.List.Len() {
				want, _ := tok.List.Get(i)
				if s, err := got.List.Get(i); err != nil || s != want {
					t.Fatalf("%s of %d bits: entry %d is %s, %v; want %s", form, bits, i, s, err, want)
				}
			}
			got.List = nil
			want := *tok
			want.List = nil
			if d := cmp.Diff(&want, got); d != "" {
				t.Errorf("%s of %d bits (-signed +read):\n%s", form, bits, d)
			}
		}
	}
}

func TestEntriesFillBytesFromTheirLowestBit(t *testing.T) {
	for bits, want := range map[int]string{1: "02", 2: "08", 4: "20", 8: "0002"} {
		s := Invalid
		if bits > 1 {
			s = Suspended
		}
		l := newList(t, bits, 2, map[uint64]Status{1: s})
		if got := hex.EncodeToString(l.chunks[0]); got != want {
			t.Errorf("%d bits: %s, want %s", bits, got, want)
		}
		if err := l.Set(1, Valid); err != nil {
			t.Fatal(err)
		}
		if got, err := l.Get(1); got != Valid || err != nil {
			t.Errorf("%d bits, set back: %s, %v", bits, got, err)
		}
	}
	one := newList(t, 1, 8, nil)
	if err := one.Set(0, Suspended); !errors.Is(err, ErrBadList) {
		t.Errorf("SUSPENDED in one bit: %v", err)
	}
	for _, bad := range [][2]int{{0, 8}, {3, 8}, {16, 8}, {-1, 8}, {1, 0}, {1, -1}, {8, MaxBytes + 1}} {
		if _, err := New(bad[0], bad[1]); !errors.Is(err, ErrBadList) {
			t.Errorf("%d bits, %d entries: %v", bad[0], bad[1], err)
		}
	}
}

func TestListsOfAnyLengthSurviveCompression(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{1, 2, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize, 5*chunkSize + 17} {
		l := newList(t, 8, size, nil)
		for range 100 {
			if err := l.Set(uint64(rng.IntN(size)), Status(rng.IntN(256))); err != nil {
				t.Fatal(err)
			}
		}
		b, err := l.Compress()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Inflate(8, b, 0)
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if !equal(l, again) {
			t.Errorf("%d bytes: another list came back", size)
		}
		for _, cut := range []int{0, 1, 2, len(b) / 2, len(b) - 4, len(b) - 1} {
			if _, err := Inflate(8, b[:cut], 0); !errors.Is(err, ErrBadList) {
				t.Errorf("%d bytes, the first %d of %d: %v", size, cut, len(b), err)
			}
		}
		if _, err := Inflate(8, append(bytes.Clone(b), 0), 0); !errors.Is(err, ErrBadList) {
			t.Errorf("%d bytes, one more after the end: %v", size, err)
		}
		checksum := bytes.Clone(b)
		checksum[len(b)-1] ^= 1
		if _, err := Inflate(8, checksum, 0); !errors.Is(err, ErrBadList) {
			t.Errorf("%d bytes, another checksum: %v", size, err)
		}
		if _, err := Inflate(8, b, size); err != nil {
			t.Errorf("%d bytes, exactly at the limit: %v", size, err)
		}
		if _, err := Inflate(8, b, size-1); size > 1 && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%d bytes, over the limit by one: %v", size, err)
		}
	}
}

// TestS25Bomb: what inflates to 1 GB (DEFLATE needs 1 MB for it) is too_large
// as soon as the limit is passed.
func TestS25Bomb(t *testing.T) {
	largest, err := newList(t, 8, MaxBytes, nil).Compress()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Inflate(8, largest, 0); err != nil {
		t.Errorf("control, the largest list (%d bytes compressed): %v", len(largest), err)
	}
	bomb := bombOf(t, 1024)
	key := fixed(t, "lists")
	payload := cbor.AppendMap(nil, 3)
	payload = cbor.AppendText(cbor.AppendUint(payload, claimSubject), uri)
	payload = cbor.AppendInt(cbor.AppendUint(payload, claimIssued), now.Unix())
	payload = cbor.AppendUint(cbor.AppendText(cbor.AppendMap(cbor.AppendUint(payload, claimList), 2), "bits"), 1)
	payload = cbor.AppendBytes(cbor.AppendText(payload, "lst"), bomb)
	u := cose.Unsigned{Protected: cose.Headers{Alg: cose.ES256, Type: TypeCWT}, Payload: payload}
	sig, err := u.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	cwt := u.Tagged(nil, sig)
	claims := `{"sub":"` + uri + `","iat":` + strconv.FormatInt(now.Unix(), 10) + `,"status_list":{"bits":1,"lst":"` + encode(bomb) + `"}}`
	jwt, err := jws.Sign(key, jws.Header{Typ: shortJWT}, []byte(claims))
	if err != nil {
		t.Fatal(err)
	}
	p := Policy{URI: uri, Now: now, Key: believe(key.Public())}
	for form, token := range map[string][]byte{"JWT": jwt, "CWT": cwt} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := p.verify(form, token); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", form, err)
		}
		runtime.ReadMemStats(&after)
		took := after.TotalAlloc - before.TotalAlloc
		if most := uint64(MaxBytes + 8*len(token)); took > most {
			t.Errorf("%s: refused after %d bytes of memory, more than %d", form, took, most)
		}
		t.Logf("%s of %d bytes that inflates to 1 GB: refused after %d bytes of memory", form, len(token), took)
	}
	read := &counted{r: bytes.NewReader(bomb)}
	if _, err := inflate(8, read, 0); !errors.Is(err, ErrTooLarge) || read.n > len(bomb)/100 {
		t.Errorf("refused with %v after %d of %d compressed bytes", err, read.n, len(bomb))
	}
}

// counted counts what is read of it.
type counted struct {
	r *bytes.Reader
	n int
}

func (c *counted) ReadByte() (byte, error) { c.n++; return c.r.ReadByte() }

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += n
	return n, err
}

// bombOf returns a stream that inflates to n megabytes of zeros: the block of
// the first one over and over.
func bombOf(t *testing.T, n int) []byte {
	var out bytes.Buffer
	w, err := zlib.NewWriterLevel(&out, zlib.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	const header = 2
	first := out.Bytes()
	return append(bytes.Clone(first[:header]), bytes.Repeat(first[header:], n)...)
}

// TestS26StatusAttacks: entries that are not there, lists that are old, of
// another address or by another signer.
func TestS26StatusAttacks(t *testing.T) {
	key, stranger := fixed(t, "lists"), fixed(t, "stranger")
	tok := newToken(t, 2)
	good := Policy{URI: uri, Now: now.Add(time.Minute), Key: believe(key.Public())}
	for form, b := range both(t, tok, key) {
		read, err := good.verify(form, b)
		if err != nil {
			t.Fatalf("control, %s: %v", form, err)
		}
		for _, index := range []int64{1 << 12, 1<<12 + 1, 1 << 40, -1, -1 << 63} {
			if s, err := read.List.Get(uint64(index)); s == Valid || !errors.Is(err, ErrOutOfRange) {
				t.Errorf("%s, entry %d: %s, %v", form, index, s, err)
			}
		}
		for name, tt := range map[string]struct {
			change func(*Policy)
			want   error
		}{
			"nothing":               {func(*Policy) {}, nil},
			"the moment of expiry":  {func(p *Policy) { p.Now = tok.Expires }, ErrStale},
			"long after":            {func(p *Policy) { p.Now = tok.Expires.AddDate(1, 0, 0) }, ErrStale},
			"before it was issued":  {func(p *Policy) { p.Now = now.Add(-time.Second) }, ErrBadList},
			"within the leeway":     {func(p *Policy) { p.Now, p.Leeway = now.Add(-time.Second), time.Second }, nil},
			"another address":       {func(p *Policy) { p.URI = uri + "0" }, ErrSubject},
			"no address":            {func(p *Policy) { p.URI = "" }, ErrSubject},
			"a newer one was seen":  {func(p *Policy) { p.NotBefore = now.Add(time.Second) }, ErrStale},
			"the same one was seen": {func(p *Policy) { p.NotBefore = now }, nil},
			"another signer":        {func(p *Policy) { p.Key = believe(stranger.Public()) }, ErrBadSignature},
			"an unknown signer": {func(p *Policy) {
				p.Key = func([][]byte, string) (crypto.PublicKey, error) { return nil, ErrNoKey }
			}, ErrUntrustedIssuer},
			"nobody trusted": {func(p *Policy) { p.Key = nil }, ErrUntrustedIssuer},
		} {
			p := good
			tt.change(&p)
			got, err := p.verify(form, b)
			if !errors.Is(err, tt.want) || (got != nil) != (tt.want == nil) {
				t.Errorf("%s, %s: %v, want %v", form, name, err, tt.want)
			}
		}
		altered := bytes.Clone(b)
		altered[len(altered)-2] ^= 4
		if _, err := good.verify(form, altered); !errors.Is(err, ErrBadSignature) && !errors.Is(err, ErrBadToken) {
			t.Errorf("%s altered: %v", form, err)
		}
	}
}

func TestTokensOutOfForm(t *testing.T) {
	key := fixed(t, "lists")
	p := Policy{URI: uri, Now: now, Key: believe(key.Public())}
	lst := encode([]byte{0x78, 0xda, 0xdb, 0xb9, 0x18, 0x00, 0x02, 0x17, 0x01, 0x5d})
	claims := func(list string) string {
		return `{"sub":"` + uri + `","iat":` + strconv.FormatInt(now.Unix(), 10) + `,"status_list":` + list + `}`
	}
	good := claims(`{"bits":1,"lst":"` + lst + `"}`)
	for name, tt := range map[string]struct {
		typ, claims string
		want        error
	}{
		"nothing wrong":           {shortJWT, good, nil},
		"the long type":           {TypeJWT, good, nil},
		"another type":            {"jwt", good, ErrBadToken},
		"no type":                 {"", good, ErrBadToken},
		"no subject":              {shortJWT, `{"iat":1,"status_list":{"bits":1,"lst":"` + lst + `"}}`, ErrBadList},
		"no time of issue":        {shortJWT, `{"sub":"` + uri + `","status_list":{"bits":1,"lst":"` + lst + `"}}`, ErrBadList},
		"no list":                 {shortJWT, `{"sub":"` + uri + `","iat":1}`, ErrBadList},
		"three bits":              {shortJWT, claims(`{"bits":3,"lst":"` + lst + `"}`), ErrBadList},
		"negative bits":           {shortJWT, claims(`{"bits":-1,"lst":"` + lst + `"}`), ErrBadList},
		"no bits":                 {shortJWT, claims(`{"lst":"` + lst + `"}`), ErrBadList},
		"no lst":                  {shortJWT, claims(`{"bits":1}`), ErrBadList},
		"an empty lst":            {shortJWT, claims(`{"bits":1,"lst":""}`), ErrBadList},
		"lst as a number":         {shortJWT, claims(`{"bits":1,"lst":1}`), ErrBadList},
		"a line break in lst":     {shortJWT, claims(`{"bits":1,"lst":"` + lst[:4] + `\n` + lst[4:] + `"}`), ErrBadList},
		"padding in lst":          {shortJWT, claims(`{"bits":1,"lst":"` + lst + `=="}`), ErrBadList},
		"more after the array":    {shortJWT, claims(`{"bits":1,"lst":"` + lst + `AAAA"}`), ErrBadList},
		"DEFLATE without ZLIB":    {shortJWT, claims(`{"bits":1,"lst":"` + encode([]byte{0xdb, 0xb9, 0x18, 0x00}) + `"}`), ErrBadList},
		"a ttl of zero":           {shortJWT, good[:len(good)-1] + `,"ttl":0}`, ErrBadList},
		"a negative ttl":          {shortJWT, good[:len(good)-1] + `,"ttl":-5}`, ErrBadList},
		"a ttl as text":           {shortJWT, good[:len(good)-1] + `,"ttl":"5"}`, ErrBadList},
		"an expiry of 1e3":        {shortJWT, good[:len(good)-1] + `,"exp":1e3}`, ErrBadList},
		"an expiry of 2^62":       {shortJWT, good[:len(good)-1] + `,"exp":4611686018427387904}`, ErrBadList},
		"a claim twice":           {shortJWT, good[:len(good)-1] + `,"sub":"x"}`, ErrBadList},
		"an unknown claim":        {shortJWT, good[:len(good)-1] + `,"x":{"y":[1]}}`, nil},
		"an array":                {shortJWT, `[]`, ErrBadList},
		"an aggregation as array": {shortJWT, claims(`{"bits":1,"lst":"` + lst + `","aggregation_uri":[]}`), ErrBadList},
	} {
		b, err := jws.Sign(key, jws.Header{Typ: tt.typ}, []byte(tt.claims))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.verify("JWT", b); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	cwt := both(t, newToken(t, 1), key)["CWT"]
	for name, b := range map[string][]byte{"untagged": cwt[1:], "as COSE_Mac0": append([]byte{0xd1}, cwt[1:]...), "empty": nil, "too long": make([]byte, MaxToken+1)} {
		if _, err := p.verify("CWT", b); !errors.Is(err, ErrBadToken) && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSigningRefusesWhatReadersWould(t *testing.T) {
	key := fixed(t, "lists")
	for name, change := range map[string]func(*Token){
		"no subject":                    func(tok *Token) { tok.Subject = "" },
		"no time of issue":              func(tok *Token) { tok.IssuedAt = time.Time{} },
		"no list":                       func(tok *Token) { tok.List = nil },
		"a negative time to live":       func(tok *Token) { tok.TTL = -time.Second },
		"a time to live in fractions":   func(tok *Token) { tok.TTL = 1500 * time.Millisecond },
		"an expiry at the time of isse": func(tok *Token) { tok.Expires = tok.IssuedAt },
	} {
		tok := newToken(t, 1)
		change(tok)
		if _, err := tok.SignJWT(key, nil); !errors.Is(err, ErrBadList) {
			t.Errorf("JWT, %s: %v", name, err)
		}
		if _, err := tok.SignCWT(key, nil); !errors.Is(err, ErrBadList) {
			t.Errorf("CWT, %s: %v", name, err)
		}
	}
}

func TestListsForMDocs(t *testing.T) {
	key := fixed(t, "lists")
	p := Policy{URI: uri, Now: now, Key: believe(key.Public()), MDoc: true}
	for name, tt := range map[string]struct {
		change func(*Token)
		chain  [][]byte
		want   error
	}{
		"as the standard wants it": {func(*Token) {}, [][]byte{{1}}, nil},
		"two bits":                 {func(tok *Token) { tok.List = newList(t, 2, 8, nil) }, [][]byte{{1}}, ErrBadList},
		"no expiry":                {func(tok *Token) { tok.Expires = time.Time{} }, [][]byte{{1}}, ErrBadList},
		"no certificate":           {func(*Token) {}, nil, ErrBadList},
	} {
		tok := newToken(t, 1)
		tt.change(tok)
		b, err := tok.SignCWT(key, tt.chain)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.verify("CWT", b); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func TestACopyIsBelievedForItsTime(t *testing.T) {
	fetched := now.Add(10 * time.Minute)
	hour, day := now.Add(time.Hour), 24*time.Hour
	for name, tt := range map[string]struct {
		tok  Token
		want time.Time
	}{
		"expiry first":       {Token{Expires: hour, TTL: day}, hour},
		"time to live first": {Token{Expires: hour, TTL: time.Minute}, fetched.Add(time.Minute)},
		"expiry alone":       {Token{Expires: hour}, hour},
		"time to live alone": {Token{TTL: day}, fetched.Add(day)},
		"neither":            {Token{}, fetched},
	} {
		if got := tt.tok.Until(fetched); !got.Equal(tt.want) {
			t.Errorf("%s: until %s, want %s", name, got, tt.want)
		}
	}
}

func TestOnlyTouchedShardsAreSigned(t *testing.T) {
	s, err := NewShards(2)
	if err != nil {
		t.Fatal(err)
	}
	set := func(i Index, st Status) {
		t.Helper()
		if err := s.Set(i, st); err != nil {
			t.Fatal(err)
		}
	}
	set(5, Suspended)
	set(3<<ShardBits|9, Invalid)
	if d := cmp.Diff([]int{0, 1, 2, 3}, s.Touched()); d != "" {
		t.Errorf("new shards: %s", d)
	}
	for shard := range s.Len() {
		s.Signed(shard)
	}
	set(5, Suspended)
	if len(s.Touched()) != 0 {
		t.Errorf("what is already so touched %v", s.Touched())
	}
	set(2<<ShardBits, Suspended)
	set(2<<ShardBits, Valid)
	set(1<<ShardBits|1, Invalid)
	if d := cmp.Diff([]int{1, 2}, s.Touched()); d != "" {
		t.Errorf("changed shards: %s", d)
	}
	if st, err := s.Get(3<<ShardBits | 9); st != Invalid || err != nil {
		t.Errorf("entry: %s, %v", st, err)
	}
	if _, err := s.Get(4 << ShardBits); !errors.Is(err, ErrOutOfRange) {
		t.Errorf("an entry of no shard: %v", err)
	}
	if err := s.Set(maxShards<<ShardBits, Invalid); !errors.Is(err, ErrOutOfRange) {
		t.Errorf("a shard too far: %v", err)
	}
	if _, err := NewShards(3); !errors.Is(err, ErrBadList) {
		t.Errorf("three bits: %v", err)
	}
	if shard, index := Index(3<<ShardBits | 9).Split(); shard != 3 || index != 9 || s.List(3).Len() != 1<<ShardBits {
		t.Errorf("split: %d, %d", shard, index)
	}
}

func TestFaultsSpeakBothLanguages(t *testing.T) {
	for _, err := range []error{ErrBadCBOR, ErrBadSignature, ErrBadToken, ErrBadList, ErrTooLarge, ErrOutOfRange, ErrStale, ErrSubject, ErrUntrustedIssuer} {
		if f := fault.Of(err); f == nil || f.Say.ZH == "" || f.Say.EN == "" {
			t.Errorf("%v", err)
		}
	}
}
