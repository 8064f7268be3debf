package admission_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/account"
	"edl/internal/admission"
	"edl/internal/audit"
	"edl/internal/desktest"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/notification"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
)

var (
	ctx     = context.Background()
	visitor = audit.Actor{Kind: audit.ByVisitor, ID: "anonymous"}
	pdf     = []byte("%PDF-1.7\nan invented licence\n%%EOF\n")
)

const phone identity.Phone = "19900000101"

// bureau is a world with what applicants do in it.
type bureau struct {
	*desktest.World
	t *testing.T
}

func each(t *testing.T, f func(b *bureau)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(&bureau{desktest.Open(t, db), t}) })
}

func (b *bureau) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bureau) is(what string, got, want error) {
	b.t.Helper()
	if !errors.Is(got, want) || want == nil && got != nil {
		b.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// texts are the messages that wait for a phone, the newest last.
func (b *bureau) texts(to identity.Phone) (list []notification.SMS) {
	b.t.Helper()
	storetest.View(b.t, b.DB, func(tx *store.Tx) error {
		due, err := tx.DueSMS(ctx, b.Now().Add(time.Hour), 1000)
		for _, q := range due {
			var m notification.SMS
			b.must(json.Unmarshal(q.Body, &m))
			if m.To == string(to) {
				list = append(list, m)
			}
		}
		return err
	})
	return list
}

func (b *bureau) told(to identity.Phone, what string) bool {
	return slices.ContainsFunc(b.texts(to), func(m notification.SMS) bool { return strings.Contains(m.Text, what) })
}

// code asks for a code and reads it off the phone.
func (b *bureau) code(to identity.Phone) string {
	b.t.Helper()
	b.Wait(2 * time.Hour) // past every limit on messages
	_, err := b.Admissions.SendCode(ctx, "address", to)
	b.must(err)
	all := b.texts(to)
	return all[len(all)-1].Code
}

func form(change ...func(*admission.Form)) admission.Form {
	f := admission.Form{
		Name: "示范保险有限公司", USCC: uscc("91330105MA00000N3"), Kind: relyingparty.Insurer, Contact: "客服部", ContactPhone: "0571-88880000", Person: "温疏桐",
		Wanted: []admission.Want{{Scenario: relyingparty.Underwriting, Purpose: "承保前核验驾驶资格"}},
	}
	for _, c := range change {
		c(&f)
	}
	return f
}

func uscc(first17 string) identity.USCC {
	return identity.USCC(first17 + string(identity.USCCCheck(first17)))
}

// draft begins an application.
func (b *bureau) draft(f admission.Form, by identity.Phone) (*admission.Application, admission.Key) {
	b.t.Helper()
	a, secret, err := b.Admissions.Begin(ctx, visitor, "address", f, by, b.code(by))
	b.must(err)
	return a, admission.Key{Number: a.Number, Secret: secret}
}

// submitted is a draft with all its evidence, before staff.
func (b *bureau) submitted(f admission.Form, by identity.Phone) (*admission.Application, admission.Key) {
	b.t.Helper()
	_, key := b.draft(f, by)
	for _, kind := range admission.Evidence(scenarios(f)...) {
		_, err := b.Admissions.Attach(ctx, "address", key, kind, pdf)
		b.must(err)
	}
	a, err := b.Admissions.Submit(ctx, visitor, "address", key)
	b.must(err)
	return a, key
}

func scenarios(f admission.Form) (ids []relyingparty.ScenarioID) {
	for _, w := range f.Wanted {
		ids = append(ids, w.Scenario)
	}
	return ids
}

func grantAll(a *admission.Application) (list []admission.Verdict) {
	for _, w := range a.Wanted {
		list = append(list, admission.Verdict{Scenario: w.Scenario, Granted: true})
	}
	return list
}

func (b *bureau) count(query string) int {
	b.t.Helper()
	return storetest.Count(b.t, b.DB, query)
}

func TestAnApplicationBeginsWhenItsPhoneIsConfirmed(t *testing.T) {
	each(t, func(b *bureau) {
		code := b.code(phone)
		wrong := "000000"
		if code == wrong {
			wrong = "000001"
		}
		_, _, err := b.Admissions.Begin(ctx, visitor, "address", form(), phone, wrong)
		b.is("a wrong code", err, account.ErrCode)
		_, _, err = b.Admissions.Begin(ctx, visitor, "address", form(), "19900000102", code)
		b.is("another's code", err, account.ErrCode)
		if n := b.count(`SELECT count(*) FROM admission`); n != 0 {
			t.Errorf("%d applications of phones that nobody confirmed", n)
		}
		a, secret, err := b.Admissions.Begin(ctx, visitor, "address", form(), phone, code)
		b.must(err)
		got, err := b.Admissions.Mine(ctx, "address", admission.Key{Number: a.Number, Secret: secret})
		b.must(err)
		if diff := cmp.Diff(a, got); diff != "" {
			t.Errorf("what is stored differs (-made +read):\n%s", diff)
		}
		if got.Status != admission.Draft || !strings.HasPrefix(a.Number, "YZ261009") {
			t.Errorf("%s is %s", a.Number, got.Status)
		}
		_, _, err = b.Admissions.Begin(ctx, visitor, "address", form(), phone, code)
		b.is("the code again", err, account.ErrCode)
	})
}

func TestWhatAnApplicationMustSay(t *testing.T) {
	each(t, func(b *bureau) {
		for name, c := range map[string]struct {
			change func(*admission.Form)
			want   error
		}{
			"control":              {func(*admission.Form) {}, nil},
			"no name":              {func(f *admission.Form) { f.Name = " " }, relyingparty.ErrName},
			"police":               {func(f *admission.Form) { f.Kind = relyingparty.Police }, admission.ErrKind},
			"a window":             {func(f *admission.Form) { f.Kind = relyingparty.Window }, admission.ErrKind},
			"another kind's":       {func(f *admission.Form) { f.Wanted[0].Scenario = relyingparty.Renting }, relyingparty.ErrGrant},
			"the police's":         {func(f *admission.Form) { f.Wanted[0].Scenario = relyingparty.PoliceCheck }, relyingparty.ErrGrant},
			"nothing wanted":       {func(f *admission.Form) { f.Wanted = nil }, admission.ErrWanted},
			"the same twice":       {func(f *admission.Form) { f.Wanted = append(f.Wanted, f.Wanted[0]) }, admission.ErrWanted},
			"no purpose":           {func(f *admission.Form) { f.Wanted[0].Purpose = "核验" }, admission.ErrPurpose},
			"a turned purpose":     {func(f *admission.Form) { f.Wanted[0].Purpose = "承保\u202e核验驾驶" }, admission.ErrPurpose},
			"an isolated purpose":  {func(f *admission.Form) { f.Wanted[0].Purpose = "承保\u2067核验驾驶" }, admission.ErrPurpose},
			"a broken purpose":     {func(f *admission.Form) { f.Wanted[0].Purpose = "承保\u2028核验驾驶" }, admission.ErrPurpose},
			"a telephone of words": {func(f *admission.Form) { f.ContactPhone = "客服" }, relyingparty.ErrPhone},
		} {
			b.is(name, b.Admissions.Check(ctx, "address", form(c.change)), c.want)
		}
	})
}

func TestASubmissionNeedsTheEvidenceThatItsScenariosAsk(t *testing.T) {
	each(t, func(b *bureau) {
		_, key := b.draft(form(), phone)
		_, err := b.Admissions.Attach(ctx, "address", key, admission.BodyLicence, pdf)
		b.must(err)
		_, err = b.Admissions.Submit(ctx, visitor, "address", key)
		b.is("without the permit", err, admission.ErrEvidence)
		a, err := b.Admissions.Attach(ctx, "address", key, admission.Insurance, pdf)
		b.must(err)
		for range admission.MaxFiles - len(a.Files) {
			a, err = b.Admissions.Attach(ctx, "address", key, admission.OtherEvidence, pdf)
			b.must(err)
		}
		_, err = b.Admissions.Attach(ctx, "address", key, admission.OtherEvidence, pdf)
		b.is("a ninth file", err, admission.ErrFileMany)
		_, err = b.Admissions.Remove(ctx, "address", key, a.Files[7].ID)
		b.must(err)
		a, err = b.Admissions.Submit(ctx, visitor, "address", key)
		b.must(err)
		again, err := b.Admissions.Submit(ctx, visitor, "address", key)
		b.must(err)
		if a.Status != admission.Submitted || again.Version != a.Version || len(again.Files) != 7 {
			t.Errorf("submitted as %s with %d files, then version %d after %d", a.Status, len(again.Files), again.Version, a.Version)
		}
		_, err = b.Admissions.Remove(ctx, "address", key, a.Files[0].ID)
		b.is("changing what waits", err, admission.ErrNotNow)
		if !b.told(phone, a.Number) || b.told(phone, key.Secret) {
			t.Errorf("told %q", b.texts(phone))
		}
	})
}

func TestOneApplicationWaitsForEachCodeAndASecondStandsInLine(t *testing.T) {
	each(t, func(b *bureau) {
		stranger, _ := b.submitted(form(), "19900000666")
		_, key := b.draft(form(), phone)
		for _, kind := range []admission.EvidenceKind{admission.BodyLicence, admission.Insurance} {
			_, err := b.Admissions.Attach(ctx, "address", key, kind, pdf)
			b.must(err)
		}
		for range 2 {
			_, err := b.Admissions.Submit(ctx, visitor, "address", key)
			b.is("while another waits", err, admission.ErrOpen)
		}
		b.Wait(admission.DraftLife * 2)
		b.must(b.Admissions.Work(ctx))
		seen, err := b.Admissions.Case(ctx, stranger.ID)
		b.must(err)
		if seen.Rivals != 1 {
			t.Errorf("staff see %d rivals", seen.Rivals)
		}
		_, err = b.Admissions.Decide(ctx, desktest.Staff, seen.ID, seen.Version, []admission.Verdict{{Scenario: relyingparty.Underwriting, Objection: admission.Objection{Reasons: []admission.Reason{admission.Unverified}}}})
		b.must(err)
		a, err := b.Admissions.Submit(ctx, visitor, "address", key)
		b.must(err)
		if a.Status != admission.Submitted {
			t.Errorf("the true body's is %s", a.Status)
		}
		other := form(func(f *admission.Form) { f.Name = "另一份" })
		draft, _ := b.draft(other, "19900000667")
		err = storetest.TryExec(b.DB, `UPDATE admission SET status = 'submitted' WHERE id = $1`, draft.ID)
		if err == nil {
			t.Error("the database lets two wait for one code")
		}
	})
}

func TestAPhoneHasThreeApplicationsAtMost(t *testing.T) {
	each(t, func(b *bureau) {
		for range 3 {
			b.draft(form(), phone)
		}
		_, _, err := b.Admissions.Begin(ctx, visitor, "address", form(), phone, b.code(phone))
		b.is("a fourth", err, admission.ErrMany)
		b.draft(form(), "19900000102")
	})
}

func TestAGrantMakesPartyGrantsInvitationMessageAndEntryAtOnce(t *testing.T) {
	each(t, func(b *bureau) {
		a, key := b.submitted(form(func(f *admission.Form) {
			f.Kind, f.Name = relyingparty.Other, "示范综合服务有限公司"
			f.Wanted = []admission.Want{{Scenario: b.open("first"), Purpose: "上岗前核验司机"}, {Scenario: b.open("second"), Purpose: "出车前核验司机"}}
		}), phone)
		out, err := b.Admissions.Decide(ctx, desktest.Staff, a.ID, a.Version, []admission.Verdict{
			{Scenario: "first", Granted: true, Condition: "只用于本单位司机"},
			{Scenario: "second", Objection: admission.Objection{Reasons: []admission.Reason{admission.Unrelated, admission.OtherCause}, Words: "请先取得资质"}},
		})
		b.must(err)
		p, err := b.Parties.Party(ctx, out.PartyID)
		b.must(err)
		if p.Name != a.Name || !slices.Equal(p.Party.Scenarios, []relyingparty.ScenarioID{"first"}) || p.Contact != "客服部" || p.Phone != "0571-88880000" {
			t.Errorf("the party is %+v", p.Party)
		}
		secret := out.InviteURL[strings.LastIndex(out.InviteURL, "=")+1:]
		m, _, err := b.PartyAdmins.OpenInvitation(ctx, secret)
		b.must(err)
		if m.PartyID != out.PartyID || m.Name != "温疏桐" {
			t.Errorf("the link opens %+v", m)
		}
		if !b.told(phone, out.InviteURL) {
			t.Errorf("told %q", b.texts(phone))
		}
		mine, err := b.Admissions.Mine(ctx, "address", key)
		b.must(err)
		if mine.Status != admission.Granted || len(mine.Verdicts) != 2 || mine.Verdicts[0].Condition != "只用于本单位司机" ||
			len(mine.Verdicts[1].Objection.Say()) != 2 || mine.Verdicts[1].Objection.Say()[1].ZH != "请先取得资质" {
			t.Errorf("the applicant sees %+v", mine.Verdicts)
		}
		if n := b.count(`SELECT count(*) FROM audit_entry WHERE action IN ('admission.grant', 'party.add', 'admin.invite') AND actor_kind = 'staff'`); n != 3 {
			t.Errorf("%d entries", n)
		}
	})
}

// open adds a scenario that anybody may apply for.
func (b *bureau) open(id relyingparty.ScenarioID) relyingparty.ScenarioID {
	b.t.Helper()
	_, err := b.Parties.AddScenario(ctx, desktest.Staff, relyingparty.Scenario{ID: id, Name: lang.T("示范场景", "An example"), Kinds: []relyingparty.Kind{relyingparty.Other},
		Ways: []relyingparty.Way{relyingparty.ByCode}, Fields: []relyingparty.Field{relyingparty.Usable}})
	b.must(err)
	_, err = b.Parties.Switch(ctx, desktest.Staff, id, true)
	b.must(err)
	return id
}

func TestAGrantThatIsCutOffLeavesNothing(t *testing.T) {
	each(t, func(b *bureau) {
		a, _ := b.submitted(form(), phone)
		before := len(b.texts(phone))
		killed := errors.New("the server was killed")
		cut := *b.Admissions
		cut.InTx = func(ctx context.Context, f func(admission.Tx) error) error {
			return b.Admissions.InTx(ctx, func(tx admission.Tx) error { return errors.Join(f(tx), killed) })
		}
		_, err := cut.Decide(ctx, desktest.Staff, a.ID, a.Version, grantAll(a))
		b.is("the cut", err, killed)
		if n := b.count(`SELECT count(*) FROM party`) + b.count(`SELECT count(*) FROM party_admin`) + b.count(`SELECT count(*) FROM audit_entry WHERE action = 'admission.grant'`); n != 0 || len(b.texts(phone)) != before {
			t.Errorf("%d rows and %d messages are left", n, len(b.texts(phone))-before)
		}
		_, err = b.Admissions.Decide(ctx, desktest.Staff, a.ID, a.Version, grantAll(a))
		b.is("control: whole", err, nil)
	})
}

func TestOfTwoWhoDecideAtOnceOneIsToldThatTheOtherDid(t *testing.T) {
	each(t, func(b *bureau) {
		a, _ := b.submitted(form(), phone)
		var wait sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wait.Go(func() { _, errs[i] = b.Admissions.Decide(ctx, desktest.Staff, a.ID, a.Version, grantAll(a)) })
		}
		wait.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
			} else {
				b.is("the others", err, admission.ErrDecided)
			}
		}
		if done != 1 || b.count(`SELECT count(*) FROM party`) != 1 || b.count(`SELECT count(*) FROM party_admin`) != 1 {
			t.Errorf("%d decided, %d parties", done, b.count(`SELECT count(*) FROM party`))
		}
	})
}

