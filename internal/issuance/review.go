package issuance

import (
	"context"
	"errors"
	"slices"
	"time"

	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/photo"
	"edl/internal/register"
)

// A CheckItem is one thing that only a person can judge. A reviewer confirms
// each before approving.
type CheckItem struct {
	ID    string
	Say   lang.Text
	Rules []photo.RuleID // of the notice, which it stands for
}

// Checklist covers every rule that no program decides.
var Checklist = []CheckItem{
	{"same_person", lang.T("是本人，与登记照片是同一人", "It is the driver, the same person as in the photo on file"), []photo.RuleID{photo.RuleOwn}},
	{"untreated", lang.T("未过度修饰，不是合成", "Neither over-retouched nor a composite"), []photo.RuleID{photo.RuleUnretouched, photo.RuleNoComposite}},
	{"hair_and_dress", lang.T("免冠，发型、妆容、衣着、饰物合乎要求", "Bare-headed; hair, make-up, clothes and ornaments are in order"), []photo.RuleID{
		photo.RuleBareHead, photo.RuleHairEars, photo.RuleHairTidy, photo.RuleMakeUp, photo.RuleUniform, photo.RuleHat, photo.RuleScarf,
		photo.RuleOrnaments, photo.RuleDressed, photo.RuleModest}},
	{"bearing", lang.T("姿势、表情自然得体", "Pose and expression are natural and fitting"), []photo.RuleID{photo.RulePose}},
	{"contents", lang.T("画面中没有不当的标识、文字和其他违规内容", "No improper signs or words, and nothing unlawful in the picture"), []photo.RuleID{photo.RuleSigns, photo.RuleLawful}},
}

// ErrUnchecked is returned for an approval before everything was confirmed.
var ErrUnchecked = fault.New(fault.Invalid, "application.unchecked", "还有没确认的项目，请逐项看过再通过。", "Some points are not confirmed yet; look at each, then approve.")

// A QueueItem is a case that waits, with whom it is about.
type QueueItem struct {
	*Case
	Entry *register.Entry
}

// Queue is the review desk's list.
type Queue struct {
	Items   []QueueItem
	Waiting int // in all, also those beyond the list
	Overdue int // of the list
	Mine    int // decided today by who asks
}

// queueLength is how many cases the list shows.
const queueLength = 100

// Queue returns what waits, the earliest due first.
func (s *Service) Queue(ctx context.Context, reviewer application.Staff) (*Queue, error) {
	q := &Queue{}
	now := s.Now()
	err := s.Read(ctx, func(tx Tx) error {
		*q = Queue{}
		waiting, err := tx.WaitingCases(ctx, queueLength)
		if err != nil {
			return err
		}
		for _, c := range waiting {
			entry, err := tx.LicenceByID(ctx, c.Licence)
			if err != nil {
				return err
			}
			q.Items = append(q.Items, QueueItem{c, entry})
			if c.Overdue(now) {
				q.Overdue++
			}
		}
		if _, q.Waiting, err = tx.CountWaiting(ctx, &Case{}); err != nil {
			return err
		}
		mine, err := tx.CasesDecidedBy(ctx, reviewer, civil.Of(now).Start())
		q.Mine = len(mine)
		return err
	})
	return q, err
}

// Mine returns what a reviewer decided today, the newest first.
func (s *Service) Mine(ctx context.Context, reviewer application.Staff) (list []QueueItem, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		list = nil
		mine, err := tx.CasesDecidedBy(ctx, reviewer, civil.Of(s.Now()).Start())
		if err != nil {
			return err
		}
		for _, c := range mine {
			entry, err := tx.LicenceByID(ctx, c.Licence)
			if err != nil {
				return err
			}
			list = append(list, QueueItem{c, entry})
		}
		return nil
	})
	return list, err
}

// A Review is a case as its reviewer sees it.
type Review struct {
	*Case
	Entry    *register.Entry
	Photo    photo.Stored
	OnFile   *photo.Stored // to compare: the register's photo, else that of the electronic licence; nil if none
	Refused  *Case         // the refusal that it appeals; nil: no appeal
	Refusals int
	Ahead    int // others that wait
}

// Next gives the reviewer the case that they hold already, or else claims the
// one that is due first; nil if nothing waits that they may review.
func (s *Service) Next(ctx context.Context, by audit.Actor) (*Review, error) {
	var r *Review
	reviewer := application.Staff(by.ID)
	err := s.InTx(ctx, func(tx Tx) error {
		r = nil
		waiting, err := tx.WaitingCases(ctx, queueLength)
		if err != nil {
			return err
		}
		held := slices.IndexFunc(waiting, func(c *Case) bool {
			return c.StatusAt(s.Now()) == application.Reviewing && c.Reviewer == reviewer
		})
		if held >= 0 {
			r, err = s.review(ctx, tx, waiting[held])
			return err
		}
		for _, c := range waiting {
			err := s.claim(ctx, tx, by, c)
			if errors.Is(err, application.ErrHolder) || errors.Is(err, application.ErrOwnCase) || errors.Is(err, application.ErrOwnDecision) {
				continue
			}
			if err == nil {
				r, err = s.review(ctx, tx, c)
			}
			return err
		}
		return nil
	})
	if r != nil && err == nil {
		s.tell(r.Case)
	}
	return r, err
}

