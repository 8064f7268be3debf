package verification

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"edl/internal/civil"
	"edl/internal/consent"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/licence"
	"edl/internal/relyingparty"
)

// A Question is what an operator asks. By number, Number and Name say whose
// licence; with a code they are what the asker holds, to be compared.
type Question struct {
	RequestID string `json:"-"` // a UUID
	Code      string `json:"-"` // the text as scanned

	Scenario     relyingparty.ScenarioID `json:"scenario"`
	Way          relyingparty.Way        `json:"way"`
	Number       string                  `json:"number,omitempty"`
	Name         string                  `json:"name,omitempty"`
	Reason       string                  `json:"reason,omitempty"`
	CaseNumber   string                  `json:"case_number,omitempty"`
	PolicyNumber string                  `json:"policy_number,omitempty"`
	VehicleClass licence.Class           `json:"vehicle_class,omitempty"`
	RentalEnd    civil.Date              `json:"rental_end,omitzero"`
	AccidentAt   time.Time               `json:"accident_at,omitzero"`
	Purpose      string                  `json:"purpose,omitempty"` // of a delay; "": the driver sees it at once
	Fields       []relyingparty.Field    `json:"fields,omitempty"`  // what is wanted; none: all that the scenario gives
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// ParseRequestID reads the UUID by which a terminal names a request.
func ParseRequestID(s string) (string, error) {
	s = strings.ToLower(s)
	if !uuid.MatchString(s) {
		return s, ErrRequestID
	}
	return s, nil
}

// tidy returns the question as it is kept, or what is wrong with its form
// whatever the scenario.
func (q Question) tidy() (Question, error) {
	var err error
	if q.RequestID, err = ParseRequestID(q.RequestID); err != nil {
		return q, fault.At("requestId", err)
	}
	if q.Way != relyingparty.ByCode && q.Way != relyingparty.ByNumber {
		return q, fault.At("way", ErrWay)
	}
	return q.tidyText()
}

// tidyText is tidy for what people entered.
func (q Question) tidyText() (Question, error) {
	q.Number, q.Name = strings.TrimSpace(q.Number), strings.TrimSpace(q.Name)
	q.Reason, q.CaseNumber = strings.TrimSpace(q.Reason), strings.TrimSpace(q.CaseNumber)
	if !line(q.Reason, 100) {
		return q, fault.At("reason", ErrReason)
	}
	if !line(q.CaseNumber, 40) {
		return q, fault.At("caseNumber", ErrCase)
	}
	if q.PolicyNumber = strings.TrimSpace(q.PolicyNumber); !line(q.PolicyNumber, 40) {
		return q, fault.At("policyNumber", consent.ErrPolicy)
	}
	if q.Name != "" {
		name, err := identity.ParseName(q.Name)
		if err != nil {
			return q, fault.At("name", err)
		}
		q.Name = string(name)
	}
	if q.Number == "" {
		return q, nil
	}
	number, err := parseNumber(q.Number, q.Way)
	q.Number = string(number)
	return q, fault.At("number", err)
}

// line reports whether s can be shown on one line of at most that length.
func line(s string, most int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) })
}

const (
	citizenLength = 18 // of a number with a check digit
	shortestEnd   = 6  // of a number that is compared by its end
)

// parseNumber reads a number of any document: letters and digits. One of 18
// digits carries a check digit, so a slip of the finger is told apart from
// somebody who is not there.
func parseNumber(s string, way relyingparty.Way) (identity.Number, error) {
	kind := identity.ForeignPerson
	d, err := identity.ParseDocument(string(kind), s)
	if err != nil {
		return "", err
	}
	if way == relyingparty.ByCode || way == relyingparty.ByConsent {
		if len(d.Number) < shortestEnd {
			return "", ErrHolder
		}
		return d.Number, nil
	}
	if len(d.Number) == citizenLength && strings.Trim(string(d.Number[:17]), "0123456789") == "" {
		d, err = identity.ParseDocument(string(identity.ResidentCard), s)
	}
	return d.Number, err
}

