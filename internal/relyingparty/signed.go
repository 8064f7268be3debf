package relyingparty

import (
	"context"
	"errors"
	"net/http"
	"time"

	"edl/internal/fault"
	"edl/internal/httpsig"
)

// A SignedRequest is what a party's system sent. The signature must cover
// @method, @target-uri and, where there is a body, content-digest; it says when
// it was made, by which key, and a nonce that serves once.
type SignedRequest struct {
	httpsig.Request
	HasBody bool
	Body    func() ([]byte, error) // reads it: asked for once the signature holds, so that no stranger's body is read
	Address string                 // for the count of refusals alone
}

// Why a signed request is refused. An unknown key and a signature that does
// not hold are one answer.
var (
	ErrUnsigned   = fault.New(fault.Unauthenticated, "key.unsigned", "请求没有签名。接口只接受按 RFC 9421 签名的请求，见接口文档。", "The request is not signed. Requests here are signed as RFC 9421 has it; see docs/api.md.")
	ErrIncomplete = fault.New(fault.Unauthenticated, "key.incomplete", "签名没有覆盖全部内容，或缺少 created、keyid、nonce；必须覆盖 @method、@target-uri，有正文时还有 content-digest。", "The signature does not cover enough, or lacks created, keyid or nonce. It must cover @method, @target-uri and, with a body, content-digest.")
	ErrSignature  = fault.New(fault.Unauthenticated, "key.signature", "签名不对，或没有这把密钥。", "The signature does not hold, or there is no such key.")
	ErrDigest     = fault.New(fault.Unauthenticated, "key.digest", "正文与 Content-Digest 不符，可能被改动过。", "The body is not the one of Content-Digest: it was altered.")
	ErrSkew       = fault.New(fault.Unauthenticated, "key.clock", "签名时间与服务器相差超过1分钟，请校准时钟后重新签名。", "The signature's time is more than a minute from the server's. Set the clock and sign again.")
	ErrKeyExpired = fault.New(fault.Unauthenticated, "key.expired", "接口密钥已到期，请本单位管理员登记新的。", "The API key has expired. Have your administrator register another.")
	ErrReplay     = fault.New(fault.Conflict, "key.replayed", "这个请求已经来过一次，请用新的 nonce 重新签名。", "This request came before. Sign it anew with another nonce.")
)

// signatureWindow is how far a signer's clock may be from this one.
const signatureWindow = time.Minute

// AdmitKey returns the key that signed a request, once for each nonce.
func (s *Service) AdmitKey(ctx context.Context, r SignedRequest) (*Key, error) {
	sig, err := httpsig.Parse(r.Header)
	if errors.Is(err, httpsig.ErrNone) {
		return nil, ErrUnsigned
	}
	if err != nil {
		return nil, errors.Join(ErrIncomplete, err)
	}
	k, err := s.admitKey(ctx, sig, r)
	if f := fault.Of(err); f != nil && f.Kind == fault.Unauthenticated {
		if counted := s.InTx(ctx, func(tx Tx) error { return tx.CountRefusal(ctx, s.Now(), f.Code, r.Address) }); counted != nil {
			return nil, counted
		}
	}
	return k, err
}

func (s *Service) admitKey(ctx context.Context, sig *httpsig.Signature, r SignedRequest) (k *Key, err error) {
	if err := covers(sig, r); err != nil {
		return nil, err
	}
	var p *Party
	err = s.Read(ctx, func(tx Tx) error {
		if k, err = tx.Key(ctx, sig.KeyID); err != nil {
			return err
		}
		p, err = tx.Party(ctx, k.PartyID)
		return err
	})
	if missing(err) {
		return nil, ErrSignature
	}
	if err != nil {
		return nil, err
	}
	if err := k.signed(sig, r.Request, s.Now()); err != nil {
		return nil, err
	}
	if p.Status != Active {
		return nil, ErrPartySuspended
	}
	if err := s.Allow(LimitKey, k.ID); err != nil {
		return nil, err
	}
	if err := r.whole(sig); err != nil {
		return nil, err
	}
	return k, s.spendNonce(ctx, k, sig.Nonce)
}

// covers returns nil if the signature says and covers what it must.
func covers(sig *httpsig.Signature, r SignedRequest) error {
	switch {
	case !sig.Covers("@method", "@target-uri"),
		(r.HasBody || r.Method != http.MethodGet) && !sig.Covers("content-digest"),
		sig.Created.IsZero(), sig.KeyID == "", len(sig.Nonce) < 16, len(sig.Nonce) > 64:
		return ErrIncomplete
	}
	return nil
}

// signed returns nil if the key signed this request a moment ago and is in
// force. What became of a key is told to whoever holds it alone.
func (k *Key) signed(sig *httpsig.Signature, r httpsig.Request, now time.Time) error {
	switch {
	case !k.Public.Verify(sig, r):
		return ErrSignature
	case now.Sub(sig.Created).Abs() > signatureWindow, !sig.Expires.IsZero() && now.After(sig.Expires):
		return ErrSkew
	case k.Status != Active:
		return ErrKeyEnded
	case !now.Before(k.ExpiresAt):
		return ErrKeyExpired
	}
	return nil
}

// whole returns nil if the body is the one whose digest was signed.
func (r SignedRequest) whole(sig *httpsig.Signature) error {
	if !sig.Covers("content-digest") {
		return nil
	}
	body, err := r.Body()
	if err == nil && !httpsig.Digest(r.Header, body) {
		return ErrDigest
	}
	return err
}

// touchKeyEvery bounds how often the use of a key is written down.
const touchKeyEvery = time.Minute

func (s *Service) spendNonce(ctx context.Context, k *Key, nonce string) error {
	fresh := false
	err := s.InTx(ctx, func(tx Tx) (err error) {
		now := s.Now()
		if now.Sub(k.LastUsedAt) > touchKeyEvery {
			if err := tx.TouchKey(ctx, k.ID, now); err != nil {
				return err
			}
		}
		fresh, err = tx.SpendChallenge(ctx, "key:"+k.ID+":"+nonce, now, now.Add(-2*challengeLife))
		return err
	})
	if err == nil && !fresh {
		return ErrReplay
	}
	return err
}
