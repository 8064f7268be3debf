package mdoc

import (
	"bytes"
	"errors"
	mrand "math/rand/v2"
	"os"
	"testing"

	"edl/internal/fault"
	"edl/mdoc/cbor"
	"edl/mdoc/checklist"
	"edl/mdoc/cose"
)

// refused fails the test unless the report is not valid because of want.
func refused(t *testing.T, what string, r *Report, want error) {
	t.Helper()
	if r.Valid || !errors.Is(r.Err(), want) {
		t.Errorf("%s: valid %v, %v; want %v", what, r.Valid, r.Err(), want)
	}
}

// accepted is the control of an attack.
func accepted(t *testing.T, what string, r *Report) {
	t.Helper()
	if !r.Valid {
		t.Errorf("%s: %v", what, r.Err())
	}
}

// forge issues with an MSO that change alters, signed by the real signer.
func (w *world) forge(t testing.TB, change func(mso []byte) []byte) []byte {
	t.Helper()
	return w.forgeItems(t, change, func(b []byte) []byte { return b })
}

// forgeItems alters the namespaces that are handed out as well.
func (w *world) forgeItems(t testing.TB, change, items func([]byte) []byte) []byte {
	t.Helper()
	p, err := w.issuance(t).Prepare(w.signer)
	if err != nil {
		t.Fatal(err)
	}
	r := cbor.Read(p.unsigned.Payload)
	p.unsigned.Payload = cbor.AppendEncoded(nil, change(bytes.Clone(r.Encoded())))
	p.out = items(p.out)
	return p.IssuerSigned(must(t)(p.Sign()))
}

func same(b []byte) []byte { return b }

// replaceOnce replaces the only place where old stands.
func replaceOnce(t testing.TB, b, old, new []byte) []byte {
	t.Helper()
	if n := bytes.Count(b, old); n != 1 {
		t.Fatalf("%x stands %d times", old, n)
	}
	return bytes.Replace(b, old, new, 1)
}

// addPair adds a pair to the map whose head precedes the first occurrence of
// a key, by raising the head and inserting the pair before the key.
func addPair(t testing.TB, b []byte, key string, pair []byte) []byte {
	t.Helper()
	text := cbor.AppendText(nil, key)
	i := bytes.Index(b, text)
	if i < 1 || b[i-1]>>5 != byte(cbor.Map) || b[i-1]&31 > 22 {
		t.Fatalf("no map begins with %q", key)
	}
	out := append(bytes.Clone(b[:i-1]), b[i-1]+1)
	return append(append(out, pair...), b[i:]...)
}

// TestS1DuplicateKeys: a key twice in any map is bad_cbor.
func TestS1DuplicateKeys(t *testing.T) {
	w := newWorld(t)
	response := w.response(t)
	accepted(t, "control", w.policy().VerifyResponse(response))
	pair := func(key string, value ...byte) []byte { return append(cbor.AppendText(nil, key), value...) }
	for _, tt := range []struct {
		level, first string
		pair         []byte
	}{
		{"DeviceResponse", "version", pair("version", 0x63, '1', '.', '0')},
		{"Document", "docType", append(pair("docType"), cbor.AppendText(nil, DocTypeMDL)...)},
		{"IssuerSigned", "nameSpaces", pair("nameSpaces", 0xa0)},
		{"IssuerNameSpaces", NameSpaceMDL, pair(NameSpaceMDL, 0x80)},
		{"DeviceSigned", "nameSpaces", pair("nameSpaces", 0xa0)},
		{"DeviceAuth", "deviceSignature", pair("deviceSignature", 0xf6)},
	} {
		refused(t, tt.level, w.policy().VerifyResponse(addPair(t, response, tt.first, tt.pair)), ErrBadCBOR)
	}
	item := func(b []byte) []byte { // an IssuerSignedItem with digestID twice
		in := addPair(t, cbor.AppendUint(cbor.AppendText(cbor.AppendMap(nil, 1), "digestID"), 1), "digestID", pair("digestID", 1))
		return cbor.AppendEncoded(nil, in)
	}(nil)
	if err := cbor.Check(item); !errors.Is(err, ErrBadCBOR) {
		t.Errorf("IssuerSignedItem: %v", err)
	}
	for _, key := range []string{"version", "deviceKey", "signed"} {
		forged := w.forge(t, func(mso []byte) []byte { return addPair(t, mso, key, pair(key, 0x61, '1')) })
		refused(t, "MSO "+key, w.policy().VerifyIssuerSigned(forged), ErrBadCBOR)
		refused(t, "MSO "+key, w.policy().VerifyIssuerSigned(forged), ErrBadMSO)
	}
}

