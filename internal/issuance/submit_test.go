package issuance_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/account"
	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/credential"
	"edl/internal/identity"
	"edl/internal/issuance"
	"edl/internal/licence"
	"edl/internal/notification"
	"edl/internal/photo"
	"edl/internal/store"
	"edl/internal/storetest"
)

func TestTheDirectWayIssuesWithinTheCall(t *testing.T) {
	each(t, func(d *desk) {
		t := d.t
		if err := d.SetNumbering(ctx, reviewer("admin"), credential.Numbering{TypeCode: "TESTTYPE", IssuerCode: "340100"}); err != nil {
			t.Fatal(err)
		}
		id := d.add("route:onfile")
		o, err := d.Options(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if o.Refusal != nil || !o.Direct || o.Kind != application.First || o.Routes[0] != application.OnFile || o.OnFile == nil {
			t.Errorf("the direct way is not offered: %+v", o)
		}
		c := d.apply(id, application.First, application.OnFile, "")
		if c.Status != application.Issued || c.Number != "SQ2610090001" {
			t.Errorf("%s stands at %s", c.Number, c.Status)
		}
		e := d.electronic(id)
		want := &credential.Electronic{
			ID: e.ID, LicenceID: id, Identifier: "1.2.156.3005.2.TESTTYPE.340100.2610090001.001.T", IdentifierVersion: 1,
			RegisterVersionID: d.entry(id).VersionID, PhotoID: d.entry(id).PhotoID, ValidTo: d.entry(id).Licence.ValidTo, IssuedAt: start, Version: 1,
		}
		if diff := cmp.Diff(want, e); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]audit.Action{issuance.ActSubmit, issuance.ActIssue}, d.deeds(id)); diff != "" {
			t.Error(diff)
		}
		box := d.inbox(id)
		if len(box) != 1 || box[0].Kind != notification.Electronic || !strings.Contains(box[0].Body.ZH, e.Identifier) || box[0].Link != "#/licence" {
			t.Errorf("the message: %+v", box)
		}
		if diff := cmp.Diff([]string{"application", "message", "state"}, d.saw); diff != "" {
			t.Error(diff)
		}
		d.verifies(id)
	})
}

// verifies checks that each electronic licence of a driver is the statement
// that the authority signed, made anew from what is kept.
func (d *desk) verifies(id string) {
	d.t.Helper()
	for _, i := range d.intents(id) {
		var l licence.Licence
		storetest.View(d.t, d.db, func(tx *store.Tx) (err error) { l, err = tx.LicenceVersion(ctx, id, i.RegisterVersionID); return err })
		if err := d.Issuer.Verify(i.Statement(l), i.KeyID, i.Signature); err != nil {
			d.t.Errorf("%s: %v", i.ID, err)
		}
	}
}

// R10 and the table of statuses: what forbids an application, and with which
// sentence it is said.
func TestWhichStatusesAllowAnApplication(t *testing.T) {
	refused := map[licence.Letter]error{
		"B": licence.ErrApplyPointsFull, "D": licence.ErrApplySuspended, "K": licence.ErrApplySeized, "U": licence.ErrApplyDetained,
		"M": licence.ErrApplyNotRenewed, "S": licence.ErrApplyNotReviewed, "L": licence.ErrApplyAbnormal, "J": licence.ErrApplyAbnormal,
		"E": licence.ErrApplyAnnulled, "F": licence.ErrApplyRevoked, "G": licence.ErrApplyCancelled, "R": licence.ErrApplyRecoverable,
		"C": licence.ErrApplyMovedOut, "Z": licence.ErrApplyWindow,
	}
	each(t, func(d *desk) {
		for _, letter := range licence.Letters() {
			id := d.add(letter.Key())
			o, err := d.Options(ctx, id)
			if err != nil {
				d.t.Fatal(err)
			}
			_, err = d.try(id, application.First, application.OnFile, "")
			if want := refused[letter]; !errors.Is(err, want) || !errors.Is(o.Refusal, want) || want != nil && o.Checks[0].OK {
				d.t.Errorf("%s: offered %v, submitted %v, want %v", letter, o.Refusal, err, want)
			}
		}
	})
}

