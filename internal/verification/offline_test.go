package verification_test

import (
	"cmp"
	"errors"
	"slices"
	"testing"
	"time"

	"edl/internal/audit"
	"edl/internal/desktest"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/verification"
	"edl/livecode"
)

// reported is what a terminal queued of a code.
func reported(t *testing.T, d *desktest.Driver, text, verdict string, at time.Time) verification.Reported {
	t.Helper()
	code, err := livecode.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return verification.Reported{Digest: code.Digest(), MadeAt: code.Time(), Serial: d.Serial(), At: at, Scenario: relyingparty.PoliceCheck, Verdict: verdict, Sequence: 7, Match: verification.Same}
}

func TestReportedChecksAreSeenByTheDriverAndReplaysAreFlagged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := desktest.Open(t, db)
		d := w.Driver("holder:1", nil)
		one, two := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Desk(relyingparty.Police, relyingparty.PoliceCheck)
		text := d.Code(0)
		checkedAt := w.Now()
		w.Wait(3 * time.Hour)
		r := reported(t, d, text, "usable", checkedAt)
		for n := range 2 { // the answer was lost, and it is reported again
			replays, err := w.Checks.Report(t.Context(), one.Asker(), []verification.Reported{r})
			if err != nil || len(replays) > 0 {
				t.Fatalf("reported %d times: %v, %v", n+1, replays, err)
			}
		}
		for range 2 {
			replays, err := w.Checks.Report(t.Context(), two.Asker(), []verification.Reported{r})
			if err != nil || len(replays) != 1 || replays[0] != r.Digest {
				t.Fatalf("from another terminal: %v, %v", replays, err)
			}
		}
		list, err := w.Checks.OfDriver(t.Context(), d.LicenceID, "", 10)
		if err != nil || len(list) != 2 {
			t.Fatalf("the driver sees %d checks, %v", len(list), err)
		}
		for _, c := range list {
			if !c.At.Equal(checkedAt) || c.Outcome != verification.Usable || c.WayWords().ZH != "离线，扫码" || c.Match != verification.Same {
				t.Errorf("kept as %+v", c)
			}
		}
		flagged := 0
		for _, e := range entries(t, w, verification.ActOfflineReplay) {
			if e.Flagged {
				flagged++
			}
		}
		if flagged != 1 {
			t.Errorf("%d replays are flagged to the auditor, want 1", flagged)
		}
	})
}

func TestACodeCheckedOnlineIsAReplayWhenItIsReported(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := desktest.Open(t, db)
		d := w.Driver("holder:1", nil)
		desk, other := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Desk(relyingparty.Police, relyingparty.PoliceCheck)
		text := d.Code(0)
		if _, err := desk.Ask(relyingparty.PoliceCheck, text); err != nil {
			t.Fatal(err)
		}
		replays, err := w.Checks.Report(t.Context(), other.Asker(), []verification.Reported{reported(t, d, text, "usable", w.Now())})
		if err != nil || len(replays) != 1 {
			t.Errorf("%v, %v", replays, err)
		}
		fresh := d.Code(time.Second)
		if replays, err := w.Checks.Report(t.Context(), other.Asker(), []verification.Reported{reported(t, d, fresh, "unknown", w.Now())}); err != nil || len(replays) != 0 {
			t.Errorf("a code of its own: %v, %v", replays, err)
		}
		if _, err := desk.Ask(relyingparty.PoliceCheck, fresh); !errors.Is(err, verification.ErrReplayed) {
			t.Errorf("reported, then shown again online: %v", err)
		}
	})
}

func TestAReportedCheckSaysWhetherItsOperatorWasConfirmed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := desktest.Open(t, db)
		d := w.Driver("holder:1", nil)
		desk := w.Desk(relyingparty.Police, relyingparty.PoliceCheck)
		for n, c := range []struct {
			name, operator string
			signedIn       bool
			confirmed      bool
		}{
			{"of a terminal that says nothing", "", false, true},
			{"signed in, and reporting oneself", desk.Number, true, true},
			{"after a restart, nobody signed in", desk.Number, false, false},
			{"another's, reported by this one", "000999", true, false},
		} {
			w.Wait(time.Minute)
			r := reported(t, d, d.Code(time.Duration(n)*time.Second), "usable", w.Now())
			r.Operator, r.SignedIn = c.operator, c.signedIn
			if _, err := w.Checks.Report(t.Context(), desk.Asker(), []verification.Reported{r}); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			list, err := w.Checks.OfDriver(t.Context(), d.LicenceID, "", 1)
			if err != nil {
				t.Fatal(err)
			}
			want, words := cmp.Or(c.operator, desk.Number), "离线，扫码"
			if !c.confirmed {
				words = "离线，扫码，操作员未经确认"
			}
			if got := list[0]; got.Record.OperatorNumber != want || got.WayWords().ZH != words || got.OperatorID != desk.OperatorID {
				t.Errorf("%s: kept of %s as %s, reported by %s", c.name, got.Record.OperatorNumber, got.WayWords().ZH, got.OperatorID)
			}
		}
		flagged := 0
		for _, e := range entries(t, w, verification.ActOffline) {
			if e.Flagged && e.Detail["flags"] == string(verification.FlagUnconfirmed) {
				flagged++
			}
		}
		if flagged != 2 {
			t.Errorf("%d are put before the auditor, want 2", flagged)
		}
	})
}

