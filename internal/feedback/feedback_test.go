package feedback_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"edl/internal/audit"
	"edl/internal/demo"
	"edl/internal/fault"
	"edl/internal/feedback"
	"edl/internal/licence"
	"edl/internal/registertest"
	"edl/internal/store"
	"edl/internal/storetest"
)

var (
	ctx = context.Background()
	now = time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC)
	by  = audit.Actor{Kind: audit.ByStaff, ID: "clerk"}
)

// open returns the service and the identifier of a driver.
func open(t *testing.T, db *store.DB) (*feedback.Service, string) {
	t.Helper()
	l := demo.People(now)[0].Licence
	l.Photo = licence.Photo{}
	registertest.Add(t, db, now, l)
	id, err := registertest.Service(db, func() time.Time { return now }).IDOf(ctx, l.FileNumber)
	if err != nil {
		t.Fatal(err)
	}
	return &feedback.Service{
		InTx: store.In[feedback.Tx](db), Read: store.Read[feedback.Tx](db), Now: func() time.Time { return now },
		Allow: func(string, string) error { return nil },
	}, id
}

func TestAReportIsTakenOnceAndItsAnswerReachesTheDriver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, id := open(t, db)
		report := feedback.Report{LicenceID: id, Text: " 照片总是\u202e传不上去 ", ErrorCode: "photo.too_large", Key: "one press"}
		first, err := s.Submit(ctx, audit.Program, id, report)
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.Submit(ctx, audit.Program, id, report)
		if err != nil || again.Number != first.Number || first.Number != "FK2610090001" {
			t.Errorf("sent again: %+v, %v", again, err)
		}
		if first.Text != "照片总是传不上去" {
			t.Errorf("kept as %q", first.Text)
		}
		if err := s.Answer(ctx, by, first.ID, "请换一张小一些的照片。"); err != nil {
			t.Fatal(err)
		}
		if err := s.Answer(ctx, by, first.ID, "再答一次"); !errors.Is(err, feedback.ErrAnswered) {
			t.Errorf("answered twice: %v", err)
		}
		list, err := s.Of(ctx, id)
		if err != nil || len(list) != 1 || list[0].Answer != "请换一张小一些的照片。" {
			t.Errorf("%+v, %v", list, err)
		}
		storetest.View(t, db, func(tx *store.Tx) error {
			n, err := tx.UnreadMessages(ctx, id, now)
			if n != 1 {
				t.Errorf("%d messages", n)
			}
			return err
		})
	})
}

func TestAnothersPictureCannotBeAttachedOrSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, id := open(t, db)
		picture, err := s.Attach(ctx, id, []byte("jpeg"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Picture(ctx, id, picture); err != nil || string(got) != "jpeg" {
			t.Fatalf("control: %q, %v", got, err)
		}
		if _, err := s.Picture(ctx, "somebody else", picture); fault.Of(err) == nil || fault.Of(err).Kind != fault.NotFound {
			t.Errorf("seen: %v", err)
		}
		if _, err := s.Submit(ctx, audit.Program, "x", feedback.Report{Text: "看这张", Images: []string{picture}}); fault.Of(err) == nil {
			t.Errorf("attached: %v", err)
		}
	})
}

func TestWordsAreNeeded(t *testing.T) {
	s, id := open(t, storetest.SQLite(t))
	for name, text := range map[string]string{"none": " \u200b ", "too many": strings.Repeat("长", 2001)} {
		if _, err := s.Submit(ctx, audit.Program, id, feedback.Report{LicenceID: id, Text: text}); !errors.Is(err, feedback.ErrText) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
