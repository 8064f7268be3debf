package mobile

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"edl/internal/audit"
	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/uid"
)

// What a wallet may be told of its keys.
var (
	ErrBatchSize = fault.New(fault.Invalid, "mobile.batch_size",
		"一次签发的份数不在允许范围内。", "The number of keys is not within what may be asked for at once.")
	ErrKeyUsed = fault.New(fault.Conflict, "mobile.key_used",
		"这把密钥已经签发过，每把密钥只能用一次，请换新密钥。", "This key has a licence already: each key serves once, make new ones.")
)

// IssueBatch issues both forms to each of a wallet's keys, which it proved to
// hold. Each has an identifier, salts, places in the lists and a key of its
// own, and shares with the others what it says of the licence, the hour of its
// signing and its end. All stand in the lists as the licence stands, and end
// with the phone that asked for them.
func (s *Service) IssueBatch(ctx context.Context, by audit.Actor, licenceID, deviceID string, name credential.LatinName, challenge string, proofs []string) ([]*Record, error) {
	if len(proofs) == 0 || len(proofs) > s.BatchSize() {
		return nil, fmt.Errorf("%w (%d, at most %d)", ErrBatchSize, len(proofs), s.BatchSize())
	}
	now := s.Now()
	holders := make([][]byte, len(proofs))
	for i, proof := range proofs {
		var err error
		if holders[i], err = ReadProof(proof, s.Issuer, challenge, now); err != nil {
			return nil, fmt.Errorf("proof %d: %w", i+1, err)
		}
	}
	return s.issue(ctx, by, licenceID, deviceID, name, uid.New(now), holders)
}

// BatchSize is how many keys a wallet may name at once.
func (s *Service) BatchSize() int {
	if s.Batch <= 0 || s.Batch > MaxBatch {
		return MaxBatch
	}
	return s.Batch
}

// copies returns the records of a batch that are alike but for identifier and
// key, or the record itself where none is asked for.
func (r *Record) copies(ctx context.Context, tx Tx, batch string, holders [][]byte, now time.Time) ([]*Record, error) {
	inForce, err := tx.MobilesInForce(ctx, r.LicenceID, now)
	if err != nil {
		return nil, err
	}
	if inForce+max(len(holders), 1) > MaxInForce {
		return nil, ErrTooMany
	}
	if len(holders) == 0 {
		return []*Record{r}, nil
	}
	records := make([]*Record, 0, len(holders))
	for i, key := range holders {
		used, err := tx.MobileKeyUsed(ctx, key)
		if err != nil {
			return nil, err
		}
		used = used || bytes.Equal(key, r.Holder) // the phone's, which signs live codes
		for _, other := range holders[:i] {
			used = used || bytes.Equal(key, other)
		}
		if used {
			return nil, fmt.Errorf("key %d: %w", i+1, ErrKeyUsed)
		}
		of := *r
		of.ID, of.Batch, of.Holder = uid.New(now), batch, key
		records = append(records, &of)
	}
	return records, nil
}
