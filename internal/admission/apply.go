package admission

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/notification"
	"edl/internal/photo"
	"edl/internal/relyingparty"
	"edl/internal/uid"
	"edl/internal/workday"
)

// Service takes applications and decides them. Its methods may be called
// concurrently.
type Service struct {
	InTx   func(ctx context.Context, f func(Tx) error) error
	Read   func(ctx context.Context, f func(Tx) error) error
	Now    func() time.Time
	Allow  func(kind, caller string) error // the limiter
	Codes  []account.CodeLimit
	Decode func(ctx context.Context, picture []byte) (*photo.Picture, error) // within a budget of memory

	Calendar func(context.Context) (workday.Calendar, error)

	Parties *relyingparty.Service
	Admins  *account.Staff
	Page    string                     // the address of the progress page
	House   string                     // the address of a party's own page
	Invite  func(secret string) string // the address of an administrator's invitation
}

// The kinds of limit that applicants meet, by network address.
const (
	LimitBegin  = "admission.begin"
	LimitRead   = "admission.read"
	LimitUpload = "admission.upload"
)

// The audited deeds.
const (
	ActBegin      audit.Action = "admission.begin"
	ActSubmit     audit.Action = "admission.submit"
	ActFurther    audit.Action = "admission.further"
	ActSupplement audit.Action = "admission.supplement"
	ActRival      audit.Action = "admission.rival"
	ActReopen     audit.Action = "admission.reopen"
	ActReturn     audit.Action = "admission.return"
	ActLapse      audit.Action = "admission.lapse"
	ActWithdraw   audit.Action = "admission.withdraw"
	ActGrant      audit.Action = "admission.grant"
	ActExtend     audit.Action = "admission.extend"
	ActRefuse     audit.Action = "admission.refuse"
	ActEvidence   audit.Action = "admission.evidence"
	ActDrop       audit.Action = "admission.drop"
	ActDestroy    audit.Action = "admission.destroy"
)

// AuditSentences says each deed in words.
var AuditSentences = map[audit.Action]lang.Text{
	ActBegin:      lang.T("开始用证单位申请", "began an application to be a relying party"),
	ActSubmit:     lang.T("提交用证单位申请", "submitted an application to be a relying party"),
	ActFurther:    lang.T("用证单位申请增加使用场景", "a relying party applied for further scenarios"),
	ActSupplement: lang.T("补正后再次提交申请", "submitted an application again after it was asked for more"),
	ActRival:      lang.T("另一人要为同一信用代码提交申请", "another applicant came for the same credit code"),
	ActReopen:     lang.T("凭手机验证码重新打开申请", "opened an application anew with a code by phone"),
	ActReturn:     lang.T("请申请单位补正", "asked an applicant for more"),
	ActLapse:      lang.T("逾期没有补正，申请自动失效", "an application lapsed: nobody answered what was asked for"),
	ActWithdraw:   lang.T("撤回增加使用场景的申请", "withdrew an application for further scenarios"),
	ActGrant:      lang.T("批准用证单位申请", "granted an application to be a relying party"),
	ActExtend:     lang.T("批准增加使用场景", "granted further scenarios to a relying party"),
	ActRefuse:     lang.T("不予批准用证单位申请", "refused an application of a body"),
	ActEvidence:   lang.T("查看申请材料", "looked at an applicant's evidence"),
	ActDrop:       lang.T("清除过期的申请草稿", "dropped a draft whose time was over"),
	ActDestroy:    lang.T("销毁已办结申请的材料", "destroyed the evidence of a decided application"),
}

// A Holder is whose an application is: by its link's Key, or as the party whose
// Request it is.
type Holder interface {
	// open returns the holder's application, or says that there is none.
	open(ctx context.Context, tx Tx) (*Application, error)
}

// A Key opens one application to its applicant.
type Key struct{ Number, Secret string }

// mostOpen is how many undecided applications one phone may have.
const mostOpen = 3

