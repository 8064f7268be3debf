package httpapi_test

import (
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/application"
	"edl/internal/lang"
)

// TestAnAppealGoesToAnotherDesk plays 申诉: the driver appeals what r1 refused,
// r1 is told that it is another's, r2 reads why and decides.
func TestAnAppealGoesToAnotherDesk(t *testing.T) {
	offices(t, func(t *testing.T, o *authorityOffice) {
		_, phone := o.enrol("route:onfile")
		_, other := o.enrol("route:album")
		var made, appeal struct {
			ID, Status string
			Title      lang.Text
			Grounds    []struct{ Code string }
			Appeal     *struct{ ID, Words string }
		}
		phone.want(201, "POST", "/api/driver/applications", submission("first", "camera", phone.photo("/api/driver/photos?source=camera", 5)), &made)
		r1, r2 := o.staff("r1", account.Reviewer), o.staff("r2", account.Reviewer)
		appealed := "/api/driver/applications/" + made.ID + "/appeal"
		if status, code := phone.do("POST", appealed, object{"ground": "meets"}, nil); status != 409 || code != "application.no_appeal" {
			t.Errorf("before any result: %d %s", status, code)
		}
		r1.want(200, "POST", "/api/staff/review/next", nil, nil)
		r1.want(200, "POST", "/api/staff/review/"+made.ID+"/refuse", object{"reasons": []string{"ears_covered"}}, nil)
		o.Wait(application.UndoFor)
		if _, err := o.issuance.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		phone.want(200, "GET", "/api/driver/applications/"+made.ID, nil, &made)
		if len(made.Grounds) != len(application.Grounds()) {
			t.Fatalf("the driver is offered %+v", made)
		}
		if status, code := other.do("POST", appealed, object{"ground": "meets"}, nil); status != 404 || code != "not_found" {
			t.Errorf("another driver appeals: %d %s", status, code)
		}
		phone.want(201, "POST", appealed, object{"ground": "other", "words": "两边耳朵都露着"}, &appeal)
		if appeal.Status != "submitted" || appeal.Appeal == nil || appeal.Appeal.ID != made.ID || appeal.Title.ZH != "首次申领申诉（现场拍照）" {
			t.Errorf("appeal: %+v", appeal)
		}
		var queue struct {
			Items []struct {
				ID             string
				Appeal, Barred bool
			}
		}
		for desk, barred := range map[*browser]bool{r1: true, r2: false} {
			desk.want(200, "GET", "/api/staff/review/queue", nil, &queue)
			if len(queue.Items) != 1 || !queue.Items[0].Appeal || queue.Items[0].Barred != barred {
				t.Errorf("barred %v: %+v", barred, queue)
			}
		}
		if status, code := r1.do("POST", "/api/staff/review/"+appeal.ID+"/claim", nil, nil); status != 403 || code != "application.own_decision" {
			t.Errorf("claimed by who refused: %d %s", status, code)
		}
		var open struct {
			ID, TakenFrom string
			Appeal        *struct {
				Words   string
				Reasons []struct{ Code string }
			}
		}
		r2.want(200, "POST", "/api/staff/review/next", nil, &open)
		if open.ID != appeal.ID || open.Appeal == nil || open.Appeal.Words != "两边耳朵都露着" || len(open.Appeal.Reasons) != 1 || open.TakenFrom != "clock" {
			t.Errorf("the other reviewer sees %+v", open)
		}
	})
}

type caseAnswer struct {
	ID, Number, PhotoURL, PortraitURL string
	RegisterPhoto                     *struct{ URL string }
	Checklist                         []struct{ ID string }
	Reasons                           []struct{ Code string }
	Findings                          []struct{ Rule string }
}

