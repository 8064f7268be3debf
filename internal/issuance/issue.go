package issuance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"edl/internal/account"
	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/licence"
	"edl/internal/register"
	"edl/internal/uid"
)

// ErrStatement is returned where the bytes to be signed are not those that
// were recorded: something that must never change did, and nothing is signed.
var ErrStatement = errors.New("issuance: the statement differs from the one that was recorded; nothing was signed")

// prepare records the intent to sign for an approved case: the second arrow.
// The caller holds the register's newest version in st.
func (s *Service) prepare(ctx context.Context, tx Tx, st *standing, c *Case, p plan) (*work, error) {
	i := &Intent{
		ID: uid.New(st.now), ApplicationID: c.ID, LicenceID: c.Licence, Route: c.Route, Status: Prepared, IdentifierVersion: 1,
		Issuer: p.issuer, RegisterVersionID: st.entry.VersionID, PhotoID: c.PhotoID, PortraitHash: p.portrait,
		IssuedAt: st.now, Encoding: credential.Encoding, LeasedUntil: st.now.Add(lease),
	}
	serial := string(c.Number[2:]) // digits, as the number's first two are letters
	if st.electronic != nil {
		i.PreviousID, i.IdentifierVersion = st.electronic.ID, st.electronic.IdentifierVersion+1
		if former := credential.SerialOf(st.electronic.Identifier); former != "" {
			serial = former
		}
	}
	var err error
	if i.Identifier, err = p.numbering.Identifier(serial, i.IdentifierVersion); err != nil {
		return nil, err
	}
	draft, err := s.Issuer.Prepare(i.Statement(st.entry.Licence), "")
	if err != nil {
		return nil, err
	}
	i.KeyID, i.Digest = draft.KeyID, draft.Digest
	return &work{c: c, intent: i, licence: st.entry.Licence}, tx.AddIntent(ctx, i)
}

// finishNow carries an intent out at once. A failure is logged and left to the
// jobs: the driver then sees the case as approved and being issued.
func (s *Service) finishNow(ctx context.Context, w *work) *Case {
	// A caller who hangs up does not stop what was begun.
	done, err := s.finish(context.WithoutCancel(ctx), w)
	if err != nil {
		later("sign and publish", w.c.ID, err)
		s.tell(w.c)
		return w.c
	}
	return done
}

// finish signs and publishes: the third arrow to the last.
func (s *Service) finish(ctx context.Context, w *work) (*Case, error) {
	draft, err := s.Issuer.Prepare(w.intent.Statement(w.licence), w.intent.KeyID)
	if err != nil {
		return nil, err
	}
	if !equalDigest(draft, w.intent) {
		return nil, fmt.Errorf("%w (intent %s)", ErrStatement, w.intent.ID)
	}
	signature, err := draft.Sign()
	if err != nil {
		return nil, fmt.Errorf("signing %s: %w", w.intent.ID, err)
	}
	contacts, err := s.contacts(ctx)
	if err != nil {
		return nil, err
	}
	var c *Case
	if err := s.InTx(ctx, func(tx Tx) error {
		c = w.c.clone()
		return s.record(ctx, tx, c, *w.intent, w.licence, signature, contacts)
	}); err != nil {
		return nil, fmt.Errorf("recording the signature of %s: %w", w.intent.ID, err)
	}
	s.tell(c, "message", "state")
	return c, nil
}

// record stores the signature and publishes in one transaction, or voids what
// must not be published any more.
func (s *Service) record(ctx context.Context, tx Tx, c *Case, i Intent, l licence.Licence, signature []byte, contacts licence.Contacts) error {
	now := s.Now()
	entry, err := tx.LicenceByID(ctx, i.LicenceID)
	if err != nil {
		return err
	}
	previous, err := tx.ElectronicLicence(ctx, i.LicenceID)
	if err != nil && !notFound(err) {
		return err
	}
	i.Signature = signature
	given, err := tx.Consents(ctx, i.LicenceID)
	if err != nil {
		return err
	}
	if reason := hindrance(entry, previous, given, c, l, now); reason != "" {
		return s.void(ctx, tx, c, i, reason, contacts, now)
	}
	if err := c.Issue(now); err != nil {
		return err
	}
	if previous.State() == licence.Active {
		previous.Supersede(now)
		if err := tx.SaveElectronic(ctx, previous); err != nil {
			return err
		}
	}
	if err := tx.SaveElectronic(ctx, i.electronic(l)); err != nil {
		return err
	}
	i.Status = Issued
	if err := tx.SaveIntent(ctx, &i); err != nil {
		return err
	}
	if err := tx.SaveCase(ctx, c); err != nil {
		return err
	}
	if err := tx.Notify(ctx, issuedMessage(c, i.Identifier, now)); err != nil {
		return err
	}
	return tx.AppendAudit(ctx, audit.Entry{
		At: now, Actor: audit.Program, Action: ActIssue, Subject: c.Licence, Object: i.ID, Case: c.Ref,
		Detail: map[string]string{"application": string(c.Number), "identifier": i.Identifier, "version": i.RegisterVersionID, "key": i.KeyID},
	})
}

