package issuance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"edl/internal/account"
	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/licence"
	"edl/internal/photo"
	"edl/internal/uid"
	"edl/internal/workday"
)

// Faults of a submission.
var (
	ErrDirectClosed = fault.New(fault.Conflict, "application.direct_closed", "登记系统里没有可以直接使用的身份证照片，请从相册选择或现场拍照。", "There is no identity card's photo on file that can be used; choose one from the album or take one.")
	ErrReuseClosed  = fault.New(fault.Conflict, "application.reuse_closed", "原来的照片不能沿用，请换一张。", "The photo used before cannot serve again; use another.")
	ErrPhotoMissing = fault.New(fault.Invalid, "application.photo_missing", "请先上传照片，再提交申请。", "Upload a photo first, then apply.")
	ErrPhotoRefused = fault.New(fault.Conflict, "application.photo_refused", "这张照片不合要求，不能提交，请换一张。", "This photo does not meet the requirements; use another.")
	ErrPhotoUsed    = fault.New(fault.Conflict, "application.photo_used", "这张照片已经审核过，请换一张。", "This photo was reviewed already; use another.")
	ErrUndeclared   = fault.New(fault.Invalid, "application.undeclared", "还有程序看不准的项目没有声明，请对照照片逐条声明。", "Some points that a program cannot tell are not declared yet; compare them with the photo and declare each.")
	ErrKeyReused    = fault.New(fault.Conflict, "idempotency.reused", "同一个请求编号用在了不同的内容上，请刷新后再试。", "The same request key came with different content; refresh and try again.")
)

// A Submission is what a driver, or a clerk for one, hands in.
type Submission struct {
	LicenceID string
	Kind      application.Kind
	Route     application.Route
	PhotoID   string // with Album, Camera and Window
	Consents  Consents
	Declared  []photo.RuleID    // with Album and Camera: all that the check left open
	Key       string            // the same again returns the first case
	Clerk     application.Staff // with Window
	Ref       string            // the window's case
}

// Consents are the separate consents that an application needs. At a window
// the law's duty stands in their place.
type Consents struct {
	IdentityNumber bool
	Face           bool
	Version        string
}

func (c Consents) check() error {
	if !c.IdentityNumber || !c.Face || c.Version != account.ConsentVersion {
		return fault.At("consent", account.ErrConsent)
	}
	return nil
}

// same reports whether a retry asks for what the case is.
func (sub Submission) same(c *Case) bool {
	return c.Kind == sub.Kind && c.Route == sub.Route && (sub.Route.Direct() || c.PhotoID == sub.PhotoID)
}

// plan is what is prepared outside the transaction.
type plan struct {
	number    application.Number
	due       workday.Due
	numbering credential.Numbering
	issuer    string
	photoID   string
	portrait  []byte // SHA-256 of its portrait; only on a direct route
}

// Submit takes an application. On a direct route the program decides and
// issues within the call; should that be cut short, the case is returned as
// approved and the jobs finish it.
func (s *Service) Submit(ctx context.Context, by audit.Actor, sub Submission) (*Case, error) {
	if sub.Route != application.Window {
		if err := sub.Consents.check(); err != nil {
			return nil, err
		}
	}
	if first, err := s.first(ctx, sub); first != nil || err != nil {
		return first, err
	}
	if err := s.allow(LimitApply, sub.LicenceID); err != nil {
		return nil, err
	}
	c, w, err := s.take(ctx, by, sub)
	if errors.Is(err, application.ErrOpen) || errors.Is(err, application.ErrHeld) {
		if first, _ := s.first(ctx, sub); first != nil {
			return first, nil // the same press, a moment earlier
		}
	}
	if err != nil {
		return nil, fmt.Errorf("submitting an application: %w", err)
	}
	if w != nil {
		return s.finishNow(ctx, w), nil
	}
	s.tell(c)
	return c, nil
}

// take stores the application and, on a direct route, the intent to sign.
func (s *Service) take(ctx context.Context, by audit.Actor, sub Submission) (c *Case, w *work, err error) {
	p, err := s.plan(ctx, sub)
	if err != nil {
		return nil, nil, err
	}
	var putBack func()
	if p.number, putBack, err = s.next(ctx, sub.Kind); err != nil {
		return nil, nil, err
	}
	err = s.InTx(ctx, func(tx Tx) error {
		c, w, err = s.submit(ctx, tx, by, sub, p)
		return err
	})
	if fault.Of(err) != nil { // refused; after any other failure it may be in use
		putBack()
	}
	return c, w, err
}

