package register_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"edl/internal/register"
	"edl/internal/storetest"
)

func TestTheTemplateIsAFileThatCanBeImported(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	f := register.File{Name: "template.csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(register.Template())), nil }}
	r, err := o.Import(ctx, feeder, f, register.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Applied != 3 || r.Refused != 0 || len(r.Unknown) > 0 {
		t.Fatalf("%+v", r)
	}
	e := o.entry("000000000037")
	if got, want := e.Licence.Address, `示范市安澜区云水路18号，"和苑"3栋`; got != want {
		t.Errorf("address %q, want %q", got, want)
	}
	if !e.Licence.HearingAid || e.Licence.Nationality != "丹麦" {
		t.Errorf("%+v", e.Licence)
	}
}

// The document's list of columns is the table's. Where it is not, run the test
// with EDL_UPDATE=1.
func TestTheDocumentListsTheColumns(t *testing.T) {
	const open, end = "<!-- columns: generated, see TestTheDocumentListsTheColumns -->\n", "<!-- end of columns -->\n"
	path := filepath.Join("..", "..", "docs", "import.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), open)
	inside, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the columns", path)
	}
	if os.Getenv("EDL_UPDATE") != "" {
		if err := os.WriteFile(path, []byte(before+open+register.ColumnTable()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if inside != register.ColumnTable() {
		t.Errorf("%s lists other columns than the program has; run this test with EDL_UPDATE=1", path)
	}
}
