package relyingparty_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/desktest"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
)

var ctx = context.Background()

var visitor = audit.Actor{Kind: audit.ByVisitor, ID: "anonymous"}

func each(t *testing.T, f func(t *testing.T, w *desktest.World)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(t, desktest.Open(t, db)) })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func is(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) || want == nil && got != nil {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestAnEnrolmentCodeServesOneDeviceOnce(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		p, err := w.Parties.Add(ctx, desktest.Staff, w.Form(relyingparty.Rental, "rental"))
		must(t, err)
		code, expires, err := w.Parties.NewCode(ctx, desktest.Staff, p.ID, relyingparty.CodeLife)
		must(t, err)
		if raw, err := base64.RawURLEncoding.DecodeString(code); err != nil || len(raw)*8 < 128 || !expires.Equal(w.Now().Add(relyingparty.CodeLife)) {
			t.Errorf("the code %q has %d bits and ends %v", code, len(raw)*8, expires)
		}
		key, other := desktest.NewKey(t), desktest.NewKey(t)
		enrol := func(e relyingparty.Enrolment) (*relyingparty.Terminal, error) {
			terminal, _, err := w.Parties.Enrol(ctx, visitor, "address", e)
			return terminal, err
		}
		_, err = enrol(desktest.Enrolment("guessed", key))
		is(t, "a guessed code", err, relyingparty.ErrEnrolCode)
		stolen := desktest.Enrolment(code, key)
		stolen.PublicKey = desktest.Point(other)
		_, err = enrol(stolen)
		is(t, "a key that is not held", err, relyingparty.ErrTerminalProof)
		nowhere := desktest.Enrolment(code, key)
		nowhere.Place = " "
		_, err = enrol(nowhere)
		is(t, "no place", err, relyingparty.ErrPlace)
		odd := desktest.Enrolment(code, key)
		odd.PublicKey = odd.PublicKey[1:]
		_, err = enrol(odd)
		is(t, "a key that is none", err, relyingparty.ErrTerminalKey)

		first, err := enrol(desktest.Enrolment(code, key))
		must(t, err)
		again, err := enrol(desktest.Enrolment(code, key)) // the answer was lost on the way
		must(t, err)
		if first.ID != again.ID || first.Number != "T-0001" {
			t.Errorf("%+v, then %+v", first, again)
		}
		_, err = enrol(desktest.Enrolment(code, other))
		is(t, "another device with the code", err, relyingparty.ErrEnrolCode)

		late, _, err := w.Parties.NewCode(ctx, desktest.Staff, p.ID, time.Hour)
		must(t, err)
		w.Wait(time.Hour)
		_, err = enrol(desktest.Enrolment(late, other))
		is(t, "an hour after its hour", err, relyingparty.ErrEnrolCode)
		third, _, err := w.Parties.NewCode(ctx, desktest.Staff, p.ID, time.Hour)
		must(t, err)
		_, err = w.Parties.Suspend(ctx, desktest.Staff, p.ID)
		must(t, err)
		_, err = enrol(desktest.Enrolment(third, other))
		is(t, "of a suspended party", err, relyingparty.ErrPartySuspended)
		d, err := w.Parties.Party(ctx, p.ID)
		must(t, err)
		if len(d.Terminals) != 1 || len(d.Codes) != 3 || d.Tally.Terminals != 1 {
			t.Errorf("the party has %d terminals and %d codes, %+v", len(d.Terminals), len(d.Codes), d.Tally)
		}
	})
}

