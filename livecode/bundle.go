package livecode

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"fmt"
	"time"

	"edl/internal/fault"
	"edl/mdoc/rawsig"
)

// A Bundle is what a terminal keeps for the time without a network: whose
// issuer parts to believe, and what the status lists are. It is signed by the
// authority's bundle key, which a terminal pins when it is enrolled.
type Bundle struct {
	Issuer    string // the authority's identifier, as in Claims
	NameZH    string
	NameEN    string
	Sequence  uint64 // rises with each bundle; a terminal never goes back
	IssuedAt  time.Time
	Keys      []BundleKey // that sign issuer parts
	Lists     []BundleList
	Handovers []Handover // of the bundle key itself, oldest first
	Others    []OtherAuthority
}

// A BundleKey is an authority's key and its identifier.
type BundleKey struct {
	ID     []byte
	Public *ecdsa.PublicKey
}

// A BundleList names a status list and the SHA-256 of its token, which is
// fetched apart, and again only where it changed.
type BundleList struct {
	URI    string
	Digest [sha256.Size]byte
}

// A Handover is a bundle key, vouched for by the one before it, so that a
// terminal gets from the key it pinned to the one that signs.
type Handover struct {
	From      []byte // identifier of the key that signed
	Key       BundleKey
	Signature []byte // over HandoverText
}

// An OtherAuthority is one whose licences this authority believes.
type OtherAuthority struct {
	Issuer string
	NameZH string
	NameEN string
	Keys   []BundleKey
}

// HandoverText is what the key before signs of a bundle key, a point of 65 bytes.
func HandoverText(point []byte) []byte {
	return append([]byte("edl-key-handover:1\nbundle\n"), point...)
}

// What a terminal may be told of a bundle.
var (
	ErrForeignBundle = fault.New(fault.Invalid, "foreign_bundle",
		"离线数据不是本终端登记的发证机关签发的，不能使用。",
		"The offline data is not signed by the authority that this terminal was enrolled with.")
	ErrOldBundle = fault.New(fault.Conflict, "old_bundle",
		"离线数据比终端已有的更旧，不能使用。",
		"The offline data is older than what this terminal has already.")
)

// MaxBundle is the longest bundle that is read, in bytes.
const MaxBundle = 1 << 20

type bundle struct {
	Issuer    string           `cbor:"1,keyasint"`
	Sequence  uint64           `cbor:"2,keyasint"`
	IssuedAt  int64            `cbor:"3,keyasint"`
	Keys      []bundleKey      `cbor:"4,keyasint"`
	Lists     []bundleList     `cbor:"5,keyasint"`
	Handovers []bundleHandover `cbor:"6,keyasint"`
	Name      [2]string        `cbor:"7,keyasint"`
	Others    []bundleOther    `cbor:"8,keyasint"`
}

type bundleKey struct {
	_     struct{} `cbor:",toarray"`
	ID    []byte
	Point []byte
}

type bundleList struct {
	_      struct{} `cbor:",toarray"`
	URI    string
	Digest []byte
}

type bundleHandover struct {
	_         struct{} `cbor:",toarray"`
	From      []byte
	ID        []byte
	Point     []byte
	Signature []byte
}

type bundleOther struct {
	_      struct{} `cbor:",toarray"`
	Issuer string
	NameZH string
	NameEN string
	Keys   []bundleKey
}

// Payload returns what is signed of the bundle, encoded.
func (b *Bundle) Payload() ([]byte, error) {
	w := bundle{
		Issuer: b.Issuer, Sequence: b.Sequence, IssuedAt: b.IssuedAt.Unix(), Name: [2]string{b.NameZH, b.NameEN},
		Keys: writeKeys(b.Keys), Lists: []bundleList{}, Handovers: []bundleHandover{}, Others: []bundleOther{},
	}
	for _, l := range b.Lists {
		w.Lists = append(w.Lists, bundleList{URI: l.URI, Digest: l.Digest[:]})
	}
	for _, h := range b.Handovers {
		w.Handovers = append(w.Handovers, bundleHandover{From: h.From, ID: h.Key.ID, Point: point(h.Key.Public), Signature: h.Signature})
	}
	for _, o := range b.Others {
		w.Others = append(w.Others, bundleOther{Issuer: o.Issuer, NameZH: o.NameZH, NameEN: o.NameEN, Keys: writeKeys(o.Keys)})
	}
	payload, err := encMode.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("livecode: encoding a bundle: %w", err)
	}
	return payload, nil
}

