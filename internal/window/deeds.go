package window

import (
	"context"
	"time"

	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/identity"
	"edl/internal/issuance"
	"edl/internal/lang"
	"edl/internal/notification"
	"edl/internal/photo"
	"edl/internal/uid"
)

// bindFor is how long the QR can be scanned: the driver stands at the window.
const bindFor = 10 * time.Minute

// A Binding is what the window's screen shows.
type Binding struct {
	URL       string // opens the driver's app; the QR holds the same
	ExpiresAt time.Time
}

// Bind makes a one-time link by which the driver's phone is bound.
func (s *Service) Bind(ctx context.Context, by audit.Actor, id string) (Binding, error) {
	token := uid.Secret()
	expires := s.Now().Add(bindFor)
	err := s.InTx(ctx, func(tx Tx) error {
		c, err := s.usable(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if err := tx.AddBindToken(ctx, token, c.LicenceID, c.ID, expires); err != nil {
			return err
		}
		return s.deed(ctx, tx, by, c, ActBind, nil)
	})
	return Binding{URL: s.PublicURL + "/driver/#/bind?w=" + token, ExpiresAt: expires}, err
}

// SetPhone sets the phone number on the register.
func (s *Service) SetPhone(ctx context.Context, by audit.Actor, id string, phone identity.Phone) error {
	c, err := s.use(ctx, by, id)
	if err != nil {
		return err
	}
	return s.Register.SetPhone(ctx, by, c.LicenceID, phone, c.Number)
}

// EndDevice ends a lost phone.
func (s *Service) EndDevice(ctx context.Context, by audit.Actor, id, deviceID string) error {
	c, err := s.use(ctx, by, id)
	if err != nil {
		return err
	}
	return s.Drivers.EndDeviceFor(ctx, by, c.LicenceID, deviceID, c.Number)
}

// TakePhoto keeps a photo taken at the window.
func (s *Service) TakePhoto(ctx context.Context, by audit.Actor, id string, data []byte) (photo.Stored, issuance.Report, error) {
	c, err := s.use(ctx, by, id)
	if err != nil {
		return photo.Stored{}, issuance.Report{}, err
	}
	return s.Issuance.Upload(ctx, by, issuance.Upload{LicenceID: c.LicenceID, Source: photo.FromWindow, Data: data, Ref: c.Number})
}

// Apply hands in an application for the driver, with a photo taken here.
func (s *Service) Apply(ctx context.Context, by audit.Actor, id, photoID, key string) (*issuance.Progress, error) {
	return s.submit(ctx, by, id, photoID, key, func(v *issuance.View) application.Kind {
		return application.KindFor(v.Electronic.State())
	})
}

// ChangePhoto hands in another photo for the driver, taken here.
func (s *Service) ChangePhoto(ctx context.Context, by audit.Actor, id, photoID, key string) (*issuance.Progress, error) {
	return s.submit(ctx, by, id, photoID, key, func(*issuance.View) application.Kind { return application.Photo })
}

func (s *Service) submit(ctx context.Context, by audit.Actor, id, photoID, key string, kind func(*issuance.View) application.Kind) (*issuance.Progress, error) {
	c, err := s.use(ctx, by, id)
	if err != nil {
		return nil, err
	}
	v, err := s.Issuance.View(ctx, c.LicenceID)
	if err != nil {
		return nil, err
	}
	made, err := s.Issuance.Submit(ctx, by, issuance.Submission{
		LicenceID: c.LicenceID, Kind: kind(v), Route: application.Window, PhotoID: photoID, Key: key, Clerk: application.Staff(by.ID), Ref: c.Number,
	})
	if err != nil {
		return nil, err
	}
	return s.Issuance.Progress(ctx, c.LicenceID, made.ID)
}

// Unlock lifts the limit of three refusals.
func (s *Service) Unlock(ctx context.Context, by audit.Actor, id string) error {
	c, err := s.use(ctx, by, id)
	if err != nil {
		return err
	}
	return s.Issuance.Unlock(ctx, by, c.LicenceID, c.Number)
}

// ReportLoss records that the paper licence is lost. The electronic licence
// goes on; when a new paper was issued the register says so, and the driver
// applies again.
func (s *Service) ReportLoss(ctx context.Context, by audit.Actor, id string) error {
	var licenceID string
	err := s.InTx(ctx, func(tx Tx) error {
		c, err := s.usable(ctx, tx, by, id)
		if err != nil {
			return err
		}
		licenceID = c.LicenceID
		if err := tx.Notify(ctx, notification.Message{
			LicenceID: c.LicenceID, Kind: notification.Licence, At: s.Now(), SMS: true, Link: "#/licence",
			Title: lang.T("已登记纸质驾驶证遗失", "The loss of the paper licence was recorded"),
			Body: lang.T("您的纸质驾驶证已登记遗失（受理号"+c.Number+"），电子驾驶证照常可用。补领新证后须重新申领电子驾驶证，届时会通知您。",
				"The loss of your paper licence was recorded (case "+c.Number+"); the electronic licence can be used as before. After a new paper is issued, apply for the electronic licence again; you will be told."),
		}); err != nil {
			return err
		}
		return s.deed(ctx, tx, by, c, ActLoss, nil)
	})
	if err == nil && s.Publish != nil {
		s.Publish(licenceID, "message", nil)
	}
	return err
}