func TestADecisionFitsWhatWasWantedAndWhatWasSeen(t *testing.T) {
	each(t, func(b *bureau) {
		a, _ := b.submitted(form(), phone)
		why := func(words string, reasons ...admission.Reason) []admission.Verdict {
			return []admission.Verdict{{Scenario: relyingparty.Underwriting, Objection: admission.Objection{Reasons: reasons, Words: words}}}
		}
		for name, c := range map[string]struct {
			verdicts []admission.Verdict
			want     error
		}{
			"none":                   {nil, admission.ErrVerdicts},
			"another scenario":       {[]admission.Verdict{{Scenario: relyingparty.Claim, Granted: true}}, admission.ErrVerdicts},
			"refused for no reason":  {why(""), admission.ErrReason},
			"other without words":    {why("", admission.OtherCause), admission.ErrReason},
			"words without other":    {why("因为", admission.Mismatch), admission.ErrReason},
			"a reason of nobody's":   {why("", "because"), admission.ErrReason},
			"granted and refused":    {[]admission.Verdict{{Scenario: relyingparty.Underwriting, Granted: true, Objection: admission.Objection{Reasons: []admission.Reason{admission.Mismatch}}}}, admission.ErrVerdicts},
			"a condition of a novel": {[]admission.Verdict{{Scenario: relyingparty.Underwriting, Granted: true, Condition: strings.Repeat("字", 201)}}, admission.ErrCondition},
		} {
			_, err := b.Admissions.Decide(ctx, desktest.Staff, a.ID, a.Version, c.verdicts)
			b.is(name, err, c.want)
		}
		_, err := b.Admissions.Decide(ctx, desktest.Staff, a.ID, a.Version-1, grantAll(a))
		b.is("an older version", err, admission.ErrChanged)
		_, err = b.Admissions.Decide(ctx, desktest.Staff, a.ID, a.Version, why("请联系我们", admission.OtherCause))
		b.is("control", err, nil)
	})
}

