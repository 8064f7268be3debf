package register_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/identity"
	"edl/internal/licence"
	"edl/internal/register"
	"edl/internal/store"
	"edl/internal/storetest"
)

var ctx = context.Background()

// start is when every test begins: Friday, 2026-10-09 10:32 in Shanghai.
var start = time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC)

var feeder = audit.Actor{Kind: audit.ByFeed, ID: "importer"}

// office is a register with its database and a clock set by hand.
type office struct {
	*register.Service
	t       testing.TB
	db      *store.DB
	now     time.Time
	told    []string // licences whose open pages were told that they changed
	written []string // and that a message came
}

func newOffice(t testing.TB, db *store.DB) *office {
	o := &office{t: t, db: db, now: start}
	o.Service = &register.Service{
		InTx: store.In[register.Tx](db), Read: store.Read[register.Tx](db), Now: func() time.Time { return o.now },
		Publish: func(id, event string, _ any) {
			if event == "message" {
				o.written = append(o.written, id)
			} else {
				o.told = append(o.told, id)
			}
		},
	}
	return o
}

// later moves the clock.
func (o *office) later(d time.Duration) { o.now = o.now.Add(d) }

// file imports text and fails the test if that fails.
func (o *office) file(text string) *register.Report {
	o.t.Helper()
	r, err := o.try(text, register.Options{GoOn: true})
	if err != nil {
		o.t.Fatal(err)
	}
	return r
}

func (o *office) try(text string, opt register.Options) (*register.Report, error) {
	o.later(time.Minute)
	return o.Import(ctx, feeder, textFile(text), opt)
}

func textFile(text string) register.File {
	return register.File{Name: "register.csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}

func (o *office) entry(file licence.FileNumber) *register.Entry {
	o.t.Helper()
	var e *register.Entry
	storetest.View(o.t, o.db, func(tx *store.Tx) (err error) {
		e, err = tx.LicenceByFile(ctx, file)
		return err
	})
	return e
}

// row is one line of a file, changed as a test needs it.
type row map[string]string

var header = []string{"DABH", "document_type", "SFZMHM", "XM", "address", "phone", "ZJCX", "class_since", "CCLZRQ", "YXQS", "YXQZ", "ZT", "extension_until", "LJJF", "FZJG", "QFRQ", "GXSJ"}

// person is the n-th invented driver.
func person(n int, changes row) row {
	birth := civil.D(1970, 1, 1).AddDays(n % 10_000)
	first := fmt.Sprintf("000000%s%03d", strings.ReplaceAll(birth.String(), "-", ""), n%1000)
	r := row{
		"DABH": fmt.Sprintf("%012d", n), "document_type": "A", "SFZMHM": first + string(identity.CheckDigit(first)), "XM": "林知夏",
		"address": "示范市安澜区云水路18号", "phone": fmt.Sprintf("139%08d", n), "ZJCX": "C1", "class_since": "C1:2016-12-28", "CCLZRQ": "2016-12-28",
		"YXQS": "2022-12-28", "YXQZ": "2032-12-28", "ZT": "A", "extension_until": "", "LJJF": "3", "FZJG": "示范市公安局交通管理局", "QFRQ": "2022-12-20", "GXSJ": "",
	}
	for k, v := range changes {
		r[k] = v
	}
	return r
}

func csv(rows ...row) string {
	var b strings.Builder
	b.WriteString(strings.Join(header, ",") + "\n")
	for _, r := range rows {
		for i, name := range header {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(r[name])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestAFileIsImportedOnceAndFoundByEveryKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		text := csv(person(1, nil), person(2, row{"XM": "欧阳𠮷"}), person(3, row{"phone": ""}))
		if r := o.file(text); r.Lines != 3 || r.Applied != 3 || r.Refused != 0 {
			t.Fatalf("%+v", r)
		}
		e := o.entry("000000000002")
		if e.Licence.Name != "欧阳𠮷" || e.Licence.Nationality != "中国" || e.State(o.now).Worst != licence.Normal || !e.Usable(o.now) {
			t.Errorf("%+v", e.Licence)
		}
		storetest.View(t, db, func(tx *store.Tx) error {
			byNumber, err := tx.LicencesByNumber(ctx, e.Licence.Document.Number)
			byPhone, err2 := tx.LicencesByPhone(ctx, "13900000002")
			byName, err3 := tx.LicencesByName(ctx, "欧阳𠮷")
			byID, err4 := tx.LicenceByID(ctx, e.ID)
			for _, found := range [][]*register.Entry{byNumber, byPhone, byName, {byID}} {
				if len(found) != 1 || found[0].ID != e.ID {
					t.Errorf("found %v", found)
				}
			}
			return errors.Join(err, err2, err3, err4)
		})
		r := o.file(text)
		if r.Applied != 0 || r.Unchanged != 3 {
			t.Errorf("again: %+v", r)
		}
		if r := o.file(csv(person(2, row{"XM": "欧阳𠮷"}))); r.Unchanged != 1 {
			t.Errorf("a part of it: %+v", r)
		}
		if again := o.entry("000000000002"); again.Version != e.Version || again.VersionID != e.VersionID {
			t.Error("something was written")
		}
	})
}

type ctxType = context.Context

// checked completes a citizen's number.
func checked(first17 string) string { return first17 + string(identity.CheckDigit(first17)) }

func licenceFile(s string) licence.FileNumber { return licence.FileNumber(s) }