// TestAReviewersDesk plays the review from the queue to the message.
func TestAReviewersDesk(t *testing.T) {
	offices(t, func(t *testing.T, o *authorityOffice) {
		_, phone := o.enrol("route:onfile")
		var made applicationAnswer
		phone.want(201, "POST", "/api/driver/applications", submission("first", "camera", phone.photo("/api/driver/photos?source=camera", 5)), &made)
		if made.Status != "submitted" || !made.CanWithdraw {
			t.Errorf("made: %+v", made)
		}
		r1, r2 := o.staff("r1", account.Reviewer), o.staff("r2", account.Reviewer)
		var queue struct {
			Items  []struct{ ID, ClaimedBy string }
			Counts struct{ Waiting, Mine int }
		}
		r1.want(200, "GET", "/api/staff/review/queue", nil, &queue)
		if len(queue.Items) != 1 || queue.Items[0].ID != made.ID || queue.Counts.Waiting != 1 {
			t.Errorf("queue: %+v", queue)
		}
		if status, _ := r1.do("GET", "/api/staff/photos/"+made.PhotoURL[len("/api/driver/photos/"):], nil, nil); status != 404 {
			t.Errorf("a photo of nobody's case is shown: %d", status)
		}
		var open caseAnswer
		r1.want(200, "POST", "/api/staff/review/next", nil, &open)
		var nothing []byte
		r2.want(204, "POST", "/api/staff/review/next", nil, &nothing)
		if open.ID != made.ID || open.RegisterPhoto == nil || len(open.Findings) == 0 || len(open.Reasons) < 30 {
			t.Errorf("case: %+v", open)
		}
		for _, url := range []string{open.PhotoURL, open.PortraitURL, open.RegisterPhoto.URL} {
			var picture []byte
			r1.want(200, "GET", url, nil, &picture)
			if status, _ := r2.do("GET", url, nil, nil); status != 404 {
				t.Errorf("another reviewer sees %s: %d", url, status)
			}
		}
		phone.want(200, "GET", "/api/driver/applications/"+made.ID, nil, &made)
		if made.Status != "reviewing" || made.CanWithdraw {
			t.Errorf("while reviewed: %+v", made)
		}
		if status, code := r2.do("POST", "/api/staff/review/"+made.ID+"/claim", nil, nil); status != 409 || code != "application.holder" {
			t.Errorf("claimed by the other: %d %s", status, code)
		}
		if status, code := r1.do("POST", "/api/staff/review/"+made.ID+"/approve", object{"checked": []string{}}, nil); status != 400 || code != "application.unchecked" {
			t.Errorf("approved unseen: %d %s", status, code)
		}
		if status, code := r1.do("POST", "/api/staff/review/"+made.ID+"/refuse", object{"reasons": []string{"licence_changed"}}, nil); status != 400 || code != "application.reason" {
			t.Errorf("refused for a reason of the program's: %d %s", status, code)
		}
		var decision struct {
			Outcome            string
			Final              bool
			DecidedAt, FinalAt time.Time
		}
		r1.want(200, "POST", "/api/staff/review/"+made.ID+"/refuse", object{"reasons": []string{"ears_covered", "other"}, "other": "请把眼镜摘下"}, &decision)
		if decision.Outcome != "refused" || decision.Final || decision.FinalAt.Sub(decision.DecidedAt) != application.UndoFor {
			t.Errorf("decision: %+v", decision)
		}
		phone.want(200, "GET", "/api/driver/applications/"+made.ID, nil, &made)
		if made.Status != "reviewing" || len(made.Reasons) != 0 {
			t.Errorf("the driver sees a decision that can be undone: %+v", made)
		}
		r1.want(200, "POST", "/api/staff/review/"+made.ID+"/undo", nil, &open)
		var checked []string
		for _, item := range open.Checklist {
			checked = append(checked, item.ID)
		}
		r1.want(200, "POST", "/api/staff/review/"+made.ID+"/approve", object{"checked": checked}, &decision)
		o.Wait(application.UndoFor)
		if _, err := o.issuance.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		phone.want(200, "GET", "/api/driver/applications/"+made.ID, nil, &made)
		if made.Status != "issued" {
			t.Errorf("at the end: %+v", made)
		}
		if status, code := r1.do("POST", "/api/staff/review/"+made.ID+"/undo", nil, nil); status != 409 || code != "application.undo" {
			t.Errorf("undone too late: %d %s", status, code)
		}
		var mine struct{ Decisions []struct{ Final bool } }
		r1.want(200, "GET", "/api/staff/review/mine", nil, &mine)
		if len(mine.Decisions) != 1 || !mine.Decisions[0].Final {
			t.Errorf("mine: %+v", mine)
		}
	})
}
