package cbor

import (
	"encoding/binary"
	"time"
)

// AppendHead appends the head of an item in its shortest form.
func AppendHead(b []byte, kind Kind, arg uint64) []byte {
	major := byte(kind) << 5
	switch {
	case arg < 24:
		return append(b, major|byte(arg))
	case arg <= 0xff:
		return append(b, major|24, byte(arg))
	case arg <= 0xffff:
		return append(b, major|25, byte(arg>>8), byte(arg))
	case arg <= 0xffffffff:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(arg))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), arg)
}

// HeadSize returns the number of bytes that AppendHead appends.
func HeadSize(arg int) int {
	switch {
	case arg < 24:
		return 1
	case arg <= 0xff:
		return 2
	case arg <= 0xffff:
		return 3
	case arg <= 0xffffffff:
		return 5
	}
	return 9
}

// AppendUint appends an unsigned integer.
func AppendUint(b []byte, n uint64) []byte { return AppendHead(b, Uint, n) }

// AppendInt appends an integer.
func AppendInt(b []byte, n int64) []byte {
	if n < 0 {
		return AppendHead(b, Negative, uint64(-1-n))
	}
	return AppendHead(b, Uint, uint64(n))
}

// AppendBytes appends a byte string.
func AppendBytes(b, s []byte) []byte {
	return append(AppendHead(b, Bytes, uint64(len(s))), s...)
}

// AppendText appends text, which the caller knows to be UTF-8.
func AppendText(b []byte, s string) []byte {
	return append(AppendHead(b, Text, uint64(len(s))), s...)
}

// AppendArray appends the head of an array of n items.
func AppendArray(b []byte, n int) []byte { return AppendHead(b, Array, uint64(n)) }

// AppendMap appends the head of a map of n pairs.
func AppendMap(b []byte, n int) []byte { return AppendHead(b, Map, uint64(n)) }

// AppendTag appends the head of a tag.
func AppendTag(b []byte, n uint64) []byte { return AppendHead(b, Tag, n) }

// AppendBool appends a boolean.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, byte(Simple)<<5|simpleTrue)
	}
	return append(b, byte(Simple)<<5|simpleFalse)
}

// AppendNull appends null.
func AppendNull(b []byte) []byte { return append(b, byte(Simple)<<5|simpleNull) }

// AppendEncoded appends #6.24(bstr .cbor item).
func AppendEncoded(b, item []byte) []byte {
	return AppendBytes(AppendTag(b, TagEncoded), item)
}

// AppendDateTime appends a tdate as ISO/IEC 18013-5 §7.2.1 wants it: UTC,
// whole seconds, "Z".
func AppendDateTime(b []byte, t time.Time) []byte {
	const size = len("2006-01-02T15:04:05Z")
	b = AppendHead(AppendTag(b, TagDateTime), Text, uint64(size))
	return t.UTC().AppendFormat(b, "2006-01-02T15:04:05Z")
}

// AppendFullDate appends a full-date, #6.1004("2006-01-02").
func AppendFullDate(b []byte, d FullDate) []byte {
	return AppendText(AppendTag(b, TagFullDate), string(d))
}
