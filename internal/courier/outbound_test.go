package courier

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"edl/internal/notification"
)

var ctx = context.Background()

// S58: what a name may resolve to, each in the forms that reach the dialler.
func TestS58OnlyPublicHostsAreCalled(t *testing.T) {
	for ip, want := range map[string]bool{
		"1.1.1.1": true, "2606:4700::1111": true, "::ffff:1.1.1.1": true, "172.32.0.1": true, "100.128.0.1": true, "2001:200::1": true,
		"127.0.0.1": false, "127.8.8.8": false, "::1": false, "0.0.0.0": false, "0.1.2.3": false, "::": false,
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "100.127.255.255": false, "192.0.0.8": false, "192.0.0.192": false, "198.18.0.1": false, "198.19.255.255": false,
		"192.0.2.1": false, "198.51.100.1": false, "203.0.113.1": false, "192.88.99.1": false,
		"224.0.0.1": false, "239.1.1.1": false, "255.255.255.255": false, "240.0.0.1": false,
		"::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::ffff:10.0.0.1": false, "::127.0.0.1": false, "::ffff:0:127.0.0.1": false,
		"64:ff9b::7f00:1": false, "64:ff9b:1::7f00:1": false, "2002:7f00:1::": false, "2002:a9fe:a9fe::": false,
		"2001::1": false, "2001:db8::1": false, "3fff::1": false, "100::1": false, "5f00::1": false,
		"fe80::1": false, "fe80::1%eth0": false, "2606:4700::1111%eth0": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false, "fec0::1": false,
	} {
		if err := (Outbound{}).permits(net.JoinHostPort(ip, "443")); (err == nil) != want {
			t.Errorf("%s: %v", ip, err)
		}
	}
	if (Outbound{}).permits("no address") == nil {
		t.Error("what is no address is called")
	}
}

// inside is a server that must not be reached from outside, and what reached it.
func inside(t *testing.T, answer http.HandlerFunc) (address netip.AddrPort, reached *atomic.Int32) {
	reached = &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return netip.MustParseAddrPort(strings.TrimPrefix(server.URL, "http://")), reached
}

