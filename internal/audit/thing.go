package audit

import (
	"strings"

	"edl/internal/lang"
)

// A Kind is what kind of thing a deed was done to.
type Kind string

// The kinds of things. Whom an entry is about, its subject, is told by the
// store: AnySubject stands for the kind until then.
const (
	AnySubject Kind = ""

	OnLicence     Kind = "licence"
	OnVersion     Kind = "version" // one of the register
	OnLookup      Kind = "lookup"
	OnCorrection  Kind = "correction"
	OnPending     Kind = "pending" // a refused line of the register
	OnRun         Kind = "run"     // an import, or a run of the feed
	OnApplication Kind = "application"
	OnElectronic  Kind = "electronic"
	OnMobile      Kind = "mobile" // a licence in international form
	OnPhoto       Kind = "photo"
	OnDevice      Kind = "device" // a driver's phone, or one that asks to be
	OnPasskey     Kind = "passkey"
	OnCase        Kind = "case" // at the window
	OnFeedback    Kind = "feedback"
	OnCheck       Kind = "check"
	OnBatch       Kind = "batch" // checks in bulk
	OnDetention   Kind = "detention"
	OnPurpose     Kind = "purpose" // of looks that drivers see later
	OnRequest     Kind = "request" // a relying party asks a driver
	OnConsent     Kind = "consent" // a standing one
	OnParty       Kind = "party"
	OnTerminal    Kind = "terminal"
	OnEnrolment   Kind = "enrolment" // the code that enrols a terminal
	OnOperator    Kind = "operator"
	OnKey         Kind = "key" // of a relying party's own system
	OnAdmin       Kind = "admin"
	OnReceiver    Kind = "receiver"
	OnNotices     Kind = "notices" // a day's file of changes
	OnAdmission   Kind = "admission"
	OnScenario    Kind = "scenario"
	OnPeer        Kind = "peer"
	OnMember      Kind = "member"
	OnSettings    Kind = "settings"
	OnCalendar    Kind = "calendar"
	OnSigningKeys Kind = "signing_keys"
	OnLog         Kind = "log"
)

// Platform is the subject of what concerns nobody.
const Platform = "platform"

// kinds are what a deed's object is, by the action, or by its beginning.
var kinds = map[string]Kind{
	"account": OnLicence, "admin": OnAdmin, "admission": OnAdmission, "application": OnApplication, "audit": OnLog, "bulk": OnBatch,
	"calendar": OnCalendar, "check": OnCheck, "check.burst": OnTerminal, "check.miss": OnTerminal, "consent": OnRequest,
	"delay": OnPurpose, "delay.extension_approve": OnCheck, "delay.extension_propose": OnCheck, "delay.extension_refuse": OnCheck,
	"detention": OnDetention, "device": OnDevice, "electronic": OnElectronic, "feedback": OnFeedback, "follow": OnCheck, "follow.file": OnNotices,
	"key": OnKey, "keys": OnSigningKeys, "mobile": OnMobile, "operator": OnOperator, "operator.signin": OnTerminal, "operator.signin_refused": OnTerminal,
	"party": OnParty, "passkey": OnPasskey, "peer": OnPeer, "photo": OnPhoto, "receiver": OnReceiver,
	"register.change": OnVersion, "register.correction_approve": OnCorrection, "register.correction_ask": OnCorrection, "register.correction_refuse": OnCorrection,
	"register.feed": OnRun, "register.import": OnRun, "register.pending": OnPending, "register.phone": OnLicence, "register.resolve": OnPending,
	"register.search": OnLookup, "register.view": OnLookup, "scenario": OnScenario, "settings": OnSettings, "staff": OnMember, "standing": OnConsent,
	"terminal": OnTerminal, "terminal.code": OnEnrolment, "watch": OnLicence, "window": OnCase,
}

// Kind returns what kind of thing an action is done to; AnySubject for one that
// nobody has entered in the table.
func (a Action) Kind() Kind {
	if k, ok := kinds[string(a)]; ok {
		return k
	}
	family, _, _ := strings.Cut(string(a), ".")
	return kinds[family]
}

// A Thing is what a deed was done to, or whom it concerns, by its identifier.
// An identifier alone may be of no kind yet: AnySubject.
type Thing struct {
	Kind Kind
	ID   string
}

// Named is what an auditor reads in place of an identifier. Name is a number or
// a name; it is empty where there is none, and for whatever a driver would be
// known by: that is found with a reason, in the register, and not here.
type Named struct {
	Thing
	Name  lang.Text
	Party Party // the relying party that it belongs to
}

// A Party is a relying party, as one of its things names it.
type Party struct{ ID, Name string }

// On returns what the deed was done to. What was looked at in the register is
// the licence, not the search that found it.
func (r *Row) On() Thing {
	kind := r.Action.Kind()
	switch {
	case r.Action == ActRead && r.Object != "": // whose entries were read
		return Thing{AnySubject, r.Object}
	case r.Object == "" && kind.itself():
		return Thing{kind, ""}
	case r.Object == "", r.Action == "register.view":
		return r.Whose()
	}
	return Thing{kind, r.Object}
}

// Whose returns whom the entry concerns, whose key seals its details.
func (r *Row) Whose() Thing { return Thing{AnySubject, r.Subject} }

// itself reports whether there is one of the kind only.
func (k Kind) itself() bool {
	return k == OnSettings || k == OnCalendar || k == OnSigningKeys || k == OnLog
}

// actorKinds are what of those who did it has a name.
var actorKinds = map[ActorKind]Kind{ByStaff: OnMember, ByParty: OnAdmin, ByOperator: OnOperator}

// Doer returns who did it as a thing that has a name, if it has one.
func (a Actor) Doer() (Thing, bool) {
	k, ok := actorKinds[a.Kind]
	return Thing{k, a.ID}, ok
}
