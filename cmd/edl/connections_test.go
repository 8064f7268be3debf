package main

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// crowded serves a handler to at most so many connections at once. The server
// knows that one does nothing a little after its client has the answer: rest
// waits for that.
func crowded(t *testing.T, most int, byTLS bool, h http.HandlerFunc) (dial func() net.Conn, rest func(net.Conn)) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := newConnections(l.(*net.TCPListener), most)
	server := httptest.NewUnstartedServer(h)
	server.Listener.Close()
	server.Listener, server.Config.ConnState = c, c.state
	if byTLS {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	rests := func(conn net.Conn) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		for one := range c.idle {
			if one.RemoteAddr().String() == conn.LocalAddr().String() {
				return true
			}
		}
		return false
	}
	rest = func(conn net.Conn) {
		for by := time.Now().Add(10 * time.Second); !rests(conn); time.Sleep(time.Millisecond) {
			if time.Now().After(by) {
				t.Fatal("the server does not see that a connection does nothing")
			}
		}
	}
	dial = func() net.Conn {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		if byTLS {
			return tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
		}
		return conn
	}
	return dial, rest
}

// ask sends a request on a connection and reads the answer.
func ask(conn net.Conn, header string) error {
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n"+header+"\r\n"); err != nil {
		return err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

func TestF8NoMoreConnectionsAreHeldThanIsSaid(t *testing.T) {
	const most = 4
	var now, peak atomic.Int64
	dial, _ := crowded(t, most, false, func(http.ResponseWriter, *http.Request) {
		if n := now.Add(1); n > peak.Load() {
			peak.Store(n)
		}
		time.Sleep(20 * time.Millisecond)
		now.Add(-1)
	})
	var clients sync.WaitGroup
	for range 5 * most {
		clients.Go(func() {
			if err := ask(dial(), "Connection: close\r\n"); err != nil {
				t.Error(err)
			}
		})
	}
	clients.Wait()
	if got := peak.Load(); got > most || got < 2 {
		t.Errorf("%d at once, want 2 to %d", got, most)
	}
}

func TestF8WhoDoesNothingMakesRoom(t *testing.T) {
	for _, byTLS := range []bool{false, true} {
		dial, rest := crowded(t, 3, byTLS, func(http.ResponseWriter, *http.Request) {})
		var idle []net.Conn
		for i := range 12 {
			conn := dial()
			if err := ask(conn, ""); err != nil {
				t.Fatalf("TLS %v: the %dth is locked out by those who do nothing: %v", byTLS, i+1, err)
			}
			rest(conn)
			idle = append(idle, conn)
		}
		if err := ask(idle[len(idle)-1], ""); err != nil {
			t.Errorf("TLS %v: control: the last was closed: %v", byTLS, err)
		}
		if err := ask(idle[0], ""); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("TLS %v: the first is still held: %v", byTLS, err)
		}
	}
}

// A server whose places are all taken by work ends when it is told to.
func TestACrowdedServerEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := newConnections(l.(*net.TCPListener), 1)
	if _, err := net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Accept(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := c.Accept()
		ended <- err
	}()
	c.Close()
	c.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
}
