// Package notification says what to tell whom. A message is queued in the
// transaction of the deed it tells of, and leaves afterwards: package courier
// delivers what is queued here.
package notification

import (
	"time"

	"edl/internal/lang"
)

// A Kind is what a message is about; pages choose its mark and link by it.
type Kind string

// The kinds of message.
const (
	Code        Kind = "code"        // a one-time code, by text message only
	Application Kind = "application" // an application was decided
	Licence     Kind = "licence"     // the licence's status changed
	Electronic  Kind = "electronic"  // the electronic licence was issued or invalidated
	Device      Kind = "device"      // a phone was enrolled or ended
	Expiry      Kind = "expiry"      // the licence ends in 90, 30 or 7 days
	Feedback    Kind = "feedback"    // feedback was answered
	Check       Kind = "check"       // somebody checked the licence
	Account     Kind = "account"     // consents, corrections, the account itself
)

// A Message goes to one driver: into the inbox and, where SMS or push is set,
// to the phone as well.
type Message struct {
	ID        string
	LicenceID string // whose inbox; its data key seals the texts
	Kind      Kind
	At        time.Time
	Title     lang.Text
	Body      lang.Text
	Link      string    // a page of the driver's app, such as "#/progress/…"
	NotBefore time.Time // not to be seen or sent earlier, so that a decision can be undone
	SMS       bool      // send Body to the phone too
	ReadAt    time.Time
}

// An SMS is a text message that is not part of an inbox.
type SMS struct {
	To      string // eleven digits
	Kind    Kind
	Text    string
	Code    string    // the one-time code within Text, for demo pages
	Subject string    // whose data key seals it: a licence, or "" for the platform
	At      time.Time // not to be sent earlier
}
