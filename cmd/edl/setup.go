package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/authority"
	"edl/internal/httpapi"
	"edl/internal/keys"
	"edl/internal/lang"
)

// setupCommand makes a new authority: its keys, its settings, the invitation
// of its first administrator. There is no default password anywhere.
type setupCommand struct {
	place
	PublicURL    string   `help:"How browsers will reach the platform." default:"http://localhost:8080" placeholder:"URL"`
	Name         string   `help:"Name of the authority, in Chinese." placeholder:"TEXT"`
	NameEN       string   `name:"name-en" help:"Name of the authority, in English." placeholder:"TEXT"`
	Code         string   `help:"Code of the authority (FZJG)." placeholder:"TEXT"`
	Phone        string   `help:"Public telephone number." placeholder:"NUMBER"`
	Jurisdiction string   `help:"ISO 3166-2 code, such as CN-11." placeholder:"CODE"`
	Office       []string `help:"A service window, as CODE|名称|name|地址|address|telephone; may be repeated." placeholder:"OFFICE" sep:"none"`
	Admin        string   `help:"Login of the first security administrator." default:"security" placeholder:"LOGIN"`
	AdminName    string   `help:"Name of the first security administrator." default:"安全管理员" placeholder:"TEXT"`
}

// errIsSetUp keeps a second set-up from making other keys for existing data.
var errIsSetUp = errors.New("this installation is set up already; change its settings in the console, or choose other --data and --keys folders")

// Run asks for what the flags left out, makes everything and prints the link.
func (c *setupCommand) Run(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	if err := c.ask(); err != nil {
		return err
	}
	profile, err := c.profile()
	if err != nil {
		return err
	}
	unlock, err := lockData(c.Data)
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := keys.Open(c.keysDir()); errors.Is(err, keys.ErrMissing) {
		if err := c.makeKeys(); err != nil {
			return err
		}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	p, err := c.assemble(ctx, &clock{}, c.PublicURL)
	if err != nil {
		return err
	}
	defer p.close()
	if have, err := p.authority.Profile(ctx); err != nil || have.Code != "" {
		return errors.Join(err, c.inviteAgain(ctx, p))
	}
	if err := c.ensurePKI(keys.About{PublicURL: c.PublicURL, Name: c.NameEN, Country: c.Jurisdiction[:2], Province: c.Jurisdiction}, time.Now()); err != nil {
		return err
	}
	if err := p.authority.SaveProfile(ctx, audit.Program, profile); err != nil {
		return err
	}
	_, secret, err := p.staff.Invite(ctx, audit.Program, c.Admin, c.AdminName, "0001", []account.Role{account.Security})
	if err != nil {
		return err
	}
	fmt.Printf("%s is set up.\n\n  data  %s\n  keys  %s   (back these up apart from the data)\n\nStart it:   edl serve --data %s --public-url %s\nThen open this link within three days, once, to become the first administrator:\n\n  %s\n",
		profile.Name.ZH, c.Data, c.keysDir(), c.Data, c.PublicURL, httpapi.InviteURL(c.PublicURL, secret))
	return nil
}

// inviteAgain prints another link for the first administrator as long as nobody
// has an account: one that was lost, ran out, or was never printed because the
// power went would lock everybody out for good.
func (c *setupCommand) inviteAgain(ctx context.Context, p *platform) error {
	members, err := p.staff.List(ctx)
	if err != nil {
		return err
	}
	id := ""
	for _, m := range members {
		if m.Status != account.Invited {
			return errIsSetUp
		}
		if slices.Contains(m.Roles, account.Security) {
			id = m.ID
		}
	}
	var secret string
	if id == "" {
		_, secret, err = p.staff.Invite(ctx, audit.Program, c.Admin, c.AdminName, "0001", []account.Role{account.Security})
	} else {
		_, secret, err = p.staff.Reinvite(ctx, audit.Program, id)
	}
	if err != nil {
		return err
	}
	fmt.Printf("This installation is set up already, and its settings stay. Nobody has an account yet, so here is another link for the first administrator, for three days; one printed before is of no use any more:\n\n  %s\n", httpapi.InviteURL(c.PublicURL, secret))
	return nil
}

// ask fills in at a terminal what the flags left out.
func (c *setupCommand) ask() error {
	questions := []struct {
		value    *string
		flag, zh string
	}{
		{&c.Name, "--name", "发证机关名称 (authority, in Chinese)"},
		{&c.NameEN, "--name-en", "英文名称 (in English)"},
		{&c.Code, "--code", "发证机关代码 (code, such as 示A)"},
		{&c.Phone, "--phone", "对外电话 (public telephone)"},
		{&c.Jurisdiction, "--jurisdiction", "管辖区 (ISO 3166-2, such as CN-11)"},
	}
	in := bufio.NewReader(os.Stdin)
	for _, q := range questions {
		if *q.value != "" {
			continue
		}
		if !term.IsTerminal(int(os.Stdin.Fd())) {
			return fmt.Errorf("%s is missing: give it, or run edl setup at a terminal", q.flag)
		}
		fmt.Printf("%s: ", q.zh)
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		*q.value = strings.TrimSpace(line)
	}
	return nil
}

func (c *setupCommand) profile() (authority.Profile, error) {
	p := authority.Profile{Name: lang.T(c.Name, c.NameEN), Code: c.Code, Phone: c.Phone, Jurisdiction: c.Jurisdiction}
	for _, text := range c.Office {
		parts := strings.Split(text, "|")
		if len(parts) != 6 {
			return p, fmt.Errorf("--office %q: write it as CODE|名称|name|地址|address|telephone", text)
		}
		p.Offices = append(p.Offices, authority.Office{
			Code: parts[0], Name: lang.T(parts[1], parts[2]), Address: lang.T(parts[3], parts[4]), Phone: parts[5],
		})
	}
	return p, p.Check()
}