func TestOneCodeUsedByManyDevicesAtOnceEnrolsOne(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		p, err := w.Parties.Add(ctx, desktest.Staff, w.Form(relyingparty.Rental, "rental"))
		must(t, err)
		code, _, err := w.Parties.NewCode(ctx, desktest.Staff, p.ID, time.Hour)
		must(t, err)
		var wait sync.WaitGroup
		var mu sync.Mutex
		enrolled := 0
		for range 20 {
			key := desktest.NewKey(t)
			wait.Go(func() {
				_, _, err := w.Parties.Enrol(ctx, visitor, "address", desktest.Enrolment(code, key))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					enrolled++
				} else if !errors.Is(err, relyingparty.ErrEnrolCode) {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if enrolled != 1 {
			t.Errorf("%d devices were enrolled", enrolled)
		}
	})
}

func TestAnOperatorSignsInByTheTerminalsKeyAndThePIN(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk := w.Desk(relyingparty.Police, "police")
		session, token, err := desk.SignIn(desk.PIN)
		must(t, err)
		if !session.MustChange || session.PartyID != desk.Party.ID || session.OperatorID != desk.OperatorID || session.TerminalID != desk.TerminalID {
			t.Errorf("the session is %+v", session)
		}
		found, err := w.Sessions.Find(ctx, account.TerminalPop, token)
		must(t, err)
		shift, err := w.Parties.Shift(ctx, found)
		must(t, err)
		if len(shift.Scenarios) != 1 || shift.Scenarios[0].ID != "police" || shift.Operator.Name != "沈望舒" {
			t.Errorf("the shift is %+v", shift)
		}
		for _, weak := range []string{"111111", "123456", "654321", "121212", "123123", "12345", "1234567", "12345a", "１２３４５６", desk.PIN} {
			is(t, "the PIN "+weak, w.Parties.ChangePIN(ctx, session, desk.PIN, weak), relyingparty.ErrWeakPIN)
		}
		is(t, "the old PIN wrong", w.Parties.ChangePIN(ctx, session, "000001", "274613"), relyingparty.ErrPIN)
		must(t, w.Parties.ChangePIN(ctx, session, desk.PIN, "274613"))
		found, err = w.Sessions.Find(ctx, account.TerminalPop, token)
		must(t, err)
		if found.MustChange {
			t.Error("the PIN must still be changed")
		}
		_, _, err = desk.SignIn(desk.PIN)
		is(t, "the handed-out PIN afterwards", err, relyingparty.ErrPIN)
		session, _, err = desk.SignIn("274613")
		must(t, err)
		if session.MustChange {
			t.Error("a PIN of one's own must be changed")
		}
	})
}

// S37: a proof serves its terminal, its operator and its moment, once.
func TestATerminalsProofServesOnceAndNoOther(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk := w.Desk(relyingparty.Police, "police")
		other := w.DeskOf(desk.Party)
		signIn := func(change func(p *relyingparty.Proof)) error {
			challenge, err := w.Parties.Challenge(ctx, "address", desk.TerminalID)
			must(t, err)
			proof := desk.Proof(challenge)
			change(&proof)
			_, _, err = w.Parties.SignIn(ctx, "address", relyingparty.SignIn{Proof: proof, PIN: desk.PIN})
			return err
		}
		is(t, "as it should be", signIn(func(*relyingparty.Proof) {}), nil)
		is(t, "another terminal's key", signIn(func(p *relyingparty.Proof) { p.Signature = other.Proof(p.Challenge).Signature }), relyingparty.ErrTerminalProof)
		is(t, "another operator than was signed for", signIn(func(p *relyingparty.Proof) { p.OperatorNumber = other.Number }), relyingparty.ErrTerminalProof)
		is(t, "another terminal's challenge", signIn(func(p *relyingparty.Proof) {
			p.TerminalID = other.TerminalID
			p.Signature = desktest.Sign(other.Key, relyingparty.SessionProof(desktest.Origin, p.Challenge, desk.Number))
		}), relyingparty.ErrTerminalProof)
		is(t, "signed for another site", signIn(func(p *relyingparty.Proof) {
			p.Signature = desktest.Sign(desk.Key, relyingparty.SessionProof("https://elsewhere.example", p.Challenge, desk.Number))
		}), relyingparty.ErrTerminalProof)
		is(t, "a challenge made up", signIn(func(p *relyingparty.Proof) { *p = desk.Proof("AAAA" + p.Challenge[4:]) }), relyingparty.ErrTerminalProof)
		is(t, "an unknown terminal", signIn(func(p *relyingparty.Proof) { p.TerminalID = "nothing" }), relyingparty.ErrTerminalProof)
		var spent relyingparty.Proof
		is(t, "to be repeated", signIn(func(p *relyingparty.Proof) { spent = *p }), nil)
		is(t, "repeated", signIn(func(p *relyingparty.Proof) { *p = spent }), relyingparty.ErrTerminalProof)
		is(t, "two minutes late", signIn(func(*relyingparty.Proof) { w.Wait(2*time.Minute + time.Second) }), relyingparty.ErrTerminalProof)
		is(t, "as it should be, again", signIn(func(*relyingparty.Proof) {}), nil)
	})
}

