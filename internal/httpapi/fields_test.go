package httpapi_test

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/account"
	"edl/internal/consent"
	"edl/internal/desktest"
	"edl/internal/relyingparty"
)

// An asking is a desk that asks over HTTP about one driver, who holds every
// field and consented wherever the scenario may be consented to.
type asking struct {
	*site
	scenario  relyingparty.ScenarioID
	desk      *desktest.Desk
	driver    *desktest.Driver
	clerk     *browser
	phone     *browser
	noConsent bool // the scenario asks nobody from afar
}

func (s *site) asking(scenario relyingparty.ScenarioID) *asking {
	d := s.Driver("holder:1", desktest.Rich)
	desk := s.Desk(desktest.Law[scenario].Kind, scenario)
	if slices.Contains(desktest.Standing, scenario) {
		d.Authorise(desk, scenario)
	}
	s.Wait(time.Hour) // the accident was after all this
	return &asking{
		site: s, scenario: scenario, desk: desk, driver: d,
		clerk: s.as(&account.Session{Population: account.TerminalPop, PartyID: desk.Party.ID, TerminalID: desk.TerminalID, OperatorID: desk.OperatorID}),
		phone: s.as(&account.Session{Population: account.DriverPop, Level: account.DriverLevel, Phone: d.Licence.Phone, LicenceID: d.LicenceID, DeviceID: d.DeviceID}),
	}
}

// said is what came of a question: the status and code, the answer's text, and
// what the driver is told was given.
type said struct {
	status int
	code   string
	text   string
	given  []string
}

// question is all that the scenario can be asked.
func (a *asking) question() object {
	l := a.driver.Licence
	q := object{"scenario": a.scenario}
	switch a.scenario {
	case relyingparty.WindowCheck:
		q["caseNumber"] = "SW-1"
	case relyingparty.Hiring, relyingparty.Underwriting:
		q["vehicleClass"], q["number"], q["name"] = "C1", l.Document.Number, l.Name
	case relyingparty.Regulation:
		q["vehicleClass"] = "C1"
	case relyingparty.Renting:
		q["vehicleClass"], q["rentalEnd"], q["number"], q["name"] = "C1", "2026-10-12", l.Document.Number, l.Name
	case relyingparty.Claim:
		q["vehicleClass"], q["caseNumber"], q["policyNumber"], q["accidentAt"] = "C1", "LP-1", "BD-1", a.Now().Add(-time.Minute).Format(time.RFC3339)
	}
	return q
}

// asked is the question for one field, by code or by number.
func (a *asking) asked(way relyingparty.Way, field relyingparty.Field) object {
	q := a.question()
	if way == relyingparty.ByNumber {
		q["number"], q["name"], q["reason"] = a.driver.Licence.Document.Number, a.driver.Licence.Name, "未带手机"
	} else {
		q["code"] = a.driver.Code(0)
	}
	q["way"], q["requestId"], q["fields"] = way, desktest.NewRequest(), []relyingparty.Field{field}
	return q
}

// ask asks for one field in a way.
func (a *asking) ask(way relyingparty.Way, field relyingparty.Field) said {
	switch way {
	case relyingparty.ByConsent:
		return a.afar(a.question(), field)
	case relyingparty.InBulk:
		return a.bulk(a.question())
	}
	var raw []byte
	status, code := a.clerk.do("POST", "/api/terminal/checks", a.asked(way, field), &raw)
	return a.seen(status, code, raw)
}

// afar asks the driver, who consents to the field beside what is required.
func (a *asking) afar(q object, field relyingparty.Field) said {
	q["kind"] = "once"
	delete(q, "caseNumber")
	delete(q, "accidentAt")
	var made struct {
		URL     string
		Request struct{ ID string }
	}
	if status, code := a.clerk.do("POST", "/api/terminal/consent-requests", q, &made); status != 201 {
		a.noConsent = true
		return said{status: status, code: code}
	}
	u, err := url.Parse(made.URL)
	if err != nil {
		a.t.Fatal(err)
	}
	_, token, _ := strings.Cut(u.Fragment, "consent/")
	fields := slices.Compact(slices.Sorted(slices.Values([]relyingparty.Field{"usable", "class_covers", field})))
	a.Wait(time.Second) // the codes of one moment have no order
	a.phone.want(200, "POST", "/api/driver/consent-requests/code", nil, nil)
	status, code := a.phone.do("POST", "/api/driver/consent-requests/give", object{
		"token": token, "fields": fields, "signature": b64(desktest.Sign(a.driver.Key, consent.Proof(desktest.Origin, token, fields))), "code": a.newestCode(),
	}, nil)
	if status != 200 {
		return said{status: status, code: code}
	}
	var row struct{ Check string }
	a.clerk.want(200, "GET", "/api/terminal/consent-requests/"+made.Request.ID, nil, &row)
	var raw []byte
	status, code = a.clerk.do("GET", "/api/terminal/checks/"+row.Check, nil, &raw)
	return a.seen(status, code, raw)
}

