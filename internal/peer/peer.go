// Package peer is the trust between authorities: whose licences this one
// believes, and how the status of one is asked.
//
// Two authorities exchange their keys once, by people who know each other; an
// administrator enters the other's card. From then on the other's bundle tells
// the keys of its codes, moved on by handovers alone. The status is asked of
// the authority that issued the licence, server to server: question and answer
// are signed, the question is for one authority, one minute and one use.
//
// Guarantees: a key of one authority never speaks for another; an authority
// that cannot be reached is said to be so, and its licence is never called
// invalid for it; who asked is recorded where the licence is, for its driver.
//
// Left out: what the answer says (package verification of the other side).
package peer

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"edl/internal/audit"
	"edl/internal/authority"
	"edl/internal/fault"
	"edl/internal/keys"
	"edl/internal/lang"
	"edl/internal/uid"
	"edl/livecode"
	"edl/mdoc/rawsig"
)

// A Status of an authority on the list.
type Status string

// The statuses.
const (
	Active    Status = "active"
	Suspended Status = "suspended"
)

// An Authority is one on the trust list.
type Authority struct {
	ID        string
	Issuer    string
	Name      lang.Text
	BundleKey []byte   // pinned, a point
	AskKeys   [][]byte // that sign its questions and answers
	Status    Status
	Bundle    []byte // its newest, nil until it was fetched
	Sequence  uint64
	FetchedAt time.Time
	AddedAt   time.Time
	AddedBy   string
	Version   int64
}

// A Card is what authorities exchange.
type Card struct {
	Issuer    string    `json:"issuer"`
	Name      lang.Text `json:"name"`
	BundleKey []byte    `json:"bundleKey"`
	AskKeys   [][]byte  `json:"askKeys"`
}

// Tx is what this package needs of a storage transaction.
type Tx interface {
	Peers(ctx context.Context) ([]*Authority, error)
	Peer(ctx context.Context, id string) (*Authority, error)
	SavePeer(ctx context.Context, a *Authority) error
	// SpendPeerRequest returns false for a request that was answered before.
	SpendPeerRequest(ctx context.Context, id string, at, forgetBefore time.Time) (fresh bool, err error)
	// AddForeignCheck stores a line of an officer's list and drops those older than forgetBefore.
	AddForeignCheck(ctx context.Context, c *ForeignCheck, forgetBefore time.Time) error
	// SaveForeignMatch stores 人证一致 on an officer's line, if it is still there.
	SaveForeignMatch(ctx context.Context, operatorID, authorityID, number string, same bool) error
	// ForeignChecks returns an officer's lines since a moment, newest first.
	ForeignChecks(ctx context.Context, operatorID string, since time.Time, limit int) ([]*ForeignCheck, error)
	AppendAudit(ctx context.Context, e audit.Entry) error
}

// A Service keeps the list, asks and is asked.
type Service struct {
	InTx func(ctx context.Context, f func(Tx) error) error
	Read func(ctx context.Context, f func(Tx) error) error
	Now  func() time.Time

	Issuer     string // this authority's identifier
	Profile    func(ctx context.Context) (authority.Profile, error)
	BundleKeys func() (*keys.Set, error)
	AskKeys    func() (*keys.Set, error)
	Do         func(*http.Request) (*http.Response, error) // to other authorities
}

// The faults.
var (
	ErrCard = fault.New(fault.Invalid, "peer.card",
		"这不是发证机关的密钥卡，请对方在控制台里重新复制。", "This is no key card of an authority. Ask the other side to copy it from its console again.")
	ErrSelf  = fault.New(fault.Invalid, "peer.self", "不能添加本机关自己。", "This authority cannot be added to its own list.")
	ErrKnown = fault.New(fault.Conflict, "peer.known", "这个发证机关已经在信任名单里。", "This authority is on the trust list already.")

	ErrSignature = fault.New(fault.Unauthenticated, "peer.signature", "不能确认提问的发证机关。", "The authority that asks could not be confirmed.")
	ErrClock     = fault.New(fault.Unauthenticated, "peer.clock", "提问的时间与本机关相差太多。", "The question's time is too far from this authority's.")
	ErrReplayed  = fault.New(fault.Conflict, "peer.replayed", "这个提问已经答复过。", "This question was answered before.")

	ErrUnknown = fault.New(fault.Conflict, "unknown_issuer",
		"码不是本机关签发的，签发机关也不在信任名单里，不能判断真假。", "The code is of an authority that is not on the trust list; whether it is genuine cannot be told.")
	ErrUnreachable = fault.New(fault.Unavailable, "peer.unreachable",
		"签发机关暂时联系不上。码是真的，状态未知；不代表驾驶证不能使用。", "The issuing authority cannot be reached. The code is genuine, its status unknown; that does not make it invalid.")

	ErrNotRecorded = fault.New(fault.Unavailable, "peer.not_recorded",
		"签发机关暂时联系不上，人证一致没有记上，请稍后再点一次。", "The issuing authority cannot be reached; the comparison was not recorded. Press again later.")
	ErrNoCheck = fault.New(fault.NotFound, "not_found", "没有找到，或者您无权查看。", "Nothing was found, or nothing you may see.")
)

