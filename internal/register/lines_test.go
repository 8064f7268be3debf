package register_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"

	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/licence"
	"edl/internal/register"
	"edl/internal/storetest"
)

// refusals says what a report refuses: "2 ZT register.missing".
func refusals(r *register.Report) []string {
	var list []string
	for _, x := range r.Refusals {
		list = append(list, fmt.Sprintf("%d %s %s", x.Line, x.Column, x.Code))
	}
	return list
}

func TestEachFaultIsNamedAtItsLineAndField(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	for _, c := range []struct {
		name    string
		changes row
		want    string
	}{
		{"a wrong check digit", row{"SFZMHM": "000000199003070029"}, "SFZMHM identity.number_checksum"},
		{"a number a spreadsheet shortened", row{"SFZMHM": "1.19901E+17"}, "SFZMHM identity.number_format"},
		{"a birth date that is none, in the number", row{"SFZMHM": "000000199002300025"}, "SFZMHM identity.number_date"},
		{"an unknown type of document", row{"document_type": "X"}, "document_type identity.document_type"},
		{"no name", row{"XM": ""}, "XM register.missing"},
		{"a name with a zero-width space", row{"XM": "林\u200b知夏"}, "XM identity.name_invisible"},
		{"a name that turns the direction of writing", row{"XM": "林\u202e知夏"}, "XM identity.name_invisible"},
		{"an address with a zero-width joiner", row{"address": "云水路\u200d18号"}, "address register.invisible"},
		{"an address with a bell", row{"address": "云水路\a18号"}, "address register.invisible"},
		{"a class that is none", row{"ZJCX": "A1C9"}, "ZJCX licence.class_unknown"},
		{"a class twice", row{"ZJCX": "C1C1"}, "ZJCX licence.class_twice"},
		{"30 February", row{"YXQZ": "2032-02-30"}, "YXQZ register.date"},
		{"an end before its start", row{"YXQZ": "2021-12-28"}, "YXQZ licence.date_order"},
		{"no end of validity is not one without end", row{"YXQZ": ""}, "YXQZ register.missing"},
		{"a first issue to come", row{"CCLZRQ": "2031-05-01", "YXQS": "2031-05-01"}, "CCLZRQ register.future"},
		{"a year with two digits", row{"CCLZRQ": "16-12-28"}, "CCLZRQ register.date"},
		{"no status", row{"ZT": ""}, "ZT register.missing"},
		{"an extension without its end", row{"ZT": "N"}, "extension_until licence.extension"},
		{"points in words", row{"LJJF": "三"}, "LJJF register.number"},
		{"points below zero", row{"LJJF": "-1"}, "LJJF licence.points"},
		{"a phone of ten digits", row{"phone": "1390000000"}, "phone identity.phone"},
		{"a class's start for another class", row{"class_since": "A1:2016-12-28"}, "class_since register.class_since"},
		{"a class's start that is no date", row{"class_since": "C1:2016-13-28"}, "class_since register.date"},
		{"a file number of 11 digits", row{"DABH": "00000000001"}, "DABH licence.file_number"},
		{"an update to come", row{"GXSJ": "2026-10-10 08:00:00"}, "GXSJ register.future"},
		{"an update that is no time", row{"GXSJ": "yesterday"}, "GXSJ register.time"},
		{"an authority that pastes a document", row{"FZJG": strings.Repeat("局", 60)}, "FZJG licence.too_long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := o.file(csv(person(1, nil), person(2, c.changes)))
			if diff := cmp.Diff([]string{"3 " + c.want}, refusals(r)); diff != "" {
				t.Error(diff)
			}
			if r.Applied+r.Unchanged != 1 || r.Refused != 1 {
				t.Errorf("the good line was not kept: %+v", r)
			}
		})
	}
}

func TestALineNamesEveryFieldThatIsWrong(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	r := o.file(csv(person(1, row{"ZJCX": "A1C9", "LJJF": "x", "YXQZ": "2032-02-30"})))
	want := []string{"2 ZJCX licence.class_unknown", "2 YXQZ register.date", "2 LJJF register.number"}
	if diff := cmp.Diff(want, refusals(r)); diff != "" {
		t.Error(diff)
	}
	if r.Refused != 1 {
		t.Errorf("%d lines refused", r.Refused)
	}
}

