package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/notification"
	"edl/internal/register"
)

// DriverTx is what the drivers' sign-in and binding need of a storage
// transaction.
type DriverTx interface {
	SessionTx
	CodeTx
	DeviceTx
	ConsentTx
	RequestTx
	PushTx
	LicenceByID(ctx context.Context, id string) (*register.Entry, error)
	LicenceByFile(ctx context.Context, file licence.FileNumber) (*register.Entry, error)
	LicencesByPhone(ctx context.Context, phone identity.Phone) ([]*register.Entry, error)
	// SpendBindToken returns the licence of a window's one-time token and ends
	// the token; store.ErrNotFound for a wrong, spent or expired one.
	SpendBindToken(ctx context.Context, token string, now time.Time) (licenceID string, err error)
	Passkeys(ctx context.Context, o Owner) ([]*Passkey, error)
	DeletePasskey(ctx context.Context, o Owner, id string) error
	AppendAudit(ctx context.Context, e audit.Entry) error
	Notify(ctx context.Context, m notification.Message) error
}

// DeviceTx is what devices need of a storage transaction.
type DeviceTx interface {
	// Device returns a device by its identifier, or store.ErrNotFound.
	Device(ctx context.Context, id string) (*Device, error)
	// Devices returns the devices of a licence that are in use, oldest first.
	Devices(ctx context.Context, licenceID string) ([]*Device, error)
	// SaveDevice inserts a device whose Version is 0 and otherwise replaces the
	// version it was read from.
	SaveDevice(ctx context.Context, d *Device) error
	// EndSessions ends the sessions of a device, operator, terminal or member of staff.
	EndSessions(ctx context.Context, owner string) error
}

// Drivers signs drivers in and binds their phones to their licence.
type Drivers struct {
	InTx    func(ctx context.Context, f func(DriverTx) error) error
	Read    func(ctx context.Context, f func(DriverTx) error) error
	Now     func() time.Time
	Origin  string                          // what device proofs are bound to
	Codes   []CodeLimit                     // CodeLimits, but for demonstrations
	Allow   func(kind, caller string) error // the limiter
	Publish func(licenceID, event string, data any)
	// PushAnywhere lets browsers name any host as their push service, for tests.
	PushAnywhere bool
	// Cease ends the electronic licence in the transaction of the driver's wish.
	Cease func(ctx context.Context, tx DriverTx, by audit.Actor, licenceID string, why licence.ChangeKind) error
}

// The kinds of limit that drivers meet.
const (
	LimitCode   = "sms"       // text messages asked for, by address
	LimitSignIn = "signin"    // codes answered, by address
	LimitBind   = "bind"      // bindings tried, by session
	LimitFile   = "bind.file" // bindings tried, by file number
)

// The audited deeds.
const (
	ActBind        audit.Action = "device.bind"
	ActBindFailed  audit.Action = "device.bind_failed"
	ActEndDevice   audit.Action = "device.end"
	ActApprove     audit.Action = "device.approve"
	ActConsent     audit.Action = "consent.give"
	ActWithdraw    audit.Action = "consent.withdraw"
	ActEndAccount  audit.Action = "account.end"
	ActRenewDevice audit.Action = "device.renew"
)

// AuditSentences says each deed in words.
var AuditSentences = map[audit.Action]lang.Text{
	ActBind:        lang.T("绑定手机", "bound a phone"),
	ActBindFailed:  lang.T("绑定未成功", "a binding failed"),
	ActEndDevice:   lang.T("停用手机", "ended a phone"),
	ActApprove:     lang.T("同意新手机", "approved a new phone"),
	ActConsent:     lang.T("给出同意", "gave consent"),
	ActWithdraw:    lang.T("撤回同意", "withdrew consent"),
	ActEndAccount:  lang.T("注销账户", "ended the account"),
	ActRenewDevice: lang.T("更换手机凭证编号", "renewed a phone's serial"),
}

var (
	sayCode     = lang.T("%s 是您登录电子驾驶证的验证码，5分钟内有效。不要告诉任何人。", "%s")
	sayConsent  = lang.T("%s 是您同意用证单位查看驾驶证的验证码，5分钟内有效。如果不是您本人操作，请不要理会，也不要告诉任何人。", "%s")
	sayBindCode = lang.T("%s 是绑定驾驶证的验证码，5分钟内有效。如果不是您本人操作，请不要理会，也不要告诉任何人。", "%s")
)

// Waits tells the caller when to ask again and how long the code lives.
type Waits struct{ Resend, Expires time.Duration }

var waits = Waits{Resend: time.Minute, Expires: codeLife}

// SendCode sends a code to sign in with. The reply is the same for every number.
func (d *Drivers) SendCode(ctx context.Context, address string, phone identity.Phone) (Waits, error) {
	if err := d.Allow(LimitCode, address); err != nil {
		return Waits{}, err
	}
	err := d.InTx(ctx, func(tx DriverTx) error {
		if err := throttle(ctx, tx, d.Codes, ToSignIn, phone, d.Now()); err != nil {
			return err
		}
		return send(ctx, tx, &Code{Purpose: ToSignIn, Phone: phone}, sayCode, d.Now())
	})
	return waits, err
}