// file is what hands in a file of one line.
func (a *asking) file(q object) object {
	l := a.driver.Licence
	body := object{"scenario": q["scenario"], "csv": "number,name\n" + string(l.Document.Number) + "," + string(l.Name) + "\n", "caseNumber": "ZX-1", "reason": "专项核查"}
	if q["vehicleClass"] != nil {
		body["vehicleClass"] = q["vehicleClass"]
	}
	return body
}

// bulk hands in a file. All that the scenario gives is in the result: a file
// does not choose.
func (a *asking) bulk(q object) said {
	var made struct{ ID string }
	if status, code := a.clerk.do("POST", "/api/terminal/bulk", a.file(q), &made); status != 201 {
		return said{status: status, code: code}
	}
	if err := a.Bulk.Work(a.t.Context()); err != nil {
		a.t.Fatal(err)
	}
	var raw []byte
	a.clerk.want(200, "GET", "/api/terminal/bulk/"+made.ID+"/result", nil, &raw)
	return a.seen(200, "", raw)
}

func (a *asking) seen(status int, code string, raw []byte) said {
	if status != 200 {
		return said{status: status, code: code, text: string(raw)}
	}
	return said{status: status, text: string(raw), given: a.list()[0].fields()}
}

// driverCheck is a check as the driver reads it.
type driverCheck struct {
	Way    struct{ ZH string }
	Fields []struct{ ZH string }
}

// fields are the names of what was given, sorted.
func (c driverCheck) fields() (list []string) {
	for _, f := range c.Fields {
		list = append(list, f.ZH)
	}
	slices.Sort(list)
	return list
}

// list is what the driver reads, newest first.
func (a *asking) list() []driverCheck {
	a.t.Helper()
	var out struct{ Checks []driverCheck }
	a.phone.want(200, "GET", "/api/driver/checks", nil, &out)
	return out.Checks
}

func labels(fields ...relyingparty.Field) (list []string) {
	for _, f := range fields {
		list = append(list, f.Label().ZH)
	}
	slices.Sort(list)
	return list
}

// holds reports whether the text holds a field's value.
func holds(text string, values []string) bool {
	return slices.ContainsFunc(values, func(v string) bool { return strings.Contains(text, v) })
}

// refusals is the code with which a scenario refuses a way that it does not have.
var refusals = map[relyingparty.Way]string{"code": "field_not_allowed", "number": "field_not_allowed", "consent": "consent.not_allowed", "bulk": "bulk.not_allowed"}

// S36 over HTTP, generated from the table: scenario × way × field. What the
// table has is given, alone where it is asked for alone; whatever else is asked
// for is refused whole, with its code and nothing of the person.
func TestS36EveryScenarioFieldAndWayIsGivenOrNotAsTheTableSays(t *testing.T) {
	for scenario, law := range desktest.Law {
		t.Run(string(scenario), func(t *testing.T) {
			sites(t, func(t *testing.T, s *site) {
				a := s.asking(scenario)
				for _, way := range []relyingparty.Way{"code", "number", "consent", "bulk"} {
					given, refused := 0, 0
					for _, field := range relyingparty.Fields() {
						got := a.ask(way, field)
						if a.checkAgainst(t, law.Ways, way, field, got) {
							given++
						} else {
							refused++
						}
						if way == relyingparty.InBulk || way == relyingparty.ByConsent && a.noConsent {
							break // no field is chosen there
						}
					}
					want := len(law.Fields)
					switch {
					case !slices.Contains(law.Ways, way):
						want = 0
					case way == relyingparty.InBulk:
						want = 1
					}
					if given != want {
						t.Errorf("by %s: %d fields were given and %d refused, want %d given", way, given, refused, want)
					}
				}
			})
		})
	}
}

