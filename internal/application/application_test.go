package application

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/licence"
)

// Friday 17 September 2021, 10:32; the promise is 24:00 of the worked Saturday.
var (
	start = civil.D(2021, 9, 17).Start().Add(10*time.Hour + 32*time.Minute)
	due   = civil.D(2021, 9, 18).End()
)

func after(d time.Duration) time.Time { return start.Add(d) }

func request(kind Kind, route Route) Request {
	r := Request{ID: "1", Number: NewNumber(kind, civil.Of(start), 388), Licence: "L1", Kind: kind, Route: route, DueAt: due}
	if route == Window {
		r.Clerk = "clerk"
	}
	return r
}

func submitted(t *testing.T, kind Kind, route Route) *Application {
	t.Helper()
	a, err := Submit(request(kind, route), start)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A deed is one verb at one time, and the fault that is to come of it.
type deed struct {
	name string
	do   func(a *Application, now time.Time) error
	at   time.Duration
	want error
}

func claims(who Staff, at time.Duration, want error) deed {
	return deed{string(who) + " claims", func(a *Application, now time.Time) error { return a.Claim(who, now) }, at, want}
}

func releases(who Staff, at time.Duration, want error) deed {
	return deed{string(who) + " releases", func(a *Application, now time.Time) error { return a.Release(who, now) }, at, want}
}

func approves(who Staff, at time.Duration, want error) deed {
	return deed{string(who) + " approves", func(a *Application, now time.Time) error { return a.Approve(who, now) }, at, want}
}

func refuses(who Staff, at time.Duration, want error) deed {
	return deed{string(who) + " refuses", func(a *Application, now time.Time) error {
		return a.Refuse(who, []Reason{EarsCovered, BrowsCovered}, "", now)
	}, at, want}
}

func undoes(who Staff, at time.Duration, want error) deed {
	return deed{string(who) + " undoes", func(a *Application, now time.Time) error { return a.Undo(who, now) }, at, want}
}

func settles(at time.Duration, want error) deed {
	return deed{"the program settles", (*Application).Settle, at, want}
}

func passes(at time.Duration, want error) deed {
	return deed{"the program passes", (*Application).Pass, at, want}
}

func stops(reason Reason, at time.Duration, want error) deed {
	return deed{"the program stops", func(a *Application, now time.Time) error { return a.Stop(reason, now) }, at, want}
}

func withdraws(at time.Duration, want error) deed {
	return deed{"the driver withdraws", (*Application).Withdraw, at, want}
}

func issues(at time.Duration, want error) deed {
	return deed{"the program issues", (*Application).Issue, at, want}
}

func urges(at time.Duration, want error) deed {
	return deed{"the driver urges", (*Application).Urge, at, want}
}

const minute, second = time.Minute, time.Second

func TestTheWaysOfAnApplication(t *testing.T) {
	tomorrow := due.Sub(start)
	cases := []struct {
		name  string
		route Route
		deeds []deed
		ends  Status
	}{
		{"approved by a reviewer and issued", Camera, []deed{
			claims("li", minute, nil), approves("li", 2*minute, nil), settles(2*minute+30*second, nil), issues(3*minute, nil)}, Issued},
		{"refused by a reviewer", Album, []deed{
			claims("li", minute, nil), refuses("li", 2*minute, nil), settles(2*minute+30*second, nil), issues(3*minute, ErrStatus)}, Refused},
		{"decided by the program", OnFile, []deed{
			passes(second, nil), issues(2*second, nil)}, Issued},
		{"the program does not decide what a person must", Camera, []deed{
			passes(second, ErrReviewed)}, Submitted},
		{"a person does not decide what the program does", OnFile, []deed{
			claims("li", second, ErrDirect), approves("li", second, ErrStatus)}, Submitted},
		{"two reviewers on one case", Camera, []deed{
			claims("li", minute, nil), claims("wang", minute, ErrHolder), approves("wang", 2*minute, ErrHolder), refuses("wang", 2*minute, ErrHolder),
			releases("wang", 2*minute, ErrHolder), approves("li", 3*minute, nil)}, Decided},
		{"put back and taken by another", Camera, []deed{
			claims("li", minute, nil), releases("li", 2*minute, nil), claims("wang", 2*minute, nil)}, Reviewing},
		{"a decision without a claim", Camera, []deed{
			approves("li", minute, ErrStatus), refuses("li", minute, ErrStatus), releases("li", minute, ErrStatus)}, Submitted},
		{"a claim holds to its last second", Camera, []deed{
			claims("li", 0, nil), claims("wang", 15*minute-second, ErrHolder), approves("li", 15*minute-second, nil)}, Decided},
		{"a claim lapses after 15 minutes", Camera, []deed{
			claims("li", 0, nil), approves("li", 15*minute, ErrLapsed), claims("wang", 15*minute, nil), approves("li", 16*minute, ErrHolder)}, Reviewing},
		{"a lapsed claim is claimed again", Camera, []deed{
			claims("li", 0, nil), releases("li", 15*minute, ErrLapsed), claims("li", 15*minute, nil), approves("li", 16*minute, nil)}, Decided},
		{"a claim is renewed by its holder", Camera, []deed{
			claims("li", 0, nil), claims("li", 14*minute, nil), approves("li", 28*minute, nil)}, Decided},
		{"another's lapsed claim gives nobody a say", Camera, []deed{
			claims("li", 0, nil), approves("wang", 15*minute, ErrStatus)}, Reviewing},
		{"a refusal is undone and approved instead", Camera, []deed{
			claims("li", 0, nil), refuses("li", minute, nil), undoes("li", minute+29*second, nil), approves("li", 2*minute, nil), settles(3*minute, nil)}, Approved},
		{"undone too late", Camera, []deed{
			claims("li", 0, nil), refuses("li", minute, nil), undoes("li", minute+30*second, ErrUndo)}, Decided},
		{"undone after the driver was told", Camera, []deed{
			claims("li", 0, nil), refuses("li", minute, nil), settles(2*minute, nil), undoes("li", 2*minute, ErrUndo)}, Refused},
		{"undone by another", Camera, []deed{
			claims("li", 0, nil), refuses("li", minute, nil), undoes("wang", minute+second, ErrHolder)}, Decided},
		{"undone, the claim runs anew", Camera, []deed{
			claims("li", 0, nil), approves("li", 14*minute, nil), undoes("li", 14*minute+second, nil), approves("li", 28*minute, nil)}, Decided},
		{"settled while it can be undone", Camera, []deed{
			claims("li", 0, nil), approves("li", minute, nil), settles(minute+29*second, ErrUnsettled), issues(minute+29*second, ErrStatus)}, Decided},
		{"settled twice", Camera, []deed{
			claims("li", 0, nil), approves("li", minute, nil), settles(2*minute, nil), settles(2*minute, ErrStatus)}, Approved},
		{"issued twice", OnFile, []deed{
			passes(0, nil), issues(second, nil), issues(second, ErrStatus)}, Issued},
		{"withdrawn before a claim", Camera, []deed{
			withdraws(minute, nil), claims("li", 2*minute, ErrStatus), withdraws(2*minute, ErrWithdraw)}, Withdrawn},
		{"withdrawn while claimed", Camera, []deed{
			claims("li", minute, nil), withdraws(2*minute, ErrWithdraw)}, Reviewing},
		{"withdrawn after the claim lapsed", Camera, []deed{
			claims("li", minute, nil), withdraws(16*minute, nil)}, Withdrawn},
		{"withdrawn after the decision", Camera, []deed{
			claims("li", minute, nil), approves("li", 2*minute, nil), withdraws(2*minute, ErrWithdraw)}, Decided},
		{"stopped because the licence was suspended on the way", Camera, []deed{
			claims("li", minute, nil), approves("li", 2*minute, nil), settles(3*minute, nil), stops(LicenceNotUsable, 4*minute, nil), issues(5*minute, ErrStatus)}, Refused},
		{"stopped because the identity check failed", OnFile, []deed{
			stops(IdentityCheckFailed, second, nil), passes(2*second, ErrStatus)}, Refused},
		{"stopped while a reviewer looks", Camera, []deed{
			claims("li", minute, nil), stops(LicenceChanged, 2*minute, nil), approves("li", 3*minute, ErrStatus)}, Refused},
		{"stopped within the seconds of undoing", Camera, []deed{
			claims("li", minute, nil), approves("li", 2*minute, nil), stops(LicenceNotUsable, 2*minute+second, nil), undoes("li", 2*minute+2*second, ErrUndo)}, Refused},
		{"the program has no say on photos", Camera, []deed{
			stops(EarsCovered, minute, ErrReason)}, Submitted},
		{"nothing is stopped once issued", OnFile, []deed{
			passes(0, nil), issues(second, nil), stops(LicenceNotUsable, minute, ErrStatus)}, Issued},
		{"the clerk at the window does not review the own case", Window, []deed{
			claims("clerk", minute, ErrOwnCase), claims("li", minute, nil)}, Reviewing},
		{"urged too early, in time, and twice", Camera, []deed{
			urges(tomorrow-second, ErrUrge), urges(tomorrow, nil), urges(tomorrow+minute, ErrUrge)}, Submitted},
		{"urged after the answer", OnFile, []deed{
			passes(0, nil), issues(second, nil), urges(tomorrow, ErrUrge)}, Issued},
	}
	for _, c := range cases {
		a := submitted(t, First, c.route)
		for _, d := range c.deeds {
			before := *a
			err := d.do(a, after(d.at))
			if !errors.Is(err, d.want) {
				t.Errorf("%s: %s at +%v: %v, want %v", c.name, d.name, d.at, err, d.want)
			}
			switch {
			case err != nil && !cmp.Equal(before, *a):
				t.Errorf("%s: %s was refused and changed something:\n%s", c.name, d.name, cmp.Diff(before, *a))
			case err == nil && a.Version != before.Version+1:
				t.Errorf("%s: %s made version %d of %d", c.name, d.name, a.Version, before.Version)
			}
		}
		if a.Status != c.ends {
			t.Errorf("%s: ends %s, want %s", c.name, a.Status, c.ends)
		}
	}
}

func TestADecisionSaysWhoAndWhenAndWhy(t *testing.T) {
	a := submitted(t, First, Album)
	reasons := []Reason{EarsCovered, OtherReason}
	mustDo(t, a.Claim("li", start))
	mustDo(t, a.Refuse("li", reasons, "  请到窗口。 ", after(minute)))
	reasons[0] = Hat // the caller's slice is not kept
	want := Decision{Outcome: Refusal, Reasons: []Reason{EarsCovered, OtherReason}, Note: "请到窗口。", By: "li", At: after(minute)}
	if diff := cmp.Diff(want, a.Decision); diff != "" {
		t.Error(diff)
	}
	if got := a.UndoEnds(); !got.Equal(after(minute + 30*second)) {
		t.Errorf("can be undone until %v", got)
	}
	mustDo(t, a.Undo("li", after(minute+second)))
	if diff := cmp.Diff(Decision{}, a.Decision); diff != "" || !a.UndoEnds().IsZero() {
		t.Errorf("undone, something remains: %s", diff)
	}
	if got := a.ClaimEnds(after(minute + second)); !got.Equal(after(16*minute + second)) {
		t.Errorf("the claim ends %v", got)
	}
	if got := a.ClaimEnds(after(20 * minute)); !got.IsZero() {
		t.Errorf("a lapsed claim ends %v", got)
	}
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestARefusalNeedsReasonsThatAReviewerMayGive(t *testing.T) {
	cases := []struct {
		name    string
		reasons []Reason
		note    string
		want    error
	}{
		{"one reason", []Reason{EarsCovered}, "", nil},
		{"several reasons and a note", []Reason{EarsCovered, TooDark}, "另外请取下眼镜。", nil},
		{"other, with words", []Reason{OtherReason}, "背景中有人影。", nil},
		{"a failed identity check", []Reason{IdentityCheckFailed}, "", nil},
		{"none", nil, "", ErrReason},
		{"a note alone", nil, "不行。", ErrReason},
		{"other, without words", []Reason{OtherReason}, " ", ErrReason},
		{"a reason twice", []Reason{Hat, Hat}, "", ErrReason},
		{"a reason that is none", []Reason{"ugly"}, "", ErrReason},
		{"a reason of the program", []Reason{LicenceChanged}, "", ErrReason},
		{"200 characters", []Reason{Hat}, strings.Repeat("字", 200), nil},
		{"201 characters", []Reason{Hat}, strings.Repeat("字", 201), ErrNote},
	}
	for _, c := range cases {
		a := submitted(t, First, Album)
		mustDo(t, a.Claim("li", start))
		if err := a.Refuse("li", c.reasons, c.note, start); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestWhatTheDriverIsToldAboutARefusal(t *testing.T) {
	cases := []struct {
		name string
		d    Decision
		want string
	}{
		{"one reason", Decision{Outcome: Refusal, Reasons: []Reason{Hat}}, "请摘下帽子再拍。"},
		{"two reasons", Decision{Outcome: Refusal, Reasons: []Reason{EarsCovered, BrowsCovered}},
			"头发遮住了耳朵。请把头发别到耳后再拍。刘海遮住了眉毛。请把刘海拨开，露出两边眉毛。"},
		{"a reason and a note", Decision{Outcome: Refusal, Reasons: []Reason{Hat}, Note: "谢谢。"}, "请摘下帽子再拍。谢谢。"},
		{"other alone gives way to its note", Decision{Outcome: Refusal, Reasons: []Reason{OtherReason}, Note: "背景中有人影。"}, "背景中有人影。"},
		{"an approval", Decision{Outcome: Approval}, ""},
	}
	for _, c := range cases {
		if got := c.d.Say().ZH; got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
	if got := (Decision{Outcome: Refusal, Reasons: []Reason{Hat, Mask}}).Say().EN; got != "Take the hat off. Take the mask off." {
		t.Errorf("in English: %s", got)
	}
}

func TestWhichRoutesAreOpenToWhom(t *testing.T) {
	open := map[Kind][]Route{
		First:   {OnFile, Album, Camera, Window},
		Reapply: {Reuse, OnFile, Album, Camera, Window},
		Photo:   {Album, Camera, Window},
		"other": nil,
	}
	for kind, routes := range open {
		for _, route := range []Route{OnFile, Reuse, Album, Camera, Window, "fax"} {
			_, err := Submit(request(kind, route), start)
			if want := slices.Contains(routes, route); (err == nil) != want || !want && !errors.Is(err, ErrRoute) {
				t.Errorf("%s by %s: %v", kind, route, err)
			}
		}
	}
}

func TestAfterThreeFailedReviewsOnlyAWindowHelps(t *testing.T) {
	for _, c := range []struct {
		refusals int
		route    Route
		want     error
	}{
		{2, Album, nil}, {2, Camera, nil}, {3, Album, ErrWindow}, {3, Camera, ErrWindow}, {4, Camera, ErrWindow},
		{3, Window, nil}, {3, OnFile, nil},
	} {
		r := request(First, c.route)
		r.Refusals = c.refusals
		if _, err := Submit(r, start); !errors.Is(err, c.want) {
			t.Errorf("%d refusals, %s: %v, want %v", c.refusals, c.route, err, c.want)
		}
	}
}

func TestOnlyAPersonsFinalRefusalCountsAsAFailedReview(t *testing.T) {
	a := submitted(t, Photo, Album)
	mustDo(t, a.Claim("li", start))
	mustDo(t, a.Refuse("li", []Reason{Hat}, "", start))
	if a.CountsAsFailedReview() {
		t.Error("it counts while it can be undone")
	}
	mustDo(t, a.Settle(after(minute)))
	if !a.CountsAsFailedReview() {
		t.Error("it does not count")
	}
	b := submitted(t, First, OnFile)
	mustDo(t, b.Stop(IdentityCheckFailed, start))
	if b.CountsAsFailedReview() {
		t.Error("the program's refusal counts")
	}
}

func TestAWindowPhotoNamesItsClerk(t *testing.T) {
	none, wrong := request(First, Window), request(First, Camera)
	none.Clerk, wrong.Clerk = "", "clerk"
	for _, r := range []Request{none, wrong} {
		if _, err := Submit(r, start); !errors.Is(err, ErrClerk) {
			t.Errorf("%s with clerk %q: %v", r.Route, r.Clerk, err)
		}
	}
}

func TestTheKindFitsTheElectronicLicence(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		e    licence.Electronic
		want error
	}{
		{First, licence.NoElectronic, nil}, {First, licence.Active, ErrHeld}, {First, licence.Invalidated, ErrKind},
		{Reapply, licence.NoElectronic, ErrKind}, {Reapply, licence.Active, ErrHeld}, {Reapply, licence.Invalidated, nil},
		{Photo, licence.NoElectronic, ErrNoneHeld}, {Photo, licence.Active, nil}, {Photo, licence.Invalidated, ErrNoneHeld},
	} {
		if err := CheckKind(c.kind, c.e); !errors.Is(err, c.want) {
			t.Errorf("%s on %s: %v, want %v", c.kind, c.e, err, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		kind   Kind
		serial int
		want   Number
	}{
		{First, 388, "SQ2109170388"}, {Reapply, 1, "SQ2109170001"}, {Photo, 417, "SF2109170417"}, {First, 12345, "SQ21091712345"},
	} {
		if got := NewNumber(c.kind, civil.D(2021, 9, 17), c.serial); got != c.want {
			t.Errorf("%s %d: %s, want %s", c.kind, c.serial, got, c.want)
		}
	}
}

func TestThePromiseIsBrokenAtMidnight(t *testing.T) {
	a := submitted(t, First, Camera)
	if a.Overdue(due.Add(-second)) || !a.Overdue(due) {
		t.Error("the last second of the day is late, or midnight is not")
	}
	mustDo(t, a.Claim("li", due.Add(-minute)))
	mustDo(t, a.Approve("li", due.Add(-10*second)))
	if !a.Overdue(due) {
		t.Error("a decision that can still be undone keeps the promise")
	}
	mustDo(t, a.Settle(due.Add(20*second)))
	if !a.Overdue(due.Add(20 * second)) {
		t.Error("an approval that is not issued keeps the promise")
	}
	mustDo(t, a.Issue(due.Add(21*second)))
	if a.Overdue(due.Add(21 * second)) {
		t.Error("it is late for ever")
	}
}

func TestAPhotoIsOfTheLastSixMonths(t *testing.T) {
	now := civil.D(2021, 9, 17).Start().Add(10 * time.Hour)
	for _, c := range []struct {
		name  string
		taken civil.Date
		want  error
	}{
		{"today", civil.D(2021, 9, 17), nil},
		{"six months ago to the day", civil.D(2021, 3, 17), nil},
		{"a day more", civil.D(2021, 3, 16), ErrPhotoOld},
		{"tomorrow, by a clock abroad", civil.D(2021, 9, 18), nil},
		{"the day after tomorrow", civil.D(2021, 9, 19), ErrPhotoDate},
	} {
		if err := CheckPhotoAge(c.taken.Start().Add(time.Hour), now); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestPhotosChangeOnceInSixMonths(t *testing.T) {
	issued := civil.D(2021, 3, 18).Start().Add(10 * time.Hour)
	for _, c := range []struct {
		name  string
		route Route
		now   civil.Date
		want  error
	}{
		{"at once after the photo on file", OnFile, civil.D(2021, 3, 18), nil},
		{"at once after the own photo", Camera, civil.D(2021, 3, 18), ErrPhotoSoon},
		{"a day before six months", Album, civil.D(2021, 9, 17), ErrPhotoSoon},
		{"after six months", Album, civil.D(2021, 9, 18), nil},
	} {
		if err := CanChangePhoto(c.route, issued, c.now.Start()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestEveryNameIsThere(t *testing.T) {
	for _, k := range []Kind{First, Reapply, Photo} {
		if k.Name().ZH == "" || k.Name().EN == "" {
			t.Errorf("%s has no name", k)
		}
	}
	for _, r := range []Route{OnFile, Reuse, Album, Camera, Window} {
		if r.Name().ZH == "" || r.Name().EN == "" {
			t.Errorf("%s has no name", r)
		}
	}
	for _, s := range Statuses {
		if s.Name().ZH == "" || s.Name().EN == "" {
			t.Errorf("%s has no name", s)
		}
	}
	if len(statusNames) != len(Statuses) {
		t.Errorf("%d statuses, %d names", len(Statuses), len(statusNames))
	}
}

// Whatever is done, by whom and when: no deed leaves an end, a refused deed
// changes nothing, the version counts the deeds, and nobody but the holder or
// the program decides.
func TestNoDeedLeavesTheWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]Kind{First, Reapply, Photo}).Draw(t, "kind")
		a, err := Submit(request(kind, rapid.SampledFrom(routes[kind]).Draw(t, "route")), start)
		if err != nil {
			t.Fatal(err)
		}
		now, done := start, int64(1)
		for range rapid.IntRange(1, 25).Draw(t, "deeds") {
			now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 29, 31, 120, 901, 90000}).Draw(t, "seconds")) * second)
			who := rapid.SampledFrom([]Staff{"li", "wang", "clerk"}).Draw(t, "who")
			d := rapid.SampledFrom([]deed{claims(who, 0, nil), releases(who, 0, nil), approves(who, 0, nil), refuses(who, 0, nil), undoes(who, 0, nil),
				settles(0, nil), passes(0, nil), stops(LicenceChanged, 0, nil), withdraws(0, nil), issues(0, nil), urges(0, nil)}).Draw(t, "deed")
			before := *a
			if err := d.do(a, now); err != nil {
				if fault.Of(err) == nil || !cmp.Equal(before, *a) {
					t.Fatalf("%s: %v, changed:\n%s", d.name, err, cmp.Diff(before, *a))
				}
				continue
			}
			done++
			checkStep(t, before, *a, who, now)
		}
		if a.Version != done {
			t.Fatalf("version %d after %d deeds", a.Version, done)
		}
	})
}

func checkStep(t *rapid.T, before, a Application, who Staff, now time.Time) {
	if before.Status.Answered() && before.Status != a.Status {
		t.Fatalf("%s became %s", before.Status, a.Status)
	}
	if a.Status == Decided && before.Status != Decided && (before.StatusAt(now) != Reviewing || before.Reviewer != who) {
		t.Fatalf("%s decided what %s held", who, before.Reviewer)
	}
	if a.Status == Issued && a.Decision.Outcome != Approval {
		t.Fatalf("issued on %+v", a.Decision)
	}
	if a.Status == Issued && a.Decision.By == "" && !a.Route.Direct() {
		t.Fatal("a reviewed application was issued without a reviewer")
	}
	if a.Status == Refused && len(a.Decision.Reasons) == 0 {
		t.Fatal("refused without a reason")
	}
	if a.Reviewer == a.Clerk && a.Clerk != "" {
		t.Fatal("the clerk reviews the own case")
	}
	if a.Status.Answered() != !a.EndedAt.IsZero() {
		t.Fatalf("%s ended at %v", a.Status, a.EndedAt)
	}
	if len(a.Timeline(now)) == 0 {
		t.Fatal("the driver sees no way")
	}
}
