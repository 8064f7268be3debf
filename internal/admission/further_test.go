package admission_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"edl/internal/admission"
	"edl/internal/audit"
	"edl/internal/desktest"
	"edl/internal/relyingparty"
	"edl/internal/storetest"
)

// house is a registered party at work, and one of its administrators.
type house struct {
	*desktest.Desk
	admin audit.Actor
}

// house registers a body of no special kind with one scenario of two.
func (b *bureau) house(login string) *house {
	b.t.Helper()
	h := &house{Desk: b.Desk(relyingparty.Other, "first")}
	m, _, err := b.PartyAdmins.InviteAdmin(ctx, desktest.Staff, h.Party.ID, login, "温疏桐")
	b.must(err)
	h.admin = audit.Actor{Kind: audit.ByParty, ID: m.ID}
	return h
}

var second = []admission.Want{{Scenario: "second", Purpose: "出车前核验司机"}}

// asked is a party's request before staff.
func (b *bureau) asked(h *house) (*admission.Application, admission.Request) {
	b.t.Helper()
	a, err := b.Admissions.BeginFurther(ctx, h.admin, "address", h.Party.ID, fmt.Sprint("key ", b.count(`SELECT count(*) FROM admission`)), second)
	b.must(err)
	r := admission.Request{PartyID: h.Party.ID, ID: a.ID}
	_, err = b.Admissions.Attach(ctx, "address", r, admission.BodyLicence, pdf)
	b.must(err)
	a, err = b.Admissions.Submit(ctx, h.admin, "address", r)
	b.must(err)
	return a, r
}

// furthers opens two scenarios for a world of parties.
func furthers(t *testing.T, f func(b *bureau)) {
	each(t, func(b *bureau) {
		b.open("first")
		b.open("second")
		f(b)
	})
}

func (b *bureau) acts(action audit.Action) int {
	return b.count(fmt.Sprintf(`SELECT count(*) FROM audit_entry WHERE action = '%s'`, action))
}

func TestAFurtherScenarioIsAddedToThePartyAndServesAtOnce(t *testing.T) {
	furthers(t, func(b *bureau) {
		h, driver := b.house("wen.st"), b.Driver("holder:1", nil)
		_, err := h.Ask("first", driver.Code(0)) // the desk is remembered from here on
		b.must(err)
		a, r := b.asked(h)
		if a.Name != h.Party.Name || a.USCC != h.Party.USCC || a.Person != "温疏桐" || !a.Further {
			t.Errorf("staff would see %+v", a)
		}
		_, err = h.Ask("second", driver.Code(time.Second))
		b.is("before it is granted", err, relyingparty.ErrScenario)
		killed := fmt.Errorf("the server was killed")
		cut := *b.Admissions
		cut.InTx = func(c context.Context, f func(admission.Tx) error) error {
			return b.Admissions.InTx(c, func(tx admission.Tx) error {
				if err := f(tx); err != nil {
					return err
				}
				return killed
			})
		}
		_, err = cut.Decide(ctx, desktest.Staff, a.ID, a.Version, grantAll(a))
		b.is("cut off", err, killed)
		_, err = h.Ask("second", driver.Code(2*time.Second))
		b.is("after a decision that was cut off", err, relyingparty.ErrScenario)
		out, err := b.Admissions.Decide(ctx, desktest.Staff, a.ID, a.Version, grantAll(a))
		b.must(err)
		if out.InviteURL != "" || b.count(`SELECT count(*) FROM party`) != 1 {
			t.Errorf("a second party was made, or an administrator invited: %+v", out)
		}
		_, err = h.Ask("second", driver.Code(3*time.Second))
		b.is("as soon as it is granted", err, nil)
		p, err := b.Parties.Party(ctx, h.Party.ID)
		b.must(err)
		if !slices.Equal(p.Party.Scenarios, []relyingparty.ScenarioID{"first", "second"}) {
			t.Errorf("the party has %v", p.Party.Scenarios)
		}
		for action, want := range map[audit.Action]int{admission.ActBegin: 1, admission.ActFurther: 1, admission.ActExtend: 1, relyingparty.ActPartyChange: 1, admission.ActGrant: 0} {
			if got := b.acts(action); got != want {
				t.Errorf("%d entries of %s, want %d", got, action, want)
			}
		}
		list, offered, err := b.Admissions.Requests(ctx, h.Party.ID)
		b.must(err)
		if len(list) != 1 || !list[0].SeenAt.IsZero() || len(offered) != 0 {
			t.Errorf("the party sees %d requests and %d scenarios to ask for", len(list), len(offered))
		}
		b.must(b.Admissions.Seen(ctx, r))
		list, _, err = b.Admissions.Requests(ctx, h.Party.ID)
		b.must(err)
		if list[0].SeenAt.IsZero() {
			t.Error("it is still news")
		}
	})
}

