package offline_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"io"
	"os"
	"testing"
	"time"

	"edl/internal/civil"
	"edl/internal/offline"
	"edl/livecode"
	"edl/mdoc/rawsig"
	"edl/statuslist"
)

// testdata/terminal.json is published beside the codes: bundles and lists for
// whoever writes a terminal, and codes that lead to each of its verdicts.

var update = flag.Bool("update", false, "write testdata/terminal.json anew")

const vectorFile = "testdata/terminal.json"

// repeatable signs as RFC 6979 says, so that the file is the same again.
type repeatable struct{ *ecdsa.PrivateKey }

func (k repeatable) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.PrivateKey.Sign(nil, digest, opts)
}

func vectorKey(t *testing.T, name string) repeatable {
	t.Helper()
	d := sha256.Sum256([]byte("edl terminal vectors: " + name))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d[:])
	if err != nil {
		t.Fatal(err)
	}
	return repeatable{key}
}

func (k repeatable) point(t *testing.T) []byte {
	t.Helper()
	point, err := k.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return point
}

func (k repeatable) bundleKey() livecode.BundleKey {
	return livecode.BundleKey{ID: []byte(livecode.KeyID(&k.PublicKey)), Public: &k.PublicKey}
}

type terminalVectors struct {
	About   string            `json:"about"`
	Pinned  string            `json:"pinned"` // points and bytes in hex
	Next    string            `json:"next"`
	Now     int64             `json:"now"` // seconds; when the codes are scanned
	Issued  int64             `json:"issued"`
	Bundles map[string]string `json:"bundles"`
	Lists   map[string]string `json:"lists"` // tokens by address
	Codes   []terminalCode    `json:"codes"`
	// DataCodes are issuer parts alone, as claim-169 QRs.
	DataCodes []terminalCode `json:"dataCodes"`
}

type terminalCode struct {
	Name    string `json:"name"`
	Verdict string `json:"verdict"`
	Text    string `json:"text"`
}

