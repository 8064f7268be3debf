package httpapi

import (
	"context"
	"encoding/base64"
	"strings"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/licence"
)

type auditView struct {
	Entries    []auditEntryView `json:"entries"`
	Checkpoint checkpointView   `json:"checkpoint"`
	Next       string           `json:"next,omitempty"`
}

type auditEntryView struct {
	ID         string            `json:"id"`
	Seq        *int64            `json:"seq,omitempty" doc:"place in the log, covered once it is below the checkpoint's size; absent while it has none"`
	At         string            `json:"at"`
	Actor      string            `json:"actor"`
	ActorKind  audit.ActorKind   `json:"actorKind"`
	ActorName  string            `json:"actorName,omitempty" doc:"of staff and operators"`
	Role       string            `json:"role,omitempty"`
	Action     audit.Action      `json:"action"`
	Say        lang.Text         `json:"say"`
	Subject    string            `json:"subject,omitempty"`
	Object     string            `json:"object,omitempty"`
	On         *auditThingView   `json:"on,omitempty" doc:"what it was done to, in words"`
	Whose      *auditThingView   `json:"whose,omitempty" doc:"whom it concerns, in words"`
	CaseNumber string            `json:"caseNumber,omitempty"`
	Detail     map[string]string `json:"detail,omitempty"`
	Flagged    bool              `json:"flagged"`
}

// auditThingView names no driver and nothing that a driver is known by.
type auditThingView struct {
	Kind  audit.Kind      `json:"kind,omitempty" doc:"absent where nobody knows any more"`
	ID    string          `json:"id,omitempty"`
	Name  *lang.Text      `json:"name,omitempty" doc:"its number or name"`
	Party *auditPartyView `json:"party,omitempty" doc:"the relying party that it belongs to"`
}

type auditPartyView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func viewThing(n audit.Named) *auditThingView {
	if n.Kind == audit.AnySubject && (n.ID == "" || n.ID == audit.Platform) {
		return nil
	}
	view := &auditThingView{Kind: n.Kind, ID: n.ID}
	if n.Name.ZH != "" {
		view.Name = &n.Name
	}
	if n.Party.ID != "" {
		view.Party = &auditPartyView{n.Party.ID, n.Party.Name}
	}
	return view
}

type checkpointView struct {
	Size     int64  `json:"size"`
	Root     string `json:"root"`
	At       string `json:"at,omitempty"`
	SignedBy string `json:"signedBy"`
}

type auditVerdictView struct {
	OK        bool      `json:"ok"`
	Size      int64     `json:"size"`
	Root      string    `json:"root"`
	CheckedAt string    `json:"checkedAt"`
	Uncovered int       `json:"uncovered" doc:"rows younger than the checkpoint"`
	FirstBad  *int64    `json:"firstBad,omitempty"`
	Say       lang.Text `json:"say"`
}

type auditQuery struct {
	Person string `query:"person" maxLength:"64" doc:"a file number, or an identifier"`
	Case   string `query:"case" maxLength:"64"`
	Actor  string `query:"actor" maxLength:"200" doc:"who did it: an identifier, a name, an account or a number"`
	From   string `query:"from" maxLength:"40" doc:"RFC 3339"`
	To     string `query:"to" maxLength:"40" doc:"RFC 3339"`
	Flags  bool   `query:"flagged"`
	Before string `query:"before" maxLength:"64"`
}

func (s *Server) staffAuditRoutes() {
	handle(s, op{id: "readAudit", method: get, path: "/api/staff/audit", access: Staff(account.Auditor),
		summary: "The audit log; the look is itself recorded"}, s.readAudit)
	handle(s, op{id: "verifyAudit", method: post, path: "/api/staff/audit/verify", access: Staff(account.Auditor),
		summary: "Recompute the log and hold it against its checkpoint"}, s.verifyAudit)
	handle(s, op{id: "countRefusals", method: get, path: "/api/staff/audit/refusals", access: Staff(account.Auditor),
		summary: "How often input was refused, by cause and by hour; the look is itself recorded"}, s.countRefusals)
}

