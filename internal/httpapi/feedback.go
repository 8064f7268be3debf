package httpapi

import (
	"context"
	"net/http"

	"edl/internal/feedback"
	"edl/internal/photo"
)

type reportRequest struct {
	Text      string   `json:"text" maxLength:"8000"`
	ErrorCode string   `json:"errorCode,omitempty" maxLength:"80"`
	Page      string   `json:"page,omitempty" maxLength:"200"`
	Images    []string `json:"images,omitempty" maxItems:"6"`
}

type anonymousReport struct {
	Text      string `json:"text" maxLength:"8000"`
	ErrorCode string `json:"errorCode,omitempty" maxLength:"80"`
	Page      string `json:"page,omitempty" maxLength:"200"`
	Phone     string `json:"phone,omitempty" maxLength:"20"`
}

type reportTaken struct {
	ID     string `json:"id,omitempty"`
	Number string `json:"number"`
}

type reportView struct {
	ID         string   `json:"id"`
	Number     string   `json:"number"`
	At         string   `json:"at"`
	From       string   `json:"from,omitempty"`
	Text       string   `json:"text"`
	ErrorCode  string   `json:"errorCode,omitempty"`
	Page       string   `json:"page,omitempty"`
	Images     []string `json:"images"`
	Status     string   `json:"status" enum:"open,answered"`
	Answer     string   `json:"answer,omitempty"`
	AnsweredAt string   `json:"answeredAt,omitempty"`
	AnsweredBy string   `json:"answeredBy,omitempty"`
}

type reportsView struct {
	Feedback []reportView `json:"feedback"`
}

// imagesAt is where a population fetches screenshots.
func viewReports(list []*feedback.Report, imagesAt string) reportsView {
	view := reportsView{Feedback: []reportView{}}
	for _, r := range list {
		one := reportView{ID: r.ID, Number: r.Number, At: stamp(r.At), Text: r.Text, ErrorCode: r.ErrorCode, Page: r.Page,
			Images: []string{}, Status: "open", Answer: r.Answer, AnsweredAt: stamp(r.AnsweredAt)}
		if r.Answered() {
			one.Status = "answered"
		}
		for _, id := range r.Images {
			one.Images = append(one.Images, imagesAt+id)
		}
		view.Feedback = append(view.Feedback, one)
	}
	return view
}

// keyed is a request that counts once however often it is sent.
type keyed[T any] struct {
	Key  string `header:"Idempotency-Key" maxLength:"64" doc:"the same key again returns the first answer"`
	Body T
}

// rawImage is a request whose body is a picture.
type rawImage struct {
	RawBody []byte `contentType:"application/octet-stream"`
}

// picture is an answer whose body is a picture. It is shown and never run:
// nosniff is set on every answer, and the policy forbids whatever it might hold.
type picture struct {
	ContentType string `header:"Content-Type"`
	Policy      string `header:"Content-Security-Policy"`
	Body        []byte
}

func showJPEG(jpeg []byte, err error) (*picture, error) {
	return &picture{"image/jpeg", "default-src 'none'; sandbox", jpeg}, err
}

// uploadLimit is the size of a picture that is taken, in bytes.
const uploadLimit = 15 << 20

type uploadedView struct {
	ID  string `json:"id"`
	URL string `json:"url"`
}

func (s *Server) feedbackRoutes() {
	handle(s, op{id: "giveFeedback", method: post, path: "/api/driver/feedback", access: Phone, status: http.StatusCreated,
		summary: "Report trouble"}, s.giveFeedback)
	handle(s, op{id: "listFeedback", method: get, path: "/api/driver/feedback", access: Driver,
		summary: "The driver's reports and their answers"}, s.listFeedback)
	handle(s, op{id: "attachFeedbackImage", method: post, path: "/api/driver/feedback/images", access: Driver, status: http.StatusCreated, maxBody: uploadLimit,
		summary: "Attach a screenshot"}, s.attachFeedbackImage)
	handle(s, op{id: "getFeedbackImage", method: get, path: "/api/driver/feedback/images/{id}", access: Driver,
		summary: "A screenshot of one's own"}, s.feedbackImage)
	handle(s, op{id: "giveAnonymousFeedback", method: post, path: "/api/public/feedback", access: Public, status: http.StatusCreated,
		summary: "Report trouble without being signed in"}, s.giveAnonymousFeedback)
	handle(s, op{id: "listAllFeedback", method: get, path: "/api/staff/feedback", access: business,
		summary: "Reports, open ones oldest first"}, s.listAllFeedback)
	handle(s, op{id: "answerFeedback", method: post, path: "/api/staff/feedback/{id}/answer", access: business, status: http.StatusNoContent,
		summary: "Answer a report"}, s.answerFeedback)
	handle(s, op{id: "getFeedbackImageAsStaff", method: get, path: "/api/staff/feedback/images/{id}", access: business,
		summary: "A screenshot"}, s.feedbackImage)
}

