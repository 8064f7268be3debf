package httpapi

import (
	"fmt"
	"slices"
	"strings"

	"edl/internal/account"
)

// A Permission is who may call one operation.
type Permission struct {
	Operation string
	Method    string
	Path      string
	Access    Access
}

// Permissions lists every operation, in the order of their paths.
func (s *Server) Permissions() []Permission {
	if s.api == nil {
		s.register()
	}
	list := make([]Permission, len(s.operations))
	for i, o := range s.operations {
		list[i] = Permission{o.id, o.method, o.path, o.access}
	}
	slices.SortFunc(list, func(a, b Permission) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return list
}

// Callers names every kind of caller, as the committed table of permissions does.
func Callers() []string {
	callers := []string{"anonymous", "phone", "driver", "terminal", "party", "machine"}
	for _, r := range account.Roles() {
		callers = append(callers, string(r))
	}
	return append(callers, "feed")
}

// Allows reports whether a kind of caller may call the operation.
func (p Permission) Allows(caller string) bool {
	switch p.Access.name {
	case Public.name, DemoOnly.name:
		return true
	case FeedToken.name:
		return caller == "feed"
	case Phone.name:
		return caller == "phone" || caller == "driver"
	case Driver.name:
		return caller == "driver"
	case Terminal.name, Operator.name:
		return caller == "terminal"
	case PartyAdmin.name, Machine.name:
		return caller == p.Access.name
	}
	return slices.Contains(account.Roles(), account.Role(caller)) &&
		(len(p.Access.roles) == 0 || slices.Contains(p.Access.roles, account.Role(caller)))
}

// PermissionTable writes the table of docs/permissions.md.
func (s *Server) PermissionTable() string {
	var b strings.Builder
	b.WriteString("# Who may call what\n\nMade from the operations' own declarations by `make generate`; a test plays every cell over HTTP.\n\n")
	fmt.Fprintf(&b, "| operation | request | %s |\n|---|---|%s\n", strings.Join(Callers(), " | "), strings.Repeat(":-:|", len(Callers())))
	for _, p := range s.Permissions() {
		fmt.Fprintf(&b, "| %s | `%s %s` |", p.Operation, p.Method, p.Path)
		for _, c := range Callers() {
			mark := "–"
			if p.Allows(c) {
				mark = "✓"
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
