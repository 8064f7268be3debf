package httpapi

import (
	"context"
	"net/http"

	"edl/internal/account"
	"edl/internal/authority"
	"edl/internal/civil"
	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/workday"
)

type settingsView struct {
	Authority   authority.Profile       `json:"authority"`
	Limits      map[string]account.Rate `json:"limits" doc:"what is permitted, by kind of request"`
	PhotoModels bool                    `json:"photoModels" doc:"false: the models of the photo check are missing or wrong, and people decide every rule that needs one"`
	// Certificate is what certificate identifiers start with.
	Certificate numberingView `json:"certificate"`
}

type numberingView struct {
	TypeCode   string `json:"typeCode" doc:"证照类型代码; empty: no identifiers are made"`
	IssuerCode string `json:"issuerCode" doc:"颁发机构代码"`
	Example    string `json:"example,omitempty" doc:"an identifier of the first version as it would be made now"`
}

type numberingRequest struct {
	TypeCode   string `json:"typeCode" maxLength:"32"`
	IssuerCode string `json:"issuerCode" maxLength:"32"`
}

type calendarView struct {
	Year         int           `json:"year"`
	KnownThrough string        `json:"knownThrough"`
	Days         []calendarDay `json:"days" doc:"exceptions to Monday–Friday"`
}

type calendarDay struct {
	Date   string `json:"date"`
	Work   bool   `json:"work"`
	Name   string `json:"name,omitempty" doc:"of the holiday, or the ground on which it was entered"`
	Source string `json:"source" enum:"published,entered"`
}

type dayRequest struct {
	Work bool   `json:"work"`
	Note string `json:"note" maxLength:"200"`
}

var errDate = fault.New(fault.Invalid, "date", "日期要写成2026-10-09这样。", "Write the date like 2026-10-09.")

func (s *Server) staffSettingsRoutes() {
	handle(s, op{id: "getSettings", method: get, path: "/api/staff/settings", access: Staff(account.System),
		summary: "The authority's settings"}, s.getSettings)
	handle(s, op{id: "saveSettings", method: put, path: "/api/staff/settings", access: Staff(account.System), status: http.StatusNoContent,
		summary: "Change the authority's settings"}, s.saveSettings)
	handle(s, op{id: "setNumbering", method: put, path: "/api/staff/settings/certificate", access: Staff(account.System), status: http.StatusNoContent,
		summary: "Set what certificate identifiers (GB/T 36904) start with, from the next issue on"}, s.setNumbering)
	handle(s, op{id: "getCalendar", method: get, path: "/api/staff/calendar", access: AnyStaff,
		summary: "The working days of a year"}, s.getCalendar)
	handle(s, op{id: "setCalendarDay", method: put, path: "/api/staff/calendar/{date}", access: Staff(account.System), status: http.StatusNoContent,
		summary: "Make a day a working day or a day off"}, s.setCalendarDay)
	handle(s, op{id: "clearCalendarDay", method: del, path: "/api/staff/calendar/{date}", access: Staff(account.System), status: http.StatusNoContent,
		summary: "Give a day back what the published calendar says"}, s.clearCalendarDay)
}

func (s *Server) getSettings(ctx context.Context, _ *Caller, _ *none) (*output[settingsView], error) {
	profile, err := s.Authority.Profile(ctx)
	if profile.Offices == nil {
		profile.Offices = []authority.Office{}
	}
	if err != nil {
		return nil, err
	}
	numbering, err := s.Issuance.Numbering(ctx)
	if err != nil {
		return nil, err
	}
	example, err := numbering.Identifier(s.Now().In(civil.Shanghai).Format("060102")+"0001", 1)
	return answer(settingsView{profile, s.Rates, s.PhotoModels, numberingView{numbering.TypeCode, numbering.IssuerCode, example}}, err)
}

func (s *Server) setNumbering(ctx context.Context, c *Caller, in *input[numberingRequest]) (*none, error) {
	return done(s.Issuance.SetNumbering(ctx, c.Actor(), credential.Numbering{TypeCode: in.Body.TypeCode, IssuerCode: in.Body.IssuerCode}))
}

func (s *Server) saveSettings(ctx context.Context, c *Caller, in *input[struct {
	Authority authority.Profile `json:"authority"`
}]) (*none, error) {
	return done(s.Authority.SaveProfile(ctx, c.Actor(), in.Body.Authority))
}

func (s *Server) getCalendar(ctx context.Context, _ *Caller, in *struct {
	Year int `query:"year" minimum:"2004" maximum:"2100"`
}) (*output[calendarView], error) {
	calendar, err := s.Authority.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	entered, err := s.Authority.Entered(ctx)
	if err != nil {
		return nil, err
	}
	year := in.Year
	if year == 0 {
		year = civil.Of(s.Now()).Year
	}
	view := calendarView{Year: year, KnownThrough: calendar.KnownThrough().String(), Days: []calendarDay{}}
	for _, d := range calendar.Exceptions(year) {
		day := calendarDay{Date: d.Date.String(), Work: d.Kind == workday.Working, Source: "published"}
		if e, ok := entered[d.Date]; ok {
			day.Source, day.Name = "entered", e.Note
		}
		view.Days = append(view.Days, day)
	}
	return answer(view, nil)
}

func (s *Server) setCalendarDay(ctx context.Context, c *Caller, in *struct {
	Date string `path:"date" maxLength:"10"`
	Body dayRequest
}) (*none, error) {
	d, err := civil.Parse(in.Date)
	if err != nil {
		return nil, fault.At("date", errDate)
	}
	return done(s.Authority.SetDay(ctx, c.Actor(), d, authority.Entered{Work: in.Body.Work, Note: in.Body.Note}))
}

func (s *Server) clearCalendarDay(ctx context.Context, c *Caller, in *struct {
	Date string `path:"date" maxLength:"10"`
}) (*none, error) {
	d, err := civil.Parse(in.Date)
	if err != nil {
		return nil, fault.At("date", errDate)
	}
	return done(s.Authority.ClearDay(ctx, c.Actor(), d))
}
