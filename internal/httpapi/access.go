package httpapi

import (
	"context"
	"slices"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/lang"
)

// Access says who may call an operation. Every operation declares one where it
// is declared itself; a test lists those without.
type Access struct {
	name  string         // as the committed table of permissions writes it
	roles []account.Role // staff only; any of them permits
}

// The kinds of access. Staff takes roles.
var (
	Public     = Access{name: "public"}   // anybody; a closed list
	Phone      = Access{name: "phone"}    // a driver's session, bound to a licence or not
	Driver     = Access{name: "driver"}   // a driver's session on an enrolled phone
	Terminal   = Access{name: "terminal"} // an operator signed in on an enrolled terminal
	Operator   = Access{name: "operator"} // the same, also one who must still change the PIN
	PartyAdmin = Access{name: "party"}    // an administrator of a relying party; sees that party alone
	Machine    = Access{name: "machine"}  // a relying party's system, by its signature
	AnyStaff   = Access{name: "staff"}    // any member of staff, also one who must still change a secret
	FeedToken  = Access{name: "feed"}     // the authority's own system, by bearer token
	DemoOnly   = Access{name: "demo"}     // anybody, on a demonstration only
)

// Staff is access for members of staff who hold one of the roles.
func Staff(roles ...account.Role) Access { return Access{name: "staff", roles: roles} }

// String names the access as the committed table does: "staff:review".
func (a Access) String() string {
	s := a.name
	for i, r := range a.roles {
		sep := "+"
		if i == 0 {
			sep = ":"
		}
		s += sep + string(r)
	}
	return s
}

// population returns whose session the access asks for, or "".
func (a Access) population() account.Population {
	switch a.name {
	case Phone.name, Driver.name:
		return account.DriverPop
	case Terminal.name, Operator.name:
		return account.TerminalPop
	case AnyStaff.name:
		return account.StaffPop
	case PartyAdmin.name:
		return account.PartyPop
	}
	return ""
}

var (
	errForbidden = fault.New(fault.Denied, "forbidden", "您的岗位不能办这件事。", "Your post does not permit this.")
	errUnbound   = fault.New(fault.Denied, "unbound", "这部手机还没有绑定驾驶证，请先绑定。", "This phone is not bound to a licence yet. Bind it first.")
	errFirstPIN  = fault.New(fault.Denied, "must_change_pin", "请先把初始密码改成您自己的。", "First replace the PIN you were given with one of your own.")
)

// permits returns nil if the session satisfies the access.
func (a Access) permits(s *account.Session) error {
	switch a.name {
	case Driver.name:
		if s.Level != account.DriverLevel {
			return errUnbound
		}
	case Terminal.name:
		if s.MustChange {
			return errFirstPIN
		}
	case AnyStaff.name:
		if len(a.roles) > 0 && !slices.ContainsFunc(a.roles, func(r account.Role) bool { return slices.Contains(s.Roles, r) }) {
			return errForbidden
		}
	}
	return nil
}

// A Caller is who sent the request, as far as it was proved. It is kept in the
// request's context.
type Caller struct {
	Session *account.Session // nil for public operations without a session
	Token   string           // the bearer token of a feed request
	Address string           // the network address, for limits; never stored
	Agent   string           // User-Agent
	English bool             // the caller prefers English
	access  Access
}

type callerKey struct{}

func callerOf(ctx context.Context) *Caller {
	c, _ := ctx.Value(callerKey{}).(*Caller)
	if c == nil {
		return &Caller{}
	}
	return c
}

// Actor names the caller in the audit log.
func (c *Caller) Actor() audit.Actor {
	s := c.Session
	switch {
	case c.access.name == FeedToken.name:
		return audit.Actor{Kind: audit.ByFeed, ID: "feed"}
	case s == nil:
		return audit.Actor{Kind: audit.ByVisitor, ID: "anonymous"}
	case s.Population == account.StaffPop:
		return audit.Actor{Kind: audit.ByStaff, ID: s.StaffID, Role: c.role()}
	case s.Population == account.PartyPop:
		return audit.Actor{Kind: audit.ByParty, ID: s.StaffID}
	case s.Population == account.TerminalPop:
		return audit.Actor{Kind: audit.ByOperator, ID: s.OperatorID}
	case s.Level == account.DriverLevel:
		return audit.Actor{Kind: audit.ByDriver, ID: s.LicenceID}
	}
	return audit.Actor{Kind: audit.ByVisitor, ID: s.ID}
}

// role is the post by which a member of staff was permitted.
func (c *Caller) role() string {
	for _, r := range c.access.roles {
		if slices.Contains(c.Session.Roles, r) {
			return string(r)
		}
	}
	if len(c.Session.Roles) > 0 {
		return string(c.Session.Roles[0])
	}
	return ""
}

// Pick chooses the sentence in the caller's language.
func (c *Caller) Pick(t lang.Text) string {
	if c.English {
		return t.EN
	}
	return t.ZH
}