func TestMoreIsAskedForOnce(t *testing.T) {
	each(t, func(b *bureau) {
		a, key := b.submitted(form(), phone)
		ask := admission.Objection{Reasons: []admission.Reason{admission.Unreadable}}
		a, err := b.Admissions.Return(ctx, desktest.Staff, a.ID, a.Version, ask)
		b.must(err)
		_, err = b.Admissions.Decide(ctx, desktest.Staff, a.ID, a.Version, grantAll(a))
		b.is("a grant while the applicant is at it", err, admission.ErrNotNow)
		licence := slices.IndexFunc(a.Files, func(f admission.File) bool { return f.Kind == admission.BodyLicence })
		_, err = b.Admissions.Remove(ctx, "address", key, a.Files[licence].ID)
		b.must(err)
		_, err = b.Admissions.Submit(ctx, visitor, "address", key)
		b.is("without the licence", err, admission.ErrEvidence)
		_, err = b.Admissions.Attach(ctx, "address", key, admission.BodyLicence, pdf)
		b.must(err)
		first := a.SubmittedAt
		a, err = b.Admissions.Submit(ctx, visitor, "address", key)
		b.must(err)
		if !a.SubmittedAt.Equal(first) {
			t.Errorf("it lost its place in the queue: %v after %v", a.SubmittedAt, first)
		}
		_, err = b.Admissions.Return(ctx, desktest.Staff, a.ID, a.Version, ask)
		b.is("a second time", err, admission.ErrAgain)
		_, err = b.Admissions.Decide(ctx, desktest.Staff, a.ID, a.Version, grantAll(a))
		b.must(err)
	})
}