func TestWhatIsUnusualAndRight(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	for _, c := range []struct {
		name    string
		changes row
		check   func(licence.Licence) any
		want    any
	}{
		{"a character beyond the basic plane", row{"XM": "欧阳𠮷"}, func(l licence.Licence) any { return l.Name }, identity.Name("欧阳𠮷")},
		{"a rare character", row{"XM": "龙龘"}, func(l licence.Licence) any { return l.Name }, identity.Name("龙龘")},
		{"another dot", row{"XM": "马力克•艾山"}, func(l licence.Licence) any { return l.Name }, identity.Name("马力克·艾山")},
		{"classes in another order, full width", row{"ZJCX": "Ｄ c1"}, func(l licence.Licence) any { return l.ClassSet().String() }, "C1D"},
		{"a validity without end", row{"YXQZ": "长期"}, func(l licence.Licence) any { return l.ValidTo }, civil.Date{}},
		{"the same in digits", row{"YXQZ": "9999-12-31"}, func(l licence.Licence) any { return l.ValidTo }, civil.Date{}},
		{"dates without hyphens", row{"YXQZ": "20321228"}, func(l licence.Licence) any { return l.ValidTo }, civil.D(2032, 12, 28)},
		{"a small x", row{"SFZMHM": strings.ToLower("11010519491231002X"), "CCLZRQ": "1970-01-01"}, func(l licence.Licence) any { return l.Document.Number }, identity.Number("11010519491231002X")},
		{"several letters", row{"ZT": "JDB"}, func(l licence.Licence) any { return l.Status }, licence.Status("BDJ")},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := o.file(csv(person(1, c.changes)))
			if r.Refused > 0 {
				t.Fatalf("%v", refusals(r))
			}
			if diff := cmp.Diff(c.want, c.check(o.entry("000000000001").Licence)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMalformedCSVSpoilsItsOwnLineAndNoOther(t *testing.T) {
	good := func(n int) string { return strings.SplitN(csv(person(n, nil)), "\n", 2)[1] }
	for _, c := range []struct{ name, line, want string }{
		{"a quote left open", strings.Replace(good(2), "示范市", `"示范市`, 1), "3  register.quote"},
		{"a quote in the middle", strings.Replace(good(2), "示范市", `示"范市`, 1), "3  register.quote"},
		{"text after a quote", strings.Replace(good(2), "林知夏", `"林知夏"x`, 1), "3  register.quote"},
		{"a cell too few", strings.Replace(good(2), ",C1,", ",", 1), "3  register.columns"},
		{"a cell too many", strings.Replace(good(2), ",C1,", ",C1,C1,", 1), "3  register.columns"},
		{"bytes that are no characters", strings.Replace(good(2), "云水", "\xff\xfe", 1), "3 address register.bytes"},
		{"a line without an end", strings.Repeat("x", 70_000) + "\n", "3  register.line_long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, storetest.SQLite(t))
			o.file(csv(person(2, nil)))
			head, first, _ := strings.Cut(csv(person(1, nil)), "\n")
			r := o.file(head + "\n" + first + c.line + good(3))
			if diff := cmp.Diff([]string{c.want}, refusals(r)); diff != "" {
				t.Error(diff)
			}
			if r.Applied != 2 {
				t.Errorf("applied %d", r.Applied)
			}
			if salvaged := !strings.HasPrefix(c.line, "xx"); o.entry("000000000002").Pending != salvaged {
				t.Errorf("marked: %v", !salvaged)
			}
		})
	}
}

func TestCommasTabsSemicolonsAndLineEndsOfEverySystem(t *testing.T) {
	plain := csv(person(1, nil), person(2, row{"XM": "欧阳𠮷"}))
	for name, text := range map[string]string{
		"tabs":                     strings.ReplaceAll(plain, ",", "\t"),
		"semicolons":               strings.ReplaceAll(plain, ",", ";"),
		"carriage returns":         strings.ReplaceAll(plain, "\n", "\r\n"),
		"a byte order mark":        "\xef\xbb\xbf" + plain,
		"empty lines":              strings.ReplaceAll(plain, "\n", "\n\n  \n"),
		"no line break at the end": strings.TrimSuffix(plain, "\n"),
		"every cell quoted":        `"` + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(plain, "\n"), ",", `","`), "\n", "\"\n\"") + `"`,
		"GB18030":                  encodeGB(plain),
		"Chinese headers":          strings.Replace(plain, "DABH,document_type,SFZMHM,XM", "档案编号,证件类型,证件号码,姓名", 1),
		"names in small letters":   strings.ToLower(plain[:strings.Index(plain, "\n")]) + plain[strings.Index(plain, "\n"):],
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, storetest.SQLite(t))
			if r := o.file(text); r.Applied != 2 || r.Lines != 2 {
				t.Fatalf("%+v", r)
			}
			if got := o.entry("000000000002").Licence.Name; got != "欧阳𠮷" {
				t.Errorf("name %q", got)
			}
		})
	}
}

func encodeGB(s string) string {
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
}

// misread reads bytes of one encoding as if they were of another.
func misread(s string, as interface{ String(string) (string, error) }) string {
	out, err := as.String(s)
	if err != nil {
		panic(err)
	}
	return out
}

