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

// A HookFailure is why a receiver did not take an event: a code, and for an
// answer that refused it the status. It holds no text of the receiver's.
type HookFailure string

// The failures.
const (
	HookAddress    HookFailure = "address"    // its name leads to no public host, or it is not HTTPS
	HookName       HookFailure = "name"       // its name leads nowhere
	HookConnection HookFailure = "connection" // nobody answers there
	HookTLS        HookFailure = "tls"        // its certificate is not good
	HookTime       HookFailure = "time"       // it took longer than ten seconds
	HookRedirect   HookFailure = "redirect"   // it sends elsewhere
	HookStatus     HookFailure = "status"     // another status than 2xx
)

// A HookError says why, and with which status.
type HookError struct {
	Failure HookFailure
	Status  int // of HookRedirect and HookStatus
}

// Error writes the failure as the outbox keeps it.
func (e *HookError) Error() string {
	if e.Status == 0 {
		return string(e.Failure)
	}
	return fmt.Sprintf("%s %d", e.Failure, e.Status)
}

// A HookSender takes an event to a receiver. Its errors are HookErrors.
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
			return &HookError{Failure: HookAddress}
		}
		at := strconv.FormatInt(now().Unix(), 10)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("User-Agent", "edl-webhook/1")
		r.Header.Set("Webhook-Id", id)
		r.Header.Set("Webhook-Timestamp", at)
		r.Header.Set("Webhook-Signature", "v1,"+HookSignature(key, id, at, body))
		answer, err := client.Do(r)
		if err != nil {
			return &HookError{Failure: hookFailure(err)}
		}
		sip(answer.Body)
		switch answer.StatusCode / 100 {
		case 2:
			return nil
		case 3:
			return &HookError{HookRedirect, answer.StatusCode}
		}
		return &HookError{HookStatus, answer.StatusCode}
	}
}

// HookSignature is the base64 of the HMAC that a receiver compares.
func HookSignature(key []byte, id, at string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + at + "."))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func hookFailure(err error) HookFailure {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var slow net.Error
	switch {
	case errors.Is(err, errNotPublic), errors.Is(err, errNotSecure):
		return HookAddress
	case errors.As(err, &certificate), errors.As(err, &record):
		return HookTLS
	case errors.As(err, &slow) && slow.Timeout():
		return HookTime
	case errors.As(err, &name):
		return HookName
	}
	return HookConnection
}
