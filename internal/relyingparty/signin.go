package relyingparty

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/fault"
)

// challengeLife is how long a terminal has to answer.
const challengeLife = 2 * time.Minute

// A challenge is 8 bytes of Unix milliseconds, 16 random ones and a keyed
// digest over them and the terminal's identifier: it is recognised without
// being stored, so asking for many fills no table.
const challengeHead = 8 + 16

// Challenge returns what a terminal must sign. The answer is alike for
// terminals that do not exist.
func (s *Service) Challenge(ctx context.Context, address, terminalID string) (challenge string, err error) {
	if err := s.Allow(LimitSignIn, address); err != nil {
		return "", err
	}
	head := make([]byte, challengeHead)
	binary.BigEndian.PutUint64(head, uint64(s.Now().UnixMilli()))
	rand.Read(head[8:])
	err = s.Read(ctx, func(tx Tx) error {
		challenge = base64.RawURLEncoding.EncodeToString(append(head, challengeMAC(tx, terminalID, head)...))
		return nil
	})
	return challenge, err
}

func challengeMAC(tx Tx, terminalID string, head []byte) []byte {
	return tx.Fingerprint("terminal.challenge", append([]byte(terminalID+"\n"), head...))
}

// ours reports whether the challenge was made for the terminal a moment ago.
func ours(tx Tx, terminalID, challenge string, now time.Time) bool {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(challenge)
	if err != nil || len(raw) <= challengeHead {
		return false
	}
	head := raw[:challengeHead]
	age := now.Sub(time.UnixMilli(int64(binary.BigEndian.Uint64(head))))
	return age >= 0 && age <= challengeLife && hmac.Equal(raw[challengeHead:], challengeMAC(tx, terminalID, head))
}

// A Proof shows that a terminal holds its key, for one operator.
type Proof struct {
	TerminalID     string
	Challenge      string
	Signature      []byte // raw r ‖ s of SessionProof
	OperatorNumber string
}

// A SignIn is what a terminal sends to open a session for an operator.
type SignIn struct {
	Proof
	PIN string
}

// SignIn opens a session by the terminal's key and the operator's PIN.
func (s *Service) SignIn(ctx context.Context, address string, in SignIn) (session *account.Session, token string, err error) {
	if err := s.allow(address, in.TerminalID); err != nil {
		return nil, "", err
	}
	terminal, err := s.prove(ctx, address, in.Proof)
	if err != nil {
		return nil, "", err
	}
	o, err := s.reserve(ctx, terminal.PartyID, in.OperatorNumber)
	if err != nil {
		return nil, "", err
	}
	var pin string
	if o != nil {
		pin = o.PIN
	}
	if !account.SecretMatches(pin, in.PIN) { // outside the transaction: it takes its time on purpose
		return nil, "", s.refuse(ctx, terminal, o)
	}
	err = s.InTx(ctx, func(tx Tx) error {
		session, token, err = s.open(ctx, tx, terminal, o.ID, pin)
		return err
	})
	return session, token, err
}

// allow brakes sign-ins, by address and by terminal.
func (s *Service) allow(address, terminalID string) error {
	if err := s.Allow(LimitSignIn, address); err != nil {
		return err
	}
	return s.Allow(LimitSignIn, "terminal:"+terminalID)
}

// SignInByPasskey opens a session by the terminal's key and the operator's
// passkey, which asked for finger, face or code itself.
func (s *Service) SignInByPasskey(ctx context.Context, address string, in Proof, credential json.RawMessage) (session *account.Session, token string, err error) {
	if err := s.allow(address, in.TerminalID); err != nil {
		return nil, "", err
	}
	terminal, err := s.prove(ctx, address, in)
	if err != nil {
		return nil, "", err
	}
	operatorID, err := s.Passkey(ctx, address, credential)
	if err != nil {
		return nil, "", err
	}
	err = s.InTx(ctx, func(tx Tx) error {
		o, err := tx.OperatorByNumber(ctx, terminal.PartyID, in.OperatorNumber)
		if missing(err) || err == nil && o.ID != operatorID {
			return account.ErrPasskey
		}
		if err != nil {
			return err
		}
		session, token, err = s.open(ctx, tx, terminal, o.ID, o.PIN)
		return err
	})
	return session, token, err
}

// prove checks that the terminal is enrolled and holds its key. A challenge
// serves once.
func (s *Service) prove(ctx context.Context, address string, in Proof) (t *Terminal, err error) {
	var refused error
	err = s.InTx(ctx, func(tx Tx) error {
		now := s.Now()
		t, err = tx.Terminal(ctx, in.TerminalID)
		if err != nil && !missing(err) {
			return err
		}
		if err != nil || !ours(tx, in.TerminalID, in.Challenge, now) ||
			verify(t.PublicKey, SessionProof(s.Origin, in.Challenge, in.OperatorNumber), in.Signature) != nil {
			refused = ErrTerminalProof
			return tx.CountRefusal(ctx, now, ErrTerminalProof.Code, address)
		}
		fresh, err := tx.SpendChallenge(ctx, in.Challenge, now, now.Add(-2*challengeLife))
		if err != nil {
			return err
		}
		if !fresh {
			return ErrTerminalProof
		}
		p, err := tx.Party(ctx, t.PartyID)
		if err != nil {
			return err
		}
		desk := Desk{Party: *p, Terminal: *t, Operator: Operator{PartyID: p.ID, Status: Active}}
		return desk.Admit()
	})
	if err == nil {
		err = refused
	}
	return t, err
}

