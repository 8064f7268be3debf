package courier

import (
	"net"
	"testing"
)

// S58: what a name may resolve to, each in the forms that reach the dialler.
func TestS58OnlyPublicHostsAreCalled(t *testing.T) {
	for ip, want := range map[string]bool{
		"1.1.1.1": true, "2606:4700::1111": true,
		"127.0.0.1": false, "127.8.8.8": false, "::1": false, "0.0.0.0": false, "0.1.2.3": false, "::": false,
		"10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false,
		"192.0.0.8": false, "198.18.0.1": false, "224.0.0.1": false, "255.255.255.255": false, "240.0.0.1": false,
		"::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false,
		"2001::1": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "ff02::1": false, "fec0::1": false,
	} {
		if err := publicOnly(net.JoinHostPort(ip, "443")); (err == nil) != want {
			t.Errorf("%s: %v", ip, err)
		}
	}
	if publicOnly("no address") == nil {
		t.Error("what is no address is called")
	}
}
