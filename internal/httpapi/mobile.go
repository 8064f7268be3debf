package httpapi

import (
	"context"

	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/mobile"
)

// mobileOffer is what a driver sees of the licence in international form.
type mobileOffer struct {
	Available   bool                 `json:"available" doc:"one can be issued now"`
	Why         *lang.Text           `json:"why,omitempty" doc:"why none can be"`
	ChineseName string               `json:"chineseName"`
	Proposed    credential.LatinName `json:"proposed" doc:"for the holder to confirm or correct"`
	Classes     []mobileClass        `json:"classes" doc:"what the licence becomes abroad"`
	Documents   []mobileView         `json:"documents" doc:"issued and not ended, the newest first"`
}

// mobileClass is one category with its restrictions.
type mobileClass struct {
	Category     string `json:"category"`
	Restrictions string `json:"restrictions" doc:"codes apart by spaces; empty: none"`
}

// mobileView is one issue in both forms.
type mobileView struct {
	ID       string               `json:"id"`
	Name     credential.LatinName `json:"name"`
	SignedAt string               `json:"signedAt"`
	Until    string               `json:"until"`
	State    string               `json:"state" enum:"valid,suspended,invalid" doc:"as the lists say it"`
	MDoc     string               `json:"mdoc" doc:"where the mdoc is fetched"`
	SDJWT    string               `json:"sdjwt" doc:"where the SD-JWT VC is fetched"`
}

// fileAnswer is an answer that browsers save as a file.
type fileAnswer struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// listAnswer is a status list, open to readers of any origin.
type listAnswer struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	AllowOrigin  string `header:"Access-Control-Allow-Origin"`
	Body         []byte
}

func (s *Server) mobileRoutes() {
	handle(s, op{id: "getMobile", method: get, path: "/api/driver/mobile", access: Driver,
		summary: "The licence in international form: whether one can be issued, and those that were"}, s.getMobile)
	handle(s, op{id: "issueMobile", method: post, path: "/api/driver/mobile", access: Driver,
		summary: "Issue it to this phone's key, under the Latin name that the holder confirms"}, s.issueMobile)
	handle(s, op{id: "getMobileFile", method: get, path: "/api/driver/mobile/{id}/{form}", access: Driver,
		summary: "Fetch it as a file: an mdoc (IssuerSigned) or an SD-JWT VC"}, s.getMobileFile)
	handle(s, op{id: "getMobileList", method: get, path: "/status/{form}/{shard}", access: Public,
		summary: "A Token Status List: of mdocs as CWT of one bit, of SD-JWT VCs as JWT of two"}, s.getMobileList)
}

func (s *Server) getMobile(ctx context.Context, c *Caller, _ *none) (*output[mobileOffer], error) {
	o, err := s.Mobile.OfferTo(ctx, c.Session.LicenceID)
	if err != nil {
		return nil, err
	}
	view := mobileOffer{Available: o.Refused == nil, ChineseName: string(o.Licence.Name), Proposed: o.Proposed, Classes: []mobileClass{}, Documents: []mobileView{}}
	if f := fault.Of(o.Refused); f != nil {
		view.Why = &f.Say
	}
	for _, p := range credential.Privileges(o.Licence) {
		view.Classes = append(view.Classes, mobileClass{p.Category, p.Restriction})
	}
	for _, r := range o.Records {
		view.Documents = append(view.Documents, viewMobile(r))
	}
	return answer(view, nil)
}

func viewMobile(r *mobile.Record) mobileView {
	state := map[uint8]string{0: "valid", 1: "invalid", 2: "suspended"}[uint8(r.VCSaid)]
	at := "/api/driver/mobile/" + r.ID
	return mobileView{r.ID, r.Written.Name, stamp(r.SignedAt), stamp(r.Until), state, at + "/mdoc", at + "/sd-jwt"}
}

func (s *Server) issueMobile(ctx context.Context, c *Caller, in *input[credential.LatinName]) (*output[mobileView], error) {
	r, err := s.Mobile.Issue(ctx, c.Actor(), c.Session.LicenceID, c.Session.DeviceID, in.Body)
	if err != nil {
		return nil, err
	}
	return answer(viewMobile(r), nil)
}

func (s *Server) getMobileFile(ctx context.Context, c *Caller, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Form string `path:"form" enum:"mdoc,sd-jwt"`
}) (*fileAnswer, error) {
	mdocFile, vcFile, err := s.Mobile.Files(ctx, c.Session.LicenceID, in.ID)
	if err != nil {
		return nil, err
	}
	if in.Form == "mdoc" {
		return &fileAnswer{"application/cbor", `attachment; filename="licence.mdoc"`, mdocFile}, nil
	}
	return &fileAnswer{"application/dc+sd-jwt", `attachment; filename="licence.sd-jwt"`, vcFile}, nil
}

func (s *Server) getMobileList(ctx context.Context, _ *Caller, in *struct {
	Form  string `path:"form" enum:"mdoc,vc"`
	Shard int    `path:"shard" minimum:"0" maximum:"4095"`
}) (*listAnswer, error) {
	token, err := s.Mobile.List(ctx, mobile.Form(in.Form), in.Shard)
	if err != nil {
		return nil, err
	}
	kind := "application/statuslist+cwt"
	if in.Form == string(mobile.VC) {
		kind = "application/statuslist+jwt"
	}
	return &listAnswer{kind, "no-cache", "*", token}, nil
}
