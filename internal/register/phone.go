package register

import (
	"context"
	"time"

	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/notification"
	"edl/internal/uid"
)

// ErrSamePhone is returned for the number that is on the register already.
var ErrSamePhone = fault.New(fault.Conflict, "register.same_phone", "登记的就是这个手机号，不用更换。", "This number is on the register already.")

// SetPhone records the phone number that a driver gave at a service window,
// where person and document were seen. It is the one field that a single clerk
// sets, for it is the driver's own to say; it makes a version of its own, and
// whatever the register's source says later takes its place after it.
func (s *Service) SetPhone(ctx context.Context, actor audit.Actor, licenceID string, phone identity.Phone, caseNumber string) error {
	var d *deed
	err := s.InTx(ctx, func(tx Tx) error {
		d = s.deed(tx, actor)
		r, err := s.record(ctx, tx, licenceID)
		if err != nil {
			return err
		}
		before, ok := r.history.Newest()
		if !ok || before.Licence.Phone == phone {
			return fault.At("phone", ErrSamePhone)
		}
		after := before.Licence
		after.Phone = phone
		r.add(Version{
			ID: uid.New(d.now), HoldsFrom: d.now.UTC().Truncate(time.Millisecond), LearnedAt: d.now, Dated: true,
			Source: FromCorrection, Run: caseNumber, Statement: []byte{}, Licence: after,
		})
		if err := tx.AddVersions(ctx, r.added); err != nil {
			return err
		}
		if _, err := d.photoID(ctx, r, after.Photo.Digest); err != nil {
			return err
		}
		if err := d.settle(ctx, r.old, r.head()); err != nil {
			return err
		}
		if err := d.notify(ctx, phoneMessage(licenceID, phone, d.now)); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{
			At: d.now, Actor: actor, Action: AuditPhone, Subject: licenceID, Case: caseNumber, Detail: map[string]string{"phone": phone.Masked()},
		})
	})
	if err == nil {
		d.publish()
	}
	return err
}

// phoneMessage goes to the new number and to every bound phone.
func phoneMessage(licenceID string, phone identity.Phone, now time.Time) notification.Message {
	return notification.Message{
		LicenceID: licenceID, Kind: notification.Account, At: now, SMS: true, Link: "#/me",
		Title: lang.T("登记手机号已更换", "The phone number on the register was changed"),
		Body: lang.T("您在窗口登记的手机号已改为"+phone.Masked()+"，短信验证码此后发到这个号码。如果不是您本人办理，请立即联系发证机关。",
			"The phone number on the register is now "+phone.Masked()+"; codes go there from now on. If this was not you, contact the issuing authority at once."),
	}
}
