package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"edl/internal/account"
	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/bench"
	"edl/internal/civil"
	"edl/internal/demo"
	"edl/internal/identity"
	"edl/internal/issuance"
	"edl/internal/keys"
	"edl/internal/licence"
	"edl/internal/register"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/uid"
)

const benchURL = "http://localhost:8080"

// establish makes an authority without people, as edl setup would.
func (p *place) establish(ctx context.Context) (*platform, error) {
	if _, err := keys.Make(p.keysDir()); err != nil {
		return nil, err
	}
	w, err := p.assemble(ctx, &clock{}, benchURL)
	if err != nil {
		return nil, err
	}
	profile := demoProfile()
	profile.Code = "示B" // another authority than the demonstration's
	if err := w.authority.SaveProfile(ctx, audit.Program, profile); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// crowd invents drivers with C1 in force who differ in name, numbers and
// birth date; they have a photo on file where they are to apply.
func crowd(n int, withPhoto bool) []licence.Licence {
	today := civil.Of(time.Now())
	list := make([]licence.Licence, n)
	for i := range list {
		birth := today.AddYears(-40).AddDays(-i / 500)
		first := today.AddYears(-10)
		first17 := fmt.Sprintf("000000%04d%02d%02d%03d", birth.Year, birth.Month, birth.Day, i%500*2+1)
		list[i] = licence.Licence{
			FileNumber: licence.FileNumber(fmt.Sprintf("0001%08d", i)),
			Document:   identity.Document{Type: identity.ResidentCard, Number: identity.Number(first17 + string(identity.CheckDigit(first17)))},
			Name:       identity.Name([]string{"林望山", "周知夏", "沈听澜", "顾怀瑾", "韩静姝"}[i%5]), Sex: identity.Male, BirthDate: birth, Nationality: "中国",
			Address: fmt.Sprintf("示范市安澜区松风路%d号%d室", i%300+1, i), Phone: identity.Phone(fmt.Sprintf("199%08d", i)),
			Classes:    []licence.ClassRecord{{Class: "C1", Since: first}},
			FirstIssue: first, ValidFrom: today.AddYears(-4), ValidTo: today.AddYears(6),
			Authority: demo.AuthorityCode, Office: demo.OfficeCode, Status: "A", PaperReplaced: today.AddYears(-4),
		}
		if withPhoto {
			list[i].Photo = licence.Photo{TakenOn: today.AddYears(-2), Source: licence.FromIdentityCard}
		}
	}
	return list
}

// enter puts the crowd on the register and returns their identifiers.
func (p *platform) enter(ctx context.Context, crowd []licence.Licence) (ids []string, err error) {
	var body bytes.Buffer
	for _, l := range crowd {
		photo := ""
		if l.Photo.Source != "" {
			photo = "zhou.jpg"
		}
		line, err := register.Write(l, photo, time.Time{})
		if err != nil {
			return nil, err
		}
		body.Write(line)
	}
	folder, err := fs.Sub(demo.Portraits(), "portraits")
	if err != nil {
		return nil, err
	}
	report, err := p.register.Import(ctx, feedActor, register.File{
		Name: "crowd.jsonl", Photos: folder,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body.Bytes())), nil },
	}, register.Options{})
	if err != nil {
		return nil, err
	}
	if report.Refused > 0 {
		return nil, fmt.Errorf("the register refused %+v", report.Refusals[0])
	}
	for _, l := range crowd {
		id, err := p.register.IDOf(ctx, l.FileNumber)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// benchImport imports a CSV file by edl import, which has the data to itself.
func benchImport(ctx context.Context, b *workbench) (r benchResult, err error) {
	p, err := b.at().establish(ctx)
	if err != nil {
		return r, err
	}
	p.close()
	data := filepath.Join(b.at().Data, "edl.sqlite")
	before, err := bench.Payload(data)
	if err != nil {
		return r, err
	}
	file := filepath.Join(b.dir, "register.csv")
	if err := writeCSV(file, crowd(b.Lines, false)); err != nil {
		return r, err
	}
	took, m, err := timed(b.self, "import", "--data", b.at().Data, file)
	if err != nil {
		return r, err
	}
	after, err := bench.Payload(data)
	if err != nil {
		return r, err
	}
	r.Row = int(after-before) / b.Lines
	floorTook, floor, err := timed(b.self, "bench-floor", "--file", filepath.Join(b.dir, "floor.sqlite"), "--row", fmt.Sprint(r.Row), "--import", file)
	if err != nil {
		return r, err
	}
	lines := float64(b.Lines)
	r.Ours = bench.Measure{PerSecond: lines / took.Seconds(), CPU: m.CPU / lines, Memory: m.Memory}
	r.Floor = bench.Measure{PerSecond: lines / floorTook.Seconds(), CPU: floor.CPU / lines, Memory: floor.Memory}
	r.Ratio = r.Ours.PerSecond / r.Floor.PerSecond
	r.Targets = []benchTarget{atMost("seconds for 100,000 lines", took.Seconds()*100_000/lines, 20)}
	return r, nil
}

// writeCSV writes records as a file to import, under our own names of columns.
func writeCSV(name string, crowd []licence.Licence) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	out := bufio.NewWriter(f)
	w := csv.NewWriter(out)
	var header []string
	for _, l := range crowd {
		line, err := register.Write(l, "", time.Time{})
		if err != nil {
			return err
		}
		cells := map[string]string{}
		if err := json.Unmarshal(line, &cells); err != nil {
			return err
		}
		if header == nil {
			header = slices.Sorted(maps.Keys(cells))
			w.Write(header)
		}
		row := make([]string, len(header))
		for i, column := range header {
			row[i] = cells[column]
		}
		w.Write(row)
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return out.Flush()
}

// benchIssue lets drivers with a photo on file apply.
func benchIssue(ctx context.Context, b *workbench) (r benchResult, err error) {
	const most = 2000 // a second
	p, err := b.at().establish(ctx)
	if err != nil {
		return r, err
	}
	count := samples + int(float64(b.Rounds)*1.5*most*b.For.Seconds())
	waiting, err := p.applicants(ctx, count)
	p.close()
	if err != nil {
		return r, err
	}
	r, err = b.compare(ctx, 64, most, bench.Side{
		Prepare: func(count int) ([]bench.Request, error) {
			some := waiting[:min(count, len(waiting))]
			waiting = waiting[len(some):]
			if len(some) == 0 {
				return nil, errRanOut
			}
			return some, nil
		},
		Unsent: func(some []bench.Request) { waiting = append(slices.Clone(some), waiting...) },
	})
	r.Targets = []benchTarget{atLeast("issued a second", r.Ours.PerSecond, 500), atMost("failed", float64(r.Ours.Failed), 0)}
	return r, err
}

// applicants returns applications, each of another driver with a session.
func (p *platform) applicants(ctx context.Context, count int) (list []bench.Request, err error) {
	ids, err := p.enter(ctx, crowd(count, true))
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]any{
		"kind": application.First, "route": application.OnFile,
		"consent": map[string]any{"identityNumber": true, "face": true, "version": account.ConsentVersion},
	})
	if err != nil {
		return nil, err
	}
	err = p.db.Update(ctx, func(tx *store.Tx) error {
		for _, id := range ids {
			token, hash, s := p.driverSession(id)
			if err := tx.AddSession(ctx, hash, s); err != nil {
				return err
			}
			header := http.Header{"Cookie": {"edl_driver=" + token}, "Idempotency-Key": {uid.Secret()}}
			list = append(list, bench.NewRequest("/api/driver/applications", header, body, []byte(`"status":"issued"`)))
		}
		return nil
	})
	return list, err
}

