package httpapi

import (
	"context"
	"net/http"

	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/issuance"
	"edl/internal/lang"
	"edl/internal/photo"
)

type uploadQuery struct {
	Source  string `query:"source" enum:"album,camera" default:"album"`
	TakenOn string `query:"takenOn" maxLength:"10" doc:"YYYY-MM-DD, as the phone says; what the camera wrote into the file counts before it"`
	rawImage
}

type photoView struct {
	ID     string     `json:"id"`
	URL    string     `json:"url"`
	Width  int        `json:"width"`
	Height int        `json:"height"`
	Report reportedOn `json:"report"`
}

type reportedOn struct {
	Findings []findingView `json:"findings"`
	Refused  bool          `json:"refused" doc:"the file cannot make a licence's portrait; all else is advice"`
}

type findingView struct {
	Rule      photo.RuleID  `json:"rule"`
	Verdict   photo.Verdict `json:"verdict" enum:"pass,fail,review,not_assessed"`
	Value     *float64      `json:"value,omitempty"`
	Threshold *float64      `json:"threshold,omitempty"`
	Say       lang.Text     `json:"say"`
	Marks     []photo.Mark  `json:"marks,omitempty"`
}

// pictureQuery asks for one picture of a photo.
type pictureQuery struct {
	ID    string `path:"id" maxLength:"64"` // huma decodes no embedded type that is not exported
	Image string `query:"image" enum:"original,portrait" default:"original"`
}

func (s *Server) driverPhotoRoutes() {
	handle(s, op{id: "uploadPhoto", method: post, path: "/api/driver/photos", access: Driver, status: http.StatusCreated, maxBody: photo.MaxBytes + 1,
		summary: "Upload a photo; it is checked, and serves when it is applied with"}, s.uploadPhoto)
	handle(s, op{id: "getPhoto", method: get, path: "/api/driver/photos/{id}", access: Driver,
		summary: "A photo of one's own"}, s.getPhoto)
}

func (s *Server) uploadPhoto(ctx context.Context, c *Caller, in *uploadQuery) (*output[photoView], error) {
	taken := civil.Date{}
	if in.TakenOn != "" {
		var err error
		if taken, err = civil.Parse(in.TakenOn); err != nil {
			return nil, fault.At("takenOn", errField)
		}
	}
	p, report, err := s.Issuance.Upload(ctx, c.Actor(), issuance.Upload{
		LicenceID: c.Session.LicenceID, Source: photo.Source(in.Source), TakenOn: taken, Data: in.RawBody,
	})
	return answer(viewPhoto(p, report, ownPhotos), err)
}

func viewPhoto(p photo.Stored, r issuance.Report, photosAt string) photoView {
	return photoView{p.ID, photosAt + p.ID, r.Width, r.Height, viewReport(r)}
}

func viewReport(r issuance.Report) reportedOn {
	return reportedOn{Findings: viewFindings(r), Refused: r.Refused()}
}

func viewFindings(r issuance.Report) []findingView {
	list := []findingView{}
	for _, f := range r.Findings {
		v := findingView{Rule: f.Rule, Verdict: f.Verdict, Say: f.Say, Marks: f.Marks}
		if f.Measure != "" {
			v.Value, v.Threshold = &f.Value, &f.Threshold
		}
		list = append(list, v)
	}
	return list
}

func (s *Server) getPhoto(ctx context.Context, c *Caller, in *pictureQuery) (*picture, error) {
	return showJPEG(s.Issuance.OwnImage(ctx, c.Session.LicenceID, in.ID, photo.Image(in.Image)))
}
