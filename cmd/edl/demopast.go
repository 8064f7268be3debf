package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"edl/internal/account"
	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/courier"
	"edl/internal/demo"
	"edl/internal/fault"
	"edl/internal/issuance"
	"edl/internal/photo"
	"edl/internal/relyingparty"
	"edl/internal/store"
	"edl/internal/uid"
	"edl/internal/verification"
	"edl/livecode"
	"edl/mdoc/rawsig"
)

// A past is the weeks that a demonstration has behind it: people applied,
// reviewers decided, officers checked. All of it goes through the platform's
// front doors, with the clock set back to when it happened.
type past struct {
	*platform
	from, to   time.Time
	random     *mathrand.Rand
	applicants []demo.Person // who have not applied yet
	ahead      []happening
	waiting    []happening // applications that nobody has decided yet
	phones     []*inventedPhone
}

// A happening has its time.
type happening struct {
	at time.Time
	do func(ctx context.Context) error
}

// An inventedPhone is a driver's phone that nobody holds.
type inventedPhone struct {
	key    *ecdsa.PrivateKey
	serial livecode.Serial
}

func (p *inventedPhone) show(now time.Time) (string, error) {
	return livecode.SignShort(p.key, p.serial, livecode.NewMoment(now, nil))
}

// newDeviceKey returns a key and its public point, uncompressed.
func newDeviceKey() (key *ecdsa.PrivateKey, point []byte, err error) {
	if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, nil, err
	}
	point, err = key.PublicKey.Bytes()
	return key, point, err
}

// handPhone enrols a phone for a driver.
func (w *platform) handPhone(ctx context.Context, licenceID string) (*inventedPhone, error) {
	key, point, err := newDeviceKey()
	if err != nil {
		return nil, err
	}
	phone, now := &inventedPhone{key, livecode.NewSerial()}, w.clock.Now()
	return phone, w.db.Update(ctx, func(tx *store.Tx) error {
		return tx.SaveDevice(ctx, &account.Device{
			ID: uid.New(now), LicenceID: licenceID, Name: "手机", PublicKey: point, Serial: phone.serial[:], SerialAt: now, EnrolledAt: now, LastSeenAt: now,
		})
	})
}

// playPast plays the time before now and leaves some applications waiting.
// What the platform refuses is left out: not every day of every year allows
// the same.
func (w *platform) playPast(ctx context.Context, span time.Duration, people []demo.Person, file *demo.File) error {
	now := w.clock.Now()
	p := &past{
		platform: w, from: now.Add(-span), to: now, random: mathrand.New(mathrand.NewPCG(2021, 1012)),
	}
	defer w.clock.offset.Store(w.clock.offset.Load())
	checker := w.issuance.Checker
	defer func() { w.issuance.Checker = checker }()
	if err := p.plan(ctx, people, file); err != nil {
		return err
	}
	// Nobody looks at the marks on a photo that was decided; those that wait are checked.
	w.issuance.Checker = photo.NewChecker(nil, photo.DefaultSettings())
	if err := p.play(ctx); err != nil {
		return err
	}
	w.issuance.Checker = checker
	p.ahead = p.waiting
	for i, treat := range treatments { // some of today at any hour
		one := p.applicants[i]
		p.later(now.Add(-time.Duration(20+35*i)*time.Minute), func(ctx context.Context) error {
			_, err := p.handIn(ctx, one, treat)
			return err
		})
	}
	return p.play(ctx)
}

// play does what is planned, in order; a happening may plan others.
func (p *past) play(ctx context.Context) error {
	sms := &courier.Courier{InTx: store.In[courier.Tx](p.db), Read: store.Read[courier.Tx](p.db), Now: p.clock.Now, Gateway: p.outbox.Send}
	for len(p.ahead) > 0 {
		slices.SortStableFunc(p.ahead, func(a, b happening) int { return a.at.Compare(b.at) })
		next := p.ahead[0]
		p.ahead = p.ahead[1:]
		p.clock.Set(next.at)
		if err := next.do(ctx); err != nil && fault.Of(err) == nil {
			return err
		} else if err != nil {
			slog.Debug("left out of the demonstration's past", "at", next.at, "error", err)
		}
		if _, err := sms.Deliver(ctx); err != nil {
			return err
		}
	}
	return nil
}

// later plans a happening, unless its time is yet to come.
func (p *past) later(at time.Time, do func(ctx context.Context) error) {
	if at.Before(p.to) {
		p.ahead = append(p.ahead, happening{at, do})
	}
}

