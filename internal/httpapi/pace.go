package httpapi

import (
	"io"
	"net/http"
	"time"
)

// Who sends or takes bytes as slowly as it pleases holds memory and a
// connection for as long as it pleases, so both ways have a pace to keep. It is
// the pace that counts, not the whole: a large file over a poor network is let
// through.
const (
	bodyPatience = 15 * time.Second // for a body, and as much longer as it has come at slowestBody
	slowestBody  = 4 << 10          // bytes a second: half of what the slowest mobile networks carry
	takePatience = 10 * time.Second // for each part of an answer to be taken
	answerPart   = 32 << 10         // bytes
)

// paced holds every client to the pace.
func paced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &pacedWriter{w, http.NewResponseController(w)}
		out.control.SetWriteDeadline(time.Time{}) // the answer before on this connection left one
		if r.ContentLength != 0 {
			now := time.Now()
			out.control.SetReadDeadline(now.Add(bodyPatience)) // whether or not anybody reads it
			r = r.WithContext(r.Context())                     // a copy: net/http looks at its own body to end a connection gently
			r.Body = &pacedBody{r.Body, out.control, now, 0}
		}
		next.ServeHTTP(out, r)
		out.control.SetWriteDeadline(time.Now().Add(takePatience)) // net/http writes the rest when this has returned
	})
}

// A pacedBody ends with a timeout when it comes too slowly.
type pacedBody struct {
	io.ReadCloser
	control *http.ResponseController
	began   time.Time
	got     int64
}

func (b *pacedBody) Read(p []byte) (int, error) {
	b.control.SetReadDeadline(b.began.Add(bodyPatience + time.Duration(b.got)*time.Second/slowestBody))
	n, err := b.ReadCloser.Read(p)
	b.got += int64(n)
	if err == io.EOF { // what watches for the client's going away is not to time out
		b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// A pacedWriter fails when its client does not take what is written. Between
// writes it waits for as long as the handler likes: a stream of events is silent.
type pacedWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

// Unwrap lets http.ResponseController reach the connection.
func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *pacedWriter) Write(p []byte) (n int, err error) {
	defer w.control.SetWriteDeadline(time.Time{})
	for {
		w.control.SetWriteDeadline(time.Now().Add(takePatience))
		taken, err := w.ResponseWriter.Write(p[n:min(n+answerPart, len(p))])
		if n += taken; err != nil || n >= len(p) {
			return n, err
		}
	}
}

// FlushError is what http.ResponseController flushes by.
func (w *pacedWriter) FlushError() error {
	w.control.SetWriteDeadline(time.Now().Add(takePatience))
	defer w.control.SetWriteDeadline(time.Time{})
	return http.NewResponseController(w.ResponseWriter).Flush()
}
