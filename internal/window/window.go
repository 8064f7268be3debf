// Package window is the service window 受理岗: what a clerk does for a driver
// who is there in person.
//
// A case opens when the clerk has seen the person and the document; everything
// done for the driver is done in an open case, by the clerk who opened it, and
// stands in the audit log under the case's number. The log is the case's
// record: there is no second one that could differ.
//
// Left out: the doing itself, which the packages issuance, account and
// register do; a photo taken here is reviewed by somebody else.
package window

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/issuance"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/notification"
	"edl/internal/register"
	"edl/internal/uid"
)

// A Case is one driver's visit to a window.
type Case struct {
	ID        string
	Number    string // 受理号: SL, the day, and four digits
	LicenceID string
	StaffID   string // who saw the person; another clerk sees them anew
	Business  string
	Ref       string // of the queue or the business system
	OpenedAt  time.Time
	ClosedAt  time.Time // zero while open
	Version   int64
}

// goodFor is how long a case can be worked on: the person must still be there.
const goodFor = 4 * time.Hour

// Tx is what the window needs of a storage transaction.
type Tx interface {
	LicenceByID(ctx context.Context, id string) (*register.Entry, error)
	LicenceByFile(ctx context.Context, n licence.FileNumber) (*register.Entry, error)
	ElectronicLicence(ctx context.Context, licenceID string) (*credential.Electronic, error)
	Devices(ctx context.Context, licenceID string) ([]*account.Device, error)
	AddBindToken(ctx context.Context, token, licenceID, caseID string, expires time.Time) error

	AddWindowCase(ctx context.Context, c *Case) error
	SaveWindowCase(ctx context.Context, c *Case) error
	WindowCase(ctx context.Context, id string) (*Case, error)
	// OpenWindowCases returns a clerk's open cases of a licence.
	OpenWindowCases(ctx context.Context, staffID, licenceID string) ([]*Case, error)

	NextNumber(ctx context.Context, series string) (int, error)
	AuditEntries(ctx context.Context, q audit.Query) ([]*audit.Row, error)
	AppendAudit(ctx context.Context, e audit.Entry) error
	Notify(ctx context.Context, m notification.Message) error
}

// Service is the window.
type Service struct {
	InTx func(context.Context, func(Tx) error) error
	Read func(context.Context, func(Tx) error) error
	Now  func() time.Time

	PublicURL string // where the driver's phone opens the app
	Issuance  *issuance.Service
	Drivers   *account.Drivers
	Register  *register.Service
	// Publish tells the driver's open pages, after the commit; nil: nobody listens.
	Publish func(licenceID, event string, data any)
}

// The audited deeds of this package; the others are those of who does them.
const (
	ActOpen  audit.Action = "window.open"
	ActMatch audit.Action = "window.no_match"
	ActBind  audit.Action = "window.bind"
	ActLoss  audit.Action = "window.loss"
	ActClose audit.Action = "window.close"
)

// AuditSentences says each deed in words.
var AuditSentences = map[audit.Action]lang.Text{
	ActOpen:  lang.T("核对本人和证件，开始受理", "saw person and document and opened a case"),
	ActMatch: lang.T("证件与登记不符，没有受理", "the document did not fit the register; no case was opened"),
	ActBind:  lang.T("出示绑定二维码", "showed a QR to bind a phone"),
	ActLoss:  lang.T("登记纸质驾驶证遗失", "recorded the loss of the paper licence"),
	ActClose: lang.T("结束受理", "closed the case"),
}

// Faults of the window.
var (
	ErrSeen    = fault.New(fault.Invalid, "window.seen", "请先核对本人和证件原件。", "See the person and the original document first.")
	ErrText    = fault.New(fault.Invalid, "window.text", "请填写业务和案号，各不超过40个字。", "Give the business and the case number, at most 40 characters each.")
	ErrNoMatch = fault.New(fault.NotFound, "window.no_match", "证件与档案编号对不上，或者不是本市核发的驾驶证，请核对后重填。", "Document and file number do not belong together, or the licence was not issued here; check them.")
	ErrClosed  = fault.New(fault.Conflict, "window.closed", "这件受理已结束。要接着办，请重新核对本人和证件，开始新的受理。", "This case is over. To go on, see person and document again and open another.")
	errNone    = fault.New(fault.NotFound, "not_found", "没有找到，或者您无权查看。", "Nothing was found, or nothing you may see.")
)

