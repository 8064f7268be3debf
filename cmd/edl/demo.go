package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"edl/internal/account"
	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/authority"
	"edl/internal/demo"
	"edl/internal/identity"
	"edl/internal/issuance"
	"edl/internal/keys"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/register"
	"edl/internal/relyingparty"
	"edl/internal/uid"
)

// demoCommand is what a running demonstration can still be given.
type demoCommand struct {
	Code demoCodeCommand `cmd:"" help:"Make more enrolment codes for the relying parties of a demonstration."`
}

type demoCodeCommand struct {
	place
	Count int `help:"How many for each relying party." default:"20"`
}

// Run adds codes to demo.json.
func (c *demoCodeCommand) Run(ctx context.Context) error {
	file, err := demo.Load(c.Data)
	if err != nil {
		return err
	}
	if file == nil {
		return fmt.Errorf("no demonstration in %s: start one with edl serve --demo --data %s", c.Data, c.Data)
	}
	p, err := c.assemble(ctx, &clock{}, file.BaseURL)
	if err != nil {
		return err
	}
	defer p.close()
	for i := range file.Parties {
		if err := p.moreCodes(ctx, &file.Parties[i], c.Count); err != nil {
			return err
		}
	}
	return file.Save(c.Data)
}

var (
	errRealData = errors.New("this data belongs to a real authority: --demo would mix invented people into it; choose another --data folder")
	errDemoData = errors.New("this data is a demonstration: add --demo, or choose another --data folder for a real authority")
)

// prepareDemo makes the keys of a new demonstration and sets its clock.
func (c *serveCommand) prepareDemo(now *clock) error {
	offset, err := demoOffset(c.DemoClock, time.Now())
	if err != nil {
		return err
	}
	now.Move(offset)
	if _, err := keys.Open(c.keysDir()); errors.Is(err, keys.ErrMissing) {
		if err := c.makeKeys(); err != nil {
			return err
		}
	}
	// an hour back, since a demonstration invents deeds of the time before it
	return c.ensurePKI(keys.About{PublicURL: c.PublicURL, Name: "Traffic Police of Shifan City", Country: "CN", Province: "CN-11"}, now.Now().Add(-time.Hour))
}

// demoOffset reads --demo-clock: a moment, or a duration from now.
func demoOffset(text string, now time.Time) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	if d, err := time.ParseDuration(strings.TrimPrefix(text, "+")); err == nil {
		return d, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, fmt.Errorf("--demo-clock %q: write a time like 2026-10-09T10:32:00+08:00, or a duration like +48h", text)
	}
	return t.Sub(now), nil
}

// startDemo invents the authority on first start, and opens it after that.
func (c *serveCommand) startDemo(ctx context.Context, p *platform) error {
	file, err := demo.Load(c.Data)
	if err != nil {
		return err
	}
	profile, err := p.authority.Profile(ctx)
	if err != nil {
		return err
	}
	for kind := range p.limiter.Rates { // wide: a demonstration is played by one person, or by a test
		p.limiter.Rates[kind] = account.Rate{Burst: 5000, Every: time.Millisecond}
	}
	switch {
	case profile.Code != "" && profile.Code != demo.AuthorityCode:
		return errRealData
	case file == nil && profile.Code != "":
		return fmt.Errorf("the demonstration in %s was cut short while it was being invented: remove the folder and start again", c.Data)
	case profile.Code == "":
		if file, err = p.invent(ctx, c.DemoWeeks); err != nil {
			return fmt.Errorf("inventing the demonstration: %w", err)
		}
	}
	p.drivers.Codes = nil
	file.BaseURL, file.Limits = c.PublicURL, p.limiter.Rates
	file.Feed = demo.Feed{URL: c.PublicURL + "/api/feed/licences", Token: p.ring.Feed}
	p.demo = file
	p.http.Demo = true
	p.http.MoveClock = p.clock.Move
	p.http.DemoFile, p.http.DemoOutbox = file, p.outbox
	return file.Save(c.Data)
}

