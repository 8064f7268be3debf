package desktest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/relyingparty"
	"edl/internal/uid"
)

// A Machine is a relying party's own system: it signs its requests.
type Machine struct {
	KeyID   string
	Private ed25519.PrivateKey
	Origin  string // as the platform is addressed
}

// AddMachine registers a key for a party's system.
func AddMachine(t testing.TB, parties *relyingparty.Service, partyID string, scenarios ...relyingparty.ScenarioID) *Machine {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	admin := audit.Actor{Kind: audit.ByParty, ID: "admin"}
	k, err := parties.Within(partyID).AddKey(context.Background(), admin, partyID, relyingparty.KeyForm{
		Name: "订单系统", PublicKey: PEM(t, public), Scenarios: scenarios, LastDay: civil.Of(parties.Now()).AddDays(365),
	})
	if err != nil {
		t.Fatal(err)
	}
	return &Machine{k.ID, private, Origin}
}

// PEM writes a public key as a party's administrator pastes it.
func PEM(t testing.TB, public any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// Sign signs a request as docs/api.md tells a stranger to; it knows nothing of
// the package that reads signatures.
func (m *Machine) Sign(r *http.Request, now time.Time) {
	m.SignAs(r, now, uid.Secret())
}

// SignAs is Sign with a nonce that was chosen before.
func (m *Machine) SignAs(r *http.Request, now time.Time, nonce string) {
	covered, lines := []string{`"@method"`, `"@target-uri"`}, []string{`"@method": ` + r.Method, `"@target-uri": ` + m.Origin + r.URL.RequestURI()}
	if r.Method != http.MethodGet {
		var body []byte
		if r.Body != nil {
			body, _ = io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		digest := sha256.Sum256(body)
		r.Header.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(digest[:])+":")
		covered, lines = append(covered, `"content-digest"`), append(lines, `"content-digest": `+r.Header.Get("Content-Digest"))
	}
	params := fmt.Sprintf(`(%s);created=%d;keyid="%s";nonce="%s"`, strings.Join(covered, " "), now.Unix(), m.KeyID, nonce)
	base := strings.Join(append(lines, `"@signature-params": `+params), "\n")
	r.Header.Set("Signature-Input", "sig="+params)
	r.Header.Set("Signature", "sig=:"+base64.StdEncoding.EncodeToString(ed25519.Sign(m.Private, []byte(base)))+":")
}