// first returns the case that the same key made before, or nil.
func (s *Service) first(ctx context.Context, sub Submission) (c *Case, err error) {
	if sub.Key == "" {
		return nil, nil
	}
	err = s.Read(ctx, func(tx Tx) error {
		c, err = tx.CaseByKey(ctx, sub.LicenceID, sub.Key)
		return err
	})
	switch {
	case notFound(err):
		return nil, nil
	case err == nil && !sub.same(c):
		return nil, ErrKeyReused
	}
	return c, err
}

// plan looks everything up that the transaction need not repeat, and hashes
// the portrait of a direct route. What could change in between is asked again.
func (s *Service) plan(ctx context.Context, sub Submission) (plan, error) {
	calendar, err := s.Calendar(ctx)
	if err != nil {
		return plan{}, err
	}
	profile, err := s.Profile(ctx)
	if err != nil {
		return plan{}, err
	}
	p := plan{due: calendar.Due(s.Now()), issuer: profile.Code}
	err = s.Read(ctx, func(tx Tx) error {
		st, err := standingOf(ctx, tx, sub.LicenceID, s.Now())
		if err != nil {
			return err
		}
		if err := st.may(ctx, tx, sub); err != nil {
			return err
		}
		if p.photoID, err = st.photo(ctx, tx, sub); err != nil || !sub.Route.Direct() {
			return err
		}
		if p.portrait, err = portraitHash(ctx, tx, p.photoID); err != nil {
			return err
		}
		return tx.Setting(ctx, NumberingSetting, &p.numbering)
	})
	return p, err
}

func portraitHash(ctx context.Context, tx Tx, photoID string) ([]byte, error) {
	p, err := tx.Photo(ctx, photoID)
	if err != nil {
		return nil, err
	}
	portrait, err := tx.PhotoImage(ctx, p, photo.ImagePortrait)
	if err != nil {
		return nil, fmt.Errorf("the portrait of photo %s: %w", photoID, err)
	}
	sum := sha256.Sum256(portrait)
	return sum[:], nil
}

