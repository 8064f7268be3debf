package httpapi

import (
	"context"
	"net/http"

	"edl/internal/account"
	"edl/internal/fault"
	"edl/internal/identity"
	"edl/internal/licence"
)

// driverSession is what the driver's app knows of its own session.
type driverSession struct {
	Level       account.Level `json:"level" enum:"phone,driver"`
	PhoneMasked string        `json:"phoneMasked"`
	Challenge   string        `json:"challenge" doc:"to be signed by the device's key"`
	DeviceID    string        `json:"deviceId,omitempty"`
	Name        string        `json:"name,omitempty"`
	MaskedName  string        `json:"maskedName,omitempty"`
	ServerTime  string        `json:"serverTime"`
}

type smsRequest struct {
	Phone string `json:"phone" maxLength:"20"`
}

type WaitsView struct {
	ResendAfter int `json:"resendAfter" doc:"seconds until another code may be asked for"`
	ExpiresIn   int `json:"expiresIn" doc:"seconds the code lives"`
}

func viewWaits(w account.Waits) WaitsView {
	return WaitsView{int(w.Resend.Seconds()), int(w.Expires.Seconds())}
}

type codeRequest struct {
	Phone string `json:"phone" maxLength:"20"`
	Code  string `json:"code" maxLength:"10"`
}

type proofRequest struct {
	DeviceID  string `json:"deviceId" maxLength:"64"`
	Signature string `json:"signature" maxLength:"128"`
}

type claimRequest struct {
	Name         string `json:"name" maxLength:"200"`
	DocumentType string `json:"documentType" maxLength:"4"`
	Number       string `json:"number" maxLength:"40"`
	FileNumber   string `json:"fileNumber" maxLength:"40"`
}

type ticketView struct {
	Ticket string `json:"ticket"`
	WaitsView
}

// deviceOffer is a phone that asks to be enrolled.
type deviceOffer struct {
	PublicKey string `json:"publicKey" maxLength:"128" doc:"P-256 point, uncompressed, base64url"`
	Name      string `json:"name" maxLength:"200"`
	Signature string `json:"signature" maxLength:"128" doc:"r‖s over the enrolment proof, base64url"`
}

func (o deviceOffer) parse() (account.Offer, error) {
	key, err := decode("publicKey", o.PublicKey)
	if err != nil {
		return account.Offer{}, err
	}
	signature, err := decode("signature", o.Signature)
	return account.Offer{PublicKey: key, Name: o.Name, Signature: signature}, err
}

// identityConsent is the consent that a binding needs.
type identityConsent struct {
	IdentityNumber bool   `json:"identityNumber"`
	Version        string `json:"version" maxLength:"20"`
}

func (c identityConsent) parse() account.Consent {
	if !c.IdentityNumber {
		return account.Consent{}
	}
	return account.Given(account.IdentityNumber, c.Version)
}

type bindRequest struct {
	Ticket  string          `json:"ticket" maxLength:"40"`
	Code    string          `json:"code" maxLength:"10"`
	Consent identityConsent `json:"consent"`
	Device  deviceOffer     `json:"device"`
}

type bindAtWindowRequest struct {
	Token   string          `json:"token" maxLength:"64"`
	Consent identityConsent `json:"consent"`
	Device  deviceOffer     `json:"device"`
}

func (s *Server) driverSessionRoutes() {
	handle(s, op{id: "sendSignInCode", method: post, path: "/api/driver/sms", access: Public, status: http.StatusAccepted,
		summary: "Send a code to sign in with; the reply is the same for every number"}, s.sendSignInCode)
	handle(s, op{id: "signInDriver", method: post, path: "/api/driver/session", access: Public,
		summary: "Open a session with a code; it shows no licence"}, s.signInDriver)
	handle(s, op{id: "getDriverSession", method: get, path: "/api/driver/session", access: Phone,
		summary: "The session"}, s.getDriverSession)
	handle(s, op{id: "signOutDriver", method: del, path: "/api/driver/session", access: Phone, status: http.StatusNoContent,
		summary: "Sign out"}, s.signOutDriver)
	handle(s, op{id: "proveDevice", method: post, path: "/api/driver/session/proof", access: Phone,
		summary: "Show that this is an enrolled phone"}, s.proveDevice)
	handle(s, op{id: "startBinding", method: post, path: "/api/driver/binding/code", access: Phone, status: http.StatusAccepted,
		summary: "Send a code to the phone on the register, if all fits; the reply is always alike"}, s.startBinding)
	handle(s, op{id: "bind", method: post, path: "/api/driver/binding", access: Phone,
		summary: "Bind this phone to the licence"}, s.bind)
	handle(s, op{id: "bindAtWindow", method: post, path: "/api/driver/binding/qr", access: Phone,
		summary: "Bind this phone by a window's one-time QR"}, s.bindAtWindow)
}

