package relyingparty

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"strings"
	"time"
	"unicode/utf8"

	"edl/internal/fault"
	"edl/mdoc/rawsig"
)

// A Terminal is an enrolled device. Its private key never leaves it.
type Terminal struct {
	ID         string
	PartyID    string
	Number     string // "T-0042"
	Name       string
	Place      string // where it stands now; recorded with each check
	PublicKey  []byte // P-256, uncompressed, 65 bytes
	Status     Status
	OwnPause   bool // suspended by the party itself, which may resume it
	EnrolledAt time.Time
	LastSeenAt time.Time
	Version    int64
}

// An EnrolmentCode lets one device enrol. The code itself is not kept.
type EnrolmentCode struct {
	ID         string
	PartyID    string
	CreatedAt  time.Time
	ExpiresAt  time.Time
	UsedAt     time.Time // zero while unused
	TerminalID string    // whom it enrolled
}

// CodeLife is how long an enrolment code lives unused.
const CodeLife = 7 * 24 * time.Hour

// What is wrong with a device that asks to be enrolled, or to sign in.
var (
	ErrEnrolCode     = fault.New(fault.Denied, "terminal.code", "启用码不对、已用过或已过期，请让发证机关工作人员重新发一个。", "The enrolment code is wrong, used or expired. Ask the authority's staff for another.")
	ErrTerminalKey   = fault.New(fault.Invalid, "terminal.key", "终端密钥的格式不对，请刷新页面后再试。", "The terminal's key is not in the right form. Reload the page and try again.")
	ErrTerminalProof = fault.New(fault.Denied, "terminal.proof", "没能确认这台终端的密钥。请再试一次；仍不行，请重新启用终端。", "The terminal's key could not be confirmed. Try again; if it goes on, enrol the terminal again.")
	ErrTerminalName  = fault.New(fault.Invalid, "terminal.name", "请填写终端名称，30字以内。", "Name the terminal, in at most 30 characters.")
	ErrPlace         = fault.New(fault.Invalid, "terminal.place", "请填写使用地点，60字以内。", "Say where the terminal is used, in at most 60 characters.")
)

// EnrolProof is what a device signs to be enrolled.
func EnrolProof(origin, code string) string {
	return "edl-terminal-enrol:1\n" + origin + "\n" + code
}

// SessionProof is what an enrolled terminal signs to open a session.
func SessionProof(origin, challenge, operatorNumber string) string {
	return "edl-terminal-session:1\n" + origin + "\n" + challenge + "\n" + operatorNumber
}

// verify checks a raw signature of text by the point's key.
func verify(point []byte, text string, signature []byte) error {
	key, err := parsePoint(point)
	if err != nil {
		return ErrTerminalKey
	}
	if rawsig.ES256.Verify(key, signature, []byte(text)) != nil {
		return ErrTerminalProof
	}
	return nil
}

func parsePoint(point []byte) (*ecdsa.PublicKey, error) {
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
}

// checkPlace returns the place as it is kept.
func checkPlace(place string) (string, error) {
	place = strings.TrimSpace(place)
	if !label(place, 60) {
		return "", fault.At("place", ErrPlace)
	}
	return place, nil
}

func checkTerminalName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if !label(name, 30) || !utf8.ValidString(name) {
		return "", fault.At("name", ErrTerminalName)
	}
	return name, nil
}
