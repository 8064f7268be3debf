package desktest

import (
	"edl/internal/licence"
	"edl/internal/relyingparty"
)

// Everything is what police and windows are given.
var Everything = []relyingparty.Field{
	"usable", "photo", "name", "sex", "birth_date", "number", "document_type", "nationality", "address", "classes", "class_since",
	"first_issue", "validity", "authority", "file_number", "points", "probation", "school_bus", "hearing_aid", "causes", "electronic", "next", "steps",
}

// Carried is what a self-contained code tells a terminal without a network.
var Carried = []relyingparty.Field{"usable", "name", "photo", "classes", "class_since", "validity"}

// Rules are what a scenario may ask, in which ways, and is given.
type Rules struct {
	Kind   relyingparty.Kind
	Ways   []relyingparty.Way   // at a terminal
	Key    []relyingparty.Way   // of a party's own system, which signs with its key
	Fields []relyingparty.Field // given in each of these ways

	Told    []relyingparty.Field // unasked, at each change, while a consent lasts 持续关注; none: nothing is told
	Offline []relyingparty.Field // by a terminal without a network; none: refused
	Past    bool                 // asks about a moment that has passed, and about nothing else
}

// Law is what each scenario is given and how it may ask, as the law of the
// product has it. It is written down here a second time on purpose.
var Law = map[relyingparty.ScenarioID]Rules{
	"police": {
		Kind: "police", Ways: []relyingparty.Way{"code", "number", "bulk"}, Key: []relyingparty.Way{"code", "number", "bulk"},
		Fields: Everything, Offline: Carried,
	},
	"window": {
		Kind: "window", Ways: []relyingparty.Way{"code", "number", "bulk"}, Key: []relyingparty.Way{"code", "number", "bulk"},
		Fields: Everything, Offline: Carried,
	},
	"regulation": {
		Kind: "regulator", Ways: []relyingparty.Way{"code", "number", "bulk"}, Key: []relyingparty.Way{"code", "number", "bulk"},
		Fields: []relyingparty.Field{"usable", "photo", "class_covers", "class_since", "expiry", "points_full"},
	},
	"transport": {
		Kind: "transport", Ways: []relyingparty.Way{"code", "number", "consent", "bulk"}, Key: []relyingparty.Way{"code", "number", "bulk"},
		Fields: []relyingparty.Field{"usable", "same_person", "photo", "class_covers", "class_since", "expiry", "points_full"},
		Told:   []relyingparty.Field{"usable", "class_covers"},
	},
	"underwriting": {
		Kind: "insurer", Ways: []relyingparty.Way{"code", "consent"}, Key: []relyingparty.Way{"code"},
		Fields: []relyingparty.Field{"usable", "same_person", "class_covers", "years_driving", "expiry"},
	},
	"claim": {
		Kind: "insurer", Ways: []relyingparty.Way{"number"}, Key: []relyingparty.Way{"number"},
		Fields: []relyingparty.Field{"usable", "class_covers", "suspended", "revoked", "in_probation"}, Past: true,
	},
	"rental": {
		Kind: "rental", Ways: []relyingparty.Way{"code", "consent"}, Key: []relyingparty.Way{"code"},
		Fields: []relyingparty.Field{"usable", "same_person", "photo", "class_covers", "valid_until"},
	},
}

// Standing are the scenarios that ask by number with the driver's consent.
var Standing = []relyingparty.ScenarioID{"transport", "claim"}

// Shown is what an answer holds of a field where it is given, and nowhere else.
func Shown(l licence.Licence) map[relyingparty.Field][]string {
	return map[relyingparty.Field][]string{
		"name": {string(l.Name)}, "birth_date": {l.BirthDate.String()}, "number": {string(l.Document.Number)}, "address": {l.Address},
		"file_number": {string(l.FileNumber)}, "first_issue": {l.FirstIssue.String()}, "nationality": {l.Nationality},
		"validity": {l.ValidFrom.String()}, "school_bus": {l.SchoolBus}, "points": {"3 分"}, "causes": {`"letter":"H"`, "违法"}, "sex": {l.Sex.Name().ZH + `"`},
		"authority": {`"` + l.Authority + `"`}, "document_type": {l.Document.Type.Name().ZH}, "hearing_aid": {"助听"}, "electronic": {"电子驾驶证："}, "steps": {"手机签名", "号码与姓名一致"},
		"photo": {"photo_id", "photoUrl"},
	}
}

// Rich gives a licence a value of every field.
func Rich(l *licence.Licence) {
	l.SchoolBus, l.HearingAid, l.Points = "有校车驾驶资格", true, 3
	l.Address, l.Status = "示例市松风路88号", "H"
	l.Classes[0].Since = l.FirstIssue.AddYears(1) // a day of its own
}
