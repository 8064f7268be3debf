package livecode

import "edl/internal/fault"

// What a reader of codes may be told. A terminal shows the sentence to the
// person who scans, so it says what to ask of the driver.
var (
	ErrTooLarge = fault.New(fault.TooLarge, "too_large",
		"扫到的内容太长，不是驾驶证亮码。",
		"What was scanned is too long to be a licence code.")
	ErrBadCode = fault.New(fault.Invalid, "bad_code",
		"这不是驾驶证亮码，请驾驶人打开“亮码”再扫。",
		"This is not a licence code. Ask the driver to open the code page and scan again.")
	ErrBadCBOR = fault.New(fault.Invalid, "bad_cbor",
		"亮码的内容不合格式，不能采信。请驾驶人刷新后再扫。",
		"The code's content is malformed and cannot be trusted. Ask the driver to refresh it and scan again.")
	ErrBadKey = fault.New(fault.Invalid, "bad_key",
		"亮码里的手机密钥不合格式，不能采信。",
		"The device key in the code is malformed: it cannot be trusted.")
	ErrBadSignature = fault.New(fault.Invalid, "bad_signature",
		"亮码的签名不对，不是本平台的驾驶证亮码，不能采信。",
		"The code's signature is wrong: it is not a genuine licence code.")
	ErrExpired = fault.New(fault.Conflict, "expired_code",
		"亮码已过时，请驾驶人刷新后再扫。",
		"The code is out of date. Ask the driver to refresh it and scan again.")
	ErrStale = fault.New(fault.Conflict, "stale_code",
		"亮码里的签发信息已过期，请驾驶人联网打开一次“亮码”再扫。",
		"What the authority signed into the code has lapsed. Ask the driver to open the code page online once and scan again.")
	ErrClockSkew = fault.New(fault.Conflict, "clock_skew",
		"手机时间不准，请打开“自动设置时间”，再亮码。",
		"The phone's clock is wrong. Turn on “set time automatically” and show the code again.")
)
