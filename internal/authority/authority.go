// Package authority is what the authority says of itself: its name, its
// offices, how to reach it. It puts its own name in the settings; the product
// brings none.
package authority

import (
	"regexp"
	"strings"

	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/licence"
)

// A Profile is the authority's settings.
type Profile struct {
	Name         lang.Text `json:"name"`
	Code         string    `json:"code" doc:"发证机关代码 (FZJG), such as 示A"`
	Phone        string    `json:"phone"`
	Jurisdiction string    `json:"jurisdiction" doc:"ISO 3166-2, such as CN-11"`
	Offices      []Office  `json:"offices"`
}

// An Office is a service window of the authority.
type Office struct {
	Code    string    `json:"code" doc:"管理部门 (GLBM)"`
	Name    lang.Text `json:"name"`
	Address lang.Text `json:"address"`
	Phone   string    `json:"phone"`
}

// What is wrong with a profile.
var (
	ErrName         = fault.New(fault.Invalid, "authority.name", "请填写发证机关的中文名称和英文名称。", "Give the authority's name in Chinese and in English.")
	ErrCode         = fault.New(fault.Invalid, "authority.code", "请填写发证机关代码。", "Give the authority's code.")
	ErrPhone        = fault.New(fault.Invalid, "authority.phone", "请填写对外的联系电话，只用数字、空格和横线。", "Give a public telephone number, digits, spaces and hyphens only.")
	ErrJurisdiction = fault.New(fault.Invalid, "authority.jurisdiction", "管辖区要写成 ISO 3166-2 代码，例如 CN-11。", "Give the jurisdiction as an ISO 3166-2 code, such as CN-11.")
	ErrOffice       = fault.New(fault.Invalid, "authority.office", "每个窗口都要有代码、名称和地址。", "Each office needs a code, a name and an address.")
)

var (
	phone        = regexp.MustCompile(`^[0-9][0-9 -]{2,19}$`)
	jurisdiction = regexp.MustCompile(`^CN-[0-9A-Z]{2,3}$`)
)

// Check returns what is wrong with the profile, or nil.
func (p *Profile) Check() error {
	switch {
	case blank(p.Name):
		return fault.At("name", ErrName)
	case strings.TrimSpace(p.Code) == "":
		return fault.At("code", ErrCode)
	case !phone.MatchString(p.Phone):
		return fault.At("phone", ErrPhone)
	case !jurisdiction.MatchString(p.Jurisdiction):
		return fault.At("jurisdiction", ErrJurisdiction)
	}
	for _, o := range p.Offices {
		if o.Code == "" || blank(o.Name) || blank(o.Address) {
			return fault.At("offices", ErrOffice)
		}
	}
	return nil
}

// Office returns the office of a code, or the authority itself where the code
// is unknown.
func (p *Profile) Office(code string) Office {
	for _, o := range p.Offices {
		if o.Code == code {
			return o
		}
	}
	return Office{Code: p.Code, Name: p.Name, Phone: p.Phone}
}

// Contacts is what the driver's sentences need.
func (p *Profile) Contacts() licence.Contacts { return licence.Contacts{Authority: p.Phone} }

func blank(t lang.Text) bool { return strings.TrimSpace(t.ZH) == "" || strings.TrimSpace(t.EN) == "" }
