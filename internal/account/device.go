package account

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	"strings"
	"time"
	"unicode"

	"edl/internal/fault"
	"edl/internal/uid"
)

// SerialSize is the length in bytes of a device credential's serial.
const SerialSize = 8

// SerialGrace is how long the serial before the present one is still known: a
// phone that was offline while it was renewed shows the old one.
const SerialGrace = 30 * 24 * time.Hour

// A Device is a phone that a driver enrolled. Its private key never leaves it.
type Device struct {
	ID             string
	LicenceID      string
	Name           string // what the driver calls it; sealed
	PublicKey      []byte // P-256, uncompressed, 65 bytes
	Serial         []byte // names the device in a live code; changes at each renewal
	PreviousSerial []byte // still known for SerialGrace
	SerialAt       time.Time
	EnrolledAt     time.Time
	EndedAt        time.Time // zero while in use
	LastSeenAt     time.Time
	Version        int64
}

// Active reports whether the device may be used.
func (d *Device) Active() bool { return d.EndedAt.IsZero() }

// Renew gives the device another serial, so that codes shown before and after
// cannot be linked by a stranger.
func (d *Device) Renew(now time.Time) {
	d.PreviousSerial, d.Serial, d.SerialAt = d.Serial, newSerial(), now
}

// Verify checks a raw signature of text by the device's key; ErrProof.
func (d *Device) Verify(text string, signature []byte) error {
	return verifyProof(d.PublicKey, text, signature)
}

// Key returns the device's public key.
func (d *Device) Key() *ecdsa.PublicKey {
	key, err := parsePoint(d.PublicKey)
	if err != nil { // it was parsed before it was stored
		panic(fmt.Sprintf("account: the stored key of device %s: %v", d.ID, err))
	}
	return key
}

func newSerial() []byte {
	serial := make([]byte, SerialSize)
	rand.Read(serial)
	return serial
}

// What is wrong with a device that asks to be enrolled.
var (
	ErrKey   = fault.New(fault.Invalid, "device.key", "手机密钥的格式不对，请更新应用后再试。", "The phone's key is not in the right form. Update the app and try again.")
	ErrProof = fault.New(fault.Denied, "device.proof", "没能确认这部手机的密钥，请重新绑定。", "The phone's key could not be confirmed. Bind the phone again.")
)

// An Offer is what a phone sends to be enrolled.
type Offer struct {
	PublicKey []byte // 65 bytes
	Name      string
	Signature []byte // raw r ‖ s over the session's challenge
}

// enrol checks that the phone holds the key it offers and makes a device.
// The signature covers purpose, origin and the session's challenge, so that it
// serves no other site, session or purpose.
func (o Offer) enrol(licenceID, origin, challenge string, now time.Time) (*Device, error) {
	if err := verifyProof(o.PublicKey, EnrolProof(origin, challenge), o.Signature); err != nil {
		return nil, err
	}
	return &Device{
		ID: uid.New(now), LicenceID: licenceID, Name: deviceName(o.Name), PublicKey: o.PublicKey,
		Serial: newSerial(), SerialAt: now, EnrolledAt: now, LastSeenAt: now,
	}, nil
}

// EnrolProof is what a phone signs to be enrolled.
func EnrolProof(origin, challenge string) string {
	return "edl-device-enrol:1\n" + origin + "\n" + challenge
}

// SessionProof is what an enrolled phone signs to speak for its driver.
func SessionProof(origin, challenge string) string {
	return "edl-device-proof:1\n" + origin + "\n" + challenge
}

// verifyProof checks a raw ECDSA signature with SHA-256 over text.
func verifyProof(point []byte, text string, signature []byte) error {
	key, err := parsePoint(point)
	if err != nil {
		return ErrKey
	}
	if len(signature) != 64 {
		return ErrProof
	}
	digest := sha256.Sum256([]byte(text))
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if !ecdsa.Verify(key, digest[:], r, s) {
		return ErrProof
	}
	return nil
}

func parsePoint(point []byte) (*ecdsa.PublicKey, error) {
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
}

// maxName is the longest name of a device, in characters.
const maxName = 30

// deviceName keeps what can be shown; a name is a label, not a secret.
func deviceName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, strings.TrimSpace(s))
	if runes := []rune(s); len(runes) > maxName {
		s = string(runes[:maxName])
	}
	if s == "" {
		return "手机"
	}
	return s
}
