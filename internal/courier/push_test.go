package courier_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/courier"
	"edl/internal/lang"
	"edl/internal/notification"
	"edl/internal/store"
	"edl/internal/storetest"
)

// phone is a browser that subscribed, and the push service of its maker.
type phone struct {
	t      *testing.T
	key    *ecdh.PrivateKey
	secret []byte
	server *httptest.Server

	mu     sync.Mutex // guards what follows
	status int
	got    []*http.Request
	read   [][]byte // what the phone could open
}

func newPhone(t *testing.T) *phone {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &phone{t: t, key: key, secret: make([]byte, 16), status: http.StatusCreated}
	rand.Read(p.secret)
	p.server = httptest.NewServer(p)
	t.Cleanup(p.server.Close)
	return p
}

func (p *phone) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Error(err)
	}
	p.got, p.read = append(p.got, r), append(p.read, p.open(body))
	w.WriteHeader(p.status)
}

func (p *phone) subscription() notification.Subscription {
	s, err := notification.ParseSubscription(p.server.URL+"/push/one", b64(p.key.PublicKey().Bytes()), b64(p.secret), true)
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// open reads a message as RFC 8291 has it: salt, record size, sender's key, one record.
func (p *phone) open(body []byte) []byte {
	salt, sender, record := body[:16], body[21:21+int(body[20])], body[21+int(body[20]):]
	public, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		p.t.Fatal(err)
	}
	shared, err := p.key.ECDH(public)
	if err != nil {
		p.t.Fatal(err)
	}
	derive := func(secret, salt []byte, info string, n int) []byte {
		key, err := hkdf.Key(sha256.New, secret, salt, info, n)
		if err != nil {
			p.t.Fatal(err)
		}
		return key
	}
	ikm := derive(shared, p.secret, "WebPush: info\x00"+string(p.key.PublicKey().Bytes())+string(sender), 32)
	block, err := aes.NewCipher(derive(ikm, salt, "Content-Encoding: aes128gcm\x00", 16))
	if err != nil {
		p.t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		p.t.Fatal(err)
	}
	plain, err := gcm.Open(nil, derive(ikm, salt, "Content-Encoding: nonce\x00", 12), record, nil)
	if err != nil {
		p.t.Fatalf("the phone cannot read it: %v", err)
	}
	return []byte(strings.TrimSuffix(strings.TrimRight(string(plain), "\x00"), "\x02"))
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// signed reports whether a request names the key and bears its signature (RFC 8292).
func signed(t *testing.T, r *http.Request, key *ecdsa.PublicKey) bool {
	t.Helper()
	token, named, ok := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "vapid t="), ", k=")
	public, err := key.Bytes()
	if err != nil || !ok || named != b64(public) {
		return false
	}
	dot := strings.LastIndex(token, ".")
	signature, err := base64.RawURLEncoding.DecodeString(token[dot+1:])
	if err != nil || len(signature) != 64 {
		return false
	}
	sum := sha256.Sum256([]byte(token[:dot]))
	return ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
}

