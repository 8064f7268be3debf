package httpapi

import (
	"context"
	"net/http"

	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/mobile"
	"edl/statuslist"
)

// mobileOffer is what a driver sees of the licence in international form.
type mobileOffer struct {
	Available   bool                 `json:"available" doc:"one can be issued now"`
	Why         *lang.Text           `json:"why,omitempty" doc:"why none can be"`
	ChineseName string               `json:"chineseName"`
	Proposed    credential.LatinName `json:"proposed" doc:"for the holder to confirm or correct"`
	Classes     []mobileClass        `json:"classes" doc:"what the licence becomes abroad"`
	Documents   []mobileView         `json:"documents" doc:"issued to this phone and not ended, the newest first"`
	Batches     []mobileBatch        `json:"batches" doc:"issued to wallets' keys and not ended, the newest first"`
	BatchSize   int                  `json:"batchSize" doc:"how many keys a wallet may name at once"`
}

// mobileBatch is what was issued to a wallet's keys at once.
type mobileBatch struct {
	ID       string `json:"id"`
	Count    int    `json:"count"`
	SignedAt string `json:"signedAt"`
	Until    string `json:"until"`
	State    string `json:"state" enum:"valid,suspended,invalid" doc:"as the lists say it of every one"`
}

// mobileBatchRequest is what a wallet asks with.
type mobileBatchRequest struct {
	credential.LatinName
	Proofs []string `json:"proofs" minItems:"1" maxItems:"20" doc:"one for each key: a JWT as in appendix F.1 of OpenID4VCI 1.0, typ openid4vci-proof+jwt, ES256, with the key as jwk, the platform's address as aud, the session's challenge as nonce, and iat. No key is ever taken twice"`
}

// mobileBatchView is what it gets.
type mobileBatchView struct {
	Batch     string       `json:"batch"`
	Documents []mobileView `json:"documents" doc:"in the order of the proofs; each is to be shown once and in one form"`
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

func (s *Server) mobileRoutes() {
	handle(s, op{id: "getMobile", method: get, path: "/api/driver/mobile", access: Driver,
		summary: "The licence in international form: whether one can be issued, and those that were"}, s.getMobile)
	handle(s, op{id: "issueMobile", method: post, path: "/api/driver/mobile", access: Driver,
		summary: "Issue it to this phone's key, under the Latin name that the holder confirms"}, s.issueMobile)
	handle(s, op{id: "issueMobileBatch", method: post, path: "/api/driver/mobile/batches", access: Driver,
		summary: "Issue it to many keys of a wallet at once, so that no two showings can be linked"}, s.issueMobileBatch)
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
	view := mobileOffer{Available: o.Refused == nil, ChineseName: string(o.Licence.Name), Proposed: o.Proposed, Classes: []mobileClass{},
		Documents: []mobileView{}, Batches: []mobileBatch{}, BatchSize: s.Mobile.BatchSize()}
	if f := fault.Of(o.Refused); f != nil {
		view.Why = &f.Say
	}
	for _, p := range credential.Privileges(o.Licence) {
		view.Classes = append(view.Classes, mobileClass{p.Category, p.Restriction})
	}
	for _, r := range o.Records {
		last := len(view.Batches) - 1
		switch {
		case r.Batch == "":
			view.Documents = append(view.Documents, viewMobile(r))
		case last >= 0 && view.Batches[last].ID == r.Batch:
			view.Batches[last].Count++
		default:
			view.Batches = append(view.Batches, mobileBatch{r.Batch, 1, stamp(r.SignedAt), stamp(r.Until), mobileState(r)})
		}
	}
	return answer(view, nil)
}

func mobileState(r *mobile.Record) string {
	return map[statuslist.Status]string{statuslist.Valid: "valid", statuslist.Invalid: "invalid", statuslist.Suspended: "suspended"}[r.VCSaid]
}

func viewMobile(r *mobile.Record) mobileView {
	at := "/api/driver/mobile/" + r.ID
	return mobileView{r.ID, r.Written.Name, stamp(r.SignedAt), stamp(r.Until), mobileState(r), at + "/mdoc", at + "/sd-jwt"}
}

func (s *Server) issueMobile(ctx context.Context, c *Caller, in *input[credential.LatinName]) (*output[mobileView], error) {
	r, err := s.Mobile.Issue(ctx, c.Actor(), c.Session.LicenceID, c.Session.DeviceID, in.Body)
	if err != nil {
		return nil, err
	}
	return answer(viewMobile(r), nil)
}

func (s *Server) issueMobileBatch(ctx context.Context, c *Caller, in *input[mobileBatchRequest]) (*output[mobileBatchView], error) {
	records, err := s.Mobile.IssueBatch(ctx, c.Actor(), c.Session.LicenceID, c.Session.DeviceID, in.Body.LatinName, c.Session.Challenge, in.Body.Proofs)
	if err != nil {
		return nil, err
	}
	view := mobileBatchView{Batch: records[0].Batch}
	for _, r := range records {
		view.Documents = append(view.Documents, viewMobile(r))
	}
	return answer(view, nil)
}

func (s *Server) getMobileFile(ctx context.Context, c *Caller, in *struct {
	ID   string `path:"id" maxLength:"64"`
	Form string `path:"form" enum:"mdoc,sd-jwt"`
}) (*octets, error) {
	mdocFile, vcFile, err := s.Mobile.Files(ctx, c.Session.LicenceID, in.ID)
	if err != nil {
		return nil, err
	}
	if in.Form == "mdoc" {
		return &octets{Status: http.StatusOK, ContentType: "application/cbor", Disposition: `attachment; filename="licence.mdoc"`, Body: mdocFile}, nil
	}
	return &octets{Status: http.StatusOK, ContentType: "application/dc+sd-jwt", Disposition: `attachment; filename="licence.sd-jwt"`, Body: vcFile}, nil
}

func (s *Server) getMobileList(ctx context.Context, _ *Caller, in *struct {
	Form  string `path:"form" enum:"mdoc,vc"`
	Shard int    `path:"shard" minimum:"0" maximum:"4095"`
}) (*octets, error) {
	token, err := s.Mobile.List(ctx, mobile.Form(in.Form), in.Shard)
	if err != nil {
		return nil, err
	}
	kind := "application/statuslist+cwt"
	if in.Form == string(mobile.VC) {
		kind = "application/statuslist+jwt"
	}
	return &octets{Status: http.StatusOK, ContentType: kind, CacheControl: "no-cache", AllowOrigin: "*", Body: token}, nil
}
