package verification_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/civil"
	"edl/internal/consent"
	"edl/internal/desktest"
	"edl/internal/licence"
	"edl/internal/register"
	"edl/internal/registertest"
	"edl/internal/relyingparty"
	"edl/internal/verification"
)

var table = desktest.Law

// question asks all that the scenario can be asked.
func question(w *desktest.World, desk *desktest.Desk, driver *desktest.Driver, scenario relyingparty.ScenarioID, way relyingparty.Way) verification.Question {
	q := desk.Question(scenario, "")
	if q.Way = way; way == relyingparty.ByCode {
		q.Code = driver.Code(0)
	} else {
		q.Number, q.Name, q.Reason = string(driver.Licence.Document.Number), string(driver.Licence.Name), "未带手机"
	}
	if slices.Contains(table[scenario].Fields, "same_person") {
		q.Number, q.Name = string(driver.Licence.Document.Number), string(driver.Licence.Name)
	}
	if scenario == "claim" {
		q.CaseNumber, q.PolicyNumber, q.VehicleClass, q.AccidentAt = "LP-1", "BD-1", "C1", w.Now().Add(-time.Minute)
	}
	return q
}

// authorised is a desk whose party may ask about the driver in every way that
// the scenario has.
func authorised(w *desktest.World, driver *desktest.Driver, scenario relyingparty.ScenarioID) *desktest.Desk {
	desk := w.Desk(table[scenario].Kind, scenario)
	if slices.Contains(desktest.Standing, scenario) {
		driver.Authorise(desk, scenario)
	}
	return desk
}

// asked asks all that the scenario can be asked, in a way.
func asked(w *desktest.World, desk *desktest.Desk, driver *desktest.Driver, scenario relyingparty.ScenarioID, way relyingparty.Way) (*verification.Check, error) {
	q := question(w, desk, driver, scenario, way)
	switch way {
	case relyingparty.InBulk:
		return inBulk(w, desk, driver, q)
	case relyingparty.ByCode, relyingparty.ByNumber:
		return w.Checks.Check(ctx, desk.Asker(), q)
	}
	occasion := consent.Case{VehicleClass: q.VehicleClass, RentalEnd: q.RentalEnd, Number: q.Number, Name: q.Name}
	_, token, err := w.Checks.Ask(ctx, desk.Asker(), consent.Once, occasion, scenario)
	if err != nil {
		return nil, err
	}
	r, err := driver.Consent(token, table[scenario].Fields...)
	if err != nil {
		return nil, err
	}
	return w.Checks.One(ctx, desk.Asker(), r.Check)
}

// inBulk asks in a file of one line, and returns the check that the driver sees.
func inBulk(w *desktest.World, desk *desktest.Desk, driver *desktest.Driver, q verification.Question) (*verification.Check, error) {
	q.CaseNumber, q.Reason = "ZX-1", "专项核查"
	if _, err := w.Bulk.Start(ctx, desk.Asker(), q, strings.NewReader("number,name\n"+line(driver))); err != nil {
		return nil, err
	}
	if err := w.Bulk.Work(ctx); err != nil {
		return nil, err
	}
	list, err := w.Checks.OfDriver(ctx, driver.LicenceID, "", 1)
	if err != nil || len(list) == 0 {
		return nil, errors.Join(errors.New("the driver sees nothing"), err)
	}
	return list[0], nil
}

// notByThisWay is how a scenario refuses a way that it does not have.
var notByThisWay = map[relyingparty.Way]error{
	relyingparty.ByCode: verification.ErrFieldNotAllowed, relyingparty.ByNumber: verification.ErrFieldNotAllowed,
	relyingparty.ByConsent: consent.ErrKind, relyingparty.InBulk: verification.ErrBulkWay,
}

