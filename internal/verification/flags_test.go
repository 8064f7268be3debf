package verification_test

import (
	"testing"
	"time"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/desktest"
	"edl/internal/identity"
	"edl/internal/licence"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/verification"
)

var auditor = audit.Actor{Kind: audit.ByStaff, ID: "auditor", Role: "audit"}

// S60: what an auditor should see is flagged in the entry that commits with
// the look-up; who looks learns nothing of it, and the driver sees the look-up.
func TestALookUpThatAnAuditorShouldSeeIsFlaggedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *desktest.World) {
		named := func(name string) func(*licence.Licence) {
			return func(l *licence.Licence) { l.Name = identity.Name(name) }
		}
		desk := w.Desk(relyingparty.Police, "police") // the operator is 沈望舒, at work at any time
		plain, self, relative := w.Driver("holder:1", named("林晓舟")), w.Driver("holder:2", named("沈望舒")), w.Driver("holder:3", named("沈知夏"))
		watched := w.Bare("status:H", named("周知夏"))
		watches := &verification.Watches{InTx: store.In[verification.WatchTx](w.DB), Read: store.Read[verification.WatchTx](w.DB), Now: w.Now}
		if err := watches.Add(ctx, auditor, watched.LicenceID, "涉密人员"); err != nil {
			t.Fatal(err)
		}
		look := func(d *desktest.Driver) (*verification.Check, error) {
			return desk.LookUp("police", string(d.Licence.Document.Number), string(d.Licence.Name))
		}
		newest := func() *audit.Row { return entries(t, w, verification.ActNumber)[0] }
		wants := func(name string, d *desktest.Driver, flags string) {
			t.Helper()
			w.Wait(time.Second)
			c, err := look(d)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if row := newest(); row.Object != c.Number || row.Detail["flags"] != flags || row.Flagged != (flags != "") {
				t.Errorf("%s: flagged %v %q, want %q", name, row.Flagged, row.Detail["flags"], flags)
			}
			if list, err := w.Checks.OfDriver(ctx, d.LicenceID, "", 1); err != nil || len(list) != 1 || list[0].Number != c.Number {
				t.Errorf("%s: the driver sees %+v, %v", name, list, err)
			}
		}
		wants("somebody", plain, "")
		wants("oneself", self, "self")
		wants("a relative", relative, "same_surname")
		wants("a watched person", watched, "watched")
		if err := watches.Drop(ctx, auditor, watched.LicenceID); err != nil {
			t.Fatal(err)
		}
		wants("no longer watched", watched, "")

		now := w.Now()
		if err := w.Parties.SetHours(ctx, desktest.Staff, desk.OperatorID, clock(now.Add(-time.Hour))+"-"+clock(now.Add(time.Hour))); err != nil {
			t.Fatal(err)
		}
		wants("within the hours", plain, "")
		w.Wait(2 * time.Hour)
		wants("off shift", plain, "off_shift")
		if _, err := desk.Ask("police", plain.Code(0)); err != nil {
			t.Fatal(err)
		}
		if rows := entries(t, w, verification.ActCode); len(rows) != 1 || rows[0].Detail["flags"] != "off_shift" {
			t.Errorf("a code off shift: %+v", rows)
		}
	})
}

func clock(at time.Time) string { return at.In(civil.Shanghai).Format("15:04") }
