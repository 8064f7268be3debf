package account

import (
	"context"
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

// A Claim is what a driver says of the licence to be bound.
type Claim struct {
	Name     identity.Name
	Document identity.Document
	File     licence.FileNumber
}

// fits reports whether the register says the same.
func (c Claim) fits(e *register.Entry) bool {
	return e.Licence.Name == c.Name && e.Licence.Document == c.Document && e.Licence.FileNumber == c.File
}

// ErrBinding is the one answer to every binding that fails: it tells nobody
// whether a licence exists, whose it is, or which number it has.
var ErrBinding = fault.New(fault.Conflict, "binding.failed",
	"没有绑定成功：信息或验证码未能核对一致，或者未查询到本市核发的驾驶证。外地核发的，请在发证地申领。登记的手机号没有了或换过的，请带身份证件和受理号到窗口办理。",
	"The phone was not bound: the details or the code do not agree, or no licence issued here was found. For a licence issued elsewhere, apply there. If the phone on the register is gone or has changed, bring your identity document and the ticket number to a window.")

// A Ticket is the answer to a claim, alike whether it fits or not. Its number
// serves at the window.
type Ticket struct {
	Number string
	Waits
}

// StartBinding looks the claim up and sends a code to the phone on the
// register. A claim that does not fit, or fits a licence without a phone, gets
// a ticket that no code opens.
func (d *Drivers) StartBinding(ctx context.Context, s *Session, claim Claim) (Ticket, error) {
	if err := d.Allow(LimitBind, s.ID); err != nil {
		return Ticket{}, err
	}
	fileLimit := d.Allow(LimitFile, string(claim.File))
	code := &Code{Purpose: ToBind, SessionID: s.ID}
	err := d.InTx(ctx, func(tx DriverTx) error {
		*code = Code{Purpose: ToBind, SessionID: s.ID}
		entry, err := tx.LicenceByFile(ctx, claim.File)
		if err != nil && !missing(err) {
			return err
		}
		if err == nil && claim.fits(entry) && entry.Licence.Phone != "" && fileLimit == nil &&
			throttle(ctx, tx, d.Codes, ToBind, entry.Licence.Phone, d.Now()) == nil {
			code.Phone, code.LicenceID = entry.Licence.Phone, entry.ID
		}
		return send(ctx, tx, code, sayBindCode, d.Now())
	})
	if err != nil {
		return Ticket{}, fmt.Errorf("starting a binding: %w", err)
	}
	return Ticket{Number: code.ID, Waits: waits}, nil
}

// Bind ends a binding: the code proves the phone on the register, the offer
// proves the phone in the hand. The session gets another token.
func (d *Drivers) Bind(ctx context.Context, s *Session, ticket, secret string, offer Offer, consent Consent) (*Session, string, error) {
	if err := consent.check(IdentityNumber); err != nil {
		return nil, "", err
	}
	device, err := offer.enrol("", d.Origin, s.Challenge, d.Now())
	if err != nil {
		return nil, "", err
	}
	var bound *Session
	var token string
	err = d.InTx(ctx, func(tx DriverTx) error {
		bound = nil
		code, err := tx.CodeByID(ctx, ticket)
		if missing(err) || err == nil && (code.Purpose != ToBind || code.SessionID != s.ID) {
			return nil
		}
		if err != nil {
			return err
		}
		ok, err := try(ctx, tx, code, secret, d.Now())
		if err != nil {
			return err
		}
		if !ok || code.LicenceID == "" {
			return d.failed(ctx, tx, s, code.LicenceID)
		}
		device.LicenceID, device.Version = code.LicenceID, 0
		bound, token, err = d.enrolled(ctx, tx, s, device, consent, "code")
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("binding a phone: %w", err)
	}
	if bound == nil {
		return nil, "", ErrBinding
	}
	d.publish(bound.LicenceID, "device", nil, nil)
	return bound, token, nil
}

// failed records a wrong answer for a licence that exists.
func (d *Drivers) failed(ctx context.Context, tx DriverTx, s *Session, licenceID string) error {
	if licenceID == "" {
		return nil
	}
	return tx.AppendAudit(ctx, audit.Entry{At: d.Now(), Actor: audit.Actor{Kind: audit.ByVisitor, ID: s.ID}, Action: ActBindFailed, Subject: licenceID})
}

// BindAtWindow binds by the one-time token that a window showed as a QR after
// seeing person and document.
func (d *Drivers) BindAtWindow(ctx context.Context, s *Session, bindToken string, offer Offer, consent Consent) (*Session, string, error) {
	if err := d.Allow(LimitBind, s.ID); err != nil {
		return nil, "", err
	}
	if err := consent.check(IdentityNumber); err != nil {
		return nil, "", err
	}
	device, err := offer.enrol("", d.Origin, s.Challenge, d.Now())
	if err != nil {
		return nil, "", err
	}
	var bound *Session
	var token string
	err = d.InTx(ctx, func(tx DriverTx) error {
		licenceID, err := tx.SpendBindToken(ctx, bindToken, d.Now())
		if missing(err) {
			return ErrBinding
		}
		if err != nil {
			return err
		}
		device.LicenceID, device.Version = licenceID, 0
		bound, token, err = d.enrolled(ctx, tx, s, device, consent, "window")
		return err
	})
	if err != nil {
		return nil, "", err
	}
	d.publish(bound.LicenceID, "device", nil, nil)
	return bound, token, nil
}

// enrolled stores a device that proved itself, tells the driver's other phones
// and raises the session.
func (d *Drivers) enrolled(ctx context.Context, tx DriverTx, s *Session, device *Device, consent Consent, way string) (*Session, string, error) {
	if err := tx.SaveDevice(ctx, device); err != nil {
		return nil, "", err
	}
	by := audit.Actor{Kind: audit.ByDriver, ID: device.LicenceID}
	if consent.Kind != "" {
		if err := d.consent(ctx, tx, by, device.LicenceID, consent); err != nil {
			return nil, "", err
		}
	}
	if err := tx.AppendAudit(ctx, audit.Entry{
		At: d.Now(), Actor: by, Action: ActBind, Subject: device.LicenceID, Object: device.ID,
		Detail: map[string]string{"way": way, "name": device.Name},
	}); err != nil {
		return nil, "", err
	}
	if err := tx.Notify(ctx, notification.Message{
		LicenceID: device.LicenceID, Kind: notification.Device, At: d.Now(), Link: "#/me/devices", SMS: true,
		Title: lang.T("新手机已绑定", "A new phone was bound"),
		Body:  lang.T("“"+device.Name+"”可以出示您的电子驾驶证了。如果不是您本人操作，请在“我的—我的手机”里停用它。", "“"+device.Name+"” can now show your licence. If this was not you, end it under Me – My phones."),
	}); err != nil {
		return nil, "", err
	}
	return d.raise(ctx, tx, s, device)
}

// EndAccount ends every phone, passkey and consent of a driver, and with them
// the electronic licence. The licence itself stays on the register.
func (d *Drivers) EndAccount(ctx context.Context, licenceID string) error {
	by := audit.Actor{Kind: audit.ByDriver, ID: licenceID}
	err := d.InTx(ctx, func(tx DriverTx) error {
		if err := d.endKeys(ctx, tx, by, licenceID); err != nil {
			return err
		}
		if err := tx.WithdrawConsents(ctx, licenceID, "", d.Now()); err != nil {
			return err
		}
		if err := tx.EndStandings(ctx, licenceID, d.Now()); err != nil {
			return err
		}
		if err := d.Cease(ctx, tx, by, licenceID, licence.AccountEnded); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: d.Now(), Actor: by, Action: ActEndAccount, Subject: licenceID})
	})
	d.publish(licenceID, "device", nil, err)
	return err
}

// endKeys ends what opens a driver's account.
func (d *Drivers) endKeys(ctx context.Context, tx DriverTx, by audit.Actor, licenceID string) error {
	devices, err := tx.Devices(ctx, licenceID)
	if err != nil {
		return err
	}
	for _, device := range devices {
		if err := d.end(ctx, tx, by, device, ""); err != nil {
			return err
		}
	}
	owner := Owner{DriverPop, licenceID}
	passkeys, err := tx.Passkeys(ctx, owner)
	if err != nil {
		return err
	}
	for _, p := range passkeys {
		if err := tx.DeletePasskey(ctx, owner, p.ID); err != nil {
			return err
		}
		if err := tx.AppendAudit(ctx, audit.Entry{At: d.Now(), Actor: by, Action: ActPasskeyEnd, Subject: licenceID, Object: p.ID}); err != nil {
			return err
		}
	}
	return nil
}

// linger is how long a request of a new phone waits for an answer.
const linger = 5 * time.Minute
