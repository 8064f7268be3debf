package verification

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/relyingparty"
	"edl/internal/uid"
)

// MostDelay is for how many days a look-up may be kept from the driver before
// two persons decide anew.
const MostDelay = 180

// A DelayStatus says how far something is that one person proposes and another decides.
type DelayStatus string

// The statuses of a purpose, and of an extension.
const (
	Proposed DelayStatus = "proposed"
	InForce  DelayStatus = "in_force"
	Approved DelayStatus = "approved"
	Refused  DelayStatus = "refused"
	Ended    DelayStatus = "ended"
)

// A Purpose is one for which the police may look somebody up by number without
// the driver seeing it at once.
type Purpose struct {
	ID         string
	Name       string
	Basis      string // the law that says so
	Days       int    // 1 to MostDelay
	Status     DelayStatus
	ProposedBy string
	ProposedAt time.Time
	DecidedBy  string
	DecidedAt  time.Time
	EndedAt    time.Time
	Version    int64
}

// An Extension is more days for one check.
type Extension struct {
	ID          string
	CheckNumber string
	LicenceID   string
	Days        int
	Basis       string // sealed under the driver's key
	Status      DelayStatus
	ProposedBy  string
	ProposedAt  time.Time
	DecidedBy   string
	DecidedAt   time.Time
	Version     int64
}

// A Delay is why a check was kept from the driver; it is shown with the check
// when its time has come. It keeps its JSON names for ever.
type Delay struct {
	Purpose string `json:"purpose"`
	Basis   string `json:"basis"`
	Days    int    `json:"days"` // all of them
}

// Say tells the driver of it.
func (d *Delay) Say() lang.Text {
	n := strconv.Itoa(d.Days)
	return lang.T("延迟"+n+"天公开，依据："+d.Basis, "Shown "+n+" days later, on the basis of: "+d.Basis)
}

// Hidden reports whether the driver may not see the check yet.
func (c *Check) Hidden(now time.Time) bool { return now.Before(c.VisibleAt) }

// DelayTx is what purposes and extensions need of a storage transaction.
type DelayTx interface {
	AddPurpose(ctx context.Context, p *Purpose) error
	SavePurpose(ctx context.Context, p *Purpose) error
	DelayPurpose(ctx context.Context, id string) (*Purpose, error)
	DelayPurposes(ctx context.Context) ([]*Purpose, error) // newest first

	// AddExtension stores one, or returns ErrTaken where the check has one to decide.
	AddExtension(ctx context.Context, e *Extension) error
	SaveExtension(ctx context.Context, e *Extension) error
	DelayExtension(ctx context.Context, id string) (*Extension, error)
	DelayExtensions(ctx context.Context, limit int) ([]*Extension, error) // newest first

	Desk(ctx context.Context, terminalID, operatorID string) (*relyingparty.Desk, error)
	CheckByNumber(ctx context.Context, number string) (*Check, error)
	// HiddenChecks returns checks that drivers do not see yet, the first due first.
	HiddenChecks(ctx context.Context, now time.Time, limit int) ([]*Check, error)
	// SaveDelay stores until when a check is kept from the driver, and why.
	SaveDelay(ctx context.Context, c *Check) error
	AppendAudit(ctx context.Context, e audit.Entry) error
}

// Delays keeps the purposes. The security administrator proposes; the auditor,
// who sees every look-up at once and answers for the citizens' log, decides.
type Delays struct {
	InTx func(ctx context.Context, f func(DelayTx) error) error
	Read func(ctx context.Context, f func(DelayTx) error) error
	Now  func() time.Time
}

// The audited deeds.
const (
	ActPurposePropose   audit.Action = "delay.propose"
	ActPurposeApprove   audit.Action = "delay.approve"
	ActPurposeRefuse    audit.Action = "delay.refuse"
	ActPurposeEnd       audit.Action = "delay.end"
	ActExtensionPropose audit.Action = "delay.extension_propose"
	ActExtensionApprove audit.Action = "delay.extension_approve"
	ActExtensionRefuse  audit.Action = "delay.extension_refuse"
)

// DelayAuditSentences says each deed in words.
var DelayAuditSentences = map[audit.Action]lang.Text{
	ActPurposePropose:   lang.T("提请设立延迟公开的用途", "proposed a purpose whose look-ups are shown later"),
	ActPurposeApprove:   lang.T("批准延迟公开的用途", "approved a purpose whose look-ups are shown later"),
	ActPurposeRefuse:    lang.T("未批准延迟公开的用途", "refused a purpose whose look-ups would be shown later"),
	ActPurposeEnd:       lang.T("停止延迟公开的用途", "ended a purpose whose look-ups are shown later"),
	ActExtensionPropose: lang.T("提请延长一次查验的延迟公开", "proposed to keep a check from the driver for longer"),
	ActExtensionApprove: lang.T("批准延长一次查验的延迟公开", "approved to keep a check from the driver for longer"),
	ActExtensionRefuse:  lang.T("未批准延长一次查验的延迟公开", "refused to keep a check from the driver for longer"),
}

