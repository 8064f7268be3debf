package licence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/identity"
)

// found returns the fields at fault and their codes, as "field code".
func found(err error) []string {
	var list []string
	var walk func(error)
	walk = func(err error) {
		var f *fault.Field
		switch joined := err.(type) {
		case nil:
		case interface{ Unwrap() []error }:
			for _, one := range joined.Unwrap() {
				walk(one)
			}
		default:
			if errors.As(err, &f) {
				list = append(list, f.Name+" "+fault.Of(err).Code)
				return
			}
			list = append(list, "? "+err.Error())
		}
	}
	walk(err)
	return list
}

func TestARecordWhoseFieldsDisagreeIsRefusedAtTheField(t *testing.T) {
	cases := []struct {
		name   string
		change func(*Licence)
		want   []string
	}{
		{"a good record", func(*Licence) {}, nil},
		{"without end, phone, photo, dates of classes", func(l *Licence) {
			l.ValidTo, l.Phone, l.Photo, l.Classes[0].Since = civil.Date{}, "", Photo{}, civil.Date{}
		}, nil},
		{"99 points", func(l *Licence) { l.Points = 99 }, nil},
		{"100 points", func(l *Licence) { l.Points = 100 }, []string{"points licence.points"}},
		{"points below nought", func(l *Licence) { l.Points = -1 }, []string{"points licence.points"}},
		{"a short file number", func(l *Licence) { l.FileNumber = "123" }, []string{"file_number licence.file_number"}},
		{"a file number that no parser returned", func(l *Licence) { l.FileNumber = "0000 0000 0029" }, []string{"file_number licence.file_number"}},
		{"a wrong check digit", func(l *Licence) { l.Document.Number = "000000199204150020" }, []string{"number identity.number_checksum"}},
		{"an unknown document", func(l *Licence) { l.Document.Type = "X" }, []string{"document_type identity.document_type"}},
		{"another birth date than the number's", func(l *Licence) { l.BirthDate = civil.D(1992, 4, 16) }, []string{"birth_date licence.birth_date"}},
		{"no birth date", func(l *Licence) { l.BirthDate = civil.Date{} }, []string{"birth_date licence.missing"}},
		{"another sex than the number's", func(l *Licence) { l.Sex = identity.Male }, []string{"sex licence.sex"}},
		{"a foreigner's own birth date and sex", func(l *Licence) {
			l.Document, l.Sex, l.BirthDate = identity.Document{Type: identity.ForeignPerson, Number: "E1234567"}, identity.Male, civil.D(1980, 1, 1)
		}, nil},
		{"no sex", func(l *Licence) { l.Sex = "" }, []string{"sex identity.sex"}},
		{"no name, nationality, address, authority", func(l *Licence) { l.Name, l.Nationality, l.Address, l.Authority = "", " ", "", "" },
			[]string{"name identity.name_empty", "nationality licence.missing", "address licence.missing", "authority licence.missing"}},
		{"the longest texts", func(l *Licence) {
			fifty := strings.Repeat("局", 50)
			l.Address, l.Authority, l.Office, l.SchoolBus, l.Nationality = strings.Repeat("路", 200), fifty, fifty, fifty, fifty
		}, nil},
		{"texts too long by one", func(l *Licence) {
			l.Office, l.SchoolBus = strings.Repeat("x", 151), strings.Repeat("x", 151)
		}, []string{"office licence.too_long", "school_bus licence.too_long"}},
		{"an address of a whole page", func(l *Licence) { l.Address = strings.Repeat("路", 201) }, []string{"address licence.too_long"}},
		{"an impossible phone", func(l *Licence) { l.Phone = "12345" }, []string{"phone identity.phone"}},
		{"no class", func(l *Licence) { l.Classes = nil }, []string{"classes licence.class_none"}},
		{"every class", func(l *Licence) {
			l.Classes = nil
			for _, c := range AllClasses() {
				l.Classes = append(l.Classes, ClassRecord{c, l.FirstIssue})
			}
		}, nil},
		{"an unknown class", func(l *Licence) { l.Classes[0].Class = "C9" }, []string{"classes licence.class_unknown"}},
		{"a class twice", func(l *Licence) { l.Classes = append(l.Classes, l.Classes[0]) }, []string{"classes licence.class_twice"}},
		{"a class held before first issue", func(l *Licence) { l.Classes[0].Since = civil.D(2010, 12, 27) }, []string{"classes licence.date_order"}},
		{"first issue before birth", func(l *Licence) { l.FirstIssue = civil.D(1990, 1, 1) }, []string{"first_issue licence.date_order"}},
		{"no first issue", func(l *Licence) { l.FirstIssue = civil.Date{} }, []string{"first_issue licence.missing"}},
		{"valid before first issue", func(l *Licence) { l.ValidFrom = civil.D(2010, 12, 27) }, []string{"valid_from licence.date_order"}},
		{"valid from an unknown day", func(l *Licence) { l.ValidFrom = civil.Date{} }, []string{"valid_from licence.missing"}},
		{"an end before the beginning", func(l *Licence) { l.ValidTo = civil.D(2016, 12, 27) }, []string{"valid_to licence.date_order"}},
		{"probation, paper and extension before first issue", func(l *Licence) {
			early := civil.D(2009, 1, 1)
			l.ProbationUntil, l.PaperReplaced, l.ExtensionUntil = early, early, early
		}, []string{"probation_until licence.date_order", "paper_replaced licence.date_order", "extension_until licence.date_order"}},
		{"an extension without its end", func(l *Licence) { l.Status = "AT" }, []string{"extension_until licence.extension"}},
		{"a deferred renewal without its end", func(l *Licence) { l.Status = "N" }, []string{"extension_until licence.extension"}},
		{"a deferred medical check without its end", func(l *Licence) { l.Status = "P" }, []string{"extension_until licence.extension"}},
		{"an extension with its end", func(l *Licence) { l.Status, l.ExtensionUntil = "N", civil.D(2027, 1, 1) }, nil},
		{"no status", func(l *Licence) { l.Status = "" }, []string{"status licence.status"}},
		{"a status out of order", func(l *Licence) { l.Status = "DB" }, []string{"status licence.status"}},
		{"an unknown letter", func(l *Licence) { l.Status = "X" }, []string{"status licence.status"}},
		{"a photo without source", func(l *Licence) { l.Photo.Source = "" }, []string{"photo licence.photo"}},
		{"a photo without digest", func(l *Licence) { l.Photo.Digest = "" }, []string{"photo licence.photo"}},
		{"a photo whose digest is none", func(l *Licence) { l.Photo.Digest = strings.Repeat("0A", 32) }, []string{"photo licence.photo"}},
		{"several at once", func(l *Licence) { l.Points, l.Status, l.FileNumber = 100, "", "" },
			[]string{"file_number licence.file_number", "status licence.status", "points licence.points"}},
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.want, found(sample(c.change).Validate())); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

// Records are sealed and kept for years: this text must still be read, and
// still be written, by every later version of the program.
const kept = `{"file_number":"000000000029","document":{"type":"A","number":"000000199204150029"},"name":"林知夏","sex":"F",` +
	`"birth_date":"1992-04-15","nationality":"中国","address":"示范市松园路1号","phone":"13800008000",` +
	`"classes":[{"class":"C1","since":"2010-12-28"}],"first_issue":"2010-12-28","valid_from":"2016-12-28","valid_to":"2026-12-28",` +
	`"authority":"示范市公安局交管局","status":"A","extension_until":"","points":0,"probation_until":"","hearing_aid":false,"paper_replaced":"",` +
	`"photo":{"digest":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","taken_on":"2018-05-06","source":"identity_card"}}`

func TestTheKeptFormIsStable(t *testing.T) {
	written, err := json.Marshal(sample())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(kept, string(written)); diff != "" {
		t.Error(diff)
	}
	var read Licence
	if err := json.Unmarshal([]byte(kept), &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample(), read); diff != "" {
		t.Error(diff)
	}
}

func TestNothingPersonalReachesALog(t *testing.T) {
	l := sample()
	for _, v := range []any{l, &l, l.FileNumber, l.Document} {
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("seen", "value", v)
		for _, secret := range []string{"000000000029", "000000199204150029", "林知夏", "松园路", "13800008000", "1992"} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("%T is in the log: %s", v, log.String())
			}
		}
	}
}

