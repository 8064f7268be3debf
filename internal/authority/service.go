package authority

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/workday"
)

// The names of the settings.
const (
	profileSetting  = "authority"
	calendarSetting = "calendar"
)

// Tx is what the settings need of a storage transaction.
type Tx interface {
	// Setting reads the value of name into v; an absent one leaves v as it is.
	Setting(ctx context.Context, name string, v any) error
	SaveSetting(ctx context.Context, name string, v any) error
	AppendAudit(ctx context.Context, e audit.Entry) error
}

// Service keeps the authority's settings. What it answers is at most Stale old,
// so that a change by another server is seen soon.
type Service struct {
	InTx func(ctx context.Context, f func(Tx) error) error
	Read func(ctx context.Context, f func(Tx) error) error
	Now  func() time.Time

	mu     sync.Mutex // guards what follows
	loaded time.Time
	cached settings
}

// Stale bounds how old an answer may be.
const Stale = time.Second

type settings struct {
	profile  Profile
	entered  map[civil.Date]Entered
	calendar workday.Calendar
}

// Entered is a day of the calendar that an administrator set.
type Entered struct {
	Work bool   `json:"work"`
	Note string `json:"note"`
}

// The audited deeds.
const (
	ActProfile     audit.Action = "settings.profile"
	ActCalendarSet audit.Action = "calendar.set"
	ActCalendarDel audit.Action = "calendar.clear"
)

// AuditSentences says each deed in words.
var AuditSentences = map[audit.Action]lang.Text{
	ActProfile:     lang.T("修改发证机关信息", "changed the authority's settings"),
	ActCalendarSet: lang.T("设定工作日历的一天", "set a day of the working calendar"),
	ActCalendarDel: lang.T("恢复工作日历的一天", "restored a day of the working calendar"),
}

// ErrNote is returned for a day entered without saying why.
var ErrNote = fault.New(fault.Invalid, "calendar.note", "请写明依据，例如通知的名称。", "Say on what ground, such as the name of the notice.")

func (s *Service) load(ctx context.Context) (settings, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if age := s.Now().Sub(s.loaded); age >= 0 && age < Stale {
		return s.cached, nil
	}
	var got settings
	err := s.Read(ctx, func(tx Tx) error {
		got = settings{entered: map[civil.Date]Entered{}}
		if err := tx.Setting(ctx, profileSetting, &got.profile); err != nil {
			return err
		}
		return tx.Setting(ctx, calendarSetting, &got.entered)
	})
	if err != nil {
		return settings{}, fmt.Errorf("reading the settings: %w", err)
	}
	got.calendar = workday.Default().With(kinds(got.entered))
	s.cached, s.loaded = got, s.Now()
	return got, nil
}

func kinds(entered map[civil.Date]Entered) map[civil.Date]workday.Kind {
	days := map[civil.Date]workday.Kind{}
	for d, e := range entered {
		days[d] = workday.Off
		if e.Work {
			days[d] = workday.Working
		}
	}
	return days
}

func (s *Service) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded = time.Time{}
}

// Profile returns the authority's settings; before they are made it is empty.
func (s *Service) Profile(ctx context.Context) (Profile, error) {
	got, err := s.load(ctx)
	return got.profile, err
}

// SaveProfile replaces the authority's settings.
func (s *Service) SaveProfile(ctx context.Context, by audit.Actor, p Profile) error {
	if err := p.Check(); err != nil {
		return err
	}
	defer s.forget()
	return s.InTx(ctx, func(tx Tx) error {
		if err := tx.SaveSetting(ctx, profileSetting, p); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by, Action: ActProfile, Detail: map[string]string{"name": p.Name.ZH, "code": p.Code}})
	})
}

// Calendar returns the working days, with what administrators entered.
func (s *Service) Calendar(ctx context.Context) (workday.Calendar, error) {
	got, err := s.load(ctx)
	return got.calendar, err
}

// Entered returns the days that administrators entered.
func (s *Service) Entered(ctx context.Context) (map[civil.Date]Entered, error) {
	got, err := s.load(ctx)
	return maps.Clone(got.entered), err
}

// SetDay makes a day a working day or a day off, on a ground that is recorded.
func (s *Service) SetDay(ctx context.Context, by audit.Actor, d civil.Date, e Entered) error {
	if e.Note == "" {
		return fault.At("note", ErrNote)
	}
	detail := map[string]string{"date": d.String(), "work": fmt.Sprint(e.Work), "note": e.Note}
	return s.changeCalendar(ctx, by, ActCalendarSet, detail, func(days map[civil.Date]Entered) { days[d] = e })
}

// ClearDay gives a day back what the published calendar says.
func (s *Service) ClearDay(ctx context.Context, by audit.Actor, d civil.Date) error {
	detail := map[string]string{"date": d.String()}
	return s.changeCalendar(ctx, by, ActCalendarDel, detail, func(days map[civil.Date]Entered) { delete(days, d) })
}

func (s *Service) changeCalendar(ctx context.Context, by audit.Actor, action audit.Action, detail map[string]string, change func(map[civil.Date]Entered)) error {
	defer s.forget()
	return s.InTx(ctx, func(tx Tx) error {
		days := map[civil.Date]Entered{}
		if err := tx.Setting(ctx, calendarSetting, &days); err != nil {
			return err
		}
		change(days)
		if err := tx.SaveSetting(ctx, calendarSetting, days); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by, Action: action, Detail: detail})
	})
}
