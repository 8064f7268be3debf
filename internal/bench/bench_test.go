package bench

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func posts(n int) []Request {
	return slices.Repeat([]Request{NewRequest("/x", http.Header{"X-Test": {"1"}}, []byte(`{"way":"code"}`), []byte("done"))}, n)
}

func TestEveryRequestIsSentOnceAndCountedByItsAnswer(t *testing.T) {
	var served atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch n := served.Add(1); {
		case r.Header.Get("X-Test") != "1" || string(body) != `{"way":"code"}`:
			http.Error(w, "malformed", http.StatusBadRequest)
		case n%10 == 0:
			fmt.Fprint(w, "not yet")
		default:
			fmt.Fprint(w, "done")
		}
	}))
	defer server.Close()
	got := Load{Address: server.Listener.Addr().String(), Clients: 5, Requests: posts(100), For: time.Minute}.Run()
	if got.Sent != 100 || got.Count != 90 || got.Failed != 10 || len(got.Times) != 90 || !strings.Contains(got.Why, "not yet") {
		t.Errorf("sent %d, counted %d, failed %d: %s", got.Sent, got.Count, got.Failed, got.Why)
	}
	if served.Load() != 100 {
		t.Errorf("the server saw %d", served.Load())
	}
}

// A server that stops for a moment makes those wait who come meanwhile; a
// client that only measures its own requests would not notice.
func TestTheTimeOfARequestCountsFromWhenItShouldHaveStarted(t *testing.T) {
	var served atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if served.Add(1) == 1 {
			time.Sleep(200 * time.Millisecond)
		}
		fmt.Fprint(w, "done")
	}))
	defer server.Close()
	got := Load{Address: server.Listener.Addr().String(), Clients: 1, Requests: posts(20), For: time.Minute, PerSecond: 100}.Run()
	if late := got.Quantile(0.5); late < 50*time.Millisecond {
		t.Errorf("half of those behind the slow one waited only %v", late)
	}
}

func TestALoadEndsWithItsTime(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "done") }))
	defer server.Close()
	got := Load{Address: server.Listener.Addr().String(), Clients: 2, Requests: posts(1000), For: 100 * time.Millisecond, PerSecond: 200}.Run()
	if got.Count < 5 || got.Count > 22 || got.Failed > 0 {
		t.Errorf("%d in a tenth of a second at 200 a second, %d failed", got.Count, got.Failed)
	}
}

func TestTheFloorStoresARowForEachAnswer(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	f := &Floor{File: filepath.Join(t.TempDir(), "floor.sqlite"), Row: 3000, Answer: json.RawMessage(`{"verdict":"usable"}`)}
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- f.Serve(ctx, writer) }()
	var url string
	if _, err := fmt.Fscanf(reader, "ready http://%s\n", &url); err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"requestId":"1","scenario":"police","way":"code","code":"X"}`)
	request := NewRequest("/", nil, body, []byte(`"usable"`))
	got := Load{Address: url, Clients: 8, Requests: slices.Repeat([]Request{request}, 400), For: time.Minute}.Run()
	if got.Count != 400 {
		t.Errorf("%d answered: %s", got.Count, got.Why)
	}
	if _, err := Ask(url, NewRequest("/", nil, []byte(`{"way":1}`), nil)); err == nil {
		t.Error("it took JSON of another shape")
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	db, err := sql.Open("sqlite", f.File)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var rows int
	if err := db.QueryRow(`SELECT count(*) FROM floor WHERE length(body) = 3000`).Scan(&rows); err != nil || rows != 400 {
		t.Errorf("%d rows: %v", rows, err)
	}
	if bytes, err := Payload(f.File); err != nil || bytes < 400*3000 || bytes > 400*3010 {
		t.Errorf("a payload of %d bytes: %v", bytes, err)
	}
}

func TestTheFloorImportsEveryLine(t *testing.T) {
	for _, lines := range []int{0, 999, 1000, 2345} {
		dir := t.TempDir()
		file := filepath.Join(dir, "lines")
		if err := os.WriteFile(file, []byte(strings.Repeat("a,b\n", lines)), 0o600); err != nil {
			t.Fatal(err)
		}
		f := &Floor{File: filepath.Join(dir, "floor.sqlite"), Row: 10}
		if err := f.Import(file); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", f.File)
		if err != nil {
			t.Fatal(err)
		}
		var rows int
		if err := db.QueryRow(`SELECT count(*) FROM floor`).Scan(&rows); err != nil || rows != lines {
			t.Errorf("%d rows of %d lines: %v", rows, lines, err)
		}
		db.Close()
	}
}

func TestMedians(t *testing.T) {
	got := medians([]Measure{{PerSecond: 10, HalfP99: 3, Failed: 1, Why: "first"}, {PerSecond: 30, HalfP99: 1}, {PerSecond: 20, HalfP99: 2, Failed: 2}})
	if got.PerSecond != 20 || got.HalfP99 != 2 || got.Failed != 3 || got.Why != "first" {
		t.Errorf("%+v", got)
	}
}
