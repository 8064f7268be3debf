package httpapi

import (
	"context"
	"fmt"

	"edl/internal/account"
	"edl/internal/application"
	"edl/internal/issuance"
	"edl/internal/lang"
	"edl/internal/licence"
)

type homeView struct {
	MyLicence
	Name        string           `json:"name"`
	Attention   []attentionView  `json:"attention" doc:"what the driver should look at, the most pressing first"`
	Unread      int              `json:"unread"`
	Application *applicationView `json:"application,omitempty" doc:"under way"`
}

type attentionView struct {
	Kind   string    `json:"kind" enum:"device,pending,state,application,reapply,expiry,message"`
	Title  lang.Text `json:"title"`
	Detail lang.Text `json:"detail"`
	Link   string    `json:"link"`
}

func (s *Server) driverHomeRoutes() {
	handle(s, op{id: "getHome", method: get, path: "/api/driver/home", access: Driver,
		summary: "首页"}, s.getHome)
}

func (s *Server) getHome(ctx context.Context, c *Caller, _ *none) (*output[homeView], error) {
	id := c.Session.LicenceID
	v, err := s.Issuance.View(ctx, id)
	if err != nil {
		return nil, err
	}
	profile, err := s.Authority.Profile(ctx)
	if err != nil {
		return nil, err
	}
	requests, err := s.Drivers.Requests(ctx, id)
	if err != nil {
		return nil, err
	}
	_, unread, err := s.Inbox.Page(ctx, id, "", 1)
	if err != nil {
		return nil, err
	}
	view := homeView{
		MyLicence: viewMyLicence(v, &profile), Name: string(v.Entry.Licence.Name), Unread: unread,
		Attention: attention(v, requests, unread),
	}
	if len(v.Open) > 0 {
		one := viewApplication(v.Open[0], "/api/driver/photos/")
		view.Application = &one
	}
	return answer(view, nil)
}

// attention lists what the driver should look at, the most pressing first.
func attention(v *issuance.View, requests []*account.Request, unread int) []attentionView {
	list := []attentionView{}
	add := func(kind string, title, detail lang.Text, link string) {
		list = append(list, attentionView{kind, title, detail, link})
	}
	for _, r := range requests {
		add("device", lang.T("有一部新手机请求绑定", "A new phone asks to be let in"), lang.T(r.Device.Name+"，核对数字 "+r.Match, r.Device.Name+", digits "+r.Match), "#/me")
	}
	if v.Entry.Pending {
		add("pending", lang.T("信息待核实", "Data to be verified"), v.Entry.PendingWhy, "#/licence")
	}
	for _, p := range v.Open {
		if p.Overdue(v.Now) {
			add("application", lang.T("已超过承诺时限", "Past the promised time"), p.Title(), "#/progress/"+string(p.ID))
		}
	}
	if v.Reapplicable() {
		add("reapply", lang.T("须重新申领电子驾驶证", "Apply for the electronic licence again"), reasonsOf(v), "#/electronic")
	}
	for _, said := range licence.SayAll(v.State, v.Contacts) {
		if said.Letter != licence.Normal && said.Letter.Use() == licence.Usable {
			add("state", said.Letter.Name(), said.Say, "#/licence")
		}
	}
	if v.Renewable() {
		add("expiry", lang.T("驾驶证可以换证了", "The licence can be renewed"), endsOn(v), "#/licence")
	}
	if unread > 0 {
		add("message", lang.T(fmt.Sprintf("%d条未读消息", unread), fmt.Sprintf("%d unread messages", unread)), lang.T("在“消息”里查看", "See them under Messages"), "#/messages")
	}
	return list
}

// reasonsOf says what invalidated the electronic licence.
func reasonsOf(v *issuance.View) lang.Text {
	say := lang.Text{}
	for _, c := range v.Electronic.Changes {
		say = lang.T(say.ZH+c.Say.ZH, say.EN+c.Say.EN+" ")
	}
	return say
}

func endsOn(v *issuance.View) lang.Text {
	end := v.Entry.Licence.ValidTo
	return lang.T(
		fmt.Sprintf("有效期至%d年%d月%d日24:00", end.Year, end.Month, end.Day),
		fmt.Sprintf("valid until the end of %d %s %d", end.Day, end.Month, end.Year))
}

