package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/bench"
	"edl/internal/consent"
	"edl/internal/credential"
	"edl/internal/licence"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/uid"
)

// benchBulk hands in one file of drivers who all consented, over HTTP, and waits
// until it is worked through: every line a check, sealed, audited and durable.
func benchBulk(ctx context.Context, b *workbench) (r benchResult, err error) {
	p, err := b.at().establish(ctx)
	if err != nil {
		return r, err
	}
	people := crowd(b.Lines, false)
	ids, err := p.enter(ctx, people)
	var token string
	if err == nil {
		token, err = p.company(ctx, ids)
	}
	p.close()
	if err != nil {
		return r, err
	}
	data, file := filepath.Join(b.at().Data, "edl.sqlite"), filepath.Join(b.dir, "drivers.csv")
	before, err := bench.Payload(data)
	if err != nil {
		return r, err
	}
	if err := writeNames(file, people); err != nil {
		return r, err
	}
	server, err := b.serve()
	if err != nil {
		return r, err
	}
	defer server.Stop()
	cpuBefore, err := server.CPU()
	if err != nil {
		return r, err
	}
	rest, _, err := server.Memory()
	if err != nil {
		return r, err
	}
	took, usable, err := handIn(ctx, server.Address, token, file)
	if err != nil {
		return r, err
	}
	cpu, err := server.CPU()
	if err != nil {
		return r, err
	}
	_, most, err := server.Memory()
	if err != nil {
		return r, err
	}
	after, err := bench.Payload(data)
	if err != nil {
		return r, err
	}
	lines := float64(b.Lines)
	r.Row = int(after-before) / b.Lines
	floorTook, floor, err := timed(b.self, "bench-floor", "--file", filepath.Join(b.dir, "floor.sqlite"), "--row", fmt.Sprint(r.Row), "--import", file)
	if err != nil {
		return r, err
	}
	r.Ours = bench.Measure{PerSecond: lines / took.Seconds(), CPU: float64((cpu - cpuBefore).Microseconds()) / lines, Memory: float64(most) / 1e6}
	r.Floor = bench.Measure{PerSecond: lines / floorTook.Seconds(), CPU: floor.CPU / lines, Memory: floor.Memory}
	r.Ratio = r.Ours.PerSecond / r.Floor.PerSecond
	r.Targets = []benchTarget{
		atMost("seconds for 100,000 lines", took.Seconds()*100_000/lines, 60),
		atMost("MB more than at rest", float64(most-rest)/1e6, 200), atLeast("answered as usable", float64(usable), lines),
	}
	return r, nil
}

// company makes a transport company to which all have consented, each with an
// electronic licence, and returns the session of its clerk.
func (p *platform) company(ctx context.Context, ids []string) (token string, err error) {
	form := relyingparty.Form{Name: "长亭客运示范公司", Contact: "安全科", Phone: "000-33333", Kind: relyingparty.Transport, Scenarios: []relyingparty.ScenarioID{relyingparty.Hiring}, USCC: demoUSCC(1)}
	party, err := p.parties.Add(ctx, audit.Program, form)
	if err != nil {
		return "", err
	}
	now := p.clock.Now()
	grant := consent.Grant{Record: consent.Record{Party: party.Name, Contact: form.Contact, Phone: form.Phone}, Confirmed: account.BySMS}
	for some := range slices.Chunk(ids, 1000) {
		if err := p.db.Update(ctx, func(tx *store.Tx) error {
			for _, id := range some {
				entry, err := tx.LicenceByID(ctx, id)
				if err != nil {
					return err
				}
				if err := tx.SaveElectronic(ctx, &credential.Electronic{
					ID: uid.New(now), LicenceID: id, Identifier: "bench." + id, IdentifierVersion: 1, RegisterVersionID: entry.VersionID, IssuedAt: now,
				}); err != nil {
					return err
				}
				if err := tx.AddStanding(ctx, &consent.Standing{ID: uid.New(now), LicenceID: id, PartyID: party.ID, Scenario: relyingparty.Hiring, GivenAt: now, Grant: grant}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return "", err
		}
	}
	err = p.db.Update(ctx, func(tx *store.Tx) error {
		terminal := &relyingparty.Terminal{ID: uid.New(now), PartyID: party.ID, Number: "ZD-1", Name: "终端", Place: "示范", PublicKey: []byte{4}, Status: relyingparty.Active, EnrolledAt: now, LastSeenAt: now}
		operator := &relyingparty.Operator{ID: uid.New(now), PartyID: party.ID, Number: "0012", Name: "沈听澜", PIN: account.HashSecret(uid.Digits(6)), Status: relyingparty.Active, CreatedAt: now}
		if err := tx.AddTerminal(ctx, terminal); err != nil {
			return err
		}
		if err := tx.AddOperator(ctx, operator); err != nil {
			return err
		}
		s := &account.Session{Population: account.TerminalPop, PartyID: party.ID, TerminalID: terminal.ID, OperatorID: operator.ID}
		var hash []byte
		token, hash = account.Begin(s, now)
		return tx.AddSession(ctx, hash, s)
	})
	return token, err
}

func writeNames(name string, people []licence.Licence) error {
	var text strings.Builder
	text.WriteString("number,name\n")
	for _, l := range people {
		fmt.Fprintf(&text, "%s,%s\n", l.Document.Number, l.Name)
	}
	return os.WriteFile(name, []byte(text.String()), 0o600)
}

// handIn sends the file and asks until it is done.
func handIn(ctx context.Context, address, token, file string) (took time.Duration, usable int, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, 0, err
	}
	body, err := json.Marshal(map[string]string{"scenario": string(relyingparty.Hiring), "vehicleClass": "C1", "csv": string(text)})
	if err != nil {
		return 0, 0, err
	}
	var batch struct {
		ID, Status string
		Usable     int
	}
	ask := func(method, path string, body []byte) error {
		request, err := http.NewRequestWithContext(ctx, method, "http://"+address+path, bytes.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Cookie", "edl_terminal="+token)
		request.Header.Set("Sec-Fetch-Site", "same-origin")
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode >= 400 {
			return fmt.Errorf("%s %s: %s", method, path, response.Status)
		}
		return json.NewDecoder(response.Body).Decode(&batch)
	}
	began := time.Now()
	if err := ask(http.MethodPost, "/api/terminal/bulk", body); err != nil {
		return 0, 0, err
	}
	for batch.Status == "running" {
		time.Sleep(100 * time.Millisecond)
		if err := ask(http.MethodGet, "/api/terminal/bulk/"+batch.ID, nil); err != nil {
			return 0, 0, err
		}
	}
	if batch.Status != "done" {
		return 0, 0, fmt.Errorf("the batch is %s", batch.Status)
	}
	return time.Since(began), batch.Usable, nil
}
