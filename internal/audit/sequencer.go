package audit

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"edl/internal/fault"
)

// A Checkpoint is the signed size and root of the log at a time.
type Checkpoint struct {
	Size int64
	Root tlog.Hash
	At   time.Time
	Note string // the signed note, as C2SP tlog-checkpoint lays it out
}

// Tx is what the log needs of a storage transaction.
type Tx interface {
	// UnplacedAudit returns up to limit rows that have no place yet, oldest first.
	// Where entries are written one after the other they have one at once.
	UnplacedAudit(ctx context.Context, limit int) ([]*Row, error)
	// PlaceAudit gives such a row the next place and stores its leaf.
	PlaceAudit(ctx context.Context, r *Row) error
	// AuditLeaves returns the leaves of rows that have their place, from first on, at most limit.
	AuditLeaves(ctx context.Context, first int64, limit int) ([]Leaf, error)
	// AuditRows returns rows by their place, from first on, at most limit.
	AuditRows(ctx context.Context, first int64, limit int) ([]*Row, error)
	// FirstLostCheck returns the place of the first entry from first up to before
	// last that records a check which is not kept as it was, or -1.
	FirstLostCheck(ctx context.Context, first, last int64) (seq int64, err error)
	// AuditHashes returns stored hashes by tlog's storage index.
	AuditHashes(ctx context.Context, indexes []int64) ([]tlog.Hash, error)
	// AddAuditHash stores a hash under its storage index.
	AddAuditHash(ctx context.Context, index int64, h tlog.Hash) error
	// NewestCheckpoint returns the last checkpoint, or one of size 0.
	NewestCheckpoint(ctx context.Context) (Checkpoint, error)
	AddCheckpoint(ctx context.Context, c Checkpoint) error
}

// A Sequencer takes entries into the log. One runs per database.
type Sequencer struct {
	// InTx runs f in one transaction, perhaps more than once.
	InTx   func(ctx context.Context, f func(Tx) error) error
	Now    func() time.Time
	Origin string // names the log in its checkpoints, such as "example.test/edl"
	Key    ed25519.PrivateKey
}

// batch bounds one transaction of the sequencer: on SQLite everybody who
// writes waits for it, and 2,000 entries were 30 to 60 ms.
const batch = 100

// page is how many rows are read at a time to verify the log.
const page = 2000

// Sequence takes every waiting entry into the log and signs a checkpoint when
// there were any. It returns how many there were.
func (s *Sequencer) Sequence(ctx context.Context) (int, error) {
	total := 0
	for {
		n, err := s.sequenceBatch(ctx)
		total += n
		if err != nil || n < batch {
			return total, err
		}
	}
}

func (s *Sequencer) sequenceBatch(ctx context.Context) (n int, err error) {
	err = s.InTx(ctx, func(tx Tx) error {
		last, err := tx.NewestCheckpoint(ctx)
		if err != nil {
			return err
		}
		leaves, err := waiting(ctx, tx, last.Size)
		if n = len(leaves); err != nil || n == 0 {
			return err
		}
		size := last.Size
		stored := newHashes(ctx, tx)
		for _, leaf := range leaves {
			for ; size < leaf.Seq; size++ {
				if err := errors.Join(tx.AddAuditHash(ctx, tlog.StoredHashIndex(0, size), gap), stored.append(size, gap)); err != nil {
					return err
				}
			}
			if err := stored.append(size, leaf.Hash); err != nil {
				return err
			}
			size++
		}
		root, err := tlog.TreeHash(size, stored)
		if err != nil {
			return err
		}
		c, err := s.sign(Checkpoint{Size: size, Root: root, At: s.Now()})
		if err != nil {
			return err
		}
		return tx.AddCheckpoint(ctx, c)
	})
	if err != nil {
		return 0, fmt.Errorf("sequencing the audit log: %w", err)
	}
	return n, nil
}

