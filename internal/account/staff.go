package account

import (
	"context"
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/uid"
)

// A StaffStatus is whether a member of staff may sign in.
type StaffStatus string

// The statuses.
const (
	Invited   StaffStatus = "invited"
	Active    StaffStatus = "active"
	Suspended StaffStatus = "suspended"
)

// A Member is a member of the authority's staff, or an administrator of a
// relying party. Password and TOTP are two factors; neither alone signs in
// (GB/T 22239-2019, level 3).
type Member struct {
	ID          string
	Login       string
	Name        string // sealed
	Number      string // 工号; staff
	Roles       []Role // staff
	PartyID     string // administrators of parties
	OwnPause    bool   // suspended by a fellow administrator of the party
	Status      StaffStatus
	Password    string // argon2id; sealed; empty while invited
	TOTPSecret  string // base32; sealed
	TOTPStep    int64  // the newest time step that was used: a code serves once
	InviteHash  []byte
	InviteUntil time.Time
	LastSeenAt  time.Time
	CreatedAt   time.Time
	Version     int64
}

// StaffTx is what staff accounts need of a storage transaction.
type StaffTx interface {
	SessionTx
	AddMember(ctx context.Context, m *Member) error // ErrLoginTaken if the login is in use
	Member(ctx context.Context, id string) (*Member, error)
	MemberByLogin(ctx context.Context, login string) (*Member, error)
	MemberByInvite(ctx context.Context, hash []byte) (*Member, error)
	Members(ctx context.Context) ([]*Member, error)
	SaveMember(ctx context.Context, m *Member) error
	EndSessions(ctx context.Context, owner string) error
	Passkeys(ctx context.Context, o Owner) ([]*Passkey, error)
	DeletePasskey(ctx context.Context, o Owner, id string) error
	AppendAudit(ctx context.Context, e audit.Entry) error
}

// Staff keeps the accounts of one population that signs in by password and
// TOTP: the authority's staff, or the administrators of relying parties, whose
// transaction finds them in a table of their own.
type Staff struct {
	InTx   func(ctx context.Context, f func(StaffTx) error) error
	Read   func(ctx context.Context, f func(StaffTx) error) error
	Now    func() time.Time
	Issuer string // names the authority in an authenticator app
	Allow  func(kind, caller string) error
	Of     Population // PartyPop; anything else is the authority's staff
	within string     // the party whose administrators alone are there; "" is every one's
}

// LimitStaff is the kind of limit on sign-ins, by address and by login.
const LimitStaff = "staff.signin"

// The audited deeds of staff; administrators of parties have their own.
const (
	ActStaffSignIn  audit.Action = "staff.signin"
	ActStaffRefused audit.Action = "staff.signin_refused"
	ActInvite       audit.Action = "staff.invite"
	ActAccept       audit.Action = "staff.accept"
	ActSuspend      audit.Action = "staff.suspend"
	ActResume       audit.Action = "staff.resume"
)

// StaffAuditSentences says each deed in words.
var StaffAuditSentences = map[audit.Action]lang.Text{
	ActStaffSignIn:  lang.T("登录业务台", "signed in at the console"),
	ActStaffRefused: lang.T("登录业务台未成功", "failed to sign in at the console"),
	ActInvite:       lang.T("邀请工作人员", "invited a member of staff"),
	ActAccept:       lang.T("启用工作人员账户", "accepted an invitation"),
	ActSuspend:      lang.T("停用工作人员账户", "suspended a member of staff"),
	ActResume:       lang.T("恢复工作人员账户", "restored a member of staff"),
}

