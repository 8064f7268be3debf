package httpapi

import (
	"context"
	"encoding/json"
	"net/http"

	"edl/internal/account"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/relyingparty"
)

type enrolRequest struct {
	Code      string `json:"code" maxLength:"64"`
	PublicKey string `json:"publicKey" maxLength:"128" doc:"P-256 point, uncompressed, base64url"`
	Name      string `json:"name" maxLength:"200"`
	Place     string `json:"place" maxLength:"300"`
	Signature string `json:"signature" maxLength:"128" doc:"r‖s over the enrolment proof, base64url"`
}

type enrolledView struct {
	TerminalID string       `json:"terminalId"`
	Number     string       `json:"number"`
	Party      enrolledWith `json:"party"`
	BundleKey  string       `json:"bundleKey,omitempty" doc:"to be pinned: a P-256 point, base64url; absent where the authority has no offline codes"`
}

type enrolledWith struct {
	Name string            `json:"name"`
	Kind relyingparty.Kind `json:"kind" enum:"police,window,regulator,transport,insurer,rental,other"`
}

type challengeRequest struct {
	TerminalID string `json:"terminalId" maxLength:"64"`
}

type challengeView struct {
	Challenge string `json:"challenge"`
}

// TerminalProof is exported because others embed it: the description of the
// API leaves out what is embedded from an unexported type.
type TerminalProof struct {
	TerminalID     string `json:"terminalId" maxLength:"64"`
	Challenge      string `json:"challenge" maxLength:"200"`
	Signature      string `json:"signature" maxLength:"128" doc:"r‖s over the session proof, base64url"`
	OperatorNumber string `json:"operatorNumber" maxLength:"40"`
}

func (p TerminalProof) parse() (relyingparty.Proof, error) {
	signature, err := decode("signature", p.Signature)
	return relyingparty.Proof{TerminalID: p.TerminalID, Challenge: p.Challenge, Signature: signature, OperatorNumber: p.OperatorNumber}, err
}

type operatorSignIn struct {
	TerminalProof
	PIN string `json:"pin" maxLength:"40"`
}

type operatorPasskeyBegin struct {
	TerminalID     string `json:"terminalId" maxLength:"64"`
	OperatorNumber string `json:"operatorNumber" maxLength:"40"`
}

type operatorPasskeySignIn struct {
	TerminalProof
	Credential json.RawMessage `json:"credential" doc:"the PublicKeyCredential as JSON, binary members in base64url"`
}

type pinRequest struct {
	Old string `json:"old" maxLength:"40"`
	New string `json:"new" maxLength:"40"`
}

type placeRequest struct {
	Place string `json:"place" maxLength:"300"`
}

// terminalSession is what a terminal's page works with.
type terminalSession struct {
	Terminal      sessionTerminal   `json:"terminal"`
	Operator      sessionOperator   `json:"operator"`
	Party         sessionParty      `json:"party"`
	Scenarios     []sessionScenario `json:"scenarios"`
	MustChangePIN bool              `json:"mustChangePin"`
	IdleSeconds   int               `json:"idleSeconds"`
	BundleKey     string            `json:"bundleKey,omitempty" doc:"for a terminal that pinned none when it was enrolled"`
	ServerTime    string            `json:"serverTime"`
}

type sessionTerminal struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	Name   string `json:"name"`
	Place  string `json:"place"`
}

type sessionOperator struct {
	Number string `json:"number"`
	Name   string `json:"name"`
}

type sessionParty struct {
	ID   string            `json:"id"`
	Name string            `json:"name"`
	Kind relyingparty.Kind `json:"kind" enum:"police,window,regulator,transport,insurer,rental,other"`
}

type sessionScenario struct {
	ID             relyingparty.ScenarioID `json:"id"`
	Name           lang.Text               `json:"name"`
	Ways           []relyingparty.Way      `json:"ways"`
	Asks           []relyingparty.Ask      `json:"asks"`
	Standing       bool                    `json:"standing" doc:"by number, only where the driver's consent is in force"`
	Follows        bool                    `json:"follows" doc:"that consent lets the body be told of changes"`
	VehicleClasses []vehicleClass          `json:"vehicleClasses,omitempty" doc:"what may be asked about, the commonest first"`
}

type vehicleClass struct {
	Code licence.Class `json:"code"`
	Name lang.Text     `json:"name"`
}

func (s *Server) terminalRoutes() {
	handle(s, op{id: "enrolTerminal", method: post, path: "/api/terminal/enrol", access: Public,
		summary: "Make this device a terminal, with a one-time code"}, s.enrolTerminal)
	handle(s, op{id: "challengeTerminal", method: post, path: "/api/terminal/challenge", access: Public,
		summary: "What the terminal must sign to open a session; alike for every identifier"}, s.challengeTerminal)
	handle(s, op{id: "signInOperator", method: post, path: "/api/terminal/session", access: Public,
		summary: "Open a session by the terminal's key and the operator's PIN"}, s.signInOperator)
	handle(s, op{id: "beginOperatorPasskeySignIn", method: post, path: "/api/terminal/session/passkey/begin", access: Public,
		summary: "Begin to sign in with a passkey"}, s.beginOperatorPasskey)
	handle(s, op{id: "signInOperatorByPasskey", method: post, path: "/api/terminal/session/passkey/finish", access: Public,
		summary: "Open a session by the terminal's key and the operator's passkey"}, s.signInOperatorByPasskey)
	handle(s, op{id: "getTerminalSession", method: get, path: "/api/terminal/session", access: Operator,
		summary: "The session and what may be asked in it"}, s.getTerminalSession)
	handle(s, op{id: "signOutOperator", method: del, path: "/api/terminal/session", access: Operator, status: http.StatusNoContent,
		summary: "Sign out"}, s.signOutOperator)
	handle(s, op{id: "changePIN", method: post, path: "/api/terminal/operator/pin", access: Operator, status: http.StatusNoContent,
		summary: "Replace one's own PIN"}, s.changePIN)
	handle(s, op{id: "setPlace", method: put, path: "/api/terminal/place", access: Terminal, status: http.StatusNoContent,
		summary: "Say where the terminal stands"}, s.setPlace)
	s.passkeysOf("Operator", "/api/terminal/passkeys", Terminal)
}

