package verification_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/desktest"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/verification"
	"edl/livecode"
)

// S32: whatever is scanned is a code or is refused by its form.
func TestS32WhatIsNoCodeIsRefusedByItsForm(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Driver("holder:1", nil)
		good := driver.Code(0)
		bomb := deflated(t, 100<<20)    // 100 MB of zeros
		flip := func(s string) string { // another letter of Base45 in the payload
			with := "A"
			if s[40] == 'A' {
				with = "B"
			}
			return s[:40] + with + s[41:]
		}
		for _, c := range []struct {
			name, text string
			want       []error
		}{
			{"50 kB", livecode.Prefix + strings.Repeat("A", 50_000), []error{livecode.ErrTooLarge}},
			{"an inflate bomb, whole", livecode.Prefix + base45(bomb), []error{livecode.ErrTooLarge}},
			{"the beginning of an inflate bomb", livecode.Prefix + base45(bomb[:1200]), []error{livecode.ErrBadCBOR}},
			{"an inflate bomb in another format", "NCFOXN" + base45(bomb[:1200]), []error{livecode.ErrBadCode}},
			{"not Base45", livecode.Prefix + "abc", []error{livecode.ErrBadCode}},
			{"a group over 65535", livecode.Prefix + ":::" + good[len(livecode.Prefix)+3:], []error{livecode.ErrBadCode}},
			{"emoji", livecode.Prefix + "🪪🪪", []error{livecode.ErrBadCode}},
			{"right to left", "\u202e" + good, []error{livecode.ErrBadCode}},
			{"right to left within", good[:20] + "\u202e" + good[20:], []error{livecode.ErrBadCode}},
			{"zero width within", good[:20] + "\u200b" + good[20:], []error{livecode.ErrBadCode}},
			{"letters that look alike", strings.Replace(good, "EDL1", "ЕDL1", 1), []error{livecode.ErrBadCode}},
			{"empty", "", []error{livecode.ErrBadCode}},
			{"trimmed", strings.TrimSuffix(good, good[len(good)-3:]), []error{livecode.ErrBadCBOR, livecode.ErrBadCode}},
			{"altered", flip(good), []error{livecode.ErrBadSignature, livecode.ErrBadCBOR, livecode.ErrBadCode, verification.ErrUnknownCode}},
		} {
			t.Run(c.name, func(t *testing.T) {
				got, err := desk.Ask(relyingparty.PoliceCheck, c.text)
				for _, want := range c.want {
					if errors.Is(err, want) {
						return
					}
				}
				t.Errorf("answered %+v, %v; want one of %v", got, err, c.want)
			})
		}
		usable(t, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, good) })
	})
}

// deflated is that many zeros, compressed.
func deflated(t *testing.T, zeros int) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	if _, err := io.CopyN(z, zeroes{}, int64(zeros)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

const base45Letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// base45 writes bytes as RFC 9285 has it.
func base45(raw []byte) string {
	var out strings.Builder
	for i := 0; i < len(raw); i += 2 {
		n, digits := int(raw[i]), 2
		if i+1 < len(raw) {
			n, digits = n<<8|int(raw[i+1]), 3
		}
		for range digits {
			out.WriteByte(base45Letters[n%45])
			n /= 45
		}
	}
	return out.String()
}

// fromBase45 reads a good text.
func fromBase45(text string) (raw []byte) {
	for i := 0; i < len(text); i += 3 {
		group := text[i:min(i+3, len(text))]
		n := 0
		for k := len(group) - 1; k >= 0; k-- {
			n = n*45 + strings.IndexByte(base45Letters, group[k])
		}
		if len(group) == 3 {
			raw = append(raw, byte(n>>8))
		}
		raw = append(raw, byte(n))
	}
	return raw
}

// S33: no address in what is scanned is ever asked, not even one that the
// issuer part names its status list by.
func TestS33NoAddressInACodeIsOpened(t *testing.T) {
	visits := make(chan string, 100)
	foreign := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { visits <- r.URL.Path }))
	defer foreign.Close()
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Driver("holder:1", nil)
		for name, c := range map[string]struct {
			text string
			want error
		}{
			"an address":                {foreign.URL + "/EDL1", livecode.ErrBadCode},
			"an address behind the tag": {livecode.Prefix + strings.ToUpper(foreign.URL), livecode.ErrBadCode},
			"a deep link":               {"edl://check?next=" + foreign.URL, livecode.ErrBadCode},
			"a script":                  {"javascript:fetch('" + foreign.URL + "')", livecode.ErrBadCode},
			"a list on another host":    {selfContained(t, w, foreign.URL+"/s/0"), verification.ErrUnknownCode},
		} {
			refuses(t, c.want, func() (*verification.Check, error) {
				got, err := desk.Ask(relyingparty.PoliceCheck, c.text)
				if err == nil {
					t.Errorf("%s was answered", name)
				}
				return got, err
			})
		}
		usable(t, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, driver.Code(0)) })
	})
	close(visits)
	for path := range visits {
		t.Errorf("the foreign host was asked for %s", path)
	}
}

