package issuance_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/application"
	"edl/internal/issuance"
	"edl/internal/licence"
	"edl/internal/notification"
	"edl/internal/photo"
)

// wish takes the consents back and ends the electronic licence in one
// transaction, as package account does.
func (d *desk) wish(id string, kind account.ConsentKind, why licence.ChangeKind) {
	d.t.Helper()
	d.later(time.Second)
	err := d.db.Update(ctx, func(tx *storeTx) error {
		if err := tx.WithdrawConsents(ctx, id, kind, d.clock()); err != nil {
			return err
		}
		return d.Cease(ctx, tx, driver(id), id, why)
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// Without the consent to the portrait there is no electronic licence, and none
// is made: what waits, what is held and what was decided a moment ago stops.
func TestAWithdrawnConsentEndsTheElectronicLicenceAndStopsWhatIsAppliedFor(t *testing.T) {
	each(t, func(d *desk) {
		holder := d.add("holder:1")
		d.hold(holder)
		photoCase := d.apply(holder, application.Photo, application.Camera, d.upload(holder, photo.FromCamera))
		d.wish(holder, account.Face, licence.ConsentWithdrawn)
		if e := d.electronic(holder); e.State() != licence.Invalidated || !e.FaceWithdrawn() || e.Changes[0].Kind != licence.ConsentWithdrawn {
			d.t.Errorf("the electronic licence: %+v", e)
		}
		cases := []application.ID{photoCase.ID}
		for key, until := range map[string]func(c *issuance.Case){
			"route:album": func(*issuance.Case) {}, "route:camera": func(c *issuance.Case) { d.claimed(c, "r1") },
			"holder:2": func(c *issuance.Case) {
				d.claimed(c, "r1")
				if _, err := d.Approve(ctx, reviewer("r1"), c.ID, everything()); err != nil {
					d.t.Fatal(err)
				}
			},
		} {
			id, c := d.waiting(key)
			until(c)
			d.wish(id, account.Face, licence.ConsentWithdrawn)
			cases = append(cases, c.ID)
			d.later(application.UndoFor)
			d.work()
			if d.electronic(id) != nil || len(d.intents(id)) != 0 {
				d.t.Errorf("%s: something was issued", key)
			}
		}
		for _, id := range cases {
			if c := d.caseOf(id); c.Status != application.Refused || !slices.Equal(c.Decision.Reasons, []application.Reason{application.ConsentWithdrawn}) {
				d.t.Errorf("%s: %s for %v", c.Number, c.Status, c.Decision.Reasons)
			}
		}
		if !slices.Contains(d.deeds(holder), issuance.ActCease) || !slices.ContainsFunc(d.inbox(holder), func(m notification.Message) bool { return m.Title.ZH == "电子驾驶证已停用" }) {
			d.t.Errorf("recorded %v, told %v", d.deeds(holder), d.inbox(holder))
		}
		if n, _ := d.Refusals(ctx, holder); n != 0 {
			d.t.Error("counts as a failed review")
		}

		c := d.apply(holder, application.Reapply, application.Reuse, "") // consents anew
		if e := d.electronic(holder); c.Status != application.Issued || e.State() != licence.Active || e.FaceWithdrawn() {
			d.t.Errorf("applied for again: %s, %+v", c.Status, e)
		}
	})
}

// The consent is withdrawn between the recording of the intent and that of the
// signature: what was signed is never published.
func TestAConsentWithdrawnWhileItIsSignedVoidsIt(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("holder:1")
		revive := d.killAt(1, true)
		if _, err := d.try(id, application.First, application.OnFile, ""); !errors.Is(err, errKilled) {
			d.t.Fatal(err)
		}
		revive()
		d.wish(id, "", licence.AccountEnded)
		d.later(31 * time.Second)
		d.work()
		i := d.intents(id)[0]
		if c := d.caseOf(i.ApplicationID); i.Status != issuance.Void || d.electronic(id) != nil || c.Decision.Reasons[0] != application.ConsentWithdrawn {
			d.t.Errorf("%s, %v, %v", i.Status, d.electronic(id), c.Decision.Reasons)
		}
	})
}

// A window acts by law: the driver's consents are not its ground.
func TestAWindowsCaseNeedsNoConsent(t *testing.T) {
	each(t, func(d *desk) {
		id := d.add("route:album")
		d.wish(id, "", licence.AccountEnded)
		c, err := d.Submit(ctx, reviewer("clerk"), issuance.Submission{
			LicenceID: id, Kind: application.First, Route: application.Window, PhotoID: d.upload(id, photo.FromWindow), Clerk: "clerk", Ref: "CK-1",
		})
		if err != nil {
			d.t.Fatal(err)
		}
		d.wish(id, "", licence.AccountEnded)
		if got := d.decide(c); got.Status != application.Issued {
			d.t.Errorf("%s for %v", got.Status, got.Decision.Reasons)
		}
	})
}
