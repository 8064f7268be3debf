package account

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/register"
)

// An Owner is whose a passkey is: a driver by licence, a member of staff, an
// operator, an administrator of a relying party.
type Owner struct {
	Population Population
	ID         string
}

// handle is the WebAuthn user handle: it names the owner to us and says
// nothing to others.
func (o Owner) handle() []byte { return []byte(string(o.Population) + ":" + o.ID) }

func ownerOf(handle []byte) (Owner, bool) {
	population, id, ok := strings.Cut(string(handle), ":")
	return Owner{Population(population), id}, ok
}

// A Passkey is a second way in: a key in the person's phone, computer or token
// that asks for finger, face or code before it signs (user verification), and
// so stands for two factors.
type Passkey struct {
	ID         string // base64url of the credential's own identifier
	Owner      Owner
	Name       string              // sealed with the credential
	Credential webauthn.Credential // public key, counter, flags
	CreatedAt  time.Time
	UsedAt     time.Time
	Version    int64
}

// A Ceremony is a registration or sign-in that was begun. It is found by the
// challenge that the authenticator signs, and serves once.
type Ceremony struct {
	Owner     Owner // of a registration; its population alone for a sign-in
	Session   webauthn.SessionData
	ExpiresAt time.Time
}

// PasskeyTx is what passkeys need of a storage transaction.
type PasskeyTx interface {
	SessionTx
	AddCeremony(ctx context.Context, challenge string, c Ceremony) error
	// SpendCeremony returns a ceremony and ends it, or store.ErrNotFound.
	SpendCeremony(ctx context.Context, challenge string) (Ceremony, error)
	AddPasskey(ctx context.Context, p *Passkey) error
	SavePasskey(ctx context.Context, p *Passkey) error
	Passkeys(ctx context.Context, o Owner) ([]*Passkey, error)
	DeletePasskey(ctx context.Context, o Owner, id string) error
	Member(ctx context.Context, id string) (*Member, error)
	PartyAdmin(ctx context.Context, id string) (*Member, error)
	LicenceByID(ctx context.Context, id string) (*register.Entry, error)
	AppendAudit(ctx context.Context, e audit.Entry) error
}

// Passkeys registers passkeys and signs in by them.
type Passkeys struct {
	InTx  func(ctx context.Context, f func(PasskeyTx) error) error
	Read  func(ctx context.Context, f func(PasskeyTx) error) error
	Now   func() time.Time
	Allow func(kind, caller string) error
	RP    *webauthn.WebAuthn
}

// NewRP returns the relying party of WebAuthn for the public URL's host and origin.
func NewRP(host, origin string) (*webauthn.WebAuthn, error) {
	return webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: "电子驾驶证", RPOrigins: []string{origin},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
}

// The audited deeds.
const (
	ActPasskey       audit.Action = "passkey.add"
	ActPasskeyEnd    audit.Action = "passkey.end"
	ActPasskeySignIn audit.Action = "passkey.signin"
)

// PasskeyAuditSentences says each deed in words.
var PasskeyAuditSentences = map[audit.Action]lang.Text{
	ActPasskey:       lang.T("添加通行密钥", "added a passkey"),
	ActPasskeyEnd:    lang.T("删除通行密钥", "removed a passkey"),
	ActPasskeySignIn: lang.T("用通行密钥登录", "signed in with a passkey"),
}

// ErrPasskey is the one answer to every passkey that does not fit.
var ErrPasskey = fault.New(fault.Denied, "passkey.failed", "这把通行密钥没有通过核对，请换一种方式登录。", "The passkey was not accepted. Sign in another way.")

// ceremonyLife is how long a person may take at the authenticator.
const ceremonyLife = 5 * time.Minute

// person is an owner as the library sees one.
type person struct {
	owner    Owner
	name     string
	passkeys []*Passkey
}

func (p *person) WebAuthnID() []byte          { return p.owner.handle() }
func (p *person) WebAuthnName() string        { return p.name }
func (p *person) WebAuthnDisplayName() string { return p.name }
func (p *person) WebAuthnCredentials() []webauthn.Credential {
	list := make([]webauthn.Credential, len(p.passkeys))
	for i, k := range p.passkeys {
		list[i] = k.Credential
	}
	return list
}

