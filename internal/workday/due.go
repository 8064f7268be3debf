package workday

import (
	"fmt"
	"time"

	"edl/internal/civil"
	"edl/internal/lang"
)

// Due is when something that takes one working day is promised.
type Due struct {
	At    time.Time  `json:"at"`    // 24:00 of Date
	Date  civil.Date `json:"date"`  // the next working day after the submission
	Known bool       `json:"known"` // false: beyond the calendar that is known
	Say   lang.Text  `json:"say"`   // “9月18日（周六，调休上班）24:00前”
}

// Due returns the end of the next working day after the day of submission,
// which is how the promise “within one working day” (R14, R19) is read.
func (c Calendar) Due(submitted time.Time) Due {
	today := civil.Of(submitted)
	date, known := c.NextWorkday(today)
	return Due{At: date.End(), Date: date, Known: known, Say: c.say(today, date, known)}
}

func (c Calendar) say(today, date civil.Date, known bool) lang.Text {
	zhNote, enNote := "", ""
	switch {
	case isWeekend(date):
		zhNote, enNote = "，调休上班", ", a working day by the holiday schedule"
	case c.holidayBetween(today, date):
		zhNote, enNote = "，节后", ", after the holiday"
	}
	zhDay, enDay := fmt.Sprintf("%d月%d日", date.Month, date.Day), fmt.Sprintf("%s %d %s", date.Weekday(), date.Day, date.Month)
	if date.Year != today.Year {
		zhDay, enDay = fmt.Sprintf("%d年%s", date.Year, zhDay), fmt.Sprintf("%s %d", enDay, date.Year)
	}
	say := lang.T(
		fmt.Sprintf("%s（周%s%s）24:00前", zhDay, weekdaysZH[date.Weekday()], zhNote),
		fmt.Sprintf("by the end of %s%s", enDay, enNote))
	if !known {
		say.ZH += "（该时段节假日安排尚未公布，遇节假日顺延）"
		say.EN += " (the holidays of that time are not announced yet; a holiday would move it back)"
	}
	return say
}

// holidayBetween reports whether a weekday off lies between the two.
func (c Calendar) holidayBetween(a, b civil.Date) bool {
	for d := a.AddDays(1); d.Before(b); d = d.AddDays(1) {
		if !isWeekend(d) {
			return true
		}
	}
	return false
}

var weekdaysZH = [7]string{"日", "一", "二", "三", "四", "五", "六"}
