package licence

import (
	"time"

	"edl/internal/fault"
	"edl/internal/identity"
)

// Faults of applying for an electronic licence, one for each letter that
// forbids it. 锁定 and 停止使用 share the sentence that the national service
// uses, in its words.
var (
	ErrApplyAbnormal    = fault.New(fault.Conflict, "licence.apply_abnormal", "驾驶证状态异常，无法申领驾驶证电子版，请联系驾驶证发证地公安交管部门", "The licence's status is abnormal, so the electronic licence cannot be applied for. Contact the traffic police at the place that issued it.")
	ErrApplyPointsFull  = fault.New(fault.Conflict, "licence.apply_points_full", "本记分周期累积记分已达12分，不能申领电子驾驶证。请参加满分学习，考试合格恢复后再申领。", "You have reached 12 points in this cycle and cannot apply for the electronic licence. Take the course and pass the test, then apply.")
	ErrApplySuspended   = fault.New(fault.Conflict, "licence.apply_suspended", "驾驶证在暂扣期内，不能申领电子驾驶证。期满恢复后再申领。", "The licence is suspended, so the electronic licence cannot be applied for. Apply after it is restored.")
	ErrApplyDetained    = fault.New(fault.Conflict, "licence.apply_detained", "驾驶证已被依法扣留，不能申领电子驾驶证。请先持强制措施凭证接受处理，恢复后再申领。", "The licence is detained, so the electronic licence cannot be applied for. Have the case dealt with first, then apply.")
	ErrApplySeized      = fault.New(fault.Conflict, "licence.apply_seized", "驾驶证已被扣押，不能申领电子驾驶证。请联系办案单位，发还后再申领。", "The licence is seized as evidence, so the electronic licence cannot be applied for. Contact the unit in charge of the case; apply after it is returned.")
	ErrApplyNotRenewed  = fault.New(fault.Conflict, "licence.apply_not_renewed", "驾驶证已过有效期，不能申领电子驾驶证。请先换证，再申领。", "The licence's validity has ended, so the electronic licence cannot be applied for. Renew the licence first, then apply.")
	ErrApplyNotReviewed = fault.New(fault.Conflict, "licence.apply_not_reviewed", "驾驶证逾期未审验，不能申领电子驾驶证。请先办理审验，再申领。", "The licence was not reviewed in time, so the electronic licence cannot be applied for. Have it reviewed first, then apply.")
	ErrApplyAnnulled    = fault.New(fault.Conflict, "licence.apply_annulled", "驾驶证已被撤销，不能申领电子驾驶证。如有疑问，请联系发证机关。", "The licence was annulled, so the electronic licence cannot be applied for. Contact the issuing authority with questions.")
	ErrApplyRevoked     = fault.New(fault.Conflict, "licence.apply_revoked", "驾驶证已被吊销，不能申领电子驾驶证。如有疑问，请联系发证机关。", "The licence was revoked, so the electronic licence cannot be applied for. Contact the issuing authority with questions.")
	ErrApplyCancelled   = fault.New(fault.Conflict, "licence.apply_cancelled", "驾驶证已注销，不能申领电子驾驶证。如有疑问，请联系发证机关。", "The licence was cancelled, so the electronic licence cannot be applied for. Contact the issuing authority with questions.")
	ErrApplyRecoverable = fault.New(fault.Conflict, "licence.apply_recoverable", "驾驶证已注销，不能申领电子驾驶证。请先向发证机关申请恢复驾驶资格，再申领。", "The licence was cancelled and can be restored. Have it restored by the issuing authority first, then apply for the electronic licence.")
	ErrApplyMovedOut    = fault.New(fault.Conflict, "licence.apply_moved_out", "驾驶证已转出，请向现发证机关申领。", "The licence was moved to another authority; apply to the one that issues it now.")
	ErrApplyWindow      = fault.New(fault.Conflict, "licence.apply_window", "驾驶证状态需要核实，不能在网上申领电子驾驶证。请携带身份证明到窗口办理。", "The licence's status needs to be clarified, so the electronic licence cannot be applied for online. Bring your identity document to a service window.")
)

var applyFaults = map[Letter]*fault.Fault{
	PointsFull: ErrApplyPointsFull, Suspended: ErrApplySuspended, Detained: ErrApplyDetained, Seized: ErrApplySeized,
	NotRenewed: ErrApplyNotRenewed, NotReviewed: ErrApplyNotReviewed, Locked: ErrApplyAbnormal, Stopped: ErrApplyAbnormal,
	Annulled: ErrApplyAnnulled, Revoked: ErrApplyRevoked, Cancelled: ErrApplyCancelled, Recoverable: ErrApplyRecoverable,
	MovedOut: ErrApplyMovedOut, Other: ErrApplyWindow,
}

// CanApply returns nil if the state allows an application for the electronic
// licence, and else the fault of the letter that decides. Classes never forbid
// one: a holder of D, E or F alone may apply as well.
func CanApply(s State) error {
	if s.Use == Usable {
		return nil
	}
	if f, ok := applyFaults[s.Worst]; ok {
		return f
	}
	return ErrApplyWindow // a State that nobody judged
}

// cardPhotoYears is how long the photo of an identity card is used.
const cardPhotoYears = 10

// DirectWay reports whether the direct way of R13 is open: a resident's
// identity card, and its photo on file, at most 10 years old. Other documents,
// and other photos, take the ways of camera, album or window.
func DirectWay(l Licence, t time.Time) bool {
	p := l.Photo
	return l.Document.Type == identity.ResidentCard && p.Digest != "" && p.Source == FromIdentityCard &&
		!p.TakenOn.IsZero() && t.Before(p.TakenOn.AddYears(cardPhotoYears).End())
}
