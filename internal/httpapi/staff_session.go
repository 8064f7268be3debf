package httpapi

import (
	"context"
	"net/http"
	"strings"

	"edl/internal/account"
)

// business is access for every business post; any administrator is excluded.
var business = Staff(account.WindowRep, account.Reviewer, account.Registrar)

type staffView struct {
	ID         string              `json:"id"`
	Login      string              `json:"login"`
	Name       string              `json:"name"`
	Number     string              `json:"number"`
	Roles      []account.Role      `json:"roles"`
	Status     account.StaffStatus `json:"status" enum:"invited,active,suspended"`
	LastSeenAt string              `json:"lastSeenAt,omitempty"`
}

func viewMember(m *account.Member) staffView {
	return staffView{m.ID, m.Login, m.Name, m.Number, m.Roles, m.Status, stamp(m.LastSeenAt)}
}

type staffSession struct {
	Staff       staffView      `json:"staff"`
	Roles       []account.Role `json:"roles"`
	Permissions []string       `json:"permissions" doc:"operationIds that this person may call"`
	IdleSeconds int            `json:"idleSeconds"`
	ServerTime  string         `json:"serverTime"`
}

type staffSignIn struct {
	Login    string `json:"login" maxLength:"64"`
	Password string `json:"password" maxLength:"256"`
	TOTP     string `json:"totp" maxLength:"10"`
}

type inviteRequest struct {
	Login  string         `json:"login" maxLength:"64"`
	Name   string         `json:"name" maxLength:"60"`
	Number string         `json:"number" maxLength:"20"`
	Roles  []account.Role `json:"roles" minItems:"1" maxItems:"3"`
}

type inviteView struct {
	Staff     staffView `json:"staff"`
	InviteURL string    `json:"inviteUrl"`
	ExpiresAt string    `json:"expiresAt"`
}

type invitationRequest struct {
	Token string `json:"token" maxLength:"64"`
}

type invitationView struct {
	Login      string         `json:"login"`
	Name       string         `json:"name"`
	Roles      []account.Role `json:"roles"`
	TOTPSecret string         `json:"totpSecret"`
	OTPAuthURL string         `json:"otpauthUrl"`
}

type acceptRequest struct {
	Token    string `json:"token" maxLength:"64"`
	Password string `json:"password" maxLength:"256"`
	TOTP     string `json:"totp" maxLength:"10"`
}

type staffListView struct {
	Staff []staffView `json:"staff"`
}

func (s *Server) staffSessionRoutes() {
	handle(s, op{id: "signInStaff", method: post, path: "/api/staff/session", access: Public,
		summary: "Sign in at the console with password and code"}, s.signInStaff)
	handle(s, op{id: "getStaffSession", method: get, path: "/api/staff/session", access: AnyStaff,
		summary: "The session and what it permits"}, s.getStaffSession)
	handle(s, op{id: "signOutStaff", method: del, path: "/api/staff/session", access: AnyStaff, status: http.StatusNoContent,
		summary: "Sign out"}, s.signOutStaff)
	handle(s, op{id: "openInvitation", method: post, path: "/api/staff/invitations/open", access: Public,
		summary: "See an invitation and its authenticator secret"}, s.openInvitation)
	handle(s, op{id: "acceptInvitation", method: post, path: "/api/staff/invitations/accept", access: Public,
		summary: "Set a password and start"}, s.acceptInvitation)
	handle(s, op{id: "listStaff", method: get, path: "/api/staff/staff", access: Staff(account.Security),
		summary: "The staff's accounts"}, s.listStaff)
	handle(s, op{id: "inviteStaff", method: post, path: "/api/staff/staff", access: Staff(account.Security), status: http.StatusCreated,
		summary: "Invite a member of staff"}, s.inviteStaff)
	handle(s, op{id: "reinviteStaff", method: post, path: "/api/staff/staff/{id}/reinvite", access: Staff(account.Security),
		summary: "Replace a lost invitation, password or authenticator"}, s.reinviteStaff)
	handle(s, op{id: "suspendStaff", method: post, path: "/api/staff/staff/{id}/suspend", access: Staff(account.Security),
		summary: "Keep a member of staff out at once"}, s.suspendStaff)
	handle(s, op{id: "resumeStaff", method: post, path: "/api/staff/staff/{id}/resume", access: Staff(account.Security),
		summary: "Let a member of staff in again"}, s.resumeStaff)
}

