package httpapi

import (
	"context"
	"net/http"
	"strings"

	"edl/internal/account"
	"edl/internal/audit"
)

type adminView struct {
	ID         string              `json:"id"`
	Login      string              `json:"login"`
	Name       string              `json:"name"`
	Status     account.StaffStatus `json:"status" enum:"invited,active,suspended"`
	OwnPause   bool                `json:"ownPause" doc:"suspended by a fellow administrator, who may resume it"`
	LastSeenAt string              `json:"lastSeenAt,omitempty"`
}

func viewAdmin(m *account.Member) adminView {
	return adminView{m.ID, m.Login, m.Name, m.Status, m.OwnPause, stamp(m.LastSeenAt)}
}

// adminSession is what a party's own page works with.
type adminSession struct {
	Admin       adminView `json:"admin"`
	Party       string    `json:"party" doc:"its name"`
	IdleSeconds int       `json:"idleSeconds"`
	ServerTime  string    `json:"serverTime"`
}

type adminInvitation struct {
	Login      string `json:"login"`
	Name       string `json:"name"`
	Party      string `json:"party"`
	TOTPSecret string `json:"totpSecret"`
	OTPAuthURL string `json:"otpauthUrl"`
}

type adminRequest struct {
	Login string `json:"login" maxLength:"64"`
	Name  string `json:"name" maxLength:"60"`
}

type adminInvite struct {
	Admin     adminView `json:"admin"`
	InviteURL string    `json:"inviteUrl" doc:"shown once; serves once"`
	ExpiresAt string    `json:"expiresAt"`
}

func (s *Server) partySessionRoutes() {
	handle(s, op{id: "signInPartyAdmin", method: post, path: "/api/party/session", access: Public,
		summary: "Sign in as an administrator of a relying party, with password and code"}, s.signInPartyAdmin)
	handle(s, op{id: "getPartySession", method: get, path: "/api/party/session", access: PartyAdmin,
		summary: "The session of a party's administrator"}, s.getPartySession)
	handle(s, op{id: "signOutPartyAdmin", method: del, path: "/api/party/session", access: PartyAdmin, status: http.StatusNoContent,
		summary: "Sign out"}, s.signOutPartyAdmin)
	handle(s, op{id: "openPartyInvitation", method: post, path: "/api/party/invitations/open", access: Public,
		summary: "See an invitation to administer a party, and its authenticator secret"}, s.openPartyInvitation)
	handle(s, op{id: "acceptPartyInvitation", method: post, path: "/api/party/invitations/accept", access: Public,
		summary: "Set a password and start"}, s.acceptPartyInvitation)
	handle(s, op{id: "beginPartyPasskeySignIn", method: post, path: "/api/party/session/passkey/begin", access: Public,
		summary: "Begin to sign in with a passkey"}, s.beginPasskeySignIn(account.PartyPop))
	handle(s, op{id: "signInPartyAdminByPasskey", method: post, path: "/api/party/session/passkey/finish", access: Public,
		summary: "Sign in as an administrator of a relying party, with a passkey"}, s.signInPartyAdminByPasskey)
}

func (s *Server) signInPartyAdmin(ctx context.Context, c *Caller, in *input[staffSignIn]) (*signedIn[adminSession], error) {
	session, token, err := s.PartyAdmins.SignIn(ctx, c.Address, in.Body.Login, in.Body.Password, in.Body.TOTP)
	return s.adminSignedIn(ctx, session, token, err)
}

func (s *Server) signInPartyAdminByPasskey(ctx context.Context, c *Caller, in *input[passkeyRequest]) (*signedIn[adminSession], error) {
	session, token, err := s.Passkeys.SignIn(ctx, c.Address, account.PartyPop, in.Body.Credential)
	return s.adminSignedIn(ctx, session, token, err)
}

