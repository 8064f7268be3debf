package httpapi

import (
	"context"
	"encoding/base64"
	"net/http"
)

// partsView is what a phone carries for the time without a network.
type partsView struct {
	Serial        string `json:"serial" doc:"base64url, of the parts"`
	Qualification string `json:"qualification" doc:"base64url: the issuer part with name, face, classes and validity"`
	Full          string `json:"full" doc:"base64url: the issuer part for 向交警出示, with all that the licence's face bears"`
	ExpiresAt     string `json:"expiresAt"`
}

type claim169View struct {
	Text string `json:"text" doc:"to be drawn as a QR: a standard CWT with claim 169, a copy of data and no live code"`
}

// octets is an answer of bytes.
type octets struct {
	Status       int
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

func (s *Server) offlineRoutes() {
	handle(s, op{id: "getParts", method: post, path: "/api/driver/show/parts", access: Driver,
		summary: "Sign what this phone makes codes of without a network"}, s.getParts)
	handle(s, op{id: "exportClaim169", method: get, path: "/api/driver/show/claim169", access: Driver,
		summary: "One's licence as the text of a standard claim-169 QR"}, s.exportClaim169)
	handle(s, op{id: "getBundle", method: get, path: "/api/terminal/bundle", access: Operator,
		summary: "The signed bundle for checks without a network; 204 if it is the one that the terminal has"}, s.getBundle)
	handle(s, op{id: "getStatusList", method: get, path: "/s/{shard}", access: Public,
		summary: "A status list as a Token Status List in CWT form"}, s.getStatusList)
}

func (s *Server) getParts(ctx context.Context, c *Caller, _ *none) (*output[partsView], error) {
	p, err := s.Offline.PartsOf(ctx, c.Session.LicenceID, c.Session.DeviceID)
	if err != nil {
		return nil, err
	}
	return answer(partsView{encode(p.Serial), encode(p.Qualification.Bytes()), encode(p.Full.Bytes()), stamp(p.Expires)}, nil)
}

func (s *Server) exportClaim169(ctx context.Context, c *Caller, in *struct {
	Set string `query:"set" enum:"qualification,full" default:"qualification"`
}) (*output[claim169View], error) {
	p, err := s.Offline.PartsOf(ctx, c.Session.LicenceID, c.Session.DeviceID)
	if err != nil {
		return nil, err
	}
	part := p.Qualification
	if in.Set == "full" {
		part = p.Full
	}
	return answer(claim169View{part.Claim169()}, nil)
}

func (s *Server) getBundle(ctx context.Context, _ *Caller, in *struct {
	Have uint64 `query:"have" doc:"the sequence that the terminal has"`
}) (*octets, error) {
	b, err := s.Offline.Bundle(ctx)
	if err != nil {
		return nil, err
	}
	if b.Sequence == in.Have {
		return &octets{Status: http.StatusNoContent}, nil
	}
	return &octets{Status: http.StatusOK, ContentType: "application/cose", Body: b.Signed}, nil
}

func (s *Server) getStatusList(ctx context.Context, _ *Caller, in *struct {
	Shard int `path:"shard" minimum:"0" maximum:"4095"`
}) (*octets, error) {
	token, err := s.Offline.List(ctx, in.Shard)
	if err != nil {
		return nil, err
	}
	return &octets{Status: http.StatusOK, ContentType: "application/statuslist+cwt", CacheControl: "no-cache", Body: token}, nil
}

// pinned is the key that a terminal pins, "" where the authority has none yet.
func (s *Server) pinned() string {
	if s.Offline == nil {
		return ""
	}
	key, err := s.Offline.PinnedKey()
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(key)
}