func TestOfSeveralStatusesTheWorstDecides(t *testing.T) {
	each(t, func(d *desk) {
		for set, want := range map[string]error{"BDJ": licence.ErrApplyAbnormal, "AH": nil, "DK": licence.ErrApplySuspended, "NA": nil, "EF": licence.ErrApplyAnnulled} {
			if _, err := d.try(d.add("status:"+set), application.First, application.OnFile, ""); !errors.Is(err, want) {
				d.t.Errorf("%s: %v, want %v", set, err, want)
			}
		}
	})
}

func TestWhileTheRegisterIsToBeVerifiedNothingIsIssued(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:onfile")
		d.garble(id)
		o, err := d.Options(ctx, id)
		if err != nil || !errors.Is(o.Refusal, issuance.ErrPending) {
			d.t.Errorf("offered: %v, %v", o.Refusal, err)
		}
		if _, err := d.try(id, application.First, application.OnFile, ""); !errors.Is(err, issuance.ErrPending) {
			d.t.Errorf("submitted: %v", err)
		}
	})
}

// R13: only a resident's second-generation card, its photo at most ten years old.
func TestWhereTheDirectWayIsClosed(t *testing.T) {
	each(t, func(d *desk) {
		cases := map[string]func(*licence.Licence){
			"route:album":    func(*licence.Licence) {},
			"route:oldphoto": func(*licence.Licence) {},
			"route:onfile":   func(l *licence.Licence) { l.Photo.Source = licence.FromLicence },
			"holder:1":       func(l *licence.Licence) { l.Photo.TakenOn = civil.Date{} },
			"document:F": func(l *licence.Licence) {
				l.Photo = licence.Photo{Source: licence.FromIdentityCard, TakenOn: day(2026, 1, 1)}
			},
			"document:M": func(l *licence.Licence) {
				l.Photo = licence.Photo{Source: licence.FromIdentityCard, TakenOn: day(2026, 1, 1)}
			},
		}
		for key, change := range cases {
			id := d.add(key, change)
			o, err := d.Options(ctx, id)
			if err != nil {
				d.t.Fatal(err)
			}
			if o.Direct || !slices.Equal(o.Routes, []application.Route{application.Album, application.Camera}) {
				d.t.Errorf("%s: routes %v", key, o.Routes)
			}
			if _, err := d.try(id, application.First, application.OnFile, ""); !errors.Is(err, issuance.ErrDirectClosed) {
				d.t.Errorf("%s: %v", key, err)
			}
		}
		for _, class := range []licence.Class{licence.D, licence.E, licence.F} { // these alone may apply as well
			if c := d.apply(d.add("class:"+string(class)), application.First, application.OnFile, ""); c.Status != application.Issued {
				d.t.Errorf("class %s: %s", class, c.Status)
			}
		}
	})
}

func TestBothConsentsAreNeededAndKeptOnce(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:onfile")
		for what, c := range map[string]issuance.Consents{
			"none": {}, "face alone": {Face: true, Version: account.ConsentVersion}, "number alone": {IdentityNumber: true, Version: account.ConsentVersion},
			"an old notice": {IdentityNumber: true, Face: true, Version: "2020-01"},
		} {
			if _, err := d.Submit(ctx, driver(id), issuance.Submission{LicenceID: id, Kind: application.First, Route: application.OnFile, Consents: c}); !errors.Is(err, account.ErrConsent) {
				d.t.Errorf("%s: %v", what, err)
			}
		}
		d.hold(id)
		d.change(id, func(l *licence.Licence) { l.Classes = append(l.Classes, licence.ClassRecord{Class: licence.D}) })
		d.apply(id, application.Reapply, application.Reuse, "")
		var kept []account.ConsentKind
		storetest.View(d.t, d.db, func(tx *store.Tx) error {
			list, err := tx.Consents(ctx, id)
			for _, c := range list {
				kept = append(kept, c.Kind)
			}
			slices.Sort(kept)
			return err
		})
		if diff := cmp.Diff([]account.ConsentKind{account.Face, account.IdentityNumber}, kept); diff != "" {
			d.t.Error(diff)
		}
	})
}