func (s *Server) readAudit(ctx context.Context, c *Caller, in *auditQuery) (*output[auditView], error) {
	q := audit.Query{Subject: in.Person, Case: in.Case, Flagged: in.Flags, Before: in.Before, Limit: pageSize}
	var err error
	if q.From, err = moment("from", in.From); err != nil {
		return nil, err
	}
	if q.To, err = moment("to", in.To); err != nil {
		return nil, err
	}
	if file, err := licence.ParseFileNumber(in.Person); err == nil {
		if q.Subject, err = s.Register.IDOf(ctx, file); err != nil {
			return nil, err
		}
	}
	page, err := s.AuditLog.Entries(ctx, c.Actor(), strings.TrimSpace(in.Actor), q)
	if err != nil {
		return nil, err
	}
	view := auditView{Entries: []auditEntryView{}, Checkpoint: s.viewCheckpoint(page.Checkpoint)}
	for _, r := range page.Rows {
		one := s.viewAuditEntry(r)
		one.ActorName, one.On, one.Whose = page.Actor(r), viewThing(page.On(r)), viewThing(page.Whose(r))
		view.Entries = append(view.Entries, one)
	}
	if len(page.Rows) == pageSize {
		view.Next = page.Rows[len(page.Rows)-1].ID
	}
	return answer(view, nil)
}

func moment(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fault.At(field, errDate)
	}
	return t, nil
}

func (s *Server) viewAuditEntry(r *audit.Row) auditEntryView {
	say, ok := s.AuditSentences[r.Action]
	if !ok {
		say = lang.T(string(r.Action), string(r.Action))
	}
	view := auditEntryView{
		ID: r.ID, At: stamp(r.At), Actor: r.Actor.ID, ActorKind: r.Actor.Kind, Role: r.Actor.Role, Action: r.Action, Say: say,
		Subject: r.Subject, Object: r.Object, CaseNumber: r.Case, Detail: r.Detail, Flagged: r.Flagged,
	}
	if r.Seq >= 0 {
		view.Seq = &r.Seq
	}
	return view
}

func (s *Server) viewCheckpoint(c audit.Checkpoint) checkpointView {
	return checkpointView{c.Size, base64.StdEncoding.EncodeToString(c.Root[:]), stamp(c.At), s.AuditLog.Origin}
}

func (s *Server) verifyAudit(ctx context.Context, c *Caller, _ *none) (*output[auditVerdictView], error) {
	v, err := s.AuditLog.Verify(ctx, c.Actor())
	if err != nil {
		return nil, err
	}
	view := auditVerdictView{
		OK: v.OK, Size: v.Size, Root: base64.StdEncoding.EncodeToString(v.Root[:]), CheckedAt: stamp(s.Now()), Uncovered: v.Uncovered, Say: sayVerdict(v),
	}
	if v.FirstBad >= 0 && !v.OK && v.Size > 0 {
		view.FirstBad = &v.FirstBad
	}
	return answer(view, nil)
}

func sayVerdict(v audit.Verdict) lang.Text {
	switch {
	case v.OK:
		return lang.T("日志完整：每一条都与已签名的检查点一致。", "The log is whole: every row fits the signed checkpoint.")
	case v.Size == 0:
		return lang.T("还没有检查点，一秒后再核对。", "There is no checkpoint yet; verify again in a second.")
	case v.LostCheck:
		return lang.T("日志记下的一次核查已不在库中，或被改过，请立即保全数据库并报告安全管理员。", "A check that the log records is gone or was altered. Secure the database and report it at once.")
	}
	return lang.T("日志与已签名的检查点不一致，请立即保全数据库并报告安全管理员。", "The log does not fit its signed checkpoint. Secure the database and report it at once.")
}

type refusalsView struct {
	Causes []refusedView     `json:"causes" doc:"the most frequent first"`
	Hours  []refusedHourView `json:"hours" doc:"all of them, oldest first"`
}

type refusedView struct {
	Cause   string `json:"cause" doc:"the problem's code"`
	Times   int    `json:"times"`
	Callers int    `json:"callers" doc:"operators, or addresses of who is not signed in"`
	Most    int    `json:"most" doc:"times of the caller refused most often"`
}

type refusedHourView struct {
	At    string `json:"at"`
	Times int    `json:"times"`
}

func (s *Server) countRefusals(ctx context.Context, c *Caller, in *struct {
	Hours int `query:"hours" minimum:"1" maximum:"744" default:"24"`
}) (*output[refusalsView], error) {
	found, err := s.AuditLog.Refusals(ctx, c.Actor(), in.Hours)
	view := refusalsView{Causes: []refusedView{}, Hours: []refusedHourView{}}
	for _, r := range found.Causes {
		view.Causes = append(view.Causes, refusedView{r.Cause, r.Times, r.Callers, r.Most})
	}
	for _, h := range found.Hours {
		view.Hours = append(view.Hours, refusedHourView{stamp(h.At), h.Times})
	}
	return answer(view, err)
}