func TestWholeFilesThatCannotBeMeant(t *testing.T) {
	good := csv(person(1, nil), person(2, nil), person(3, nil))
	for _, c := range []struct {
		name, text string
		want       *fault.Fault
		fields     []string
	}{
		{"nothing", "", register.ErrFileEmpty, nil},
		{"blank lines", "\n \n", register.ErrFileEmpty, nil},
		{"a header alone", csv(), register.ErrFileEmpty, nil},
		{"a workbook", "PK\x03\x04rest", register.ErrFileBinary, nil},
		{"an old workbook", "\xd0\xcf\x11\xe0rest", register.ErrFileBinary, nil},
		{"UTF-16", "\xff\xfeD\x00A\x00", register.ErrFileUTF16, nil},
		{"UTF-8 read as GB18030", misread(good, simplifiedchinese.GB18030.NewDecoder()), register.ErrFileDoubled, nil},
		{"UTF-8 read as Latin", misread(good, charmap.ISO8859_1.NewDecoder()), register.ErrFileDoubled, nil},
		{"GB18030 read as Latin", misread(encodeGB(good), charmap.ISO8859_1.NewDecoder()), register.ErrFileDoubled, nil},
		{"columns missing", strings.Replace(strings.Replace(good, "ZT,", "status_,", 1), "XM,", "x,", 1), register.ErrColumnNeeded, []string{"XM", "ZT"}},
		{"a column twice", strings.Replace(good, "phone", "status", 1), register.ErrColumnTwice, []string{"ZT"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, storetest.SQLite(t))
			_, err := o.try(c.text, register.Options{GoOn: true})
			if !errors.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			for _, f := range c.fields {
				if !strings.Contains(err.Error(), f) {
					t.Errorf("%v does not name %s", err, f)
				}
			}
			if runs, err := o.Runs(ctx); err != nil || len(runs) > 0 {
				t.Errorf("%v %v", runs, err)
			}
		})
	}
}

func TestOneGarbledLineIsRefusedAndAShortRareNameIsNot(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	garbled := misread("林知夏", simplifiedchinese.GB18030.NewDecoder())
	r := o.file(csv(person(1, nil), person(2, nil), person(3, row{
		"XM": strings.Trim(garbled, "\ufffd"), "address": misread("示范市安澜区云水路十八号", simplifiedchinese.GB18030.NewDecoder()),
		"FZJG": misread("示范市公安局交通管理局", simplifiedchinese.GB18030.NewDecoder()),
	})))
	if diff := cmp.Diff([]string{"4  register.double_encoded"}, refusals(r)); diff != "" {
		t.Error(diff)
	}
	// Two characters that are what UTF-8 of 中国 becomes when it is misread.
	if r := o.file(csv(person(4, row{"XM": "涓浗"}))); r.Applied != 1 {
		t.Errorf("%v", refusals(r))
	}
}

func TestJSONLines(t *testing.T) {
	line := `{"file_number":"000000000001","document_type":"A","number":"000000199003070022","name":"林知夏","address":"示范市安澜区云水路18号","classes":"C1","first_issue":"2016-12-28","valid_from":"2022-12-28","valid_to":"2032-12-28","status":"A","points":3,"authority":"示范市公安局交通管理局","hearing_aid":true,"comment":"x"}`
	for _, c := range []struct{ name, line, want string }{
		{"a number and a truth value", line, ""},
		{"an object within", strings.Replace(line, `"x"`, `{"a":1}`, 1), "1  register.json"},
		{"a member twice", strings.Replace(line, `"comment":"x"`, `"ZT":"A"`, 1), "1  register.json"},
		{"cut off", line[:100], "1  register.json"},
		{"two objects", line + line, "1  register.json"},
		{"a required member missing", strings.Replace(line, `"points":3,`, "", 1), "1 points register.missing"},
		{"a lone surrogate", strings.Replace(line, "林知夏", `林\ud83d夏`, 1), "1 name register.bytes"},
		{"a thousand brackets", `{"a":` + strings.Repeat("[", 1000), "1  register.json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, storetest.SQLite(t))
			r := o.file(c.line + "\n")
			var want []string
			if c.want != "" {
				want = []string{c.want}
			}
			if diff := cmp.Diff(want, refusals(r)); diff != "" {
				t.Error(diff)
			}
			if c.want == "" && !o.entry("000000000001").Licence.HearingAid {
				t.Error("the truth value was lost")
			}
		})
	}
}

func TestAMappingNamesColumnsAndFixesValues(t *testing.T) {
	m, err := register.ParseMapping(strings.NewReader("# the county's system\nDABH = 档案号码\n姓名 = 驾驶人\ndocument_type := A\n"))
	if err != nil {
		t.Fatal(err)
	}
	text := csv(person(1, nil))
	text = strings.Replace(text, "DABH,document_type,SFZMHM,XM", "档案号码,旧类型,SFZMHM,驾驶人", 1)
	o := newOffice(t, storetest.SQLite(t))
	f := textFile(text)
	f.Mapping = m
	r, err := o.Import(ctx, feeder, f, register.Options{})
	if err != nil || r.Applied != 1 {
		t.Fatalf("%+v %v", r, err)
	}
	if diff := cmp.Diff([]string{"旧类型"}, r.Unknown); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"DABH 档案号码", "nothing = x", "DABH =", "DABH := "} {
		if _, err := register.ParseMapping(strings.NewReader(bad)); !errors.Is(err, register.ErrMapping) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