// adminSignedIn hands out the session, unless the party is suspended: whoever
// signs in while it is being suspended is refused here or ended there.
func (s *Server) adminSignedIn(ctx context.Context, session *account.Session, token string, err error) (*signedIn[adminSession], error) {
	if err != nil {
		return nil, err
	}
	view, err := s.viewAdminSession(ctx, session)
	if err != nil {
		return nil, err
	}
	return &signedIn[adminSession]{SetCookie: s.sessionCookie(account.PartyPop, token), Body: view}, nil
}

func (s *Server) viewAdminSession(ctx context.Context, session *account.Session) (adminSession, error) {
	m, err := s.PartyAdmins.Within(session.PartyID).Member(ctx, session.StaffID)
	if err != nil {
		return adminSession{}, err
	}
	name, err := s.Parties.Within(session.PartyID).Name(ctx, session.PartyID)
	return adminSession{viewAdmin(m), name, int(account.LimitOf(session).Idle.Seconds()), stamp(s.Now())}, err
}

func (s *Server) adminName(ctx context.Context, id string) string {
	m, err := s.PartyAdmins.Member(ctx, id)
	if err != nil {
		return "edl"
	}
	return m.Name
}

func (s *Server) getPartySession(ctx context.Context, c *Caller, _ *none) (*output[adminSession], error) {
	return answer(s.viewAdminSession(ctx, c.Session))
}

func (s *Server) signOutPartyAdmin(ctx context.Context, c *Caller, _ *none) (*signedOut, error) {
	return &signedOut{s.endCookie(account.PartyPop)}, s.Sessions.End(ctx, c.Session)
}

func (s *Server) openPartyInvitation(ctx context.Context, _ *Caller, in *input[invitationRequest]) (*output[adminInvitation], error) {
	m, url, err := s.PartyAdmins.OpenInvitation(ctx, in.Body.Token)
	if err != nil {
		return nil, err
	}
	name, err := s.Parties.Within(m.PartyID).Name(ctx, m.PartyID)
	return answer(adminInvitation{m.Login, m.Name, name, m.TOTPSecret, url}, err)
}

func (s *Server) acceptPartyInvitation(ctx context.Context, _ *Caller, in *input[acceptRequest]) (*signedIn[adminSession], error) {
	session, token, err := s.PartyAdmins.Accept(ctx, in.Body.Token, in.Body.Password, strings.TrimSpace(in.Body.TOTP))
	return s.adminSignedIn(ctx, session, token, err)
}

func (s *Server) inviteAdmin(ctx context.Context, c *Caller, in *withID[adminRequest]) (*output[adminInvite], error) {
	if _, err := s.Parties.Name(ctx, in.ID); err != nil {
		return nil, err
	}
	return s.viewAdminInvite(s.PartyAdmins.InviteAdmin(ctx, c.Actor(), in.ID, in.Body.Login, in.Body.Name))
}

func (s *Server) reinviteAdmin(ctx context.Context, c *Caller, in *byID) (*output[adminInvite], error) {
	return s.viewAdminInvite(s.PartyAdmins.Reinvite(ctx, c.Actor(), in.ID))
}

func (s *Server) viewAdminInvite(m *account.Member, secret string, err error) (*output[adminInvite], error) {
	if err != nil {
		return nil, err
	}
	return answer(adminInvite{viewAdmin(m), AdminInviteURL(s.PublicURL, secret), stamp(m.InviteUntil)}, nil)
}

// AdminInviteURL is the one-time link of an invitation to administer a party.
func AdminInviteURL(publicURL, secret string) string {
	return publicURL + "/party/#/invite?t=" + secret
}

// memberDeed is a deed on an account whose result nobody wants.
func memberDeed(accounts *account.Staff, do func(*account.Staff, context.Context, audit.Actor, string) (*account.Member, error)) func(context.Context, audit.Actor, string) error {
	return func(ctx context.Context, by audit.Actor, id string) error {
		_, err := do(accounts, ctx, by, id)
		return err
	}
}
