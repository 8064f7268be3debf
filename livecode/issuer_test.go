package livecode

import (
	"bytes"
	"compress/zlib"
	"crypto"
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/civil"
)

func TestTheTwoSetsOfClaims(t *testing.T) {
	device, issuer := newKey(t), newKey(t)
	claims := sampleClaims(t, &device.PublicKey)
	for _, c := range []struct {
		name    string
		issue   func() (*IssuerPart, error)
		want    Claims
		version int // of the QR it fits, at error correction M
	}{
		{"the qualification set leaves out number, birth, sex, points and status",
			func() (*IssuerPart, error) { return IssueQualification(issuer, []byte("k1"), claims) },
			claims.qualification(), 25},
		{"the full set carries what the real code does",
			func() (*IssuerPart, error) { return IssueFull(issuer, []byte("k1"), claims) },
			claims, 27},
	} {
		t.Run(c.name, func(t *testing.T) {
			part, err := c.issue()
			if err != nil {
				t.Fatal(err)
			}
			text, err := SignSelfContained(device, part, NewMoment(noon, sequence(16)))
			if err != nil {
				t.Fatal(err)
			}
			code, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, *code.Issuer().Claims(), cmp.Comparer(func(a, b *ecdsa.PublicKey) bool { return a.Equal(b) })); diff != "" {
				t.Errorf("(-issued +read):\n%s", diff)
			}
			if code.Serial() != claims.Serial || string(code.Issuer().KeyID()) != "k1" {
				t.Errorf("serial %v, key %q", code.Serial(), code.Issuer().KeyID())
			}
			if err := errors.Join(code.Issuer().VerifyIssuer(&issuer.PublicKey), code.VerifyDevice(code.Issuer().Claims().Holder)); err != nil {
				t.Error(err)
			}
			t.Logf("issuer part %d bytes, text %d characters", len(part.Bytes()), len(text))
			if max := alphanumericAtM[c.version]; len(text) > max {
				t.Errorf("%d characters, version %d holds %d", len(text), c.version, max)
			}
		})
	}
}

// alphanumericAtM is how many characters a QR of a version holds at M
// (ISO/IEC 18004, table 7).
var alphanumericAtM = map[int]int{6: 154, 8: 221, 24: 1326, 25: 1451, 26: 1542, 27: 1637, 29: 1839, 30: 1994}