func TestAPartyHasOneRequestAtATime(t *testing.T) {
	furthers(t, func(b *bureau) {
		h, other := b.house("wen.st"), b.house("gu.qh")
		var wait sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wait.Go(func() {
				_, errs[i] = b.Admissions.BeginFurther(ctx, h.admin, "address", h.Party.ID, fmt.Sprint("key ", i), second)
			})
		}
		wait.Wait()
		made := 0
		for _, err := range errs {
			if err == nil {
				made++
				continue
			}
			b.is("the others", err, admission.ErrFurther)
		}
		if made != 1 || b.count(`SELECT count(*) FROM admission`) != 1 {
			t.Errorf("%d were begun at once, %d are there", made, b.count(`SELECT count(*) FROM admission`))
		}
		first, err := b.Admissions.BeginFurther(ctx, other.admin, "address", other.Party.ID, "a key", second)
		b.must(err)
		again, err := b.Admissions.BeginFurther(ctx, other.admin, "address", other.Party.ID, "a key", second)
		b.must(err)
		if again.ID != first.ID {
			t.Errorf("the same key made %s after %s", again.Number, first.Number)
		}
		err = storetest.TryExec(b.DB, `UPDATE admission SET party_id = $1`, h.Party.ID)
		if err == nil {
			t.Error("the database lets one party have two")
		}
	})
}

func TestWhatAPartyMayAskFor(t *testing.T) {
	furthers(t, func(b *bureau) {
		h := b.house("wen.st")
		begin := func(wanted ...admission.Want) error {
			_, err := b.Admissions.BeginFurther(ctx, h.admin, "address", h.Party.ID, "", wanted)
			return err
		}
		b.is("what it has", begin(admission.Want{Scenario: "first", Purpose: "上岗前核验"}), admission.ErrHave)
		b.is("another kind's", begin(admission.Want{Scenario: relyingparty.Renting, Purpose: "租车前核验"}), relyingparty.ErrGrant)
		b.is("no purpose", begin(admission.Want{Scenario: "second", Purpose: "核验"}), admission.ErrPurpose)
		b.is("nothing", begin(), admission.ErrWanted)
		_, err := b.Parties.Suspend(ctx, desktest.Staff, h.Party.ID)
		b.must(err)
		b.is("while it is suspended", begin(second...), relyingparty.ErrPartySuspended)
		_, err = b.Parties.Resume(ctx, desktest.Staff, h.Party.ID)
		b.must(err)
		police := b.Desk(relyingparty.Police, relyingparty.PoliceCheck)
		_, offered, err := b.Admissions.Requests(ctx, police.Party.ID)
		b.must(err)
		if len(offered) != 0 {
			t.Errorf("the police are offered %d scenarios", len(offered))
		}
		b.is("control", begin(second...), nil)
	})
}

// TestAStrangerWithAPartysCodeKeepsItFromNothing: the one that waits for a
// credit code is a stranger's matter; who is registered is known.
func TestAStrangerWithAPartysCodeKeepsItFromNothing(t *testing.T) {
	furthers(t, func(b *bureau) {
		h := b.house("wen.st")
		b.submitted(form(func(f *admission.Form) { f.USCC = h.Party.USCC }), "19900000666")
		a, r := b.asked(h)
		_, _, err := b.Admissions.Reopen(ctx, visitor, "address", a.Number, "19900000666", b.code("19900000666"))
		b.is("by a phone", err, admission.ErrNone)
		b.must(b.Admissions.Withdraw(ctx, h.admin, r))
		draft, err := b.Admissions.BeginFurther(ctx, h.admin, "address", h.Party.ID, "a key", second)
		b.must(err)
		_, err = b.Admissions.Mine(ctx, "address", admission.Key{Number: draft.Number, Secret: "a key"})
		b.is("by number and the key it came under", err, admission.ErrNone)
		other := b.house("gu.qh")
		_, err = b.Admissions.Mine(ctx, "address", admission.Request{PartyID: other.Party.ID, ID: r.ID})
		if err == nil || !strings.Contains(err.Error(), "not_found") {
			t.Errorf("another party's: %v", err)
		}
	})
}

