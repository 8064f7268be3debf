package tflite

import (
	"encoding/binary"
	"errors"
	"math"
)

var errShort = errors.New("points outside the file")

// buffer is a FlatBuffers file. Reads outside it, or more vector elements
// than it has room for, set err and give zero values, so that a reader may go
// on to the end of a structure and ask once.
type buffer struct {
	b   []byte
	err error
}

func (b *buffer) at(off, n int) []byte {
	if off < 0 || n < 0 || off > len(b.b)-n {
		b.err = errShort
		return nil
	}
	return b.b[off : off+n]
}

func (b *buffer) u8(off int) int {
	if s := b.at(off, 1); s != nil {
		return int(s[0])
	}
	return 0
}

func (b *buffer) u16(off int) int {
	if s := b.at(off, 2); s != nil {
		return int(binary.LittleEndian.Uint16(s))
	}
	return 0
}

func (b *buffer) i32(off int) int {
	if s := b.at(off, 4); s != nil {
		return int(int32(binary.LittleEndian.Uint32(s)))
	}
	return 0
}

// follow returns where the unsigned offset at off points, -1 where it is broken.
func (b *buffer) follow(off int) int {
	s := b.at(off, 4)
	if s == nil {
		return -1
	}
	to := uint64(off) + uint64(binary.LittleEndian.Uint32(s))
	if to > uint64(len(b.b)) {
		b.err = errShort
		return -1
	}
	return int(to)
}

// table is a FlatBuffers table. The zero table has no fields.
type table struct {
	b  *buffer
	at int
}

func (b *buffer) root() table { return table{b, b.follow(0)} }

// field returns where a field's value lies, 0 where the table lacks it.
func (t table) field(id int) int {
	if t.b == nil || t.at < 0 {
		return 0
	}
	vtable := t.at - t.b.i32(t.at)
	entry := 4 + 2*id
	if entry+2 > t.b.u16(vtable) {
		return 0
	}
	off := t.b.u16(vtable + entry)
	if off == 0 || t.b.err != nil {
		return 0
	}
	return t.at + off
}

func (t table) int8(id, otherwise int) int {
	if f := t.field(id); f != 0 {
		return int(int8(t.b.u8(f)))
	}
	return otherwise
}

func (t table) int32(id, otherwise int) int {
	if f := t.field(id); f != 0 {
		return t.b.i32(f)
	}
	return otherwise
}

func (t table) table(id int) table {
	if f := t.field(id); f != 0 {
		return table{t.b, t.b.follow(f)}
	}
	return table{}
}

// vector returns where a vector's elements begin and how many there are.
func (t table) vector(id, size int) (at, n int) {
	f := t.field(id)
	if f == 0 {
		return 0, 0
	}
	v := t.b.follow(f)
	n = t.b.i32(v)
	if n < 0 || n > len(t.b.b)/size || t.b.at(v+4, n*size) == nil {
		t.b.err = errShort
		return 0, 0
	}
	return v + 4, n
}

func (t table) bytes(id int) []byte {
	at, n := t.vector(id, 1)
	if n == 0 {
		return nil
	}
	return t.b.at(at, n)
}

func (t table) ints(id int) []int {
	at, n := t.vector(id, 4)
	out := make([]int, n)
	for i := range out {
		out[i] = t.b.i32(at + 4*i)
	}
	return out
}

func (t table) tables(id int) []table {
	at, n := t.vector(id, 4)
	out := make([]table, n)
	for i := range out {
		out[i] = table{t.b, t.b.follow(at + 4*i)}
	}
	return out
}

func float32At(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }

// float16At reads an IEEE 754 half.
func float16At(b []byte) float32 {
	h := binary.LittleEndian.Uint16(b)
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch exp {
	case 0: // subnormal: frac × 2⁻²⁴
		return math.Float32frombits(sign | math.Float32bits(float32(frac)/(1<<24)))
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}
