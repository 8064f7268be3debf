package window

import (
	"context"
	"strings"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/issuance"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/register"
)

// A View is a case with what the clerk needs to see.
type View struct {
	*Case
	Now          time.Time
	Entry        *register.Entry
	Electronic   *credential.Electronic // nil: never issued
	Devices      []*account.Device
	Applications []*issuance.Progress // the newest first
	Refusals     int
	Paper        lang.Text // whether the paper licence is collected
	Deeds        []*audit.Row
}

// View returns a case of the clerk's own.
func (s *Service) View(ctx context.Context, by audit.Actor, id string) (*View, error) {
	v := &View{Now: s.Now()}
	err := s.Read(ctx, func(tx Tx) (err error) {
		if v.Case, err = own(ctx, tx, by, id); err != nil {
			return err
		}
		if v.Entry, err = tx.LicenceByID(ctx, v.LicenceID); err != nil {
			return err
		}
		v.Electronic, err = tx.ElectronicLicence(ctx, v.LicenceID)
		if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
			v.Electronic, err = nil, nil
		}
		if err != nil {
			return err
		}
		if v.Devices, err = tx.Devices(ctx, v.LicenceID); err != nil {
			return err
		}
		v.Deeds, err = deeds(ctx, tx, v.Number)
		return err
	})
	if err != nil {
		return nil, err
	}
	v.Paper = paper(v.Business, v.Entry.State(v.Now))
	if v.Applications, err = s.Issuance.ProgressOf(ctx, v.LicenceID); err != nil {
		return nil, err
	}
	v.Refusals, err = s.Issuance.Refusals(ctx, v.LicenceID)
	return v, err
}

// maxDeeds bounds the record that is shown; a case has a handful.
const maxDeeds = 200

// deeds returns what was done in a case, the oldest first.
func deeds(ctx context.Context, tx Tx, number string) ([]*audit.Row, error) {
	rows, err := tx.AuditEntries(ctx, audit.Query{Case: number, Limit: maxDeeds})
	for i, j := 0, len(rows)-1; i < j; i, j = i+1, j-1 {
		rows[i], rows[j] = rows[j], rows[i]
	}
	return rows, err
}

// paper says whether this business, or the licence's status, needs the paper
// licence to be handed in.
func paper(business string, state licence.State) lang.Text {
	if p := licence.PaperFor(state); p.Collect {
		return p.Say
	}
	for _, rule := range licence.PaperRules() {
		if rule.Business.ZH != business {
			continue
		}
		if rule.Needed {
			return lang.T("这项业务要收纸质驾驶证："+rule.Why.ZH, "This business needs the paper licence: "+rule.Why.EN)
		}
		return lang.T("这项业务不用纸质驾驶证："+rule.Why.ZH, "This business needs no paper licence: "+rule.Why.EN)
	}
	return lang.T("这项业务不用纸质驾驶证。", "This business needs no paper licence.")
}

// A Slip is what the driver takes along. It bears no licence number.
type Slip struct {
	*View
	Title lang.Text
}

// Slip returns the slip of a case.
func (s *Service) Slip(ctx context.Context, by audit.Actor, id string) (*Slip, error) {
	v, err := s.View(ctx, by, id)
	if err != nil {
		return nil, err
	}
	return &Slip{View: v, Title: lang.T("业务受理凭条", "Slip of the service window")}, nil
}

// ApplicationsHere are those handed in within the case.
func (v *View) ApplicationsHere() (list []*issuance.Progress) {
	for _, a := range v.Applications {
		if a.Ref == v.Number {
			list = append(list, a)
		}
	}
	return list
}

// Done says in words what was done in the case, each deed once.
func (v *View) Done(sentences map[audit.Action]lang.Text) lang.Text {
	var zh, en []string
	said := map[audit.Action]bool{ActOpen: true, ActClose: true}
	for _, row := range v.Deeds {
		if say, ok := sentences[row.Action]; ok && !said[row.Action] {
			said[row.Action] = true
			zh, en = append(zh, say.ZH), append(en, say.EN)
		}
	}
	return lang.T(strings.Join(zh, "；"), strings.Join(en, "; "))
}