func (p *platform) driverSession(licenceID string) (token string, hash []byte, s *account.Session) {
	s = &account.Session{Population: account.DriverPop, Level: account.DriverLevel, LicenceID: licenceID, DeviceID: "bench"}
	token, hash = account.Begin(s, p.clock.Now())
	return token, hash, s
}

// benchCheck lets officers check the codes of drivers' phones.
func benchCheck(ctx context.Context, b *workbench) (r benchResult, err error) {
	const most = 6000 // a second
	p, err := b.at().establish(ctx)
	if err != nil {
		return r, err
	}
	var phones []*inventedPhone
	var officers []string
	ids, err := p.enter(ctx, crowd(300, true))
	if err == nil {
		phones, err = p.enrolled(ctx, ids)
	}
	if err == nil {
		// An officer may check 60 times at once and then once a second.
		officers, err = p.officers(ctx, 200+int(float64(b.Rounds)*1.5*most*b.For.Seconds())/60)
	}
	p.close()
	if err != nil {
		return r, err
	}
	sent := 0
	r, err = b.compare(ctx, 128, most, bench.Side{Prepare: func(count int) ([]bench.Request, error) {
		list := make([]bench.Request, count)
		for i := range list {
			code, err := phones[sent%len(phones)].show(time.Now())
			if err != nil {
				return nil, err
			}
			body, err := json.Marshal(map[string]string{"requestId": newRequestID(), "scenario": string(relyingparty.PoliceCheck), "way": string(relyingparty.ByCode), "code": code})
			if err != nil {
				return nil, err
			}
			header := http.Header{"Cookie": {"edl_terminal=" + officers[sent%len(officers)]}}
			list[i] = bench.NewRequest("/api/terminal/checks", header, body, []byte(`"verdict":"usable"`))
			sent++
		}
		return list, nil
	}})
	r.Targets = []benchTarget{
		atLeast("of the floor's rate", r.Ratio, 0.5), atMost("p99 in ms at half load", r.Ours.HalfP99, 20), atMost("failed", float64(r.Ours.Failed), 0),
	}
	return r, err
}