func TestALinkIsOneApplicationsAndIsReplacedByPhone(t *testing.T) {
	each(t, func(b *bureau) {
		a, key := b.draft(form(), phone)
		_, other := b.draft(form(), "19900000102")
		_, err := b.Admissions.Mine(ctx, "address", admission.Key{Number: a.Number, Secret: other.Secret})
		b.is("another's secret", err, admission.ErrNone)
		_, err = b.Admissions.Mine(ctx, "address", admission.Key{Number: a.Number})
		b.is("no secret", err, admission.ErrNone)
		_, err = b.Admissions.Submit(ctx, visitor, "address", admission.Key{Number: "YZ2610099999", Secret: key.Secret})
		b.is("no number", err, admission.ErrNone)
		if n := b.count(`SELECT CAST(sum(times) AS BIGINT) FROM refusal_count WHERE cause = 'admission.none'`); n != 3 {
			t.Errorf("%d refusals counted", n)
		}
		_, _, err = b.Admissions.Reopen(ctx, visitor, "address", a.Number, "19900000102", b.code("19900000102"))
		b.is("by another phone", err, admission.ErrNone)
		_, fresh, err := b.Admissions.Reopen(ctx, visitor, "address", a.Number, phone, b.code(phone))
		b.must(err)
		_, err = b.Admissions.Mine(ctx, "address", key)
		b.is("the link before", err, admission.ErrNone)
		_, err = b.Admissions.Mine(ctx, "address", admission.Key{Number: a.Number, Secret: fresh})
		b.must(err)
	})
}