// invent fills an empty platform through its own front doors. With weeks it was
// founded so long ago, and much was done since.
func (w *platform) invent(ctx context.Context, weeks int) (*demo.File, error) {
	started := time.Now()
	people := demo.People(w.clock.Now())
	file := &demo.File{}
	for _, p := range people {
		if p.Key != "" {
			file.Drivers = append(file.Drivers, demo.DriverOf(p))
		}
	}
	span := time.Duration(weeks) * 7 * 24 * time.Hour
	then := func(do func() error) func() error { // that long ago
		return func() error {
			w.clock.Move(-span)
			defer w.clock.Move(span)
			return do()
		}
	}
	steps := []struct {
		name string
		do   func() error
	}{
		{"the authority", then(func() error { return w.authority.SaveProfile(ctx, audit.Program, demoProfile()) })},
		{"the register", func() error { return w.importPeople(ctx, people) }},
		{"staff", then(func() error { return w.hireStaff(ctx, file) })},
		{"relying parties", then(func() error { return w.inviteParties(ctx, file) })},
		{"electronic licences", func() error {
			if weeks == 0 {
				return w.issueHeld(ctx, people)
			}
			return w.playPast(ctx, span, people, file)
		}},
		{"what changed since", func() error { return w.changeHeld(ctx, people) }},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	slog.Info("invented a demonstration", "drivers", len(people), "took", time.Since(started).Round(time.Millisecond))
	return file, nil
}

func demoProfile() authority.Profile {
	return authority.Profile{
		Name: lang.T("示范市公安局交通管理局", "Traffic Police of Shifan City"), Code: demo.AuthorityCode, Phone: "000-12345", Jurisdiction: "CN-11",
		Offices: []authority.Office{{
			Code: demo.OfficeCode, Name: lang.T("安澜车管所", "Anlan licensing office"),
			Address: lang.T("示范市安澜区松风路1号", "1 Songfeng Road, Anlan, Shifan"), Phone: "000-12346",
		}},
	}
}

func (w *platform) importPeople(ctx context.Context, people []demo.Person) error {
	var body bytes.Buffer
	for _, p := range people {
		line, err := register.Write(p.Licence, path.Base(p.Portrait), time.Time{})
		if p.Portrait == "" {
			line, err = register.Write(p.Licence, "", time.Time{})
		}
		if err != nil {
			return err
		}
		body.Write(line)
	}
	folder, err := fs.Sub(demo.Portraits(), "portraits")
	if err != nil {
		return err
	}
	f := register.File{
		Name: "demo.jsonl", Photos: folder,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body.Bytes())), nil },
	}
	// The register is as it was a month ago, so that what happens since has a history.
	report, err := w.register.Import(ctx, feedActor, f, register.Options{AsOf: w.clock.Now().AddDate(0, -1, 0)})
	if err != nil {
		return err
	}
	if report.Refused > 0 {
		return fmt.Errorf("the register refused %d lines, the first for %+v", report.Refused, report.Refusals[0])
	}
	return nil
}

var feedActor = audit.Actor{Kind: audit.ByFeed, ID: "demo"}

