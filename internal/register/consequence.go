package register

import (
	"context"
	"slices"
	"strings"
	"time"

	"edl/internal/audit"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/notification"
)

// A deed is one actor's work in one transaction.
type deed struct {
	service *Service
	tx      Tx
	actor   audit.Actor
	now     time.Time
	changed []string // licences whose drivers will see a change, told after the commit
	written []string // licences whose drivers have a new message
}

func (s *Service) deed(tx Tx, actor audit.Actor) *deed {
	return &deed{service: s, tx: tx, actor: actor, now: s.Now()}
}

// settle saves a licence's row and does what follows from its change: the
// electronic licence ends where domain.md's triggers say so, and the driver is
// told of that and of another status. old is the newest version before.
func (d *deed) settle(ctx context.Context, old *Version, e *Entry) error {
	if err := d.tx.SaveLicence(ctx, e); err != nil {
		return err
	}
	d.changed = append(d.changed, e.ID)
	if old == nil || old.ID == e.VersionID {
		return nil
	}
	ended, err := d.invalidate(ctx, e, licence.ChangesBetween(old.Licence, e.Licence))
	if err != nil {
		return err
	}
	before, after := licence.StatusAt(old.Licence, d.now).Under(e.Detained), e.State(d.now)
	newStatus := before.Status() != after.Status()
	if !newStatus && len(ended) == 0 {
		return nil
	}
	err = d.tx.AppendAudit(ctx, audit.Entry{
		At: d.now, Actor: d.actor, Action: AuditChange, Subject: e.ID, Object: e.VersionID,
		Detail: map[string]string{"before": string(before.Status()), "after": string(after.Status()), "ended": kinds(ended)},
	})
	if err != nil {
		return err
	}
	return d.tell(ctx, e, before, after, ended)
}

// invalidate ends the electronic licence. It returns the changes that did, and
// none where there was nothing to end.
func (d *deed) invalidate(ctx context.Context, e *Entry, changes []licence.Change) ([]licence.Change, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	electronic, err := d.tx.ElectronicLicence(ctx, e.ID)
	if notFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	wasActive := electronic.State() == licence.Active
	electronic.Invalidate(changes, d.now)
	if err := d.tx.SaveElectronic(ctx, electronic); err != nil || !wasActive {
		return nil, err
	}
	return changes, d.tx.AppendAudit(ctx, audit.Entry{
		At: d.now, Actor: d.actor, Action: AuditInvalidate, Subject: e.ID, Object: electronic.ID,
		Detail: map[string]string{"changes": kinds(changes), "version": e.VersionID},
	})
}

func kinds(changes []licence.Change) string {
	var list []string
	for _, c := range changes {
		list = append(list, string(c.Kind))
	}
	return strings.Join(list, " ")
}

// tell sends the driver a message, if they are with us: they enrolled a phone
// or hold an electronic licence.
func (d *deed) tell(ctx context.Context, e *Entry, before, after licence.State, ended []licence.Change) error {
	with, err := d.tx.HasDevice(ctx, e.ID)
	if err != nil {
		return err
	}
	if len(ended) > 0 {
		if err := d.notify(ctx, endedMessage(e.ID, ended, after, d.now)); err != nil {
			return err
		}
	}
	if !with || before.Status() == after.Status() {
		return nil
	}
	return d.notify(ctx, statusMessage(e.ID, before, after, d.service.contacts(), d.now))
}

func (d *deed) notify(ctx context.Context, m notification.Message) error {
	d.written = append(d.written, m.LicenceID)
	return d.tx.Notify(ctx, m)
}

// publish tells the drivers' open pages what was committed.
func (d *deed) publish() {
	d.service.publish("state", d.changed)
	d.service.publish("message", d.written)
}

// endedMessage says what changed, and that a tap applies again.
func endedMessage(licenceID string, ended []licence.Change, after licence.State, now time.Time) notification.Message {
	var zh, en []string
	for _, c := range ended {
		zh, en = append(zh, c.Say.ZH), append(en, c.Say.EN)
	}
	nextZH, nextEN := "请点击“重新申领”，一般几秒内办结。", "Tap “apply again”; it usually takes seconds."
	if licence.CanApply(after) != nil {
		nextZH, nextEN = "驾驶证恢复可用后可以重新申领。", "You can apply again once the licence can be used."
	}
	return notification.Message{
		LicenceID: licenceID, Kind: notification.Electronic, At: now, SMS: true, Link: "#/apply",
		Title: lang.T("电子驾驶证已失效，须重新申领", "The electronic licence is no longer valid; apply again"),
		Body: lang.T(strings.Join(zh, "")+"原电子驾驶证已失效，您的驾驶证不受影响。"+nextZH,
			strings.Join(en, " ")+" The electronic licence is no longer valid; your licence is not affected. "+nextEN),
	}
}

// statusMessage says how the status stands now. It goes to the phone as well
// where the licence can no longer, or again, be used.
func statusMessage(licenceID string, before, after licence.State, c licence.Contacts, now time.Time) notification.Message {
	said := licence.Say(after, c).Say
	return notification.Message{
		LicenceID: licenceID, Kind: notification.Licence, At: now, SMS: before.Use != after.Use, Link: "#/licence",
		Title: lang.T("驾驶证状态变更为："+names(after).ZH, "Your licence's status is now: "+names(after).EN),
		Body:  lang.T("原状态："+names(before).ZH+"。"+said.ZH, "It was: "+names(before).EN+". "+said.EN),
	}
}

// names writes the letters of a state in words, the worst first.
func names(s licence.State) lang.Text {
	var zh, en []string
	for _, sentence := range licence.SayAll(s, licence.Contacts{}) {
		if name := sentence.Letter.Name(); !slices.Contains(zh, name.ZH) {
			zh, en = append(zh, name.ZH), append(en, name.EN)
		}
	}
	return lang.T(strings.Join(zh, "、"), strings.Join(en, ", "))
}
