package verification_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"edl/internal/desktest"
	"edl/internal/licence"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/verification"
)

// What one question tells of a code is what four of their own tell, however
// the licence and its electronic form stand.
func TestOneQuestionTellsWhatFourWould(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		auditor := verification.Watch{Since: w.Now(), StaffID: "auditor", Why: "asked to"}
		for key, prepare := range map[string]func(d *desktest.Driver){
			"holder:1": func(*desktest.Driver) {},
			"holder:2": func(d *desktest.Driver) { d.Status("D") },
			"holder:3": func(d *desktest.Driver) { d.Invalidate() },
			"holder:4": func(d *desktest.Driver) {
				watch := auditor
				watch.LicenceID = d.LicenceID
				storetest.Update(t, w.DB, func(tx *store.Tx) error { return tx.AddWatch(ctx, &watch) })
			},
		} {
			t.Run(key, func(t *testing.T) {
				d := w.Driver(key, nil)
				prepare(d)
				serial := d.Serial()
				var got *verification.Shown
				var want verification.Shown
				storetest.View(t, w.DB, func(tx *store.Tx) (err error) {
					if got, err = tx.Shown(ctx, serial[:]); err != nil {
						return err
					}
					if want.Device, err = tx.DeviceBySerial(ctx, serial[:]); err != nil {
						return err
					}
					want.Device.Name = ""
					if want.Entry, err = tx.LicenceByID(ctx, d.LicenceID); err != nil {
						return err
					}
					if want.Electronic, err = tx.ElectronicLicence(ctx, d.LicenceID); err != nil {
						return err
					}
					want.Watched, err = tx.Watched(ctx, d.LicenceID)
					return err
				})
				if diff := cmp.Diff(&want, got); diff != "" {
					t.Errorf("one question tells otherwise (-four +one):\n%s", diff)
				}
			})
		}
	})
}

// Where the one question finds nothing, the code is judged all the same: a
// phone without an electronic licence, and the serial before the present one.
func TestACodeIsJudgedWhereOneQuestionDoesNotTell(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		desk := w.Desk(relyingparty.Police, relyingparty.PoliceCheck)
		bare := w.Bare("holder:2", nil)
		c, err := desk.Ask(relyingparty.PoliceCheck, bare.Code(0))
		if err != nil || c.Record.Answer.Electronic == nil || c.Record.Answer.Electronic.State == licence.Active {
			t.Errorf("a phone without an electronic licence was answered %+v, %v", c, err)
		}
		d := w.Driver("holder:1", nil)
		before := d.Serial()
		storetest.Exec(t, w.DB, `UPDATE device SET previous_serial = serial, serial = $1, serial_at = $2 WHERE licence_id = $3`,
			[]byte("0123456789abcdef"), w.Now().UnixMilli(), d.LicenceID)
		usable(t, func() (*verification.Check, error) {
			return desk.Ask(relyingparty.PoliceCheck, d.CodeBy(d.Key, before, 0))
		})
	})
}