// plan decides who does what when.
func (p *past) plan(ctx context.Context, people []demo.Person, file *demo.File) error {
	reviewers, err := p.reviewers(ctx)
	if err != nil {
		return err
	}
	p.clock.Set(p.from)
	desks, err := p.desks(ctx, file)
	if err != nil {
		return err
	}
	calendar, err := p.authority.Calendar(ctx)
	if err != nil {
		return err
	}
	days := int(p.to.Sub(p.from) / (24 * time.Hour))
	for _, one := range people {
		if held(one.Key) { // all of them before the last week
			p.later(p.hour(civil.Of(p.from).AddDays(p.random.IntN(max(1, days-7)))), func(ctx context.Context) error { return p.directly(ctx, one) })
		}
	}
	p.applicants = slices.DeleteFunc(slices.Clone(people), func(one demo.Person) bool { return one.Key != "" || one.Licence.Status != "A" })
	for day := civil.Of(p.from); !day.After(civil.Of(p.to)); day = day.AddDays(1) {
		applications, checks := 2+p.random.IntN(3), 14+p.random.IntN(12)
		if !calendar.IsWorkday(day) {
			applications, checks = 1, 8+p.random.IntN(8)
		}
		for range applications {
			one := p.applicants[0]
			p.applicants = p.applicants[1:]
			reviewer := reviewers[p.random.IntN(len(reviewers))]
			p.later(p.hour(day), func(ctx context.Context) error { return p.apply(ctx, one, reviewer, calendar.IsWorkday) })
		}
		for range checks {
			d := desks[p.random.IntN(len(desks))]
			p.later(p.hour(day), func(ctx context.Context) error { return p.check(ctx, d) })
		}
	}
	return nil
}

// hour is a time of a day at which people are about.
func (p *past) hour(day civil.Date) time.Time {
	minutes := 7*60 + 30 + p.random.IntN(7*60) + p.random.IntN(7*60) // most of them about half past two
	return day.Start().Add(time.Duration(minutes)*time.Minute + time.Duration(p.random.IntN(60))*time.Second)
}

func (p *past) reviewers(ctx context.Context) (list []audit.Actor, err error) {
	members, err := p.staff.List(ctx)
	for _, m := range members {
		if slices.Contains(m.Roles, account.Reviewer) {
			list = append(list, audit.Actor{Kind: audit.ByStaff, ID: m.ID, Role: string(account.Reviewer)})
		}
	}
	return list, err
}

// directly applies with the photo on file and gets a phone.
func (p *past) directly(ctx context.Context, one demo.Person) error {
	id, err := p.applyDirectly(ctx, one)
	if err != nil {
		return err
	}
	return p.carry(ctx, id)
}

func (p *past) carry(ctx context.Context, licenceID string) error {
	phone, err := p.handPhone(ctx, licenceID)
	p.phones = append(p.phones, phone)
	return err
}

// reasons are what most photos are sent back for.
var reasons = []application.Reason{
	application.BackgroundNotWhite, application.BackgroundNotWhite, application.BackgroundNotWhite, application.TooDark, application.TooDark,
	application.EarsCovered, application.EarsCovered, application.Selfie, application.BrowsCovered, application.GlassesReflection, application.Retouched,
}

// apply hands in a photo, which a reviewer decides in working hours, on the
// next working day at the latest, and which waits where that is yet to come.
func (p *past) apply(ctx context.Context, one demo.Person, reviewer audit.Actor, works func(civil.Date) bool) error {
	claimed := p.clock.Now().Add(time.Duration(10+p.random.IntN(150)) * time.Minute)
	for day := civil.Of(claimed); !works(day) || claimed.After(day.Start().Add(17*time.Hour)); {
		day = day.AddDays(1)
		claimed = day.Start().Add(9*time.Hour + time.Duration(p.random.IntN(90))*time.Minute)
	}
	decided := claimed.Add(time.Duration(25+p.random.IntN(80)+p.random.IntN(80)) * time.Second)
	final := decided.Add(application.UndoFor + time.Second)
	if final.After(p.to) {
		treat := treatments[len(p.waiting)%len(treatments)]
		p.waiting = append(p.waiting, happening{p.clock.Now(), func(ctx context.Context) error {
			_, err := p.handIn(ctx, one, treat)
			return err
		}})
		return nil
	}
	c, err := p.handIn(ctx, one, plain)
	if err != nil {
		return err
	}
	var refused []application.Reason
	if p.random.IntN(5) == 0 {
		refused = reasons[p.random.IntN(len(reasons)):][:1]
	}
	p.later(claimed, func(ctx context.Context) error {
		_, err := p.issuance.Claim(ctx, reviewer, c.ID)
		return err
	})
	p.later(decided, func(ctx context.Context) (err error) {
		if refused != nil {
			_, err = p.issuance.Refuse(ctx, reviewer, c.ID, refused, "")
			return err
		}
		var all []string
		for _, item := range issuance.Checklist {
			all = append(all, item.ID)
		}
		_, err = p.issuance.Approve(ctx, reviewer, c.ID, all)
		return err
	})
	p.later(final, func(ctx context.Context) error {
		if _, err := p.issuance.Settle(ctx); err != nil || refused != nil {
			return err
		}
		return p.carry(ctx, c.Licence)
	})
	return nil
}