func TestAPINIsTriedFiveTimesHoweverManyTriesArriveTogether(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk := w.Desk(relyingparty.Police, "police")
		var wait sync.WaitGroup
		var mu sync.Mutex
		got := map[error]int{}
		for i := range 12 {
			wait.Go(func() {
				_, _, err := desk.SignIn(fmt.Sprintf("%06d", 500000+i))
				mu.Lock()
				defer mu.Unlock()
				for _, known := range []error{relyingparty.ErrPIN, relyingparty.ErrLocked} {
					if errors.Is(err, known) {
						got[known]++
					}
				}
			})
		}
		wait.Wait()
		if got[relyingparty.ErrPIN] > 4 || got[relyingparty.ErrPIN]+got[relyingparty.ErrLocked] != 12 {
			t.Errorf("wrong %d, locked %d of 12", got[relyingparty.ErrPIN], got[relyingparty.ErrLocked])
		}
		_, _, err := desk.SignIn(desk.PIN)
		is(t, "the right PIN while locked", err, relyingparty.ErrLocked)
		var retry *fault.Retry
		if !errors.As(err, &retry) || retry.After != 15*time.Minute {
			t.Errorf("to wait: %v", err)
		}
		other := w.DeskOf(desk.Party)
		_, _, err = other.SignIn(other.PIN)
		is(t, "a colleague meanwhile", err, nil)
		w.Wait(15 * time.Minute)
		_, _, err = desk.SignIn(desk.PIN)
		is(t, "when the lock is over", err, nil)
		for range 4 {
			_, _, err = desk.SignIn("500000")
			is(t, "wrong again", err, relyingparty.ErrPIN)
		}
		_, _, err = desk.SignIn("500000")
		is(t, "wrong for the fifth time", err, relyingparty.ErrLocked)
		pin, err := w.Parties.ResetPIN(ctx, desktest.Staff, desk.OperatorID)
		must(t, err)
		session, _, err := desk.SignIn(pin)
		must(t, err)
		if !session.MustChange {
			t.Error("a PIN that was handed out need not be changed")
		}
		is(t, "an unknown operator", func() error { desk.Number = "999999"; _, _, err := desk.SignIn(pin); return err }(), relyingparty.ErrPIN)
	})
}

// A suspension ends what is open and keeps out whoever comes.
func TestASuspensionEndsSessionsAndKeepsPeopleOut(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		for name, c := range map[string]struct {
			suspend, resume func(d *desktest.Desk) error
			want            error
		}{
			"party": {
				func(d *desktest.Desk) error {
					_, err := w.Parties.Suspend(ctx, desktest.Staff, d.Party.ID)
					return err
				},
				func(d *desktest.Desk) error {
					_, err := w.Parties.Resume(ctx, desktest.Staff, d.Party.ID)
					return err
				}, relyingparty.ErrPartySuspended},
			"terminal": {
				func(d *desktest.Desk) error { return w.Parties.SuspendTerminal(ctx, desktest.Staff, d.TerminalID) },
				func(d *desktest.Desk) error { return w.Parties.ResumeTerminal(ctx, desktest.Staff, d.TerminalID) }, relyingparty.ErrTerminalSuspended},
			"operator": {
				func(d *desktest.Desk) error { return w.Parties.SuspendOperator(ctx, desktest.Staff, d.OperatorID) },
				func(d *desktest.Desk) error { return w.Parties.ResumeOperator(ctx, desktest.Staff, d.OperatorID) }, relyingparty.ErrOperatorSuspended},
		} {
			desk := w.Desk(relyingparty.Police, "police")
			session, token, err := desk.SignIn(desk.PIN)
			must(t, err)
			must(t, c.suspend(desk))
			_, err = w.Sessions.Find(ctx, account.TerminalPop, token)
			is(t, name+": the open session", err, account.ErrSignedOut)
			_, err = w.Parties.Shift(ctx, session)
			is(t, name+": what it may ask", err, c.want)
			_, _, err = desk.SignIn(desk.PIN)
			is(t, name+": another sign-in", err, c.want)
			must(t, c.resume(desk))
			_, _, err = desk.SignIn(desk.PIN)
			is(t, name+": resumed", err, nil)
		}
	})
}

func TestAPartyIsGrantedOnlyWhatItsKindMayHave(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		for _, c := range []struct {
			name   string
			change func(f *relyingparty.Form)
			want   error
		}{
			{"as it should be", func(*relyingparty.Form) {}, nil},
			{"the police scenario for a rental firm", func(f *relyingparty.Form) { f.Scenarios = []relyingparty.ScenarioID{"rental", "police"} }, relyingparty.ErrGrant},
			{"a scenario that there is not", func(f *relyingparty.Form) { f.Scenarios = []relyingparty.ScenarioID{"rescue"} }, relyingparty.ErrGrant},
			{"no name", func(f *relyingparty.Form) { f.Name = "  " }, relyingparty.ErrName},
			{"a name that turns the writing round", func(f *relyingparty.Form) { f.Name = "示例\u202e单位" }, relyingparty.ErrName},
			{"no contact", func(f *relyingparty.Form) { f.Contact = "" }, relyingparty.ErrContact},
			{"a telephone in words", func(f *relyingparty.Form) { f.Phone = "call us" }, relyingparty.ErrPhone},
			{"an unknown kind", func(f *relyingparty.Form) { f.Kind = "bank" }, relyingparty.ErrKind},
		} {
			f := w.Form(relyingparty.Rental, "rental")
			c.change(&f)
			p, err := w.Parties.Add(ctx, desktest.Staff, f)
			is(t, c.name, err, c.want)
			if err == nil {
				_, err = w.Parties.Add(ctx, desktest.Staff, f)
				is(t, "the same body twice", err, relyingparty.ErrPartyHere)
				f.Kind = relyingparty.Insurer
				_, err = w.Parties.Change(ctx, desktest.Staff, p.ID, f)
				is(t, "another kind that may not have it", err, relyingparty.ErrGrant)
			}
		}
	})
}

