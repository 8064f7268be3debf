package register

import (
	"strings"

	"edl/internal/civil"
	"edl/internal/identity"
	"edl/internal/lang"
	"edl/internal/licence"
)

// need says whether a source must have a column, and what its absence means.
type need int

const (
	required need = iota
	optional      // absent: as if every cell were empty
	carried       // absent: each licence keeps what it has
	unused        // known, and not kept: nothing here depends on it
)

// A column is one field of a line. The table of columns is all that is known
// of the format: the parser, the template, the list in docs/import.md, the
// registrars' corrections and the comparison of versions follow it.
type column struct {
	name     string // our own name: the member of licence.Licence in JSON
	national string // the national systems' name, "" if there is none
	label    lang.Text
	need     need
	format   lang.Text
	example  string
	field
}

// field is how one field is read, shown and carried over.
type field struct {
	read func(d *draft, cell string) error           // a cell that is not empty
	show func(l *licence.Licence) string             // in the form that read takes
	keep func(l *licence.Licence, b licence.Licence) // take over from the version before
}

// header returns the column's name in a template: the national one if any.
func (c *column) header() string {
	if c.national != "" {
		return c.national
	}
	return c.name
}

var columns = []*column{
	{"file_number", "DABH", lang.T("档案编号", "file number"), required,
		lang.T("12位数字。登记库以它为准，不会改变", "12 digits. The register is keyed by it; it never changes"), "000000000011", fileNumberField},
	{"document_type", "", lang.T("证件类型", "identity document"), required,
		lang.T("A居民身份证 C军官证 D士兵证 E军官离退休证 F境外人员身份证明 G外交人员 I外国人永久居留身份证 M临时居民身份证 Q港澳台居民居住证",
			"A resident card, C officer, D soldier, E retired officer, F from outside the mainland, G diplomat, I permanent residence card, M temporary card, Q residence permit"), "A", documentTypeField},
	{"number", "SFZMHM", lang.T("证件号码", "document number"), required,
		lang.T("即驾驶证证号。18位号码核对日期和校验位", "Also the licence number. Numbers of 18 digits are checked whole"), "000000199003070022", numberField},
	{"name", "XM", lang.T("姓名", "name"), required,
		lang.T("至多50个字，间隔号用“·”", "At most 50 characters"), "林知夏", nameField},
	{"sex", "", lang.T("性别", "sex"), optional,
		lang.T("1男 2女。18位证号可不填", "1 male, 2 female. May be left out where the number tells"), "2", sexField},
	{"birth_date", "", lang.T("出生日期", "date of birth"), optional,
		lang.T("日期。18位证号可不填", "Date. May be left out where the number tells"), "1990-03-07",
		date(upToToday, func(l *licence.Licence) *civil.Date { return &l.BirthDate })},
	{"nationality", "", lang.T("国籍", "nationality"), optional,
		lang.T("按登记库的写法。A、C、D、E、M、Q类证件可不填，为中国", "As the register writes it. May be left out for documents A, C, D, E, M and Q: 中国"), "中国",
		text(func(l *licence.Licence) *string { return &l.Nationality })},
	{"address", "", lang.T("住址", "address"), required,
		lang.T("至多200字", "At most 200 characters"), "示范市安澜区云水路18号",
		text(func(l *licence.Licence) *string { return &l.Address })},
	{"phone", "", lang.T("手机号码", "mobile number"), carried,
		lang.T("11位。空为登记库没有手机号码", "11 digits. Empty: none on the register"), "13900000011", phoneField},
	{"classes", "ZJCX", lang.T("准驾车型", "classes"), required,
		lang.T("连写，例如A1A2D", "Written together, as in A1A2D"), "C1D", classesField},
	{"class_since", "", lang.T("各准驾车型起始日期", "start of each class"), carried,
		lang.T("“车型:日期”，以空格分开。空为未记录", "class:date, parted by spaces. Empty: not recorded"), "C1:2016-12-28 D:2018-03-01", classSinceField},
	{"first_issue", "CCLZRQ", lang.T("初次领证日期", "first issue"), required,
		lang.T("日期", "Date"), "2016-12-28",
		date(upToToday, func(l *licence.Licence) *civil.Date { return &l.FirstIssue })},
	{"valid_from", "YXQS", lang.T("有效期始", "valid from"), required,
		lang.T("日期", "Date"), "2022-12-28",
		date(anyDay, func(l *licence.Licence) *civil.Date { return &l.ValidFrom })},
	{"valid_to", "YXQZ", lang.T("有效期止", "valid to"), required,
		lang.T("日期，即最后一天。没有期限写“长期”或9999-12-31", "Date, the last day. 长期 or 9999-12-31 for one without end"), "2032-12-28", validToField},
	{"status", "ZT", lang.T("状态", "status"), required,
		lang.T("一个或多个状态字母，例如A或BD。未知字母按Z", "One or more status letters, such as A or BD. An unknown one counts as Z"), "A", statusField},
	{"extension_until", "", lang.T("延期截止日期", "end of the extension"), optional,
		lang.T("日期，即最后一天。状态含N、P、T时必填", "Date, the last day. Required where the status holds N, P or T"), "",
		date(anyDay, func(l *licence.Licence) *civil.Date { return &l.ExtensionUntil })},
	{"points", "LJJF", lang.T("累积记分", "points"), required,
		lang.T("0至99的整数", "A whole number from 0 to 99"), "3", pointsField},
	{"authority", "FZJG", lang.T("发证机关", "issuing authority"), required,
		lang.T("文字。写法不同即视为发证机关变更", "Text. Another spelling counts as another authority"), "示范市公安局交通管理局",
		text(func(l *licence.Licence) *string { return &l.Authority })},
	{"office", "GLBM", lang.T("管理部门", "office that keeps the file"), carried,
		lang.T("文字", "Text"), "安澜大队",
		text(func(l *licence.Licence) *string { return &l.Office })},
	{"paper_replaced", "QFRQ", lang.T("签发日期", "issue of the present paper"), carried,
		lang.T("日期。变晚而准驾车型、有效期、发证机关不变，即为补证", "Date. Later, with classes, validity and authority unchanged: the paper was replaced"), "2022-12-20",
		date(upToToday, func(l *licence.Licence) *civil.Date { return &l.PaperReplaced })},
	{"probation_until", "", lang.T("实习期止", "end of probation"), carried,
		lang.T("日期，即最后一天。空为初次领证起12个月", "Date, the last day. Empty: 12 months from first issue"), "2017-12-27",
		date(anyDay, func(l *licence.Licence) *civil.Date { return &l.ProbationUntil })},
	{"school_bus", "", lang.T("校车驾驶资格", "school-bus qualification"), carried,
		lang.T("按驾驶证记录的写法。空为没有", "As the licence records it. Empty: none"), "",
		text(func(l *licence.Licence) *string { return &l.SchoolBus })},
	{"hearing_aid", "", lang.T("需戴助听器", "hearing aid"), carried,
		lang.T("1是 0否", "1 yes, 0 no"), "0", hearingAidField},
	{"photo", "", lang.T("照片文件", "photo file"), carried,
		lang.T("照片文件夹中的文件名。空为照片不变", "A file name in the photo folder. Empty: the photo stays"), "", photoField},
	{"photo_data", "", lang.T("照片内容", "the photo itself"), optional,
		lang.T("Base64，代替照片文件，供推送使用", "Base64, instead of a photo file, for the feed"), "", photoDataField},
	{"photo_taken_on", "", lang.T("照片拍摄日期", "day of the photo"), optional,
		lang.T("日期。空为不详，不能直接用于申领", "Date. Empty: not known; it then does not serve the direct way"), "", photoTakenField},
	{"photo_source", "", lang.T("照片来源", "source of the photo"), optional,
		lang.T("1身份证 2驾驶证 3窗口拍摄。有照片时必填", "1 identity card, 2 driving licence, 3 window. Required with a photo"), "", photoSourceField},
	{"holds_from", "GXSJ", lang.T("更新时间", "since when the record holds"), optional,
		lang.T("2026-10-09 10:32:08（北京时间）或RFC 3339。空为导入时", "2026-10-09 10:32:08 in Beijing time, or RFC 3339. Empty: the time of the import"), "2024-05-20 09:30:00", holdsFromField},
	{"previous_classes", "YZJCX", lang.T("原准驾车型", "classes before"), unused,
		lang.T("不保存，历史各版本已有", "Not kept: the versions tell"), "", field{}},
	{"review_date", "SYRQ", lang.T("审验日期", "date of review"), unused,
		lang.T("不保存，逾期未审验由状态S表示", "Not kept: an overdue review is status S"), "", field{}},
}

