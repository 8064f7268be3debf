package admission

import (
	"context"
	"fmt"
	"strings"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/relyingparty"
	"edl/internal/uid"
	"edl/internal/workday"
)

// queueLimit bounds a list for staff.
const queueLimit = 200

// Queue lists what waits, earliest first, or what was decided, newest first.
func (s *Service) Queue(ctx context.Context, decided bool) (list []*Application, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		if decided {
			list, err = tx.DecidedAdmissions(ctx, queueLimit)
		} else {
			list, err = tx.OpenAdmissions(ctx, queueLimit)
		}
		return err
	})
	return list, err
}

// Case returns one application to staff; a draft is not there.
func (s *Service) Case(ctx context.Context, id string) (a *Application, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		a, err = forStaff(ctx, tx, id)
		return err
	})
	return a, err
}

func forStaff(ctx context.Context, tx Tx, id string) (*Application, error) {
	a, err := tx.Admission(ctx, id)
	if err == nil && a.Status == Draft {
		return nil, errNoFile
	}
	return a, err
}

// Show returns a piece of evidence to staff, and records that it was seen.
func (s *Service) Show(ctx context.Context, by audit.Actor, id, file string) (f File, content []byte, err error) {
	err = s.InTx(ctx, func(tx Tx) error {
		a, err := forStaff(ctx, tx, id)
		if err != nil {
			return err
		}
		if f, content, err = tx.Evidence(ctx, a.ID, file); err != nil {
			return err
		}
		return s.log(ctx, tx, by, ActEvidence, a, map[string]string{"file": file})
	})
	return f, content, err
}

// Return asks the applicant for more 补正, once, within AnswerDays.
func (s *Service) Return(ctx context.Context, by audit.Actor, id string, version int64, why Objection) (a *Application, err error) {
	if why, err = why.check(); err != nil {
		return nil, err
	}
	calendar, err := s.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	err = s.InTx(ctx, func(tx Tx) error {
		if a, err = s.decidable(ctx, tx, id, version); err != nil {
			return err
		}
		if !a.ReturnedAt.IsZero() {
			return ErrAgain
		}
		if err := a.become(Returned); err != nil {
			return err
		}
		a.ReturnedAt, a.Missing = s.Now(), why
		a.AnswerBy = answerBy(calendar, a.ReturnedAt)
		if err := tx.SaveAdmission(ctx, a); err != nil {
			return err
		}
		if err := s.log(ctx, tx, by, ActReturn, a, map[string]string{"reasons": fmt.Sprint(why.Reasons), "words": why.Words, "until": a.LastDay().String()}); err != nil {
			return err
		}
		return s.text(ctx, tx, a, fmt.Sprintf("%s的%s（编号 %s）需要补正：%s请在%s前修改后再提交，逾期申请失效：%s", a.Name, a.called(), a.Number, sentences(why), a.until(), s.page(a)))
	})
	return a, err
}

// answerBy is the end of the last of AnswerDays working days after asking.
func answerBy(c workday.Calendar, asked time.Time) time.Time {
	day := civil.Of(asked)
	for range AnswerDays {
		day, _ = c.NextWorkday(day)
	}
	return day.End()
}

// LastDay is the last on which what was asked for may be answered.
func (a *Application) LastDay() civil.Date {
	if a.AnswerBy.IsZero() {
		return civil.Date{}
	}
	return civil.Of(a.AnswerBy.Add(-time.Second))
}

func (a *Application) until() string {
	d := a.LastDay()
	return fmt.Sprintf("%d月%d日24:00", d.Month, d.Day)
}

func sentences(o Objection) string {
	var b strings.Builder
	for _, t := range o.Say() {
		b.WriteString(t.ZH)
		if !strings.HasSuffix(t.ZH, "。") {
			b.WriteString("。")
		}
	}
	return b.String()
}

// decidable returns the application if it is as the decider saw it.
func (s *Service) decidable(ctx context.Context, tx Tx, id string, version int64) (*Application, error) {
	a, err := forStaff(ctx, tx, id)
	switch {
	case err != nil:
		return nil, err
	case !a.DecidedAt.IsZero():
		return nil, a.over()
	case a.Version != version:
		return nil, ErrChanged
	}
	return a, nil
}

// An Outcome is a decision, with the first administrator's link where
// something was granted; it is shown once.
type Outcome struct {
	*Application
	InviteURL string
	Expires   time.Time
}

// Decide grants or refuses each scenario. Where one is granted the body becomes
// a relying party, and who applied its first administrator; a party is granted
// it beside those it has.
func (s *Service) Decide(ctx context.Context, by audit.Actor, id string, version int64, verdicts []Verdict) (out Outcome, err error) {
	err = s.InTx(ctx, func(tx Tx) error {
		out = Outcome{}
		a, err := s.decidable(ctx, tx, id, version)
		if err != nil {
			return err
		}
		out.Application = a
		if a.Verdicts, err = a.judge(verdicts); err != nil {
			return err
		}
		a.DecidedBy = by.ID
		granted := a.granted()
		if len(granted) > 0 && a.Further {
			return s.extend(ctx, tx, by, a, granted)
		}
		if len(granted) > 0 {
			return s.grant(ctx, tx, by, &out, granted)
		}
		return s.refuse(ctx, tx, by, a)
	})
	return out, err
}

func (a *Application) granted() (ids []relyingparty.ScenarioID) {
	for _, v := range a.Verdicts {
		if v.Granted {
			ids = append(ids, v.Scenario)
		}
	}
	return ids
}