// SendCode sends a code to a phone; the reply is the same for every number.
func (s *Service) SendCode(ctx context.Context, address string, phone identity.Phone) (w account.Waits, err error) {
	if err := s.Allow(account.LimitCode, address); err != nil {
		return w, err
	}
	err = s.InTx(ctx, func(tx Tx) error {
		w, err = account.SendVisitorCode(ctx, tx, s.Codes, phone, s.Now())
		return err
	})
	return w, err
}

// Begin makes a draft for whoever holds the phone, and returns the secret of
// its link, which is not kept.
func (s *Service) Begin(ctx context.Context, by audit.Actor, address string, f Form, phone identity.Phone, code string) (a *Application, secret string, err error) {
	if err := errors.Join(s.Allow(LimitBegin, address), s.Allow(account.LimitSignIn, address)); err != nil {
		return nil, "", err
	}
	err = s.withPhone(ctx, address, phone, code, func(tx Tx) error {
		now := s.Now()
		a = &Application{ID: uid.New(now), Status: Draft, Form: f, Phone: phone, CreatedAt: now, KeptUntil: now.Add(DraftLife)}
		if err := s.fits(ctx, tx, a); err != nil {
			return err
		}
		waiting, err := tx.AdmissionsBy(ctx, phone)
		if err != nil {
			return err
		}
		if len(waiting) >= mostOpen {
			return ErrMany
		}
		secret = uid.Secret()
		a.Secret = uid.Hash(secret)
		return s.begin(ctx, tx, by, a)
	})
	return a, secret, err
}

func (s *Service) begin(ctx context.Context, tx Tx, by audit.Actor, a *Application) (err error) {
	if a.Number, err = number(ctx, tx, a.CreatedAt); err != nil {
		return err
	}
	if err := tx.AddAdmission(ctx, a); err != nil {
		return err
	}
	return s.log(ctx, tx, by, ActBegin, a, nil)
}

// withPhone runs f if the code is the phone's. A wrong one costs a try.
func (s *Service) withPhone(ctx context.Context, address string, phone identity.Phone, code string, f func(Tx) error) error {
	var ok bool
	err := s.InTx(ctx, func(tx Tx) (err error) {
		if ok, err = account.SpendVisitorCode(ctx, tx, phone, code, s.Now()); err != nil {
			return err
		}
		if !ok {
			return tx.CountRefusal(ctx, s.Now(), account.ErrCode.Code, address)
		}
		return f(tx)
	})
	if err == nil && !ok {
		return fault.At("code", account.ErrCode)
	}
	return err
}

// fits returns what is wrong with what the applicant says. A party does not say
// who it is: that is registered.
func (s *Service) fits(ctx context.Context, tx Tx, a *Application) error {
	all, err := tx.Scenarios(ctx)
	if err != nil {
		return err
	}
	if a.Further {
		p, err := tx.Party(ctx, a.PartyID)
		if err != nil {
			return err
		}
		a.Name, a.USCC, a.Kind, a.Contact, a.ContactPhone = p.Name, p.USCC, p.Kind, p.Contact, p.Phone
		if slices.ContainsFunc(a.scenarios(), p.May) {
			return fault.At("wanted", ErrHave)
		}
	}
	return a.check(all)
}

// Check returns what is wrong with a form, before the phone is asked for.
func (s *Service) Check(ctx context.Context, address string, f Form) error {
	if err := s.Allow(LimitRead, address); err != nil {
		return err
	}
	return s.Read(ctx, func(tx Tx) error { return s.fits(ctx, tx, &Application{Form: f}) })
}

func number(ctx context.Context, tx Tx, now time.Time) (string, error) {
	d := civil.Of(now)
	day := fmt.Sprintf("YZ%02d%02d%02d", d.Year%100, d.Month, d.Day)
	n, err := tx.NextNumber(ctx, day)
	return fmt.Sprintf("%s%04d", day, n), err
}

