package cbor

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	fx "github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCheckAcceptsAndRefuses(t *testing.T) {
	tests := []struct {
		name, hex, why string
	}{
		{"an unsigned integer", "01", ""},
		{"a map with text and integer keys", "a3 6161 01 01 02 20 03", ""},
		{"a longer length than needed", "5900 0101", ""},
		{"a longer integer than needed, which a Reader refuses", "1800", ""},
		{"a date", "d903ec 6a 323032312d30332d3031", ""},
		{"a time with a fraction", "c0 78 18 323032312d30332d30315430303a30303a30302e3030305a", ""},
		{"CBOR in tag 24", "d818 41 f6", ""},
		{"an epoch time", "c1 00", ""},
		{"a half-precision number", "f93c00", ""},
		{"undefined", "f7", ""},
		{"nothing", "", "truncated"},
		{"two items", "0101", "bytes after the item"},
		{"an indefinite text", "7f6161ff", "indefinite length"},
		{"an indefinite byte string", "5f4101ff", "indefinite length"},
		{"an indefinite array", "9fff", "indefinite length"},
		{"an indefinite map", "bfff", "indefinite length"},
		{"a break", "ff", "indefinite length"},
		{"a reserved length", "1c", "reserved length"},
		{"a repeated text key", "a2 6161 01 6161 02", "map key repeats"},
		{"a repeated integer key", "a2 01 01 01 02", "map key repeats"},
		{"a key repeated after another", "a3 02 00 01 00 02 00", "map key repeats"},
		{"a key in a longer form", "a1 1801 00", "map key is not in its shortest form"},
		{"a text key in a longer form", "a1 7801 61 00", "map key is not in its shortest form"},
		{"a byte string as key", "a1 4101 00", "map key is neither integer nor text"},
		{"an array as key", "a1 80 00", "map key is neither integer nor text"},
		{"text that is not UTF-8", "61ff", "text is not UTF-8"},
		{"a simple value without meaning", "f0", "unassigned simple value"},
		{"a simple value in two bytes", "f820", "unassigned simple value"},
		{"a length of 2^64-1", "5bffffffffffffffff", "length beyond the end"},
		{"an array of 2^32 items", "9b0000000100000000", "length beyond the end"},
		{"a map of 2^63 pairs", "bb8000000000000000", "length beyond the end"},
		{"a day that is none", "d903ec 6a 323032312d30322d3330", "date is no date"},
		{"a time that is none", "c0 61 31", "date is no date"},
		{"a time that is an array", "c0 80", "date is no date"},
		{"an epoch time that is text", "c1 6131", "date is no date"},
		{"an epoch time that is true", "c1 f5", "date is no date"},
		{"tag 24 over text", "d818 61 31", "tag 24 holds no byte string"},
		{"tag 24 over two items", "d818 42 0101", "bytes after the item in tag 24"},
		{"tag 24 over nothing", "d818 40", "truncated"},
		{"a repeated key inside tag 24", "d818 45 a2 0101 0102", "map key repeats"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Check(unhex(t, tt.hex))
			if tt.why == "" {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			if !errors.Is(err, ErrBad) || !strings.Contains(err.Error(), tt.why) {
				t.Errorf("error is %v, want bad_cbor because %s", err, tt.why)
			}
		})
	}
}

func TestCheckFindsRepeatedKeysInLargeMaps(t *testing.T) {
	build := func(keys ...int) []byte {
		b := AppendMap(nil, len(keys))
		for _, k := range keys {
			b = AppendNull(AppendInt(b, int64(k)))
		}
		return b
	}
	var down []int
	for k := 500; k > 0; k-- {
		down = append(down, k)
	}
	if err := Check(build(down...)); err != nil {
		t.Errorf("distinct keys in descending order: %v", err)
	}
	for _, repeated := range []int{500, 490, 250, 1} {
		if err := Check(build(append(down, repeated)...)); !errors.Is(err, ErrBad) {
			t.Errorf("key %d sent twice: %v", repeated, err)
		}
	}
	up := make([]int, MaxPairs+1)
	for i := range up {
		up[i] = i
	}
	if err := Check(build(up[:MaxPairs]...)); err != nil {
		t.Errorf("the largest map: %v", err)
	}
	if err := Check(build(up...)); !errors.Is(err, ErrBad) {
		t.Errorf("one pair more than the largest map: %v", err)
	}
}

func TestReaderStopsAtTheFirstFailure(t *testing.T) {
	r := Read(unhex(t, "83 01 6161 f5"))
	if n := r.Array(); n != 3 {
		t.Fatalf("array of %d", n)
	}
	if got := r.Text(); got != "" || !errors.Is(r.Err(), ErrType) {
		t.Errorf("text read from an integer: %q, %v", got, r.Err())
	}
	first := r.Err()
	if r.Uint() != 0 || r.Bool() || r.Null() || r.More() || r.Item() != nil || r.Done() != first {
		t.Error("a Reader went on after its first failure")
	}
}

func TestReaderRefusesIntegersThatAreNotShortest(t *testing.T) {
	for _, s := range []string{"1817", "190018", "1a00000100", "1b0000000000000001", "3800"} {
		r := Read(unhex(t, s))
		if n := r.Int(); n != 0 || !errors.Is(r.Err(), ErrType) {
			t.Errorf("%s was read as %d, %v", s, n, r.Err())
		}
	}
	r := Read(unhex(t, "1818"))
	if n := r.Uint(); n != 24 || r.Done() != nil {
		t.Errorf("1818 was read as %d, %v", n, r.Err())
	}
}

