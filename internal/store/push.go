package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"edl/internal/courier"
	"edl/internal/notification"
)

var _ courier.PushTx = (*Tx)(nil)

func pushPlace(deviceID string) string { return "push_subscription.sealed:" + deviceID }

// SavePush stores where a phone asks to be told; a phone asks in one place.
func (tx *Tx) SavePush(ctx context.Context, licenceID, deviceID string, s notification.Subscription, now time.Time) error {
	sealed, err := tx.seal(ctx, licenceID, pushPlace(deviceID), s)
	if err != nil {
		return err
	}
	if err := tx.DeletePush(ctx, deviceID); err != nil {
		return err
	}
	return tx.exec(ctx, `INSERT INTO push_subscription (device_id, licence_id, sealed, created_at) VALUES ($1, $2, $3, $4)`,
		deviceID, licenceID, sealed, ms(now))
}

// DeletePush forgets where a phone asked to be told; it need not have asked.
func (tx *Tx) DeletePush(ctx context.Context, deviceID string) error {
	return tx.exec(ctx, `DELETE FROM push_subscription WHERE device_id = $1`, deviceID)
}

// queuedPush is the sealed part of a queued notice.
type queuedPush struct {
	Device string
	Push   notification.Push
}

// pushToo tells the phones of a driver that asked for it. A notice's
// identifier begins with the message's, so that both can be withdrawn.
func (tx *Tx) pushToo(ctx context.Context, m notification.Message) error {
	var devices []string
	err := tx.each(ctx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		devices = append(devices, id)
		return err
	}, `SELECT device_id FROM push_subscription WHERE licence_id = $1 ORDER BY device_id`, m.LicenceID)
	if err != nil {
		return err
	}
	due := m.At
	if m.NotBefore.After(due) {
		due = m.NotBefore
	}
	for _, device := range devices {
		if err := tx.enqueue(ctx, m.ID+"/"+device, "push", m.Kind, m.LicenceID, queuedPush{device, notification.PushOf(m.ID, m.Kind)}, due); err != nil {
			return err
		}
	}
	return nil
}

// DuePushes returns up to limit notices whose time has come, oldest first.
func (tx *Tx) DuePushes(ctx context.Context, now time.Time, limit int) (list []courier.QueuedPush, err error) {
	queued, subjects, err := tx.due(ctx, "push", now, limit)
	if err != nil {
		return nil, err
	}
	for i, q := range queued {
		var body queuedPush
		if err := json.Unmarshal(q.Body, &body); err != nil {
			return nil, err
		}
		one := courier.QueuedPush{ID: q.ID, Attempts: q.Attempts, Device: body.Device, Push: body.Push}
		one.To, err = tx.subscription(ctx, subjects[i], body.Device)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// subscription returns where a phone asks to be told, or nil.
func (tx *Tx) subscription(ctx context.Context, licenceID, deviceID string) (*notification.Subscription, error) {
	var sealed []byte
	err := tx.q.QueryRowContext(ctx, `SELECT sealed FROM push_subscription WHERE device_id = $1 AND licence_id = $2`, deviceID, licenceID).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s := &notification.Subscription{}
	return s, tx.unseal(ctx, licenceID, pushPlace(deviceID), sealed, s)
}