// columnNamed returns the column of that name: ours, the national one, or the
// Chinese label.
func columnNamed(name string) *column { return columnNames[foldHeader(name)] }

var columnNames = func() map[string]*column {
	names := map[string]*column{}
	for _, c := range columns {
		for _, n := range []string{c.name, c.national, c.label.ZH} {
			if n != "" {
				names[foldHeader(n)] = c
			}
		}
	}
	return names
}()

func foldHeader(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }

// A FieldChange is one field that differs between two versions, or that a
// registrar asks to change.
type FieldChange struct {
	Field string    `json:"field"` // our own name of the column
	Label lang.Text `json:"label"`
	Old   string    `json:"old"`
	New   string    `json:"new"`
}

// Differences returns the fields in which two versions differ, each written in
// the form of the import format.
func Differences(before, after licence.Licence) []FieldChange {
	var list []FieldChange
	for _, c := range columns {
		if c.show == nil {
			continue
		}
		if a, b := c.show(&before), c.show(&after); a != b {
			list = append(list, FieldChange{c.name, c.label, a, b})
		}
	}
	return list
}

// identityDocuments whose holders are of Chinese nationality.
var chinese = map[identity.DocumentType]bool{
	identity.ResidentCard: true, identity.OfficerCard: true, identity.SoldierCard: true, identity.RetiredOfficer: true,
	identity.TemporaryCard: true, identity.ResidencePermit: true,
}