// The audited deeds.
const (
	ActAdd     audit.Action = "peer.add"
	ActSuspend audit.Action = "peer.suspend"
	ActResume  audit.Action = "peer.resume"
	ActAsk     audit.Action = "peer.ask"
	ActCompare audit.Action = "peer.person"
)

// AuditSentences says each deed in words.
var AuditSentences = map[audit.Action]lang.Text{
	ActAdd:     lang.T("把发证机关加入信任名单", "added an authority to the trust list"),
	ActSuspend: lang.T("停止信任发证机关", "stopped trusting an authority"),
	ActResume:  lang.T("恢复信任发证机关", "trusts an authority again"),
	ActAsk:     lang.T("向签发机关询问驾驶证状态", "asked another authority for a licence's status"),
	ActCompare: lang.T("把人证是否一致告知签发机关", "told the issuing authority whether person and photo match"),
}

// Own returns this authority's card.
func (s *Service) Own(ctx context.Context) (*Card, error) {
	profile, err := s.Profile(ctx)
	if err != nil {
		return nil, err
	}
	bundle, err := s.BundleKeys()
	if err != nil {
		return nil, err
	}
	ask, err := s.AskKeys()
	if err != nil {
		return nil, err
	}
	return &Card{s.Issuer, profile.Name, bundle.Signer().Public, [][]byte{ask.Signer().Public, ask.Standby().Public}}, nil
}

// ParseCard reads a card as it was copied.
func ParseCard(text string) (*Card, error) {
	var c Card
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if len(text) > 8<<10 || d.Decode(&c) != nil {
		return nil, ErrCard
	}
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1" || strings.Trim(u.Path, "/") != "" || len(c.Issuer) > 200 {
		return nil, ErrCard
	}
	if c.Name.ZH == "" || c.Name.EN == "" || len(c.AskKeys) == 0 || len(c.AskKeys) > 4 {
		return nil, ErrCard
	}
	for _, key := range append([][]byte{c.BundleKey}, c.AskKeys...) {
		if _, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), key); err != nil {
			return nil, ErrCard
		}
	}
	return &c, nil
}

// Fingerprint is what two people compare aloud: 8 groups of 4 hex digits over
// all keys of a card.
func (c *Card) Fingerprint() string { return fingerprint(c.BundleKey, c.AskKeys) }

// Fingerprint is that of the card that the authority was added with, until its
// bundle key is handed over.
func (a *Authority) Fingerprint() string { return fingerprint(a.BundleKey, a.AskKeys) }

func fingerprint(bundle []byte, ask [][]byte) string {
	sum := sha256.Sum256(append(bytes.Clone(bundle), bytes.Join(ask, nil)...))
	text := strings.ToUpper(hex.EncodeToString(sum[:16]))
	var groups []string
	for i := 0; i < len(text); i += 4 {
		groups = append(groups, text[i:i+4])
	}
	return strings.Join(groups, " ")
}

// List returns the trust list.
func (s *Service) List(ctx context.Context) (list []*Authority, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		list, err = tx.Peers(ctx)
		return err
	})
	return list, err
}

