package courier

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"edl/internal/notification"
)

// A HookSender takes an event to a receiver. Its errors are
// notification.HookErrors.
type HookSender func(ctx context.Context, to notification.Receiver, id string, body []byte) error

// Webhook sends events as Standard Webhooks 1.0 has it: the signature is an
// HMAC-SHA256 over identifier, time and body. An event that is sent again has
// the same identifier and another time.
func Webhook(out Outbound, now func() time.Time) HookSender {
	client := out.Client()
	return func(ctx context.Context, to notification.Receiver, id string, body []byte) error {
		key, err := to.Key()
		if err != nil {
			return fmt.Errorf("the receiver's secret: %w", err)
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(body))
		if err != nil {
			return &notification.HookError{Failure: notification.HookAddress}
		}
		at := strconv.FormatInt(now().Unix(), 10)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("User-Agent", "edl-webhook/1")
		r.Header.Set("Webhook-Id", id)
		r.Header.Set("Webhook-Timestamp", at)
		r.Header.Set("Webhook-Signature", "v1,"+HookSignature(key, id, at, body))
		answer, err := client.Do(r)
		if err != nil {
			return &notification.HookError{Failure: hookFailure(err)}
		}
		sip(answer.Body)
		switch answer.StatusCode / 100 {
		case 2:
			return nil
		case 3:
			return &notification.HookError{Failure: notification.HookRedirect, Status: answer.StatusCode}
		}
		return &notification.HookError{Failure: notification.HookStatus, Status: answer.StatusCode}
	}
}

// HookSignature is the base64 of the HMAC that a receiver compares.
func HookSignature(key []byte, id, at string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + at + "."))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func hookFailure(err error) notification.HookFailure {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var slow net.Error
	switch {
	case errors.Is(err, errNotPublic), errors.Is(err, errNotSecure):
		return notification.HookAddress
	case errors.As(err, &certificate), errors.As(err, &record):
		return notification.HookTLS
	case errors.As(err, &slow) && slow.Timeout():
		return notification.HookTime
	case errors.As(err, &name):
		return notification.HookName
	}
	return notification.HookConnection
}
