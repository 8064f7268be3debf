package notification

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"edl/internal/fault"
	"edl/internal/lang"
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
	name := strings.TrimSuffix(u.Hostname(), ".")
	last := []rune(name[strings.LastIndex(name, ".")+1:])
	if !strings.Contains(name, ".") || len(last) == 0 || !unicode.IsLetter(last[0]) || strings.EqualFold(string(last), "localhost") {
		return "", fault.At("url", ErrReceiver) // a certificate names a host; an address in numbers is somebody trying
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

// SayFailure tells in words why a receiver did not take something, from what
// HookError wrote.
func SayFailure(written string) lang.Text {
	code, status, _ := strings.Cut(written, " ")
	switch HookFailure(code) {
	case HookAddress:
		return lang.T("接收地址不是公网上的 HTTPS 服务器，没有发出。", "The address is not an HTTPS server on the public network; nothing was sent.")
	case HookName:
		return lang.T("找不到接收地址的域名。", "The address's name cannot be found.")
	case HookConnection:
		return lang.T("连接不上接收地址。", "The address cannot be reached.")
	case HookTLS:
		return lang.T("接收地址的证书不能通过校验。", "The address's certificate is not good.")
	case HookTime:
		return lang.T("接收地址10秒内没有答复。", "The address did not answer within 10 seconds.")
	case HookRedirect:
		return lang.T("接收地址答复 "+status+" 要求转到别处，不会跟随；请直接填最终地址。", "The address answered "+status+" and sent elsewhere, which is not followed. Give the final address.")
	case HookStatus:
		return lang.T("接收地址答复 "+status+"，须答复 2xx 才算收到。", "The address answered "+status+"; only 2xx counts as taken.")
	}
	return lang.Text{}
}
