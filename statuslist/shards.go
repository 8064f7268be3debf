package statuslist

import (
	"fmt"
	"slices"
)

// ShardBits is the binary logarithm of the entries in one shard: 2^20 of two
// bits inflate to 256 KB, which any reader takes.
const ShardBits = 20

// Shards are the lists of an issuer, of 2^20 entries each, numbered from zero,
// and which of them changed since they were last signed. It is not safe for
// concurrent use.
type Shards struct {
	bits    int
	lists   []*List
	touched map[int]bool
}

// NewShards returns an empty set of lists with entries of 1, 2, 4 or 8 bits.
func NewShards(bits int) (*Shards, error) {
	if !validBits(uint64(bits)) {
		return nil, fmt.Errorf("%w (entries of %d bits)", ErrBadList, bits)
	}
	return &Shards{bits: bits, touched: make(map[int]bool)}, nil
}

// Index is an entry's place in the set: its shard and its index there, which
// is what a credential names.
type Index uint64

// Split returns the shard of an entry, and its index in the shard's list.
func (i Index) Split() (shard int, index uint64) {
	return int(i >> ShardBits), uint64(i & (1<<ShardBits - 1))
}

// maxShards keeps a mistaken index from filling the memory: 4,096 shards are
// four billion entries.
const maxShards = 4096

// Set changes an entry, adding shards as far as it needs them. Setting what is
// already so touches nothing.
func (s *Shards) Set(i Index, status Status) error {
	shard, index := i.Split()
	if shard >= maxShards {
		return fmt.Errorf("%w (shard %d)", ErrOutOfRange, shard)
	}
	for len(s.lists) <= shard {
		l, err := New(s.bits, 1<<ShardBits)
		if err != nil {
			return err
		}
		s.touched[len(s.lists)] = true
		s.lists = append(s.lists, l)
	}
	l := s.lists[shard]
	if old, err := l.Get(index); err != nil || old == status {
		return err
	}
	if err := l.Set(index, status); err != nil {
		return err
	}
	s.touched[shard] = true
	return nil
}

// Get returns an entry.
func (s *Shards) Get(i Index) (Status, error) {
	shard, index := i.Split()
	if shard >= len(s.lists) {
		return Invalid, fmt.Errorf("%w (shard %d of %d)", ErrOutOfRange, shard, len(s.lists))
	}
	return s.lists[shard].Get(index)
}

// Len returns the number of shards.
func (s *Shards) Len() int { return len(s.lists) }

// List returns a shard's list.
func (s *Shards) List(shard int) *List { return s.lists[shard] }

// Touched returns the shards that changed since they were signed, in order.
func (s *Shards) Touched() []int {
	shards := make([]int, 0, len(s.touched))
	for shard := range s.touched {
		shards = append(shards, shard)
	}
	slices.Sort(shards)
	return shards
}

// Signed marks a shard as signed in its present state.
func (s *Shards) Signed(shard int) { delete(s.touched, shard) }