// TestS2IndefiniteLengths: one anywhere is bad_cbor.
func TestS2IndefiniteLengths(t *testing.T) {
	w := newWorld(t)
	response := w.response(t)
	accepted(t, "control", w.policy().VerifyResponse(response))
	open := func(b []byte, at int) []byte { // the container at an offset
		out := bytes.Clone(b)
		out[at] |= 31
		return append(out, 0xff)
	}
	refused(t, "DeviceResponse", w.policy().VerifyResponse(open(response, 0)), ErrBadCBOR)
	i := bytes.Index(response, []byte("documents")) + len("documents")
	b := append(bytes.Clone(response[:i]), 0x9f)
	rest := response[i+1:]
	j := bytes.LastIndex(rest, cbor.AppendText(nil, "status"))
	b = append(append(append(b, rest[:j]...), 0xff), rest[j:]...)
	refused(t, "documents", w.policy().VerifyResponse(b), ErrBadCBOR)
	forged := w.forge(t, func(mso []byte) []byte { return open(mso, 0) })
	refused(t, "MSO", w.policy().VerifyIssuerSigned(forged), ErrBadCBOR)
}

// TestS3Nesting: 17 to 1,000,000 levels are bad_cbor, at once.
func TestS3Nesting(t *testing.T) {
	w := newWorld(t)
	for _, depth := range []int{17, 18, 100, 10_000, 1_000_000} {
		for name, b := range map[string][]byte{
			"arrays": append(bytes.Repeat([]byte{0x81}, depth), 0xf6),
			"maps":   append(bytes.Repeat([]byte{0xa1, 0x00}, depth), 0xf6),
			"tags":   append(bytes.Repeat([]byte{0xc6}, depth), 0xf6),
		} {
			if err := cbor.Check(b); !errors.Is(err, ErrBadCBOR) {
				t.Errorf("%d %s: %v", depth, name, err)
			}
			if r := w.policy().VerifyResponse(b); r.Valid || !isEncoding(r.Err()) {
				t.Errorf("%d %s: %v", depth, name, r.Err())
			}
			if n := testing.AllocsPerRun(1, func() { w.policy().VerifyResponse(b) }); n > 50 {
				t.Errorf("%d %s: refused after %v allocations", depth, name, n)
			}
		}
	}
	nested := []byte{0xf6}
	for range cbor.MaxDepth {
		nested = append([]byte{0x81}, nested...)
	}
	if err := cbor.Check(nested); err != nil {
		t.Errorf("control, %d levels: %v", cbor.MaxDepth, err)
	}
	inner := []byte{0xf6}
	for range cbor.MaxDepth + 1 {
		inner = cbor.AppendEncoded(nil, inner)
	}
	if err := cbor.Check(inner); !errors.Is(err, ErrBadCBOR) {
		t.Errorf("CBOR in CBOR in CBOR: %v", err)
	}
}

// TestS4DeclaredLengths: lengths of 2^32 to 2^64 are bad_cbor, without allocation.
func TestS4DeclaredLengths(t *testing.T) {
	for _, major := range []byte{0x40, 0x60, 0x80, 0xa0} {
		for _, length := range []uint64{1 << 32, 1 << 40, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
			b := cbor.AppendHead(nil, cbor.Kind(major>>5), length)
			var err error
			bytesUsed := testing.AllocsPerRun(1, func() { err = cbor.Check(b) })
			if !errors.Is(err, ErrBadCBOR) || bytesUsed > 10 {
				t.Errorf("length %d of type %x: %v, %v allocations", length, major, err, bytesUsed)
			}
			if _, err := ParseResponse(b); !errors.Is(err, ErrBadCBOR) {
				t.Errorf("length %d of type %x: %v", length, major, err)
			}
		}
	}
}