// An Opening is what the clerk saw.
type Opening struct {
	Business string
	Ref      string
	Document identity.Document
	File     licence.FileNumber
	Seen     bool // the person, and the original document
}

// Open opens a case. A document that does not fit is recorded too.
func (s *Service) Open(ctx context.Context, by audit.Actor, o Opening) (*Case, error) {
	if !o.Seen {
		return nil, fault.At("seenPerson", ErrSeen)
	}
	business, err := short("business", o.Business)
	if err != nil {
		return nil, err
	}
	ref, err := short("caseNumber", o.Ref)
	if err != nil {
		return nil, err
	}
	var c *Case
	err = s.InTx(ctx, func(tx Tx) error {
		c = nil
		now := s.Now()
		entry, err := tx.LicenceByFile(ctx, o.File)
		if f := fault.Of(err); f != nil && f.Kind == fault.NotFound || err == nil && entry.Licence.Document != o.Document {
			return tx.AppendAudit(ctx, audit.Entry{At: now, Actor: by, Action: ActMatch, Detail: map[string]string{"ref": ref}})
		}
		if err != nil {
			return err
		}
		c = &Case{ID: uid.New(now), LicenceID: entry.ID, StaffID: by.ID, Business: business, Ref: ref, OpenedAt: now}
		if c.Number, err = number(ctx, tx, now); err != nil {
			return err
		}
		if err := tx.AddWindowCase(ctx, c); err != nil {
			return err
		}
		return s.deed(ctx, tx, by, c, ActOpen, map[string]string{"business": business, "ref": ref})
	})
	if err == nil && c == nil {
		err = ErrNoMatch
	}
	return c, err
}

const maxText = 40 // characters

func short(field, text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || utf8.RuneCountInString(text) > maxText {
		return "", fault.At(field, ErrText)
	}
	return text, nil
}

func number(ctx context.Context, tx Tx, now time.Time) (string, error) {
	d := civil.Of(now)
	day := fmt.Sprintf("SL%02d%02d%02d", d.Year%100, d.Month, d.Day)
	n, err := tx.NextNumber(ctx, day)
	return fmt.Sprintf("%s%04d", day, n), err
}

func (s *Service) deed(ctx context.Context, tx Tx, by audit.Actor, c *Case, action audit.Action, detail map[string]string) error {
	return tx.AppendAudit(ctx, audit.Entry{
		At: s.Now(), Actor: by, Action: action, Subject: c.LicenceID, Object: c.ID, Case: c.Number, Detail: detail,
	})
}

// own returns a case of the clerk's own.
func own(ctx context.Context, tx Tx, by audit.Actor, id string) (*Case, error) {
	c, err := tx.WindowCase(ctx, id)
	if err == nil && c.StaffID != by.ID {
		err = errNone
	}
	return c, err
}

// usable returns an open case of the clerk's own.
func (s *Service) usable(ctx context.Context, tx Tx, by audit.Actor, id string) (*Case, error) {
	c, err := own(ctx, tx, by, id)
	if err == nil && !c.open(s.Now()) {
		err = ErrClosed
	}
	return c, err
}

func (c *Case) open(now time.Time) bool { return c.ClosedAt.IsZero() && now.Sub(c.OpenedAt) < goodFor }

// use is usable outside a transaction.
func (s *Service) use(ctx context.Context, by audit.Actor, id string) (c *Case, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		c, err = s.usable(ctx, tx, by, id)
		return err
	})
	return c, err
}

// MaySee reports whether a clerk serves the driver of a licence now, and so may
// see its photos.
func (s *Service) MaySee(ctx context.Context, by audit.Actor, licenceID string) (may bool, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		cases, err := tx.OpenWindowCases(ctx, by.ID, licenceID)
		may = slices.ContainsFunc(cases, func(c *Case) bool { return c.open(s.Now()) })
		return err
	})
	return may, err
}

// Close ends a case. Closing it again changes nothing.
func (s *Service) Close(ctx context.Context, by audit.Actor, id string) error {
	return s.InTx(ctx, func(tx Tx) error {
		c, err := own(ctx, tx, by, id)
		if err != nil || !c.ClosedAt.IsZero() {
			return err
		}
		c.ClosedAt = s.Now()
		if err := tx.SaveWindowCase(ctx, c); err != nil {
			return err
		}
		return s.deed(ctx, tx, by, c, ActClose, nil)
	})
}