// For each scenario × way: what is permitted is answered with just the
// scenario's fields, what is not is refused whole.
func TestEachScenarioGivesItsFieldsByItsWaysAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		driver := w.Driver("holder:1", desktest.Rich)
		for scenario, law := range table {
			desk := authorised(w, driver, scenario)
			for _, way := range []relyingparty.Way{relyingparty.ByCode, relyingparty.ByNumber, relyingparty.ByConsent, relyingparty.InBulk} {
				t.Run(string(scenario)+" by "+string(way), func(t *testing.T) {
					ask := func() (*verification.Check, error) { return asked(w, desk, driver, scenario, way) }
					if !slices.Contains(law.Ways, way) {
						refuses(t, notByThisWay[way], ask)
						return
					}
					w.Wait(time.Hour)
					c := usable(t, ask)
					if diff := cmp.Diff(slices.Sorted(slices.Values(law.Fields)), slices.Sorted(slices.Values(c.Record.Given))); diff != "" {
						t.Errorf("given (-want +got):\n%s", diff)
					}
					leaks(t, driver, law.Fields, c)
				})
			}
		}
	})
}

// leaks looks for values of fields that the scenario does not have.
func leaks(t *testing.T, driver *desktest.Driver, fields []relyingparty.Field, c *verification.Check) {
	t.Helper()
	answer := c.Record.Answer
	text, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	for field, list := range desktest.Shown(driver.Licence) {
		shown := slices.ContainsFunc(list, func(v string) bool { return strings.Contains(string(text), v) })
		if want := slices.Contains(fields, field); shown != want {
			t.Errorf("%s shown: %v, want %v\n%s", field, shown, want, text)
		}
	}
}

// S36, for each scenario × field: what the scenario has is given alone when it
// alone is asked for; what it does not have refuses the whole.
func TestS36AFieldOutsideTheScenarioIsRefusedAndNothingIsGiven(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		driver := w.Driver("holder:1", desktest.Rich)
		w.Wait(time.Hour)
		for scenario, law := range table {
			desk := authorised(w, driver, scenario)
			for _, field := range relyingparty.Fields() {
				q := question(w, desk, driver, scenario, law.Ways[0])
				q.Fields = []relyingparty.Field{field}
				c, err := w.Checks.Check(ctx, desk.Asker(), q)
				if !slices.Contains(law.Fields, field) {
					if !errors.Is(err, verification.ErrFieldNotAllowed) {
						t.Errorf("%s asks for %s: %+v, %v", scenario, field, c, err)
					}
					continue
				}
				if err != nil {
					t.Errorf("%s asks for %s: %v", scenario, field, err)
					continue
				}
				if field == "class_since" && !slices.Contains(law.Fields, "classes") || field != "class_since" || slices.Contains(c.Record.Given, "classes") {
					if diff := cmp.Diff([]relyingparty.Field{field}, c.Record.Given); diff != "" {
						t.Errorf("%s asks for %s alone (-want +got):\n%s", scenario, field, diff)
					}
				}
			}
			list, err := w.Checks.Shift(ctx, desk.Asker(), time.Time{})
			if err != nil || len(list) != len(law.Fields) {
				t.Errorf("%s: %d checks are kept (%v), want one for each of the %d fields", scenario, len(list), err, len(law.Fields))
			}
		}
	})
}