func TestDraftsGoAfterADayAndEvidenceNinetyDaysAfterTheDecision(t *testing.T) {
	each(t, func(b *bureau) {
		_, key := b.draft(form(), "19900000102")
		_, err := b.Admissions.Attach(ctx, "address", key, admission.BodyLicence, pdf)
		b.must(err)
		b.Wait(admission.DraftLife)
		b.must(b.Admissions.Work(ctx))
		_, err = b.Admissions.Mine(ctx, "address", key)
		b.is("a draft after its day", err, admission.ErrNone)
		a, key := b.submitted(form(), phone)
		_, content, err := b.Admissions.Show(ctx, desktest.Staff, a.ID, a.Files[0].ID)
		b.must(err)
		if !bytes.Equal(content, pdf) {
			t.Errorf("the file came back as %q", content)
		}
		subjects := b.count(`SELECT count(*) FROM subject`)
		_, err = b.Admissions.Decide(ctx, desktest.Staff, a.ID, a.Version, []admission.Verdict{{Scenario: relyingparty.Underwriting, Objection: admission.Objection{Reasons: []admission.Reason{admission.NoPermit}}}})
		b.must(err)
		b.Wait(admission.EvidenceLife - time.Second)
		b.must(b.Admissions.Work(ctx))
		if n := b.count(`SELECT count(*) FROM admission_file`); n != 2 {
			t.Fatalf("control: %d files a second before", n)
		}
		b.Wait(time.Second)
		b.must(b.Admissions.Work(ctx))
		b.must(b.Admissions.Work(ctx)) // again it changes nothing
		mine, err := b.Admissions.Mine(ctx, "address", key)
		b.must(err)
		if n := b.count(`SELECT count(*) FROM admission_file`); n != 0 || mine.EvidenceGoneAt.IsZero() || mine.Person != "" || mine.Phone != "" || mine.Name == "" {
			t.Errorf("%d files are left, and of the applicant %+v", n, mine)
		}
		if n := b.count(`SELECT count(*) FROM subject`); n != subjects-1 {
			t.Errorf("%d keys, of %d before the evidence's went", n, subjects)
		}
	})
}

func TestWhatIsSaidAndShownIsSealed(t *testing.T) {
	w := &bureau{desktest.Open(t, storetest.SQLite(t)), t}
	w.submitted(form(), phone)
	var dump bytes.Buffer
	_, err := w.DB.Backup(ctx, &dump, w.Now())
	w.must(err)
	unzipped, err := gzip.NewReader(&dump)
	w.must(err)
	plain, err := io.ReadAll(unzipped)
	w.must(err)
	for _, secret := range []string{"温疏桐", string(phone), "示范保险", "承保前", base64.StdEncoding.EncodeToString(pdf[:12])} {
		if bytes.Contains(plain, []byte(secret)) {
			t.Errorf("%q lies open in the database", secret)
		}
	}
	if !bytes.Contains(plain, []byte("YZ261009")) {
		t.Error("control: the number is not there either")
	}
}
