package issuance

import (
	"time"

	"edl/internal/application"
	"edl/internal/credential"
	"edl/internal/licence"
	"edl/internal/photo"
)

// A Case is an application with what it is founded on.
type Case struct {
	application.Application
	PhotoID           string         // the photo applied with
	RegisterVersionID string         // the register's version when it was submitted
	Declared          []photo.RuleID // what the driver declared of the photo
	Key               string         // the caller's idempotency key, "" if none
	Ref               string         // the window's case, "" if none
}

// clone returns a copy to work on inside a transaction, which may run again.
func (c *Case) clone() *Case {
	copied := *c
	return &copied
}

// IntentStatus is where an intent stands.
type IntentStatus string

// The statuses of an intent.
const (
	Prepared IntentStatus = "prepared" // to be signed, or signed by somebody who did not live to record it
	Issued   IntentStatus = "issued"   // signed and published
	Void     IntentStatus = "void"     // the licence changed on the way: never published
)

// An Intent says what is about to be signed for an application, before it is.
// There is one for an application, and it never changes but for its status,
// signature and lease; with the register's version, which never changes
// either, it fixes every byte of the statement.
type Intent struct {
	ID                string // becomes the electronic licence's
	ApplicationID     application.ID
	LicenceID         string
	Route             application.Route
	Status            IntentStatus
	Identifier        string
	IdentifierVersion int
	PreviousID        string
	Issuer            string
	RegisterVersionID string
	PhotoID           string
	PortraitHash      []byte
	IssuedAt          time.Time
	Encoding          int
	KeyID             string
	Digest            []byte    // SHA-256 of the bytes to be signed
	Signature         []byte    // 64 bytes; empty until it is recorded
	LeasedUntil       time.Time // whoever prepared it is at work until then
	Version           int64
}

// lease is how long somebody who prepared an intent, or took it up, is
// believed to be at work. Signing takes well under a millisecond.
const lease = 30 * time.Second

// Statement returns what is signed; l is the register's version of the intent.
func (i *Intent) Statement(l licence.Licence) credential.Statement {
	return credential.Statement{
		ID: i.ID, Identifier: i.Identifier, IdentifierVersion: i.IdentifierVersion, PreviousID: i.PreviousID,
		Issuer: i.Issuer, IssuedAt: i.IssuedAt, RegisterVersionID: i.RegisterVersionID, Licence: l, PortraitHash: i.PortraitHash,
	}
}

// electronic returns the electronic licence that the intent becomes.
func (i *Intent) electronic(l licence.Licence) *credential.Electronic {
	return &credential.Electronic{
		ID: i.ID, LicenceID: i.LicenceID, Identifier: i.Identifier, IdentifierVersion: i.IdentifierVersion,
		RegisterVersionID: i.RegisterVersionID, PhotoID: i.PhotoID, ValidTo: l.ValidTo, IssuedAt: i.IssuedAt, PreviousID: i.PreviousID,
	}
}