func TestAQuestionThatTheScenarioDoesNotAskIsRefusedAndOneThatItNeedsIsAskedFor(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		driver := w.Driver("holder:1", nil)
		yesterday := civil.Of(w.Now()).AddDays(-1)
		for _, c := range []struct {
			name     string
			scenario relyingparty.ScenarioID
			change   func(q *verification.Question)
			want     error
		}{
			{"police ask about a rental's end", "police", func(q *verification.Question) { q.RentalEnd = civil.Of(w.Now()) }, verification.ErrFieldNotAllowed},
			{"police ask about a vehicle", "police", func(q *verification.Question) { q.VehicleClass = "C1" }, verification.ErrFieldNotAllowed},
			{"police ask about a past moment", "police", func(q *verification.Question) { q.AccidentAt = w.Now() }, verification.ErrFieldNotAllowed},
			{"police hold a name beside the code", "police", func(q *verification.Question) { q.Name = "林晓舟" }, verification.ErrFieldNotAllowed},
			{"a window without a case", "window", func(q *verification.Question) { q.CaseNumber = " " }, verification.ErrCase},
			{"a rental without a vehicle", "rental", func(q *verification.Question) { q.VehicleClass = "" }, verification.ErrVehicle},
			{"a rental of a tram", "rental", func(q *verification.Question) { q.VehicleClass = "P" }, verification.ErrVehicle},
			{"a rental without its end", "rental", func(q *verification.Question) { q.RentalEnd = civil.Date{} }, verification.ErrReturn},
			{"a rental that ended yesterday", "rental", func(q *verification.Question) { q.RentalEnd = yesterday }, verification.ErrReturn},
			{"a holder's number of five", "rental", func(q *verification.Question) { q.Number = "12345" }, verification.ErrHolder},
			{"a claim without its time", "claim", func(q *verification.Question) { q.AccidentAt = time.Time{} }, verification.ErrAccident},
			{"a claim of tomorrow", "claim", func(q *verification.Question) { q.AccidentAt = w.Now().Add(time.Hour) }, verification.ErrAccident},
			{"a claim without its policy", "claim", func(q *verification.Question) { q.PolicyNumber = "" }, consent.ErrPolicy},
			{"police name a policy", "police", func(q *verification.Question) { q.PolicyNumber = "BD-1" }, verification.ErrFieldNotAllowed},
			{"a claim without a reason", "claim", func(q *verification.Question) { q.Reason = "" }, verification.ErrReason},
			{"a request identifier that is none", "police", func(q *verification.Question) { q.RequestID = "1" }, verification.ErrRequestID},
			{"a reason over 100 characters", "police", func(q *verification.Question) { q.Reason = strings.Repeat("长", 101) }, verification.ErrReason},
			{"an unknown way", "police", func(q *verification.Question) { q.Way = "radio" }, verification.ErrWay},
			{"a scenario that was not granted", "police", func(q *verification.Question) { q.Scenario = "window" }, relyingparty.ErrScenario},
			{"a scenario that there is not", "police", func(q *verification.Question) { q.Scenario = "rescue" }, relyingparty.ErrScenario},
		} {
			t.Run(c.name, func(t *testing.T) {
				desk := w.Desk(table[c.scenario].Kind, c.scenario)
				q := question(w, desk, driver, c.scenario, table[c.scenario].Ways[0])
				c.change(&q)
				refuses(t, c.want, func() (*verification.Check, error) { return w.Checks.Check(ctx, desk.Asker(), q) })
			})
		}
	})
}

// third is whether an answer tells nothing but that it cannot be used now.
func third(t *testing.T, c *verification.Check) {
	t.Helper()
	a := c.Record.Answer
	if c.Outcome != verification.NotUsable || a.Word.ZH+"，"+a.Line.ZH != licence.ThirdParty.ZH {
		t.Errorf("%s: %s，%s", c.Outcome, a.Word.ZH, a.Line.ZH)
	}
	if len(a.Causes) > 0 || len(a.Facts) > 0 || a.Next.ZH != "" || a.Electronic != nil || a.Pending || len(a.Steps) > 0 || a.Paper.Collect {
		t.Errorf("the answer hints at the reason: %+v", a)
	}
	for _, yes := range a.Answers {
		if yes.Key != "same_person" && yes.Key != "points_full" {
			t.Errorf("the answer to %s hints at the reason", yes.Key)
		}
	}
}

// Every letter: police and windows learn why, the others that it cannot be used
// now, the driver's own phone the whole.
func TestTheReasonGoesToPoliceAndWindowsAndToTheDriversOwnPhone(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		police, rental := w.Desk(relyingparty.Police, "police"), w.Desk(relyingparty.Rental, "rental")
		for _, letter := range licence.Letters() {
			t.Run(string(letter), func(t *testing.T) {
				driver := w.Driver(letter.Key(), nil)
				w.Events()
				p, err := police.Ask("police", driver.Code(0))
				if err != nil {
					t.Fatal(err)
				}
				r, err := rental.Ask("rental", driver.Code(0))
				if err != nil {
					t.Fatal(err)
				}
				told := w.Events()
				if len(told) != 2 || told[0].Name != "check" || told[0].LicenceID != driver.LicenceID {
					t.Fatalf("the phone was told %+v", told)
				}
				if letter.Use() == licence.Usable {
					if p.Outcome != verification.Usable || r.Outcome != verification.Usable {
						t.Errorf("police %s, rental %s; want usable", p.Outcome, r.Outcome)
					}
					return
				}
				if p.Outcome != verification.NotUsable || p.Record.Answer.Causes[0].Letter != letter || p.Record.Answer.Causes[0].Why.ZH == "" {
					t.Errorf("police are told %+v", p.Record.Answer)
				}
				third(t, r)
				for _, one := range told {
					event := one.Data.(verification.Event)
					if !strings.HasPrefix(event.Reason.ZH, p.Record.Answer.Causes[0].Why.ZH[:len("驾驶")]) || event.Party == "" || event.Outcome != verification.NotUsable {
						t.Errorf("the driver is told %+v", event)
					}
				}
			})
		}
	})
}