func (s *Server) signInStaff(ctx context.Context, c *Caller, in *input[staffSignIn]) (*signedIn[staffSession], error) {
	session, token, err := s.Staff.SignIn(ctx, c.Address, in.Body.Login, in.Body.Password, in.Body.TOTP)
	return s.staffSignedIn(ctx, session, token, err)
}

func (s *Server) staffSignedIn(ctx context.Context, session *account.Session, token string, err error) (*signedIn[staffSession], error) {
	if err != nil {
		return nil, err
	}
	view, err := s.viewStaffSession(ctx, session)
	return &signedIn[staffSession]{SetCookie: s.sessionCookie(account.StaffPop, token), Body: view}, err
}

func (s *Server) viewStaffSession(ctx context.Context, session *account.Session) (staffSession, error) {
	m, err := s.Staff.Member(ctx, session.StaffID)
	if err != nil {
		return staffSession{}, err
	}
	view := staffSession{
		Staff: viewMember(m), Roles: session.Roles, Permissions: []string{},
		IdleSeconds: int(account.LimitOf(session).Idle.Seconds()), ServerTime: stamp(s.Now()),
	}
	for _, o := range s.operations {
		if o.access.name == AnyStaff.name && o.access.permits(session) == nil {
			view.Permissions = append(view.Permissions, o.id)
		}
	}
	return view, nil
}

func (s *Server) getStaffSession(ctx context.Context, c *Caller, _ *none) (*output[staffSession], error) {
	return answer(s.viewStaffSession(ctx, c.Session))
}

func (s *Server) signOutStaff(ctx context.Context, c *Caller, _ *none) (*signedOut, error) {
	return &signedOut{s.endCookie(account.StaffPop)}, s.Sessions.End(ctx, c.Session)
}

func (s *Server) openInvitation(ctx context.Context, _ *Caller, in *input[invitationRequest]) (*output[invitationView], error) {
	m, url, err := s.Staff.OpenInvitation(ctx, in.Body.Token)
	if err != nil {
		return nil, err
	}
	return answer(invitationView{m.Login, m.Name, m.Roles, m.TOTPSecret, url}, nil)
}

func (s *Server) acceptInvitation(ctx context.Context, _ *Caller, in *input[acceptRequest]) (*signedIn[staffSession], error) {
	session, token, err := s.Staff.Accept(ctx, in.Body.Token, in.Body.Password, strings.TrimSpace(in.Body.TOTP))
	return s.staffSignedIn(ctx, session, token, err)
}

func (s *Server) listStaff(ctx context.Context, _ *Caller, _ *none) (*output[staffListView], error) {
	list, err := s.Staff.List(ctx)
	view := staffListView{Staff: []staffView{}}
	for _, m := range list {
		view.Staff = append(view.Staff, viewMember(m))
	}
	return answer(view, err)
}

func (s *Server) inviteStaff(ctx context.Context, c *Caller, in *input[inviteRequest]) (*output[inviteView], error) {
	m, secret, err := s.Staff.Invite(ctx, c.Actor(), in.Body.Login, in.Body.Name, in.Body.Number, in.Body.Roles)
	return s.viewInvite(m, secret, err)
}

func (s *Server) reinviteStaff(ctx context.Context, c *Caller, in *byID) (*output[inviteView], error) {
	m, secret, err := s.Staff.Reinvite(ctx, c.Actor(), in.ID)
	return s.viewInvite(m, secret, err)
}

func (s *Server) viewInvite(m *account.Member, secret string, err error) (*output[inviteView], error) {
	if err != nil {
		return nil, err
	}
	return answer(inviteView{viewMember(m), InviteURL(s.PublicURL, secret), stamp(m.InviteUntil)}, nil)
}

// InviteURL is the one-time link of an invitation.
func InviteURL(publicURL, secret string) string { return publicURL + "/staff/#/invite?t=" + secret }

func (s *Server) suspendStaff(ctx context.Context, c *Caller, in *byID) (*output[staffView], error) {
	return memberAnswer(s.Staff.Suspend(ctx, c.Actor(), in.ID))
}

func (s *Server) resumeStaff(ctx context.Context, c *Caller, in *byID) (*output[staffView], error) {
	return memberAnswer(s.Staff.Resume(ctx, c.Actor(), in.ID))
}

func memberAnswer(m *account.Member, err error) (*output[staffView], error) {
	if err != nil {
		return nil, err
	}
	return answer(viewMember(m), nil)
}