func TestTheSameKeyAgainIsTheSameApplication(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:album")
		sub := issuance.Submission{LicenceID: id, Kind: application.First, Route: application.Album, PhotoID: d.upload(id, photo.FromAlbum), Consents: consents, Declared: allRules(), Key: "k1"}
		first, err := d.Submit(ctx, driver(id), sub)
		if err != nil {
			d.t.Fatal(err)
		}
		again, err := d.Submit(ctx, driver(id), sub)
		if err != nil || again.ID != first.ID || again.Number != first.Number {
			d.t.Errorf("the retry: %v, %v", again, err)
		}
		other := sub
		other.PhotoID = d.upload(id, photo.FromAlbum)
		if _, err := d.Submit(ctx, driver(id), other); !errors.Is(err, issuance.ErrKeyReused) {
			d.t.Errorf("other content under the key: %v", err)
		}
		other.Key = "k2"
		if _, err := d.Submit(ctx, driver(id), other); !errors.Is(err, application.ErrOpen) {
			d.t.Errorf("another while one is open: %v", err)
		}
	})
}

// hundred presses at once; it returns how many made an application and the
// errors of the others.
func hundred(press func(n int) (*issuance.Case, error)) (ids map[application.ID]int, others map[string]int) {
	ids, others = map[application.ID]int{}, map[string]int{}
	var mu sync.Mutex
	var wait sync.WaitGroup
	for n := range 100 {
		wait.Go(func() {
			c, err := press(n)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, application.ErrOpen):
				others["open"]++
			case errors.Is(err, application.ErrHeld):
				others["held"]++
			case err != nil:
				others[err.Error()]++
			default:
				ids[c.ID]++
			}
		})
	}
	wait.Wait()
	return ids, others
}

func TestOfAHundredPressesAtOnceOneCounts(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:onfile")
		ids, others := hundred(func(int) (*issuance.Case, error) { return d.try(id, application.First, application.OnFile, "") })
		if len(ids) != 1 || others["open"]+others["held"] != 99 {
			d.t.Errorf("without a key: %v made, others %v", ids, others)
		}
		if got := d.intents(id); len(got) != 1 || got[0].Status != issuance.Issued {
			d.t.Errorf("signed %d times", len(got))
		}

		id = d.add("route:album")
		photoID := d.upload(id, photo.FromAlbum)
		ids, others = hundred(func(int) (*issuance.Case, error) { return d.try(id, application.First, application.Album, photoID) })
		if len(ids) != 1 || others["open"] != 99 {
			d.t.Errorf("for review: %v made, others %v", ids, others)
		}

		id = d.add("route:camera")
		photoID = d.upload(id, photo.FromCamera)
		ids, others = hundred(func(int) (*issuance.Case, error) {
			return d.Submit(ctx, driver(id), issuance.Submission{LicenceID: id, Kind: application.First, Route: application.Camera, PhotoID: photoID, Consents: consents, Declared: allRules(), Key: "press"})
		})
		if len(ids) != 1 || len(others) != 0 {
			d.t.Errorf("with one key: %v made, others %v", ids, others)
		}
	})
}