// Sign returns the bundle as a tagged COSE_Sign1 by the bundle key.
func (b *Bundle) Sign(key crypto.Signer, keyID []byte) ([]byte, error) {
	payload, err := b.Payload()
	if err != nil {
		return nil, err
	}
	s := sign1{protected: appendBytes([]byte(keyIDHeader), keyID), plain: true, payload: payload}
	if err := s.sign(key); err != nil {
		return nil, err
	}
	return s.appendTo(nil), nil
}

func writeKeys(keys []BundleKey) []bundleKey {
	list := make([]bundleKey, len(keys))
	for i, k := range keys {
		list[i] = bundleKey{ID: k.ID, Point: point(k.Public)}
	}
	return list
}

func point(key *ecdsa.PublicKey) []byte {
	b, err := key.Bytes()
	if err != nil { // only for a curve without one
		panic(err)
	}
	return b
}

// OpenBundle reads a bundle for who believes the pinned key and has seen the
// sequence seen. It returns the key that signed, to be pinned from now on:
// another one than before only where the keys in between handed over.
// ErrForeignBundle, ErrOldBundle, ErrBadCBOR, ErrTooLarge.
func OpenBundle(raw []byte, pinned *ecdsa.PublicKey, seen uint64) (*Bundle, *ecdsa.PublicKey, error) {
	if len(raw) > MaxBundle {
		return nil, nil, ErrTooLarge
	}
	r := reader{b: raw}
	s := r.sign1Within(MaxBundle)
	h := reader{b: s.protected}
	h.literal(keyIDHeader)
	keyID := h.bytes(1, maxKeyID)
	if !r.done() || !h.done() || !s.plain {
		return nil, nil, ErrBadCBOR
	}
	var w bundle
	if !deterministicBundle(s.payload, &w) {
		return nil, nil, ErrBadCBOR
	}
	b, err := w.read()
	if err != nil {
		return nil, nil, err
	}
	signer := b.signer(pinned, keyID)
	if signer == nil || s.verify(signer) != nil {
		return nil, nil, ErrForeignBundle
	}
	if b.Sequence < seen {
		return nil, nil, ErrOldBundle
	}
	return b, signer, nil
}

// signer follows the handovers from the pinned key to the one that is named.
// The handovers stand in what is not verified yet, so each is believed for its
// own signature alone.
func (b *Bundle) signer(pinned *ecdsa.PublicKey, keyID []byte) *ecdsa.PublicKey {
	believed := map[string]*ecdsa.PublicKey{KeyID(pinned): pinned}
	for _, h := range b.Handovers {
		from := believed[string(h.From)]
		if from != nil && rawsig.ES256.Verify(from, h.Signature, HandoverText(point(h.Key.Public))) == nil {
			believed[string(h.Key.ID)] = h.Key.Public
		}
	}
	return believed[string(keyID)]
}

// KeyID names a P-256 key: the first 8 bytes of the SHA-256 of its point.
func KeyID(key *ecdsa.PublicKey) string {
	sum := sha256.Sum256(point(key))
	return string(sum[:8])
}

func (w *bundle) read() (*Bundle, error) {
	b := &Bundle{Issuer: w.Issuer, NameZH: w.Name[0], NameEN: w.Name[1], Sequence: w.Sequence, IssuedAt: time.Unix(w.IssuedAt, 0).UTC()}
	if w.Issuer == "" || w.IssuedAt < 0 || w.IssuedAt > maxTime {
		return nil, ErrBadCBOR
	}
	var err error
	if b.Keys, err = readKeys(w.Keys); err != nil {
		return nil, err
	}
	for _, l := range w.Lists {
		if len(l.Digest) != sha256.Size || l.URI == "" {
			return nil, ErrBadCBOR
		}
		b.Lists = append(b.Lists, BundleList{URI: l.URI, Digest: [sha256.Size]byte(l.Digest)})
	}
	for _, h := range w.Handovers {
		key, err := readKeys([]bundleKey{{ID: h.ID, Point: h.Point}})
		if err != nil {
			return nil, err
		}
		b.Handovers = append(b.Handovers, Handover{From: h.From, Key: key[0], Signature: h.Signature})
	}
	for _, o := range w.Others {
		keys, err := readKeys(o.Keys)
		if err != nil {
			return nil, err
		}
		b.Others = append(b.Others, OtherAuthority{Issuer: o.Issuer, NameZH: o.NameZH, NameEN: o.NameEN, Keys: keys})
	}
	return b, nil
}

// readKeys reads keys whose identifiers are theirs.
func readKeys(list []bundleKey) ([]BundleKey, error) {
	var keys []BundleKey
	for _, k := range list {
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k.Point)
		if err != nil || KeyID(public) != string(k.ID) {
			return nil, ErrBadKey
		}
		keys = append(keys, BundleKey{ID: k.ID, Public: public})
	}
	return keys, nil
}