// selfContained is a code of an authority and a phone of nobody's, whose list
// lies at an address.
func selfContained(t *testing.T, w *desktest.World, list string) string {
	t.Helper()
	phone, authority := desktest.NewKey(t), desktest.NewKey(t)
	today := civil.Of(w.Now())
	part, err := livecode.IssueQualification(authority, []byte("k"), livecode.Claims{
		Issuer: "https://foreign.example", IssuedAt: w.Now(), Expires: w.Now().Add(24 * time.Hour), Serial: livecode.NewSerial(), Holder: &phone.PublicKey,
		StatusURI: list, Name: "林晓舟", Face: bytes.Repeat([]byte("W"), 200), Classes: []livecode.Class{{Code: "C1", Since: today}}, ValidFrom: today,
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := livecode.SignSelfContained(phone, part, livecode.NewMoment(w.Now(), nil))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// S34: guessing serials finds nobody and is stopped.
func TestS34GuessedCodesHitNobodyAndAreStopped(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Driver("holder:1", nil)
		key := desktest.NewKey(t)
		for range 500 {
			refuses(t, verification.ErrUnknownCode, func() (*verification.Check, error) {
				return desk.Ask(relyingparty.PoliceCheck, driver.CodeBy(key, livecode.NewSerial(), 0))
			})
		}
		w.Limiter.Rates[verification.LimitCheck] = account.Rate{Burst: 50, Every: time.Second}
		refused := 0
		for range 60 {
			if _, err := desk.Ask(relyingparty.PoliceCheck, driver.CodeBy(key, livecode.NewSerial(), 0)); errors.Is(err, account.ErrLimited) {
				refused++
			}
		}
		if refused != 10 {
			t.Errorf("%d of 60 were stopped by the limit, want 10", refused)
		}
		w.Wait(time.Minute)
		usable(t, func() (*verification.Check, error) { return desk.Ask(relyingparty.PoliceCheck, driver.Code(0)) })
	})
}

// Refused input is counted by cause, caller and minute, not stored; the auditor
// sees how much of what, of how many callers, and that of one of them.
func TestRefusedInputIsCountedForTheAuditorAndNotStored(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		one, other := w.Desk(relyingparty.Police, relyingparty.PoliceCheck), w.Desk(relyingparty.Police, relyingparty.PoliceCheck)
		noise := func(desk *desktest.Desk, times int) {
			for range times {
				refuses(t, livecode.ErrBadCode, func() (*verification.Check, error) {
					return desk.Ask(relyingparty.PoliceCheck, "not a code")
				})
			}
		}
		noise(one, 2)
		w.Wait(2 * time.Hour)
		noise(one, 5)
		noise(other, 1)
		refuses(t, livecode.ErrExpired, func() (*verification.Check, error) {
			return other.Ask(relyingparty.PoliceCheck, w.Driver("holder:1", nil).Code(2*time.Minute))
		})
		log := &audit.Reader{InTx: store.In[audit.ReaderTx](w.DB), Now: w.Now}
		for _, c := range []struct {
			hours int
			want  []audit.Refused
			times []int
		}{
			{3, []audit.Refused{{Cause: "bad_code", Times: 8, Callers: 2, Most: 7}, {Cause: "expired_code", Times: 1, Callers: 1, Most: 1}}, []int{2, 0, 7}},
			{1, []audit.Refused{{Cause: "bad_code", Times: 6, Callers: 2, Most: 5}, {Cause: "expired_code", Times: 1, Callers: 1, Most: 1}}, []int{7}},
		} {
			found, err := log.Refusals(ctx, audit.Actor{Kind: audit.ByStaff, ID: "auditor"}, c.hours)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, found.Causes); diff != "" {
				t.Error(diff)
			}
			var times []int
			for _, h := range found.Hours {
				times = append(times, h.Times)
			}
			if diff := cmp.Diff(c.times, times); diff != "" {
				t.Error(diff)
			}
		}
		entries, err := log.Entries(ctx, audit.Actor{Kind: audit.ByStaff, ID: "auditor"}, "", audit.Query{Limit: 99})
		if err != nil || !slices.ContainsFunc(entries.Rows, func(r *audit.Row) bool { return r.Action == audit.ActRefusals }) {
			t.Errorf("the look at the counts left no entry, %v", err)
		}
	})
}
