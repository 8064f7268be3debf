package relyingparty

import (
	"regexp"
	"slices"

	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/licence"
)

// A ScenarioID names a scenario.
type ScenarioID string

// The scenarios that come with the platform.
const (
	PoliceCheck  ScenarioID = "police"       // 执法查验
	WindowCheck  ScenarioID = "window"       // 办理交管业务
	Hiring       ScenarioID = "transport"    // 道路运输
	Underwriting ScenarioID = "underwriting" // 保险承保
	Claim        ScenarioID = "claim"        // 保险理赔
	Renting      ScenarioID = "rental"       // 租赁
	Regulation   ScenarioID = "regulation"   // 道路运输监管
)

// A Way is how a licence is found.
type Way string

// The ways.
const (
	ByCode   Way = "code"   // the driver shows a live code
	ByNumber Way = "number" // the asker holds number and name

	ByConsent Way = "consent" // the driver consents to a request from afar
	InBulk    Way = "bulk"    // by number and name, from a file
)

// An Ask is what the asker must, or may, say first.
type Ask string

// What scenarios ask. All but Holder must be given.
const (
	AskReason   Ask = "reason"       // why, where it is asked by number
	AskCase     Ask = "caseNumber"   // the business case or the claim
	AskVehicle  Ask = "vehicleClass" // the class of the vehicle in question
	AskReturn   Ask = "rentalEnd"    // the day of return
	AskHolder   Ask = "holder"       // name and number that the asker holds, or the number's end
	AskAccident Ask = "accidentAt"   // the moment that the answer is about
	AskPolicy   Ask = "policyNumber" // the insurance policy that the driver consented for
)

var asks = []Ask{AskReason, AskCase, AskVehicle, AskReturn, AskHolder, AskAccident, AskPolicy}

// A Field is one thing that a check may give. Nothing else is ever given.
type Field string

// The fields.
const (
	Usable       Field = "usable" // yes or no: every check gives it
	Photo        Field = "photo"
	Name         Field = "name"
	Sex          Field = "sex"
	BirthDate    Field = "birth_date"
	Number       Field = "number" // 证号
	DocumentType Field = "document_type"
	Nationality  Field = "nationality"
	Address      Field = "address"
	Classes      Field = "classes"
	ClassSince   Field = "class_since" // of each class, or of the class asked about
	FirstIssue   Field = "first_issue"
	Validity     Field = "validity" // from and to
	Expiry       Field = "expiry"   // its last day alone
	Authority    Field = "authority"
	FileNumber   Field = "file_number"
	Points       Field = "points"
	Probation    Field = "probation"
	SchoolBus    Field = "school_bus"
	HearingAid   Field = "hearing_aid"
	Causes       Field = "causes"     // each status letter, since when, why
	Electronic   Field = "electronic" // how the electronic licence stands
	Next         Field = "next"       // what to do next, and whether the paper is collected
	Trace        Field = "steps"      // each step of the check with its outcome

	SamePerson   Field = "same_person"   // yes or no: what the asker holds belongs to this licence
	ClassCovers  Field = "class_covers"  // yes or no: the class asked about
	ValidUntil   Field = "valid_until"   // yes or no: on the day of return
	PointsFull   Field = "points_full"   // yes or no: 12 points in the cycle
	YearsDriving Field = "years_driving" // full years since first issue
	WasSuspended Field = "suspended"     // yes or no, at the accident
	WasRevoked   Field = "revoked"       // yes or no, at the accident
	InProbation  Field = "in_probation"  // yes or no
)