// Claim gives one case to the reviewer for fifteen minutes.
func (s *Service) Claim(ctx context.Context, by audit.Actor, id application.ID) (*Review, error) {
	var r *Review
	err := s.InTx(ctx, func(tx Tx) error {
		c, err := tx.Case(ctx, id)
		if err != nil {
			return err
		}
		if err := s.claim(ctx, tx, by, c); err != nil {
			return err
		}
		r, err = s.review(ctx, tx, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.tell(r.Case)
	return r, nil
}

func (s *Service) claim(ctx context.Context, tx Tx, by audit.Actor, c *Case) error {
	if err := c.Claim(application.Staff(by.ID), s.Now()); err != nil {
		return err
	}
	return s.save(ctx, tx, by, c, ActClaim, nil)
}

// save stores a case that a person changed, with the deed.
func (s *Service) save(ctx context.Context, tx Tx, by audit.Actor, c *Case, action audit.Action, detail map[string]string) error {
	if err := tx.SaveCase(ctx, c); err != nil {
		return err
	}
	return tx.AppendAudit(ctx, audit.Entry{
		At: s.Now(), Actor: by, Action: action, Subject: c.Licence, Object: string(c.ID), Case: c.Ref, Detail: detail,
	})
}

func (s *Service) review(ctx context.Context, tx Tx, c *Case) (*Review, error) {
	st, err := standingOf(ctx, tx, c.Licence, s.Now())
	if err != nil {
		return nil, err
	}
	r := &Review{Case: c, Entry: st.entry, Refusals: st.refusals()}
	if r.Photo, err = tx.Photo(ctx, c.PhotoID); err != nil {
		return nil, err
	}
	r.Refused = st.caseOf(c.Plea.Of)
	if id := st.comparable(c); id != "" {
		p, err := tx.Photo(ctx, id)
		if err != nil {
			return nil, err
		}
		r.OnFile = &p
	}
	_, all, err := tx.CountWaiting(ctx, c)
	r.Ahead = max(0, all-1)
	return r, err
}

// comparable returns the photo that a reviewer compares with, "" if there is none.
func (st *standing) comparable(c *Case) string {
	if st.entry.PhotoID == "" && st.electronic != nil && st.electronic.PhotoID != c.PhotoID {
		return st.electronic.PhotoID
	}
	return st.entry.PhotoID
}

// Review returns a case that the reviewer holds or decided.
func (s *Service) Review(ctx context.Context, by audit.Actor, id application.ID) (r *Review, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		c, err := tx.Case(ctx, id)
		if err != nil {
			return err
		}
		if !c.knownTo(application.Staff(by.ID), s.Now()) {
			return errNone
		}
		r, err = s.review(ctx, tx, c)
		return err
	})
	return r, err
}

// remember is how long a reviewer may look at a case after deciding on it.
const remember = 24 * time.Hour

// knownTo reports whether a member of staff holds the case or decided on it a
// short time ago.
func (c *Case) knownTo(staff application.Staff, now time.Time) bool {
	if c.StatusAt(now) == application.Reviewing && c.Reviewer == staff {
		return true
	}
	return c.Decision.By == staff && now.Sub(c.Decision.At) < remember
}

// MayReview reports whether a member of staff holds a case of that licence or
// decided on one a short time ago, and so may see its photos.
func (s *Service) MayReview(ctx context.Context, staff application.Staff, licenceID string) (may bool, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		cases, err := tx.CasesOf(ctx, licenceID)
		may = slices.ContainsFunc(cases, func(c *Case) bool { return c.knownTo(staff, s.Now()) })
		return err
	})
	return may, err
}

// change lets the reviewer do something to a case and stores it.
func (s *Service) change(ctx context.Context, by audit.Actor, id application.ID, action audit.Action, detail map[string]string, do func(*Case, time.Time) error) (*Review, error) {
	var r *Review
	err := s.InTx(ctx, func(tx Tx) error {
		c, err := tx.Case(ctx, id)
		if err != nil {
			return err
		}
		if err := do(c, s.Now()); err != nil {
			return err
		}
		if err := s.save(ctx, tx, by, c, action, detail); err != nil {
			return err
		}
		r, err = s.review(ctx, tx, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.tell(r.Case)
	return r, nil
}

// Release puts a case back into the queue.
func (s *Service) Release(ctx context.Context, by audit.Actor, id application.ID) error {
	_, err := s.change(ctx, by, id, ActRelease, nil, func(c *Case, now time.Time) error {
		return c.Release(application.Staff(by.ID), now)
	})
	return err
}

// Approve records that the reviewer would issue, after confirming every item
// of the checklist. It can be undone for 30 seconds.
func (s *Service) Approve(ctx context.Context, by audit.Actor, id application.ID, checked []string) (*Review, error) {
	for _, item := range Checklist {
		if !slices.Contains(checked, item.ID) {
			return nil, fault.At("checked", ErrUnchecked)
		}
	}
	return s.change(ctx, by, id, ActApprove, nil, func(c *Case, now time.Time) error {
		return c.Approve(application.Staff(by.ID), now)
	})
}

// Refuse records that the reviewer would not, for one or several reasons.
func (s *Service) Refuse(ctx context.Context, by audit.Actor, id application.ID, reasons []application.Reason, note string) (*Review, error) {
	var codes string
	for _, r := range reasons {
		codes += " " + string(r)
	}
	return s.change(ctx, by, id, ActRefuse, map[string]string{"reasons": codes}, func(c *Case, now time.Time) error {
		return c.Refuse(application.Staff(by.ID), reasons, note, now)
	})
}

// Undo takes the reviewer's own decision back.
func (s *Service) Undo(ctx context.Context, by audit.Actor, id application.ID) (*Review, error) {
	return s.change(ctx, by, id, ActUndo, nil, func(c *Case, now time.Time) error {
		return c.Undo(application.Staff(by.ID), now)
	})
}