var (
	// ErrSignIn is the one answer to every sign-in that fails.
	ErrSignIn     = fault.New(fault.Denied, "signin.failed", "登录名、密码或动态码不对，请核对后再试。", "The login, the password or the code is wrong. Check them and try again.")
	ErrLoginTaken = fault.New(fault.Conflict, "staff.login_taken", "这个登录名已有人使用，请换一个。", "This login is taken. Choose another.")
	ErrLogin      = fault.New(fault.Invalid, "staff.login", "登录名用3到32个小写字母、数字、点或横线。", "A login is 3 to 32 lower-case letters, digits, dots or hyphens.")
	ErrStaffName  = fault.New(fault.Invalid, "staff.name", "请填写姓名和工号。", "Give the name and the staff number.")
	ErrPassword   = fault.New(fault.Invalid, "password.weak", "密码至少12个字符，不能与登录名相同，也不能只是同一个字符。", "A password has at least 12 characters, is not the login and not one character repeated.")
	ErrInvitation = fault.New(fault.NotFound, "invitation.over", "邀请链接已用过或已过期，请让发给您的人重新发一次。", "This invitation was used or has expired. Ask whoever sent it for another.")
	ErrOwnAccount = fault.New(fault.Denied, "staff.own", "不能停用自己的账户。", "You cannot suspend your own account.")
)

// inviteLife is how long an invitation's link lives.
const inviteLife = 72 * time.Hour

// Invite makes an account and returns the secret of its one-time link.
func (s *Staff) Invite(ctx context.Context, by audit.Actor, login, name, number string, roles []Role) (*Member, string, error) {
	if err := checkMember(login, name, number, roles); err != nil {
		return nil, "", err
	}
	return s.invite(ctx, by, &Member{Login: login, Name: name, Number: number, Roles: roles})
}

func (s *Staff) invite(ctx context.Context, by audit.Actor, m *Member) (*Member, string, error) {
	var secret string
	err := s.InTx(ctx, func(tx StaffTx) (err error) {
		secret, err = s.inviteIn(ctx, tx, by, m)
		return err
	})
	return m, secret, err
}

func (s *Staff) inviteIn(ctx context.Context, tx StaffTx, by audit.Actor, m *Member) (string, error) {
	now, secret := s.Now(), uid.Secret()
	m.ID, m.Status, m.CreatedAt, m.Version = uid.New(now), Invited, now, 0
	m.InviteHash, m.InviteUntil = uid.Hash(secret), now.Add(inviteLife)
	if err := tx.AddMember(ctx, m); err != nil {
		return "", err
	}
	detail := map[string]string{"login": m.Login}
	if m.PartyID == "" {
		detail["roles"] = fmt.Sprint(m.Roles)
	} else {
		detail["party"] = m.PartyID
	}
	return secret, tx.AppendAudit(ctx, audit.Entry{At: now, Actor: by, Action: s.deeds().invite, Subject: m.ID, Object: m.ID, Detail: detail})
}

func checkMember(login, name, number string, roles []Role) error {
	switch {
	case !isLogin(login):
		return fault.At("login", ErrLogin)
	case strings.TrimSpace(name) == "":
		return fault.At("name", ErrStaffName)
	case strings.TrimSpace(number) == "":
		return fault.At("number", ErrStaffName)
	}
	return fault.At("roles", CheckRoles(roles))
}

func isLogin(s string) bool {
	return len(s) >= 3 && len(s) <= 32 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789.-") == ""
}

// Reinvite replaces the link of a member who lost it, or who lost a factor:
// password and TOTP are set anew, and passkeys end.
func (s *Staff) Reinvite(ctx context.Context, by audit.Actor, id string) (*Member, string, error) {
	secret := uid.Secret()
	m, err := s.change(ctx, by, id, s.deeds().invite, func(tx StaffTx, m *Member) error {
		m.Status, m.Password, m.TOTPSecret = Invited, "", ""
		m.InviteHash, m.InviteUntil = uid.Hash(secret), s.Now().Add(inviteLife)
		return s.endPasskeys(ctx, tx, by, m.ID)
	})
	return m, secret, err
}

