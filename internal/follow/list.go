package follow

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"slices"
	"strings"
	"time"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/relyingparty"
	"edl/internal/verification"
)

// seat finds at which desk somebody asks, if party, terminal and operator are
// in force.
func seat(ctx context.Context, tx Tx, by verification.Asker) (*relyingparty.Desk, error) {
	desk, err := tx.Desk(ctx, by.TerminalID, by.OperatorID)
	if missing(err) {
		return nil, relyingparty.ErrTerminalSuspended
	}
	if err != nil {
		return nil, err
	}
	return desk, desk.Admit()
}

func operator(by verification.Asker) audit.Actor {
	return audit.Actor{Kind: audit.ByOperator, ID: by.OperatorID}
}

const (
	followedMost = 20_000 // drivers of one party that are listed and counted
	shownMost    = 200    // that a page shows
)

// A Filter is what a page shows.
type Filter string

// The filters.
const (
	All     Filter = "all"
	Stopped Filter = "stopped" // everybody who may not drive for the party
	New     Filter = "new"     // of whom something was told and not acknowledged
)

// A List is whom a party follows, those first of whom it has something to do.
type List struct {
	Drivers []*Driver // at most shownMost
	Matches int
	Total   int
	Stopped int
	New     int
}

// List shows whom the party follows. text is looked for in names, the party's
// own references and reasons.
func (s *Service) List(ctx context.Context, by verification.Asker, filter Filter, text string) (*List, error) {
	var all []*Driver
	if err := s.Read(ctx, func(tx Tx) error {
		desk, err := seat(ctx, tx, by)
		if err != nil {
			return err
		}
		all, err = tx.FollowedBy(ctx, desk.Party.ID, followedMost)
		return err
	}); err != nil {
		return nil, err
	}
	list := &List{Total: len(all)}
	text = strings.ToLower(strings.TrimSpace(text))
	for _, d := range all {
		if d.stopped() {
			list.Stopped++
		}
		if d.News() {
			list.New++
		}
		if (filter == Stopped && !d.stopped()) || (filter == New && !d.News()) || !d.Known.holds(text) {
			continue
		}
		list.Drivers = append(list.Drivers, d)
	}
	slices.SortStableFunc(list.Drivers, func(a, b *Driver) int {
		return cmp.Or(a.order()-b.order(), b.toldAt().Compare(a.toldAt()))
	})
	list.Matches = len(list.Drivers)
	list.Drivers = list.Drivers[:min(list.Matches, shownMost)]
	return list, nil
}

func (d *Driver) stopped() bool { return d.State() == NotUsable || d.State() == NotForThis }

// News reports whether the party has not acknowledged a change. That somebody
// is usable from the beginning is none.
func (d *Driver) News() bool {
	n := d.Notice
	return n != nil && n.AcknowledgedAt.IsZero() && !(n.Before == Unseen && n.State == Usable)
}

func (d *Driver) order() int {
	switch {
	case d.stopped() && d.News():
		return 0
	case d.News():
		return 1
	case d.stopped():
		return 2
	}
	return 3
}

func (d *Driver) toldAt() time.Time {
	if d.Notice == nil {
		return time.Time{}
	}
	return d.Notice.At
}

func (k Known) holds(text string) bool {
	for _, s := range []string{k.Holder, k.Name, k.Reference, k.Why} {
		if strings.Contains(strings.ToLower(s), text) {
			return true
		}
	}
	return false
}

// Acknowledge records that the party knows what it was told of a driver.
func (s *Service) Acknowledge(ctx context.Context, by verification.Asker, id string) error {
	return s.InTx(ctx, func(tx Tx) error {
		desk, err := seat(ctx, tx, by)
		if err != nil {
			return err
		}
		d, err := tx.Followed(ctx, id)
		if err != nil {
			return err
		}
		if d.PartyID != desk.Party.ID {
			return ErrNothing
		}
		n, err := tx.AcknowledgeNotices(ctx, id, desk.Operator.Number, s.Now())
		if err != nil || n == 0 {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{
			At: s.Now(), Actor: operator(by), Action: ActAcknowledge, Subject: d.LicenceID, Object: d.Notice.Check,
			Detail: map[string]string{"state": string(d.State()), "operator": desk.Operator.Number},
		})
	})
}

// OfDriver returns by whom a driver is followed, and what each was last told.
func (s *Service) OfDriver(ctx context.Context, licenceID string) (list []*Driver, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		list, err = tx.FollowedOf(ctx, licenceID)
		return err
	})
	return list, err
}

var fileHead = []string{"类别", "自编号", "姓名", "场景", "事由", "状态", "告知时间", "原状态", "核验编号", "知悉时间", "知悉经办人"}

// File returns a day's changes and how everybody stands now as CSV. Whoever is
// not in it is not followed, whatever an earlier file said.
func (s *Service) File(ctx context.Context, by verification.Asker, day civil.Date) ([]byte, error) {
	var all []*Driver
	var told []*Notice
	err := s.InTx(ctx, func(tx Tx) error {
		desk, err := seat(ctx, tx, by)
		if err != nil {
			return err
		}
		if all, err = tx.FollowedBy(ctx, desk.Party.ID, followedMost); err != nil {
			return err
		}
		if told, err = tx.NoticesOf(ctx, desk.Party.ID, day.Start(), day.End()); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{
			At: s.Now(), Actor: operator(by), Action: ActFile, Subject: desk.Party.ID, Object: day.String(), Detail: map[string]string{"operator": desk.Operator.Number},
		})
	})
	if err != nil {
		return nil, err
	}
	file := bytes.NewBufferString("\ufeff") // spreadsheets take it for UTF-8 then
	out := csv.NewWriter(file)
	out.Write(fileHead)
	known := map[string]*Driver{}
	for _, d := range all {
		known[d.ID] = d
	}
	for _, n := range told {
		if d := known[n.FollowedID]; d != nil {
			out.Write(d.row("当日变化", n))
		}
	}
	for _, d := range all {
		out.Write(d.row("现状", d.Notice))
	}
	out.Flush()
	return file.Bytes(), out.Error()
}

// row is a line of the file. No cell of it is a formula to a spreadsheet.
func (d *Driver) row(kind string, n *Notice) []string {
	if n == nil {
		n = &Notice{}
	}
	cells := []string{
		kind, d.Known.Reference, d.Known.Who(), d.Known.Scenario.ZH, d.Known.Why, n.State.Words().ZH, minute(n.At), "",
		n.Check, minute(n.AcknowledgedAt), n.AcknowledgedBy,
	}
	if n.Before != Unseen {
		cells[7] = n.Before.Words().ZH
	}
	for i, c := range cells {
		cells[i] = verification.Harmless(c)
	}
	return cells
}

func minute(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(civil.Shanghai).Format("2006-01-02 15:04")
}