// Add puts an authority on the list.
func (s *Service) Add(ctx context.Context, by audit.Actor, text string) (*Authority, error) {
	card, err := ParseCard(text)
	if err != nil {
		return nil, err
	}
	if card.Issuer == s.Issuer {
		return nil, ErrSelf
	}
	now := s.Now()
	a := &Authority{ID: uid.New(now), Issuer: card.Issuer, Name: card.Name, BundleKey: card.BundleKey, AskKeys: card.AskKeys, Status: Active, AddedAt: now, AddedBy: by.ID}
	err = s.InTx(ctx, func(tx Tx) error {
		list, err := tx.Peers(ctx)
		if err != nil {
			return err
		}
		for _, other := range list {
			if other.Issuer == a.Issuer {
				return ErrKnown
			}
		}
		if err := tx.SavePeer(ctx, a); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: now, Actor: by, Action: ActAdd, Object: a.ID, Detail: map[string]string{"issuer": a.Issuer, "fingerprint": a.Fingerprint()}})
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// SetStatus suspends an authority, or trusts it again.
func (s *Service) SetStatus(ctx context.Context, by audit.Actor, id string, status Status) error {
	action := ActSuspend
	if status == Active {
		action = ActResume
	}
	return s.InTx(ctx, func(tx Tx) error {
		a, err := tx.Peer(ctx, id)
		if err != nil || a.Status == status {
			return err
		}
		a.Status = status
		if err := tx.SavePeer(ctx, a); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by, Action: action, Object: a.ID, Detail: map[string]string{"issuer": a.Issuer}})
	})
}

// Trusted returns the keys of other authorities' codes, for the bundle.
func Trusted(list []*Authority) (out []livecode.OtherAuthority) {
	for _, a := range list {
		if b := a.opened(); b != nil && a.Status == Active {
			out = append(out, livecode.OtherAuthority{Issuer: a.Issuer, NameZH: a.Name.ZH, NameEN: a.Name.EN, Keys: b.Keys})
		}
	}
	return out
}

// opened reads the stored bundle; it was verified when it was fetched.
func (a *Authority) opened() *livecode.Bundle {
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), a.BundleKey)
	if err != nil || len(a.Bundle) == 0 {
		return nil
	}
	b, _, err := livecode.OpenBundle(a.Bundle, key, 0)
	if err != nil {
		return nil
	}
	return b
}

// Refresh fetches the bundles of all that are trusted. One that fails does not
// keep the others waiting for the next time.
func (s *Service) Refresh(ctx context.Context) error {
	list, err := s.List(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, a := range list {
		if a.Status != Active {
			continue
		}
		if err := s.refresh(ctx, a); err != nil {
			errs = append(errs, fmt.Errorf("the bundle of %s: %w", a.Issuer, err))
		}
	}
	return errors.Join(errs...)
}

func (s *Service) refresh(ctx context.Context, a *Authority) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.Issuer+"/api/public/bundle", nil)
	if err != nil {
		return err
	}
	raw, err := s.send(r, livecode.MaxBundle)
	if err != nil {
		return err
	}
	pinned, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), a.BundleKey)
	if err != nil {
		return err
	}
	b, signer, err := livecode.OpenBundle(raw, pinned, a.Sequence)
	if err != nil {
		return err
	}
	if b.Issuer != a.Issuer {
		return livecode.ErrForeignBundle
	}
	if b.Sequence == a.Sequence {
		return nil
	}
	a.Bundle, a.Sequence, a.FetchedAt = raw, b.Sequence, s.Now()
	if a.BundleKey, err = signer.Bytes(); err != nil {
		return err
	}
	err = s.InTx(ctx, func(tx Tx) error { return tx.SavePeer(ctx, a) })
	if f := fault.Of(err); f != nil && f.Kind == fault.Conflict {
		return nil // another server was first
	}
	return err
}

// send returns a body of at most so many bytes, of an answer that is good.
func (s *Service) send(r *http.Request, limit int64) ([]byte, error) {
	answer, err := s.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered with %d", answer.StatusCode)
	}
	return readAll(answer, limit)
}

func readAll(answer *http.Response, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	if err == nil && int64(len(body)) > limit {
		err = fmt.Errorf("an answer of more than %d bytes", limit)
	}
	return body, err
}

// verify reports whether one of the keys signed the text.
func verify(points [][]byte, signature []byte, text string) bool {
	for _, point := range points {
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
		if err == nil && rawsig.ES256.Verify(key, signature, []byte(text)) == nil {
			return true
		}
	}
	return false
}