// names is a name server whose every answer is chosen by the test: rebinding
// is one that answers otherwise the second time.
func names(t *testing.T, answer func(asked int) netip.Addr) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		asked := 0
		for buf := make([]byte, 512); ; {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			q := buf[12:n]
			end := 0
			for q[end] != 0 {
				end += int(q[end]) + 1
			}
			kind := binary.BigEndian.Uint16(q[end+1:])
			reply := append([]byte{buf[0], buf[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, q[:end+5]...)
			ip := answer(asked)
			if kind == 1 && ip.Is4() || kind == 28 && ip.Is6() {
				asked++
				raw := ip.AsSlice()
				reply[7] = 1
				reply = append(reply, 0xc0, 12, 0, byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(len(raw)))
				reply = append(reply, raw...)
			}
			conn.WriteTo(reply, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func post(o Outbound, url string) error {
	to := notification.Receiver{URL: url, Secret: notification.NewSecret()}
	return Webhook(o, func() time.Time { return time.Unix(1_800_000_000, 0) })(ctx, to, "one", []byte("{}"))
}

func failed(err error) notification.HookFailure {
	var e *notification.HookError
	if errors.As(err, &e) {
		return e.Failure
	}
	return ""
}

// S58: an address that leads inside, however it is spelt, reaches nobody.
// The receiver listens on every loopback address; the control is the same
// request where the test names the host as one to be called.
func TestS58NoSpellingOfAnAddressLeadsInside(t *testing.T) {
	to, reached := inside(t, nil)
	port := ":" + to.String()[strings.LastIndex(to.String(), ":")+1:]
	for _, host := range []string{
		"127.0.0.1", "localhost", "localhost.", "0", "0.0.0.0", "127.1", "127.0.1", "2130706433", "017700000001", "0x7f000001", "0177.0.0.1", "0x7f.0.0.1",
		"[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254", "[fd00:ec2::254]",
	} {
		for _, scheme := range []string{"https://", "http://"} {
			if err := post(Outbound{}, scheme+host+port+"/"); err == nil {
				t.Errorf("%s%s was called", scheme, host)
			}
		}
		// past the wish for HTTPS too: the dialler alone has to stop it
		client := Outbound{}.Client()
		client.Transport = client.Transport.(securely).next
		if answer, err := client.Post("http://"+host+port+"/", "application/json", nil); err == nil {
			answer.Body.Close()
			t.Errorf("%s was dialled", host)
		}
	}
	for _, address := range []string{"gopher://127.0.0.1" + port + "/", "file:///etc/passwd", "ftp://127.0.0.1" + port, "unix:///tmp/x", "//127.0.0.1" + port, "data:,x", ""} {
		if err := post(Outbound{}, address); failed(err) != notification.HookAddress {
			t.Errorf("%q: %v", address, err)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Fatalf("%d requests arrived", n)
	}
	if err := post(Outbound{Allow: []netip.AddrPort{to}}, "http://"+to.String()+"/"); err != nil || reached.Load() != 1 {
		t.Errorf("the control: %v", err)
	}
	if err := post(Outbound{Allow: []netip.AddrPort{netip.AddrPortFrom(to.Addr(), to.Port()-1)}}, "http://"+to.String()+"/"); failed(err) != notification.HookAddress {
		t.Errorf("another port than the one that is named: %v", err)
	}
}

// S58: a name that leads inside, at once or only the second time it is asked.
func TestS58ANameThatLeadsInsideIsRefusedWhenItIsDialled(t *testing.T) {
	to, reached := inside(t, nil)
	client := func(o Outbound) *http.Client {
		c := o.Client()
		c.Transport = c.Transport.(securely).next // HTTP, so that only the dialler stands between
		return c
	}
	call := func(o Outbound) error {
		answer, err := client(o).Post("http://receiver.example.org:"+to.String()[strings.LastIndex(to.String(), ":")+1:]+"/", "application/json", nil)
		if err == nil {
			answer.Body.Close()
		}
		return err
	}
	loop := netip.MustParseAddr("127.0.0.1")
	for name, answer := range map[string]func(int) netip.Addr{
		"inside":      func(int) netip.Addr { return loop },
		"inside, v6":  func(int) netip.Addr { return netip.IPv6Loopback() },
		"metadata":    func(int) netip.Addr { return netip.MustParseAddr("169.254.169.254") },
		"mapped":      func(int) netip.Addr { return netip.AddrFrom16(loop.As16()) },
		"no address":  func(int) netip.Addr { return netip.IPv4Unspecified() },
		"a neighbour": func(int) netip.Addr { return netip.MustParseAddr("10.0.0.7") },
	} {
		if err := call(Outbound{resolver: names(t, answer)}); !errors.Is(err, errNotPublic) {
			t.Errorf("%s: %v", name, err)
		}
	}

	// rebinding: whoever checked the name beforehand would have seen a public host
	rebinding := names(t, func(asked int) netip.Addr {
		if asked == 0 {
			return netip.MustParseAddr("1.1.1.1")
		}
		return loop
	})
	checked, err := rebinding.LookupNetIP(ctx, "ip4", "receiver.example.org")
	if err != nil || len(checked) != 1 || !isPublic(checked[0]) {
		t.Fatalf("looked up beforehand: %v, %v", checked, err)
	}
	if err := call(Outbound{resolver: rebinding}); !errors.Is(err, errNotPublic) {
		t.Errorf("rebinding: %v", err)
	}
	if n := reached.Load(); n != 0 {
		t.Fatalf("%d requests arrived", n)
	}
	if err := call(Outbound{resolver: names(t, func(int) netip.Addr { return loop }), Allow: []netip.AddrPort{to}}); err != nil || reached.Load() != 1 {
		t.Errorf("the control: %v", err)
	}
}

// S58: a receiver that sends elsewhere is not followed, and no proxy is asked.
func TestS58NoRedirectIsFollowedAndNoProxyAsked(t *testing.T) {
	to, reached := inside(t, nil)
	for _, status := range []int{301, 302, 303, 307, 308} {
		away, asked := inside(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://"+to.String()+"/", status) })
		if err := post(Outbound{Allow: []netip.AddrPort{away, to}}, "http://"+away.String()+"/"); failed(err) != notification.HookRedirect || asked.Load() != 1 {
			t.Errorf("%d: %v", status, err)
		}
	}
	proxy, asked := inside(t, nil)
	t.Setenv("HTTP_PROXY", "http://"+proxy.String())
	t.Setenv("HTTPS_PROXY", "http://"+proxy.String())
	if transport := (Outbound{}).Client().Transport.(securely).next.(*http.Transport); transport.Proxy != nil {
		t.Error("a proxy is asked: the address would be dialled elsewhere")
	}
	if err := post(Outbound{Allow: []netip.AddrPort{to}}, "http://"+to.String()+"/"); err != nil || reached.Load() != 1 || asked.Load() != 0 {
		t.Errorf("the control: %v; %d redirects followed, %d by the proxy", err, reached.Load()-1, asked.Load())
	}
}

// S59: a receiver that is slow, at whichever point, is left after the time
// that a call has, and one that never stops talking after 64 KB.
func TestS59ASlowOrEndlessReceiverIsLeft(t *testing.T) {
	if most := (Outbound{}).Client().Timeout; most != 10*time.Second {
		t.Fatalf("a call may take %s", most)
	}
	hurried := func(allow netip.AddrPort) *http.Client { // the same client with less patience
		c := Outbound{Allow: []netip.AddrPort{allow}}.Client()
		c.Timeout = 300 * time.Millisecond
		return c
	}
	over := make(chan struct{})
	for name, answer := range map[string]http.HandlerFunc{
		"before it answers": func(_ http.ResponseWriter, r *http.Request) { <-over },
		"within its answer": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				w.Write([]byte("."))
				w.(http.Flusher).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		},
	} {
		to, _ := inside(t, answer)
		answer, err := hurried(to).Get("http://" + to.String())
		if err == nil {
			_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, replyMost))
			answer.Body.Close()
		}
		var timeout net.Error
		if !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("%s: %v", name, err)
		}
	}
	close(over)

	var sent atomic.Int64
	gone := make(chan struct{})
	endless, _ := inside(t, func(w http.ResponseWriter, _ *http.Request) {
		defer close(gone)
		for chunk := make([]byte, 32<<10); sent.Load() < 10<<30; {
			n, err := w.Write(chunk)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	if err := post(Outbound{Allow: []netip.AddrPort{endless}}, "http://"+endless.String()+"/"); err != nil {
		t.Errorf("an endless answer: %v", err)
	}
	<-gone
	if n := sent.Load(); n > 64<<20 { // what the sockets' buffers took before it was noticed
		t.Errorf("%d bytes were taken", n)
	}

	var once sync.Once
	wide, _ := inside(t, func(w http.ResponseWriter, _ *http.Request) {
		once.Do(func() { w.Header().Set("X-Wide", strings.Repeat("x", 2*replyMost)) })
	})
	if err := post(Outbound{Allow: []netip.AddrPort{wide}}, "http://"+wide.String()+"/"); failed(err) != notification.HookConnection {
		t.Errorf("a head without end: %v", err)
	}
	if err := post(Outbound{Allow: []netip.AddrPort{wide}}, "http://"+wide.String()+"/"); err != nil {
		t.Errorf("the control: %v", err)
	}
}