func TestFileNumbers(t *testing.T) {
	cases := []struct {
		name, text string
		want       FileNumber
	}{
		{"twelve digits", "000000000029", "000000000029"},
		{"in groups", "0000 0000 0029", "000000000029"},
		{"full width", "００００００００００２９", "000000000029"},
		{"eleven digits", "00000000029", ""},
		{"thirteen digits", "0000000000029", ""},
		{"a letter", "00000000002X", ""},
		{"nothing", "", ""},
	}
	for _, c := range cases {
		got, err := ParseFileNumber(c.text)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
	if got := FileNumber("000000000029").Masked(); got != "•••• •••• 0029" {
		t.Errorf("masked: %s", got)
	}
	if got := FileNumber("12").Masked(); got != "••" {
		t.Errorf("masked: %s", got)
	}
}

func TestClassesAreReadAsLicencesWriteThem(t *testing.T) {
	cases := []struct {
		name, text, want string
		fault            error
	}{
		{"three together", "A1A2D", "A1A2D", nil},
		{"a car and a motorcycle", "C1D", "C1D", nil},
		{"in another order", "DC1", "C1D", nil},
		{"small letters with commas", "c1, e", "C1E", nil},
		{"full width", "Ａ１", "A1", nil},
		{"every class", "A1A2A3B1B2C1C2C3C4C5C6DEFMNP", "A1A2A3B1B2C1C2C3C4C5C6DEFMNP", nil},
		{"a class that is none", "A1C9", "", ErrClassUnknown},
		{"half a class", "A", "", ErrClassUnknown},
		{"a class twice", "C1C1", "", ErrClassTwice},
		{"nothing", " ", "", ErrClassNone},
		{"a word", "小型汽车", "", ErrClassUnknown},
	}
	for _, c := range cases {
		got, err := ParseClasses(c.text)
		if got.String() != c.want || !errors.Is(err, c.fault) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
}

// alsoAllows is the table of Order 162, written out a second time.
const alsoAllows = `
A1 A3 B1 B2 C1 C2 C3 C4 M
A2 B1 B2 C1 C2 C3 C4 C6 M
A3 C1 C2 C3 C4
B1 C1 C2 C3 C4 M
B2 C1 C2 C3 C4 M
C1 C2 C3 C4
C2
C3 C4
C4
C5
C6
D E F
E F
F
M
N
P`

func TestWhatEachClassAlsoAllows(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(alsoAllows), "\n")
	if len(rows) != len(AllClasses()) || len(rows) != 17 {
		t.Fatalf("%d rows for %d classes", len(rows), len(AllClasses()))
	}
	for i, text := range rows {
		allowed := strings.Fields(text) // the class itself first
		class := AllClasses()[i]
		if allowed[0] != string(class) || class.Name().ZH == "" || class.Name().EN == "" {
			t.Fatalf("row %d is %s, named %v", i, class, class.Name())
		}
		for _, other := range AllClasses() {
			if got := class.Allows(other); got != slices.Contains(allowed, string(other)) {
				t.Errorf("%s allows %s: %v", class, other, got)
			}
		}
	}
	if Class("X").Allows("X") || Class("X").Known() {
		t.Error("an unknown class allows itself")
	}
}

func TestSeveralClassesAllowTheUnion(t *testing.T) {
	held := Classes{C2, D}
	for class, want := range map[Class]bool{C2: true, D: true, E: true, F: true, C1: false, C3: false, M: false} {
		if got := held.Allows(class); got != want {
			t.Errorf("C2D allows %s: %v", class, got)
		}
	}
	if got := (Classes{C1, D}).Say(); got.ZH != "C1 小型汽车、D 普通三轮摩托车" || got.EN != "C1 car, D three-wheeled motorcycle" {
		t.Errorf("got %v", got)
	}
}

func TestSinceWhenAClassMayBeDriven(t *testing.T) {
	l := sample(func(l *Licence) {
		l.Classes = []ClassRecord{{B2, civil.D(2018, 1, 1)}, {C1, civil.D(2010, 12, 28)}, {D, civil.Date{}}}
	})
	for class, want := range map[Class]civil.Date{C1: civil.D(2010, 12, 28), C2: civil.D(2010, 12, 28), B2: civil.D(2018, 1, 1), D: {}, A1: {}} {
		if got := l.ClassSince(class); got != want {
			t.Errorf("%s since %v, want %v", class, got, want)
		}
	}
	if got := l.ClassSet().String(); got != "B2C1D" {
		t.Errorf("the set is %s", got)
	}
}

func FuzzParseClasses(f *testing.F) {
	f.Add("A1A2D")
	f.Add("Ａ１，ｃ１")
	f.Fuzz(func(t *testing.T, s string) {
		set, err := ParseClasses(s)
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("%q: %v is no fault", s, err)
			}
			return
		}
		again, err := ParseClasses(set.String())
		if err != nil || !slices.Equal(again, set) {
			t.Fatalf("%v is not canonical: %v, %v", set, again, err)
		}
	})
}

