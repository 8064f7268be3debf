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
	"regexp"
	"strconv"
	"time"

	"edl/internal/audit"
	"edl/internal/fault"
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

// Where an authority answers: about a code, and about a check that was made.
const (
	StatusPath = "/api/authority/status"
	PersonPath = "/api/authority/person"
)

// A purpose begins what is signed, so that no question serves for another.
type purpose string

const (
	forStatus purpose = "edl-peer:1"
	forPerson purpose = "edl-peer-person:1"
)

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
	Causes  []lang.Text `json:"causes"`               // police learn why
	Number  string      `json:"number"`               // of the check, at the issuer
	Key     string      `json:"receiptKey,omitempty"` // opens its receipt there
	At      time.Time   `json:"at"`
}

var (
	checkNumber = regexp.MustCompile(`^[A-Z]{2}-\d{6}-\d{6,9}$`)
	receiptKey  = regexp.MustCompile(`^[A-Za-z0-9_-]{16,64}$`)
)

// ReceiptURL is where the issuer confirms the check's receipt to whoever has
// the key; "" where the answer names none.
func (a *Answer) ReceiptURL(issuer string) string {
	if !checkNumber.MatchString(a.Number) || !receiptKey.MatchString(a.Key) {
		return ""
	}
	return issuer + "/verify/#/receipt/" + a.Number + "?k=" + a.Key
}

// A Comparison is what an officer says of the person and the photo, for the
// check that the issuer keeps.
type Comparison struct {
	Number   string `json:"number"` // of the check, at the issuer
	Unit     string `json:"unit"`
	Operator string `json:"operator"`
	Same     bool   `json:"same"`
}

// questionText is what the asker signs: from whom, to whom, when, once, what.
func questionText(why purpose, from, to, date, request string, body []byte) string {
	sum := sha256.Sum256(body)
	return string(why) + "\n" + from + "\n" + to + "\n" + date + "\n" + request + "\n" + hex.EncodeToString(sum[:])
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
// fault of the other side about the code is returned as it is. Each leaves a
// line in the officer's own list.
func (s *Service) Ask(ctx context.Context, by Officer, g *Genuine, q Question) (*Answer, error) {
	a, err := s.ask(ctx, g.Authority, q)
	line, outcome := s.line(by, g.Authority, a, err)
	digest := g.Code.Digest()
	logged := s.InTx(ctx, func(tx Tx) error {
		if err := tx.AddForeignCheck(ctx, line, line.At.Add(-shiftLength)); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: line.At, Actor: by.actor(), Action: ActAsk, Object: g.Authority.ID,
			Detail: map[string]string{"issuer": g.Authority.Issuer, "outcome": outcome, "digest": hex.EncodeToString(digest[:]), "number": line.Number}})
	})
	if logged != nil {
		return nil, logged
	}
	return a, err
}

func (s *Service) ask(ctx context.Context, a *Authority, q Question) (*Answer, error) {
	said, err := s.pose(ctx, a, forStatus, StatusPath, q)
	if err != nil {
		return nil, err
	}
	if said.Answer == nil {
		return nil, ErrUnreachable
	}
	return said.Answer, nil
}

// Compare hands an officer's 人证一致 to the authority that keeps the check.
func (s *Service) Compare(ctx context.Context, by Officer, issuer string, c Comparison) error {
	a, err := s.trusted(ctx, issuer)
	if err != nil {
		return err
	}
	said, err := s.pose(ctx, a, forPerson, PersonPath, c)
	var refused *Refused
	switch {
	case errors.As(err, &refused):
		return ErrNoCheck
	case fault.Of(err) == ErrUnreachable, err == nil && !said.Recorded:
		return ErrNotRecorded
	case err != nil:
		return err
	}
	return s.InTx(ctx, func(tx Tx) error {
		if err := tx.SaveForeignMatch(ctx, by.OperatorID, a.ID, c.Number, c.Same); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by.actor(), Action: ActCompare, Object: a.ID, Flagged: !c.Same,
			Detail: map[string]string{"issuer": a.Issuer, "number": c.Number, "match": strconv.FormatBool(c.Same)}})
	})
}

// trusted returns the authority of an identifier on the list, else ErrUnknown.
func (s *Service) trusted(ctx context.Context, issuer string) (*Authority, error) {
	list, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		if a.Issuer == issuer && a.Status == Active {
			return a, nil
		}
	}
	return nil, ErrUnknown
}

// pose asks another authority and returns what it signed for this very question.
func (s *Service) pose(ctx context.Context, a *Authority, why purpose, path string, q any) (*Signed, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	set, err := s.AskKeys()
	if err != nil {
		return nil, err
	}
	date, request := s.Now().UTC().Format(time.RFC3339), uid.Secret()
	signature, err := rawsig.ES256.Sign(set.Signer().Private(), []byte(questionText(why, s.Issuer, a.Issuer, date, request, body)))
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Issuer+path, bytes.NewReader(body))
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

// A Signed answer is as it is sent: an Answer, that a Comparison was recorded,
// or a Refused.
type Signed struct {
	Answer   *Answer  `json:"answer,omitempty"`
	Recorded bool     `json:"recorded,omitempty"`
	Refused  *Refused `json:"refused,omitempty"`
}

// read believes what the authority signed for this very question.
func (s *Service) read(response *http.Response, a *Authority, request string) (*Signed, error) {
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
	if said.Refused != nil {
		return nil, said.Refused
	}
	return &said, nil
}

// An Asked question came from another authority, as its headers say.
type Asked struct {
	From, Date, Request, Signature string
	Body                           []byte
}

// Admit returns the authority that asks about a code and what it asks, once:
// ErrSignature, ErrClock, ErrReplayed.
func (s *Service) Admit(ctx context.Context, asked Asked) (*Authority, *Question, error) {
	var q Question
	from, err := s.admit(ctx, forStatus, asked, &q)
	return from, &q, err
}

// AdmitComparison is the same for 人证一致.
func (s *Service) AdmitComparison(ctx context.Context, asked Asked) (*Authority, *Comparison, error) {
	var c Comparison
	from, err := s.admit(ctx, forPerson, asked, &c)
	return from, &c, err
}

func (s *Service) admit(ctx context.Context, why purpose, asked Asked, q any) (*Authority, error) {
	from, err := s.trusted(ctx, asked.From)
	if fault.Of(err) == ErrUnknown {
		return nil, ErrSignature
	}
	if err != nil {
		return nil, err
	}
	signature, err := base64.RawURLEncoding.DecodeString(asked.Signature)
	if err != nil || !verify(from.AskKeys, signature, questionText(why, asked.From, s.Issuer, asked.Date, asked.Request, asked.Body)) {
		return nil, ErrSignature
	}
	date, err := time.Parse(time.RFC3339, asked.Date)
	if err != nil || s.Now().Sub(date).Abs() > window {
		return nil, ErrClock
	}
	if len(asked.Request) < 16 || len(asked.Request) > 64 {
		return nil, ErrSignature
	}
	var fresh bool
	err = s.InTx(ctx, func(tx Tx) error {
		fresh, err = tx.SpendPeerRequest(ctx, from.ID+":"+asked.Request, s.Now(), s.Now().Add(-2*window-time.Minute))
		return err
	})
	if err != nil {
		return nil, err
	}
	if !fresh {
		return nil, ErrReplayed
	}
	if err := json.Unmarshal(asked.Body, q); err != nil {
		return nil, ErrSignature
	}
	return from, nil
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