// BeginRegistration returns the options for the browser. name is what the
// authenticator shows beside the key.
func (k *Passkeys) BeginRegistration(ctx context.Context, o Owner, name string) (options *protocol.CredentialCreation, err error) {
	err = k.InTx(ctx, func(tx PasskeyTx) error {
		have, err := tx.Passkeys(ctx, o)
		if err != nil {
			return err
		}
		who := &person{o, name, have}
		made, session, err := k.RP.BeginRegistration(who, webauthn.WithExclusions(webauthn.Credentials(who.WebAuthnCredentials()).CredentialDescriptors()))
		if err != nil {
			return fmt.Errorf("beginning a passkey: %w", err)
		}
		options = made
		return tx.AddCeremony(ctx, session.Challenge, Ceremony{o, *session, k.Now().Add(ceremonyLife)})
	})
	return options, err
}

// Register stores the passkey that the browser made.
func (k *Passkeys) Register(ctx context.Context, by audit.Actor, o Owner, credential json.RawMessage, name string) error {
	answer, err := protocol.ParseCredentialCreationResponseBytes(credential)
	if err != nil {
		return errors.Join(ErrPasskey, err)
	}
	return k.InTx(ctx, func(tx PasskeyTx) error {
		c, err := k.spend(ctx, tx, answer.Response.CollectedClientData.Challenge)
		if err != nil {
			return err
		}
		if c.Owner != o {
			return ErrPasskey
		}
		have, err := tx.Passkeys(ctx, o)
		if err != nil {
			return err
		}
		made, err := k.RP.CreateCredential(&person{o, "", have}, c.Session, answer)
		if err != nil {
			return errors.Join(ErrPasskey, err)
		}
		p := &Passkey{ID: base64.RawURLEncoding.EncodeToString(made.ID), Owner: o, Name: deviceName(name), Credential: *made, CreatedAt: k.Now()}
		if err := tx.AddPasskey(ctx, p); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: k.Now(), Actor: by, Action: ActPasskey, Subject: o.ID, Object: p.ID})
	})
}

func (k *Passkeys) spend(ctx context.Context, tx PasskeyTx, challenge string) (Ceremony, error) {
	c, err := tx.SpendCeremony(ctx, challenge)
	if missing(err) || err == nil && k.Now().After(c.ExpiresAt) {
		return c, ErrPasskey
	}
	return c, err
}

// BeginSignIn returns the options for the browser; the authenticator itself
// knows whose keys it holds.
func (k *Passkeys) BeginSignIn(ctx context.Context, address string, p Population) (*protocol.CredentialAssertion, error) {
	if err := k.Allow(LimitSignIn, address); err != nil {
		return nil, err
	}
	options, session, err := k.RP.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, fmt.Errorf("beginning a sign-in: %w", err)
	}
	return options, k.InTx(ctx, func(tx PasskeyTx) error {
		return tx.AddCeremony(ctx, session.Challenge, Ceremony{Owner{Population: p}, *session, k.Now().Add(ceremonyLife)})
	})
}

// SignIn opens a session. A driver's is of PhoneLevel, as after a code: the
// phone in the hand still proves its own key. A member of staff is in.
func (k *Passkeys) SignIn(ctx context.Context, address string, p Population, credential json.RawMessage) (s *Session, token string, err error) {
	if err := k.Allow(LimitSignIn, address); err != nil {
		return nil, "", err
	}
	answer, err := protocol.ParseCredentialRequestResponseBytes(credential)
	if err != nil {
		return nil, "", errors.Join(ErrPasskey, err)
	}
	err = k.InTx(ctx, func(tx PasskeyTx) error {
		used, err := k.verify(ctx, tx, p, answer)
		if err != nil {
			return err
		}
		if s, err = k.sessionFor(ctx, tx, used.Owner); err != nil {
			return err
		}
		var hash []byte
		token, hash = Begin(s, k.Now())
		if err := tx.AddSession(ctx, hash, s); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: k.Now(), Actor: actorOf(used.Owner), Action: ActPasskeySignIn, Subject: used.Owner.ID, Object: used.ID})
	})
	return s, token, err
}

