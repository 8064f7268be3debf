package courier_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"edl/internal/courier"
	"edl/internal/notification"
	"edl/internal/store"
	"edl/internal/storetest"
)

var ctx = context.Background()

func queue(t *testing.T, db *store.DB, now time.Time, to string) {
	t.Helper()
	storetest.Update(t, db, func(tx *store.Tx) error {
		return tx.SendSMS(ctx, notification.SMS{To: to, Kind: notification.Code, Text: "验证码 " + to, Code: "123456"}, now)
	})
}

func TestAMessageLeavesOnceAndAFailureIsTriedAgainLater(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC)
		var taken []courier.Item
		down := true
		c := &courier.Courier{
			InTx: store.In[courier.Tx](db), Read: store.Read[courier.Tx](db), Now: func() time.Time { return now },
			Gateway: func(_ context.Context, item courier.Item) error {
				if down {
					return errors.New("the gateway is down")
				}
				taken = append(taken, item)
				return nil
			},
		}
		deliver := func() int {
			t.Helper()
			n, err := c.Deliver(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		queue(t, db, now, "19900000001")
		if deliver() != 0 {
			t.Error("a message left while the gateway was down")
		}
		down = false
		if deliver() != 0 {
			t.Error("a failed message was tried again at once")
		}
		now = now.Add(5 * time.Second)
		if deliver() != 1 || deliver() != 0 || len(taken) != 1 || taken[0].To != "19900000001" {
			t.Errorf("taken: %+v", taken)
		}
	})
}

func TestTheGatewayGetsTheMessageUnderItsIdentifier(t *testing.T) {
	var got map[string]string
	status := http.StatusAccepted
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			t.Errorf("token %q", r.Header.Get("Authorization"))
		}
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	send := courier.HTTPGateway(server.URL, "secret")
	item := courier.Item{ID: "one", SMS: notification.SMS{To: "19900000001", Text: "您好", Code: "123456"}}
	if err := send(ctx, item); err != nil || got["id"] != "one" || got["to"] != item.To || got["text"] != item.Text || got["code"] != "" {
		t.Errorf("%v, %v", got, err)
	}
	status = http.StatusBadGateway
	if err := send(ctx, item); err == nil {
		t.Error("a refusal counts as taken")
	}
}

func TestADemonstrationNumbersItsMessagesOverRestarts(t *testing.T) {
	dir, now := t.TempDir(), func() time.Time { return time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC) }
	for range 2 {
		files := &courier.Files{Dir: dir, Now: now}
		if err := files.Send(ctx, courier.Item{SMS: notification.SMS{To: "19900000001", Text: "x", Code: "123456"}}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := (&courier.Files{Dir: dir, Now: now}).After(0, 10)
	if err != nil || len(list) != 2 || list[0].Seq != 1 || list[1].Seq != 2 || list[1].Code != "123456" {
		t.Errorf("%+v, %v", list, err)
	}
	if later, err := (&courier.Files{Dir: dir, Now: now}).After(1, 10); err != nil || len(later) != 1 {
		t.Errorf("after the first: %+v, %v", later, err)
	}
}
