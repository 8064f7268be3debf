package register

import (
	"context"
	"time"

	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/photo"
)

// A Service keeps the register. Its methods may be called concurrently.
type Service struct {
	InTx func(context.Context, func(Tx) error) error // runs f in one transaction, perhaps more than once
	Read func(context.Context, func(Tx) error) error // runs f on one state of the database
	Now  func() time.Time

	// Frame finds where the portrait is cut of a photo that the register brings;
	// nil, and an empty crop: the middle. May be called concurrently.
	Frame func(context.Context, *photo.Picture) (photo.Crop, error)

	// Contacts returns the telephones that messages name; nil: none.
	Contacts func() licence.Contacts
	// Publish tells the driver's phone of an event, after its commit; nil: nobody listens.
	Publish func(licenceID, event string, data any)
}

// The deeds of this package in the audit log.
const (
	AuditImport     audit.Action = "register.import"
	AuditFeed       audit.Action = "register.feed"
	AuditChange     audit.Action = "register.change"
	AuditPending    audit.Action = "register.pending"
	AuditResolve    audit.Action = "register.resolve"
	AuditAsk        audit.Action = "register.correction_ask"
	AuditApprove    audit.Action = "register.correction_approve"
	AuditRefuse     audit.Action = "register.correction_refuse"
	AuditSearch     audit.Action = "register.search"
	AuditView       audit.Action = "register.view"
	AuditInvalidate audit.Action = "electronic.invalidate"
	AuditPhone      audit.Action = "register.phone"
)

// AuditSentences say what the deeds were.
var AuditSentences = map[audit.Action]lang.Text{
	AuditImport:     lang.T("导入登记文件的一批记录", "took a batch of a register file"),
	AuditFeed:       lang.T("接收登记系统推送的一批记录", "took a batch of the register's feed"),
	AuditChange:     lang.T("登记信息变更，驾驶证状态或凭证随之变化", "a change of the register changed the licence's state or its electronic licence"),
	AuditPending:    lang.T("一条记录不能接收，驾驶证标为信息待核实", "a record could not be taken; the licence is to be verified"),
	AuditResolve:    lang.T("信息待核实已核实", "a licence to be verified was resolved"),
	AuditAsk:        lang.T("提请更正登记信息", "asked for a correction of the register"),
	AuditApprove:    lang.T("确认更正登记信息", "approved a correction of the register"),
	AuditRefuse:     lang.T("未同意更正登记信息", "refused a correction of the register"),
	AuditSearch:     lang.T("查询登记信息", "searched the register"),
	AuditView:       lang.T("查看一本驾驶证的登记信息", "looked at a licence's record"),
	AuditPhone:      lang.T("在窗口登记手机号", "set the phone number at a window"),
	AuditInvalidate: lang.T("登记信息变更，电子驾驶证失效", "a change of the register invalidated the electronic licence"),
}

// notFound reports whether a look-up found nothing.
func notFound(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Kind == fault.NotFound
}

func (s *Service) contacts() licence.Contacts {
	if s.Contacts == nil {
		return licence.Contacts{}
	}
	return s.Contacts()
}

// publish tells phones of an event: that their licence is another now, or that
// a message came.
func (s *Service) publish(event string, licenceIDs []string) {
	if s.Publish == nil {
		return
	}
	for _, id := range licenceIDs {
		s.Publish(id, event, nil)
	}
}