// R9: a scenario is added and switched on without a new program, and never
// gives what the law leaves to police and windows.
func TestAnAddedScenarioWorksAndIsBound(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		chauffeur := relyingparty.Scenario{
			ID: "chauffeur", Name: lang.T("代驾核验", "Chauffeur"), Kinds: []relyingparty.Kind{relyingparty.Other},
			Ways: []relyingparty.Way{relyingparty.ByCode}, Asks: []relyingparty.Ask{relyingparty.AskVehicle},
			Fields: []relyingparty.Field{"usable", "photo", "class_covers", "years_driving"},
		}
		for _, c := range []struct {
			name   string
			change func(s *relyingparty.Scenario)
			want   error
		}{
			{"by number", func(s *relyingparty.Scenario) { s.Ways = []relyingparty.Way{"code", "number"} }, relyingparty.ErrScenarioWays},
			{"reasons", func(s *relyingparty.Scenario) { s.Fields = append(s.Fields, "causes") }, relyingparty.ErrScenarioFields},
			{"the address", func(s *relyingparty.Scenario) { s.Fields = append(s.Fields, "address") }, relyingparty.ErrScenarioFields},
			{"points", func(s *relyingparty.Scenario) { s.Fields = append(s.Fields, "points") }, relyingparty.ErrScenarioFields},
			{"no verdict", func(s *relyingparty.Scenario) { s.Fields = s.Fields[1:] }, relyingparty.ErrScenarioFields},
			{"a field that there is not", func(s *relyingparty.Scenario) { s.Fields = append(s.Fields, "blood") }, relyingparty.ErrScenarioFields},
			{"an answer to what is not asked", func(s *relyingparty.Scenario) { s.Asks = nil }, relyingparty.ErrScenarioAsks},
			{"for police", func(s *relyingparty.Scenario) { s.Kinds = []relyingparty.Kind{"police"} }, relyingparty.ErrScenarioKinds},
			{"a name in one language", func(s *relyingparty.Scenario) { s.Name.EN = "" }, relyingparty.ErrScenarioName},
			{"an identifier in capitals", func(s *relyingparty.Scenario) { s.ID = "Chauffeur" }, relyingparty.ErrScenarioID},
			{"an identifier in use", func(s *relyingparty.Scenario) { s.ID = "rental" }, relyingparty.ErrScenarioID},
		} {
			s := chauffeur
			s.Fields = append([]relyingparty.Field{}, chauffeur.Fields...)
			c.change(&s)
			_, err := w.Parties.AddScenario(ctx, desktest.Staff, s)
			is(t, c.name, err, c.want)
		}
		_, err := w.Parties.AddScenario(ctx, desktest.Staff, chauffeur)
		must(t, err)
		desk, driver := w.Desk(relyingparty.Other, "chauffeur"), w.Driver("holder:1", nil)
		q := desk.Question("chauffeur", driver.Code(0))
		q.VehicleClass = "C1"
		_, err = w.Checks.Check(ctx, desk.Asker(), q)
		is(t, "before it is switched on", err, relyingparty.ErrScenario)
		_, err = w.Parties.Switch(ctx, desktest.Staff, "chauffeur", true)
		must(t, err)
		check, err := w.Checks.Check(ctx, desk.Asker(), q)
		must(t, err)
		if got := fmt.Sprint(check.Record.Given); got != "[usable photo class_covers years_driving]" {
			t.Errorf("given %s", got)
		}
		all, err := w.Parties.Scenarios(ctx)
		must(t, err)
		if last := all[len(all)-1]; last.ID != "chauffeur" || strings.Join([]string{string(all[0].ID), string(all[5].ID)}, " ") != "police rental" {
			t.Errorf("the order is %v", all)
		}
	})
}