// gap is the leaf of a place that was taken away, row and leaf, before a
// checkpoint covered it. The log goes on behind it; Verify names the place.
var gap = tlog.RecordHash([]byte("no entry"))

// waiting returns the leaves of up to a batch of entries from the place next
// on, and gives those a place that have none.
func waiting(ctx context.Context, tx Tx, next int64) ([]Leaf, error) {
	leaves, err := tx.AuditLeaves(ctx, next, batch)
	if err != nil || len(leaves) == batch {
		return leaves, err
	}
	unplaced, err := tx.UnplacedAudit(ctx, batch-len(leaves))
	if err != nil {
		return nil, err
	}
	for _, r := range unplaced {
		if err := tx.PlaceAudit(ctx, r); err != nil {
			return nil, err
		}
		leaves = append(leaves, Leaf{r.Seq, r.Leaf()})
	}
	return leaves, nil
}

func (s *Sequencer) sign(c Checkpoint) (Checkpoint, error) {
	text := fmt.Sprintf("%s\n%d\n%s\n", s.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
	signer, err := noteSigner(s.Origin, s.Key)
	if err != nil {
		return c, err
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	c.Note = string(signed)
	return c, err
}

// noteSigner wraps an Ed25519 key in the textual form that package note reads.
func noteSigner(name string, key ed25519.PrivateKey) (note.Signer, error) {
	pub, err := note.NewEd25519VerifierKey(name, key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	// pub is name+hash+base64(alg key); the signer's text carries the seed instead.
	verifier, err := note.NewVerifier(pub)
	if err != nil {
		return nil, err
	}
	seed := append([]byte{1}, key.Seed()...) // 1 is package note's algorithm Ed25519
	return note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, verifier.KeyHash(), base64.StdEncoding.EncodeToString(seed)))
}

// hashes reads and appends tlog's stored hashes within one transaction.
type hashes struct {
	ctx   context.Context
	tx    Tx
	fresh map[int64]tlog.Hash // appended in this transaction
}

func newHashes(ctx context.Context, tx Tx) *hashes {
	return &hashes{ctx: ctx, tx: tx, fresh: map[int64]tlog.Hash{}}
}

// append stores what the leaf at the place seq, which is stored, completes.
func (h *hashes) append(seq int64, leaf tlog.Hash) error {
	list, err := tlog.StoredHashesForRecordHash(seq, leaf, h)
	if err != nil {
		return err
	}
	index := tlog.StoredHashIndex(0, seq)
	for i, x := range list {
		h.fresh[index] = x
		if i > 0 {
			if err := h.tx.AddAuditHash(h.ctx, index, x); err != nil {
				return err
			}
		}
		index++
	}
	return nil
}

// ReadHashes implements tlog.HashReader.
func (h *hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	var missing []int64
	var at []int
	for i, x := range indexes {
		if v, ok := h.fresh[x]; ok {
			out[i] = v
			continue
		}
		missing, at = append(missing, x), append(at, i)
	}
	if len(missing) == 0 {
		return out, nil
	}
	got, err := h.tx.AuditHashes(h.ctx, missing)
	if err != nil {
		return nil, err
	}
	for i, v := range got {
		out[at[i]] = v
	}
	return out, nil
}

// A Verdict says whether the log is what its checkpoint says.
type Verdict struct {
	OK        bool
	Size      int64
	Root      tlog.Hash
	FirstBad  int64 // place of the first row that does not fit, -1 if none
	Uncovered int   // rows younger than the checkpoint
	LostCheck bool  // that row is whole, and the check that it records is not there as it was
	Why       string
}

// ErrNoCheckpoint is returned by Verify for a log that was never sequenced.
var ErrNoCheckpoint = errors.New("audit: no checkpoint yet")

// Verify recomputes the log from its rows and holds it against the newest
// checkpoint and the signature under pub. A nil trusted checkpoint trusts the
// stored one; a witness outside the machine passes the one it kept.
func Verify(ctx context.Context, tx Tx, origin string, pub ed25519.PublicKey, trusted *Checkpoint) (Verdict, error) {
	c, err := tx.NewestCheckpoint(ctx)
	if err != nil {
		return Verdict{}, err
	}
	if trusted != nil {
		if c.Size < trusted.Size {
			return Verdict{Size: c.Size, FirstBad: c.Size, Why: "the log is shorter than the checkpoint that was kept"}, nil
		}
		c = *trusted
	}
	if c.Size == 0 {
		return Verdict{FirstBad: -1}, ErrNoCheckpoint
	}
	if why := checkNote(c, origin, pub); why != "" {
		return Verdict{Size: c.Size, FirstBad: -1, Why: why}, nil
	}
	return recompute(ctx, tx, c)
}

func checkNote(c Checkpoint, origin string, pub ed25519.PublicKey) string {
	vkey, err := note.NewEd25519VerifierKey(origin, pub)
	if err != nil {
		return err.Error()
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err.Error()
	}
	n, err := note.Open([]byte(c.Note), note.VerifierList(verifier))
	if err != nil {
		return "the checkpoint's signature does not verify"
	}
	want := fmt.Sprintf("%s\n%d\n%s\n", origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
	if n.Text != want {
		return "the checkpoint's signed text names another size or root"
	}
	return ""
}

// recompute walks all rows up to c.Size. A row that does not fit its stored
// leaf hash is named; when all fit and the root still differs, the hashes were
// altered together and the first differing place is not known.
func recompute(ctx context.Context, tx Tx, c Checkpoint) (Verdict, error) {
	v := Verdict{Size: c.Size, FirstBad: -1}
	mem := memHashes{}
	for next := int64(0); next < c.Size; {
		rows, err := tx.AuditRows(ctx, next, page)
		if err != nil {
			return v, err
		}
		for _, r := range rows {
			if next == c.Size {
				break
			}
			if r.Seq != next {
				v.FirstBad, v.Why = next, "a row is missing from the log"
				return v, nil
			}
			leaf := r.Leaf()
			kept, err := tx.AuditHashes(ctx, []int64{tlog.StoredHashIndex(0, next)})
			if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
				v.FirstBad, v.Why = next, "a row's hash is missing"
				return v, nil
			}
			if err != nil {
				return v, err
			}
			if kept[0] != leaf {
				v.FirstBad, v.Why = next, "a row was altered after it was recorded"
				return v, nil
			}
			list, err := tlog.StoredHashesForRecordHash(next, leaf, mem)
			if err != nil {
				return v, err
			}
			mem.add(next, list)
			next++
		}
		if len(rows) == 0 {
			v.FirstBad, v.Why = next, "the log ends before its checkpoint"
			return v, nil
		}
		if lost, err := tx.FirstLostCheck(ctx, rows[0].Seq, next); err != nil || lost >= 0 {
			v.FirstBad, v.LostCheck, v.Why = lost, true, "a check that the log records is not kept as it was"
			return v, err
		}
	}
	root, err := tlog.TreeHash(c.Size, mem)
	if err != nil {
		return v, err
	}
	v.Root = root
	if root != c.Root {
		v.Why = "the log's root is not the one that was signed"
		return v, nil
	}
	v.OK = true
	younger, err := tx.AuditRows(ctx, c.Size, page)
	if err != nil {
		return v, err
	}
	unplaced, err := tx.UnplacedAudit(ctx, page)
	v.Uncovered = len(younger) + len(unplaced)
	return v, err
}

// memHashes holds recomputed hashes by storage index.
type memHashes map[int64]tlog.Hash

func (m memHashes) add(seq int64, list []tlog.Hash) {
	index := tlog.StoredHashIndex(0, seq)
	for _, h := range list {
		m[index] = h
		index++
	}
}

// ReadHashes implements tlog.HashReader.
func (m memHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		h, ok := m[x]
		if !ok {
			return nil, fmt.Errorf("audit: hash %d was not recomputed", x)
		}
		out[i] = h
	}
	return out, nil
}