func (s *Server) sendSignInCode(ctx context.Context, c *Caller, in *input[smsRequest]) (*output[WaitsView], error) {
	phone, err := identity.ParsePhone(in.Body.Phone)
	if err != nil {
		return nil, fault.At("phone", err)
	}
	w, err := s.Drivers.SendCode(ctx, c.Address, phone)
	return answer(viewWaits(w), err)
}

func (s *Server) signInDriver(ctx context.Context, c *Caller, in *input[codeRequest]) (*signedIn[driverSession], error) {
	phone, err := identity.ParsePhone(in.Body.Phone)
	if err != nil {
		return nil, fault.At("phone", err)
	}
	session, token, err := s.Drivers.SignIn(ctx, c.Address, phone, in.Body.Code)
	return s.driverSignedIn(ctx, session, token, err)
}

// driverSignedIn sets the cookie of a new session and describes it.
func (s *Server) driverSignedIn(ctx context.Context, session *account.Session, token string, err error) (*signedIn[driverSession], error) {
	if err != nil {
		return nil, err
	}
	view, err := s.viewDriverSession(ctx, session)
	return &signedIn[driverSession]{SetCookie: s.sessionCookie(account.DriverPop, token), Body: view}, err
}

func (s *Server) viewDriverSession(ctx context.Context, session *account.Session) (driverSession, error) {
	view := driverSession{
		Level: session.Level, PhoneMasked: session.Phone.Masked(), Challenge: session.Challenge,
		DeviceID: session.DeviceID, ServerTime: stamp(s.Now()),
	}
	if session.Level == account.DriverLevel {
		entry, err := s.Register.Entry(ctx, session.LicenceID)
		if err != nil {
			return view, err
		}
		view.Name, view.MaskedName = string(entry.Licence.Name), entry.Licence.Name.Masked()
	}
	return view, nil
}

func (s *Server) getDriverSession(ctx context.Context, c *Caller, _ *none) (*output[driverSession], error) {
	return answer(s.viewDriverSession(ctx, c.Session))
}

func (s *Server) signOutDriver(ctx context.Context, c *Caller, _ *none) (*signedOut, error) {
	return &signedOut{s.endCookie(account.DriverPop)}, s.Sessions.End(ctx, c.Session)
}

func (s *Server) proveDevice(ctx context.Context, c *Caller, in *input[proofRequest]) (*signedIn[driverSession], error) {
	signature, err := decode("signature", in.Body.Signature)
	if err != nil {
		return nil, err
	}
	session, token, err := s.Drivers.Prove(ctx, c.Session, in.Body.DeviceID, signature)
	return s.driverSignedIn(ctx, session, token, err)
}

func (s *Server) startBinding(ctx context.Context, c *Caller, in *input[claimRequest]) (*output[ticketView], error) {
	claim, err := in.Body.parse()
	if err != nil {
		return nil, err
	}
	ticket, err := s.Drivers.StartBinding(ctx, c.Session, claim)
	return answer(ticketView{ticket.Number, viewWaits(ticket.Waits)}, err)
}

func (r claimRequest) parse() (account.Claim, error) {
	name, err := identity.ParseName(r.Name)
	if err != nil {
		return account.Claim{}, fault.At("name", err)
	}
	document, err := identity.ParseDocument(r.DocumentType, r.Number)
	if err != nil {
		return account.Claim{}, fault.At("number", err)
	}
	file, err := licence.ParseFileNumber(r.FileNumber)
	return account.Claim{Name: name, Document: document, File: file}, fault.At("fileNumber", err)
}

func (s *Server) bind(ctx context.Context, c *Caller, in *input[bindRequest]) (*signedIn[driverSession], error) {
	offer, err := in.Body.Device.parse()
	if err != nil {
		return nil, err
	}
	session, token, err := s.Drivers.Bind(ctx, c.Session, in.Body.Ticket, in.Body.Code, offer, in.Body.Consent.parse())
	return s.driverSignedIn(ctx, session, token, err)
}

func (s *Server) bindAtWindow(ctx context.Context, c *Caller, in *input[bindAtWindowRequest]) (*signedIn[driverSession], error) {
	offer, err := in.Body.Device.parse()
	if err != nil {
		return nil, err
	}
	session, token, err := s.Drivers.BindAtWindow(ctx, c.Session, in.Body.Token, offer, in.Body.Consent.parse())
	return s.driverSignedIn(ctx, session, token, err)
}
