package gm

import (
	"bytes"
	"encoding/binary"
	"hash"
	"math/big"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"
)

// reference is SM2 by the book of GB/T 32918, over any curve and in plain
// arithmetic: what the library and this package are held against, and what the
// vectors on other curves than the national one are checked with.
type reference struct {
	p, a, b, gx, gy, n *big.Int
}

type point struct{ x, y *big.Int } // nil x: infinity

func (c *reference) add(p, q point) point {
	if p.x == nil {
		return q
	}
	if q.x == nil {
		return p
	}
	var slope *big.Int
	if p.x.Cmp(q.x) == 0 {
		if new(big.Int).Mod(new(big.Int).Add(p.y, q.y), c.p).Sign() == 0 {
			return point{}
		}
		slope = new(big.Int).Mul(big.NewInt(3), new(big.Int).Mul(p.x, p.x))
		slope.Add(slope, c.a).Mul(slope, new(big.Int).ModInverse(new(big.Int).Lsh(p.y, 1), c.p))
	} else {
		dx := new(big.Int).Mod(new(big.Int).Sub(q.x, p.x), c.p)
		slope = new(big.Int).Mul(new(big.Int).Sub(q.y, p.y), dx.ModInverse(dx, c.p))
	}
	slope.Mod(slope, c.p)
	x := new(big.Int).Mul(slope, slope)
	x.Sub(x, p.x).Sub(x, q.x).Mod(x, c.p)
	y := new(big.Int).Sub(p.x, x)
	y.Mul(y, slope).Sub(y, p.y).Mod(y, c.p)
	return point{x, y}
}

func (c *reference) mul(k *big.Int, p point) point {
	var r point
	for i := k.BitLen() - 1; i >= 0; i-- {
		if r = c.add(r, r); k.Bit(i) == 1 {
			r = c.add(r, p)
		}
	}
	return r
}

func (c *reference) public(d *big.Int) point { return c.mul(d, point{c.gx, c.gy}) }

func (c *reference) bytes(n *big.Int) []byte { return n.FillBytes(make([]byte, (c.p.BitLen()+7)/8)) }

// digest is e = H(ZA || M).
func (c *reference) digest(h func() hash.Hash, pub point, id, message []byte) []byte {
	za := h()
	za.Write(binary.BigEndian.AppendUint16(nil, uint16(8*len(id))))
	za.Write(id)
	for _, n := range []*big.Int{c.a, c.b, c.gx, c.gy, pub.x, pub.y} {
		za.Write(c.bytes(n))
	}
	e := h()
	e.Write(za.Sum(nil))
	e.Write(message)
	return e.Sum(nil)
}

// sign returns r and s for a nonce (GB/T 32918.2 §6.1).
func (c *reference) sign(d, k *big.Int, e []byte) (r, s *big.Int) {
	r = new(big.Int).Add(new(big.Int).SetBytes(e), c.mul(k, point{c.gx, c.gy}).x)
	r.Mod(r, c.n)
	s = new(big.Int).Sub(k, new(big.Int).Mul(r, d))
	inverse := new(big.Int).ModInverse(new(big.Int).Add(d, big.NewInt(1)), c.n)
	s.Mul(s, inverse).Mod(s, c.n)
	return r, s
}

// verify is GB/T 32918.2 §7.1.
func (c *reference) verify(pub point, e []byte, r, s *big.Int) bool {
	t := new(big.Int).Mod(new(big.Int).Add(r, s), c.n)
	x := c.add(c.mul(s, point{c.gx, c.gy}), c.mul(t, pub)).x
	x = new(big.Int).Mod(new(big.Int).Add(new(big.Int).SetBytes(e), x), c.n)
	return x.Cmp(r) == 0
}

// decrypt is GB/T 32918.4 §7.1 for C1, C2 and C3.
func (c *reference) decrypt(h func() hash.Hash, d *big.Int, c1 point, c2, c3 []byte) ([]byte, bool) {
	s := c.mul(d, c1)
	z := append(c.bytes(s.x), c.bytes(s.y)...)
	var stream []byte
	for i := uint32(1); len(stream) < len(c2); i++ {
		k := h()
		k.Write(z)
		k.Write(binary.BigEndian.AppendUint32(nil, i))
		stream = k.Sum(stream)
	}
	plain := make([]byte, len(c2))
	for i := range plain {
		plain[i] = c2[i] ^ stream[i]
	}
	u := h()
	u.Write(c.bytes(s.x))
	u.Write(plain)
	u.Write(c.bytes(s.y))
	return plain, bytes.Equal(u.Sum(nil), c3)
}

func number(t testing.TB, s string) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(strings.TrimPrefix(s, "0x"), 16)
	if !ok {
		t.Fatalf("%q is no number", s)
	}
	return n
}

// national is the recommended curve, GB/T 32918.5.
func national() *reference {
	c := sm2.P256().Params()
	a := new(big.Int).Sub(c.P, big.NewInt(3))
	return &reference{c.P, a, c.B, c.Gx, c.Gy, c.N}
}