// checkAgainst holds what was said against the table, for who may ask in some
// ways; it reports whether the field was given.
func (a *asking) checkAgainst(t *testing.T, ways []relyingparty.Way, way relyingparty.Way, field relyingparty.Field, got said) bool {
	t.Helper()
	law := desktest.Law[a.scenario]
	want, asked := refusals[way], []relyingparty.Field{field}
	switch {
	case !slices.Contains(ways, way):
	case way == relyingparty.InBulk:
		want, asked = "", law.Fields
	case slices.Contains(law.Fields, field):
		want = ""
		if way == relyingparty.ByConsent {
			asked = slices.Compact(slices.Sorted(slices.Values([]relyingparty.Field{"usable", "class_covers", field})))
		}
	case way == relyingparty.ByConsent:
		want = "consent.fields"
	default:
		want = "field_not_allowed"
	}
	if got.code != want || (got.status == 200) != (want == "") {
		t.Errorf("%s by %s: %d %q, want %q", field, way, got.status, got.code, want)
		return got.status == 200
	}
	if want == "" && field == "class_since" && slices.Contains(law.Fields, "classes") {
		asked = []relyingparty.Field{"class_since", "classes"} // since when, class by class
	}
	if want == "" {
		if diff := cmp.Diff(labels(asked...), got.given); diff != "" && !(field == "class_since" && slices.Equal(got.given, labels(field))) {
			t.Errorf("%s by %s: the driver is told that was given (-want +got):\n%s", field, way, diff)
		}
	}
	for other, values := range desktest.Shown(a.driver.Licence) {
		if allowed := want == "" && slices.Contains(asked, other); !allowed && holds(got.text, values) && !a.heldBefore(way, other) {
			t.Errorf("%s by %s: the answer shows %s: %s", field, way, other, got.text)
		}
	}
	return want == ""
}

// heldBefore are the values that the asker handed in: a file comes back with
// its numbers and names.
func (a *asking) heldBefore(way relyingparty.Way, field relyingparty.Field) bool {
	return way == relyingparty.InBulk && (field == "number" || field == "name")
}

// S38 over HTTP: whoever cannot be told of is one answer, to the byte.
func TestS38UnknownAndNotPermittedAreOneAnswerToTheByte(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		desk := s.Desk(relyingparty.Transport, "transport")
		clerk := s.as(&account.Session{Population: account.TerminalPop, PartyID: desk.Party.ID, TerminalID: desk.TerminalID, OperatorID: desk.OperatorID})
		silent, willing := s.Driver("holder:1", nil), s.Driver("holder:2", nil)
		willing.Authorise(desk, "transport")
		ask := func(number, name string) object {
			return object{"requestId": desktest.NewRequest(), "scenario": "transport", "way": "number", "vehicleClass": "C1", "number": number, "name": name}
		}
		answers := map[string]string{}
		for name, q := range map[string]object{
			"nobody":       ask("E00000099", "林晓舟"),
			"another name": ask(string(willing.Licence.Document.Number), "林晓舟"),
			"no consent":   ask(string(silent.Licence.Document.Number), string(silent.Licence.Name)),
		} {
			answers[name] = clerk.whole(t, "/api/terminal/checks", q)
		}
		for name, answer := range answers {
			if answer != answers["nobody"] || !strings.HasPrefix(answer, "404") || !strings.Contains(answer, `"not_found"`) {
				t.Errorf("%s: %s\nnobody: %s", name, answer, answers["nobody"])
			}
		}
		clerk.want(200, "POST", "/api/terminal/checks", ask(string(willing.Licence.Document.Number), string(willing.Licence.Name)), nil) // the control
	})
}

var trace = regexp.MustCompile(`"E-\d{8}"`) // names the one request, and is as long for each

// whole is status, headers and body of an answer, but for the time of day and
// the request's own name.
func (b *browser) whole(t *testing.T, path string, body object) string {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	response, raw := b.send(t, "POST", path, text)
	response.Header.Del("Date")
	header, err := json.Marshal(response.Header)
	if err != nil {
		t.Fatal(err)
	}
	return response.Status + "\n" + string(header) + "\n" + trace.ReplaceAllString(string(raw), `"E-"`)
}