func TestARequestIsWithdrawnUntilItIsDecided(t *testing.T) {
	furthers(t, func(b *bureau) {
		h := b.house("wen.st")
		a, r := b.asked(h)
		b.must(b.Admissions.Withdraw(ctx, h.admin, r))
		b.must(b.Admissions.Withdraw(ctx, h.admin, r)) // again it changes nothing
		_, err := b.Admissions.Decide(ctx, desktest.Staff, a.ID, a.Version+1, grantAll(a))
		b.is("staff who decide it", err, admission.ErrGone)
		if n := b.count(`SELECT count(*) FROM admission_file`); n != 0 || b.acts(admission.ActWithdraw) != 1 {
			t.Errorf("%d files are left, %d entries", n, b.acts(admission.ActWithdraw))
		}
		draft, err := b.Admissions.BeginFurther(ctx, h.admin, "address", h.Party.ID, "", second)
		b.must(err)
		b.must(b.Admissions.Withdraw(ctx, h.admin, admission.Request{PartyID: h.Party.ID, ID: draft.ID}))
		if n := b.count(`SELECT count(*) FROM admission`); n != 1 {
			t.Errorf("%d applications after a draft was discarded", n)
		}
		a, r = b.asked(h)
		_, err = b.Admissions.Decide(ctx, desktest.Staff, a.ID, a.Version, grantAll(a))
		b.must(err)
		b.is("what is decided", b.Admissions.Withdraw(ctx, h.admin, r), admission.ErrEnded)
	})
}

// TestWhatNobodyAnswersLapses: 15 working days after Friday 9 October 2026 is
// Thursday the 29th, as Saturday the 10th is worked.
func TestWhatNobodyAnswersLapses(t *testing.T) {
	furthers(t, func(b *bureau) {
		ask := admission.Objection{Reasons: []admission.Reason{admission.Unreadable}}
		h := b.house("wen.st")
		mine, r := b.asked(h)
		theirs, key := b.submitted(form(), phone)
		for _, a := range []*admission.Application{mine, theirs} {
			back, err := b.Admissions.Return(ctx, desktest.Staff, a.ID, a.Version, ask)
			b.must(err)
			if day := back.LastDay().String(); day != "2026-10-29" {
				t.Fatalf("to be answered by %s", day)
			}
		}
		if !b.told(phone, "请在10月29日24:00前修改后再提交") {
			t.Errorf("told %q", b.texts(phone))
		}
		b.Wait(time.Date(2026, 10, 29, 15, 59, 59, 0, time.UTC).Sub(b.Now()))
		b.must(b.Admissions.Work(ctx))
		if a, err := b.Admissions.Mine(ctx, "address", key); err != nil || a.Status != admission.Returned {
			t.Fatalf("control: a second before it is %v, %v", a.Status, err)
		}
		b.Wait(time.Second)
		b.must(b.Admissions.Work(ctx))
		b.must(b.Admissions.Work(ctx)) // again it changes nothing
		for who, holder := range map[string]admission.Holder{"the party": r, "the stranger": key} {
			a, err := b.Admissions.Mine(ctx, "address", holder)
			b.must(err)
			if a.Status != admission.Lapsed {
				t.Errorf("%s sees %s", who, a.Status)
			}
			_, err = b.Admissions.Submit(ctx, visitor, "address", holder)
			b.is(who+" who comes late", err, admission.ErrNotNow)
		}
		_, err := b.Admissions.Decide(ctx, desktest.Staff, theirs.ID, theirs.Version, grantAll(theirs))
		b.is("staff who decide it", err, admission.ErrGone)
		if n := b.acts(admission.ActLapse); n != 2 {
			t.Errorf("%d entries", n)
		}
		if !b.told(phone, "到10月29日24:00没有补正，已失效") {
			t.Errorf("told %q", b.texts(phone))
		}
		b.submitted(form(), "19900000102") // the code is free
		b.asked(h)
		b.Wait(admission.EvidenceLife)
		b.must(b.Admissions.Work(ctx))
		if a, err := b.Admissions.Mine(ctx, "address", key); err != nil || a.EvidenceGoneAt.IsZero() || a.Phone != "" {
			t.Errorf("90 days later it is %+v, %v", a, err)
		}
	})
}