// reserve finds the operator and counts a try; nil where there is none.
func (s *Service) reserve(ctx context.Context, partyID, number string) (o *Operator, err error) {
	err = s.InTx(ctx, func(tx Tx) error {
		o, err = tx.OperatorByNumber(ctx, partyID, number)
		if missing(err) {
			o = nil
			return nil
		}
		if err != nil {
			return err
		}
		if err := o.reserveTry(s.Now()); err != nil {
			return err
		}
		return tx.SaveOperator(ctx, o)
	})
	return o, err
}

// refuse records a wrong PIN. Whether the operator exists is not told.
func (s *Service) refuse(ctx context.Context, t *Terminal, o *Operator) error {
	if o == nil {
		return ErrPIN
	}
	err := s.InTx(ctx, func(tx Tx) error {
		return s.log(ctx, tx, operatorActor(o), ActSignInRefused, t.PartyID, t.ID, map[string]string{"number": o.Number, "terminal": t.Number})
	})
	if err != nil {
		return err
	}
	if o.Tries >= maxTries {
		return fault.RetryAfter(ErrLocked, o.LockedUntil.Sub(s.Now()))
	}
	return ErrPIN
}

func operatorActor(o *Operator) audit.Actor { return audit.Actor{Kind: audit.ByOperator, ID: o.ID} }

// open starts the session of an operator whose PIN was right. pin is the hash
// it was compared with: a reset in between voids the comparison.
func (s *Service) open(ctx context.Context, tx Tx, t *Terminal, operatorID, pin string) (*account.Session, string, error) {
	now := s.Now()
	o, err := tx.Operator(ctx, operatorID)
	if err != nil {
		return nil, "", err
	}
	switch {
	case o.PIN != pin:
		return nil, "", ErrPIN
	case o.Status != Active:
		return nil, "", ErrOperatorSuspended
	}
	o.known(now)
	if err := tx.SaveOperator(ctx, o); err != nil {
		return nil, "", err
	}
	terminal, err := tx.Terminal(ctx, t.ID)
	if err != nil {
		return nil, "", err
	}
	terminal.LastSeenAt = now
	if err := tx.SaveTerminal(ctx, terminal); err != nil {
		return nil, "", err
	}
	session := &account.Session{
		Population: account.TerminalPop, PartyID: t.PartyID, TerminalID: t.ID, OperatorID: o.ID, MustChange: o.MustChange,
	}
	token, hash := account.Begin(session, now)
	if err := tx.AddSession(ctx, hash, session); err != nil {
		return nil, "", err
	}
	return session, token, s.log(ctx, tx, operatorActor(o), ActSignIn, t.PartyID, t.ID, map[string]string{"number": o.Number, "terminal": t.Number})
}

// ChangePIN replaces the operator's PIN by one that nobody handed out.
func (s *Service) ChangePIN(ctx context.Context, session *account.Session, old, new string) error {
	if err := checkPIN(new); err != nil || new == old {
		return fault.At("new", ErrWeakPIN)
	}
	var o *Operator
	err := s.InTx(ctx, func(tx Tx) (err error) {
		if o, err = tx.Operator(ctx, session.OperatorID); err != nil {
			return err
		}
		if err := o.reserveTry(s.Now()); err != nil {
			return err
		}
		return tx.SaveOperator(ctx, o)
	})
	if err != nil {
		return err
	}
	if !account.SecretMatches(o.PIN, old) {
		return fault.At("old", ErrPIN)
	}
	compared, hash := o.PIN, account.HashSecret(new)
	return s.InTx(ctx, func(tx Tx) error {
		o, err := tx.Operator(ctx, session.OperatorID)
		if err != nil {
			return err
		}
		if o.PIN != compared {
			return fault.At("old", ErrPIN)
		}
		o.PIN, o.MustChange = hash, false
		o.known(s.Now())
		if err := tx.SaveOperator(ctx, o); err != nil {
			return err
		}
		changed := *session
		changed.MustChange = false
		if err := tx.SaveSession(ctx, &changed); err != nil {
			return err
		}
		return s.log(ctx, tx, operatorActor(o), ActPIN, o.PartyID, o.ID, nil)
	})
}

// A Shift is who works where, and what may be asked there.
type Shift struct {
	Desk
	Scenarios []*Scenario
}

// Shift returns what a signed-in operator works with, or why not.
func (s *Service) Shift(ctx context.Context, session *account.Session) (*Shift, error) {
	var shift Shift
	err := s.Read(ctx, func(tx Tx) error {
		desk, err := tx.Desk(ctx, session.TerminalID, session.OperatorID)
		if err != nil {
			return err
		}
		if err := desk.Admit(); err != nil {
			return err
		}
		o, err := tx.Operator(ctx, session.OperatorID) // with the name
		if err != nil {
			return err
		}
		all, err := tx.Scenarios(ctx)
		shift = Shift{Desk{Party: desk.Party, Terminal: desk.Terminal, Operator: *o}, desk.Scenarios(all)}
		return err
	})
	return &shift, err
}
