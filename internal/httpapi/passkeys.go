package httpapi

import (
	"context"
	"encoding/json"
	"net/http"

	"edl/internal/account"
)

type passkeyView struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	CreatedAt string `json:"createdAt"`
	UsedAt    string `json:"usedAt,omitempty"`
}

type passkeysView struct {
	Passkeys []passkeyView `json:"passkeys"`
}

type passkeyRequest struct {
	Credential json.RawMessage `json:"credential" doc:"the PublicKeyCredential as JSON, binary members in base64url"`
	Name       string          `json:"name,omitempty" maxLength:"200"`
}

// webauthnOptions are passed to the browser as the library lays them out.
type webauthnOptions struct {
	PublicKey json.RawMessage `json:"publicKey" doc:"options of WebAuthn, binary members in base64url"`
}

func (s *Server) passkeyRoutes() {
	s.passkeysOf("Driver", "/api/driver/passkeys", Driver)
	s.passkeysOf("Staff", "/api/staff/passkeys", AnyStaff)
	s.passkeysOf("PartyAdmin", "/api/party/passkeys", PartyAdmin)
	handle(s, op{id: "beginDriverPasskeySignIn", method: post, path: "/api/driver/session/passkey/begin", access: Public,
		summary: "Begin to sign in with a passkey"}, s.beginPasskeySignIn(account.DriverPop))
	handle(s, op{id: "signInDriverByPasskey", method: post, path: "/api/driver/session/passkey", access: Public,
		summary: "Sign in with a passkey, as with a code"}, s.signInDriverByPasskey)
	handle(s, op{id: "beginStaffPasskeySignIn", method: post, path: "/api/staff/session/passkey/begin", access: Public,
		summary: "Begin to sign in with a passkey"}, s.beginPasskeySignIn(account.StaffPop))
	handle(s, op{id: "signInStaffByPasskey", method: post, path: "/api/staff/session/passkey/finish", access: Public,
		summary: "Sign in at the console with a passkey"}, s.signInStaffByPasskey)
}

// passkeysOf declares the four operations by which a population keeps its own
// passkeys.
func (s *Server) passkeysOf(who, path string, access Access) {
	handle(s, op{id: "list" + who + "Passkeys", method: get, path: path, access: access, summary: "One's own passkeys"}, s.listPasskeys)
	handle(s, op{id: "begin" + who + "Passkey", method: post, path: path + "/begin", access: access, summary: "Begin to add a passkey"}, s.beginPasskey)
	handle(s, op{id: "add" + who + "Passkey", method: post, path: path, access: access, status: http.StatusNoContent, summary: "Add a passkey"}, s.addPasskey)
	handle(s, op{id: "remove" + who + "Passkey", method: del, path: path + "/{id}", access: access, status: http.StatusNoContent, summary: "Remove a passkey"}, s.removePasskey)
}

func (s *Server) listPasskeys(ctx context.Context, c *Caller, _ *none) (*output[passkeysView], error) {
	list, err := s.Passkeys.List(ctx, account.OwnerOf(c.Session))
	view := passkeysView{Passkeys: []passkeyView{}}
	for _, p := range list {
		view.Passkeys = append(view.Passkeys, passkeyView{p.ID, p.Name, stamp(p.CreatedAt), stamp(p.UsedAt)})
	}
	return answer(view, err)
}

func (s *Server) beginPasskey(ctx context.Context, c *Caller, _ *none) (*output[webauthnOptions], error) {
	owner := account.OwnerOf(c.Session)
	options, err := s.Passkeys.BeginRegistration(ctx, owner, s.passkeyName(ctx, c.Session))
	if err != nil {
		return nil, err
	}
	return optionsAnswer(options.Response)
}

// passkeyName is what an authenticator shows beside a key: masked for a
// driver, as a list of keys is seen by whoever holds the phone.
func (s *Server) passkeyName(ctx context.Context, session *account.Session) string {
	switch session.Population {
	case account.StaffPop:
		return s.memberName(ctx, session.StaffID)
	case account.PartyPop:
		return s.adminName(ctx, session.StaffID)
	case account.TerminalPop:
		return s.operatorName(ctx, session)
	}
	entry, err := s.Register.Entry(ctx, session.LicenceID)
	if err != nil {
		return "edl"
	}
	return entry.Licence.Name.Masked()
}

func optionsAnswer(options any) (*output[webauthnOptions], error) {
	text, err := json.Marshal(options)
	return answer(webauthnOptions{text}, err)
}

func (s *Server) addPasskey(ctx context.Context, c *Caller, in *input[passkeyRequest]) (*none, error) {
	return done(s.Passkeys.Register(ctx, c.Actor(), account.OwnerOf(c.Session), in.Body.Credential, in.Body.Name))
}

func (s *Server) removePasskey(ctx context.Context, c *Caller, in *struct {
	ID string `path:"id" maxLength:"1400"`
}) (*none, error) {
	return done(s.Passkeys.Remove(ctx, c.Actor(), account.OwnerOf(c.Session), in.ID))
}

func (s *Server) beginPasskeySignIn(p account.Population) func(context.Context, *Caller, *none) (*output[webauthnOptions], error) {
	return func(ctx context.Context, c *Caller, _ *none) (*output[webauthnOptions], error) {
		options, err := s.Passkeys.BeginSignIn(ctx, c.Address, p)
		if err != nil {
			return nil, err
		}
		return optionsAnswer(options.Response)
	}
}

func (s *Server) signInDriverByPasskey(ctx context.Context, c *Caller, in *input[passkeyRequest]) (*signedIn[driverSession], error) {
	session, token, err := s.Passkeys.SignIn(ctx, c.Address, account.DriverPop, in.Body.Credential)
	return s.driverSignedIn(ctx, session, token, err)
}

func (s *Server) signInStaffByPasskey(ctx context.Context, c *Caller, in *input[passkeyRequest]) (*signedIn[staffSession], error) {
	session, token, err := s.Passkeys.SignIn(ctx, c.Address, account.StaffPop, in.Body.Credential)
	return s.staffSignedIn(ctx, session, token, err)
}