func TestAReadDataCodeIsSeenByTheDriverWithWhatItGaveAndSpendsNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := desktest.Open(t, db)
		d := w.Driver("holder:1", nil)
		one, two := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Desk(relyingparty.Police, relyingparty.PoliceCheck)
		reading := func(n byte) verification.Reported {
			return verification.Reported{Data: true, Digest: [32]byte{n}, Serial: d.Serial(), At: w.Now(), Scenario: relyingparty.PoliceCheck, Verdict: "data", Status: true}
		}
		first := reading(1)
		for _, desk := range []*desktest.Desk{one, one, two} { // sent twice by one; another drew the same name
			replays, err := w.Checks.Report(t.Context(), desk.Asker(), []verification.Reported{first})
			if err != nil || len(replays) > 0 {
				t.Fatalf("%v, %v", replays, err)
			}
		}
		w.Wait(time.Minute)
		lapsed := reading(2)
		lapsed.Verdict, lapsed.Status, lapsed.Full = "data_lapsed", false, true
		if _, err := w.Checks.Report(t.Context(), one.Asker(), []verification.Reported{lapsed}); err != nil {
			t.Fatal(err)
		}
		list, err := w.Checks.OfDriver(t.Context(), d.LicenceID, "", 10)
		if err != nil || len(list) != 3 {
			t.Fatalf("the driver sees %d checks, %v", len(list), err)
		}
		gives := func(c *verification.Check, f relyingparty.Field) bool { return slices.Contains(c.Record.Given, f) }
		for n, c := range list { // newest first
			if c.Outcome != verification.NoVerdict || c.WayWords().ZH != "读取数据码，不是现场出示" || !gives(c, relyingparty.Photo) || gives(c, relyingparty.Usable) != (n > 0) || gives(c, relyingparty.Number) != (n == 0) {
				t.Errorf("%d is kept as %s, %s, giving %v", n, c.Outcome, c.WayWords().ZH, c.Record.Given)
			}
		}
		if got, want := list[0].Record.Answer.Word.ZH+list[1].Record.Answer.Word.ZH, "数据码已过期真实，不是现场出示"; got != want {
			t.Errorf("the words are %s", got)
		}
		if n := len(entries(t, w, verification.ActData)); n != 3 {
			t.Errorf("%d are in the log", n)
		}
		events := w.Events()
		if len(events) != 3 || !events[0].Data.(verification.Event).Data {
			t.Errorf("the phone was told %+v", events)
		}

		// A live code whose digest a terminal names as a reading is not spent by it.
		text := d.Code(0)
		code, err := livecode.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		thief := reading(3)
		thief.Digest, thief.MadeAt = code.Digest(), code.Time()
		if _, err := w.Checks.Report(t.Context(), two.Asker(), []verification.Reported{thief}); err != nil {
			t.Fatal(err)
		}
		c, err := one.Ask(relyingparty.PoliceCheck, text)
		if err != nil || c.Outcome != verification.Usable {
			t.Errorf("the live code: %v", err)
		}
	})
}

func TestADataCodeIsTheDriversAsLongAsItsPartLasts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := desktest.Open(t, db)
		w.OpenOffline()
		d := w.Driver("holder:1", nil)
		desk := w.Desk(relyingparty.Police, relyingparty.PoliceCheck)
		p, err := w.Offline.PartsOf(t.Context(), d.LicenceID, d.DeviceID)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the phone's serial now, and the one before, are others
			w.Wait(time.Hour)
			if _, err := w.Drivers.RenewDevice(t.Context(), audit.Program, d.DeviceID); err != nil {
				t.Fatal(err)
			}
		}
		r := verification.Reported{Data: true, Digest: [32]byte{1}, Serial: livecode.Serial(p.Serial), At: w.Now(), Scenario: relyingparty.PoliceCheck, Verdict: "data"}
		if _, err := w.Checks.Report(t.Context(), desk.Asker(), []verification.Reported{r}); err != nil {
			t.Fatal(err)
		}
		if list, err := w.Checks.OfDriver(t.Context(), d.LicenceID, "", 10); err != nil || len(list) != 1 {
			t.Errorf("the driver sees %d checks, %v", len(list), err)
		}
	})
}

func TestAReportThatNoTerminalMakesIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := desktest.Open(t, db)
		d := w.Driver("holder:1", nil)
		police, rental := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Desk(relyingparty.Rental, relyingparty.Renting)
		good := reported(t, d, d.Code(0), "usable", w.Now())
		odd := good
		odd.Verdict = "excellent"
		green, asCode, told := good, good, good
		green.Data = true // no data code is ever green
		asCode.Verdict, told.Status = "data", true
		for name, c := range map[string]struct {
			by   *desktest.Desk
			list []verification.Reported
			want error
		}{
			"another word":                     {police, []verification.Reported{odd}, verification.ErrReport},
			"a data code called usable":        {police, []verification.Reported{green}, verification.ErrReport},
			"a data code's word of a code":     {police, []verification.Reported{asCode}, verification.ErrReport},
			"a code with a data code's status": {police, []verification.Reported{told}, verification.ErrReport},
			"too many":                         {police, make([]verification.Reported, verification.MaxReported+1), verification.ErrReport},
			"a scenario that is not granted":   {rental, []verification.Reported{good}, relyingparty.ErrScenario},
		} {
			if _, err := w.Checks.Report(t.Context(), c.by.Asker(), c.list); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		stranger := good
		stranger.Serial = livecode.NewSerial()
		if replays, err := w.Checks.Report(t.Context(), police.Asker(), []verification.Reported{stranger}); err != nil || len(replays) > 0 {
			t.Errorf("of a phone that is not ours: %v, %v", replays, err)
		}
	})
}
