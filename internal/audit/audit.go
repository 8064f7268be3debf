// Package audit is the log of consequential deeds that nobody can rewrite.
//
// An Entry is written in the transaction of the deed it records: no deed
// without its entry. A chain of rows would make every write wait for the one
// before, so entries are not linked; once a second a Sequencer takes the new
// ones into a Merkle log (RFC 6962 hashes, as golang.org/x/mod/sumdb/tlog
// computes them), each at its place, and signs the log's size and root. A leaf is the hash of a random
// salt and the stored row, body sealed as it is: destroying a person's key
// makes the body unreadable, while every proof still holds.
//
// What it does not do: entries younger than the newest checkpoint are not yet
// covered, and who alters both the database and the signing key can sign a
// new history; a checkpoint kept elsewhere shows that.
package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// An Action names what was done: "application.approve", "register.lookup".
// Every action has a sentence in Sentences.
type Action string

// ActorKind is what kind of body did the deed.
type ActorKind string

// The kinds of actor.
const (
	ByDriver   ActorKind = "driver"   // a driver's account, on an enrolled phone
	ByVisitor  ActorKind = "visitor"  // a phone that signed in but is bound to no licence
	ByStaff    ActorKind = "staff"    // a member of the authority's staff
	ByOperator ActorKind = "operator" // a relying party's operator at a terminal, or its API key
	ByParty    ActorKind = "party"    // a relying party's own administrator
	ByFeed     ActorKind = "feed"     // the authority's own system or edl import
	ByProgram  ActorKind = "program"  // the platform itself, by rule
)

// An Actor is who did a deed. ID is an identifier of ours, never a name.
type Actor struct {
	Kind ActorKind
	ID   string
	Role string // the post that permitted it, such as "review"; empty where there is one only
}

// Program is the platform acting by rule.
var Program = Actor{Kind: ByProgram, ID: "edl"}

// An Entry records one deed.
type Entry struct {
	ID      string // uid, made by the store when empty
	At      time.Time
	Actor   Actor
	Action  Action
	Subject string            // whose data key seals Detail: a licence, a member of staff, a party; "" is the platform
	Object  string            // what was acted on: the identifier of an application, device, check …
	Case    string            // the business case or reason that permitted it, if one was asked
	Detail  map[string]string // facts that a reader of the log needs; sealed
	Flagged bool              // an auditor should look at it
}

// A Row is an Entry as stored: Detail sealed, a salt beside it. Its leaf covers
// every field.
type Row struct {
	Entry
	Sealed []byte // Detail, sealed under Subject's key
	Salt   []byte // 16 random bytes: equal deeds have different leaves
	Seq    int64  // place in the log; -1 while it has none
}

// A Leaf is the hash of a row at its place.
type Leaf struct {
	Seq  int64
	Hash tlog.Hash
}

// Leaf returns the Merkle leaf of the row: SHA-256 over its fields, each with
// its length in front, under RFC 6962's leaf prefix.
func (r *Row) Leaf() tlog.Hash {
	h := sha256.New()
	put := func(b []byte) {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	var at [8]byte
	binary.BigEndian.PutUint64(at[:], uint64(r.At.UnixMilli()))
	flagged := []byte{0}
	if r.Flagged {
		flagged[0] = 1
	}
	put(r.Salt)
	put([]byte(r.ID))
	put(at[:])
	for _, s := range []string{string(r.Actor.Kind), r.Actor.ID, r.Actor.Role, string(r.Action), r.Subject, r.Object, r.Case} {
		put([]byte(s))
	}
	put(flagged)
	put(r.Sealed)
	return tlog.RecordHash(h.Sum(nil))
}
