package httpapi

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"edl/internal/account"
	"edl/internal/httpsig"
	"edl/internal/relyingparty"
)

func (s *Server) machineRoutes() {
	handle(s, op{id: "checkByMachine", method: post, path: "/api/machine/checks", access: Machine, maxBody: 128 << 10,
		summary: "Check a licence by its live code, or by number and name, as the party's own system"}, s.checkByMachine)
	handle(s, op{id: "getMachineCheck", method: get, path: "/api/machine/checks/{id}", access: Machine,
		summary: "A check of the key's own, as it was answered"}, s.getMachineCheck)
	handle(s, op{id: "getMachineCheckPhoto", method: get, path: "/api/machine/checks/{id}/photo", access: Machine,
		summary: "The photo that the check gave"}, s.getCheckPhoto)
	handle(s, op{id: "startMachineBulk", method: post, path: "/api/machine/bulk", access: Machine, status: http.StatusCreated, maxBody: 20 << 20,
		summary: "Hand in a file of look-ups by number and name"}, s.startBulk)
	handle(s, op{id: "getMachineBulk", method: get, path: "/api/machine/bulk/{id}", access: Machine,
		summary: "How far a file is"}, s.getBulk)
	handle(s, op{id: "cancelMachineBulk", method: del, path: "/api/machine/bulk/{id}", access: Machine, status: http.StatusNoContent,
		summary: "Stop a file"}, s.cancelBulk)
	handle(s, op{id: "getMachineBulkResult", method: get, path: "/api/machine/bulk/{id}/result", access: Machine,
		summary: "The result as CSV; no cell is a formula"}, s.getBulkResult)
}

// identifyMachine proves a party's system by its signature. What follows sees
// the session that an operator at a terminal would have: the key stands for
// both.
func (s *Server) identifyMachine(r *http.Request, c *Caller, maxBody int64) error {
	target, err := url.Parse(s.Origin() + r.RequestURI)
	if err != nil {
		return relyingparty.ErrSignature
	}
	k, err := s.Parties.AdmitKey(r.Context(), relyingparty.SignedRequest{
		Request: httpsig.Request{Method: r.Method, Target: target, Header: r.Header},
		HasBody: r.ContentLength != 0, Address: c.Address,
		Body: func() ([]byte, error) { return reread(r, maxBody) },
	})
	if err != nil {
		return err
	}
	c.Session = &account.Session{PartyID: k.PartyID, TerminalID: k.ID, OperatorID: k.ID, Population: account.TerminalPop}
	return nil
}

// reread reads a request's body and leaves it to be read again.
func reread(r *http.Request, most int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	if err != nil {
		return nil, errTimeout
	}
	if int64(len(body)) > most {
		return nil, errTooLarge
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

func (s *Server) checkByMachine(ctx context.Context, c *Caller, in *input[checkRequest]) (*output[checkAnswer], error) {
	return forMachine(s.check(ctx, c, in))
}

func (s *Server) getMachineCheck(ctx context.Context, c *Caller, in *byID) (*output[checkAnswer], error) {
	return forMachine(s.getCheck(ctx, c, in))
}

// forMachine names the photo where a machine may fetch it.
func forMachine(out *output[checkAnswer], err error) (*output[checkAnswer], error) {
	if err == nil && out.Body.Person != nil {
		out.Body.Person.PhotoURL = strings.Replace(out.Body.Person.PhotoURL, "/api/terminal/", "/api/machine/", 1)
	}
	return out, err
}