// fieldTable holds every field: its name in the driver's list of checks, what
// must be asked for it, and whether a scenario that an administrator adds may
// have it. The others are for bodies that act by law, or for a claim.
var fieldTable = []struct {
	field Field
	label lang.Text
	needs Ask
	open  bool
}{
	{Usable, lang.T("现在是否可以使用", "usable now, yes or no"), "", true},
	{Photo, lang.T("照片", "photo"), "", true},
	{Name, lang.T("姓名", "name"), "", true},
	{Sex, lang.T("性别", "sex"), "", false},
	{BirthDate, lang.T("出生日期", "date of birth"), "", false},
	{Number, lang.T("证号", "licence number"), "", false},
	{DocumentType, lang.T("身份证明种类", "kind of identity document"), "", false},
	{Nationality, lang.T("国籍", "nationality"), "", false},
	{Address, lang.T("住址", "address"), "", false},
	{Classes, lang.T("准驾车型", "classes"), "", true},
	{ClassSince, lang.T("准驾车型起始日期", "start date of the class"), "", true},
	{FirstIssue, lang.T("初次领证日期", "date of first issue"), "", true},
	{Validity, lang.T("有效期", "validity"), "", true},
	{Expiry, lang.T("有效期截止日期", "last day of validity"), "", true},
	{Authority, lang.T("发证机关", "issuing authority"), "", true},
	{FileNumber, lang.T("档案编号", "file number"), "", false},
	{Points, lang.T("累积记分", "points"), "", false},
	{Probation, lang.T("实习期", "probation"), "", false},
	{SchoolBus, lang.T("校车驾驶资格", "school-bus qualification"), "", false},
	{HearingAid, lang.T("是否佩戴助听设备", "hearing aid"), "", false},
	{Causes, lang.T("驾驶证状态及原因", "status and its reasons"), "", false},
	{Electronic, lang.T("电子驾驶证状态", "state of the electronic licence"), "", false},
	{Next, lang.T("下一步与是否收取纸质证", "next step and whether the paper is collected"), "", false},
	{Trace, lang.T("核查步骤", "steps of the check"), "", false},
	{SamePerson, lang.T("与对方所持姓名和证号是否一致", "same person as the asker holds, yes or no"), AskHolder, true},
	{ClassCovers, lang.T("是否可驾所问车型", "may drive the vehicle asked about, yes or no"), AskVehicle, true},
	{ValidUntil, lang.T("还车日是否仍有效", "valid on the day of return, yes or no"), AskReturn, true},
	{PointsFull, lang.T("本周期是否记满12分", "12 points in the cycle, yes or no"), "", true},
	{YearsDriving, lang.T("驾龄", "years of driving"), "", true},
	{WasSuspended, lang.T("事故时是否被暂扣", "suspended at the accident, yes or no"), AskAccident, false},
	{WasRevoked, lang.T("事故时是否被吊销", "revoked at the accident, yes or no"), AskAccident, false},
	{InProbation, lang.T("是否在实习期", "in probation, yes or no"), "", true},
}

// Fields lists every field there is.
func Fields() []Field {
	all := make([]Field, len(fieldTable))
	for i, row := range fieldTable {
		all[i] = row.field
	}
	return all
}

// Changes is no part of an answer but a part of a consent: to be told unasked
// when the answer changes, with whether the licence is usable and covers the
// vehicle.
const Changes Field = "changes"

// Label names the field in the driver's list of checks.
func (f Field) Label() lang.Text {
	if f == Changes {
		return lang.T("资格变化时主动告知对方（不说原因）", "being told, unasked, when this changes (never why)")
	}
	for _, row := range fieldTable {
		if row.field == f {
			return row.label
		}
	}
	return lang.Text{}
}

// A Scenario is what bodies of some kinds may ask for one purpose, and all
// that they are given.
type Scenario struct {
	ID      ScenarioID `json:"-"`
	Enabled bool       `json:"-"`

	Name   lang.Text           `json:"name"`
	Kinds  []Kind              `json:"kinds"` // bodies that it may be granted to
	Ways   []Way               `json:"ways"`
	Asks   []Ask               `json:"asks"`
	Fields []Field             `json:"fields"`
	Labels map[Field]lang.Text `json:"labels,omitempty"` // its own words for a yes or no

	// Standing: by number, only where the driver's consent to the party is in force.
	Standing bool `json:"standing,omitempty"`

	// Follows: while that consent is in force the party is told, unasked, when
	// the answer changes.
	Follows bool `json:"follows,omitempty"`

	// Vehicles are what may be asked about, the commonest first; none: every class.
	Vehicles []licence.Class `json:"vehicles,omitempty"`

	Version int64 `json:"-"`
}

// For reports whether bodies of the kind may be granted the scenario.
func (s *Scenario) For(k Kind) bool { return slices.Contains(s.Kinds, k) }

// Gives reports whether the scenario gives a field.
func (s *Scenario) Gives(f Field) bool { return slices.Contains(s.Fields, f) }

