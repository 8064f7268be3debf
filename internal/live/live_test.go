package live

import "testing"

func TestEventsReachTheListenersOfTheirLicence(t *testing.T) {
	var h Hub
	a, leave := h.Listen("a")
	b, _ := h.Listen("b")
	h.Publish("a", "check", 1)
	if e := <-a; e.Name != "check" || e.Data != 1 {
		t.Errorf("%+v", e)
	}
	select {
	case e := <-b:
		t.Errorf("another licence's event arrived: %+v", e)
	default:
	}
	leave()
	leave() // twice is harmless
	h.Publish("a", "check", 2)
	if _, open := <-a; open {
		t.Error("events after leaving")
	}
	h.Close()
	if _, open := <-b; open {
		t.Error("still open after the hub closed")
	}
	if late, _ := h.Listen("a"); late != nil {
		if _, open := <-late; open {
			t.Error("a listener came after the close")
		}
	}
}

func TestASlowListenerLosesEventsAndHoldsNobodyUp(t *testing.T) {
	var h Hub
	ch, _ := h.Listen("a")
	for i := range backlog + 10 {
		h.Publish("a", "message", i)
	}
	if len(ch) != backlog {
		t.Errorf("%d waiting", len(ch))
	}
}
