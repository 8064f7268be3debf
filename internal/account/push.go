package account

import (
	"context"
	"time"

	"edl/internal/notification"
)

// PushTx is what notices on phones need of a storage transaction.
type PushTx interface {
	// SavePush stores where a phone asks to be told; a phone asks in one place.
	SavePush(ctx context.Context, licenceID, deviceID string, s notification.Subscription, now time.Time) error
	// DeletePush forgets it; the phone need not have asked.
	DeletePush(ctx context.Context, deviceID string) error
}

// Subscribe lets a driver's phone be told of messages by its browser.
func (d *Drivers) Subscribe(ctx context.Context, by *Session, endpoint, p256dh, auth string) error {
	s, err := notification.ParseSubscription(endpoint, p256dh, auth, d.PushAnywhere)
	if err != nil {
		return err
	}
	return d.InTx(ctx, func(tx DriverTx) error { return tx.SavePush(ctx, by.LicenceID, by.DeviceID, s, d.Now()) })
}

// Unsubscribe ends that.
func (d *Drivers) Unsubscribe(ctx context.Context, by *Session) error {
	return d.InTx(ctx, func(tx DriverTx) error { return tx.DeletePush(ctx, by.DeviceID) })
}
