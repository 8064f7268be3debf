package httpapi_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/desktest"
	"edl/internal/lang"
	"edl/internal/notification"
	"edl/internal/store"
	"edl/internal/storetest"
)

// A phone is told of messages while it asks for it and is the driver's.
func TestAPhoneAsksToBeToldUntilItEnds(t *testing.T) {
	sites(t, func(t *testing.T, s *site) {
		key, err := ecdh.P256().GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		subscription := func(endpoint string) object {
			return object{"endpoint": endpoint, "keys": object{"p256dh": b64(key.PublicKey().Bytes()), "auth": b64(make([]byte, 16))}}
		}
		d := s.Driver("holder:1", nil)
		phone := s.as(&account.Session{Population: account.DriverPop, Level: account.DriverLevel, LicenceID: d.LicenceID, DeviceID: d.DeviceID})
		queued := func() (n int) {
			s.Wait(time.Second)
			storetest.Update(t, s.DB, func(tx *store.Tx) error {
				if err := tx.Notify(t.Context(), notification.Message{LicenceID: d.LicenceID, Kind: notification.Licence, At: s.Now(), Title: lang.T("一", "a"), Body: lang.T("二", "b")}); err != nil {
					return err
				}
				due, err := tx.DuePushes(t.Context(), s.Now(), 100)
				for _, q := range due {
					if err := tx.OutboxSent(t.Context(), q.ID, s.Now()); err != nil {
						return err
					}
				}
				n = len(due)
				return err
			})
			return n
		}
		for _, bad := range []string{"http://push.example.org/1", "https://u:p@push.example.org/1", "ftp://push.example.org", ""} {
			if status, code := phone.do("POST", "/api/driver/push", subscription(bad), nil); status != 400 || code != "push.subscription" {
				t.Errorf("%q: %d %s", bad, status, code)
			}
		}
		ask := subscription("https://push.example.org/1")
		phone.want(204, "POST", "/api/driver/push", ask, nil)
		phone.want(204, "POST", "/api/driver/push", ask, nil) // the same again
		if n := queued(); n != 1 {
			t.Errorf("%d notices for one message", n)
		}
		phone.want(204, "DELETE", "/api/driver/push", nil, nil)
		if n := queued(); n != 0 {
			t.Errorf("%d notices though the phone wants none", n)
		}
		phone.want(204, "POST", "/api/driver/push", ask, nil)
		if err := s.Drivers.EndDevice(t.Context(), desktest.Staff, d.LicenceID, d.DeviceID); err != nil {
			t.Fatal(err)
		}
		if n := queued(); n != 0 {
			t.Errorf("%d notices to a phone that was ended", n)
		}
	})
}