// endPasskeys ends every passkey of a member: whoever kept the authenticator
// of somebody invited anew must not come in by it.
func (s *Staff) endPasskeys(ctx context.Context, tx StaffTx, by audit.Actor, id string) error {
	owner := Owner{s.population(), id}
	passkeys, err := tx.Passkeys(ctx, owner)
	if err != nil {
		return err
	}
	for _, p := range passkeys {
		if err := tx.DeletePasskey(ctx, owner, p.ID); err != nil {
			return err
		}
		if err := tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by, Action: ActPasskeyEnd, Subject: id, Object: p.ID}); err != nil {
			return err
		}
	}
	return nil
}

// OpenInvitation shows an invited person the account and its TOTP secret, made
// on the first opening.
func (s *Staff) OpenInvitation(ctx context.Context, secret string) (m *Member, otpauth string, err error) {
	err = s.InTx(ctx, func(tx StaffTx) error {
		if m, err = s.invited(ctx, tx, secret); err != nil {
			return err
		}
		if m.TOTPSecret != "" {
			return nil
		}
		key, err := totp.Generate(totp.GenerateOpts{Issuer: s.Issuer, AccountName: m.Login})
		if err != nil {
			return err
		}
		m.TOTPSecret = key.Secret()
		return tx.SaveMember(ctx, m)
	})
	if err != nil {
		return nil, "", err
	}
	return m, otpauthURL(s.Issuer, m), nil
}

func otpauthURL(issuer string, m *Member) string {
	key, err := otp.NewKeyFromURL("otpauth://totp/" + issuer + ":" + m.Login + "?issuer=" + issuer + "&secret=" + m.TOTPSecret)
	if err != nil {
		return ""
	}
	return key.URL()
}

func (s *Staff) invited(ctx context.Context, tx StaffTx, secret string) (*Member, error) {
	m, err := tx.MemberByInvite(ctx, uid.Hash(secret))
	if missing(err) || err == nil && (m.Status != Invited || s.Now().After(m.InviteUntil)) {
		return nil, ErrInvitation
	}
	return m, err
}

// Accept ends an invitation: the person sets a password and shows that the
// authenticator works. It opens the first session.
func (s *Staff) Accept(ctx context.Context, secret, password, code string) (session *Session, token string, err error) {
	var m *Member
	err = s.InTx(ctx, func(tx StaffTx) error {
		if m, err = s.invited(ctx, tx, secret); err != nil {
			return err
		}
		if err := checkPassword(m.Login, password); err != nil {
			return fault.At("password", err)
		}
		if m.TOTPSecret == "" || !m.spendTOTP(code, s.Now()) {
			return fault.At("totp", ErrCode)
		}
		m.Password, m.Status, m.InviteHash = HashSecret(password), Active, nil
		if err := tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: s.actor(m), Action: s.deeds().accept, Subject: m.ID, Object: m.ID}); err != nil {
			return err
		}
		session, token, err = s.open(ctx, tx, m)
		return err
	})
	return session, token, err
}

// SignIn opens a session by password and TOTP. A member who does not exist
// costs as much time as one who does.
func (s *Staff) SignIn(ctx context.Context, address, login, password, code string) (session *Session, token string, err error) {
	for _, caller := range []string{address, "login:" + login} {
		if err := s.Allow(LimitStaff, caller); err != nil {
			return nil, "", err
		}
	}
	var stored string
	err = s.Read(ctx, func(tx StaffTx) error {
		m, err := tx.MemberByLogin(ctx, login)
		if err == nil && m.Status == Active {
			stored = m.Password
		}
		if missing(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, "", err
	}
	known := SecretMatches(stored, password) // outside the transaction: it takes its time on purpose
	err = s.InTx(ctx, func(tx StaffTx) error {
		session = nil
		m, err := tx.MemberByLogin(ctx, login)
		if missing(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if !known || m.Password != stored || m.Status != Active || !m.spendTOTP(code, s.Now()) {
			return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: s.actor(m), Action: s.deeds().refused, Subject: m.ID, Object: m.ID})
		}
		if err := tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: s.actor(m), Action: s.deeds().signIn, Subject: m.ID, Object: m.ID}); err != nil {
			return err
		}
		session, token, err = s.open(ctx, tx, m)
		return err
	})
	if err == nil && session == nil {
		err = ErrSignIn
	}
	return session, token, err
}