// Somebody with the database in hand, or a workflow with a mistake, still
// cannot make a second of what must be one.
func TestWritingPastTheWorkflowIsRefusedByTheDatabase(t *testing.T) {
	each(t, func(d *desk) {
		holder, waiting := d.add("holder:1"), d.add("route:album")
		d.hold(holder)
		c := d.apply(waiting, application.First, application.Album, d.upload(waiting, photo.FromAlbum))
		i := d.intents(holder)[0]
		sql := func(what, statement string, args ...any) {
			d.t.Helper()
			if err := storetest.TryExec(d.db, statement, args...); err == nil {
				d.t.Errorf("the database took %s", what)
			}
		}
		again := *c
		again.ID, again.Number, again.Version = "another", "SQ2610099999", 1
		if err := d.db.Update(ctx, func(tx *store.Tx) error { return tx.AddCase(ctx, &again) }); !errors.Is(err, application.ErrOpen) {
			d.t.Errorf("a second open application: %v", err)
		}
		e := *d.electronic(holder)
		e.ID, e.IdentifierVersion, e.Version = "another", 2, 0
		if err := d.db.Update(ctx, func(tx *store.Tx) error { return tx.SaveElectronic(ctx, &e) }); err == nil {
			d.t.Error("the database took a second electronic licence in force")
		}
		second := *i
		second.ID, second.Status = "another", issuance.Prepared
		if err := d.db.Update(ctx, func(tx *store.Tx) error { return tx.AddIntent(ctx, &second) }); err == nil {
			d.t.Error("the database took a second intent of one application")
		}
		resigned := *i
		resigned.Signature = make([]byte, 64)
		if err := d.db.Update(ctx, func(tx *store.Tx) error { return tx.SaveIntent(ctx, &resigned) }); err == nil {
			d.t.Error("the database took another signature of one intent")
		}
		sql("an approval without a decision", `UPDATE application SET status = 'approved' WHERE id = $1`, c.ID)
		sql("an issue without a decision", `UPDATE application SET status = 'issued', ended_at = 1 WHERE id = $1`, c.ID)
		sql("a status that does not exist", `UPDATE application SET status = 'granted' WHERE id = $1`, c.ID)
		sql("an issue without a signature", `UPDATE issuance SET signature = '' WHERE id = $1`, i.ID)
		sql("a clerk who decides on their own case", `UPDATE application SET clerk = 'x', route = 'window', decided_by = 'x' WHERE id = $1`, c.ID)
	})
}

func TestNumbersCountWithinTheDayAndTheLetters(t *testing.T) {
	each(t, func(d *desk) {
		var got []application.Number
		for _, key := range []string{"holder:1", "holder:2"} {
			got = append(got, d.apply(d.add(key), application.First, application.OnFile, "").Number)
		}
		id := d.add("holder:3")
		d.hold(id)
		got = append(got, d.apply(id, application.Photo, application.Camera, d.upload(id, photo.FromCamera)).Number)
		d.later(24 * time.Hour)
		got = append(got, d.apply(d.add("holder:4"), application.First, application.OnFile, "").Number)
		if diff := cmp.Diff([]application.Number{"SQ2610090001", "SQ2610090002", "SF2610090001", "SQ2610100001"}, got); diff != "" {
			d.t.Error(diff)
		}
	})
}

func TestDocumentsOfEveryTypeTakeTheWaysOfThePhoto(t *testing.T) {
	each(t, func(d *desk) {
		for _, documentType := range identity.DocumentTypes {
			if documentType == identity.ResidentCard {
				continue
			}
			id := d.add("document:" + string(documentType))
			c := d.apply(id, application.First, application.Camera, d.upload(id, photo.FromCamera))
			if c.Status != application.Submitted {
				d.t.Errorf("%s: %s", documentType, c.Status)
			}
		}
	})
}

// Drivers whose rows lie side by side press at once: PostgreSQL takes them for
// interfering, and all the same none of them is turned away.
func TestNeighboursWhoPressAtOnceAreAllServed(t *testing.T) {
	each(t, func(d *desk) {
		ids := d.bulk(400)
		turn := make(chan struct{}, 64)
		var wait sync.WaitGroup
		for _, id := range ids {
			turn <- struct{}{}
			wait.Go(func() {
				defer func() { <-turn }()
				if c, err := d.try(id, application.First, application.OnFile, ""); err != nil || c.Status != application.Issued {
					d.t.Errorf("%v, %v", c, err)
				}
			})
		}
		wait.Wait()
	})
}
