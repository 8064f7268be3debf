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

// Law is what each scenario is given and how it may ask, as the law of the
// product has it. It is written down here a second time on purpose.
var Law = map[relyingparty.ScenarioID]struct {
	Kind   relyingparty.Kind
	Ways   []relyingparty.Way
	Fields []relyingparty.Field
}{
	"police":       {"police", []relyingparty.Way{"code", "number", "bulk"}, Everything},
	"window":       {"window", []relyingparty.Way{"code", "number", "bulk"}, Everything},
	"regulation":   {"regulator", []relyingparty.Way{"code", "number", "bulk"}, []relyingparty.Field{"usable", "photo", "class_covers", "class_since", "expiry", "points_full"}},
	"transport":    {"transport", []relyingparty.Way{"code", "number", "consent", "bulk"}, []relyingparty.Field{"usable", "same_person", "photo", "class_covers", "class_since", "expiry", "points_full"}},
	"underwriting": {"insurer", []relyingparty.Way{"code", "consent"}, []relyingparty.Field{"usable", "same_person", "class_covers", "years_driving", "expiry"}},
	"claim":        {"insurer", []relyingparty.Way{"number"}, []relyingparty.Field{"usable", "class_covers", "suspended", "revoked", "in_probation"}},
	"rental":       {"rental", []relyingparty.Way{"code", "consent"}, []relyingparty.Field{"usable", "same_person", "photo", "class_covers", "valid_until"}},
}

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