func (s *Staff) open(ctx context.Context, tx StaffTx, m *Member) (*Session, string, error) {
	m.LastSeenAt = s.Now()
	if err := tx.SaveMember(ctx, m); err != nil {
		return nil, "", err
	}
	session := &Session{Population: s.population(), StaffID: m.ID, Roles: m.Roles, PartyID: m.PartyID}
	token, hash := Begin(session, s.Now())
	return session, token, tx.AddSession(ctx, hash, session)
}

// Suspend ends a member's sessions and keeps the person out.
func (s *Staff) Suspend(ctx context.Context, by audit.Actor, id string) (*Member, error) {
	if by.ID == id {
		return nil, ErrOwnAccount
	}
	return s.change(ctx, by, id, s.deeds().suspend, func(_ StaffTx, m *Member) error {
		m.Status, m.OwnPause = Suspended, s.within != ""
		return nil
	})
}

// Resume lets a suspended member in again.
func (s *Staff) Resume(ctx context.Context, by audit.Actor, id string) (*Member, error) {
	return s.change(ctx, by, id, s.deeds().resume, func(_ StaffTx, m *Member) error {
		m.Status = Active
		if m.Password == "" {
			m.Status = Invited
		}
		return nil
	})
}

func (s *Staff) change(ctx context.Context, by audit.Actor, id string, action audit.Action, f func(StaffTx, *Member) error) (m *Member, err error) {
	err = s.InTx(ctx, func(tx StaffTx) error {
		if m, err = s.member(ctx, tx, id); err != nil {
			return err
		}
		if s.within != "" && m.Status == Suspended && !m.OwnPause {
			return ErrBarred
		}
		if err := f(tx, m); err != nil {
			return err
		}
		if err := tx.SaveMember(ctx, m); err != nil {
			return err
		}
		if err := tx.EndSessions(ctx, m.ID); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by, Action: action, Subject: m.ID, Object: m.ID})
	})
	return m, err
}

// Member returns one member.
func (s *Staff) Member(ctx context.Context, id string) (m *Member, err error) {
	err = s.Read(ctx, func(tx StaffTx) error {
		m, err = s.member(ctx, tx, id)
		return err
	})
	return m, err
}

// member finds an account; one of another party is not there.
func (s *Staff) member(ctx context.Context, tx StaffTx, id string) (*Member, error) {
	m, err := tx.Member(ctx, id)
	if err == nil && s.within != "" && m.PartyID != s.within {
		return nil, errNoAccount
	}
	return m, err
}

// List returns all members, oldest first.
func (s *Staff) List(ctx context.Context) (list []*Member, err error) {
	err = s.Read(ctx, func(tx StaffTx) error {
		list, err = tx.Members(ctx)
		return err
	})
	if s.within != "" {
		list = slices.DeleteFunc(list, func(m *Member) bool { return m.PartyID != s.within })
	}
	return list, err
}

// totpPeriod is the life of a TOTP code in seconds (RFC 6238).
const totpPeriod = 30

// spendTOTP accepts a code of this time step or a neighbour that is newer than
// the last one used, and remembers its step, so that it serves once.
func (m *Member) spendTOTP(code string, now time.Time) bool {
	for _, skew := range []int64{0, -1, 1} {
		step := now.Unix()/totpPeriod + skew
		if step <= m.TOTPStep {
			continue
		}
		want, err := totp.GenerateCode(m.TOTPSecret, time.Unix(step*totpPeriod, 0))
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(strings.TrimSpace(code))) == 1 {
			m.TOTPStep = step
			return true
		}
	}
	return false
}