func TestPaperIsAskedForByTheStatusAndOnlyOfThoseConcerned(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		police, rental := w.Desk(relyingparty.Police, "police"), w.Desk(relyingparty.Rental, "rental")
		driver := w.Driver("status:B", nil)
		p, err := police.Ask("police", driver.Code(0))
		if err != nil {
			t.Fatal(err)
		}
		if !p.Record.Answer.Paper.Collect || !strings.HasPrefix(p.Record.Answer.Next.ZH, "告知驾驶人：请参加满分学习") {
			t.Errorf("police: %+v, %s", p.Record.Answer.Paper, p.Record.Answer.Next.ZH)
		}
		r, err := rental.Ask("rental", driver.Code(0))
		if err != nil || r.Record.Answer.Paper.Collect {
			t.Errorf("rental: %+v, %v", r, err)
		}
	})
}

// The licence and its electronic form are two things: who is told of both gets
// the licence's verdict, the others need both.
func TestAnElectronicLicenceToBeAppliedForAgainIsNotTheLicence(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		police, rental := w.Desk(relyingparty.Police, "police"), w.Desk(relyingparty.Rental, "rental")
		driver, bare := w.Driver("holder:1", nil), w.Bare("holder:2", nil)
		driver.Invalidate()
		for name, d := range map[string]*desktest.Driver{"invalidated": driver, "never issued": bare} {
			p := usable(t, func() (*verification.Check, error) { return police.Ask("police", d.Code(0)) })
			if e := p.Record.Answer.Electronic; e == nil || e.State == licence.Active {
				t.Errorf("%s: police are told %+v of the electronic licence", name, e)
			}
			r, err := rental.Ask("rental", d.Code(0))
			if err != nil {
				t.Fatal(err)
			}
			third(t, r)
			if r.Record.Answer.Reason.ZH == "" {
				t.Errorf("%s: the driver is told nothing", name)
			}
		}
	})
}

func TestALicenceToBeVerifiedIsNotSaidToBeUsable(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		police, rental := w.Desk(relyingparty.Police, "police"), w.Desk(relyingparty.Rental, "rental")
		driver := w.Driver("holder:1", func(l *licence.Licence) { l.ValidTo = civil.D(2029, 5, 20) })
		line, err := register.Write(driver.Licence, "", w.Now())
		if err != nil {
			t.Fatal(err)
		}
		bad := strings.ReplaceAll(string(line), driver.Licence.ValidTo.String(), "2026-13-45")
		w.Wait(time.Minute)
		if _, err := registertest.Service(w.DB, w.Now).Apply(ctx, desktest.Staff, "bad", "bad", []byte(bad)); err != nil {
			t.Fatal(err)
		}
		p, err := police.Ask("police", driver.Code(0))
		if err != nil {
			t.Fatal(err)
		}
		if p.Outcome != verification.NotUsable || !p.Record.Answer.Pending || p.Record.Answer.Word.ZH != "待核实" {
			t.Errorf("police: %s %+v", p.Outcome, p.Record.Answer)
		}
		r, err := rental.Ask("rental", driver.Code(0))
		if err != nil {
			t.Fatal(err)
		}
		third(t, r)
	})
}