func TestValuesSurviveARoundTrip(t *testing.T) {
	in := Pairs{
		{"text", "中"}, {"bytes", []byte{1, 2}}, {"yes", true}, {"no", false}, {"none", nil},
		{"small", int64(3)}, {"negative", int64(-70000)}, {"large", uint64(math.MaxUint64)},
		{"float", 1.5}, {"day", FullDate("2024-02-29")}, {"moment", DateTime("2024-02-29T01:02:03Z")},
		{"list", []any{int64(1), "a", []any{}}}, {"tagged", Tagged{37, []byte{9}}}, {int64(-1), Pairs{}},
	}
	b, err := Encode(in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(any(in), out); d != "" {
		t.Errorf("round trip (-in +out):\n%s", d)
	}
	if _, err := Append(nil, struct{}{}); err == nil {
		t.Error("a struct was encoded")
	}
	moment := time.Date(2024, 2, 29, 9, 2, 3, 999, time.FixedZone("", 8*3600))
	if got, _ := Decode(AppendDateTime(nil, moment)); got != DateTime("2024-02-29T01:02:03Z") {
		t.Errorf("tdate written as %v", got)
	}
	js, err := json.Marshal(Pairs{{"a", []byte{255}}, {int64(1), Tagged{2, "x"}}, {"d", FullDate("2024-02-29")}})
	if want := `{"a":"/w==","1":{"tag 2":"x"},"d":"2024-02-29"}`; err != nil || string(js) != want {
		t.Errorf("JSON is %s, %v; want %s", js, err, want)
	}
}

func TestDaysAreThoseOfTheCalendar(t *testing.T) {
	for _, year := range []int{0, 4, 100, 400, 1900, 2000, 2023, 2024, 9999} {
		for month := range 14 {
			for day := range 33 {
				for _, layout := range []string{"%04d-%02d-%02d", "%04d-%02d-%02dT23:59:59Z"} {
					s := fmt.Sprintf(layout, year, month, day)
					tag := uint64(TagFullDate)
					if len(s) > 10 {
						tag = TagDateTime
					}
					_, err := time.Parse(map[bool]string{true: time.DateOnly, false: time.RFC3339}[tag == TagFullDate], s)
					if got := isDate(tag, []byte(s)); got != (err == nil) {
						t.Errorf("%s is a date: %v, the library says %v", s, got, err)
					}
				}
			}
		}
	}
	for _, s := range []string{"2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z", "2024-01-01t00:00:00Z", "2024-01-01T0a:00:00Z"} {
		if isDate(TagDateTime, []byte(s)) {
			t.Errorf("%s is a moment", s)
		}
	}
}

func TestHalfPrecision(t *testing.T) {
	for s, want := range map[string]float64{
		"f90000": 0, "f93c00": 1, "f9c400": -4, "f97bff": 65504, "f90001": 5.960464477539063e-8, "f97c00": math.Inf(1),
	} {
		if got, err := Decode(unhex(t, s)); err != nil || got != want {
			t.Errorf("%s is %v, %v; want %v", s, got, err, want)
		}
	}
}

// strictPeer is the independent decoder that FuzzCheck compares with.
func strictPeer(t testing.TB) fx.DecMode {
	mode, err := fx.DecOptions{
		DupMapKey: fx.DupMapKeyEnforcedAPF, IndefLength: fx.IndefLengthForbidden,
		MaxNestedLevels: MaxDepth, UTF8: fx.UTF8RejectInvalid, MaxMapPairs: 1 << 20, MaxArrayElements: 1 << 24,
		TimeTag: fx.DecTagIgnored,
	}.DecMode()
	if err != nil {
		t.Fatal(err)
	}
	return mode
}

// FuzzCheck holds Check against an independent strict decoder: what Check
// accepts the peer accepts too, a Reader reads it to the end, and encoding
// what was read gives CBOR with the same meaning.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{"01", "a26161010102", "d903ec6a323032312d30332d3031", "d81841f6", "9b0000000100000000",
		"c07818323032312d30332d30315430303a30303a30302e3030305a", "f93c00", "bfff", "a2010001ff", "c11b7fffffffffffffff"} {
		f.Add(unhex(f, s))
	}
	peer := strictPeer(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		end, why := skip(b, 0)
		if Check(b) != nil {
			return
		}
		if why != "" || end != len(b) {
			t.Fatalf("skip stops at %d with %q in CBOR that Check accepts", end, why)
		}
		if err := peer.Wellformed(b); err != nil && !strings.Contains(err.Error(), "max nested level") {
			t.Fatalf("Check accepts what the peer refuses: %v", err)
		}
		v, err := Decode(b)
		if err != nil {
			t.Fatalf("Decode refuses what Check accepts: %v", err)
		}
		again, err := Append(nil, v)
		if err != nil {
			t.Fatalf("no encoding of a decoded value: %v", err)
		}
		w, err := Decode(again)
		if err != nil {
			if bytes.Contains(b, []byte{0x3b}) { // integers under -2^63 come back as numbers
				return
			}
			t.Fatalf("what was read and written cannot be read: %v", err)
		}
		if d := cmp.Diff(v, w, cmp.Comparer(sameFloat)); d != "" {
			t.Fatalf("meaning changed:\n%s", d)
		}
	})
}

func sameFloat(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
