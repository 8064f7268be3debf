// Package mobile issues the licence in international form, as an mdoc and as
// an SD-JWT VC, to the key of a driver's phone, or to many keys of a wallet's
// at once, each to be shown once: no two of them can be linked by their bytes.
//
// Neither form is stored. A Record keeps what they were made of and their
// signatures; Files makes both anew, byte for byte, whatever was rotated,
// changed or upgraded since, and never signs. Issuing goes the way of every
// signature of the house: prepare, record, sign once, record, publish
// (docs/issuance.md argues the power cut at each arrow).
//
// What became of a record stands in two lists, one bit for mdocs and two for
// SD-JWT VCs. A change of licence, electronic licence or phone marks the
// records that it concerns in its own transaction; whoever asks for a list
// gets one in which all marks are settled.
//
// Guarantees: nothing is signed whose bytes differ from those recorded; a place
// in a list is given once, at random, and tells nobody's place in a queue; an
// mdoc that was ever said to be invalid stays so, since one bit cannot be
// taken back for readers that kept it; no record outlives the licence, the
// signer's certificate or an age that it attests.
//
// Left out: a wallet's protocol, and presenting.
package mobile

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"sync"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/authority"
	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/keys"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/photo"
	"edl/internal/register"
	"edl/statuslist"
)

// Days is how long an issue lives at the most; the phone fetches another.
const Days = 30

// MaxBatch is how many keys a wallet may ever name at once, and MaxInForce how
// many issues a driver may have that have not ended.
const (
	MaxBatch   = 20
	MaxInForce = 200
)

// lease is how long whoever prepared has to sign before others take it up.
const lease = 30 * time.Second

// A Status is how far an issue came.
type Status string

// The statuses.
const (
	Prepared Status = "prepared" // recorded, perhaps signed
	Issued   Status = "issued"
	Void     Status = "void" // the licence changed before the signature was recorded
)

// Written is what a record keeps sealed.
type Written struct {
	Name         credential.LatinName `json:"name"`
	Authority    string               `json:"authority"`
	Country      string               `json:"country"`
	Jurisdiction string               `json:"jurisdiction"`
}

// A Record is one issue in both forms. But for status, signatures and what the
// lists say it never changes.
type Record struct {
	ID                string
	LicenceID         string
	ElectronicID      string
	DeviceID          string // of the phone it ends with
	Batch             string // empty: issued alone, to the phone's key
	RegisterVersionID string
	PhotoID           string
	PortraitHash      []byte // SHA-256 of the portrait
	Holder            []byte // the phone's or the wallet's key, uncompressed
	Encoding          int
	SignerID          string // of the certificate
	Issuer            string // the address under which the lists are served
	Written           Written
	Month             string // whose secret the salts are derived from, as 2026-10
	SignedAt          time.Time
	Until             time.Time
	MDocPlace         statuslist.Index
	VCPlace           statuslist.Index
	MDocDigest        []byte // SHA-256 of what is signed
	VCDigest          []byte
	MDocSignature     []byte // nil until it is recorded
	VCSignature       []byte
	Status            Status
	MDocSaid          statuslist.Status // by the lists
	VCSaid            statuslist.Status
	LeasedUntil       time.Time
	Version           int64
}

// holder returns the key that it is bound to.
func (r *Record) holder() (*ecdsa.PublicKey, error) {
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), r.Holder)
}

// A Form names one of the two.
type Form string

// The forms, as the addresses of their lists have them.
const (
	MDoc Form = "mdoc"
	VC   Form = "vc"
)

// Bits is the size of an entry in the list of a form.
func (f Form) Bits() int {
	if f == MDoc {
		return 1
	}
	return 2
}

