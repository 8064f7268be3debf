package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Request is one operation, ready to be sent: the bytes of an HTTP request,
// and what the client looks for in the answer to count it as done.
type Request struct {
	Bytes []byte
	Done  []byte // part of the body of an answer that says it is done
}

// NewRequest writes a POST of JSON with headers.
func NewRequest(path string, header http.Header, body, done []byte) Request {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nSec-Fetch-Site: same-origin\r\nContent-Length: %d\r\n", path, len(body))
	header.Write(&b)
	b.WriteString("\r\n")
	b.Write(body)
	return Request{b.Bytes(), done}
}

// Load is how requests are sent. They are taken in order, each is sent once.
type Load struct {
	Address  string    // host and port
	Clients  int       // connections
	Requests []Request // more than can be answered, or the load ends early
	For      time.Duration
	// PerSecond starts so many a second, whether the server keeps up or not, and
	// counts the time of each from when it should have started. 0: every client
	// sends the next as soon as the one before is answered.
	PerSecond float64
}

// Served is what clients saw.
type Served struct {
	Sent   int // of the requests; those after them were not
	Count  int
	Failed int
	Why    string // of the first failure
	Took   time.Duration
	Times  []time.Duration // sorted
}

// PerSecond is how many were served a second.
func (s Served) PerSecond() float64 { return float64(s.Count) / s.Took.Seconds() }

// Quantile is the time within which a share of the requests was answered.
func (s Served) Quantile(share float64) time.Duration {
	if len(s.Times) == 0 {
		return 0
	}
	return s.Times[min(len(s.Times)-1, int(share*float64(len(s.Times))))]
}

// Run sends the load. It collects no garbage meanwhile: the processors are the
// server's, and who sends must not make it look slow.
func (l Load) Run() Served {
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var next atomic.Int64
	results := make([]Served, l.Clients)
	began := time.Now()
	var clients sync.WaitGroup
	for i := range results {
		clients.Go(func() { results[i] = l.client(began, &next) })
	}
	clients.Wait()
	all := Served{Took: time.Since(began), Sent: min(len(l.Requests), int(next.Load()))}
	for _, r := range results {
		all.Count, all.Failed = all.Count+r.Count, all.Failed+r.Failed
		all.Times = append(all.Times, r.Times...)
		if all.Why == "" {
			all.Why = r.Why
		}
	}
	slices.Sort(all.Times)
	return all
}

// client is one connection, kept open.
func (l Load) client(began time.Time, next *atomic.Int64) (s Served) {
	var c *connection
	defer func() { c.close() }()
	for {
		i := int(next.Add(1)) - 1
		due := began
		if l.PerSecond > 0 {
			due = began.Add(time.Duration(float64(i) / l.PerSecond * float64(time.Second)))
		}
		if i >= len(l.Requests) || time.Since(began) > l.For || due.Sub(began) > l.For {
			return s
		}
		time.Sleep(time.Until(due))
		if l.PerSecond == 0 {
			due = time.Now()
		}
		if c == nil {
			var err error
			if c, err = dial(l.Address); err != nil {
				return Served{Failed: 1, Why: err.Error()}
			}
		}
		if err := c.do(l.Requests[i]); err != nil {
			s.Failed++
			if s.Why == "" {
				s.Why = err.Error()
			}
			c.close()
			c = nil
			continue
		}
		s.Count++
		s.Times = append(s.Times, time.Since(due))
	}
}

// A connection sends bytes and reads answers; net/http's own client would take
// as much of the machine as the server that is measured.
type connection struct {
	net.Conn
	answers *bufio.Reader
	body    bytes.Buffer
}

func dial(address string) (*connection, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &connection{Conn: c, answers: bufio.NewReader(c)}, nil
}

func (c *connection) close() {
	if c != nil {
		c.Close()
	}
}

var errNotDone = errors.New("the answer does not say that it is done")

func (c *connection) do(r Request) error {
	c.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := c.Write(r.Bytes); err != nil {
		return err
	}
	answer, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	c.body.Reset()
	if _, err := io.Copy(&c.body, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s: %s", answer.Status, c.body.Bytes())
	}
	if !bytes.Contains(c.body.Bytes(), r.Done) {
		return fmt.Errorf("%w: %s", errNotDone, c.body.Bytes())
	}
	return nil
}

// Ask sends one request and returns the body of its answer.
func Ask(address string, r Request) ([]byte, error) {
	c, err := dial(address)
	if err != nil {
		return nil, err
	}
	defer c.close()
	err = c.do(r)
	return bytes.Clone(c.body.Bytes()), err
}