func (s *Server) giveFeedback(ctx context.Context, c *Caller, in *keyed[reportRequest]) (*output[reportTaken], error) {
	r := feedback.Report{LicenceID: c.Session.LicenceID, Text: in.Body.Text, ErrorCode: in.Body.ErrorCode, Page: in.Body.Page, Images: in.Body.Images, Key: in.Key}
	if r.LicenceID == "" {
		r.Contact = string(c.Session.Phone)
	}
	return s.report(ctx, c, c.Session.ID, r)
}

func (s *Server) giveAnonymousFeedback(ctx context.Context, c *Caller, in *input[anonymousReport]) (*output[reportTaken], error) {
	return s.report(ctx, c, c.Address, feedback.Report{Text: in.Body.Text, ErrorCode: in.Body.ErrorCode, Page: in.Body.Page, Contact: in.Body.Phone})
}

func (s *Server) report(ctx context.Context, c *Caller, caller string, r feedback.Report) (*output[reportTaken], error) {
	taken, err := s.Feedback.Submit(ctx, c.Actor(), caller, r)
	if err != nil {
		return nil, err
	}
	return answer(reportTaken{taken.ID, taken.Number}, nil)
}

func (s *Server) listFeedback(ctx context.Context, c *Caller, _ *none) (*output[reportsView], error) {
	list, err := s.Feedback.Of(ctx, c.Session.LicenceID)
	return answer(viewReports(list, "/api/driver/feedback/images/"), err)
}

func (s *Server) attachFeedbackImage(ctx context.Context, c *Caller, in *rawImage) (*output[uploadedView], error) {
	picture, err := s.Decode(ctx, in.RawBody)
	if err != nil {
		return nil, err
	}
	jpeg, err := photo.Reencode(picture) // nothing of the file itself is kept
	if err != nil {
		return nil, err
	}
	id, err := s.Feedback.Attach(ctx, c.Session.LicenceID, jpeg)
	return answer(uploadedView{id, "/api/driver/feedback/images/" + id}, err)
}

func (s *Server) feedbackImage(ctx context.Context, c *Caller, in *byID) (*picture, error) {
	return showJPEG(s.Feedback.Picture(ctx, c.Session.LicenceID, in.ID))
}

func (s *Server) listAllFeedback(ctx context.Context, _ *Caller, in *struct {
	Status string `query:"status" enum:"open,answered" default:"open"`
}) (*output[reportsView], error) {
	list, err := s.Feedback.List(ctx, in.Status == "answered")
	if err != nil {
		return nil, err
	}
	view := viewReports(list, "/api/staff/feedback/images/")
	for i, r := range list {
		view.Feedback[i].From = s.sender(ctx, r)
		if r.AnsweredBy != "" {
			view.Feedback[i].AnsweredBy = s.memberName(ctx, r.AnsweredBy)
		}
	}
	return answer(view, nil)
}

// sender names who made a report, masked: the answer needs no more.
func (s *Server) sender(ctx context.Context, r *feedback.Report) string {
	if r.LicenceID == "" {
		return r.Contact
	}
	entry, err := s.Register.Entry(ctx, r.LicenceID)
	if err != nil {
		return ""
	}
	return entry.Licence.Name.Masked()
}

// memberName names a member of staff, or gives the identifier back.
func (s *Server) memberName(ctx context.Context, id string) string {
	m, err := s.Staff.Member(ctx, id)
	if err != nil {
		return id
	}
	return m.Name
}

func (s *Server) answerFeedback(ctx context.Context, c *Caller, in *withID[struct {
	Text string `json:"text" maxLength:"8000"`
}]) (*none, error) {
	return done(s.Feedback.Answer(ctx, c.Actor(), in.ID, in.Body.Text))
}