// handIn uploads a drawn picture and applies with it.
func (p *past) handIn(ctx context.Context, one demo.Person, treat treatment) (*issuance.Case, error) {
	id, err := p.register.IDOf(ctx, one.Licence.FileNumber)
	if err != nil {
		return nil, err
	}
	file, err := drawn(one, treat)
	if err != nil {
		return nil, err
	}
	by := audit.Actor{Kind: audit.ByDriver, ID: id}
	stored, report, err := p.issuance.Upload(ctx, by, issuance.Upload{LicenceID: id, Source: photo.FromAlbum, TakenOn: civil.Of(p.clock.Now()).AddDays(-3), Data: file})
	if err != nil {
		return nil, err
	}
	return p.issuance.Submit(ctx, by, issuance.Submission{
		LicenceID: id, Kind: application.First, Route: application.Album, PhotoID: stored.ID, Declared: report.Undeclared(nil),
		Consents: issuance.Consents{IdentityNumber: true, Face: true, Version: account.ConsentVersion},
	})
}

// A demoDesk is an operator on a terminal.
type demoDesk struct {
	kind  relyingparty.Kind
	asker verification.Asker
}

// desks enrols a terminal for every operator of the parties. A desk of the
// police stands for several: they check most.
func (p *past) desks(ctx context.Context, file *demo.File) (list []demoDesk, err error) {
	for _, entry := range file.Parties {
		dossier, err := p.parties.Party(ctx, entry.ID)
		if err != nil {
			return nil, err
		}
		for i, o := range dossier.Operators {
			terminal, err := p.enrol(ctx, dossier.Party, i)
			if err != nil {
				return nil, err
			}
			d := demoDesk{dossier.Kind, verification.Asker{TerminalID: terminal.ID, OperatorID: o.ID}}
			list = append(list, slices.Repeat([]demoDesk{d}, shareOf[d.kind])...)
		}
	}
	return list, nil
}

// shareOf is how much each kind of party checks.
var shareOf = map[relyingparty.Kind]int{
	relyingparty.Police: 6, relyingparty.Window: 4, relyingparty.Rental: 3, relyingparty.Transport: 2, relyingparty.Insurer: 1, relyingparty.Regulator: 1,
}

func (p *past) enrol(ctx context.Context, party *relyingparty.Party, n int) (*relyingparty.Terminal, error) {
	code, _, err := p.parties.NewCode(ctx, audit.Program, party.ID, codeLife)
	if err != nil {
		return nil, err
	}
	key, point, err := newDeviceKey()
	if err != nil {
		return nil, err
	}
	signature, err := rawsig.ES256.Sign(key, []byte(relyingparty.EnrolProof(p.parties.Origin, code)))
	if err != nil {
		return nil, err
	}
	t, _, err := p.parties.Enrol(ctx, audit.Actor{Kind: audit.ByVisitor, ID: "demo"}, "demo", relyingparty.Enrolment{
		Code: code, PublicKey: point, Name: fmt.Sprintf("%d 号终端", n+1), Place: placeOf[party.Kind], Signature: signature,
	})
	return t, err
}

var placeOf = map[relyingparty.Kind]string{
	relyingparty.Police: "松风路与望海街路口", relyingparty.Window: "安澜车管所 3 号窗口", relyingparty.Rental: "远帆租车示范店前台",
	relyingparty.Transport: "长亭客运安全科", relyingparty.Insurer: "安澜保险核保部", relyingparty.Regulator: "运政稽查点",
}

// check is one driver's code before one desk. Now and then it is not the
// person of the photo.
func (p *past) check(ctx context.Context, d demoDesk) error {
	if len(p.phones) == 0 {
		return nil
	}
	phone := p.phones[p.random.IntN(len(p.phones))]
	q := verification.Question{RequestID: newRequestID(), Way: relyingparty.ByCode}
	switch d.kind {
	case relyingparty.Police:
		q.Scenario = relyingparty.PoliceCheck
	case relyingparty.Window:
		q.Scenario, q.CaseNumber = relyingparty.WindowCheck, fmt.Sprintf("SW-%04d", p.random.IntN(10_000))
	case relyingparty.Rental:
		q.Scenario, q.VehicleClass, q.RentalEnd = relyingparty.Renting, "C1", civil.Of(p.clock.Now()).AddDays(1+p.random.IntN(6))
	case relyingparty.Transport:
		q.Scenario, q.VehicleClass = relyingparty.Hiring, "C1"
	case relyingparty.Insurer:
		q.Scenario, q.VehicleClass = relyingparty.Underwriting, "C1"
	case relyingparty.Regulator:
		q.Scenario, q.VehicleClass = relyingparty.Regulation, "C1"
	}
	var err error
	if q.Code, err = phone.show(p.clock.Now()); err != nil {
		return err
	}
	c, err := p.checks.Check(ctx, d.asker, q)
	if err != nil {
		return err
	}
	if p.random.IntN(3) == 0 {
		return nil // not everybody says
	}
	return p.checks.Match(ctx, d.asker, c.Number, p.random.IntN(60) > 0)
}