// Reopen gives whoever holds the application's phone a fresh secret; the one
// before ends.
func (s *Service) Reopen(ctx context.Context, by audit.Actor, address, number string, phone identity.Phone, code string) (a *Application, secret string, err error) {
	if err := errors.Join(s.Allow(LimitRead, address), s.Allow(account.LimitSignIn, address)); err != nil {
		return nil, "", err
	}
	err = s.withPhone(ctx, address, phone, code, func(tx Tx) error {
		if a, err = tx.AdmissionByNumber(ctx, number); missing(err) || err == nil && a.Phone != phone {
			a = nil
			return tx.CountRefusal(ctx, s.Now(), ErrNone.Code, address)
		}
		if err != nil {
			return err
		}
		secret = uid.Secret()
		a.Secret = uid.Hash(secret)
		if err := tx.SaveAdmission(ctx, a); err != nil {
			return err
		}
		return s.log(ctx, tx, by, ActReopen, a, nil)
	})
	if err == nil && a == nil {
		err = ErrNone
	}
	return a, secret, err
}

// Mine returns an application to whose it is.
func (s *Service) Mine(ctx context.Context, address string, who Holder) (a *Application, err error) {
	if err := s.Allow(LimitRead, address); err != nil {
		return nil, err
	}
	return s.find(ctx, address, who)
}

func (s *Service) find(ctx context.Context, address string, who Holder) (a *Application, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		a, err = who.open(ctx, tx)
		return err
	})
	return a, s.refused(ctx, address, err)
}

// refused counts what a stranger sent in vain, and hands the refusal on.
func (s *Service) refused(ctx context.Context, address string, err error) error {
	f := fault.Of(err)
	if f == nil || f.Kind == fault.Unavailable {
		return err // ours
	}
	counted := s.InTx(ctx, func(tx Tx) error { return tx.CountRefusal(ctx, s.Now(), f.Code, address) })
	return errors.Join(err, counted)
}

// open returns the application of a key: a wrong secret is as good as no number.
func (key Key) open(ctx context.Context, tx Tx) (*Application, error) {
	a, err := tx.AdmissionByNumber(ctx, key.Number)
	if missing(err) || err == nil && subtle.ConstantTimeCompare(a.Secret, uid.Hash(key.Secret)) != 1 {
		return nil, ErrNone
	}
	return a, err
}

func missing(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Kind == fault.NotFound
}

// change lets f alter an application that the applicant may still change.
func (s *Service) change(ctx context.Context, address string, who Holder, f func(Tx, *Application) error) (a *Application, err error) {
	err = s.InTx(ctx, func(tx Tx) error {
		if a, err = who.open(ctx, tx); err != nil {
			return err
		}
		if !a.Editable() {
			return ErrNotNow
		}
		if err := f(tx, a); err != nil {
			return err
		}
		return tx.SaveAdmission(ctx, a)
	})
	return a, s.strayed(ctx, address, err)
}

// strayed counts a key that opens nothing.
func (s *Service) strayed(ctx context.Context, address string, err error) error {
	if errors.Is(err, ErrNone) {
		return s.refused(ctx, address, err)
	}
	return err
}

// Amend replaces what the applicant said; of a party, what it wants.
func (s *Service) Amend(ctx context.Context, address string, who Holder, f Form) (*Application, error) {
	if err := s.Allow(LimitRead, address); err != nil {
		return nil, err
	}
	return s.change(ctx, address, who, func(tx Tx, a *Application) error {
		if a.Further {
			f.Person = a.Person
		}
		a.Form = f
		return s.fits(ctx, tx, a)
	})
}

