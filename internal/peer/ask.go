package peer

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"edl/internal/audit"
	"edl/internal/lang"
	"edl/internal/uid"
	"edl/livecode"
	"edl/mdoc/rawsig"
)

// The headers of a signed question and its answer.
const (
	HeaderFrom      = "Edl-Authority"
	HeaderDate      = "Edl-Date"
	HeaderRequest   = "Edl-Request"
	HeaderSignature = "Edl-Signature"
)

// StatusPath is where an authority answers.
const StatusPath = "/api/authority/status"

// window is how far the clocks of two authorities may be apart.
const window = time.Minute

// A Question is what one authority asks of another about a code that an
// officer scanned.
type Question struct {
	Code     string `json:"code"`     // as it was scanned: the issuer redeems it
	Unit     string `json:"unit"`     // of the officer, for the driver's 查验记录
	Operator string `json:"operator"` // number, not name
	Place    string `json:"place"`
}

// An Answer is what the issuing authority says.
type Answer struct {
	Outcome string      `json:"outcome"` // usable, not_usable or no_verdict
	Word    lang.Text   `json:"word"`
	Line    lang.Text   `json:"line"`
	Causes  []lang.Text `json:"causes"` // police learn why
	Number  string      `json:"number"` // of the check, at the issuer
	At      time.Time   `json:"at"`
}

// questionText is what the asker signs: from whom, to whom, when, once, what.
func questionText(from, to, date, request string, body []byte) string {
	sum := sha256.Sum256(body)
	return "edl-peer:1\n" + from + "\n" + to + "\n" + date + "\n" + request + "\n" + hex.EncodeToString(sum[:])
}

// answerText is what the answerer signs: to which question, what.
func answerText(from, request string, body []byte) string {
	sum := sha256.Sum256(body)
	return "edl-peer-answer:1\n" + from + "\n" + request + "\n" + hex.EncodeToString(sum[:])
}

// A Genuine code is of an authority on the list, and its signatures are right.
type Genuine struct {
	Authority *Authority
	Code      *livecode.Code
}

// Verify finds the authority of a self-contained code on the trust list and
// checks its signatures and its time. ErrUnknown, and the faults of livecode.
func (s *Service) Verify(ctx context.Context, text string) (*Genuine, error) {
	code, err := livecode.Parse(text)
	if err != nil {
		return nil, err
	}
	if code.Issuer() == nil {
		return nil, ErrUnknown
	}
	list, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	claims := code.Issuer().Claims()
	for _, a := range list {
		if a.Issuer != claims.Issuer || a.Status != Active {
			continue
		}
		key := a.codeKey(code.Issuer().KeyID())
		if key == nil {
			return nil, ErrUnknown
		}
		if err := errors.Join(code.Issuer().VerifyIssuer(key), code.VerifyDevice(claims.Holder)); err != nil {
			return nil, livecode.ErrBadSignature
		}
		if err := code.Issuer().ValidAt(s.Now()); err != nil {
			return nil, err
		}
		return &Genuine{a, code}, livecode.Fresh(code.Time(), s.Now())
	}
	return nil, ErrUnknown
}

func (a *Authority) codeKey(id []byte) *ecdsa.PublicKey {
	b := a.opened()
	if b == nil {
		return nil
	}
	for _, k := range b.Keys {
		if bytes.Equal(k.ID, id) {
			return k.Public
		}
	}
	return nil
}

// Ask asks the authority that issued a genuine code. ErrUnreachable where no
// answer came that could be believed: that says nothing of the licence. A
// fault of the other side about the code is returned as it is.
func (s *Service) Ask(ctx context.Context, by audit.Actor, g *Genuine, q Question) (*Answer, error) {
	a, err := s.ask(ctx, g.Authority, q)
	outcome := "unreachable"
	if err == nil {
		outcome = a.Outcome
	}
	var known *Refused
	if errors.As(err, &known) {
		outcome = known.Code
	}
	digest := g.Code.Digest()
	logged := s.InTx(ctx, func(tx Tx) error {
		return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by, Action: ActAsk, Object: g.Authority.ID,
			Detail: map[string]string{"issuer": g.Authority.Issuer, "outcome": outcome, "digest": hex.EncodeToString(digest[:])}})
	})
	if logged != nil {
		return nil, logged
	}
	return a, err
}