// Why a delay is not as wished.
var (
	ErrPurpose      = fault.New(fault.Invalid, "check.purpose", "这个用途没有批准，或已停止；请重新选择。没有查询。", "This purpose is not in force. Choose again; nothing was looked up.")
	ErrNoReceipt    = fault.New(fault.Conflict, "check.no_receipt", "这次查验延迟公开，公开前没有回执。", "This check is shown later; until then it has no receipt.")
	ErrDelayName    = fault.New(fault.Invalid, "delay.name", "请填写用途名称，30字以内。", "Name the purpose, in at most 30 characters.")
	ErrDelayBasis   = fault.New(fault.Invalid, "delay.basis", "请写明法律依据，100字以内。", "Give the legal basis, in at most 100 characters.")
	ErrDelayDays    = fault.New(fault.Invalid, "delay.days", "延迟须为1至180天。", "A delay is 1 to 180 days.")
	ErrSamePerson   = fault.New(fault.Denied, "delay.same_person", "提请和批准须由两个人办理。", "Who proposed it cannot decide it.")
	ErrDelayDecided = fault.New(fault.Conflict, "delay.decided", "这件事已经办理过了。", "This was decided already.")
	ErrDelayPending = fault.New(fault.Conflict, "delay.pending", "这次查验已有一件延长待批准。", "An extension of this check waits to be decided.")
	ErrDelayShown   = fault.New(fault.Conflict, "delay.shown", "这次查验没有延迟，或已经公开，不能再延迟。", "This check is not delayed, or was shown already; it cannot be kept back.")
)

func tidyDelay(basis string, days int) (string, error) {
	basis = strings.TrimSpace(basis)
	switch {
	case basis == "" || !line(basis, 100):
		return "", fault.At("basis", ErrDelayBasis)
	case days < 1 || days > MostDelay:
		return "", fault.At("days", ErrDelayDays)
	}
	return basis, nil
}

// Propose asks for a purpose.
func (s *Delays) Propose(ctx context.Context, by audit.Actor, name, basis string, days int) (*Purpose, error) {
	name = strings.TrimSpace(name)
	if name == "" || !line(name, 30) {
		return nil, fault.At("name", ErrDelayName)
	}
	basis, err := tidyDelay(basis, days)
	if err != nil {
		return nil, err
	}
	p := &Purpose{ID: uid.New(s.Now()), Name: name, Basis: basis, Days: days, Status: Proposed, ProposedBy: by.ID, ProposedAt: s.Now()}
	err = s.InTx(ctx, func(tx DelayTx) error {
		if err := tx.AddPurpose(ctx, p); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, s.deed(by, ActPurposePropose, p))
	})
	return p, err
}

func (s *Delays) deed(by audit.Actor, action audit.Action, p *Purpose) audit.Entry {
	return audit.Entry{
		At: s.Now(), Actor: by, Action: action, Object: p.ID,
		Detail: map[string]string{"purpose": p.Name, "basis": p.Basis, "days": strconv.Itoa(p.Days)},
	}
}

// Decide approves or refuses a purpose that somebody else proposed.
func (s *Delays) Decide(ctx context.Context, by audit.Actor, id string, approve bool) error {
	return s.InTx(ctx, func(tx DelayTx) error {
		p, err := tx.DelayPurpose(ctx, id)
		if err != nil {
			return err
		}
		if err := decidable(p.Status, p.ProposedBy, by); err != nil {
			return err
		}
		action := ActPurposeRefuse
		p.Status, p.DecidedBy, p.DecidedAt = Refused, by.ID, s.Now()
		if approve {
			p.Status, action = InForce, ActPurposeApprove
		}
		if err := tx.SavePurpose(ctx, p); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, s.deed(by, action, p))
	})
}

func decidable(status DelayStatus, proposedBy string, by audit.Actor) error {
	switch {
	case status != Proposed:
		return ErrDelayDecided
	case proposedBy == by.ID:
		return ErrSamePerson
	}
	return nil
}

// End stops a purpose: less is kept from drivers, so one person is enough.
// Checks made under it are shown when they were to be.
func (s *Delays) End(ctx context.Context, by audit.Actor, id string) error {
	return s.InTx(ctx, func(tx DelayTx) error {
		p, err := tx.DelayPurpose(ctx, id)
		if err != nil {
			return err
		}
		if p.Status != InForce {
			return ErrDelayDecided
		}
		p.Status, p.EndedAt = Ended, s.Now()
		if err := tx.SavePurpose(ctx, p); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, s.deed(by, ActPurposeEnd, p))
	})
}

