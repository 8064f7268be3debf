package courier

import (
	"context"
	"crypto/ecdsa"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"edl/internal/notification"
)

// pushFor is how long a push service keeps a notice for a phone that is off.
const pushFor = 24 * time.Hour

// WebPush sends notices, encrypted for the phone (RFC 8291), signed by the
// platform's key (RFC 8292). The address comes from a stranger's browser:
// Outbound says which are called.
func WebPush(key *ecdsa.PrivateKey, contact string, out Outbound) (PushSender, error) {
	private, err := key.Bytes()
	if err != nil {
		return nil, err
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	options := webpush.Options{
		HTTPClient: out.Client(), Subscriber: contact, TTL: int(pushFor.Seconds()), Urgency: webpush.UrgencyNormal,
		VAPIDPublicKey: base64.RawURLEncoding.EncodeToString(public), VAPIDPrivateKey: base64.RawURLEncoding.EncodeToString(private),
	}
	return func(ctx context.Context, to notification.Subscription, body []byte) error {
		answer, err := webpush.SendNotificationWithContext(ctx, body,
			&webpush.Subscription{Endpoint: to.Endpoint, Keys: webpush.Keys{P256dh: to.P256DH, Auth: to.Auth}}, &options)
		if err != nil {
			return hideAddress(err)
		}
		sip(answer.Body)
		switch {
		case answer.StatusCode == http.StatusNotFound, answer.StatusCode == http.StatusGone:
			return ErrGone
		case answer.StatusCode/100 != 2:
			return fmt.Errorf("the push service answered %s", answer.Status)
		}
		return nil
	}, nil
}

// hideAddress leaves the address out of an error: it names one phone.
func hideAddress(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return fmt.Errorf("the push service cannot be reached: %w", err)
}
