// Package issuance takes an application from submission to a signed and
// published electronic licence.
//
// Where the photo is on file, or was approved before, the program decides and
// the driver sees the result in the answer to the press. Else a reviewer
// decides; the decision becomes final when it can no longer be undone, and
// only then is the driver told. Both ways end in the same steps: prepare,
// record the intent, sign, record the signature, publish. docs/issuance.md
// argues for each arrow between them why a power cut there loses nothing and
// makes nothing twice.
//
// Guarantees: one open application of a driver and kind, one intent of an
// application, one electronic licence in force, each by a constraint of the
// database; a licence that changed or stopped on the way is not published; a
// deed, its audit entry and its message commit together.
//
// Left out: the rules (packages application, licence, photo), the service
// window's cases (package window), the register.
package issuance

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/authority"
	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/photo"
	"edl/internal/serial"
	"edl/internal/workday"
)

// Service is the authority's issuing desk. Its methods may be called
// concurrently.
type Service struct {
	InTx func(context.Context, func(Tx) error) error // runs f in one transaction, perhaps more than once
	Read func(context.Context, func(Tx) error) error // runs f on one state of the database
	Now  func() time.Time

	Calendar func(context.Context) (workday.Calendar, error)
	Profile  func(context.Context) (authority.Profile, error)
	Numbers  *serial.Pool // of applications
	Issuer   *credential.Issuer
	Checker  *photo.Checker
	// Decode reads uploads within a budget of memory; nil: package photo's, without HEIC.
	Decode func(ctx context.Context, data []byte) (*photo.Picture, error)

	// Allow is the limiter; nil: nothing is limited.
	Allow func(kind, caller string) error
	// Publish tells the driver's phone of an event, after its commit; nil: nobody listens.
	Publish func(licenceID, event string, data any)

	desk desk // photos being worked on
}

// The kinds of limit that drivers meet.
const (
	LimitApply = "apply" // applications, by licence
	LimitPhoto = "photo" // photos uploaded, by licence
)

// The audited deeds.
const (
	ActSubmit   audit.Action = "application.submit"
	ActWithdraw audit.Action = "application.withdraw"
	ActAppeal   audit.Action = "application.appeal"
	ActUrge     audit.Action = "application.urge"
	ActClaim    audit.Action = "application.claim"
	ActRelease  audit.Action = "application.release"
	ActApprove  audit.Action = "application.approve"
	ActRefuse   audit.Action = "application.refuse"
	ActUndo     audit.Action = "application.undo"
	ActSettle   audit.Action = "application.settle"
	ActStop     audit.Action = "application.stop"
	ActIssue    audit.Action = "electronic.issue"
	ActVoid     audit.Action = "electronic.void"
	ActCease    audit.Action = "electronic.cease"
	ActUpload   audit.Action = "photo.upload"
	ActUnlock   audit.Action = "photo.unlock"

	ActNumbering audit.Action = "settings.certificate"
)

// AuditSentences says each deed in words.
var AuditSentences = map[audit.Action]lang.Text{
	ActSubmit:   lang.T("提交申请", "submitted an application"),
	ActWithdraw: lang.T("撤回申请", "withdrew an application"),
	ActAppeal:   lang.T("申诉", "appealed a refusal"),
	ActUrge:     lang.T("催办申请", "asked for haste on an application"),
	ActClaim:    lang.T("领取申请审核", "claimed an application for review"),
	ActRelease:  lang.T("把申请放回队列", "put an application back into the queue"),
	ActApprove:  lang.T("审核通过", "approved an application"),
	ActRefuse:   lang.T("审核不通过", "did not approve an application"),
	ActUndo:     lang.T("撤销审核结论", "took a decision back"),
	ActSettle:   lang.T("审核结论生效", "a decision became final"),
	ActStop:     lang.T("程序终止申请", "the program ended an application"),
	ActIssue:    lang.T("核发电子驾驶证", "issued an electronic licence"),
	ActVoid:     lang.T("已签名的电子驾驶证作废，没有公布", "a signed electronic licence was voided and never published"),
	ActCease:    lang.T("驾驶人停用电子驾驶证", "the driver ended the electronic licence"),
	ActUpload:   lang.T("上传照片", "uploaded a photo"),
	ActUnlock:   lang.T("解除三次审核不通过的限制", "lifted the limit of three refusals"),

	ActNumbering: lang.T("修改电子证照标识的编码", "changed the codes of certificate identifiers"),
}

// contacts returns the telephones that sentences name.
func (s *Service) contacts(ctx context.Context) (licence.Contacts, error) {
	p, err := s.Profile(ctx)
	return p.Contacts(), err
}

func (s *Service) allow(kind, caller string) error {
	if s.Allow == nil {
		return nil
	}
	return s.Allow(kind, caller)
}

// An event is what the driver's open pages hear of an application.
type event struct {
	ID     application.ID     `json:"id"`
	Status application.Status `json:"status"`
}

// tell publishes where a case stands. A message that came with it and the
// licence's own state are looked up again by the pages that hear of them.
func (s *Service) tell(c *Case, others ...string) {
	if s.Publish == nil {
		return
	}
	s.Publish(c.Licence, "application", event{c.ID, c.ShownAt(s.Now())})
	for _, name := range others {
		s.Publish(c.Licence, name, nil)
	}
}

// notFound reports whether a look-up found nothing.
func notFound(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Kind == fault.NotFound
}

// errNone is what is said of things that are another's: the same as of none.
var errNone = fault.New(fault.NotFound, "not_found", "没有找到，或者您无权查看。", "Nothing was found, or nothing you may see.")

// later logs what the jobs will do again: nothing is lost by a failure here.
func later(what string, id application.ID, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		slog.Error("issuing is put off, the jobs take it up", "step", what, "application", string(id), "error", err)
	}
}