// Tx is what this package needs of a storage transaction. Look-ups return fault
// "not_found" where there is nothing; saves return "stale" for a row that
// changed since it was read.
type Tx interface {
	Device(ctx context.Context, id string) (*account.Device, error)
	LicenceByID(ctx context.Context, id string) (*register.Entry, error)
	LicenceVersion(ctx context.Context, licenceID, versionID string) (licence.Licence, error)
	ElectronicLicence(ctx context.Context, licenceID string) (*credential.Electronic, error)
	Photo(ctx context.Context, id string) (photo.Stored, error)
	PhotoImage(ctx context.Context, p photo.Stored, image photo.Image) ([]byte, error)

	// AddMobile stores a new record; false: one of its places is taken.
	AddMobile(ctx context.Context, r *Record) (free bool, err error)
	// SaveMobile stores status, signatures and lease.
	SaveMobile(ctx context.Context, r *Record) error
	Mobile(ctx context.Context, id string) (*Record, error)
	// MobilesOf returns a driver's records, the newest first.
	MobilesOf(ctx context.Context, licenceID string) ([]*Record, error)
	// MobilesInForce counts a driver's records that have not ended by a time.
	MobilesInForce(ctx context.Context, licenceID string, now time.Time) (int, error)
	// MobileKeyUsed reports whether a key of a batch has the licence already.
	MobileKeyUsed(ctx context.Context, key []byte) (bool, error)
	IdleMobiles(ctx context.Context, now time.Time, limit int) ([]*Record, error)
	// CountMobiles returns how many places were given out.
	CountMobiles(ctx context.Context) (int64, error)
	// TouchedMobiles returns records whose licence or phone changed.
	TouchedMobiles(ctx context.Context, limit int) ([]*Record, error)
	// SettleMobile stores what the lists say and takes the mark away.
	SettleMobile(ctx context.Context, id string, mdoc, vc statuslist.Status) error
	// SaidMobile returns the places of a shard that are not valid, and a number
	// that is another after every change of the lists.
	SaidMobile(ctx context.Context, form Form, shard int) (said map[uint64]statuslist.Status, changes int64, err error)
	MobileChanges(ctx context.Context) (int64, error)

	// MonthSecret returns the secret of a month, storing fresh if there is none.
	MonthSecret(ctx context.Context, month string, fresh []byte) ([]byte, error)

	AppendAudit(ctx context.Context, e audit.Entry) error
}

// Service issues, rebuilds and publishes. Its methods may be called
// concurrently, and on several servers.
type Service struct {
	InTx    func(context.Context, func(Tx) error) error
	Read    func(context.Context, func(Tx) error) error
	Now     func() time.Time
	Profile func(context.Context) (authority.Profile, error)
	PKI     func() (*keys.PKI, error)
	Issuer  string // the platform's public address
	Batch   int    // how many keys a wallet may name at once, MaxBatch at the most

	mu     sync.Mutex // guards what follows
	tokens map[listKey]listToken
}

// ActIssue is the audited deed.
const ActIssue audit.Action = "mobile.issue"

// AuditSentences says it in words.
var AuditSentences = map[audit.Action]lang.Text{
	ActIssue: lang.T("签发国际格式驾驶证", "issued a licence in international form"),
}

// What a driver may be told.
var (
	ErrNoKeys = fault.New(fault.Unavailable, "mobile.no_keys",
		"发证机关尚未启用国际格式驾驶证。", "The authority does not issue licences in international form yet.")
	ErrNotUsable = fault.New(fault.Conflict, "mobile.not_usable",
		"当前不能签发国际格式驾驶证，请先看“我的驾驶证”里的说明。", "No licence in international form can be issued now; see the note on your licence.")
	ErrNoPhoto = fault.New(fault.Conflict, "mobile.no_photo",
		"电子驾驶证没有可用的照片，不能签发国际格式驾驶证。", "The electronic licence has no usable photo, so none can be issued in international form.")
	ErrTooMany = fault.New(fault.Limited, "mobile.too_many",
		"已签发的国际格式驾驶证太多，请等它们到期后再签发。", "Too many licences in international form are in force: wait until they end.")
	ErrNone = fault.New(fault.NotFound, "mobile.none",
		"没有找到这份国际格式驾驶证。", "There is no such licence in international form.")
)

// missing reports whether err says that there is no such record.
func missing(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Kind == fault.NotFound
}