// TestS5TrailingAndTruncated: every prefix, and any byte after the end, is bad_cbor.
func TestS5TrailingAndTruncated(t *testing.T) {
	w := newWorld(t)
	response := w.present(t, w.issue(t, Issuance{DocType: DocTypeMDL, NameSpaces: licenceOf(t, 64), DeviceKey: w.device.Public(),
		Validity: w.validity(), Entropy: fixedEntropy(t)}), SignWith(w.device))
	accepted(t, "control", w.policy().VerifyResponse(response))
	for n := range response {
		if _, err := ParseResponse(response[:n]); !errors.Is(err, ErrBadCBOR) {
			t.Fatalf("the first %d bytes: %v", n, err)
		}
	}
	for _, c := range []byte{0, 0xf6, 0xff} {
		refused(t, "a byte after the end", w.policy().VerifyResponse(append(bytes.Clone(response), c)), ErrBadCBOR)
	}
	forged := w.forge(t, func(mso []byte) []byte { return append(mso, 0) })
	refused(t, "a byte after the MSO", w.policy().VerifyIssuerSigned(forged), ErrBadCBOR)
	if _, err := ParseResponse(make([]byte, MaxMessage+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a message over the limit: %v", err)
	}
}

// TestS6DigestIdentifiers: those that are not plain are bad_mso.
func TestS6DigestIdentifiers(t *testing.T) {
	w := newWorld(t)
	accepted(t, "control", w.policy().VerifyIssuerSigned(w.forge(t, same)))
	zero := append(cbor.AppendText(nil, NameSpaceCN), 0xa6, 0x00, 0x58, 0x20)
	with := func(id ...byte) []byte {
		b := append(cbor.AppendText(nil, NameSpaceCN), 0xa6)
		return append(append(b, id...), 0x58, 0x20)
	}
	for name, id := range map[string][]byte{
		"negative":            {0x20},
		"longer than needed":  {0x18, 0x00},
		"eight bytes long":    {0x1b, 0, 0, 0, 0, 0, 0, 0, 0},
		"a float":             {0xf9, 0, 0},
		"text":                {0x61, '0'},
		"twice":               {0x01},
		"a bignum":            {0xc2, 0x41, 0x00},
		"true":                {0xf5},
		"a longer text":       {0x78, 0x01, '0'},
		"a byte string":       {0x41, 0x00},
		"an indefinite bytes": {0x5f, 0xff},
	} {
		forged := w.forge(t, func(mso []byte) []byte { return replaceOnce(t, mso, zero, with(id...)) })
		refused(t, name, w.policy().VerifyIssuerSigned(forged), ErrBadMSO)
	}
	for name, change := range map[string][2][]byte{
		"a digest of 31 bytes":         {cbor.AppendText(nil, "SHA-256"), cbor.AppendText(nil, "SHA-384")},
		"an unknown digest algorithm":  {cbor.AppendText(nil, "SHA-256"), cbor.AppendText(nil, "SHA-1")},
		"an unknown version":           {[]byte("\x67version\x631.0"), []byte("\x67version\x632.0")},
		"no digests":                   {[]byte("valueDigests"), []byte("valueDigestz")},
		"a digest algorithm as number": {cbor.AppendText(nil, "SHA-256"), {0x01}},
	} {
		forged := w.forge(t, func(mso []byte) []byte { return replaceOnce(t, mso, change[0], change[1]) })
		refused(t, name, w.policy().VerifyIssuerSigned(forged), ErrBadMSO)
	}
	long := bytes.Replace(w.issue(t, w.issuance(t)), []byte("\x68digestID\x00"), []byte("\x68digestID\x18\x00"), 1)
	if w.policy().VerifyIssuerSigned(long).Valid {
		t.Error("an item with a digestID that is longer than needed is valid")
	}
}

// TestS7BitFlips: no single-bit flip of a valid DeviceResponse is valid. All
// but those of the portrait's own bytes are tried, one by one; of these, which
// differ in nothing but where one digest is broken, a seeded sample. EDL_FULL=1
// takes all 205,000.
func TestS7BitFlips(t *testing.T) {
	w := newWorld(t)
	response := w.response(t)
	p := w.policy()
	accepted(t, "control", p.VerifyResponse(response))
	flip := func(bit int) {
		response[bit/8] ^= 1 << (bit % 8)
		if p.VerifyResponse(response).Valid {
			t.Errorf("bit %d of byte %d flipped: valid", bit%8, bit/8)
		}
		response[bit/8] ^= 1 << (bit % 8)
	}
	from, to := 0, 0
	for _, e := range w.issuance(t).NameSpaces[0].Elements {
		if e.Name == "portrait" {
			from = bytes.Index(response, e.Value) + 3 // its head
			to = from + len(e.Value) - 3
		}
	}
	if from < 3 || to > len(response) {
		t.Fatal("no portrait in the response")
	}
	if os.Getenv("EDL_FULL") != "" {
		from, to = 0, 0
	}
	n := 0
	for bit := range len(response) * 8 {
		if bit < from*8 || bit >= to*8 {
			flip(bit)
			n++
		}
	}
	sample := 0
	rng := mrand.New(mrand.NewPCG(7, 7))
	for ; sample < min(500, 8*(to-from)); sample++ {
		flip(from*8 + rng.IntN(8*(to-from)))
	}
	t.Logf("S7: %d of %d bits one by one, %d of the portrait's (seed 7)", n, len(response)*8, sample)
}

// TestS16TagsAndDates: garbage in tags 0, 1, 24 and 1004 is bad_cbor, without
// a panic; the inputs include the ones that made other decoders panic.
func TestS16TagsAndDates(t *testing.T) {
	w := newWorld(t)
	p := w.policy()
	for name, value := range map[string][]byte{
		"a date of letters":             append(cbor.AppendTag(nil, 1004), cbor.AppendText(nil, "yesterday!")...),
		"the 30th of February":          append(cbor.AppendTag(nil, 1004), cbor.AppendText(nil, "2024-02-30")...),
		"a date of bytes":               append(cbor.AppendTag(nil, 1004), 0x41, 0x00),
		"a moment of bytes":             {0xc0, 0x41, 0x00},
		"a moment of nothing":           {0xc0, 0x60},
		"a moment of null":              {0xc0, 0xf6},
		"a moment in a moment":          {0xc0, 0xc0, 0x60},
		"an epoch of text":              {0xc1, 0x61, '0'},
		"an epoch of null":              {0xc1, 0xf6},
		"an epoch of an array":          {0xc1, 0x80},
		"an epoch in an epoch":          {0xc1, 0xc1, 0x00},
		"CBOR that is text":             {0xd8, 24, 0x60},
		"CBOR that is empty":            {0xd8, 24, 0x40},
		"CBOR that is cut off":          {0xd8, 24, 0x41, 0x61},
		"CBOR in CBOR that is cut off":  {0xd8, 24, 0x44, 0xd8, 24, 0x41, 0x61},
		"a tag without content":         {0xc0},
		"a tag longer than the message": {0xdb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	} {
		if err := cbor.Check(value); !errors.Is(err, ErrBadCBOR) {
			t.Errorf("%s alone: %v", name, err)
		}
		item := appendItem(nil, 0, make([]byte, 16), Element{"x", value})
		b := cbor.AppendText(cbor.AppendMap(nil, 2), "nameSpaces")
		b = append(cbor.AppendArray(cbor.AppendText(cbor.AppendMap(b, 1), "ns"), 1), item...)
		b = append(cbor.AppendText(b, "issuerAuth"), 0x80)
		refused(t, name, p.VerifyIssuerSigned(b), ErrBadCBOR)
	}
	for _, epoch := range [][]byte{{0xc1, 0x1b, 255, 255, 255, 255, 255, 255, 255, 255}, {0xc1, 0x3b, 255, 255, 255, 255, 255, 255, 255, 255},
		{0xc1, 0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0}, {0xc1, 0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 1}, {0xc1, 0xfb, 0x7f, 0xef, 255, 255, 255, 255, 255, 255}} {
		if v, err := cbor.Decode(epoch); err != nil {
			t.Errorf("%x is a number of seconds: %v, %v", epoch, v, err)
		}
	}
}

// TestFaultsSpeakBothLanguages: every fault has a code and both sentences.
func TestFaultsSpeakBothLanguages(t *testing.T) {
	codes := make(map[string]bool)
	for _, err := range []error{ErrBadCBOR, ErrBadSignature, ErrBadKey, ErrBadStructure, ErrBadMSO, ErrBadElement, ErrBadCertificate,
		ErrDigestMismatch, ErrDocTypeMismatch, ErrExpired, ErrUntrustedIssuer, ErrUntrustedReader, ErrSessionMismatch, ErrReplayed,
		ErrUndecryptable, ErrTooLarge, cose.ErrBadMessage} {
		f := fault.Of(err)
		if f == nil || f.Say.ZH == "" || f.Say.EN == "" || codes[f.Code] {
			t.Errorf("%v", err)
			continue
		}
		codes[f.Code] = true
	}
	var list checklist.List
	list.Add("x", "y", ErrExpired, "")
	if list.OK() || !errors.Is(list.Err(), ErrExpired) {
		t.Error("a failed step is no success")
	}
}