// may returns nil if the driver may hand this in now.
func (st *standing) may(ctx context.Context, tx Tx, sub Submission) error {
	if err := st.refused(); err != nil {
		return err
	}
	if err := application.CheckKind(sub.Kind, st.electronic.State()); err != nil {
		return err
	}
	if st.open(sub.Kind) != nil {
		return application.ErrOpen
	}
	if sub.Kind == application.Photo {
		if _, err := st.photoChange(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// photo returns the photo that a submission applies with.
func (st *standing) photo(ctx context.Context, tx Tx, sub Submission) (string, error) {
	switch sub.Route {
	case application.OnFile:
		if !st.direct() {
			return "", ErrDirectClosed
		}
		return st.entry.PhotoID, nil
	case application.Reuse:
		if st.electronic == nil {
			return "", ErrReuseClosed
		}
		p, err := tx.Photo(ctx, st.electronic.PhotoID)
		if err == nil && !st.reusable(p) {
			err = ErrReuseClosed
		}
		return p.ID, err
	}
	return sub.PhotoID, st.uploaded(ctx, tx, sub)
}

// uploaded checks a photo that was uploaded for an application.
func (st *standing) uploaded(ctx context.Context, tx Tx, sub Submission) error {
	p, err := tx.Photo(ctx, sub.PhotoID)
	if notFound(err) || err == nil && (p.LicenceID != sub.LicenceID || p.Source != sourceOf[sub.Route]) {
		return fault.At("photoId", ErrPhotoMissing)
	}
	if err != nil {
		return err
	}
	report := reportOf(p)
	if report.Refused() {
		return fault.At("photoId", ErrPhotoRefused)
	}
	if sub.Route != application.Window && len(report.Undeclared(sub.Declared)) > 0 {
		return fault.At("declared", ErrUndeclared)
	}
	for _, c := range st.cases {
		if c.PhotoID == p.ID && (c.Status == application.Issued || c.Status == application.Refused) {
			return fault.At("photoId", ErrPhotoUsed)
		}
	}
	return nil
}

var sourceOf = map[application.Route]photo.Source{
	application.Album: photo.FromAlbum, application.Camera: photo.FromCamera, application.Window: photo.FromWindow,
}

// work is an intent to be carried out, with what that needs.
type work struct {
	c       *Case
	intent  *Intent
	licence licence.Licence // the register's version of the intent
}

// submit does it all again inside the transaction, where nothing can change.
func (s *Service) submit(ctx context.Context, tx Tx, by audit.Actor, sub Submission, p plan) (*Case, *work, error) {
	now := s.Now()
	st, err := standingOf(ctx, tx, sub.LicenceID, now)
	if err != nil {
		return nil, nil, err
	}
	if err := st.may(ctx, tx, sub); err != nil {
		return nil, nil, err
	}
	photoID, err := st.photo(ctx, tx, sub)
	if err != nil {
		return nil, nil, err
	}
	if photoID != p.photoID {
		return nil, nil, application.ErrVersion // the photo on file was replaced this very moment
	}
	c, err := newCase(st, sub, p)
	if err != nil {
		return nil, nil, err
	}
	if sub.Route.Direct() {
		if err := c.Pass(now); err != nil {
			return nil, nil, err
		}
	}
	if err := s.keepConsents(ctx, tx, by, sub, now); err != nil {
		return nil, nil, err
	}
	if err := tx.AddCase(ctx, c); err != nil {
		return nil, nil, err
	}
	if err := tx.AppendAudit(ctx, audit.Entry{
		At: now, Actor: by, Action: ActSubmit, Subject: c.Licence, Object: string(c.ID), Case: c.Ref,
		Detail: map[string]string{"number": string(c.Number), "kind": string(c.Kind), "route": string(c.Route), "photo": c.PhotoID, "consent": sub.Consents.Version},
	}); err != nil || !sub.Route.Direct() {
		return c, nil, err
	}
	w, err := s.prepare(ctx, tx, st, c, p)
	return c, w, err
}

func newCase(st *standing, sub Submission, p plan) (*Case, error) {
	a, err := application.Submit(application.Request{
		ID: application.ID(uid.New(st.now)), Number: p.number, Licence: sub.LicenceID, Kind: sub.Kind, Route: sub.Route,
		Clerk: sub.Clerk, DueAt: p.due.At, Refusals: st.refusals(),
	}, st.now)
	if err != nil {
		return nil, err
	}
	return &Case{
		Application: *a, PhotoID: p.photoID, RegisterVersionID: st.entry.VersionID, Declared: sub.Declared, Key: sub.Key, Ref: sub.Ref,
	}, nil
}

// keepConsents records those that do not stand yet.
func (s *Service) keepConsents(ctx context.Context, tx Tx, by audit.Actor, sub Submission, now time.Time) error {
	if sub.Route == application.Window {
		return nil
	}
	given, err := tx.Consents(ctx, sub.LicenceID)
	if err != nil {
		return err
	}
	for _, kind := range []account.ConsentKind{account.IdentityNumber, account.Face} {
		if stands(given, kind) {
			continue
		}
		one := account.Given(kind, account.ConsentVersion)
		one.ID, one.At = uid.New(now), now
		if err := tx.AddConsent(ctx, sub.LicenceID, one); err != nil {
			return err
		}
		if err := tx.AppendAudit(ctx, audit.Entry{
			At: now, Actor: by, Action: account.ActConsent, Subject: sub.LicenceID,
			Detail: map[string]string{"kind": string(kind), "version": one.Version},
		}); err != nil {
			return err
		}
	}
	return nil
}

func stands(given []account.Consent, kind account.ConsentKind) bool {
	for _, c := range given {
		if c.Kind == kind && c.Version == account.ConsentVersion && c.WithdrawnAt.IsZero() {
			return true
		}
	}
	return false
}

// changed reports whether a licence differs in what an electronic licence says.
func changed(before, after licence.Licence) bool {
	return len(licence.ChangesBetween(before, after)) > 0 || before.Document != after.Document || before.Name != after.Name ||
		before.Sex != after.Sex || before.BirthDate != after.BirthDate || before.FileNumber != after.FileNumber
}

// equalDigest compares what is about to be signed with what was recorded.
func equalDigest(d *credential.Draft, i *Intent) bool { return bytes.Equal(d.Digest, i.Digest) }