// applicationView is a case as its driver, or a clerk, follows it.
type applicationView struct {
	ID          string           `json:"id"`
	Number      string           `json:"number"`
	Kind        application.Kind `json:"kind" enum:"first,reapply,photo"`
	Route       string           `json:"route" enum:"onfile,reuse,album,camera,window"`
	Status      string           `json:"status" enum:"submitted,reviewing,approved,refused,issued,withdrawn"`
	Title       lang.Text        `json:"title"`
	SubmittedAt string           `json:"submittedAt"`
	Due         dueView          `json:"due"`
	Overdue     bool             `json:"overdue"`
	UrgedAt     string           `json:"urgedAt,omitempty"`
	CanWithdraw bool             `json:"canWithdraw"`
	CanUrge     bool             `json:"canUrge"`
	Ahead       int              `json:"ahead,omitempty" doc:"applications that are due before it, while it waits"`
	Reasons     []reasonSaid     `json:"reasons"`
	Timeline    []stepView       `json:"timeline"`
	PhotoURL    string           `json:"photoUrl,omitempty"`
	Refusals    int              `json:"refusals"`
	WindowOnly  bool             `json:"windowOnly"`
	Grounds     []groundView     `json:"grounds,omitempty" doc:"on which the refusal can be appealed now; none: it cannot"`
	Appeal      *appealView      `json:"appeal,omitempty" doc:"what it appeals"`
}

type groundView struct {
	Code application.Ground `json:"code"`
	Say  lang.Text          `json:"say"`
}

// appealView is an appeal as its driver and its reviewer read it.
type appealView struct {
	ID      string       `json:"id" doc:"the refused application"`
	Number  string       `json:"number"`
	Ground  lang.Text    `json:"ground"`
	Words   string       `json:"words,omitempty" doc:"the driver's own"`
	Reasons []reasonSaid `json:"reasons" doc:"of the refusal"`
	At      string       `json:"at" doc:"when it was refused"`
}

func viewAppeal(c, refused *issuance.Case) *appealView {
	if refused == nil {
		return nil
	}
	return &appealView{string(refused.ID), string(refused.Number), c.Plea.Ground.Say(), c.Plea.Words, sayReasons(refused.Decision), stamp(refused.EndedAt)}
}

type reasonSaid struct {
	Code application.Reason `json:"code"`
	Say  lang.Text          `json:"say"`
}

type stepView struct {
	Step   string     `json:"step"`
	State  string     `json:"state" enum:"done,current,todo"`
	At     string     `json:"at,omitempty"`
	Say    lang.Text  `json:"say"`
	Detail *lang.Text `json:"detail,omitempty"`
}

// viewApplication shows a case; photosAt is where its reader fetches photos.
func viewApplication(p *issuance.Progress, photosAt string) applicationView {
	v := applicationView{
		ID: string(p.ID), Number: string(p.Number), Kind: p.Kind, Route: string(p.Route), Status: string(p.ShownAt(p.Now)), Title: p.Title(),
		SubmittedAt: stamp(p.SubmittedAt), Due: viewDue(p.Due), Overdue: p.Overdue(p.Now), UrgedAt: stamp(p.UrgedAt),
		CanWithdraw: p.CanWithdraw(), CanUrge: p.CanUrge(), Ahead: p.Ahead, Reasons: []reasonSaid{}, Timeline: []stepView{},
		PhotoURL: photosAt + p.PhotoID + "?image=portrait", Refusals: p.Refusals, WindowOnly: p.WindowOnly, Appeal: viewAppeal(p.Case, p.Refused),
	}
	if p.CanAppeal {
		for _, g := range application.Grounds() {
			v.Grounds = append(v.Grounds, groundView{g, g.Say()})
		}
	}
	if p.Status == application.Refused { // a decision that can be undone is shown to nobody
		v.Reasons = sayReasons(p.Decision)
	}
	for _, e := range p.Timeline(p.Now) {
		step := stepView{Step: string(e.Kind), State: progressNames[e.Progress], At: stamp(e.At), Say: e.Say}
		if e.Kind == application.EventSubmitted {
			step.Detail = given(lang.T("受理号 "+string(p.Number), "No. "+string(p.Number)))
		}
		v.Timeline = append(v.Timeline, step)
	}
	return v
}

// A failed last step is where the case stands.
var progressNames = map[application.Progress]string{
	application.Done: "done", application.Current: "current", application.ToCome: "todo", application.Failed: "current",
}

func sayReasons(d application.Decision) []reasonSaid {
	list := []reasonSaid{}
	for _, r := range d.Reasons {
		say := r.Say()
		if r == application.OtherReason && d.Note != "" {
			say = lang.T(d.Note, d.Note)
		}
		list = append(list, reasonSaid{r, say})
	}
	return list
}
