package verification_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/account"
	"edl/internal/desktest"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/relyingparty"
	"edl/internal/verification"
)

// nobody is a number that nobody has.
func nobody(i int) string {
	head := fmt.Sprintf("00000019700101%03d", i)
	return head + string(identity.CheckDigit(head))
}

func line(d *desktest.Driver) string {
	return string(d.Licence.Document.Number) + "," + string(d.Licence.Name) + "\n"
}

// batch hands a file in and works it through.
func batch(t *testing.T, w *desktest.World, desk *desktest.Desk, q verification.Question, file string) (*verification.Batch, [][]string) {
	t.Helper()
	b, err := w.Bulk.Start(ctx, desk.Asker(), q, strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Bulk.Work(ctx); err != nil {
		t.Fatal(err)
	}
	if b, err = w.Bulk.Follow(ctx, desk.Asker(), b.ID); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := w.Bulk.Result(ctx, desk.Asker(), b.ID, &text); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text.String(), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return b, lines[1:]
}

var hiring = verification.Question{Scenario: "transport", VehicleClass: "C1"}

// In bulk a company learns of drivers who consented; everybody else is one
// answer, whoever they are.
func TestABatchAnswersForDriversWhoConsentedAndTellsTheOthersApartInNothing(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk := w.Desk(relyingparty.Transport, "transport")
		good, held, silent := w.Driver("holder:1", nil), w.Driver("holder:2", nil), w.Driver("holder:3", nil)
		good.Authorise(desk, "transport")
		held.Authorise(desk, "transport")
		held.Status("D")
		w.Events()
		file := "\ufeff姓名,证号,备注\n" +
			string(good.Licence.Name) + "," + string(good.Licence.Document.Number) + ",x\n" +
			string(held.Licence.Name) + "," + strings.ToLower(string(held.Licence.Document.Number)) + ",\n" +
			string(silent.Licence.Name) + "," + string(silent.Licence.Document.Number) + ",\n" +
			"林晓舟," + nobody(1) + ",\n" +
			",,\n"
		b, lines := batch(t, w, desk, hiring, file)
		want := verification.Batch{Status: verification.Done, Total: 5, Done: 5, Usable: 1, Missed: 3}
		if got := (verification.Batch{Status: b.Status, Total: b.Total, Done: b.Done, Usable: b.Usable, Missed: b.Missed}); got.Status != want.Status || got.Total != 5 || got.Done != 5 || got.Usable != 1 || got.Missed != 3 {
			t.Errorf("the batch is %+v", got)
		}
		var words []string
		for _, l := range lines {
			words = append(words, l[2])
		}
		if diff := cmp.Diff([]string{"可用", "当前不能使用", "不匹配或未授权", "不匹配或未授权", "不匹配或未授权"}, words); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(lines[2][3:], lines[3][3:]); diff != "" {
			t.Errorf("no consent and nobody differ:\n%s", diff)
		}
		if text := fmt.Sprint(lines[1]); strings.Contains(text, "暂扣") {
			t.Errorf("the reason is told: %s", text)
		}
		for _, d := range []*desktest.Driver{good, held} {
			list, err := w.Checks.OfDriver(ctx, d.LicenceID, "", 5)
			if err != nil || len(list) != 1 || list[0].Way != relyingparty.InBulk {
				t.Errorf("the driver sees %+v, %v", list, err)
			}
		}
		if list, _ := w.Checks.OfDriver(ctx, silent.LicenceID, "", 5); len(list) > 0 {
			t.Error("a check of somebody who did not consent")
		}
		if told := w.Events(); len(told) != 2 {
			t.Errorf("%d phones were told", len(told))
		}
		if log := entries(t, w, verification.ActBulkRow); len(log) != 2 {
			t.Errorf("the log has %d rows", len(log))
		}
	})
}

// S39 in a file: over 5 % that are not found stop it, and the auditor is told.
func TestS39ABatchOfGuessesIsStoppedAndReported(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		w.Limiter.Rates[verification.LimitMiss] = account.Rate{Burst: 20, Every: 5 * time.Minute}
		desk, d := w.Desk(relyingparty.Transport, "transport"), w.Driver("holder:1", nil)
		d.Authorise(desk, "transport")
		file := "number,name\n"
		for i := range 600 {
			if i%10 == 0 {
				file += nobody(i) + ",林晓舟\n"
				continue
			}
			file += line(d)
		}
		b, lines := batch(t, w, desk, hiring, file)
		if b.Status != verification.Stopped || b.Done != 250 || b.Missed != 25 {
			t.Errorf("the batch is %+v", b)
		}
		if lines[250][2] != "未核查" || len(lines) != 600 {
			t.Errorf("%d lines, after the stop %v", len(lines), lines[250])
		}
		if log := entries(t, w, verification.ActBulkStopped); len(log) != 1 || !log[0].Flagged || log[0].Actor.ID != desk.OperatorID {
			t.Errorf("the auditor is told %+v", log)
		}
		if _, err := w.Bulk.Start(ctx, desk.Asker(), hiring, strings.NewReader(file)); !errors.Is(err, account.ErrLimited) {
			t.Errorf("another file at once: %v", err)
		}

		other := w.DeskOf(desk.Party) // the control: one in a hundred is a slip
		file = "number,name\n" + nobody(1) + ",林晓舟\n" + strings.Repeat(line(d), 99)
		if b, _ := batch(t, w, other, hiring, file); b.Status != verification.Done || b.Missed != 1 || b.Usable != 99 {
			t.Errorf("the control is %+v", b)
		}
	})
}

