package notification

import (
	"crypto/rand"
	"encoding/base64"
	"net/netip"
	"net/url"
	"strings"

	"edl/internal/fault"
)

// A Receiver is where a relying party's own system asks to be told, and the
// secret by which it knows that we are who tells it.
type Receiver struct {
	URL    string `json:"url"`
	Secret string `json:"secret"` // "whsec_" and 32 bytes in base64, as Standard Webhooks has it
}

// ErrReceiver is returned for an address that is never called.
var ErrReceiver = fault.New(fault.Invalid, "receiver.url", "接收地址须以 https:// 开头，指向公网上的服务器，500字以内，不带用户名、密码和#。", "The address must begin with https://, name a server on the public network, have at most 500 characters, and no user, password or #.")

const maxReceiver = 500

// ParseReceiver reads an address. Whether its name leads to a public host is
// asked each time it is called; here only what can be seen from the text is
// refused. plainly tells which hosts may be called by HTTP.
func ParseReceiver(text string, plainly func(host string) bool) (string, error) {
	text = strings.TrimSpace(text)
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > maxReceiver || u.Opaque != "" || u.Hostname() == "" || u.User != nil || strings.Contains(text, "#"):
		return "", fault.At("url", ErrReceiver)
	case u.Scheme == "http" && plainly(u.Host):
		return u.String(), nil
	case u.Scheme != "https":
		return "", fault.At("url", ErrReceiver)
	}
	name := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	_, numeric := netip.ParseAddr(name)
	if numeric == nil || !strings.Contains(name, ".") || strings.HasSuffix(name, ".localhost") || strings.Trim(name, "0123456789.x") == "" {
		return "", fault.At("url", ErrReceiver) // a certificate names a host; numbers are somebody trying
	}
	return u.String(), nil
}

const secretMark = "whsec_"

// NewSecret makes a receiver's secret.
func NewSecret() string {
	var b [32]byte
	rand.Read(b[:])
	return secretMark + base64.StdEncoding.EncodeToString(b[:])
}

// Key is the secret's bytes.
func (r Receiver) Key() ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.TrimPrefix(r.Secret, secretMark))
}
