package verification

import "edl/internal/fault"

// Why a code gets no answer. What is wrong with the code itself is said by
// package livecode.
var (
	ErrUnknownCode = fault.New(fault.NotFound, "unknown_code", "平台没有登记过这个码的编号，请驾驶人联网打开一次“亮码”再扫。", "No phone is enrolled under this code. Ask the driver to open the code page online once and scan again.")
	ErrEndedDevice = fault.New(fault.Conflict, "ended_device", "这个码来自已停用的手机，请驾驶人用现在绑定的手机亮码。", "The code comes from a phone that was ended. Ask the driver to use the phone that is bound now.")
	ErrReplayed    = fault.New(fault.Conflict, "replayed_code", "这个码已经用过，请驾驶人刷新后再扫。", "The code was used already. Ask the driver to refresh it and scan again.")
	ErrRequestUsed = fault.New(fault.Conflict, "check.request_reused", "这个请求编号已用于另一次核查，请重新核查。", "This request identifier was used for another check. Check again.")
)

// Why a question gets no answer.
var (
	ErrFieldNotAllowed = fault.New(fault.Denied, "field_not_allowed", "这个场景不能这样查，或不能给出所要的项目；没有给出任何内容。", "This scenario cannot be asked that way, or does not give what was asked for; nothing was given.")
	ErrNobody          = fault.New(fault.NotFound, "not_found", "没有查到，或不能查看。请核对号码和姓名。", "Nobody was found, or nobody you may see. Check the number and the name.")
	ErrRequestID       = fault.New(fault.Invalid, "check.request_id", "请求编号须是一个 UUID，请更新终端页面后再试。", "The request identifier must be a UUID. Reload the terminal's page and try again.")
	ErrWay             = fault.New(fault.Invalid, "check.way", "请扫码，或按号码和姓名查询。", "Scan a code, or look up by number and name.")
	ErrReason          = fault.New(fault.Invalid, "check.reason_needed", "按号码查询须写明事由，100字以内。", "A look-up by number needs a reason, at most 100 characters.")
	ErrCase            = fault.New(fault.Invalid, "check.case_needed", "请填写业务或案件编号，40字以内。", "Give the number of the business or case, at most 40 characters.")
	ErrVehicle         = fault.New(fault.Invalid, "check.vehicle_needed", "请选择车型。", "Choose the class of the vehicle.")
	ErrReturn          = fault.New(fault.Invalid, "check.return_needed", "请填写今天或以后的还车日期。", "Give the day of return, today or later.")
	ErrAccident        = fault.New(fault.Invalid, "check.accident_needed", "请填写事故时间，不能晚于现在。", "Give the time of the accident, not later than now.")
	ErrHolder          = fault.New(fault.Invalid, "check.holder", "证号请填完整，或只填最后6位以上。", "Give the whole number, or at least its last 6 characters.")
	ErrLookup          = fault.New(fault.Invalid, "check.lookup", "请填写号码和姓名。", "Give number and name.")
)