// SignIn opens a session of PhoneLevel: it shows no licence.
func (d *Drivers) SignIn(ctx context.Context, address string, phone identity.Phone, secret string) (*Session, string, error) {
	if err := d.Allow(LimitSignIn, address); err != nil {
		return nil, "", err
	}
	var s *Session
	var token string
	err := d.InTx(ctx, func(tx DriverTx) error {
		s = nil
		code, err := tx.NewestCode(ctx, ToSignIn, phone)
		if missing(err) {
			return nil
		}
		if err != nil {
			return err
		}
		ok, err := try(ctx, tx, code, secret, d.Now())
		if err != nil || !ok {
			return err
		}
		s = &Session{Population: DriverPop, Level: PhoneLevel, Phone: phone}
		var hash []byte
		token, hash = Begin(s, d.Now())
		return tx.AddSession(ctx, hash, s)
	})
	if err != nil {
		return nil, "", fmt.Errorf("signing in: %w", err)
	}
	if s == nil {
		return nil, "", ErrCode
	}
	return s, token, nil
}

// Prove raises a session to DriverLevel: the phone shows that it holds the key
// of an enrolled device. The session gets another token.
func (d *Drivers) Prove(ctx context.Context, s *Session, deviceID string, signature []byte) (*Session, string, error) {
	var raised *Session
	var token string
	err := d.InTx(ctx, func(tx DriverTx) error {
		device, err := tx.Device(ctx, deviceID)
		if missing(err) || err == nil && !device.Active() {
			return ErrProof
		}
		if err != nil {
			return err
		}
		if err := verifyProof(device.PublicKey, SessionProof(d.Origin, s.Challenge), signature); err != nil {
			return err
		}
		device.LastSeenAt = d.Now()
		if err := tx.SaveDevice(ctx, device); err != nil {
			return err
		}
		raised, token, err = d.raise(ctx, tx, s, device)
		return err
	})
	return raised, token, err
}

// raise replaces a session by one that speaks for the driver of a device.
func (d *Drivers) raise(ctx context.Context, tx SessionTx, s *Session, device *Device) (*Session, string, error) {
	raised := &Session{Population: DriverPop, Level: DriverLevel, Phone: s.Phone, LicenceID: device.LicenceID, DeviceID: device.ID}
	token, hash := Begin(raised, d.Now())
	if err := tx.AddSession(ctx, hash, raised); err != nil {
		return nil, "", err
	}
	return raised, token, tx.EndSession(ctx, s.ID)
}

// List returns the phones of a driver that are in use.
func (d *Drivers) List(ctx context.Context, licenceID string) (list []*Device, err error) {
	err = d.Read(ctx, func(tx DriverTx) (err error) {
		list, err = tx.Devices(ctx, licenceID)
		return err
	})
	return list, err
}

// EndDevice ends one of the driver's phones; the others are told.
func (d *Drivers) EndDevice(ctx context.Context, by audit.Actor, licenceID, deviceID string) error {
	return d.EndDeviceFor(ctx, by, licenceID, deviceID, "")
}

// EndDeviceFor is EndDevice within a window's case.
func (d *Drivers) EndDeviceFor(ctx context.Context, by audit.Actor, licenceID, deviceID, caseNumber string) error {
	err := d.InTx(ctx, func(tx DriverTx) error {
		device, err := tx.Device(ctx, deviceID)
		if err != nil {
			return err
		}
		if device.LicenceID != licenceID {
			return errNoDevice
		}
		return d.end(ctx, tx, by, device, caseNumber)
	})
	d.publish(licenceID, "device", nil, err)
	return err
}

var errNoDevice = fault.New(fault.NotFound, "not_found", "没有找到，或者您无权查看。", "Nothing was found, or nothing you may see.")

func (d *Drivers) end(ctx context.Context, tx DriverTx, by audit.Actor, device *Device, caseNumber string) error {
	if !device.Active() {
		return nil
	}
	device.EndedAt = d.Now()
	if err := tx.SaveDevice(ctx, device); err != nil {
		return err
	}
	if err := tx.EndSessions(ctx, device.ID); err != nil {
		return err
	}
	if err := tx.DeletePush(ctx, device.ID); err != nil {
		return err
	}
	if err := tx.AppendAudit(ctx, audit.Entry{At: d.Now(), Actor: by, Action: ActEndDevice, Subject: device.LicenceID, Object: device.ID, Case: caseNumber}); err != nil {
		return err
	}
	return tx.Notify(ctx, notification.Message{
		LicenceID: device.LicenceID, Kind: notification.Device, At: d.Now(), Link: "#/me/devices",
		Title: lang.T("一部手机已停用", "A phone was ended"),
		Body:  lang.T("“"+device.Name+"”不能再出示您的电子驾驶证。如果不是您本人操作，请立即联系发证机关。", "“"+device.Name+"” can no longer show your licence. If this was not you, contact the issuing authority at once."),
	})
}

// RenewDevice gives the driver's phone another serial.
func (d *Drivers) RenewDevice(ctx context.Context, by audit.Actor, deviceID string) (device *Device, err error) {
	err = d.InTx(ctx, func(tx DriverTx) error {
		if device, err = tx.Device(ctx, deviceID); err != nil {
			return err
		}
		device.Renew(d.Now())
		if err := tx.SaveDevice(ctx, device); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: d.Now(), Actor: by, Action: ActRenewDevice, Subject: device.LicenceID, Object: device.ID})
	})
	return device, err
}

// publish tells the driver's open pages, once the deed is durable.
func (d *Drivers) publish(licenceID, event string, data any, err error) {
	if err == nil && d.Publish != nil {
		d.Publish(licenceID, event, data)
	}
}

// missing reports whether err says that there is no such record.
func missing(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Kind == fault.NotFound && !errors.Is(err, context.Canceled)
}
