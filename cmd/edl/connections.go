package main

import (
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// connections bounds how many a server holds, so that strangers can
// take neither all memory nor all files: one that does nothing takes 20 KB, by
// TLS 35. Where all places are taken, the connection that has been idle
// longest makes room, or else whoever comes waits in the system's queue. A bound
// without that would let one machine lock everybody out by doing nothing.
type connections struct {
	*net.TCPListener
	places chan struct{} // holds one for each connection
	closed chan struct{} // by Close
	ended  sync.Once

	mu     sync.Mutex             // guards what follows
	idle   map[net.Conn]time.Time // since when
	full   bool                   // Accept waits for a place
	warned time.Time
}

// mostConnections are held where nobody says another number: 350 MB at most, if
// all do nothing by TLS.
const mostConnections = 10_000

// ownFiles is how many files the server keeps for itself: the database's, the
// pages', a photo being read, connections to other systems.
const ownFiles = 256

// newConnections bounds a listener, by the files that the system grants too.
func newConnections(l *net.TCPListener, most int) *connections {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil && files.Cur < uint64(most+ownFiles) {
		most = max(1, int(files.Cur)-ownFiles)
	}
	return &connections{
		TCPListener: l, places: make(chan struct{}, most), closed: make(chan struct{}), idle: map[net.Conn]time.Time{},
	}
}

// Accept returns the next connection once there is a place for it.
func (c *connections) Accept() (net.Conn, error) {
	select {
	case c.places <- struct{}{}:
	default:
		c.makeRoom()
		select {
		case c.places <- struct{}{}:
		case <-c.closed:
			return nil, net.ErrClosed
		}
		c.mu.Lock()
		c.full = false
		c.mu.Unlock()
	}
	conn, err := c.AcceptTCP()
	if err != nil {
		<-c.places
		return nil, err
	}
	return &placed{conn, sync.OnceFunc(func() { <-c.places })}, nil
}

// Close ends the wait for a place too.
func (c *connections) Close() error {
	c.ended.Do(func() { close(c.closed) })
	return c.TCPListener.Close()
}

// A placed connection gives its place back when it is closed. It embeds the
// TCP connection, for net/http closes one half of that first.
type placed struct {
	*net.TCPConn
	leave func()
}

// Close implements net.Conn.
func (p *placed) Close() error {
	defer p.leave()
	return p.TCPConn.Close()
}

// state is told by the server what each connection does.
func (c *connections) state(conn net.Conn, s http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s != http.StateIdle {
		delete(c.idle, conn)
		return
	}
	c.idle[conn] = time.Now()
	if c.full {
		c.closeLongest()
	}
}

// makeRoom closes the connection that has been idle longest, now or as soon as
// there is one.
func (c *connections) makeRoom() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.warned) > time.Minute {
		c.warned = now
		slog.Warn("all connections are taken: idle ones are closed, and who comes waits", "most", cap(c.places),
			"remedy", "raise --max-connections and the limit of open files, or serve by another machine too")
	}
	c.full = true
	c.closeLongest()
}

// closeLongest closes it if there is one; its place is free then. It needs the
// lock. It looks at all of them, for it is called where all places are taken alone.
func (c *connections) closeLongest() {
	var longest net.Conn
	for conn, since := range c.idle {
		if longest == nil || since.Before(c.idle[longest]) {
			longest = conn
		}
	}
	if longest == nil {
		return
	}
	c.full = false
	delete(c.idle, longest)
	if t, ok := longest.(*tls.Conn); ok {
		longest = t.NetConn() // whose closing says no goodbye that could wait
	}
	longest.Close()
}
