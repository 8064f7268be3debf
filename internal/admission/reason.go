package admission

import (
	"slices"
	"strings"
	"unicode/utf8"

	"edl/internal/fault"
	"edl/internal/lang"
)

// A Reason is why something is refused, or asked for again.
type Reason string

// The reasons.
const (
	Unreadable Reason = "unreadable"
	Mismatch   Reason = "mismatch"
	Unrelated  Reason = "unrelated"
	NoPermit   Reason = "no_permit"
	Unverified Reason = "unverified"
	OtherCause Reason = "other"
)

// reasonTable names each reason for staff, and says it to the applicant.
var reasonTable = []struct {
	Reason Reason
	Name   lang.Text
	say    lang.Text // of Other it is what staff wrote
}{
	{Unreadable, lang.T("执照看不清", "Licence not legible"), lang.T("营业执照或证明材料看不清，请在光线好的地方重新拍摄或扫描。", "The business licence or a certificate cannot be read. Photograph it in good light, or scan it.")},
	{Mismatch, lang.T("名称与代码不一致", "Name and code differ"), lang.T("单位名称与统一社会信用代码不一致，请按营业执照填写。", "The name does not belong to the credit code. Enter both as on the licence.")},
	{Unrelated, lang.T("场景与业务不符", "Not this body's business"), lang.T("所申请的场景与单位的业务范围不符。", "The scenario does not belong to the body's line of business.")},
	{NoPermit, lang.T("缺少许可证", "Permit missing"), lang.T("缺少这一场景要求的许可证或备案证明，请补齐。", "The permit or filing that the scenario asks for is missing.")},
	{Unverified, lang.T("联系人无法核实", "Contact not verified"), lang.T("按登记的电话联系不上，或无法核实联系人。请确认后重新申请。", "The contact could not be reached or verified. Check it and apply again.")},
	{OtherCause, lang.T("其他", "Other"), lang.Text{}},
}

// Reasons lists every reason with its name.
func Reasons() (codes []Reason, names []lang.Text) {
	for _, row := range reasonTable {
		codes, names = append(codes, row.Reason), append(names, row.Name)
	}
	return codes, names
}

// An Objection is why: coded reasons, and words where one of them is Other.
type Objection struct {
	Reasons []Reason `json:",omitempty"`
	Words   string   `json:",omitempty"`
}

// What is wrong with a decision.
var (
	ErrReason    = fault.New(fault.Invalid, "admission.reason", "请至少选一个原因；选“其他”时写一句话，最多200字。", "Choose at least one reason; for other, write a sentence of at most 200 characters.")
	ErrVerdicts  = fault.New(fault.Invalid, "admission.verdicts", "每个申请的场景都要决定一次：同意，或不同意并选原因。", "Decide each scenario applied for once: grant it, or refuse it with a reason.")
	ErrCondition = fault.New(fault.Invalid, "admission.condition", "条件写一句话，最多200字。", "Write the condition in one sentence of at most 200 characters.")
)

// check returns the objection as it is kept.
func (o Objection) check() (Objection, error) {
	o.Words = strings.TrimSpace(o.Words)
	if len(o.Reasons) == 0 || utf8.RuneCountInString(o.Words) > 200 || strings.ContainsFunc(o.Words, isControl) {
		return o, fault.At("reasons", ErrReason)
	}
	known, _ := Reasons()
	for _, r := range o.Reasons {
		if !slices.Contains(known, r) {
			return o, fault.At("reasons", ErrReason)
		}
	}
	if slices.Contains(o.Reasons, OtherCause) != (o.Words != "") {
		return o, fault.At("reasons", ErrReason)
	}
	return o, nil
}

// Say is the objection in the applicant's sentences.
func (o Objection) Say() (list []lang.Text) {
	for _, row := range reasonTable {
		if !slices.Contains(o.Reasons, row.Reason) {
			continue
		}
		if row.Reason == OtherCause {
			list = append(list, lang.T(o.Words, o.Words))
			continue
		}
		list = append(list, row.say)
	}
	return list
}

// judge returns the verdicts as they are kept, one for each scenario wanted,
// in that order.
func (f *Form) judge(given []Verdict) (kept []Verdict, err error) {
	if len(given) != len(f.Wanted) {
		return nil, fault.At("verdicts", ErrVerdicts)
	}
	for _, w := range f.Wanted {
		i := slices.IndexFunc(given, func(v Verdict) bool { return v.Scenario == w.Scenario })
		if i < 0 {
			return nil, fault.At("verdicts", ErrVerdicts)
		}
		v := given[i]
		v.Condition = strings.TrimSpace(v.Condition)
		switch {
		case v.Granted && len(v.Objection.Reasons) > 0:
			return nil, fault.At("verdicts", ErrVerdicts)
		case v.Granted && (utf8.RuneCountInString(v.Condition) > 200 || strings.ContainsFunc(v.Condition, isControl)):
			return nil, fault.At("verdicts", ErrCondition)
		case v.Granted:
			v.Objection = Objection{}
		default:
			v.Condition = ""
			if v.Objection, err = v.Objection.check(); err != nil {
				return nil, err
			}
		}
		kept = append(kept, v)
	}
	return kept, nil
}
