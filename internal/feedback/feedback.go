// Package feedback is a driver's report 意见反馈 of whatever went wrong, and its
// answer. A report never gets lost: who is not signed in can make one too, and
// an error page fills its code in.
package feedback

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/notification"
	"edl/internal/uid"
)

// A Report is one piece of feedback.
type Report struct {
	ID         string
	Number     string // FK, the day, and four digits
	LicenceID  string // whose; "" for somebody who is bound to no licence
	Text       string
	Contact    string // a phone, where there is no licence
	ErrorCode  string
	Page       string
	Images     []string // of screenshots
	At         time.Time
	Answer     string
	AnsweredAt time.Time
	AnsweredBy string // member of staff
	Key        string // the caller's idempotency key, "" if none
	Version    int64
}

// Answered reports whether the report has its answer.
func (r *Report) Answered() bool { return !r.AnsweredAt.IsZero() }

// An Image is a screenshot, re-encoded.
type Image struct {
	ID        string
	LicenceID string
	At        time.Time
	JPEG      []byte
}

// Tx is what feedback needs of a storage transaction.
type Tx interface {
	// AddReport stores a report; the same LicenceID and Key again return the
	// first one's.
	AddReport(ctx context.Context, r *Report) error
	// ReportByKey returns the report that a caller made under a key, or store.ErrNotFound.
	ReportByKey(ctx context.Context, licenceID, key string) (*Report, error)
	Report(ctx context.Context, id string) (*Report, error)
	SaveReport(ctx context.Context, r *Report) error
	// ReportsOf returns a driver's reports, newest first.
	ReportsOf(ctx context.Context, licenceID string) ([]*Report, error)
	// Reports returns reports for staff, open ones oldest first or answered
	// ones newest first.
	Reports(ctx context.Context, answered bool, limit int) ([]*Report, error)
	// NextNumber counts a series up by one, from 1.
	NextNumber(ctx context.Context, series string) (int, error)
	AddFeedbackImage(ctx context.Context, i Image) error
	FeedbackImage(ctx context.Context, id string) (Image, error)
	AppendAudit(ctx context.Context, e audit.Entry) error
	Notify(ctx context.Context, m notification.Message) error
}

// Service takes and answers reports.
type Service struct {
	InTx    func(ctx context.Context, f func(Tx) error) error
	Read    func(ctx context.Context, f func(Tx) error) error
	Now     func() time.Time
	Allow   func(kind, caller string) error
	Publish func(licenceID, event string, data any)
}

// Limit is the kind of limit on reports, by driver or address.
const Limit = "feedback"

// Bounds of a report.
const (
	maxText   = 2000 // characters
	maxImages = 6
)

// The audited deeds.
const (
	ActReport audit.Action = "feedback.report"
	ActAnswer audit.Action = "feedback.answer"
)

// AuditSentences says each deed in words.
var AuditSentences = map[audit.Action]lang.Text{
	ActReport: lang.T("提交意见反馈", "gave feedback"),
	ActAnswer: lang.T("答复意见反馈", "answered feedback"),
}

var (
	// ErrText is returned for a report or answer without words.
	ErrText     = fault.New(fault.Invalid, "feedback.text", "请写几句话说明情况，最多2000字。", "Say in a few words what happened, at most 2,000 characters.")
	ErrImages   = fault.New(fault.Invalid, "feedback.images", "最多附6张截图。", "Attach at most 6 pictures.")
	ErrAnswered = fault.New(fault.Conflict, "feedback.answered", "这条反馈已经有人答复了。", "Somebody has answered this already.")
	errNone     = fault.New(fault.NotFound, "not_found", "没有找到，或者您无权查看。", "Nothing was found, or nothing you may see.")
)