// Extend asks to keep a check from the driver for more days.
func (s *Delays) Extend(ctx context.Context, by audit.Actor, check, basis string, days int) (*Extension, error) {
	basis, err := tidyDelay(basis, days)
	if err != nil {
		return nil, err
	}
	var e *Extension
	err = s.InTx(ctx, func(tx DelayTx) error {
		c, err := tx.CheckByNumber(ctx, strings.TrimSpace(check))
		if err != nil {
			return fault.At("check", err)
		}
		if !c.Hidden(s.Now()) {
			return fault.At("check", ErrDelayShown)
		}
		e = &Extension{
			ID: uid.New(s.Now()), CheckNumber: c.Number, LicenceID: c.LicenceID, Days: days, Basis: basis,
			Status: Proposed, ProposedBy: by.ID, ProposedAt: s.Now(),
		}
		if err := tx.AddExtension(ctx, e); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, s.extension(by, ActExtensionPropose, e, c))
	})
	if errors.Is(err, ErrTaken) {
		return nil, ErrDelayPending
	}
	return e, err
}

func (s *Delays) extension(by audit.Actor, action audit.Action, e *Extension, c *Check) audit.Entry {
	return audit.Entry{
		At: s.Now(), Actor: by, Action: action, Subject: e.LicenceID, Object: e.CheckNumber,
		Detail: map[string]string{"days": strconv.Itoa(e.Days), "basis": e.Basis, "visible_at": c.VisibleAt.UTC().Format(time.RFC3339)},
	}
}

// DecideExtension approves or refuses more days that somebody else proposed. A
// check that was shown meanwhile is not taken back.
func (s *Delays) DecideExtension(ctx context.Context, by audit.Actor, id string, approve bool) error {
	return s.InTx(ctx, func(tx DelayTx) error {
		e, err := tx.DelayExtension(ctx, id)
		if err != nil {
			return err
		}
		if err := decidable(e.Status, e.ProposedBy, by); err != nil {
			return err
		}
		c, err := tx.CheckByNumber(ctx, e.CheckNumber)
		if err != nil {
			return err
		}
		action := ActExtensionRefuse
		e.Status, e.DecidedBy, e.DecidedAt = Refused, by.ID, s.Now()
		if approve {
			if !c.Hidden(s.Now()) {
				return ErrDelayShown
			}
			e.Status, action = Approved, ActExtensionApprove
			c.VisibleAt = c.VisibleAt.Add(time.Duration(e.Days) * 24 * time.Hour)
			c.Record.Delay.Days += e.Days
			c.Record.Delay.Basis += "；" + e.Basis
			if err := tx.SaveDelay(ctx, c); err != nil {
				return err
			}
		}
		if err := tx.SaveExtension(ctx, e); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, s.extension(by, action, e, c))
	})
}

// An Overview is all that is to be decided and watched.
type Overview struct {
	Purposes   []*Purpose
	Extensions []*Extension
	Hidden     []*Check
}

// overviewRows bounds its lists.
const overviewRows = 200

// Overview returns purposes, extensions and the checks that are kept back.
func (s *Delays) Overview(ctx context.Context) (o *Overview, err error) {
	err = s.Read(ctx, func(tx DelayTx) error {
		o = &Overview{}
		if o.Purposes, err = tx.DelayPurposes(ctx); err != nil {
			return err
		}
		if o.Extensions, err = tx.DelayExtensions(ctx, overviewRows); err != nil {
			return err
		}
		o.Hidden, err = tx.HiddenChecks(ctx, s.Now(), overviewRows)
		return err
	})
	return o, err
}

// ForDesk lists the purposes that an officer may choose at a terminal: those in
// force, and none where the party is not the police.
func (s *Delays) ForDesk(ctx context.Context, by Asker) (list []*Purpose, err error) {
	err = s.Read(ctx, func(tx DelayTx) error {
		list = nil
		desk, err := tx.Desk(ctx, by.TerminalID, by.OperatorID)
		if err != nil || desk.Party.Kind != relyingparty.Police {
			return err
		}
		all, err := tx.DelayPurposes(ctx)
		for _, p := range all {
			if p.Status == InForce {
				list = append(list, p)
			}
		}
		return err
	})
	return list, err
}

// findPurpose finds what a question is for, if that delays its showing.
func (p *pass) findPurpose(ctx context.Context) error {
	if p.q.Purpose == "" {
		return nil
	}
	purpose, err := p.tx.DelayPurpose(ctx, p.q.Purpose)
	if missing(err) || err == nil && purpose.Status != InForce {
		return fault.At("purpose", ErrPurpose)
	}
	p.purpose = purpose
	return err
}

// delay keeps a check from the driver for as long as its purpose says.
func (p *pass) delay(c *Check) {
	if p.purpose == nil {
		return
	}
	c.VisibleAt = c.At.Add(time.Duration(p.purpose.Days) * 24 * time.Hour)
	c.Record.Delay = &Delay{Purpose: p.purpose.Name, Basis: p.purpose.Basis, Days: p.purpose.Days}
}
