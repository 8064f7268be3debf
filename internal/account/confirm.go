package account

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"

	"edl/internal/identity"
)

// How a driver was asked again before something that cannot be taken back.
const (
	ByPasskey = "passkey"
	BySMS     = "sms"
)

// SendConsentCode sends a code to the phone on the register, or where it has
// none to the one that signed in.
func (d *Drivers) SendConsentCode(ctx context.Context, address string, s *Session) (Waits, error) {
	if err := d.Allow(LimitCode, address); err != nil {
		return Waits{}, err
	}
	err := d.InTx(ctx, func(tx DriverTx) error {
		phone, err := consentPhone(ctx, tx, s)
		if err != nil {
			return err
		}
		if err := throttle(ctx, tx, d.Codes, ToConsent, phone, d.Now()); err != nil {
			return err
		}
		return send(ctx, tx, &Code{Purpose: ToConsent, Phone: phone, SessionID: s.ID, LicenceID: s.LicenceID}, sayConsent, d.Now())
	})
	return waits, err
}

func consentPhone(ctx context.Context, tx DriverTx, s *Session) (identity.Phone, error) {
	entry, err := tx.LicenceByID(ctx, s.LicenceID)
	if err != nil || entry.Licence.Phone == "" {
		return s.Phone, err
	}
	return entry.Licence.Phone, nil
}

// ConfirmByCode spends the newest code that was sent to this session for a
// consent; ErrCode.
func (d *Drivers) ConfirmByCode(ctx context.Context, address string, s *Session, secret string) error {
	if err := d.Allow(LimitSignIn, address); err != nil {
		return err
	}
	var ok bool
	err := d.InTx(ctx, func(tx DriverTx) error {
		ok = false
		phone, err := consentPhone(ctx, tx, s)
		if err != nil {
			return err
		}
		code, err := tx.NewestCode(ctx, ToConsent, phone)
		if missing(err) || err == nil && code.SessionID != s.ID {
			return nil
		}
		if err != nil {
			return err
		}
		ok, err = try(ctx, tx, code, secret, d.Now())
		return err
	})
	if err == nil && !ok {
		return ErrCode
	}
	return err
}

// Confirm checks that a passkey of the owner made the credential, and opens no
// session; ErrPasskey.
func (k *Passkeys) Confirm(ctx context.Context, address string, owner Owner, credential json.RawMessage) error {
	if err := k.Allow(LimitSignIn, address); err != nil {
		return err
	}
	answer, err := protocol.ParseCredentialRequestResponseBytes(credential)
	if err != nil {
		return errors.Join(ErrPasskey, err)
	}
	return k.InTx(ctx, func(tx PasskeyTx) error {
		used, err := k.verify(ctx, tx, owner.Population, answer)
		if err == nil && used.Owner != owner {
			return ErrPasskey
		}
		return err
	})
}