func TestS56WhichCellsAreGuarded(t *testing.T) {
	for _, c := range []struct {
		name, cell string
		guarded    bool
	}{
		{"a formula", "=1+1", true},
		{"behind a space", " =1", true},
		{"behind an ideographic space", "\u3000＝1", true},
		{"behind a space that does not break", "\u00a0@SUM(A1)", true},
		{"behind a mark that is not seen", "\u200b\ufeff-1", true},
		{"behind a tab", "\t=1", true},
		{"behind the end of a line", "\r\n+1", true},
		{"a tab before a name", "\t顾青", true},
		{"the end of a line before a name", "\r顾青", true},
		{"digits that would be rounded", "000000197001010019", true},
		{"such digits between spaces", " 000000197001010019 ", true},
		{"a name", "顾青", false},
		{"a name behind a space", " 顾青", false},
		{"a sign further in", "Ann-Mary =1", false},
		{"digits that are not rounded", "13800000000", false},
		{"a space", " ", false},
		{"nothing", "", false},
	} {
		want := c.cell
		if c.guarded {
			want = "'" + c.cell
		}
		if got := verification.Harmless(c.cell); got != want {
			t.Errorf("%s: %q, want %q", c.name, got, want)
		}
	}
}

// S56: what the asker handed in comes back as text.
func TestNoCellOfAResultIsAFormula(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk := w.Desk(relyingparty.Transport, "transport")
		nasty := []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "|calc", "000000197001010019"}
		file := "number,name\n"
		for _, s := range nasty {
			file += "\"" + s + "\",\"" + s + "\"\n"
		}
		_, lines := batch(t, w, desk, hiring, file)
		for i, l := range lines {
			for _, cell := range l[:2] {
				if !strings.HasPrefix(cell, "'") {
					t.Errorf("%q came back as %q", nasty[i], cell)
				}
			}
		}
	})
}

func TestABatchNeedsAScenarioThatLooksUpAndByLawACase(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		d := w.Driver("holder:1", nil)
		file := "number,name\n" + line(d)
		for _, c := range []struct {
			name string
			kind relyingparty.Kind
			q    verification.Question
			want error
		}{
			{"police without a case", "police", verification.Question{Scenario: "police", Reason: "专项核查"}, verification.ErrCase},
			{"police without a reason", "police", verification.Question{Scenario: "police", CaseNumber: "ZX-1"}, verification.ErrReason},
			{"police with both", "police", verification.Question{Scenario: "police", CaseNumber: "ZX-1", Reason: "专项核查"}, nil},
			{"a rental firm", "rental", verification.Question{Scenario: "rental", VehicleClass: "C1"}, verification.ErrBulkWay},
			{"a claim", "insurer", verification.Question{Scenario: "claim", VehicleClass: "C1"}, verification.ErrBulkWay},
			{"underwriting", "insurer", verification.Question{Scenario: "underwriting", VehicleClass: "C1"}, verification.ErrBulkWay},
			{"a company without a vehicle", "transport", verification.Question{Scenario: "transport"}, verification.ErrVehicle},
		} {
			desk := w.Desk(c.kind, c.q.Scenario)
			if _, err := w.Bulk.Start(ctx, desk.Asker(), c.q, strings.NewReader(file)); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		desk := w.Desk("transport", "transport")
		for file, want := range map[string]error{
			"": verification.ErrBulkFile, "1,2\n3,4\n": verification.ErrBulkFile, "number,name\n": verification.ErrBulkRows,
			"number,name\n" + strings.Repeat("1,2\n", 100_001): verification.ErrBulkRows,
		} {
			if _, err := w.Bulk.Start(ctx, desk.Asker(), hiring, strings.NewReader(file)); !errors.Is(err, want) {
				t.Errorf("%.20q: %v, want %v", file, err, want)
			}
		}
	})
}

// A batch can be cancelled, ends with its asker's grant, and is nobody else's.
func TestABatchEndsWithItsAskerAndIsNobodyElses(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		d := w.Driver("holder:1", nil)
		desk := w.Desk(relyingparty.Transport, "transport")
		d.Authorise(desk, "transport")
		file := "number,name\n" + strings.Repeat(line(d), 300)
		b, err := w.Bulk.Start(ctx, desk.Asker(), hiring, strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		other := w.DeskOf(desk.Party)
		if err := w.Bulk.Cancel(ctx, other.Asker(), b.ID); fault.Of(err) == nil {
			t.Error("a colleague cancelled it")
		}
		if err := w.Bulk.Result(ctx, desk.Asker(), b.ID, &strings.Builder{}); !errors.Is(err, verification.ErrBulkReady) {
			t.Errorf("the result of a running batch: %v", err)
		}
		if err := w.Bulk.Cancel(ctx, desk.Asker(), b.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.Bulk.Work(ctx); err != nil {
			t.Fatal(err)
		}
		if b, err = w.Bulk.Follow(ctx, desk.Asker(), b.ID); err != nil || b.Status != verification.Cancelled || b.Done != 0 {
			t.Errorf("%+v, %v", b, err)
		}
		if b, err = w.Bulk.Start(ctx, desk.Asker(), hiring, strings.NewReader(file)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Parties.Suspend(ctx, desktest.Staff, desk.Party.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.Bulk.Work(ctx); err != nil {
			t.Fatal(err)
		}
		if b, err = w.Bulk.Follow(ctx, desk.Asker(), b.ID); err != nil || b.Status != verification.Stopped || b.Usable != 0 {
			t.Errorf("suspended: %+v, %v", b, err)
		}
		list, err := w.Bulk.Batches(ctx, desk.Asker())
		if err != nil || !slices.ContainsFunc(list, func(x *verification.Batch) bool { return x.ID == b.ID }) || len(list) != 2 {
			t.Errorf("the list has %d, %v", len(list), err)
		}
	})
}
