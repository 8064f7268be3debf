package notification

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"
)

func TestWhichSubscriptionsAreTaken(t *testing.T) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point := base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes())
	other := base64.RawURLEncoding.EncodeToString(append([]byte{4}, make([]byte, 64)...)) // not on the curve
	const auth, good = "AAAAAAAAAAAAAAAAAAAAAA", "https://push.example.org/one"
	for _, c := range []struct {
		name, endpoint, key, auth string
		anywhere, want            bool
	}{
		{"a browser's", good, point, auth, false, true},
		{"padded", good, point + "=", auth + "==", false, true},
		{"plain HTTP", "http://push.example.org/one", point, auth, false, false},
		{"plain HTTP in a test", "http://127.0.0.1:1/one", point, auth, true, true},
		{"a file", "file:///etc/passwd", point, auth, true, false},
		{"gopher", "gopher://push.example.org/", point, auth, true, false},
		{"no host", "https:///one", point, auth, false, false},
		{"a password in it", "https://a:b@push.example.org/", point, auth, false, false},
		{"too long", good + strings.Repeat("x", 1000), point, auth, false, false},
		{"a point off the curve", good, other, auth, false, false},
		{"no point", good, "", auth, false, false},
		{"a short secret", good, point, "AAAA", false, false},
		{"no base64", good, "!" + point, auth, false, false},
	} {
		if _, err := ParseSubscription(c.endpoint, c.key, c.auth, c.anywhere); (err == nil) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
