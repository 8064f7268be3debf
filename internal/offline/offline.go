// Package offline is what a phone carries and a terminal keeps for the time
// without a network: issuer parts of self-contained codes, status lists, and
// the signed bundle that says whose parts to believe and what the lists are.
//
// An issuer part is signed for one phone under its present serial; serial and
// place in the lists are the phone's, so that ending one spares the others,
// and both change at a renewal. What a change of a phone or a licence does to
// the lists is found by a job that looks at the touched places alone, signs
// the lists that changed alone, and raises the bundle's sequence.
//
// Guarantees: no part outlives the licence's own end or OfflineFor; a place is
// given to one serial at a time; the sequence never goes back, whichever
// server signs; a list that was published says nothing that the register did
// not say when it was read.
//
// Left out: how a terminal decides (docs/livecode.md), and what it reports
// afterwards.
package offline

import (
	"context"
	"image"
	"time"

	"edl/internal/account"
	"edl/internal/authority"
	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/keys"
	"edl/internal/peer"
	"edl/internal/photo"
	"edl/internal/register"
	"edl/livecode"
	"edl/statuslist"
)

// The statuses of the lists, two bits each.
const (
	Good        = statuslist.Valid
	PhoneEnded  = statuslist.Invalid   // this phone; the licence may be good
	NotUsable   = statuslist.Suspended // the licence, now
	Invalidated = statuslist.Status(3) // the electronic licence is to be applied for again

	listBits = 2
)

// A Handle is one serial of one phone and its place in the lists.
type Handle struct {
	Serial    []byte
	Place     statuslist.Index
	DeviceID  string
	LicenceID string
	ExpiresAt time.Time // of the newest part
	Status    statuslist.Status
}

// A Shard is one list and its signed token.
type Shard struct {
	Number int
	Token  []byte // nil until it is first signed
	KeyID  string
	Stale  int64 // counts the changes
	Signed int64 // the count that the token holds
}

// A Published bundle is the newest, as it is stored.
type Published struct {
	Sequence uint64
	IssuedAt time.Time
	Content  []byte // digest of all but sequence and time
	Signed   []byte
}

// Tx is what this package needs of a storage transaction. Look-ups return fault
// "not_found" where there is nothing.
type Tx interface {
	Device(ctx context.Context, id string) (*account.Device, error)
	LicenceByID(ctx context.Context, id string) (*register.Entry, error)
	ElectronicLicence(ctx context.Context, licenceID string) (*credential.Electronic, error)
	Photo(ctx context.Context, id string) (photo.Stored, error)
	PhotoImage(ctx context.Context, p photo.Stored, image photo.Image) ([]byte, error)

	// Handle returns the handle of a serial.
	Handle(ctx context.Context, serial []byte) (*Handle, error)
	// AddHandle stores a new one; false: the place is taken.
	AddHandle(ctx context.Context, h *Handle) (free bool, err error)
	ExtendHandle(ctx context.Context, serial []byte, until time.Time) error
	// TouchedHandles returns handles whose phone or licence changed.
	TouchedHandles(ctx context.Context, limit int) ([]*Handle, error)
	// SettleHandle stores a status and takes the touch away.
	SettleHandle(ctx context.Context, serial []byte, status statuslist.Status) error
	// LapsedHandles returns handles whose parts ended before a time.
	LapsedHandles(ctx context.Context, before time.Time, limit int) ([]*Handle, error)
	DropHandle(ctx context.Context, serial []byte) error
	// SaidIn returns the places of a shard that are not good.
	SaidIn(ctx context.Context, shard int) (map[uint64]statuslist.Status, error)

	Shards(ctx context.Context) ([]*Shard, error) // in order
	AddShard(ctx context.Context, number int) error
	TouchShard(ctx context.Context, number int) error
	// SaveShard stores a token; stale where another server signed a later state.
	SaveShard(ctx context.Context, s *Shard) error

	// Peers returns the trust list.
	Peers(ctx context.Context) ([]*peer.Authority, error)

	Bundle(ctx context.Context) (*Published, error)
	// SaveBundle replaces the bundle of the sequence before, 0 for none; stale
	// where another did.
	SaveBundle(ctx context.Context, b *Published, before uint64) error
}

// A Service signs parts, lists and bundles. Its methods may be called
// concurrently, and on several servers.
type Service struct {
	InTx func(ctx context.Context, f func(Tx) error) error
	Read func(ctx context.Context, f func(Tx) error) error
	Now  func() time.Time

	Allow func(kind, caller string) error // the limiter

	Issuer     string // the authority's identifier: its public URL
	CodeKeys   func() (*keys.Set, error)
	BundleKeys func() (*keys.Set, error)
	Profile    func(ctx context.Context) (authority.Profile, error)
	// Decode reads a portrait where no small face was made of it yet.
	Decode func(ctx context.Context, picture []byte) (*photo.Picture, error)
}

// LimitParts brakes a phone that has parts signed: each is two signatures and,
// once, a small face made of the portrait.
const LimitParts = "show.parts"

// What a phone may be told.
var (
	ErrNoCode = fault.New(fault.Conflict, "offline.no_code",
		"当前不能生成离线码，请先看“我的驾驶证”里的说明。",
		"No offline code can be made now; see the note on your licence.")
	ErrNoPhoto = fault.New(fault.Conflict, "offline.no_photo",
		"电子驾驶证没有照片，不能生成离线码。",
		"The electronic licence has no photo, so no offline code can be made.")
	ErrNoKeys = fault.New(fault.Unavailable, "offline.no_keys",
		"发证机关尚未启用离线码。",
		"The authority has not set up offline codes yet.")
)

// smallFace returns the face for a code: as it was made of the approved photo,
// or from the portrait that the register has.
func (s *Service) smallFace(ctx context.Context, small, portrait []byte) ([]byte, error) {
	if small != nil {
		return small, nil
	}
	if portrait == nil || s.Decode == nil {
		return nil, ErrNoPhoto
	}
	picture, err := s.Decode(ctx, portrait)
	if err != nil {
		return nil, ErrNoPhoto
	}
	return photo.SmallFace(picture, image.Rectangle{})
}

// missing reports whether err says that there is no such record.
func missing(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Kind == fault.NotFound
}

func bundleKeys(list []*keys.Key) []livecode.BundleKey {
	var out []livecode.BundleKey
	for _, k := range list {
		public := k.PublicKey()
		out = append(out, livecode.BundleKey{ID: []byte(livecode.KeyID(public)), Public: public})
	}
	return out
}