func TestThePartOfAnotherPhoneIsNotSigned(t *testing.T) {
	device, thief, issuer := newKey(t), newKey(t), newKey(t)
	part, err := IssueFull(issuer, []byte("k1"), sampleClaims(t, &device.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := SignSelfContained(thief, part, NewMoment(noon, nil)); err == nil {
		t.Errorf("signed %s", text)
	}
}

func TestClaimsThatBreakTheLimitsAreNotIssued(t *testing.T) {
	device, issuer := newKey(t), newKey(t)
	for name, spoil := range map[string]func(*Claims){
		"no name":                 func(c *Claims) { c.Name = "" },
		"no classes":              func(c *Claims) { c.Classes = nil },
		"no face":                 func(c *Claims) { c.Face = nil },
		"a face of 521 bytes":     func(c *Claims) { c.Face = make([]byte, MaxFace+1) },
		"no holder":               func(c *Claims) { c.Holder = nil },
		"it ends before it began": func(c *Claims) { c.Expires = c.IssuedAt },
		"no status list":          func(c *Claims) { c.StatusURI = "" },
	} {
		t.Run(name, func(t *testing.T) {
			claims := sampleClaims(t, &device.PublicKey)
			spoil(&claims)
			if _, err := IssueQualification(issuer, []byte("k1"), claims); err == nil {
				t.Error("issued")
			}
		})
	}
}

func TestAnIssuerPartIsValidFromItsIssueToItsEnd(t *testing.T) {
	device, issuer := newKey(t), newKey(t)
	claims := sampleClaims(t, &device.PublicKey)
	part, err := IssueQualification(issuer, []byte("k1"), claims)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		at   time.Time
		want error
	}{
		{"a minute before its issue", claims.IssuedAt.Add(-time.Minute), ErrStale},
		{"at its issue, by a clock 30 s behind", claims.IssuedAt.Add(-MaxAhead), nil},
		{"a second before its end", claims.Expires.Add(-time.Second), nil},
		{"at its end", claims.Expires, ErrStale},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := part.ValidAt(c.at); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// inflate reads a standard claim-169 QR.
func inflate(t *testing.T, text string) []byte {
	t.Helper()
	packed, ok := decodeBase45(text)
	if !ok {
		t.Fatal("not Base45")
	}
	r, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(io.LimitReader(r, maxIssuerPart))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestTheExportIsThePartCompressedInBase45(t *testing.T) {
	device, issuer := newKey(t), newKey(t)
	part, err := IssueFull(issuer, []byte("k1"), sampleClaims(t, &device.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseIssuerPart(inflate(t, part.Claim169()))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.VerifyIssuer(&issuer.PublicKey); err != nil {
		t.Error(err)
	}
}

// The published vectors of claim 169 are read with this package's own pieces:
// so what it writes is what others expect to read.
func TestPublishedClaim169Codes(t *testing.T) {
	for _, name := range []string{"minimal", "ecdsa-p256-signed", "with-face"} {
		t.Run(name, func(t *testing.T) {
			var v struct {
				QR  string `json:"qr_data"`
				Key struct {
					Public string `json:"public_key_hex"`
				} `json:"signing_key"`
				Claim struct {
					ID   string `json:"id"`
					Name string `json:"fullName"`
				} `json:"expected_claim169"`
				Meta struct {
					Issuer  string `json:"issuer"`
					Expires int64  `json:"expiresAt"`
					Issued  int64  `json:"issuedAt"`
				} `json:"expected_cwt_meta"`
			}
			b, err := os.ReadFile(filepath.Join(publishedVectors(t), "claim169", "valid_"+name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(b, &v); err != nil {
				t.Fatal(err)
			}
			r := reader{b: inflate(t, v.QR)}
			s := r.sign1()
			if !r.done() {
				t.Fatal("not a COSE_Sign1 as this package reads it")
			}
			var w cwt
			if err := decMode.Unmarshal(s.payload, &w); err != nil {
				t.Fatal(err)
			}
			if w.Identity.Number != v.Claim.ID || w.Identity.Name != v.Claim.Name ||
				w.Issuer != v.Meta.Issuer || w.Expires != v.Meta.Expires || w.IssuedAt != v.Meta.Issued {
				t.Errorf("read %+v, want %+v", w, v)
			}
			if v.Key.Public == "" {
				return
			}
			point, err := hex.DecodeString(v.Key.Public)
			if err != nil {
				t.Fatal(err)
			}
			key, err := coseKey{Type: 2, Curve: 1, X: point[1:33], Y: point[33:]}.public()
			if err != nil {
				t.Fatal(err)
			}
			if err := s.verify(key); err != nil {
				t.Error(err)
			}
		})
	}
}

// publishedVectors finds the folder of vectors collected from others.
func publishedVectors(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("EDL_VECTORS"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		vectors := filepath.Join(dir, "shared", "vectors")
		if _, err := os.Stat(vectors); err == nil {
			return vectors
		}
	}
	t.Skip("the collected vectors are not here; EDL_VECTORS names their folder")
	return ""
}

// widest are the claims that take most room: the longest name on the register,
// ten classes, everything that can be said, in the authority's own words.
func widest(t testing.TB, holder *ecdsa.PublicKey) Claims {
	t.Helper()
	c := sampleClaims(t, holder)
	c.Issuer, c.StatusURI, c.StatusIndex = "https://licence.traffic.example.gov.cn", "https://licence.traffic.example.gov.cn/s/4095", 1<<20-1
	c.Name = strings.Repeat("龘", 50)
	c.Face = append(bytes.Clone(c.Face), make([]byte, MaxFace-len(c.Face))...)
	c.Classes = nil
	for _, code := range []string{"A1", "A2", "A3", "B1", "B2", "C6", "D", "M", "N", "P"} {
		c.Classes = append(c.Classes, Class{code, civil.D(2016, 6, 20)})
	}
	c.Letters, c.Points, c.HearingAid, c.SchoolBus, c.Probation = "HINPT", 11, true, true, civil.D(2027, 6, 20)
	return c
}

func TestTheWidestCodesStayWithinTheirQRs(t *testing.T) {
	device, issuer := newKey(t), newKey(t)
	claims := widest(t, &device.PublicKey)
	for _, c := range []struct {
		name    string
		issue   func(crypto.Signer, []byte, Claims) (*IssuerPart, error)
		version int
	}{{"qualification", IssueQualification, 29}, {"full", IssueFull, 30}} {
		part, err := c.issue(issuer, []byte(KeyID(&issuer.PublicKey)), claims)
		if err != nil {
			t.Fatal(err)
		}
		text, err := SignSelfContained(device, part, NewMoment(noon, sequence(16)))
		if err != nil {
			t.Fatal(err)
		}
		if !part.Fits() {
			t.Errorf("%s: said not to fit", c.name)
		}
		if max := alphanumericAtM[c.version]; len(text) > max {
			t.Errorf("%s: %d characters, version %d holds %d", c.name, len(text), c.version, max)
		}
		t.Logf("%s: %d characters", c.name, len(text))
	}
}

func TestAPartTooLargeForAQRIsSaidToBe(t *testing.T) {
	device, issuer := newKey(t), newKey(t)
	claims := widest(t, &device.PublicKey)
	claims.Authority = strings.Repeat("局", 25)
	part, err := IssueFull(issuer, []byte(KeyID(&issuer.PublicKey)), claims)
	if err != nil {
		t.Fatal(err)
	}
	_, err = SignSelfContained(device, part, NewMoment(noon, sequence(16)))
	if part.Fits() || err == nil {
		t.Errorf("fits: %v; signed: %v", part.Fits(), err)
	}
}