// fits returns nil if the scenario can be asked this, and all that it must
// know was said. Whatever a scenario does not ask for is refused when it would
// make the answer say more.
func (q Question) fits(s *relyingparty.Scenario, now time.Time) error {
	for _, check := range []func(*relyingparty.Scenario, time.Time) error{q.permitted, q.complete} {
		if err := check(s, now); err != nil {
			return err
		}
	}
	return nil
}

func (q Question) permitted(s *relyingparty.Scenario, _ time.Time) error {
	holds := q.Way != relyingparty.ByNumber && q.holds()
	switch {
	case !s.Takes(q.Way):
		return fault.At("way", ErrFieldNotAllowed)
	case q.VehicleClass != "" && !s.AsksFor(relyingparty.AskVehicle):
		return fault.At("vehicleClass", ErrFieldNotAllowed)
	case !q.RentalEnd.IsZero() && !s.AsksFor(relyingparty.AskReturn):
		return fault.At("rentalEnd", ErrFieldNotAllowed)
	case !q.AccidentAt.IsZero() && !s.AsksFor(relyingparty.AskAccident):
		return fault.At("accidentAt", ErrFieldNotAllowed)
	case q.PolicyNumber != "" && !s.AsksFor(relyingparty.AskPolicy):
		return fault.At("policyNumber", ErrFieldNotAllowed)
	case q.Purpose != "" && (s.ID != relyingparty.PoliceCheck || q.Way != relyingparty.ByNumber):
		return fault.At("purpose", ErrFieldNotAllowed)
	case holds && !s.AsksFor(relyingparty.AskHolder):
		return fault.At("name", ErrFieldNotAllowed)
	case slices.ContainsFunc(q.Fields, func(f relyingparty.Field) bool { return !s.Gives(f) }):
		return fault.At("fields", ErrFieldNotAllowed)
	}
	return nil
}

func (q Question) complete(s *relyingparty.Scenario, now time.Time) error {
	byNumber := q.Way == relyingparty.ByNumber
	switch {
	case byNumber && q.Number == "":
		return fault.At("number", ErrLookup)
	case byNumber && q.Name == "":
		return fault.At("name", ErrLookup)
	case byNumber && s.AsksFor(relyingparty.AskReason) && q.Reason == "":
		return fault.At("reason", ErrReason)
	case (s.AsksFor(relyingparty.AskCase) || q.Purpose != "") && q.CaseNumber == "":
		return fault.At("caseNumber", ErrCase)
	case s.AsksFor(relyingparty.AskPolicy) && q.PolicyNumber == "":
		return fault.At("policyNumber", consent.ErrPolicy)
	case s.AsksFor(relyingparty.AskVehicle) && !slices.Contains(s.VehicleClasses(), q.VehicleClass):
		return fault.At("vehicleClass", ErrVehicle)
	case s.AsksFor(relyingparty.AskReturn) && (q.RentalEnd.IsZero() || !now.Before(q.RentalEnd.End())):
		return fault.At("rentalEnd", ErrReturn)
	case s.AsksFor(relyingparty.AskAccident) && (q.AccidentAt.IsZero() || q.AccidentAt.After(now)):
		return fault.At("accidentAt", ErrAccident)
	}
	return nil
}

// same reports whether both ask the same, the code apart.
func (q Question) same(other Question) bool {
	return q.Scenario == other.Scenario && q.Way == other.Way && q.Number == other.Number && q.Name == other.Name &&
		q.Reason == other.Reason && q.CaseNumber == other.CaseNumber && q.PolicyNumber == other.PolicyNumber && q.Purpose == other.Purpose && q.VehicleClass == other.VehicleClass &&
		q.RentalEnd == other.RentalEnd && q.AccidentAt.Equal(other.AccidentAt) && slices.Equal(q.Fields, other.Fields)
}

// wants reports whether a field of the scenario is wanted.
func (q Question) wants(f relyingparty.Field) bool {
	return len(q.Fields) == 0 || slices.Contains(q.Fields, f)
}

// holds reports whether the asker said whom they expect.
func (q Question) holds() bool { return q.Name != "" || q.Number != "" }

// belongs reports whether the name and number that the asker holds are the
// licence's; a number may be given by its end.
func (q Question) belongs(l licence.Licence) bool {
	return (q.Name == "" || l.Name.Same(identity.Name(q.Name))) && strings.HasSuffix(string(l.Document.Number), q.Number)
}