func (s *Server) enrolTerminal(ctx context.Context, c *Caller, in *input[enrolRequest]) (*output[enrolledView], error) {
	key, err := decode("publicKey", in.Body.PublicKey)
	if err != nil {
		return nil, err
	}
	signature, err := decode("signature", in.Body.Signature)
	if err != nil {
		return nil, err
	}
	t, p, err := s.Parties.Enrol(ctx, c.Actor(), c.Address, relyingparty.Enrolment{
		Code: in.Body.Code, PublicKey: key, Name: in.Body.Name, Place: in.Body.Place, Signature: signature,
	})
	if err != nil {
		return nil, err
	}
	return answer(enrolledView{t.ID, t.Number, enrolledWith{p.Name, p.Kind}, s.pinned()}, nil)
}

func (s *Server) challengeTerminal(ctx context.Context, c *Caller, in *input[challengeRequest]) (*output[challengeView], error) {
	challenge, err := s.Parties.Challenge(ctx, c.Address, in.Body.TerminalID)
	return answer(challengeView{challenge}, err)
}

func (s *Server) signInOperator(ctx context.Context, c *Caller, in *input[operatorSignIn]) (*signedIn[terminalSession], error) {
	proof, err := in.Body.parse()
	if err != nil {
		return nil, err
	}
	session, token, err := s.Parties.SignIn(ctx, c.Address, relyingparty.SignIn{Proof: proof, PIN: in.Body.PIN})
	return s.operatorSignedIn(ctx, session, token, err)
}

func (s *Server) beginOperatorPasskey(ctx context.Context, c *Caller, _ *input[operatorPasskeyBegin]) (*output[webauthnOptions], error) {
	return s.beginPasskeySignIn(account.TerminalPop)(ctx, c, nil)
}

func (s *Server) signInOperatorByPasskey(ctx context.Context, c *Caller, in *input[operatorPasskeySignIn]) (*signedIn[terminalSession], error) {
	proof, err := in.Body.parse()
	if err != nil {
		return nil, err
	}
	session, token, err := s.Parties.SignInByPasskey(ctx, c.Address, proof, in.Body.Credential)
	return s.operatorSignedIn(ctx, session, token, err)
}

func (s *Server) operatorSignedIn(ctx context.Context, session *account.Session, token string, err error) (*signedIn[terminalSession], error) {
	if err != nil {
		return nil, err
	}
	view, err := s.viewTerminalSession(ctx, session)
	return &signedIn[terminalSession]{SetCookie: s.sessionCookie(account.TerminalPop, token), Body: view}, err
}

func (s *Server) viewTerminalSession(ctx context.Context, session *account.Session) (terminalSession, error) {
	shift, err := s.Parties.Shift(ctx, session)
	if err != nil {
		return terminalSession{}, err
	}
	t, p := shift.Terminal, shift.Party
	view := terminalSession{
		Terminal: sessionTerminal{t.ID, t.Number, t.Name, t.Place}, Operator: sessionOperator{shift.Operator.Number, shift.Operator.Name},
		Party: sessionParty{p.ID, p.Name, p.Kind}, Scenarios: []sessionScenario{}, MustChangePIN: session.MustChange,
		IdleSeconds: int(account.LimitOf(session).Idle.Seconds()), ServerTime: stamp(s.Now()), BundleKey: s.pinned(),
	}
	for _, one := range shift.Scenarios {
		view.Scenarios = append(view.Scenarios, viewSessionScenario(one))
	}
	return view, nil
}

func viewSessionScenario(s *relyingparty.Scenario) sessionScenario {
	v := sessionScenario{ID: s.ID, Name: s.Name, Ways: s.Ways, Asks: s.Asks, Standing: s.Standing, Follows: s.Follows}
	for _, c := range s.VehicleClasses() {
		v.VehicleClasses = append(v.VehicleClasses, vehicleClass{c, c.Name()})
	}
	return v
}

func (s *Server) getTerminalSession(ctx context.Context, c *Caller, _ *none) (*output[terminalSession], error) {
	return answer(s.viewTerminalSession(ctx, c.Session))
}

func (s *Server) signOutOperator(ctx context.Context, c *Caller, _ *none) (*signedOut, error) {
	return &signedOut{s.endCookie(account.TerminalPop)}, s.Sessions.End(ctx, c.Session)
}

func (s *Server) changePIN(ctx context.Context, c *Caller, in *input[pinRequest]) (*none, error) {
	return done(s.Parties.ChangePIN(ctx, c.Session, in.Body.Old, in.Body.New))
}

func (s *Server) setPlace(ctx context.Context, c *Caller, in *input[placeRequest]) (*none, error) {
	return done(s.Parties.SetPlace(ctx, c.Actor(), c.Session.TerminalID, in.Body.Place))
}

// operatorName is what an authenticator shows beside an operator's key.
func (s *Server) operatorName(ctx context.Context, session *account.Session) string {
	shift, err := s.Parties.Shift(ctx, session)
	if err != nil {
		return "edl"
	}
	return shift.Operator.Number + " " + identity.Name(shift.Operator.Name).Masked()
}
