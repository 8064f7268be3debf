package courier

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// An Outbound calls addresses that strangers chose: the push service of a
// browser, the receiver of a relying party. It calls public hosts by HTTPS and
// nothing else: the address that a name led to is judged at the moment it is
// dialled, so a name that leads elsewhere a moment later gains nothing; no
// redirect is followed and no proxy asked. A call is over after ten seconds
// with all of its answer, of which little is read.
type Outbound struct {
	// Anywhere lets it call any host, by HTTP too. For tests.
	Anywhere bool
	// Allow names hosts that may be called by HTTP, public or not: the
	// receiver of a demonstration or a test.
	Allow []netip.AddrPort

	resolver *net.Resolver // of a test's names; nil: the system's
}

const (
	dialPatience = 5 * time.Second
	callPatience = 10 * time.Second // for the whole exchange
	replyMost    = 64 << 10         // bytes of an answer's head, and of its body
)

// Client makes the calls.
func (o Outbound) Client() *http.Client {
	dialer := &net.Dialer{
		Timeout: dialPatience, Resolver: o.resolver,
		Control: func(_, address string, _ syscall.RawConn) error { return o.permits(address) },
	}
	return &http.Client{
		Timeout: callPatience,
		Transport: securely{o, &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: dialPatience, MaxResponseHeaderBytes: replyMost,
			DisableCompression: true, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

var (
	errNotPublic = errors.New("this address is not a public host's")
	errNotSecure = errors.New("this address is not one of HTTPS")
)

// permits judges an address that was resolved and is about to be dialled.
func (o Outbound) permits(address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return errNotPublic
	}
	if o.Anywhere || slices.Contains(o.Allow, netip.AddrPortFrom(to.Addr().Unmap(), to.Port())) || isPublic(to.Addr()) {
		return nil
	}
	return errNotPublic
}

// securely lets requests by HTTPS pass, and by HTTP to the hosts that may.
type securely struct {
	Outbound
	next http.RoundTripper
}

func (s securely) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && !(r.URL.Scheme == "http" && s.Plainly(r.URL.Host)) {
		return nil, errNotSecure
	}
	return s.next.RoundTrip(r)
}

// Plainly reports whether a host with its port may be called by HTTP.
func (o Outbound) Plainly(host string) bool {
	to, err := netip.ParseAddrPort(host)
	return o.Anywhere || err == nil && slices.Contains(o.Allow, to)
}

// given are the addresses that are handed out to public hosts: of IPv6 one
// eighth, of IPv4 all but what reserved takes away.
var given = netip.MustParsePrefix("2000::/3")

// reserved are the networks that are nobody's public host (RFC 6890 and the
// registries it began), and ways to write IPv4 within IPv6.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this network
	netip.MustParsePrefix("10.0.0.0/8"),      // private
	netip.MustParsePrefix("100.64.0.0/10"),   // behind a carrier's translation
	netip.MustParsePrefix("127.0.0.0/8"),     // loopback
	netip.MustParsePrefix("169.254.0.0/16"),  // link-local, and the clouds' metadata
	netip.MustParsePrefix("172.16.0.0/12"),   // private
	netip.MustParsePrefix("192.0.0.0/24"),    // protocols
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation
	netip.MustParsePrefix("192.31.196.0/24"), // AS112
	netip.MustParsePrefix("192.52.193.0/24"), // AMT
	netip.MustParsePrefix("192.88.99.0/24"),  // relays of 6to4
	netip.MustParsePrefix("192.168.0.0/16"),  // private
	netip.MustParsePrefix("192.175.48.0/24"), // AS112
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("224.0.0.0/3"),     // multicast, reserved, broadcast
	netip.MustParsePrefix("2001::/23"),       // protocols, Teredo among them
	netip.MustParsePrefix("2001:db8::/32"),   // documentation
	netip.MustParsePrefix("2002::/16"),       // 6to4
	netip.MustParsePrefix("2620:4f:8000::/48"),
	netip.MustParsePrefix("3fff::/20"), // documentation
}

// isPublic reports whether an address can be a public host's.
func isPublic(ip netip.Addr) bool {
	ip = ip.Unmap()
	if ip.Zone() != "" || ip.Is6() && !given.Contains(ip) {
		return false
	}
	return !slices.ContainsFunc(reserved, func(net netip.Prefix) bool { return net.Contains(ip) })
}

// sip reads as much of an answer as is of use and lets go of the rest.
func sip(body io.ReadCloser) {
	io.Copy(io.Discard, io.LimitReader(body, replyMost))
	body.Close()
}
