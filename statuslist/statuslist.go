// Package statuslist is the Token Status List of the IETF: the status of many
// credentials as a compressed array, signed as a JWT or a CWT, of which a
// reader learns one entry without the issuer learning which.
//
// A List holds entries of 1, 2, 4 or 8 bits. A Token is a list with its
// address and times; Policy.VerifyJWT and VerifyCWT take the steps of a reader
// and return them with their clauses. Shards spread any number of entries over
// lists of 2^20 and tell which lists a change touched, so that only those are
// compressed and signed again.
//
// Guarantees: inflating stops at a limit whatever the input claims, an entry
// outside a list is a refusal and never VALID, and a list older than one seen
// before is stale. A mdoc's list is a CWT of 1 bit with an expiry (ISO/IEC
// 18013-5 ed. 2 §12.3.6), so a mdoc cannot be SUSPENDED, only INVALID.
//
// Left out: fetching and caching (Token.Until says for how long), lists of
// identifiers, historical lists, and whether to believe a signer's
// certificate, which the caller's Policy.Key decides. Indices are given out by
// the caller, at random: an index that tells an order of issue links people.
package statuslist

import (
	"fmt"

	"edl/internal/fault"
	"edl/mdoc/cbor"
	"edl/mdoc/rawsig"
	"edl/sdjwt/jws"
)

// The faults of the package.
var (
	ErrBadCBOR      = cbor.ErrBad
	ErrBadSignature = rawsig.ErrBadSignature
	ErrBadToken     = jws.ErrBadToken

	ErrBadList = fault.New(fault.Invalid, "bad_status_list",
		"状态列表的内容不符合标准。", "The status list is not as its specification requires.")
	ErrTooLarge = fault.New(fault.TooLarge, "too_large",
		"状态列表过大。", "The status list is too large.")
	ErrOutOfRange = fault.New(fault.Invalid, "status_out_of_range",
		"状态列表中没有该证照的位置，无法确认其状态。", "The status list has no such entry; the status cannot be told.")
	ErrStale = fault.New(fault.Invalid, "stale_status",
		"状态列表已过期或比已有的更旧，请更新后再查验。", "The status list has expired or is older than one seen before; fetch a newer one.")
	ErrSubject = fault.New(fault.Invalid, "status_subject",
		"状态列表的地址与证照所指的不一致。", "The status list is not the one that the credential names.")
	ErrUntrustedIssuer = fault.New(fault.Invalid, "untrusted_issuer",
		"状态列表的签发者不受信任。", "The signer of the status list is not trusted.")
)

// Status is the value of an entry.
type Status uint8

// The registered values; 3 and 12 to 15 are free for applications.
const (
	Valid     Status = 0
	Invalid   Status = 1 // for ever
	Suspended Status = 2 // for now
)

func (s Status) String() string {
	switch s {
	case Valid:
		return "VALID"
	case Invalid:
		return "INVALID"
	case Suspended:
		return "SUSPENDED"
	}
	return fmt.Sprintf("status %d", uint8(s))
}

// chunkSize is the length of the pieces that a list is kept in, so that one of
// unknown length can be inflated without copying or waste.
const (
	chunkBits = 15
	chunkSize = 1 << chunkBits
)

// List is an array of entries of 1, 2, 4 or 8 bits.
type List struct {
	bits   uint
	size   uint64 // bytes
	chunks [][]byte
}

// New returns a list of entries that are all VALID. Their number is rounded up
// to whole bytes.
func New(bits, entries int) (*List, error) {
	if !validBits(uint64(bits)) || entries <= 0 || entries > MaxBytes*8/bits {
		return nil, fmt.Errorf("%w (%d entries of %d bits)", ErrBadList, entries, bits)
	}
	l := &List{bits: uint(bits)}
	for left := (entries*bits + 7) / 8; left > 0; left -= chunkSize {
		l.add(make([]byte, min(left, chunkSize)))
	}
	return l, nil
}

func validBits(bits uint64) bool { return bits == 1 || bits == 2 || bits == 4 || bits == 8 }

func (l *List) add(chunk []byte) {
	l.chunks = append(l.chunks, chunk)
	l.size += uint64(len(chunk))
}

// Bits returns the size of an entry.
func (l *List) Bits() int { return int(l.bits) }

// Len returns the number of entries.
func (l *List) Len() uint64 { return l.size * 8 / uint64(l.bits) }

// at returns the byte of an entry and the position of its lowest bit: entries
// fill a byte from its least significant bit up (§4.1).
func (l *List) at(index uint64) (b *byte, shift uint, err error) {
	if index >= l.Len() {
		return nil, 0, fmt.Errorf("%w (entry %d of %d)", ErrOutOfRange, index, l.Len())
	}
	bit := index * uint64(l.bits)
	at := bit / 8
	return &l.chunks[at>>chunkBits][at&(chunkSize-1)], uint(bit % 8), nil
}

// Get returns an entry; outside the list it is an ErrOutOfRange.
func (l *List) Get(index uint64) (Status, error) {
	b, shift, err := l.at(index)
	if err != nil {
		return Invalid, err
	}
	return Status(*b >> shift & (1<<l.bits - 1)), nil
}

// Set changes an entry to a value that its size can hold.
func (l *List) Set(index uint64, s Status) error {
	b, shift, err := l.at(index)
	if err != nil {
		return err
	}
	mask := byte(1<<l.bits - 1)
	if byte(s) > mask {
		return fmt.Errorf("%w (%s in %d bits)", ErrBadList, s, l.bits)
	}
	*b = *b&^(mask<<shift) | byte(s)<<shift
	return nil
}
