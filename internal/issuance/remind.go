package issuance

import (
	"context"
	"fmt"
	"time"

	"edl/internal/civil"
	"edl/internal/credential"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/notification"
)

// remindAt are the days before the end of validity on which a driver is
// reminded, the latest first. Renewal opens on the first of them.
var remindAt = []int{7, 30, 90}

// Remind sends the reminders that are due: for each end of validity one at 90,
// 30 and 7 days, and of several that were missed only the latest. It may run
// as often as one likes. It returns how many it sent.
func (s *Service) Remind(ctx context.Context) (sent int, err error) {
	today := civil.Of(s.Now())
	last := today.AddDays(remindAt[len(remindAt)-1])
	for after := ""; ; {
		var page []*credential.Electronic
		if err := s.Read(ctx, func(tx Tx) (err error) {
			page, err = tx.Expiring(ctx, today, last, after, 200)
			return err
		}); err != nil {
			return sent, fmt.Errorf("looking for licences that end soon: %w", err)
		}
		if len(page) == 0 {
			return sent, nil
		}
		for _, e := range page {
			after = e.ID
			told, err := s.remind(ctx, e.LicenceID, s.Now())
			if err != nil {
				return sent, fmt.Errorf("reminding the holder of %s: %w", e.ID, err)
			}
			if told {
				sent++
			}
		}
	}
}

func (s *Service) remind(ctx context.Context, licenceID string, now time.Time) (told bool, err error) {
	err = s.InTx(ctx, func(tx Tx) error {
		told = false
		entry, err := tx.LicenceByID(ctx, licenceID)
		if err != nil {
			return err
		}
		end := entry.Licence.ValidTo
		days := reminderFor(end, now)
		if days == 0 || entry.State(now).Use != licence.Usable {
			return nil
		}
		if told, err = tx.AddReminder(ctx, licenceID, end, days, now); err != nil || !told {
			return err
		}
		return tx.Notify(ctx, expiryMessage(licenceID, end, now))
	})
	if told && err == nil && s.Publish != nil {
		s.Publish(licenceID, "message", nil)
	}
	return told, err
}

// reminderFor returns which reminder is due, by its days, or 0.
func reminderFor(end civil.Date, now time.Time) int {
	if end.IsZero() {
		return 0
	}
	left := civil.Of(now).DaysUntil(end)
	for _, days := range remindAt {
		if left >= 0 && left <= days {
			return days
		}
	}
	return 0
}

func expiryMessage(licenceID string, end civil.Date, now time.Time) notification.Message {
	left := civil.Of(now).DaysUntil(end)
	zh, en := fmt.Sprintf("还有%d天到期", left), fmt.Sprintf("ends in %d days", left)
	switch left {
	case 0:
		zh, en = "今天24:00到期", "ends today at midnight"
	case 1:
		zh, en = "明天24:00到期", "ends tomorrow at midnight"
	}
	return notification.Message{
		LicenceID: licenceID, Kind: notification.Expiry, At: now, SMS: true, Link: "#/licence",
		Title: lang.T("驾驶证"+zh, "Your licence "+en),
		Body: lang.T(
			fmt.Sprintf("您的驾驶证有效期至%d年%d月%d日，%s，现在可以换证。换证后请重新申领电子驾驶证，一般几秒内办结。", end.Year, end.Month, end.Day, zh),
			fmt.Sprintf("Your licence is valid until %d %s %d and %s; it can be renewed now. After that apply for the electronic licence again, which usually takes seconds.", end.Day, end.Month, end.Year, en)),
	}
}
