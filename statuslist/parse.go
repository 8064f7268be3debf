package statuslist

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	"edl/mdoc/cbor"
	"edl/sdjwt/jws"
	"edl/sdjwt/strictjson"
)

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// compressed is a token whose list is still compressed.
type compressed struct {
	Token
	bits    uint64
	lst     []byte // DEFLATE, or base64url of it
	base64  bool
	missing map[string]bool // mandatory claims not seen yet
}

func newCompressed() *compressed {
	return &compressed{missing: map[string]bool{"sub": true, "iat": true, "status_list": true, "bits": true, "lst": true}}
}

func (c *compressed) has(claim string) { delete(c.missing, claim) }

func (c *compressed) check() error {
	for claim := range c.missing {
		return fmt.Errorf("%w (no %s)", ErrBadList, claim)
	}
	if c.Subject == "" {
		return fmt.Errorf("%w (an empty subject)", ErrBadList)
	}
	return nil
}

// inflate fills in the list.
func (c *compressed) inflate(limit int) error {
	if !c.base64 {
		l, err := Inflate(int(c.bits), c.lst, limit)
		c.List = l
		return err
	}
	lst, done, err := decode(c.lst)
	defer done()
	if err != nil {
		return fmt.Errorf("%w (lst: %v)", ErrBadList, err)
	}
	c.List, err = Inflate(int(c.bits), lst, limit)
	return err
}

// seconds returns a NumericDate of a range in which every clock can count.
func seconds(n int64) (time.Time, error) {
	if n < 0 || n > 1<<40 {
		return time.Time{}, fmt.Errorf("%w (a time of %d seconds)", ErrBadList, n)
	}
	return time.Unix(n, 0).UTC(), nil
}

func lifetime(n int64) (time.Duration, error) {
	if n <= 0 || n > math.MaxInt64/int64(time.Second) {
		return 0, fmt.Errorf("%w (a time to live of %d seconds)", ErrBadList, n)
	}
	return time.Duration(n) * time.Second, nil
}

// parseCWT reads the claims of a CWT.
func parseCWT(payload []byte) (*compressed, error) {
	if err := cbor.Check(payload); err != nil {
		return nil, err
	}
	c := newCompressed()
	r := cbor.Read(payload)
	for range r.Map() {
		if r.Kind() == cbor.Text {
			r.TextBytes()
			r.Item()
			continue
		}
		var err error
		switch r.Int() {
		case claimIssuer:
			c.Issuer = r.Text()
		case claimSubject:
			c.Subject = r.Text()
			c.has("sub")
		case claimExpiry:
			c.Expires, err = seconds(r.Int())
		case claimIssued:
			c.IssuedAt, err = seconds(r.Int())
			c.has("iat")
		case claimTTL:
			c.TTL, err = lifetime(r.Int())
		case claimList:
			c.readList(&r)
			c.has("status_list")
		default:
			r.Item()
		}
		if err != nil {
			r.Fail(err)
		}
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrBadList, err)
	}
	return c, c.check()
}

func (c *compressed) readList(r *cbor.Reader) {
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "bits":
			c.bits = r.Uint()
			c.has("bits")
		case "lst":
			c.lst = r.Bytes()
			c.has("lst")
		case "aggregation_uri":
			c.Aggregation = r.Text()
		default:
			r.Item()
		}
	}
}

// scratch holds what base64url decodes to, which is as long as the list and
// needed only until that is inflated.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// decode reads base64url into scratch memory; done gives it back.
func decode(encoded []byte) (b []byte, done func(), err error) {
	buf := scratch.Get().(*[]byte)
	n := base64.RawURLEncoding.DecodedLen(len(encoded))
	if cap(*buf) < n {
		*buf = make([]byte, n)
	}
	return (*buf)[:n], func() { scratch.Put(buf) }, jws.DecodeInto((*buf)[:n], encoded)
}

// parseJWT reads the claims of a JWT. The list is part of payload.
func parseJWT(payload []byte) (*compressed, error) {
	c := newCompressed()
	c.base64 = true
	err := strictjson.Members(payload, func(name string, value []byte) (err error) {
		switch name {
		case "sub":
			c.Subject, err = text(value)
		case "iss":
			c.Issuer, err = text(value)
		case "iat":
			c.IssuedAt, err = date(value)
		case "exp":
			c.Expires, err = date(value)
		case "ttl":
			var n int64
			if n, err = integer(value); err == nil {
				c.TTL, err = lifetime(n)
			}
		case "status_list":
			err = strictjson.Members(value, c.member)
		}
		c.has(name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrBadList, err)
	}
	return c, c.check()
}

func (c *compressed) member(name string, value []byte) (err error) {
	switch name {
	case "bits":
		var n int64
		n, err = integer(value)
		c.bits = uint64(n)
	case "lst":
		var ok bool
		if c.lst, ok = strictjson.Text(value); !ok {
			err = fmt.Errorf("%w (lst is no text)", ErrBadList)
		}
	case "aggregation_uri":
		c.Aggregation, err = text(value)
	}
	c.has(name)
	return err
}

func text(value []byte) (string, error) {
	s, ok := strictjson.Text(value)
	if !ok {
		return "", fmt.Errorf("%w (%.20q is no text)", ErrBadList, value)
	}
	return string(s), nil
}

// integer reads a whole number. NumericDates may have fractions, which no
// issuer of status lists needs.
func integer(value []byte) (int64, error) {
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w (%.20q is no whole number)", ErrBadList, value)
	}
	return n, nil
}

func date(value []byte) (time.Time, error) {
	n, err := integer(value)
	if err != nil {
		return time.Time{}, err
	}
	return seconds(n)
}