func TestANoticeIsReadByThePhoneAloneAndSaysNothingOfThePerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC)
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		send, err := courier.WebPush(key, "postmaster@example.org", courier.Outbound{Anywhere: true})
		if err != nil {
			t.Fatal(err)
		}
		pushes := &courier.Pushes{InTx: store.In[courier.PushTx](db), Read: store.Read[courier.PushTx](db), Now: func() time.Time { return now }, Send: send}
		deliver := func(want int) {
			t.Helper()
			if n, err := pushes.Deliver(ctx); err != nil || n != want {
				t.Fatalf("%d were taken, want %d: %v", n, want, err)
			}
		}
		tell := func(id string, notBefore time.Time) {
			storetest.Update(t, db, func(tx *store.Tx) error {
				return tx.Notify(ctx, notification.Message{ID: id, LicenceID: "driver", Kind: notification.Application, At: now, NotBefore: notBefore,
					Title: lang.T("审核通过", "passed"), Body: lang.T("韩知行，照片已通过。", "Han Zhixing, the photo passed."), Link: "#/progress/1"})
			})
		}
		tell("before", time.Time{}) // nobody had asked to be told
		p := newPhone(t)
		storetest.Update(t, db, func(tx *store.Tx) error { return tx.SavePush(ctx, "driver", "phone", p.subscription(), now) })
		deliver(0)

		tell("one", time.Time{})
		deliver(1)
		deliver(0)
		var got notification.Push
		if err := json.Unmarshal(p.read[0], &got); err != nil {
			t.Fatal(err)
		}
		want := notification.Push{ID: "one", Kind: notification.Application, Title: lang.T("电子驾驶证", "Driving licence"),
			Body: lang.T("您的申请有了结果，请打开查看。", "There is news of your application. Open to read it."), Link: "/messages"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the phone reads (-want +got):\n%s", diff)
		}
		if r := p.got[0]; !signed(t, r, &key.PublicKey) || r.Header.Get("TTL") != "86400" || r.URL.Path != "/push/one" {
			t.Errorf("the push service got %v", r.Header)
		}

		tell("undone", now.Add(30*time.Second))
		storetest.Update(t, db, func(tx *store.Tx) error { return tx.WithdrawMessage(ctx, "undone", now) })
		now = now.Add(time.Minute)
		deliver(0)

		p.status = http.StatusServiceUnavailable
		tell("two", time.Time{})
		deliver(0)
		p.status = http.StatusCreated
		deliver(0) // not at once
		now = now.Add(5 * time.Second)
		deliver(1)

		p.status = http.StatusGone
		tell("three", time.Time{})
		deliver(0)
		asked := len(p.got)
		p.status = http.StatusCreated
		tell("four", time.Time{})
		now = now.Add(time.Hour)
		deliver(0)
		if len(p.got) != asked {
			t.Error("a phone that had asked for no more was told")
		}
	})
}

// A push service that never answers well is given up; nothing piles up.
func TestANoticeThatNobodyTakesIsGivenUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now, tried := time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC), 0
		pushes := &courier.Pushes{InTx: store.In[courier.PushTx](db), Read: store.Read[courier.PushTx](db), Now: func() time.Time { return now },
			Send: func(context.Context, notification.Subscription, []byte) error { tried++; return io.ErrUnexpectedEOF }}
		p := newPhone(t)
		storetest.Update(t, db, func(tx *store.Tx) error {
			if err := tx.SavePush(ctx, "driver", "phone", p.subscription(), now); err != nil {
				return err
			}
			return tx.Notify(ctx, notification.Message{ID: "one", LicenceID: "driver", Kind: notification.Device, At: now, Title: lang.T("一", "a"), Body: lang.T("二", "b")})
		})
		for range 20 {
			if _, err := pushes.Deliver(ctx); err != nil {
				t.Fatal(err)
			}
			now = now.Add(time.Hour)
		}
		if tried != 10 {
			t.Errorf("tried %d times", tried)
		}
	})
}

func TestS58ANoticeIsNotSentIntoThePrivateNetwork(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := newPhone(t)
	for _, anywhere := range []bool{true, false} {
		send, err := courier.WebPush(key, "postmaster@example.org", courier.Outbound{Anywhere: anywhere})
		if err != nil {
			t.Fatal(err)
		}
		to := p.subscription()
		to.Endpoint = strings.Replace(to.Endpoint, "127.0.0.1", "localhost", 1)
		if err := send(ctx, to, []byte("{}")); (err == nil) != anywhere || err != nil && strings.Contains(err.Error(), "/push/one") {
			t.Errorf("anywhere %v: %v", anywhere, err)
		}
	}
	if len(p.got) != 1 {
		t.Errorf("%d requests arrived", len(p.got))
	}
}

func TestARedirectOfAPushServiceIsNotFollowed(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	send, err := courier.WebPush(key, "postmaster@example.org", courier.Outbound{Anywhere: true})
	if err != nil {
		t.Fatal(err)
	}
	p := newPhone(t)
	away := httptest.NewServer(http.RedirectHandler(p.server.URL, http.StatusTemporaryRedirect))
	defer away.Close()
	to := p.subscription()
	to.Endpoint = away.URL
	if err := send(ctx, to, []byte("{}")); err == nil || len(p.got) != 0 {
		t.Errorf("%v, %d requests arrived", err, len(p.got))
	}
}
