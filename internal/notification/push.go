package notification

import (
	"crypto/ecdh"
	"encoding/base64"
	"net/url"
	"strings"

	"edl/internal/fault"
	"edl/internal/lang"
)

// A Subscription is where a phone's browser asks to be told, and the keys by
// which it alone can read what it is told (RFC 8291).
type Subscription struct {
	Endpoint string `json:"endpoint"`
	P256DH   string `json:"p256dh"` // P-256 point, uncompressed, base64url
	Auth     string `json:"auth"`   // 16 bytes, base64url
}

// ErrSubscription is returned for what no browser makes.
var ErrSubscription = fault.New(fault.Invalid, "push.subscription", "浏览器给出的推送地址不能用，请照常看短信和“消息”。", "The push address that the browser gave cannot be used; see text messages and the inbox as usual.")

// maxEndpoint is the longest address, in bytes; browsers' have about 200.
const maxEndpoint = 1000

// ParseSubscription reads what a browser hands over. Its address is an HTTPS
// one by name; whether that name leads to a public host is asked when it is
// called. With anywhere set, any web address will do, for tests.
func ParseSubscription(endpoint, p256dh, auth string, anywhere bool) (Subscription, error) {
	u, err := url.Parse(endpoint)
	if err != nil || len(endpoint) > maxEndpoint || u.Host == "" || u.User != nil || u.Scheme != "https" && !(anywhere && u.Scheme == "http") {
		return Subscription{}, ErrSubscription
	}
	point, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(p256dh, "="))
	if err != nil {
		return Subscription{}, ErrSubscription
	}
	if _, err := ecdh.P256().NewPublicKey(point); err != nil {
		return Subscription{}, ErrSubscription
	}
	secret, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(auth, "="))
	if err != nil || len(secret) != 16 {
		return Subscription{}, ErrSubscription
	}
	return Subscription{endpoint, base64.RawURLEncoding.EncodeToString(point), base64.RawURLEncoding.EncodeToString(secret)}, nil
}

// A Push is the notice of a message on one phone. It says what kind of news
// there is and nothing about the person: it passes the browser maker's servers
// and stands on a locked screen.
type Push struct {
	ID    string    `json:"id"` // of the message: a second notice of it replaces the first
	Kind  Kind      `json:"kind"`
	Title lang.Text `json:"title"`
	Body  lang.Text `json:"body"`
	Link  string    `json:"link"`
}

// PushOf returns the notice of a message.
func PushOf(id string, kind Kind) Push {
	return Push{ID: id, Kind: kind, Title: lang.T("电子驾驶证", "Driving licence"), Body: kind.news(), Link: "/messages"}
}

var news = map[Kind]lang.Text{
	Application: lang.T("您的申请有了结果，请打开查看。", "There is news of your application. Open to read it."),
	Licence:     lang.T("驾驶证状态有变化，请打开查看。", "Your licence's status changed. Open to read it."),
	Electronic:  lang.T("电子驾驶证有新消息，请打开查看。", "There is news of your electronic licence. Open to read it."),
	Device:      lang.T("能亮码的手机有变化，请打开查看。", "The phones that can show the code changed. Open to read it."),
	Expiry:      lang.T("驾驶证快到期了，请打开查看。", "Your licence ends soon. Open to read it."),
	Feedback:    lang.T("您的反馈有了答复，请打开查看。", "Your feedback was answered. Open to read it."),
}

func (k Kind) news() lang.Text {
	if say, ok := news[k]; ok {
		return say
	}
	return lang.T("您有一条新消息，请打开查看。", "You have a new message. Open to read it.")
}