// AsksFor reports whether the asker is asked for something.
func (s *Scenario) AsksFor(a Ask) bool { return slices.Contains(s.Asks, a) }

// Takes reports whether a licence may be found in that way.
func (s *Scenario) Takes(w Way) bool { return slices.Contains(s.Ways, w) }

// AsOf reports whether the answer is about a past moment that the asker gives.
func (s *Scenario) AsOf() bool { return s.AsksFor(AskAccident) }

// VehicleClasses lists the classes that may be asked about.
func (s *Scenario) VehicleClasses() []licence.Class {
	switch {
	case !s.AsksFor(AskVehicle):
		return nil
	case len(s.Vehicles) > 0:
		return s.Vehicles
	}
	return licence.AllClasses()
}

// What is wrong with a scenario.
var (
	ErrScenarioID     = fault.New(fault.Invalid, "scenario.id", "场景代号用2到30个小写字母、数字或下划线，以字母开头，且不能重复。", "A scenario's identifier is 2 to 30 small letters, digits or underscores, begins with a letter and is not in use.")
	ErrScenarioName   = fault.New(fault.Invalid, "scenario.name", "请填写场景的中文名和英文名。", "Name the scenario in Chinese and in English.")
	ErrScenarioKinds  = fault.New(fault.Invalid, "scenario.kinds", "请选择可以授予的单位类型；新增的场景不能授予公安交管部门和窗口。", "Choose which kinds of body it may be granted to; an added scenario is not for police or windows.")
	ErrScenarioWays   = fault.New(fault.Invalid, "scenario.ways", "新增的场景只能由驾驶人亮码或远程同意来核验，不能按号码查询。", "An added scenario checks codes that drivers show, or with their consent from afar, never by number.")
	ErrScenarioFields = fault.New(fault.Invalid, "scenario.fields", "有的项目不存在，或依法不能给出；“现在是否可以使用”必须给出。", "A field is unknown, or may not be given by law; usable must be given.")
	ErrScenarioAsks   = fault.New(fault.Invalid, "scenario.asks", "所给项目需要的填写项没有列出，或没有这一填写项。", "What a field needs is not asked for, or there is no such entry.")
)

var scenarioID = regexp.MustCompile(`^[a-z][a-z0-9_]{1,29}$`)

// check returns what is wrong with a scenario that an administrator adds.
func (s *Scenario) check() error {
	switch {
	case !scenarioID.MatchString(string(s.ID)):
		return fault.At("id", ErrScenarioID)
	case !label(s.Name.ZH, 30) || !label(s.Name.EN, 60):
		return fault.At("name", ErrScenarioName)
	case len(s.Kinds) == 0 || slices.ContainsFunc(s.Kinds, func(k Kind) bool { return k.ByLaw() || !slices.Contains(Kinds(), k) }):
		return fault.At("kinds", ErrScenarioKinds)
	case len(s.Ways) == 0 || s.Standing || s.Follows || slices.ContainsFunc(s.Ways, func(w Way) bool { return w != ByCode && w != ByConsent }):
		return fault.At("ways", ErrScenarioWays)
	case !s.Gives(Usable) || slices.ContainsFunc(s.Fields, func(f Field) bool { return !f.open() }):
		return fault.At("fields", ErrScenarioFields)
	case slices.ContainsFunc(s.Asks, func(a Ask) bool { return a == AskAccident || a == AskPolicy || !slices.Contains(asks, a) }):
		return fault.At("asks", ErrScenarioAsks)
	case slices.ContainsFunc(s.Vehicles, func(c licence.Class) bool { return !c.Known() }):
		return fault.At("vehicles", licence.ErrClassUnknown)
	}
	for _, f := range s.Fields {
		if need := f.Needs(); need != "" && !s.AsksFor(need) {
			return fault.At("asks", ErrScenarioAsks)
		}
	}
	return nil
}

func (f Field) open() bool {
	for _, row := range fieldTable {
		if row.field == f {
			return row.open
		}
	}
	return false
}

// Needs returns what must be asked for the field to be answered, or "".
func (f Field) Needs() Ask {
	for _, row := range fieldTable {
		if row.field == f {
			return row.needs
		}
	}
	return ""
}