func makeTerminalVectors(t *testing.T) terminalVectors {
	t.Helper()
	now := time.Date(2026, 10, 9, 2, 32, 8, 0, time.UTC)
	pinned, next, code, other, thief, device := vectorKey(t, "bundle"), vectorKey(t, "next bundle"), vectorKey(t, "code"), vectorKey(t, "another authority"), vectorKey(t, "thief"), vectorKey(t, "device")
	const issuer, neighbour = "https://edl.example", "https://next.example"
	list, err := statuslist.New(2, 1<<statuslist.ShardBits)
	if err != nil {
		t.Fatal(err)
	}
	for index, status := range map[uint64]statuslist.Status{1: offline.PhoneEnded, 2: offline.NotUsable, 3: offline.Invalidated} {
		if err := list.Set(index, status); err != nil {
			t.Fatal(err)
		}
	}
	token, err := (&statuslist.Token{Subject: issuer + "/s/0", Issuer: issuer, IssuedAt: now.Add(-3 * time.Hour), TTL: 5 * time.Minute, List: list, KeyID: code.bundleKey().ID}).SignCWT(code, nil)
	if err != nil {
		t.Fatal(err)
	}
	handover, err := rawsig.ES256.Sign(pinned, livecode.HandoverText(next.point(t)))
	if err != nil {
		t.Fatal(err)
	}
	bundle := livecode.Bundle{
		Issuer: issuer, NameZH: "示例市公安局交通管理支队", NameEN: "Example City Traffic Police", Sequence: 7, IssuedAt: now.Add(-3 * time.Hour),
		Keys: []livecode.BundleKey{code.bundleKey()}, Lists: []livecode.BundleList{{URI: issuer + "/s/0", Digest: sha256.Sum256(token)}},
		Others: []livecode.OtherAuthority{{Issuer: neighbour, NameZH: "邻市公安局交通管理支队", NameEN: "Next City Traffic Police", Keys: []livecode.BundleKey{other.bundleKey()}}},
	}
	v := terminalVectors{
		About:  "Bundles, lists and codes for a terminal without a network, of docs/livecode.md. Everything is invented; byte strings are hex.",
		Pinned: hex.EncodeToString(pinned.point(t)), Next: hex.EncodeToString(next.point(t)), Now: now.Unix(), Issued: bundle.IssuedAt.Unix(),
		Bundles: map[string]string{}, Lists: map[string]string{issuer + "/s/0": hex.EncodeToString(token)},
	}
	sign := func(name string, key repeatable, change func(*livecode.Bundle)) {
		b := bundle
		change(&b)
		raw, err := b.Sign(key, key.bundleKey().ID)
		if err != nil {
			t.Fatal(err)
		}
		v.Bundles[name] = hex.EncodeToString(raw)
	}
	sign("good", pinned, func(*livecode.Bundle) {})
	sign("later", pinned, func(b *livecode.Bundle) { b.Sequence, b.IssuedAt = 8, now })
	sign("older", pinned, func(b *livecode.Bundle) { b.Sequence = 6 })
	sign("foreign", thief, func(*livecode.Bundle) {})
	sign("by the next key", next, func(b *livecode.Bundle) {
		b.Sequence = 9
		b.Handovers = []livecode.Handover{{From: pinned.bundleKey().ID, Key: next.bundleKey(), Signature: handover}}
	})
	sign("by the next key, handed over by nobody", next, func(*livecode.Bundle) {})
	sign("by a thief with another's handover", thief, func(b *livecode.Bundle) {
		b.Handovers = []livecode.Handover{{From: pinned.bundleKey().ID, Key: thief.bundleKey(), Signature: handover}}
	})
	face, err := os.ReadFile("../../livecode/testdata/face.webp")
	if err != nil {
		t.Fatal(err)
	}
	base := livecode.Claims{
		IssuedAt: now.Add(-time.Hour * 24), Expires: now.Add(6 * 24 * time.Hour), Holder: &device.PublicKey, Name: "林知夏", Face: face,
		Classes: []livecode.Class{{Code: "C1", Since: civil.D(2016, 6, 20)}}, ValidFrom: civil.D(2022, 6, 20), ValidUntil: civil.D(2032, 6, 20),
	}
	for i, c := range []struct {
		name, verdict string
		issuer        string
		key           repeatable // of the authority
		index         uint64
		age           time.Duration
		list          string
		change        func(*livecode.Claims)
	}{
		{name: "good", verdict: "usable"},
		{name: "of an ended phone", verdict: "ended", index: 1},
		{name: "of a suspended licence", verdict: "not_usable", index: 2},
		{name: "of an invalidated electronic licence", verdict: "invalidated", index: 3},
		{name: "two minutes old", verdict: "expired", age: 2 * time.Minute},
		{name: "an hour old", verdict: "clock", age: time.Hour},
		{name: "a phone a minute ahead", verdict: "clock", age: -time.Minute},
		{name: "a part that has lapsed", verdict: "stale", change: func(c *livecode.Claims) { c.Expires = now.Add(-time.Second) }},
		{name: "of a list that is not in the bundle", verdict: "unknown", list: issuer + "/s/1"},
		{name: "of the other authority", verdict: "unknown", issuer: neighbour, key: other, list: neighbour + "/s/0"},
		{name: "of an authority that nobody knows", verdict: "unknown_issuer", issuer: "https://far.example", key: other},
		{name: "by a key that nobody knows", verdict: "unknown_issuer", key: thief},
		{name: "by the other authority's key in this one's name", verdict: "unknown_issuer", key: other},
		{name: "with a signature that is not the phone's", verdict: "forged"},
	} {
		if c.issuer == "" {
			c.issuer = issuer
		}
		if c.key.PrivateKey == nil {
			c.key = code
		}
		if c.list == "" {
			c.list = issuer + "/s/0"
		}
		claims := base
		claims.Issuer, claims.Serial, claims.StatusURI, claims.StatusIndex = c.issuer, livecode.Serial{0x51, byte(i)}, c.list, c.index
		if c.change != nil {
			c.change(&claims)
		}
		part, err := livecode.IssueQualification(c.key, c.key.bundleKey().ID, claims)
		if err != nil {
			t.Fatal(err)
		}
		moment := livecode.Moment{Time: now.Add(-c.age), Nonce: livecode.Nonce{byte(i)}}
		text, err := livecode.SignSelfContained(device, part, moment)
		if err != nil {
			t.Fatal(err)
		}
		if c.verdict == "forged" {
			text = altered(text)
		}
		v.Codes = append(v.Codes, terminalCode{c.name, c.verdict, text})
	}
	short, err := livecode.SignShort(device, livecode.Serial{0x51}, livecode.Moment{Time: now})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		name, verdict string
		issuer        string
		signer, named repeatable // who signed, and whose key it names
		index         uint64
		expires       time.Duration
	}{
		{"good", "data", issuer, code, code, 0, 24 * time.Hour},
		{"of an ended phone", "data", issuer, code, code, 1, 24 * time.Hour},
		{"of a suspended licence", "data", issuer, code, code, 2, 24 * time.Hour},
		{"of the other authority", "data", neighbour, other, other, 0, 24 * time.Hour},
		{"that has lapsed", "data_lapsed", issuer, code, code, 0, -time.Second},
		{"of an authority that nobody knows", "data_foreign", "https://far.example", thief, thief, 0, 24 * time.Hour},
		{"by the other authority's key in this one's name", "data_foreign", issuer, other, other, 0, 24 * time.Hour},
		{"written by a thief under this authority's key identifier", "data_altered", issuer, thief, code, 0, 24 * time.Hour},
	} {
		claims := base
		claims.Issuer, claims.Serial, claims.StatusURI, claims.StatusIndex = c.issuer, livecode.Serial{0x69, byte(i)}, c.issuer+"/s/0", c.index
		claims.Expires = now.Add(c.expires)
		part, err := livecode.IssueQualification(c.signer, c.named.bundleKey().ID, claims)
		if err != nil {
			t.Fatal(err)
		}
		v.DataCodes = append(v.DataCodes, terminalCode{c.name, c.verdict, part.Claim169()})
	}
	v.DataCodes = append(v.DataCodes, terminalCode{"damaged", "data_unread", altered(v.DataCodes[0].Text)})
	v.Codes = append(v.Codes, terminalCode{"short", "short", short}, terminalCode{"no code at all", "forged", "https://evil.example/"})
	return v
}

// altered changes one character of a code's signature.
func altered(text string) string {
	at := len(text) - 20
	if text[at] == 'A' {
		return text[:at] + "B" + text[at+1:]
	}
	return text[:at] + "A" + text[at+1:]
}

func TestTheTerminalsVectorsAreWhatThisCodeMakes(t *testing.T) {
	v := makeTerminalVectors(t)
	want, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(vectorFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the file differs; if the format changed on purpose: go test ./internal/offline -run Vectors -update")
	}
}
