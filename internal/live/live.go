// Package live tells open pages of a driver that something happened, without
// reloading. An event is a hint to look again, never the only way to learn of
// a thing: it is lost where no page listens, and a page that reconnects asks
// for the state anew. It reaches the pages connected to this server.
package live

import "sync"

// An Event is one hint.
type Event struct {
	Name string // message, check, state, application, device
	Data any    // sent as JSON
}

// Hub brings events to listeners. It is safe for concurrent use.
type Hub struct {
	mu        sync.Mutex
	listeners map[string]map[chan Event]bool // by licence
	closed    bool
}

// backlog is how many events a slow listener may be behind before it loses some.
const backlog = 16

// perLicence bounds the open pages of one driver.
const perLicence = 8

// Listen returns a channel of the events of a licence, and a function that
// ends it. The channel is closed when the hub closes or too many listen.
func (h *Hub) Listen(licenceID string) (<-chan Event, func()) {
	ch := make(chan Event, backlog)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.listeners[licenceID]) >= perLicence {
		close(ch)
		return ch, func() {}
	}
	if h.listeners == nil {
		h.listeners = map[string]map[chan Event]bool{}
	}
	if h.listeners[licenceID] == nil {
		h.listeners[licenceID] = map[chan Event]bool{}
	}
	h.listeners[licenceID][ch] = true
	return ch, func() { h.leave(licenceID, ch) }
}

func (h *Hub) leave(licenceID string, ch chan Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.listeners[licenceID][ch] {
		return
	}
	delete(h.listeners[licenceID], ch)
	if len(h.listeners[licenceID]) == 0 {
		delete(h.listeners, licenceID)
	}
	close(ch)
}

// Publish tells the open pages of a licence. It never waits.
func (h *Hub) Publish(licenceID, name string, data any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.listeners[licenceID] {
		select {
		case ch <- Event{name, data}:
		default: // a page that does not read loses a hint, not a fact
		}
	}
}

// Close ends every listener; none can come after.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for licenceID, channels := range h.listeners {
		for ch := range channels {
			close(ch)
		}
		delete(h.listeners, licenceID)
	}
}
