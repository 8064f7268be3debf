package httpapi

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"time"

	"edl/internal/relyingparty"
	"edl/internal/verification"
	"edl/livecode"
)

// partsView is what a phone carries for the time without a network.
type partsView struct {
	Serial        string `json:"serial" doc:"base64url, of the parts"`
	Qualification string `json:"qualification" doc:"base64url: the issuer part with name, face, classes and validity"`
	Full          string `json:"full" doc:"base64url: the issuer part for 向交警出示, with all that the licence's face bears"`
	ExpiresAt     string `json:"expiresAt"`
}

type claim169View struct {
	Text      string `json:"text" doc:"to be drawn as a QR: a standard CWT with claim 169, a copy of data and no live code"`
	ExpiresAt string `json:"expiresAt" doc:"from then on nobody is to believe it"`
}

type offlineCheck struct {
	Kind     string                  `json:"kind,omitempty" enum:"code,data" default:"code" doc:"a code without a network, or a data code, with one too"`
	Full     bool                    `json:"full,omitempty" doc:"whether the code held all that the licence's face bears"`
	Digest   string                  `json:"digest" minLength:"64" maxLength:"64" doc:"SHA-256 of the code's payload, hex; for a data code, 32 random bytes that name this reading"`
	Serial   string                  `json:"serial" minLength:"16" maxLength:"16" doc:"of the phone's credential, hex"`
	At       int64                   `json:"at" doc:"ms since 1970, by the terminal's clock"`
	MadeAt   int64                   `json:"madeAt" minimum:"0" maximum:"4294967295" doc:"seconds since 1970, by the phone's clock; for a data code, when it was signed"`
	Scenario relyingparty.ScenarioID `json:"scenario" maxLength:"40"`
	Verdict  string                  `json:"verdict" enum:"usable,not_usable,invalidated,ended,unknown,untrusted,expired,stale,clock,data,data_lapsed"`
	Status   bool                    `json:"status,omitempty" doc:"of a data code: whether its list said how the licence stands"`
	Sequence uint64                  `json:"sequence" doc:"of the bundle that it was judged by"`
	Match    *bool                   `json:"match,omitempty" doc:"人证一致"`
	Operator string                  `json:"operator,omitempty" maxLength:"40" doc:"the number of who checked; absent: who reports"`
	SignedIn bool                    `json:"signedIn,omitempty" doc:"whether that operator was signed in; otherwise, or where another reports, it is kept as not confirmed"`
}

type offlineReport struct {
	Checks []offlineCheck `json:"checks" maxItems:"200"`
}

type offlineReported struct {
	Taken   int      `json:"taken"`
	Replays []string `json:"replays" doc:"digests of codes that were used elsewhere before"`
}

func (s *Server) offlineRoutes() {
	handle(s, op{id: "getParts", method: post, path: "/api/driver/show/parts", access: Driver,
		summary: "Sign what this phone makes codes of without a network"}, s.getParts)
	handle(s, op{id: "exportClaim169", method: get, path: "/api/driver/show/claim169", access: Driver,
		summary: "One's licence as the text of a standard claim-169 QR"}, s.exportClaim169)
	handle(s, op{id: "getBundle", method: get, path: "/api/terminal/bundle", access: Operator,
		summary: "The signed bundle for checks without a network; 204 if it is the one that the terminal has"}, s.getBundle)
	handle(s, op{id: "reportOfflineChecks", method: post, path: "/api/terminal/offline-checks", access: Terminal,
		summary: "Report checks that the terminal made by itself: without a network, and of data codes; codes used elsewhere before are named"}, s.reportOffline)
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
	return answer(claim169View{part.Claim169(), stamp(p.Expires)}, nil)
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

func (s *Server) reportOffline(ctx context.Context, c *Caller, in *input[offlineReport]) (*output[offlineReported], error) {
	list := make([]verification.Reported, len(in.Body.Checks))
	for i, one := range in.Body.Checks {
		digest, err := hex.DecodeString(one.Digest)
		serial, err2 := hex.DecodeString(one.Serial)
		if err != nil || err2 != nil || len(digest) != 32 || len(serial) != len(livecode.Serial{}) {
			return nil, verification.ErrReport
		}
		list[i] = verification.Reported{
			Data: one.Kind == "data", Full: one.Full, Status: one.Status,
			Digest: [32]byte(digest), MadeAt: time.Unix(one.MadeAt, 0).UTC(), Serial: livecode.Serial(serial), At: time.UnixMilli(one.At).UTC(), Scenario: one.Scenario, Verdict: one.Verdict, Sequence: one.Sequence,
			Operator: one.Operator, SignedIn: one.SignedIn,
		}
		if one.Match != nil {
			list[i].Match = verification.Different
			if *one.Match {
				list[i].Match = verification.Same
			}
		}
	}
	replays, err := s.Checks.Report(ctx, asker(c), list)
	view := offlineReported{Taken: len(list), Replays: []string{}}
	for _, digest := range replays {
		view.Replays = append(view.Replays, hex.EncodeToString(digest[:]))
	}
	return answer(view, err)
}
