package courier

import (
	"context"
	"crypto/ecdsa"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"edl/internal/notification"
)

// pushFor is how long a push service keeps a notice for a phone that is off.
const pushFor = 24 * time.Hour

// WebPush sends notices, encrypted for the phone (RFC 8291), signed by the
// platform's key (RFC 8292). The address comes from a stranger's browser: it
// is called only where its name leads to a public host, is not followed
// elsewhere, and little is read of its answer. With anywhere set any host will
// do, for tests.
func WebPush(key *ecdsa.PrivateKey, contact string, anywhere bool) (PushSender, error) {
	private, err := key.Bytes()
	if err != nil {
		return nil, err
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	options := webpush.Options{
		HTTPClient: pushClient(anywhere), Subscriber: contact, TTL: int(pushFor.Seconds()), Urgency: webpush.UrgencyNormal,
		VAPIDPublicKey: base64.RawURLEncoding.EncodeToString(public), VAPIDPrivateKey: base64.RawURLEncoding.EncodeToString(private),
	}
	return func(ctx context.Context, to notification.Subscription, body []byte) error {
		answer, err := webpush.SendNotificationWithContext(ctx, body,
			&webpush.Subscription{Endpoint: to.Endpoint, Keys: webpush.Keys{P256dh: to.P256DH, Auth: to.Auth}}, &options)
		if err != nil {
			return hideAddress(err)
		}
		defer answer.Body.Close()
		io.Copy(io.Discard, io.LimitReader(answer.Body, 4<<10))
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

func pushClient(anywhere bool) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	if !anywhere {
		dialer.Control = func(_, address string, _ syscall.RawConn) error { return publicOnly(address) }
	}
	return &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 5 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

var errNotPublic = errors.New("this address is not a public host's")

// reserved are the networks that are nobody's public host, beside those that
// the standard library knows (RFC 6890, and ways to write IPv4 within IPv6).
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("2001::/32"), netip.MustParsePrefix("fec0::/10"),
}

// publicOnly refuses an address that was resolved, at the moment it is dialled:
// a name that leads elsewhere a moment later gains nothing.
func publicOnly(address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return errNotPublic
	}
	ip := to.Addr().Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.Zone() != "" {
		return errNotPublic
	}
	for _, net := range reserved {
		if net.Contains(ip) {
			return errNotPublic
		}
	}
	return nil
}