// A clerk must not read 可用 and hand over the wrong car.
func TestARentalsQuestionsTurnTheVerdict(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk := w.Desk(relyingparty.Rental, "rental")
		today := civil.Of(w.Now())
		driver := w.Driver("holder:1", func(l *licence.Licence) {
			l.Classes, l.ValidTo = []licence.ClassRecord{{Class: "C1", Since: l.FirstIssue}}, today.AddDays(10)
		})
		number := string(driver.Licence.Document.Number)
		for _, c := range []struct {
			name   string
			change func(q *verification.Question)
			word   string
			yes    map[relyingparty.Field]bool
		}{
			{"a car within the validity", func(q *verification.Question) {}, "可用", map[relyingparty.Field]bool{"class_covers": true, "valid_until": true}},
			{"an automatic, which a car's class allows", func(q *verification.Question) { q.VehicleClass = "C2" }, "可用", map[relyingparty.Field]bool{"class_covers": true, "valid_until": true}},
			{"a bus", func(q *verification.Question) { q.VehicleClass = "B1" }, "不可驾本车", map[relyingparty.Field]bool{"usable": true, "class_covers": false, "valid_until": true}},
			{"back on the last day", func(q *verification.Question) { q.RentalEnd = today.AddDays(10) }, "可用", map[relyingparty.Field]bool{"class_covers": true, "valid_until": true}},
			{"back a day later", func(q *verification.Question) { q.RentalEnd = today.AddDays(11) }, "还车前到期", map[relyingparty.Field]bool{"usable": true, "class_covers": true, "valid_until": false}},
			{"the same person", func(q *verification.Question) { q.Name, q.Number = string(driver.Licence.Name), number }, "可用",
				map[relyingparty.Field]bool{"same_person": true, "class_covers": true, "valid_until": true}},
			{"the end of the number", func(q *verification.Question) { q.Number = strings.ToLower(number[12:]) }, "可用",
				map[relyingparty.Field]bool{"same_person": true, "class_covers": true, "valid_until": true}},
			{"another name", func(q *verification.Question) { q.Name, q.Number = "林晓舟", number }, "不是同一人",
				map[relyingparty.Field]bool{"usable": true, "same_person": false, "class_covers": true, "valid_until": true}},
			{"another number", func(q *verification.Question) { q.Number = "000000" }, "不是同一人",
				map[relyingparty.Field]bool{"usable": true, "same_person": false, "class_covers": true, "valid_until": true}},
		} {
			t.Run(c.name, func(t *testing.T) {
				q := desk.Question("rental", driver.Code(0))
				c.change(&q)
				check, err := w.Checks.Check(ctx, desk.Asker(), q)
				if err != nil {
					t.Fatal(err)
				}
				a := check.Record.Answer
				yes := map[relyingparty.Field]bool{}
				for _, one := range a.Answers {
					yes[one.Key] = one.Yes
				}
				if diff := cmp.Diff(c.yes, yes); diff != "" || a.Word.ZH != c.word || (check.Outcome == verification.Usable) != (c.word == "可用") {
					t.Errorf("%s %s\n%s", check.Outcome, a.Word.ZH, diff)
				}
			})
		}
	})
}

// A claim is answered as of the accident, on today's knowledge.
func TestAClaimIsAnsweredAsOfTheAccident(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		driver := w.Driver("holder:1", nil)
		desk := authorised(w, driver, "claim")
		first := w.Now()
		w.Wait(24 * time.Hour)
		driver.Status("D")
		suspended := w.Now()
		w.Wait(24 * time.Hour)
		driver.Status("A")
		w.Wait(time.Hour)
		for _, c := range []struct {
			name string
			at   time.Time
			want verification.Outcome
			word string
		}{
			{"before the first record", first.Add(-time.Hour), verification.NoVerdict, "无记录"},
			{"before the suspension", suspended.Add(-time.Hour), verification.Usable, "事故时可用"},
			{"during it", suspended.Add(time.Hour), verification.NotUsable, "事故时不能使用"},
			{"after it", w.Now().Add(-time.Minute), verification.Usable, "事故时可用"},
		} {
			t.Run(c.name, func(t *testing.T) {
				q := question(w, desk, driver, "claim", relyingparty.ByNumber)
				q.AccidentAt = c.at
				check, err := w.Checks.Check(ctx, desk.Asker(), q)
				if err != nil {
					t.Fatal(err)
				}
				if check.Outcome != c.want || check.Record.Answer.Word.ZH != c.word {
					t.Errorf("%s %s, want %s %s", check.Outcome, check.Record.Answer.Word.ZH, c.want, c.word)
				}
				for _, yes := range check.Record.Answer.Answers {
					if yes.Key == "suspended" && yes.Yes != (c.want == verification.NotUsable) {
						t.Errorf("suspended then: %v", yes.Yes)
					}
				}
			})
		}
	})
}