// Submit takes a report. Repeated under the same key it is taken once.
func (s *Service) Submit(ctx context.Context, by audit.Actor, caller string, r Report) (*Report, error) {
	if err := s.Allow(Limit, caller); err != nil {
		return nil, err
	}
	text, err := clean(r.Text)
	if err != nil {
		return nil, fault.At("text", err)
	}
	if len(r.Images) > maxImages {
		return nil, fault.At("images", ErrImages)
	}
	var taken *Report
	err = s.InTx(ctx, func(tx Tx) error {
		if r.Key != "" {
			if taken, err = tx.ReportByKey(ctx, r.LicenceID, r.Key); fault.Of(err) == nil || fault.Of(err).Kind != fault.NotFound {
				return err
			}
		}
		for _, id := range r.Images {
			i, err := tx.FeedbackImage(ctx, id)
			if err != nil {
				return err
			}
			if i.LicenceID != r.LicenceID {
				return fault.At("images", errNone)
			}
		}
		report := r
		report.Text, report.At, report.ID = text, s.Now(), uid.New(s.Now())
		if report.Number, err = number(ctx, tx, s.Now()); err != nil {
			return err
		}
		taken = &report
		if err := tx.AddReport(ctx, taken); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by, Action: ActReport, Subject: r.LicenceID, Object: report.ID})
	})
	return taken, err
}

func number(ctx context.Context, tx Tx, now time.Time) (string, error) {
	d := civil.Of(now)
	day := fmt.Sprintf("FK%02d%02d%02d", d.Year%100, d.Month, d.Day)
	n, err := tx.NextNumber(ctx, day)
	return fmt.Sprintf("%s%04d", day, n), err
}

// clean drops characters that cannot be seen and refuses what is empty or too
// long.
func clean(text string) (string, error) {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return -1
		}
		return r
	}, text))
	if text == "" || len([]rune(text)) > maxText {
		return "", ErrText
	}
	return text, nil
}

// Attach stores a screenshot that a report may name.
func (s *Service) Attach(ctx context.Context, licenceID string, jpeg []byte) (string, error) {
	if err := s.Allow(Limit, licenceID); err != nil {
		return "", err
	}
	i := Image{ID: uid.New(s.Now()), LicenceID: licenceID, At: s.Now(), JPEG: jpeg}
	return i.ID, s.InTx(ctx, func(tx Tx) error { return tx.AddFeedbackImage(ctx, i) })
}

// Picture returns a screenshot; licenceID "" is staff, who may see all.
func (s *Service) Picture(ctx context.Context, licenceID, id string) (jpeg []byte, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		i, err := tx.FeedbackImage(ctx, id)
		if err == nil && licenceID != "" && i.LicenceID != licenceID {
			return errNone
		}
		jpeg = i.JPEG
		return err
	})
	return jpeg, err
}

// Of returns a driver's reports, newest first.
func (s *Service) Of(ctx context.Context, licenceID string) (list []*Report, err error) {
	err = s.Read(ctx, func(tx Tx) (err error) {
		list, err = tx.ReportsOf(ctx, licenceID)
		return err
	})
	return list, err
}

// List returns reports for staff: open ones oldest first, answered ones newest
// first.
func (s *Service) List(ctx context.Context, answered bool) (list []*Report, err error) {
	err = s.Read(ctx, func(tx Tx) (err error) {
		list, err = tx.Reports(ctx, answered, 200)
		return err
	})
	return list, err
}

// Answer answers a report; the driver is told.
func (s *Service) Answer(ctx context.Context, by audit.Actor, id, text string) error {
	text, err := clean(text)
	if err != nil {
		return fault.At("text", err)
	}
	var licenceID string
	err = s.InTx(ctx, func(tx Tx) error {
		r, err := tx.Report(ctx, id)
		if err != nil {
			return err
		}
		if r.Answered() {
			return ErrAnswered
		}
		r.Answer, r.AnsweredAt, r.AnsweredBy = text, s.Now(), by.ID
		if err := tx.SaveReport(ctx, r); err != nil {
			return err
		}
		if licenceID = r.LicenceID; licenceID != "" {
			if err := tx.Notify(ctx, notification.Message{
				LicenceID: licenceID, Kind: notification.Feedback, At: s.Now(), Link: "#/feedback",
				Title: lang.T("您的反馈有答复了", "Your feedback was answered"), Body: lang.T(text, text),
			}); err != nil {
				return err
			}
		}
		return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by, Action: ActAnswer, Subject: licenceID, Object: id})
	})
	if err == nil && licenceID != "" && s.Publish != nil {
		s.Publish(licenceID, "message", nil)
	}
	return err
}
