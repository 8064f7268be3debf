package store_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"
)

func unzip(t *testing.T, b []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(b))
	must(t, err)
	text, err := io.ReadAll(r)
	must(t, err)
	return text
}

func zip(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(text)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

// firstRow returns the first line that is a row.
func firstRow(text []byte) []byte {
	i := bytes.Index(text, []byte("\n[")) + 1
	return text[i : i+bytes.IndexByte(text[i:], '\n')+1]
}
