package relyingparty

import (
	"regexp"
	"strings"
	"time"

	"edl/internal/fault"
	"edl/internal/uid"
)

// An Operator is a person who checks licences for a party. Drivers are told
// the number, never the name.
type Operator struct {
	ID          string
	PartyID     string
	Number      string // 警号, 工号
	Name        string // sealed
	PIN         string // argon2id; sealed
	MustChange  bool   // the PIN was handed out
	Tries       int    // wrong PINs in a row
	LockedUntil time.Time
	Status      Status
	OwnPause    bool  // suspended by the party itself, which may resume it
	Hours       Hours // look-ups at other times are put before the auditor
	CreatedAt   time.Time
	LastSeenAt  time.Time
	Version     int64
}

const (
	maxTries = 5                // wrong PINs in a row
	lockTime = 15 * time.Minute // after which one more row of tries is open
)

// What can be wrong with operators and their PINs.
var (
	ErrOperatorNumber = fault.New(fault.Invalid, "operator.number", "警号或工号用1到20个字母、数字或横线。", "An operator's number is 1 to 20 letters, digits or hyphens.")
	ErrOperatorHere   = fault.New(fault.Conflict, "operator.exists", "这个单位已有这个警号或工号。", "This body has an operator of that number already.")
	ErrPIN            = fault.New(fault.Denied, "operator.pin", "警号（工号）或 PIN 不对，请核对后再试。", "The number or the PIN is wrong. Check them and try again.")
	ErrLocked         = fault.New(fault.Limited, "operator.locked", "PIN 连续输错，已暂时锁定。请稍后再试，或让发证机关工作人员重置。", "The PIN was wrong too often and is locked for now. Wait, or have the authority's staff reset it.")
	ErrWeakPIN        = fault.New(fault.Invalid, "operator.weak_pin", "PIN 须是6位数字，不能是重复、连号或有规律的数字，也不能与原来的相同。", "A PIN has 6 digits, no repetition or run, and is not the one before.")
)

var operatorNumber = regexp.MustCompile(`^[A-Za-z0-9-]{1,20}$`)

// reserveTry counts a try before it is evaluated, so that many at once are not
// evaluated more often than a few in turn.
func (o *Operator) reserveTry(now time.Time) error {
	if o.Tries >= maxTries && now.Before(o.LockedUntil) {
		return fault.RetryAfter(ErrLocked, o.LockedUntil.Sub(now))
	}
	if o.Tries >= maxTries { // the lock is over
		o.Tries = 0
	}
	o.Tries++
	if o.Tries == maxTries {
		o.LockedUntil = now.Add(lockTime)
	}
	return nil
}

// known forgets the wrong tries before a right one.
func (o *Operator) known(now time.Time) {
	o.Tries, o.LockedUntil, o.LastSeenAt = 0, time.Time{}, now
}

const pinLength = 6

// newPIN is handed out and must be changed at the first sign-in.
func newPIN() string {
	for {
		if pin := uid.Digits(pinLength); !easyPIN(pin) {
			return pin
		}
	}
}

func checkPIN(pin string) error {
	if len(pin) != pinLength || strings.Trim(pin, "0123456789") != "" || easyPIN(pin) {
		return ErrWeakPIN
	}
	return nil
}

// easyPIN reports a PIN that everybody tries first: one digit, a run up or
// down, or a short part repeated.
func easyPIN(pin string) bool {
	step := int(pin[1]) - int(pin[0])
	run := step >= -1 && step <= 1
	for i := 1; i < len(pin); i++ {
		run = run && int(pin[i])-int(pin[i-1]) == step
	}
	return run || pin[:2] == pin[2:4] && pin[:2] == pin[4:] || pin[:3] == pin[3:]
}