func FuzzParseStatus(f *testing.F) {
	f.Add("BDJ")
	f.Add("a，×")
	f.Fuzz(func(t *testing.T, s string) {
		set, unknown := ParseStatus(s)
		again, none := ParseStatus(string(set))
		if again != set || len(none) > 0 || set == "" {
			t.Fatalf("%q became %q, then %q, unknown %v", s, set, again, none)
		}
		if len(unknown) > 0 && !set.Has(Other) {
			t.Fatalf("%q has unknown letters and is %q", s, set)
		}
	})
}

func FuzzParseFileNumber(f *testing.F) {
	f.Add("0000 0000 0029")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseFileNumber(s)
		if err != nil {
			return
		}
		if again, err := ParseFileNumber(string(n)); again != n || err != nil || len(n) != 12 {
			t.Fatalf("%q is not canonical: %q, %v", n, again, err)
		}
	})
}

func FuzzValidate(f *testing.F) {
	f.Add([]byte(kept))
	f.Fuzz(func(t *testing.T, text []byte) {
		var l Licence
		if json.Unmarshal(text, &l) != nil {
			return
		}
		for _, fault := range found(l.Validate()) {
			if strings.HasPrefix(fault, "?") {
				t.Fatal(fault)
			}
		}
		state := StatusAt(l, today)
		if len(state.Causes) == 0 || !state.Worst.Known() {
			t.Fatalf("judged as %+v", state)
		}
		_ = fmt.Sprint(SayAll(state, contacts), PaperFor(state), ChangesBetween(l, sample()), PointsCycleEnds(l, today), InProbation(l, today))
	})
}
