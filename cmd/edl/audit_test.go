package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"edl/internal/account"
	"edl/internal/audit"
)

func TestEveryDeedIsDoneToSomethingOfAKind(t *testing.T) {
	for action := range auditSentences() {
		if action.Kind() == audit.AnySubject {
			t.Errorf("nobody entered what %s is done to", action)
		}
	}
}

// nameless are the kinds that have no number and no name, and what a driver
// would be known by.
var nameless = []audit.Kind{
	audit.OnLicence, audit.OnVersion, audit.OnLookup, audit.OnCorrection, audit.OnMobile, audit.OnPhoto, audit.OnDevice, audit.OnPasskey,
	audit.OnElectronic, // where the authority entered no codes of certificates
	audit.OnSettings, audit.OnSigningKeys, audit.OnLog,
}

type auditAnswer struct {
	Entries []struct {
		Action, Subject, Object, ActorName string
		On, Whose                          *auditThing
	}
	Next string
}

type auditThing struct {
	Kind  audit.Kind
	ID    string
	Name  *struct{ ZH, EN string }
	Party *struct{ ID, Name string }
}

func (t *auditThing) named() bool { return t.Name != nil || t.Party != nil && t.Party.Name != "" }

// The auditor reads of each entry what it was done to, by number or name; of a
// driver no more than the identifier.
func TestTheAuditorReadsNamesAndNumbersAndNothingOfADriver(t *testing.T) {
	d := startDemonstration(t)
	staff, system := d.member(t, account.System)
	d.ask(t, system, "PUT", "/api/staff/calendar/2026-12-31", map[string]any{"work": false, "note": "测试"}, nil)
	party := d.demo.Parties[0]
	if status := d.ask(t, system, "POST", "/api/staff/parties/"+party.ID+"/codes", nil, nil); status >= 300 {
		t.Errorf("an enrolment code: %d", status)
	}
	_, auditor := d.member(t, account.Auditor)

	seen, said := map[audit.Kind]bool{}, ""
	for before := ""; ; {
		var page auditAnswer
		if status := d.ask(t, auditor, "GET", "/api/staff/audit?before="+before, nil, &page); status != 200 {
			t.Fatal(status)
		}
		for _, e := range page.Entries {
			if e.Object != "" && (e.On == nil || e.On.Kind == audit.AnySubject) {
				t.Errorf("%s: what is %s?", e.Action, e.Object)
				continue
			}
			if e.On != nil && !slices.Contains(nameless, e.On.Kind) && !e.On.named() {
				t.Errorf("%s: a %s without number and name", e.Action, e.On.Kind)
			}
			if e.Subject != audit.Platform && (e.Whose == nil || e.Whose.Kind == audit.AnySubject) {
				t.Errorf("%s: who is %s?", e.Action, e.Subject)
			}
			for _, thing := range []*auditThing{e.On, e.Whose} {
				if thing != nil {
					seen[thing.Kind] = true
					if text, _ := json.Marshal(thing); thing.Kind != audit.OnMember && thing.Kind != audit.OnOperator {
						said += string(text) + "\n"
					}
				}
			}
		}
		if before = page.Next; before == "" {
			break
		}
	}
	for _, kind := range []audit.Kind{audit.OnLicence, audit.OnApplication, audit.OnElectronic, audit.OnParty, audit.OnEnrolment, audit.OnCalendar} {
		if !seen[kind] {
			t.Errorf("control: no entry is about a %s among %v", kind, seen)
		}
	}
	for _, driver := range d.demo.Drivers {
		for _, fact := range []string{driver.Name, driver.FileNumber, driver.Number, driver.Phone} {
			if fact != "" && strings.Contains(said, fact) {
				t.Errorf("the log says %q of a driver", fact)
			}
		}
	}
	if !strings.Contains(said, party.Name) || !strings.Contains(said, "2026-12-31") {
		t.Errorf("neither %s nor the day is named", party.Name)
	}
	var mine auditAnswer
	d.ask(t, auditor, "GET", fmt.Sprintf("/api/staff/audit?actor=%s", staff.ID), nil, &mine)
	if len(mine.Entries) == 0 || mine.Entries[0].ActorName != staff.Name {
		t.Errorf("%+v, want what %s did", mine.Entries, staff.Name)
	}
}
