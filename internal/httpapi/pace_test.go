package httpapi

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// A line is a connection without buffers: what one side does not take, the
// other has not sent.
type line chan net.Conn

func (l line) Accept() (net.Conn, error) {
	if c, open := <-l; open {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (l line) Close() error   { return nil }
func (l line) Addr() net.Addr { return &net.TCPAddr{} }

// overALine serves h to one client, in time that passes at once.
func overALine(t *testing.T, h http.HandlerFunc, client func(t *testing.T, c net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		lines := make(line, 1)
		server := &http.Server{Handler: paced(h), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
		go server.Serve(lines)
		ours, its := net.Pipe()
		lines <- its
		client(t, ours)
		ours.Close()
		close(lines)
		server.Close()
	})
}

// endsWithin reads until the server hangs up, and fails if that takes longer.
func endsWithin(t *testing.T, c net.Conn, most time.Duration) (said []byte) {
	t.Helper()
	began := time.Now()
	c.SetReadDeadline(began.Add(10 * most))
	said, err := io.ReadAll(c)
	if err != nil {
		t.Errorf("the connection is still there: %v", err)
	}
	if took := time.Since(began); took > most {
		t.Errorf("it was held for %v", took)
	}
	return said
}

var large = bytes.Repeat([]byte("x"), 1<<20)

func TestF8WhoDoesNotTakeTheAnswerIsLeft(t *testing.T) {
	send := func(w http.ResponseWriter, _ *http.Request) {
		began := time.Now()
		if _, err := w.Write(large); err == nil || time.Since(began) > takePatience+time.Second {
			t.Errorf("a mebibyte was written to nobody: %v after %v", err, time.Since(began))
		}
	}
	overALine(t, send, func(t *testing.T, c net.Conn) {
		fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		time.Sleep(time.Hour)
		endsWithin(t, c, time.Second)
	})
}

func TestF8AnAnswerOverAPoorNetworkArrivesWhole(t *testing.T) {
	send := func(w http.ResponseWriter, _ *http.Request) { w.Write(large) }
	overALine(t, send, func(t *testing.T, c net.Conn) {
		began := time.Now()
		fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		var got int
		for part := make([]byte, 8<<10); ; time.Sleep(time.Second) {
			n, err := io.ReadFull(answer.Body, part)
			if got += n; err != nil {
				break
			}
		}
		if got != len(large) || time.Since(began) < time.Minute {
			t.Errorf("%d bytes in %v", got, time.Since(began))
		}
	})
}

// swallow answers with how much of the body came.
func swallow(w http.ResponseWriter, r *http.Request) {
	n, err := io.Copy(io.Discard, r.Body)
	time.Sleep(time.Minute) // what was read is worked on without haste
	if r.Context().Err() != nil {
		err = r.Context().Err()
	}
	fmt.Fprint(w, n, err)
}

func TestF8ABodyThatStopsIsLeft(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"read":   func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) },
		"unread": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") },
	} {
		t.Run(name, func(t *testing.T) {
			overALine(t, h, func(t *testing.T, c net.Conn) {
				fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n{")
				endsWithin(t, c, bodyPatience+time.Second)
			})
		})
	}
}

func TestF8ABodyOverAPoorNetworkArrivesWhole(t *testing.T) {
	overALine(t, swallow, func(t *testing.T, c net.Conn) {
		fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", len(large))
		for rest := large; len(rest) > 0; rest = rest[16<<10:] {
			time.Sleep(900 * time.Millisecond)
			if _, err := c.Write(rest[:16<<10]); err != nil {
				t.Fatalf("with %d bytes to go: %v", len(rest), err)
			}
		}
		said := endsWithin(t, c, 2*time.Minute)
		if want := fmt.Sprint(len(large), nil); !bytes.HasSuffix(said, []byte(want)) {
			t.Errorf("%q", said)
		}
	})
}

func TestF8ASilentStreamOfEventsGoesOn(t *testing.T) {
	stream := func(w http.ResponseWriter, r *http.Request) {
		for range 3 {
			fmt.Fprint(w, "here\n")
			http.NewResponseController(w).Flush()
			time.Sleep(time.Minute)
		}
		fmt.Fprint(w, r.Context().Err())
	}
	overALine(t, stream, func(t *testing.T, c net.Conn) {
		fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(answer.Body); err != nil || string(text) != "here\nhere\nhere\n<nil>" {
			t.Errorf("%q %v", text, err)
		}
	})
}
