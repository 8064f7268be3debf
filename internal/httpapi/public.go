package httpapi

import (
	"context"

	"edl/internal/account"
	"edl/internal/authority"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/photo"
)

type aboutView struct {
	Authority       authority.Profile `json:"authority"`
	Demo            bool              `json:"demo"`
	ServerTime      string            `json:"serverTime"`
	Version         string            `json:"version"`
	ConsentVersions consentVersions   `json:"consentVersions"`
	PushKey         string            `json:"pushKey,omitempty" doc:"the key that signs push notices, base64url; absent where there is no push"`
}

type consentVersions struct {
	IdentityNumber string `json:"identityNumber"`
	Face           string `json:"face"`
	Privacy        string `json:"privacy"`
}

type photoRulesView struct {
	Version string           `json:"version"`
	Groups  []photoRuleGroup `json:"groups"`
}

type photoRuleGroup struct {
	ID    photo.Group     `json:"id"`
	Title lang.Text       `json:"title"`
	Rules []photoRuleView `json:"rules"`
}

type photoRuleView struct {
	ID     photo.RuleID `json:"id"`
	Say    lang.Text    `json:"say"`
	Judged string       `json:"judged" enum:"program,advice,declared"`
}

type paperRulesView struct {
	Rules []licence.PaperRule `json:"rules"`
}

type privacyNotice struct {
	Version  string           `json:"version"`
	Sections []privacySection `json:"sections"`
}

type privacySection struct {
	Title lang.Text `json:"title"`
	Body  lang.Text `json:"body"`
}

func (s *Server) publicRoutes() {
	handle(s, op{id: "getAbout", method: get, path: "/api/public/about", access: Public,
		summary: "Whose platform this is"}, s.getAbout)
	handle(s, op{id: "getPhotoRules", method: get, path: "/api/public/photo-rules", access: Public,
		summary: "证件照上传须知: every requirement of a photo"}, s.getPhotoRules)
	handle(s, op{id: "getPaperRules", method: get, path: "/api/public/paper-rules", access: Public,
		summary: "Which business still needs the paper licence"}, s.getPaperRules)
	handle(s, op{id: "getPrivacyNotice", method: get, path: "/api/public/privacy", access: Public,
		summary: "The privacy notice"}, s.getPrivacyNotice)
}

func (s *Server) getAbout(ctx context.Context, _ *Caller, _ *none) (*output[aboutView], error) {
	profile, err := s.Authority.Profile(ctx)
	if profile.Offices == nil {
		profile.Offices = []authority.Office{}
	}
	v := account.ConsentVersion
	return answer(aboutView{profile, s.Demo, stamp(s.Now()), s.Version, consentVersions{v, v, v}, encode(s.PushKey)}, err)
}

// photoRulesVersion is the date of the notice that the rules come from.
const photoRulesVersion = "2021-09-01"

// judgedAs names for a reader how a rule is judged.
var judgedAs = map[photo.Judged]string{photo.Decidable: "program", photo.Advisory: "advice", photo.Declared: "declared"}

func (s *Server) getPhotoRules(context.Context, *Caller, *none) (*output[photoRulesView], error) {
	view := photoRulesView{Version: photoRulesVersion}
	for _, r := range photo.Rules() {
		n := len(view.Groups)
		if n == 0 || view.Groups[n-1].ID != r.Group {
			view.Groups = append(view.Groups, photoRuleGroup{ID: r.Group, Title: r.Group.Title()})
			n++
		}
		g := &view.Groups[n-1]
		g.Rules = append(g.Rules, photoRuleView{r.ID, r.Say, judgedAs[r.Judged]})
	}
	return answer(view, nil)
}

func (s *Server) getPaperRules(context.Context, *Caller, *none) (*output[paperRulesView], error) {
	return answer(paperRulesView{licence.PaperRules()}, nil)
}

func (s *Server) getPrivacyNotice(context.Context, *Caller, *none) (*output[privacyNotice], error) {
	return answer(privacyNotice{account.ConsentVersion, []privacySection{
		{lang.T("我们处理什么", "What we process"), lang.T(
			"姓名、身份证件号码、驾驶证信息、登记手机号、人像照片，以及谁在何时查验过您的驾驶证。身份证件号码和人像是敏感个人信息，每一项都单独征得您的同意。",
			"Your name, identity number, licence data, the phone on the register, your portrait, and who checked your licence when. The identity number and the portrait are sensitive; each is processed on a consent of its own.")},
		{lang.T("为什么", "Why"), lang.T(
			"只用于核发、展示和查验您的电子驾驶证。人像只用于印在电子驾驶证上供查验人比对，不做人脸识别登录。",
			"Only to issue, show and check your electronic licence. The portrait is printed on it for whoever checks to compare; it is not used to sign you in.")},
		{lang.T("谁能看到", "Who can see it"), lang.T(
			"查验单位只能看到其场景需要的几项，每次查验都记在“查验记录”里。您手机里的密钥不能导出，也不会传给我们。",
			"Whoever checks sees only what the purpose needs, and every check is listed under Who checked. The key in your phone cannot be exported and never reaches us.")},
		{lang.T("怎样保存", "How it is kept"), lang.T(
			"存放在境内，逐人加密；删除您的密钥，备份里的内容也不能再读。操作记录保存不少于六个月，任何人不能改动。",
			"In the country, sealed with a key per person: when the key is destroyed, backups cannot be read either. Records of deeds are kept at least six months and cannot be altered by anybody.")},
		{lang.T("您的权利", "Your rights"), lang.T(
			"您可以查看和导出自己的资料，申请更正，撤回同意，注销账户。不同意使用人像或不用手机的，可以照常使用纸质驾驶证，或到窗口办理。",
			"You can see and export your data, ask for corrections, withdraw consent and end the account. Without consent to the portrait, or without a phone, use the paper licence as before, or come to a window.")},
	}}, nil)
}
