package verification

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// madeSize is how much of a redemption says when the code was made.
const madeSize = 4

// redemption is what can be redeemed only once: the second in which a code was
// made, and the SHA-256 of its payload; likewise of a request that a driver
// answers, and its token. The second comes first so that the redemptions of now
// lie together in their index. In the order of the digests alone each was a
// page of its own, which a large index first has to read from the disk.
func redemption(made time.Time, digest [sha256.Size]byte) []byte {
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, madeSize+len(digest)), uint32(made.Unix())), digest[:]...)
}

// again is the redemption that keeps a code's second use: the first has the
// code's own.
func again(first []byte, terminalID string) []byte {
	digest := sha256.Sum256(append([]byte(terminalID+"\n"), first...))
	return append(first[:madeSize:madeSize], digest[:]...)
}