// void ends a case whose licence changed while it was being signed.
func (s *Service) void(ctx context.Context, tx Tx, c *Case, i Intent, reason application.Reason, contacts licence.Contacts, now time.Time) error {
	i.Status = Void
	if err := tx.SaveIntent(ctx, &i); err != nil {
		return err
	}
	if err := tx.AppendAudit(ctx, audit.Entry{
		At: now, Actor: audit.Program, Action: ActVoid, Subject: c.Licence, Object: i.ID, Case: c.Ref, Detail: map[string]string{"reason": string(reason)},
	}); err != nil {
		return err
	}
	return s.stop(ctx, tx, c, reason, contacts, now)
}

// stop ends a case by program.
func (s *Service) stop(ctx context.Context, tx Tx, c *Case, reason application.Reason, contacts licence.Contacts, now time.Time) error {
	if err := c.Stop(reason, now); err != nil {
		return err
	}
	if err := tx.SaveCase(ctx, c); err != nil {
		return err
	}
	if err := tx.Notify(ctx, stoppedMessage(c, contacts, now)); err != nil {
		return err
	}
	return tx.AppendAudit(ctx, audit.Entry{
		At: now, Actor: audit.Program, Action: ActStop, Subject: c.Licence, Object: string(c.ID), Case: c.Ref, Detail: map[string]string{"reason": string(reason)},
	})
}

// hindrance says why nothing may be published from the register's version l
// any more, or "".
func hindrance(entry *register.Entry, e *credential.Electronic, given []account.Consent, c *Case, l licence.Licence, now time.Time) application.Reason {
	switch {
	case c.Route != application.Window && withdrawn(given, account.Face): // a window acts by law
		return application.ConsentWithdrawn
	case !entry.Usable(now):
		return application.LicenceNotUsable
	case changed(l, entry.Licence), application.CheckKind(c.Kind, e.State()) != nil:
		return application.LicenceChanged
	}
	return ""
}

// withdrawn reports whether the newest consent of a kind was taken back.
func withdrawn(given []account.Consent, kind account.ConsentKind) bool {
	for _, c := range given { // the newest first
		if c.Kind == kind {
			return !c.WithdrawnAt.IsZero()
		}
	}
	return false
}

// Resume carries out what somebody prepared and did not live to finish. It
// returns how many intents it brought to their end.
func (s *Service) Resume(ctx context.Context) (done int, err error) {
	var idle []*Intent
	if err := s.Read(ctx, func(tx Tx) (err error) {
		idle, err = tx.IdleIntents(ctx, s.Now(), 100)
		return err
	}); err != nil {
		return 0, fmt.Errorf("looking for unfinished intents: %w", err)
	}
	for _, i := range idle {
		w, err := s.takeUp(ctx, i)
		if err == nil && w != nil {
			_, err = s.finish(ctx, w)
		}
		switch {
		case errors.Is(err, context.Canceled):
			return done, err
		case fault.Of(err) != nil && fault.Of(err).Code == "stale": // another server was faster
		case err != nil:
			later("resume", i.ApplicationID, err)
		default:
			done++
		}
	}
	return done, nil
}

// takeUp leases an intent, so that one server alone works on it, and loads
// what is needed to finish it.
func (s *Service) takeUp(ctx context.Context, idle *Intent) (*work, error) {
	var w *work
	err := s.InTx(ctx, func(tx Tx) error {
		i := *idle
		i.LeasedUntil = s.Now().Add(lease)
		if err := tx.SaveIntent(ctx, &i); err != nil {
			return err
		}
		c, err := tx.Case(ctx, i.ApplicationID)
		if err != nil {
			return err
		}
		l, err := tx.LicenceVersion(ctx, i.LicenceID, i.RegisterVersionID)
		w = &work{c: c, intent: &i, licence: l}
		return err
	})
	return w, err
}
