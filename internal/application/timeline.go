package application

import (
	"time"

	"edl/internal/lang"
)

// EventKind names a step of the way.
type EventKind string

// The steps, in their order.
const (
	EventSubmitted EventKind = "submitted"
	EventReview    EventKind = "review"
	EventUrged     EventKind = "urged"
	EventResult    EventKind = "result"
	EventIssued    EventKind = "issued"
	EventWithdrawn EventKind = "withdrawn"
)

// Progress says whether a step is done, under way or still to come.
type Progress string

// The progress of a step.
const (
	Done    Progress = "done"
	Current Progress = "current"
	ToCome  Progress = "to_come"
	Failed  Progress = "failed"
)

// Event is one step of 网办进度.
type Event struct {
	Kind     EventKind `json:"kind"`
	Progress Progress  `json:"progress"`
	At       time.Time `json:"at"` // when done, or since when under way; zero: to come
	Say      lang.Text `json:"say"`
}

// Timeline returns the steps of the application as its driver may see them at
// now: a decision that can still be undone does not show, and no reviewer is
// named.
func (a *Application) Timeline(now time.Time) []Event {
	events := []Event{{EventSubmitted, Done, a.SubmittedAt, lang.T("申请已提交", "Application submitted")}}
	if !a.Route.Direct() && a.Status != Withdrawn {
		events = append(events, a.reviewEvent(now))
	}
	if !a.UrgedAt.IsZero() {
		events = append(events, Event{EventUrged, Done, a.UrgedAt, lang.T("已催办", "Haste asked for")})
	}
	return append(events, a.endEvents(now)...)
}

func (a *Application) reviewEvent(now time.Time) Event {
	say := lang.T("民警审核照片", "An officer reviews the photo")
	switch status := a.StatusAt(now); {
	case status == Submitted:
		return Event{EventReview, Current, a.SubmittedAt, lang.T("等待审核", "Waiting for review")}
	case status == Reviewing, status == Decided:
		return Event{EventReview, Current, a.ClaimedAt, say}
	case a.Decision.By == "": // stopped by the program
		return Event{EventReview, Done, a.Decision.At, lang.T("审核已终止", "Review ended")}
	}
	return Event{EventReview, Done, a.Decision.At, say}
}

func (a *Application) endEvents(now time.Time) []Event {
	switch a.StatusAt(now) {
	case Withdrawn:
		return []Event{{EventWithdrawn, Done, a.EndedAt, lang.T("已撤回申请", "Application withdrawn")}}
	case Refused:
		say := lang.T("审核不通过", "Not approved")
		if a.Decision.By == "" {
			say = lang.T("未能核发", "Could not be issued")
		}
		return []Event{{EventResult, Failed, a.EndedAt, say}}
	case Approved:
		return []Event{{EventIssued, Current, a.Decision.At, lang.T("正在核发", "Being issued")}}
	case Issued:
		return []Event{{EventIssued, Done, a.EndedAt, a.issuedSay()}}
	}
	return []Event{{EventResult, ToCome, time.Time{}, lang.T("结果通知", "You are told the result")}}
}

func (a *Application) issuedSay() lang.Text {
	if a.Kind == Photo {
		return lang.T("电子驾驶证照片已更换", "The photo on the electronic licence was changed")
	}
	return lang.T("电子驾驶证已核发", "The electronic licence was issued")
}
