// Package account knows who is asking: drivers on their enrolled phones,
// operators at terminals, staff at the console, administrators of relying
// parties.
//
// The four populations never mix: each has its own sessions, its own cookie
// and its own ways to sign in. A session is found by the hash of its token, so
// that a stolen database opens none. What a role may do is declared at each
// HTTP operation; this package only says which roles a person holds.
package account

import (
	"slices"

	"edl/internal/fault"
)

// A Population is one of the four kinds of people who sign in.
type Population string

// The populations.
const (
	DriverPop   Population = "driver"
	TerminalPop Population = "terminal" // operators of relying parties
	StaffPop    Population = "staff"
	PartyPop    Population = "party" // administrators of relying parties 单位管理员
)

// A Level is how much a driver's session has proved.
type Level string

// The levels of a driver's session.
const (
	PhoneLevel  Level = "phone"  // this number received a code; shows no licence
	DriverLevel Level = "driver" // speaks for one driver on one enrolled phone
)

// A Role is a post of the authority's staff.
type Role string

// The roles. The three administrators exclude one another and hold no
// business post (GB/T 22239-2019 asks for the separation).
const (
	System    Role = "system"    // 系统管理员: settings, calendar, relying parties
	Security  Role = "security"  // 安全管理员: staff accounts and their roles
	Auditor   Role = "audit"     // 审计管理员: reads the audit log
	WindowRep Role = "window"    // 受理岗: the service window
	Reviewer  Role = "review"    // 审核岗: decides on photos
	Registrar Role = "registrar" // 登记岗: corrects the register
)

// ErrRoles is returned for roles that one person must not hold together.
var ErrRoles = fault.New(fault.Invalid, "staff.roles",
	"系统、安全、审计管理员三者互斥，也不能兼任业务岗；业务岗可以兼任。请只选一个管理员角色，或只选业务岗。",
	"The three administrators exclude one another and hold no business post. Choose one administrator, or business posts only.")

var administrators = []Role{System, Security, Auditor}

// Roles lists every role.
func Roles() []Role {
	return []Role{System, Security, Auditor, WindowRep, Reviewer, Registrar}
}

// CheckRoles refuses unknown roles, none, and combinations that are forbidden.
func CheckRoles(roles []Role) error {
	admins := 0
	for _, r := range roles {
		if !slices.Contains(Roles(), r) {
			return ErrRoles
		}
		if slices.Contains(administrators, r) {
			admins++
		}
	}
	if len(roles) == 0 || admins > 1 || admins == 1 && len(roles) > 1 {
		return ErrRoles
	}
	return nil
}