func (s *Service) ask(ctx context.Context, a *Authority, q Question) (*Answer, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	set, err := s.AskKeys()
	if err != nil {
		return nil, err
	}
	date, request := s.Now().UTC().Format(time.RFC3339), uid.Secret()
	signature, err := rawsig.ES256.Sign(set.Signer().Private(), []byte(questionText(s.Issuer, a.Issuer, date, request, body)))
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Issuer+StatusPath, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	for name, value := range map[string]string{HeaderFrom: s.Issuer, HeaderDate: date, HeaderRequest: request, HeaderSignature: base64.RawURLEncoding.EncodeToString(signature)} {
		r.Header.Set(name, value)
	}
	response, err := s.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrUnreachable, err)
	}
	defer response.Body.Close()
	return s.read(response, a, request)
}

// Refused is the other side's fault about the code: used, ended, out of date.
type Refused struct {
	Code string    `json:"code"`
	Say  lang.Text `json:"say"`
}

func (r *Refused) Error() string { return "the issuing authority refused: " + r.Code }

// maxAnswer is the longest answer that is read, in bytes.
const maxAnswer = 64 << 10

// A Signed answer is an Answer or a Refused, as it is sent.
type Signed struct {
	Answer  *Answer  `json:"answer,omitempty"`
	Refused *Refused `json:"refused,omitempty"`
}

// read believes what the authority signed for this very question.
func (s *Service) read(response *http.Response, a *Authority, request string) (*Answer, error) {
	body, err := readAll(response, maxAnswer)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrUnreachable, err)
	}
	signature, err := base64.RawURLEncoding.DecodeString(response.Header.Get(HeaderSignature))
	if err != nil || response.StatusCode != http.StatusOK || !verify(a.AskKeys, signature, answerText(a.Issuer, request, body)) {
		return nil, fmt.Errorf("%w (answered with %d, not as the authority signs)", ErrUnreachable, response.StatusCode)
	}
	var said Signed
	if err := json.Unmarshal(body, &said); err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrUnreachable, err)
	}
	switch {
	case said.Refused != nil:
		return nil, said.Refused
	case said.Answer == nil:
		return nil, ErrUnreachable
	}
	return said.Answer, nil
}

// An Asked question came from another authority, as its headers say.
type Asked struct {
	From, Date, Request, Signature string
	Body                           []byte
}

// Admit returns the authority that asks and what it asks, once: ErrSignature,
// ErrClock, ErrReplayed.
func (s *Service) Admit(ctx context.Context, asked Asked) (*Authority, *Question, error) {
	list, err := s.List(ctx)
	if err != nil {
		return nil, nil, err
	}
	var from *Authority
	for _, a := range list {
		if a.Issuer == asked.From && a.Status == Active {
			from = a
		}
	}
	signature, err := base64.RawURLEncoding.DecodeString(asked.Signature)
	if err != nil || from == nil || !verify(from.AskKeys, signature, questionText(asked.From, s.Issuer, asked.Date, asked.Request, asked.Body)) {
		return nil, nil, ErrSignature
	}
	date, err := time.Parse(time.RFC3339, asked.Date)
	if err != nil || s.Now().Sub(date).Abs() > window {
		return nil, nil, ErrClock
	}
	if len(asked.Request) < 16 || len(asked.Request) > 64 {
		return nil, nil, ErrSignature
	}
	var fresh bool
	err = s.InTx(ctx, func(tx Tx) error {
		fresh, err = tx.SpendPeerRequest(ctx, from.ID+":"+asked.Request, s.Now(), s.Now().Add(-2*window-time.Minute))
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if !fresh {
		return nil, nil, ErrReplayed
	}
	var q Question
	if err := json.Unmarshal(asked.Body, &q); err != nil {
		return nil, nil, ErrSignature
	}
	return from, &q, nil
}

// Seal signs an answer to a question.
func (s *Service) Seal(request string, said Signed) (body []byte, signature string, err error) {
	if body, err = json.Marshal(said); err != nil {
		return nil, "", err
	}
	set, err := s.AskKeys()
	if err != nil {
		return nil, "", err
	}
	raw, err := rawsig.ES256.Sign(set.Signer().Private(), []byte(answerText(s.Issuer, request, body)))
	return body, base64.RawURLEncoding.EncodeToString(raw), err
}
