package cbor

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
)

// FullDate is a day, "2006-01-02" (tag 1004).
type FullDate string

// DateTime is a moment as the text that was sent (tag 0).
type DateTime string

// Pairs is a map in the order in which it is written; keys are int64 or string.
type Pairs []Pair

// Pair is one pair of a map.
type Pair struct {
	Key   any
	Value any
}

// Tagged is a tag that the package does not interpret.
type Tagged struct {
	Number  uint64
	Content any
}

// Get returns the value of the pair with the text key name, or nil.
func (p Pairs) Get(name string) any {
	for _, pair := range p {
		if pair.Key == name {
			return pair.Value
		}
	}
	return nil
}

// MarshalJSON writes an object; integer keys become their decimal text.
func (p Pairs) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, pair := range p {
		if i > 0 {
			out = append(out, ',')
		}
		key, err := json.Marshal(fmt.Sprint(pair.Key))
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(pair.Value)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, key...), ':'), value...)
	}
	return append(out, '}'), nil
}

// MarshalJSON writes "tag(content)" as a one-member object.
func (t Tagged) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"tag " + strconv.FormatUint(t.Number, 10): t.Content})
}

// Append appends a Go value: bool, int, int64, uint64, float64, string, []byte,
// FullDate, DateTime, time.Time (as tdate), []any, Pairs, Tagged or nil.
func Append(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return AppendNull(b), nil
	case bool:
		return AppendBool(b, v), nil
	case int:
		return AppendInt(b, int64(v)), nil
	case int64:
		return AppendInt(b, v), nil
	case uint64:
		return AppendUint(b, v), nil
	case float64:
		return binary.BigEndian.AppendUint64(append(b, byte(Simple)<<5|27), math.Float64bits(v)), nil
	case string:
		return AppendText(b, v), nil
	case []byte:
		return AppendBytes(b, v), nil
	case FullDate:
		return AppendFullDate(b, v), nil
	case DateTime:
		return AppendText(AppendTag(b, TagDateTime), string(v)), nil
	case time.Time:
		return AppendDateTime(b, v), nil
	case []any:
		return appendAll(AppendArray(b, len(v)), v...)
	case Pairs:
		b = AppendMap(b, len(v))
		for _, pair := range v {
			var err error
			if b, err = appendAll(b, pair.Key, pair.Value); err != nil {
				return nil, err
			}
		}
		return b, nil
	case Tagged:
		return Append(AppendTag(b, v.Number), v.Content)
	}
	return nil, fmt.Errorf("cbor: no encoding for %T", v)
}

func appendAll(b []byte, values ...any) ([]byte, error) {
	for _, v := range values {
		var err error
		if b, err = Append(b, v); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Encode returns the encoding of a value that Append takes, checked.
func Encode(v any) ([]byte, error) {
	b, err := Append(nil, v)
	if err != nil {
		return nil, err
	}
	return b, Check(b)
}

// Decode returns b as a Go value of the types that Append takes; byte strings
// are part of b, numbers are int64, or uint64 where that is too small, or
// float64, and undefined is nil.
func Decode(b []byte) (any, error) {
	if err := Check(b); err != nil {
		return nil, err
	}
	r := Read(b)
	v := r.Value()
	return v, r.Done()
}

// Value reads the next item as a Go value, like Decode. The item must have
// passed Check, which bounds the recursion.
func (r *Reader) Value() any {
	h, why := readHead(r.buf, r.off)
	if r.err != nil || why != "" {
		r.Fail(bad(r.off, why))
		return nil
	}
	switch h.kind {
	case Uint, Negative:
		r.off = h.next
		return number(h)
	case Bytes:
		return r.Bytes()
	case Text:
		return r.Text()
	case Array:
		n := r.Array()
		list := make([]any, 0, min(n, 64))
		for range n {
			list = append(list, r.Value())
		}
		return list
	case Map:
		n := r.Map()
		pairs := make(Pairs, 0, min(n, 64))
		for range n {
			key := r.Value()
			pairs = append(pairs, Pair{key, r.Value()})
		}
		return pairs
	case Tag:
		r.off = h.next
		return tagged(h.arg, r.Value())
	}
	r.off = h.next
	return simple(h)
}

func number(h head) any {
	switch {
	case h.arg > math.MaxInt64 && h.kind == Uint:
		return h.arg
	case h.arg > math.MaxInt64:
		return -1 - float64(h.arg)
	case h.kind == Negative:
		return -1 - int64(h.arg)
	}
	return int64(h.arg)
}

func tagged(n uint64, content any) any {
	text, isText := content.(string)
	switch {
	case n == TagFullDate && isText:
		return FullDate(text)
	case n == TagDateTime && isText:
		return DateTime(text)
	}
	return Tagged{n, content}
}

func simple(h head) any {
	switch {
	case h.info == 25:
		return halfFloat(uint16(h.arg))
	case h.info == 26:
		return float64(math.Float32frombits(uint32(h.arg)))
	case h.info == 27:
		return math.Float64frombits(h.arg)
	case h.arg == simpleTrue, h.arg == simpleFalse:
		return h.arg == simpleTrue
	}
	return nil
}

// halfFloat is the decoder of RFC 8949 Appendix D.
func halfFloat(bits uint16) float64 {
	exp, frac := int(bits>>10&31), float64(bits&1023)
	value := 0.0
	switch exp {
	case 0:
		value = math.Ldexp(frac, -24)
	case 31:
		value = math.Inf(1)
		if frac != 0 {
			value = math.NaN()
		}
	default:
		value = math.Ldexp(frac+1024, exp-25)
	}
	if bits>>15 == 1 {
		return -value
	}
	return value
}
