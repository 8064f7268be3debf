package statuslist

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"sync"
)

// MaxBytes is the default limit on an inflated list: 33 million entries of one
// bit, four million of eight.
const MaxBytes = 4 << 20

// Compress returns the list as DEFLATE in ZLIB format (§4.1), at the highest
// level: a list is compressed once and fetched many times.
func (l *List) Compress() ([]byte, error) {
	var out bytes.Buffer
	w, err := zlib.NewWriterLevel(&out, zlib.BestCompression)
	if err != nil {
		return nil, err
	}
	for _, c := range l.chunks {
		if _, err := w.Write(c); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Inflate returns the list of a compressed array. Over limit bytes (0:
// MaxBytes) it stops with an ErrTooLarge; what is not whole, or is followed by
// anything, is an ErrBadList.
func Inflate(bits int, compressed []byte, limit int) (*List, error) {
	in := bytes.NewReader(compressed) // an io.ByteReader, beyond whose end nothing is read ahead
	l, err := inflate(uint64(bits), in, limit)
	if err == nil && in.Len() > 0 {
		return nil, fmt.Errorf("%w (bytes after the compressed array)", ErrBadList)
	}
	return l, err
}

// inflater is what inflating needs and can be used again.
type inflater struct {
	zlib  io.ReadCloser
	chunk [chunkSize]byte
}

var inflaters = sync.Pool{New: func() any { return new(inflater) }}

func inflate(bits uint64, in io.Reader, limit int) (*List, error) {
	if !validBits(bits) {
		return nil, fmt.Errorf("%w (entries of %d bits)", ErrBadList, bits)
	}
	if limit <= 0 {
		limit = MaxBytes
	}
	z := inflaters.Get().(*inflater)
	defer inflaters.Put(z)
	if err := z.reset(in); err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrBadList, err)
	}
	l := &List{bits: uint(bits)}
	for {
		n, err := io.ReadFull(z.zlib, z.chunk[:])
		if l.size+uint64(n) > uint64(limit) {
			return nil, fmt.Errorf("%w (over %d bytes when inflated)", ErrTooLarge, limit)
		}
		if n > 0 {
			l.add(append(make([]byte, 0, n), z.chunk[:n]...))
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF) && z.ended():
			if l.size == 0 {
				return nil, fmt.Errorf("%w (an empty array)", ErrBadList)
			}
			return l, nil
		case err != nil:
			return nil, fmt.Errorf("%w (%v)", ErrBadList, err)
		}
	}
}

func (z *inflater) reset(in io.Reader) (err error) {
	if z.zlib == nil {
		z.zlib, err = zlib.NewReader(in)
		return err
	}
	return z.zlib.(zlib.Resetter).Reset(in, nil)
}

// ended tells a short last piece, after which the stream is at its end, from a
// stream that was cut off, which io.ReadFull reports alike.
func (z *inflater) ended() bool {
	var one [1]byte
	n, err := z.zlib.Read(one[:])
	return n == 0 && err == io.EOF
}