// held reports whether the person of a case holds an electronic licence.
func held(key string) bool {
	for _, prefix := range []string{"holder:", "held-status:", "reapply:", "class:", "validity:long", "validity:renewal", "validity:today", "name:"} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// issueHeld applies for those who hold the electronic licence already, on the
// direct way, as they would themselves.
func (w *platform) issueHeld(ctx context.Context, people []demo.Person) error {
	for _, p := range people {
		if !held(p.Key) {
			continue
		}
		if _, err := w.applyDirectly(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// applyDirectly applies for one person and returns the licence.
func (w *platform) applyDirectly(ctx context.Context, p demo.Person) (licenceID string, err error) {
	if licenceID, err = w.register.IDOf(ctx, p.Licence.FileNumber); err != nil {
		return "", err
	}
	_, err = w.issuance.Submit(ctx, audit.Actor{Kind: audit.ByDriver, ID: licenceID}, issuance.Submission{
		LicenceID: licenceID, Kind: application.First, Route: application.OnFile, Key: "demo",
		Consents: issuance.Consents{IdentityNumber: true, Face: true, Version: account.ConsentVersion},
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w", p.Key, err)
	}
	return licenceID, nil
}

// changeHeld delivers what happened to holders since: a status, a new validity.
func (w *platform) changeHeld(ctx context.Context, people []demo.Person) error {
	byKey := map[string]licence.Licence{}
	for _, p := range people {
		if p.Key != "" {
			byKey[p.Key] = p.Licence
		}
	}
	var body bytes.Buffer
	for _, letter := range licence.Letters() {
		l, ok := byKey["held-"+letter.Key()]
		if !ok {
			continue
		}
		like := byKey[letter.Key()]
		l.Status, l.ExtensionUntil, l.Points = like.Status, like.ExtensionUntil, like.Points
		if err := writeTo(&body, l, w.clock.Now()); err != nil {
			return err
		}
	}
	l := byKey["reapply:validity"]
	l.ValidTo = l.ValidFrom.AddYears(16) // the ten years that follow the first six
	if err := writeTo(&body, l, w.clock.Now()); err != nil {
		return err
	}
	report, err := w.register.Apply(ctx, feedActor, "demo-changes", "demo", body.Bytes())
	if err == nil && report.Refused > 0 {
		err = fmt.Errorf("refused: %+v", report.Refusals)
	}
	return err
}

func writeTo(body *bytes.Buffer, l licence.Licence, now time.Time) error {
	line, err := register.Write(l, "", now)
	body.Write(line)
	return err
}

var demoStaff = []struct {
	login, name, number string
	roles               []account.Role
}{
	{"qiu.review", "邱明远", "1024", []account.Role{account.Reviewer}},
	{"bai.review", "白疏影", "1025", []account.Role{account.Reviewer}},
	{"fang.window", "方若溪", "1101", []account.Role{account.WindowRep}},
	{"he.registrar", "贺怀瑾", "1201", []account.Role{account.Registrar}},
	{"tan.registrar", "谈知行", "1202", []account.Role{account.Registrar}},
	{"system", "系统管理员", "9001", []account.Role{account.System}},
	{"security", "安全管理员", "9002", []account.Role{account.Security}},
	{"audit", "审计管理员", "9003", []account.Role{account.Auditor}},
}

func (w *platform) hireStaff(ctx context.Context, file *demo.File) error {
	for _, s := range demoStaff {
		_, invitation, err := w.staff.Invite(ctx, audit.Program, s.login, s.name, s.number, s.roles)
		if err != nil {
			return err
		}
		password, secret, err := w.accept(ctx, w.staff, invitation)
		if err != nil {
			return err
		}
		file.Staff = append(file.Staff, demo.Staff{Login: s.login, Name: s.name, Roles: s.roles, Password: password, TOTPSecret: secret})
	}
	return nil
}

// accept starts an account as its owner would, and returns what opens it.
func (w *platform) accept(ctx context.Context, accounts *account.Staff, invitation string) (password, totpSecret string, err error) {
	m, _, err := accounts.OpenInvitation(ctx, invitation)
	if err != nil {
		return "", "", err
	}
	password = "demo-" + uid.Secret()[:16]
	// a code of the step before, so that the first sign-in can follow at once
	code, err := totp.GenerateCode(m.TOTPSecret, w.clock.Now().Add(-30*time.Second))
	if err != nil {
		return "", "", err
	}
	_, _, err = accounts.Accept(ctx, invitation, password, code)
	return password, m.TOTPSecret, err
}

var demoParties = []struct {
	form      relyingparty.Form
	operators []string
}{
	{relyingparty.Form{Name: "示范市交警支队安澜大队", Contact: "安澜大队值班室", Phone: "000-12347", Kind: relyingparty.Police, Scenarios: []relyingparty.ScenarioID{relyingparty.PoliceCheck}}, []string{"000317", "000318"}},
	{relyingparty.Form{Name: "安澜车管所服务窗口", Contact: "服务窗口", Phone: "000-12346", Kind: relyingparty.Window, Scenarios: []relyingparty.ScenarioID{relyingparty.WindowCheck}}, []string{"1101"}},
	{relyingparty.Form{Name: "远帆租车示范店", Contact: "门店客服", Phone: "000-22222", Kind: relyingparty.Rental, Scenarios: []relyingparty.ScenarioID{relyingparty.Renting}}, []string{"0088", "0089"}},
	{relyingparty.Form{Name: "长亭客运示范公司", Contact: "安全科", Phone: "000-33333", Kind: relyingparty.Transport, Scenarios: []relyingparty.ScenarioID{relyingparty.Hiring}}, []string{"0012"}},
	{relyingparty.Form{Name: "安澜保险示范公司", Contact: "核保部", Phone: "000-44444", Kind: relyingparty.Insurer, Scenarios: []relyingparty.ScenarioID{relyingparty.Underwriting, relyingparty.Claim}}, []string{"0007"}},
	{relyingparty.Form{Name: "示范市道路运输管理处", Contact: "运政值班室", Phone: "000-55555", Kind: relyingparty.Regulator, Scenarios: []relyingparty.ScenarioID{relyingparty.Regulation}}, []string{"7001"}},
}

var operatorNames = []string{"沈听澜", "陆青川", "程嘉树", "许初晴", "曾长风"}

func (w *platform) inviteParties(ctx context.Context, file *demo.File) error {
	for i, d := range demoParties {
		form := d.form
		form.USCC = demoUSCC(i)
		party, err := w.parties.Add(ctx, audit.Program, form)
		if err != nil {
			return err
		}
		entry := demo.Party{ID: party.ID, Name: party.Name, Kind: string(party.Kind)}
		for n, number := range d.operators {
			name := operatorNames[(i+n)%len(operatorNames)]
			_, pin, err := w.parties.AddOperator(ctx, audit.Program, party.ID, number, name)
			if err != nil {
				return err
			}
			entry.Operators = append(entry.Operators, demo.Operator{Number: number, Name: name, PIN: pin})
		}
		if err := w.moreCodes(ctx, &entry, 20); err != nil {
			return err
		}
		if party.Kind == relyingparty.Transport { // of the parties, the one that follows drivers
			if entry.Admin, err = w.appoint(ctx, party.ID); err != nil {
				return err
			}
		}
		file.Parties = append(file.Parties, entry)
	}
	return nil
}

// appoint makes the administrator of a party.
func (w *platform) appoint(ctx context.Context, partyID string) (*demo.Admin, error) {
	const login, name = "meng.fleet", "孟清晏"
	_, invitation, err := w.partyAdmins.InviteAdmin(ctx, audit.Program, partyID, login, name)
	if err != nil {
		return nil, err
	}
	password, secret, err := w.accept(ctx, w.partyAdmins, invitation)
	return &demo.Admin{Login: login, Name: name, Password: password, TOTPSecret: secret}, err
}

// demoUSCC makes an invented body's code: region 000000, a valid check digit.
func demoUSCC(i int) identity.USCC {
	first17 := fmt.Sprintf("91000000MA%07d", i+1)
	return identity.USCC(first17 + string(identity.USCCCheck(first17)))
}

// codeLife is how long an enrolment code of a demonstration lives.
const codeLife = 365 * 24 * time.Hour

func (w *platform) moreCodes(ctx context.Context, party *demo.Party, count int) error {
	for range count {
		code, _, err := w.parties.NewCode(ctx, audit.Program, party.ID, codeLife)
		if err != nil {
			return err
		}
		party.Codes = append(party.Codes, code)
	}
	return nil
}

// welcome is what a newcomer reads at the end of the start.
func (w *platform) welcome() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	base := w.demo.BaseURL
	line("")
	line("  演示 Demonstration: an invented city authority with %d drivers", demo.Size)
	line("")
	line("  Everything side by side   %s/demo/", base)
	line("  Driver's app              %s/driver/", base)
	line("  Terminal                  %s/verify/", base)
	line("  Console                   %s/staff/", base)
	line("  A party's own page        %s/party/", base)
	line("")
	d := w.demo.Drivers[0]
	line("  A driver to begin with    phone %s, name %s, number %s, file number %s", d.Phone, d.Name, d.Number, d.FileNumber)
	line("  Text messages, one-time codes, staff passwords and terminal codes are shown on /demo/")
	line("")
	return b.String()
}