// Operator tells which operator's passkey made the credential, and opens no
// session: where operators sign in, the terminal has something to prove as well.
func (k *Passkeys) Operator(ctx context.Context, address string, credential json.RawMessage) (operatorID string, err error) {
	if err := k.Allow(LimitSignIn, address); err != nil {
		return "", err
	}
	answer, err := protocol.ParseCredentialRequestResponseBytes(credential)
	if err != nil {
		return "", errors.Join(ErrPasskey, err)
	}
	err = k.InTx(ctx, func(tx PasskeyTx) error {
		used, err := k.verify(ctx, tx, TerminalPop, answer)
		if err != nil {
			return err
		}
		operatorID = used.Owner.ID
		return nil
	})
	return operatorID, err
}

// verify checks an assertion of a population and stores the key's new counter.
func (k *Passkeys) verify(ctx context.Context, tx PasskeyTx, p Population, answer *protocol.ParsedCredentialAssertionData) (*Passkey, error) {
	c, err := k.spend(ctx, tx, answer.Response.CollectedClientData.Challenge)
	if err != nil {
		return nil, err
	}
	var who *person
	find := func(_, handle []byte) (webauthn.User, error) {
		o, ok := ownerOf(handle)
		if !ok || o.Population != p || c.Owner.Population != p {
			return nil, ErrPasskey
		}
		have, err := tx.Passkeys(ctx, o)
		who = &person{o, "", have}
		return who, err
	}
	_, made, err := k.RP.ValidatePasskeyLogin(find, c.Session, answer)
	if err != nil || made.Authenticator.CloneWarning {
		return nil, errors.Join(ErrPasskey, err)
	}
	for _, one := range who.passkeys {
		if bytes.Equal(one.Credential.ID, made.ID) {
			one.Credential, one.UsedAt = *made, k.Now()
			return one, tx.SavePasskey(ctx, one)
		}
	}
	return nil, ErrPasskey
}

func (k *Passkeys) sessionFor(ctx context.Context, tx PasskeyTx, o Owner) (*Session, error) {
	switch o.Population {
	case DriverPop:
		entry, err := tx.LicenceByID(ctx, o.ID)
		if err != nil {
			return nil, err
		}
		return &Session{Population: DriverPop, Level: PhoneLevel, Phone: entry.Licence.Phone}, nil
	case StaffPop:
		m, err := tx.Member(ctx, o.ID)
		if err != nil {
			return nil, err
		}
		if m.Status != Active {
			return nil, ErrSignIn
		}
		return &Session{Population: StaffPop, StaffID: m.ID, Roles: m.Roles}, nil
	case PartyPop:
		m, err := tx.PartyAdmin(ctx, o.ID)
		if err != nil {
			return nil, err
		}
		if m.Status != Active {
			return nil, ErrSignIn
		}
		return &Session{Population: PartyPop, StaffID: m.ID, PartyID: m.PartyID}, nil
	}
	return nil, ErrPasskey
}

func actorOf(o Owner) audit.Actor {
	kinds := map[Population]audit.ActorKind{DriverPop: audit.ByDriver, StaffPop: audit.ByStaff, TerminalPop: audit.ByOperator, PartyPop: audit.ByParty}
	return audit.Actor{Kind: kinds[o.Population], ID: o.ID}
}

// List returns the passkeys of an owner, oldest first.
func (k *Passkeys) List(ctx context.Context, o Owner) (list []*Passkey, err error) {
	err = k.Read(ctx, func(tx PasskeyTx) (err error) {
		list, err = tx.Passkeys(ctx, o)
		return err
	})
	return list, err
}

// Remove ends a passkey.
func (k *Passkeys) Remove(ctx context.Context, by audit.Actor, o Owner, id string) error {
	return k.InTx(ctx, func(tx PasskeyTx) error {
		if err := tx.DeletePasskey(ctx, o, id); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: k.Now(), Actor: by, Action: ActPasskeyEnd, Subject: o.ID, Object: id})
	})
}

// OwnerOf returns whose passkeys a session may manage.
func OwnerOf(s *Session) Owner {
	switch s.Population {
	case StaffPop, PartyPop:
		return Owner{s.Population, s.StaffID}
	case TerminalPop:
		return Owner{TerminalPop, s.OperatorID}
	}
	return Owner{DriverPop, s.LicenceID}
}