// Submit puts the application before staff. Again it changes nothing.
func (s *Service) Submit(ctx context.Context, by audit.Actor, address string, who Holder) (a *Application, err error) {
	if err := s.Allow(LimitRead, address); err != nil {
		return nil, err
	}
	var rival bool
	err = s.InTx(ctx, func(tx Tx) error {
		rival = false
		if a, err = who.open(ctx, tx); err != nil || a.Status == Submitted {
			return err
		}
		if !a.Editable() {
			return ErrNotNow
		}
		if err := s.fits(ctx, tx, a); err != nil { // a scenario may have been switched off meanwhile
			return err
		}
		if len(a.lacks()) > 0 {
			return fault.At("files", ErrEvidence)
		}
		if a.Further {
			return s.submit(ctx, tx, by, a)
		}
		other, err := tx.OpenAdmission(ctx, a.USCC)
		if err == nil && other.ID != a.ID {
			rival = true
			return s.standInLine(ctx, tx, by, a, other)
		}
		if err != nil && !missing(err) {
			return err
		}
		return s.submit(ctx, tx, by, a)
	})
	if err == nil && rival {
		err = ErrOpen
	}
	return a, s.strayed(ctx, address, err)
}

// standInLine keeps a draft whose code another applicant came with before, and
// lets staff see on that one that there is a second.
func (s *Service) standInLine(ctx context.Context, tx Tx, by audit.Actor, a, other *Application) error {
	until := a.CreatedAt.Add(RivalLife)
	if a.KeptUntil.Equal(until) {
		return nil
	}
	a.KeptUntil = until
	other.Rivals++
	if err := tx.SaveAdmission(ctx, other); err != nil {
		return err
	}
	if err := tx.SaveAdmission(ctx, a); err != nil {
		return err
	}
	return s.log(ctx, tx, by, ActRival, a, map[string]string{"waiting": other.Number})
}

func (s *Service) submit(ctx context.Context, tx Tx, by audit.Actor, a *Application) error {
	action := ActSubmit
	switch {
	case a.Status == Returned:
		action = ActSupplement
	case a.Further:
		action = ActFurther
	}
	if err := a.become(Submitted); err != nil {
		return err
	}
	if a.SubmittedAt.IsZero() {
		a.SubmittedAt = s.Now()
	}
	if err := tx.SaveAdmission(ctx, a); err != nil {
		return err
	}
	detail := map[string]string{"name": a.Name, "uscc": string(a.USCC), "kind": string(a.Kind), "scenarios": fmt.Sprint(a.scenarios())}
	for _, f := range a.Files {
		detail["file "+f.ID] = fmt.Sprintf("%s %s %x", f.Kind, f.Media, f.Digest)
	}
	if err := s.log(ctx, tx, by, action, a, detail); err != nil {
		return err
	}
	return s.text(ctx, tx, a, fmt.Sprintf("%s的%s已提交，编号 %s。结果会发到这个手机号。查看进度：%s", a.Name, a.called(), a.Number, s.page(a)))
}

// called is what the applicant reads the application to be.
func (a *Application) called() string {
	if a.Further {
		return "增加使用场景的申请"
	}
	return "用证单位申请"
}

// page is where the applicant sees how far it is.
func (s *Service) page(a *Application) string {
	if a.Further {
		return s.House
	}
	return s.Page
}

// text sends the applicant a message, if there is a phone.
func (s *Service) text(ctx context.Context, tx Tx, a *Application, text string) error {
	to, err := phoneOf(ctx, tx, a)
	if err != nil || to == "" {
		return err
	}
	return tx.SendSMS(ctx, notification.SMS{To: string(to), Kind: notification.Application, Text: text}, s.Now())
}

func (s *Service) log(ctx context.Context, tx Tx, by audit.Actor, action audit.Action, a *Application, detail map[string]string) error {
	return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by, Action: action, Subject: a.ID, Object: a.ID, Case: a.Number, Detail: detail})
}

// Offer is what may be applied for.
func (s *Service) Offer(ctx context.Context) (list []*relyingparty.Scenario, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		all, err := tx.Scenarios(ctx)
		list = Offered(all)
		return err
	})
	return list, err
}
