package licence

import "edl/internal/lang"

// Paper says whether an officer collects the paper licence, and why.
type Paper struct {
	Collect bool      `json:"collect"`
	Say     lang.Text `json:"say"`
}

// paperFor holds the letters on which the paper is collected: R5's exception,
// and the other cases of detention that a status shows. On the others the officer
// looks up and hands nothing in; what a decision of this very check would need
// is in PaperRules.
var paperFor = map[Letter]lang.Text{
	PointsFull: lang.T("累积记分已达12分：须依法扣留纸质驾驶证，开具强制措施凭证。", "12 points reached: detain the paper licence and write the certificate of the measure."),
	Suspended:  lang.T("暂扣期内：纸质驾驶证应已交存；驾驶人仍持有的，须收存。", "Suspended: the paper licence should have been handed in; collect it if the driver still has it."),
	Detained:   lang.T("已被扣留：纸质驾驶证应已收存；驾驶人仍持有的，须收存。", "Detained: the paper licence should be in custody; collect it if the driver still has it."),
	Seized:     lang.T("已被扣押：纸质驾驶证应由办案单位保管；驾驶人仍持有的，须收存并移交。", "Seized: the unit in charge should hold the paper licence; collect it if the driver still has it, and hand it over."),
	Revoked:    lang.T("已被吊销：驾驶人仍持有纸质驾驶证的，须收缴。", "Revoked: collect the paper licence if the driver still has it."),
	Annulled:   lang.T("已被撤销：驾驶人仍持有纸质驾驶证的，须收缴。", "Annulled: collect the paper licence if the driver still has it."),
	Cancelled:  lang.T("已注销：驾驶人仍持有纸质驾驶证的，须收回。", "Cancelled: take the paper licence back if the driver still has it."),
}

// PaperFor returns whether the paper licence is collected on a state as it is.
// Any of its letters can ask for that, not only the worst.
func PaperFor(s State) Paper {
	for _, c := range s.Causes {
		if say, ok := paperFor[c.Letter]; ok {
			return Paper{Collect: true, Say: say}
		}
	}
	return Paper{Say: lang.T("无须纸质驾驶证。如作出扣留、暂扣、吊销等决定，仍须收取纸质驾驶证。", "No paper licence needed. A decision to detain, suspend or revoke still needs the paper to be collected.")}
}

// PaperRule answers 办这项业务要带纸质证吗 for one piece of business.
type PaperRule struct {
	Business lang.Text `json:"business"`
	Needed   bool      `json:"needed"`
	Why      lang.Text `json:"why"`
}

// PaperRules lists the answers, those that need the paper first.
func PaperRules() []PaperRule {
	needed := func(businessZH, businessEN, whyZH, whyEN string) PaperRule {
		return PaperRule{lang.T(businessZH, businessEN), true, lang.T(whyZH, whyEN)}
	}
	free := func(businessZH, businessEN, whyZH, whyEN string) PaperRule {
		return PaperRule{lang.T(businessZH, businessEN), false, lang.T(whyZH, whyEN)}
	}
	return []PaperRule{
		needed("路面被扣留驾驶证", "an officer detains the licence on the road", "扣留的是纸质证；民警登记后，电子驾驶证状态自动变更。", "The paper is what is detained; the electronic licence's status follows once the officer records it."),
		needed("违法记分满12分", "a violation that leads to 12 points", "须依法扣留纸质证。", "The paper licence is detained by law."),
		needed("适用一般程序的违法处理", "a violation under the ordinary procedure", "处理中可能扣留或暂扣纸质证。", "The paper licence may be detained or suspended in its course."),
		needed("暂扣驾驶证", "suspension of the licence", "纸质证须交作出决定的机关保管。", "The paper licence is kept by the office that decided it."),
		needed("吊销驾驶证", "revocation of the licence", "纸质证须交回。", "The paper licence is handed in."),
		needed("满分学习和考试", "the 12-point course and its test", "学习、考试时核验并在合格后发还纸质证。", "The paper licence is checked there and given back after passing."),
		needed("交通事故中作为证据扣押", "seizure as evidence after an accident", "扣押的是纸质证。", "The paper is what is seized."),
		needed("注销驾驶证", "cancellation of the licence", "须收回纸质证。", "The paper licence is collected."),
		needed("降低准驾车型换证", "exchange for a lower class", "须收回原纸质证。", "The old paper licence is collected."),
		needed("驾驶证转入换证", "exchange on moving in from another authority", "须收回原纸质证。", "The old paper licence is collected."),
		needed("驾驶证损毁换证", "exchange of a damaged licence", "须收回损毁的纸质证。", "The damaged paper licence is collected."),
		needed("办理校车驾驶资格", "school-bus qualification", "须在纸质证上签注。", "It is endorsed on the paper licence."),
		free("路面接受查验", "a check on the road", "出示电子驾驶证，民警在线核查。", "Show the electronic licence; the officer looks it up online."),
		free("处理一般违法记录", "settling a recorded violation", "出示电子驾驶证即可；导致满12分、暂扣或吊销的除外。", "The electronic licence is enough, unless it leads to 12 points, suspension or revocation."),
		free("处理交通事故", "settling an accident", "出示电子驾驶证即可；作为证据扣押的除外。", "The electronic licence is enough, unless the paper is seized as evidence."),
		free("办理车辆和驾驶证业务", "vehicle and driver business", "出示电子驾驶证即可，无需提交纸质证；须收回或签注纸质证的业务除外。", "The electronic licence is enough, except where the paper is collected or endorsed."),
		free("运输企业招聘查验", "checks by a transport company", "出示电子驾驶证，在线核验。", "Show the electronic licence; it is verified online."),
		free("保险投保、理赔", "insurance: underwriting and claims", "保险公司在线核验。", "The insurer verifies it online."),
		free("租车", "renting a car", "租赁企业在线核验，无需携带纸质证。", "The rental company verifies it online; no paper needed."),
	}
}