// newRequestID is a UUID as terminals choose it.
func newRequestID() string {
	n := uid.Digits(32)
	return strings.Join([]string{n[:8], n[8:12], n[12:16], n[16:20], n[20:]}, "-")
}

// enrolled lets drivers apply and returns their phones.
func (p *platform) enrolled(ctx context.Context, ids []string) (list []*inventedPhone, err error) {
	for _, id := range ids {
		_, err := p.issuance.Submit(ctx, audit.Actor{Kind: audit.ByDriver, ID: id}, issuance.Submission{
			LicenceID: id, Kind: application.First, Route: application.OnFile,
			Consents: issuance.Consents{IdentityNumber: true, Face: true, Version: account.ConsentVersion},
		})
		if err != nil {
			return nil, err
		}
		phone, err := p.handPhone(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, phone)
	}
	return list, nil
}

// officers returns the session tokens of officers, each on a terminal of their own.
func (p *platform) officers(ctx context.Context, count int) (tokens []string, err error) {
	form := demoParties[0].form
	form.USCC = demoUSCC(0)
	party, err := p.parties.Add(ctx, audit.Program, form)
	if err != nil {
		return nil, err
	}
	now := p.clock.Now()
	pin := account.HashSecret(uid.Digits(6)) // nobody signs in by it
	err = p.db.Update(ctx, func(tx *store.Tx) error {
		for i := range count {
			terminal := &relyingparty.Terminal{
				ID: uid.New(now), PartyID: party.ID, Number: fmt.Sprintf("ZD-%05d", i), Name: "警务终端", Place: "示范路口", PublicKey: []byte{4},
				Status: relyingparty.Active, EnrolledAt: now, LastSeenAt: now,
			}
			operator := &relyingparty.Operator{
				ID: uid.New(now), PartyID: party.ID, Number: fmt.Sprintf("%06d", i), Name: "沈听澜", PIN: pin, Status: relyingparty.Active, CreatedAt: now,
			}
			if err := tx.AddTerminal(ctx, terminal); err != nil {
				return err
			}
			if err := tx.AddOperator(ctx, operator); err != nil {
				return err
			}
			s := &account.Session{Population: account.TerminalPop, PartyID: party.ID, TerminalID: terminal.ID, OperatorID: operator.ID}
			token, hash := account.Begin(s, now)
			if err := tx.AddSession(ctx, hash, s); err != nil {
				return err
			}
			tokens = append(tokens, token)
		}
		return nil
	})
	return tokens, err
}