func (s *Service) refuse(ctx context.Context, tx Tx, by audit.Actor, a *Application) error {
	if err := a.become(Refused); err != nil {
		return err
	}
	a.DecidedAt = s.Now()
	if err := tx.SaveAdmission(ctx, a); err != nil {
		return err
	}
	if err := s.log(ctx, tx, by, ActRefuse, a, verdictDetail(a)); err != nil {
		return err
	}
	return s.text(ctx, tx, a, fmt.Sprintf("%s的%s（编号 %s）未获批准：%s可以补齐后重新申请。详情：%s", a.Name, a.called(), a.Number, sentences(a.all()), s.page(a)))
}

// all gathers every objection of the verdicts.
func (a *Application) all() (o Objection) {
	for _, v := range a.Verdicts {
		o.Reasons = append(o.Reasons, v.Objection.Reasons...)
		if v.Objection.Words != "" && !strings.Contains(o.Words, v.Objection.Words) {
			o.Words += v.Objection.Words
		}
	}
	return o
}

func verdictDetail(a *Application) map[string]string {
	detail := map[string]string{"name": a.Name, "uscc": string(a.USCC)}
	for _, v := range a.Verdicts {
		detail[string(v.Scenario)] = fmt.Sprintf("granted %v %s%v %s", v.Granted, v.Condition, v.Objection.Reasons, v.Objection.Words)
	}
	return detail
}

func (s *Service) grant(ctx context.Context, tx Tx, by audit.Actor, out *Outcome, granted []relyingparty.ScenarioID) error {
	a := out.Application
	if err := a.become(Granted); err != nil {
		return err
	}
	party, err := s.Parties.AddIn(ctx, tx, by, a.party(granted))
	if err != nil {
		return err
	}
	admin, secret, err := s.Admins.InviteAdminIn(ctx, tx.Admins(), by, party.ID, a.login(), string(a.Person))
	if err != nil {
		return err
	}
	out.InviteURL, out.Expires = s.Invite(secret), admin.InviteUntil
	a.PartyID, a.AdminID, a.DecidedAt = party.ID, admin.ID, s.Now()
	if err := tx.SaveAdmission(ctx, a); err != nil {
		return err
	}
	if err := s.log(ctx, tx, by, ActGrant, a, verdictDetail(a)); err != nil {
		return err
	}
	return s.text(ctx, tx, a, fmt.Sprintf("%s已成为用证单位（申请编号 %s），批准 %d 个场景。请在72小时内打开链接启用管理员账号，链接只能用一次，不要转发：%s", a.Name, a.Number, len(granted), out.InviteURL))
}

// login is the first administrator's: the application's number, with digits
// that nobody can have taken on purpose.
func (a *Application) login() string { return strings.ToLower(a.Number) + "." + uid.Digits(4) }

// Work drops drafts whose time is over, ends what nobody answered, and destroys
// the evidence of what was decided long ago.
func (s *Service) Work(ctx context.Context) error {
	calendar, err := s.Calendar(ctx)
	if err != nil {
		return err
	}
	for {
		var n int
		err := s.InTx(ctx, func(tx Tx) error {
			list, err := tx.StaleAdmissions(ctx, s.Now(), s.Now().Add(-EvidenceLife), sweepAtOnce)
			n = len(list)
			for _, a := range list {
				if err := s.sweep(ctx, tx, a, calendar); err != nil {
					return err
				}
			}
			return err
		})
		if err != nil || n < sweepAtOnce {
			return err
		}
	}
}

const sweepAtOnce = 20

func (s *Service) sweep(ctx context.Context, tx Tx, a *Application, calendar workday.Calendar) error {
	if a.Status == Returned {
		return s.lapse(ctx, tx, a, calendar)
	}
	entry := audit.Entry{At: s.Now(), Actor: audit.Program, Action: ActDrop, Object: a.ID, Case: a.Number}
	if a.Status == Draft {
		if err := tx.DropAdmission(ctx, a.ID); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, entry)
	}
	if err := tx.DestroyEvidence(ctx, a.ID); err != nil {
		return err
	}
	a.EvidenceGoneAt = s.Now()
	if a.Status != Granted { // nobody has to be reached any more
		a.Person, a.Contact, a.ContactPhone, a.Phone = "", "", "", ""
	}
	if err := tx.SaveAdmission(ctx, a); err != nil {
		return err
	}
	entry.Action = ActDestroy
	return tx.AppendAudit(ctx, entry)
}

// lapse ends an application whose applicant did not answer. Of what was asked
// for before there was a last day, the days begin now.
func (s *Service) lapse(ctx context.Context, tx Tx, a *Application, calendar workday.Calendar) error {
	if a.AnswerBy.IsZero() {
		a.AnswerBy = answerBy(calendar, s.Now())
		if err := tx.SaveAdmission(ctx, a); err != nil {
			return err
		}
		return s.text(ctx, tx, a, fmt.Sprintf("%s的%s（编号 %s）还在等您补正：请在%s前修改后再提交，逾期申请失效：%s", a.Name, a.called(), a.Number, a.until(), s.page(a)))
	}
	if err := a.become(Lapsed); err != nil {
		return err
	}
	a.DecidedAt = s.Now()
	if err := tx.SaveAdmission(ctx, a); err != nil {
		return err
	}
	if err := s.log(ctx, tx, audit.Program, ActLapse, a, map[string]string{"until": a.LastDay().String()}); err != nil {
		return err
	}
	return s.text(ctx, tx, a, fmt.Sprintf("%s的%s（编号 %s）到%s没有补正，已失效。需要时可以重新申请：%s", a.Name, a.called(), a.Number, a.until(), s.page(a)))
}

// Administrator returns the account that the grant made.
func (s *Service) Administrator(ctx context.Context, a *Application) (m *account.Member, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		m, err = tx.Admins().Member(ctx, a.AdminID)
		return err
	})
	return m, err
}