func TestWhatWasAskedBeforeThereWasALastDayGetsOne(t *testing.T) {
	each(t, func(b *bureau) {
		a, key := b.submitted(form(), phone)
		_, err := b.Admissions.Return(ctx, desktest.Staff, a.ID, a.Version, admission.Objection{Reasons: []admission.Reason{admission.Unreadable}})
		b.must(err)
		b.must(storetest.TryExec(b.DB, `UPDATE admission SET answer_by = 0`))
		b.Wait(100 * 24 * time.Hour)
		b.must(b.Admissions.Work(ctx))
		a, err = b.Admissions.Mine(ctx, "address", key)
		b.must(err)
		if a.Status != admission.Returned || !a.AnswerBy.After(b.Now().Add(14*24*time.Hour)) || !b.told(phone, "还在等您补正") {
			t.Errorf("it is %s, to be answered by %v", a.Status, a.AnswerBy)
		}
	})
}

func TestAnAnswerInTimeDoesNotLapse(t *testing.T) {
	furthers(t, func(b *bureau) {
		h := b.house("wen.st")
		a, r := b.asked(h)
		_, err := b.Admissions.Return(ctx, desktest.Staff, a.ID, a.Version, admission.Objection{Reasons: []admission.Reason{admission.Unreadable}})
		b.must(err)
		_, err = b.Admissions.Amend(ctx, "address", r, admission.Form{Name: "别的单位", Wanted: []admission.Want{{Scenario: "second", Purpose: "只在出车前核验本单位司机"}}})
		b.must(err)
		a, err = b.Admissions.Submit(ctx, h.admin, "address", r)
		b.must(err)
		if a.Name != h.Party.Name || a.Wanted[0].Purpose != "只在出车前核验本单位司机" || b.acts(admission.ActSupplement) != 1 {
			t.Errorf("submitted again as %+v with %d entries", a.Form, b.acts(admission.ActSupplement))
		}
		b.Wait(60 * 24 * time.Hour)
		b.must(b.Admissions.Work(ctx))
		if a, err = b.Admissions.Case(ctx, a.ID); err != nil || a.Status != admission.Submitted {
			t.Errorf("it is %s, %v", a.Status, err)
		}
	})
}

// TestThePhoneOfWhoAppliedIsTold: who is the party's first administrator
// confirmed a phone then, and is told there while he may sign in.
func TestThePhoneOfWhoAppliedIsTold(t *testing.T) {
	furthers(t, func(b *bureau) {
		a, _ := b.submitted(form(func(f *admission.Form) {
			f.Kind, f.Wanted = relyingparty.Other, []admission.Want{{Scenario: "first", Purpose: "上岗前核验司机"}}
		}), phone)
		out, err := b.Admissions.Decide(ctx, desktest.Staff, a.ID, a.Version, grantAll(a))
		b.must(err)
		secret := out.InviteURL[strings.LastIndex(out.InviteURL, "=")+1:]
		m, _, err := b.PartyAdmins.OpenInvitation(ctx, secret)
		b.must(err)
		code, err := totp.GenerateCode(m.TOTPSecret, b.Now())
		b.must(err)
		_, _, err = b.PartyAdmins.Accept(ctx, secret, "correct horse battery", code)
		b.must(err)
		h := &house{Desk: &desktest.Desk{Party: &relyingparty.Party{ID: out.PartyID}}, admin: audit.Actor{Kind: audit.ByParty, ID: m.ID}}
		further, r := b.asked(h)
		if !b.told(phone, "增加使用场景的申请已提交，编号 "+further.Number) {
			t.Errorf("told %q", b.texts(phone))
		}
		_, err = b.PartyAdmins.Suspend(ctx, desktest.Staff, m.ID)
		b.must(err)
		before := len(b.texts(phone))
		_, err = b.Admissions.Decide(ctx, desktest.Staff, r.ID, further.Version, grantAll(further))
		b.must(err)
		if after := len(b.texts(phone)); after != before {
			t.Errorf("%d messages to an administrator who was suspended", after-before)
		}
	})
}
