package verification_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"edl/internal/audit"
	"edl/internal/desktest"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/verification"
)

func TestTheLogIsFoundByWhoseAndByWhomItsChecksAre(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		here, there := w.Desk(relyingparty.Police, "police"), w.Desk(relyingparty.Police, "police")
		one, other := w.Driver("holder:1", nil), w.Driver("holder:2", nil)
		deeds := []struct {
			desk   *desktest.Desk
			driver *desktest.Driver
			number bool
		}{{here, one, false}, {here, other, false}, {there, one, true}, {here, one, true}, {here, one, false}, {there, one, false}, {here, other, false}}
		var began []time.Time
		for _, d := range deeds {
			w.Wait(19 * time.Minute) // of three hours; the last three of one
			began = append(began, w.Now())
			usable(t, func() (*verification.Check, error) {
				if d.number {
					return d.desk.LookUp("police", string(d.driver.Licence.Document.Number), string(d.driver.Licence.Name))
				}
				return d.desk.Ask("police", d.driver.Code(0))
			})
		}
		// found returns which of the deeds, newest first, a query finds.
		found := func(q audit.Query) (list []int) {
			t.Helper()
			q.Limit = max(q.Limit, 1)
			storetest.View(t, w.DB, func(tx *store.Tx) error {
				rows, err := tx.AuditEntries(ctx, q)
				for _, r := range rows {
					if r.Action == verification.ActCode || r.Action == verification.ActNumber {
						list = append(list, slices.IndexFunc(began, func(at time.Time) bool { return r.At.Equal(at.Truncate(time.Millisecond)) }))
					}
				}
				return err
			})
			return list
		}
		for name, c := range map[string]struct {
			q    audit.Query
			want []int
		}{
			"whose":         {audit.Query{Subject: one.LicenceID, Limit: 100}, []int{5, 4, 3, 2, 0}},
			"by whom":       {audit.Query{Actors: []string{"nobody", here.OperatorID}, Limit: 100}, []int{6, 4, 3, 1, 0}},
			"both":          {audit.Query{Subject: other.LicenceID, Actors: []string{here.OperatorID}, Limit: 100}, []int{6, 1}},
			"the newest":    {audit.Query{Subject: one.LicenceID, Limit: 3}, []int{5, 4, 3}},
			"of a time":     {audit.Query{Actors: []string{here.OperatorID}, From: began[1], To: began[4], Limit: 100}, []int{3, 1}},
			"nobody's":      {audit.Query{Subject: "nobody", Limit: 100}, nil},
			"everybody's":   {audit.Query{Limit: 100}, []int{6, 5, 4, 3, 2, 1, 0}},
			"of no case":    {audit.Query{Subject: one.LicenceID, Case: "none", Limit: 100}, nil},
			"the last by":   {audit.Query{Actors: []string{here.OperatorID}, Limit: 2}, []int{6, 4}},
			"by some":       {audit.Query{Actors: []string{here.OperatorID, there.OperatorID}, Limit: 1}, []int{6}},
			"by some then":  {audit.Query{Actors: []string{here.OperatorID, there.OperatorID}, To: began[6], Limit: 1}, []int{5}},
			"not by others": {audit.Query{Subject: other.LicenceID, Actors: []string{there.OperatorID}, Limit: 100}, nil},
		} {
			if got := found(c.q); !slices.Equal(got, c.want) {
				t.Errorf("%s: the deeds %v, want %v", name, got, c.want)
			}
		}
		older := entries(t, w, verification.ActCode)[2].ID
		if got := found(audit.Query{Subject: one.LicenceID, Before: older, Limit: 100}); !slices.Equal(got, []int{3, 2, 0}) {
			t.Errorf("the page behind a driver's newer has the deeds %v", got)
		}
		if got := found(audit.Query{Actors: []string{here.OperatorID}, Before: older, Limit: 100}); !slices.Equal(got, []int{3, 1, 0}) {
			t.Errorf("the page behind an operator's newest has the deeds %v", got)
		}
	})
}

// S61: a check that is gone, or another driver's, is named by the log.
func TestS61ACheckThatIsGoneOrAlteredIsNamedByTheLog(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	for name, alteration := range map[string]string{
		"taken out":         `DELETE FROM licence_check WHERE number = '%s'`,
		"another driver's":  `UPDATE licence_check SET licence_id = 'another' WHERE number = '%s'`,
		"another officer's": `UPDATE licence_check SET operator_id = 'another' WHERE number = '%s'`,
		"found by nobody":   `DELETE FROM operator_hour WHERE operator_id = (SELECT operator_id FROM licence_check WHERE number = '%s')`,
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *desktest.World) {
				desk, driver := w.Desk(relyingparty.Police, "police"), w.Driver("holder:1", nil)
				c := usable(t, func() (*verification.Check, error) { return desk.Ask("police", driver.Code(0)) })
				log := audit.Sequencer{InTx: store.In[audit.Tx](w.DB), Now: w.Now, Origin: "example.test/edl", Key: key}
				if _, err := log.Sequence(ctx); err != nil {
					t.Fatal(err)
				}
				verdict := func() (v audit.Verdict) {
					storetest.View(t, w.DB, func(tx *store.Tx) (err error) {
						v, err = audit.Verify(ctx, tx, "example.test/edl", key.Public().(ed25519.PublicKey), nil)
						return err
					})
					return v
				}
				if v := verdict(); !v.OK {
					t.Fatalf("control: %+v", v)
				}
				place := entries(t, w, verification.ActCode)[0].Seq
				storetest.Exec(t, w.DB, fmt.Sprintf(alteration, c.Number))
				if v := verdict(); v.OK || !v.LostCheck || v.FirstBad != place {
					t.Errorf("%+v, want the check at %d to be missed", v, place)
				}
			})
		})
	}
}

// The hour of an operator's check is noted again where the note was undone.
func TestAnOperatorsChecksAreFoundAcrossHoursWhateverWasUndone(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk, driver := w.Desk(relyingparty.Police, "police"), w.Driver("holder:1", nil)
		ask := func() *verification.Check {
			return usable(t, func() (*verification.Check, error) { return desk.Ask("police", driver.Code(0)) })
		}
		var want []string
		for range 4 { // a check each 40 minutes
			want = append([]string{ask().Number}, want...)
			w.Wait(40 * time.Minute)
		}
		undone := errors.New("undone")
		err := w.DB.Update(ctx, func(tx *store.Tx) error {
			c := verification.Check{Number: "undone", At: w.Now(), PartyID: desk.Party.ID, OperatorID: desk.OperatorID, LicenceID: driver.LicenceID, Way: "number", Outcome: verification.Usable}
			return errors.Join(tx.AddCheck(ctx, &c), undone)
		})
		if !errors.Is(err, undone) || errors.Is(err, verification.ErrTaken) {
			t.Fatal(err)
		}
		want = append([]string{ask().Number}, want...)
		for _, q := range []struct {
			since time.Duration
			limit int
			want  []string
		}{{24 * time.Hour, 9, want}, {24 * time.Hour, 2, want[:2]}, {100 * time.Minute, 9, want[:3]}, {24 * time.Hour, 0, nil}} {
			storetest.View(t, w.DB, func(tx *store.Tx) error {
				list, err := tx.ChecksByOperator(ctx, desk.OperatorID, w.Now().Add(-q.since), q.limit)
				var got []string
				for _, c := range list {
					got = append(got, c.Number)
				}
				if !slices.Equal(got, q.want) {
					t.Errorf("the last %s, at most %d: %v, want %v", q.since, q.limit, got, q.want)
				}
				return err
			})
		}
	})
}
