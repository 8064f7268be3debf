package account

import (
	"context"
	"time"

	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/licence"
	"edl/internal/uid"
)

// A ConsentKind is what a person consents to, each apart (Personal Information
// Protection Law, articles 14 and 29).
type ConsentKind string

// The kinds of consent.
const (
	Privacy        ConsentKind = "privacy"         // the privacy notice was read
	IdentityNumber ConsentKind = "identity_number" // the identity number is processed
	Face           ConsentKind = "face"            // the portrait is processed
)

// ConsentVersion is the version of the notices; consent is given to a version.
const ConsentVersion = "2026-10"

// A Consent is one consent as given.
type Consent struct {
	ID          string
	Kind        ConsentKind
	Version     string
	At          time.Time
	WithdrawnAt time.Time
}

var (
	// ErrConsent is returned where a needed consent is missing or older than the notice.
	ErrConsent = fault.New(fault.Invalid, "consent.needed", "办理这项业务需要您先阅读并同意。", "Read and give your consent first.")
	errConsent = fault.New(fault.Invalid, "consent.kind", "没有这一种同意。", "There is no such consent.")
)

// Given makes a consent that was given by ticking a box.
func Given(kind ConsentKind, version string) Consent { return Consent{Kind: kind, Version: version} }

func (c Consent) check(kind ConsentKind) error {
	if c.Kind != kind || c.Version != ConsentVersion {
		return ErrConsent
	}
	return nil
}

// ConsentTx is what consents need of a storage transaction.
type ConsentTx interface {
	// Consents returns all consents of a driver, newest first.
	Consents(ctx context.Context, licenceID string) ([]Consent, error)
	AddConsent(ctx context.Context, licenceID string, c Consent) error
	// WithdrawConsents withdraws the open ones of a kind, or all where kind is "".
	WithdrawConsents(ctx context.Context, licenceID string, kind ConsentKind, now time.Time) error
	// EndStandings withdraws what the driver lets relying parties see.
	EndStandings(ctx context.Context, licenceID string, now time.Time) error
}

// Consents returns all consents of a driver, newest first.
func (d *Drivers) Consents(ctx context.Context, licenceID string) (list []Consent, err error) {
	err = d.Read(ctx, func(tx DriverTx) (err error) {
		list, err = tx.Consents(ctx, licenceID)
		return err
	})
	return list, err
}

// GiveConsent records a consent.
func (d *Drivers) GiveConsent(ctx context.Context, by audit.Actor, licenceID string, c Consent) error {
	if c.Kind != Privacy && c.Kind != IdentityNumber && c.Kind != Face {
		return errConsent
	}
	if err := c.check(c.Kind); err != nil {
		return err
	}
	return d.InTx(ctx, func(tx DriverTx) error { return d.consent(ctx, tx, by, licenceID, c) })
}

func (d *Drivers) consent(ctx context.Context, tx DriverTx, by audit.Actor, licenceID string, c Consent) error {
	c.ID, c.At = uid.New(d.Now()), d.Now()
	if err := tx.AddConsent(ctx, licenceID, c); err != nil {
		return err
	}
	return tx.AppendAudit(ctx, audit.Entry{
		At: d.Now(), Actor: by, Action: ActConsent, Subject: licenceID,
		Detail: map[string]string{"kind": string(c.Kind), "version": c.Version},
	})
}

// WithdrawConsent takes a consent back; what was done before stays lawful.
// Without the consent to the portrait there is no electronic licence.
func (d *Drivers) WithdrawConsent(ctx context.Context, by audit.Actor, licenceID string, kind ConsentKind) error {
	err := d.InTx(ctx, func(tx DriverTx) error {
		if err := tx.WithdrawConsents(ctx, licenceID, kind, d.Now()); err != nil {
			return err
		}
		if err := tx.AppendAudit(ctx, audit.Entry{
			At: d.Now(), Actor: by, Action: ActWithdraw, Subject: licenceID, Detail: map[string]string{"kind": string(kind)},
		}); err != nil || kind != Face {
			return err
		}
		return d.Cease(ctx, tx, by, licenceID, licence.ConsentWithdrawn)
	})
	if kind == Face {
		d.publish(licenceID, "state", nil, err)
	}
	return err
}
