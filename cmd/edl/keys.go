package main

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"edl/internal/keys"
)

// keysCommand makes, shows and ends signing keys. It touches the folder of the
// keys alone; a running server sees the change with its next signature, and
// enters it into the audit log.
type keysCommand struct {
	Init   keysInitCommand   `cmd:"" help:"Make keys that an older installation lacks."`
	Show   keysShowCommand   `cmd:"" help:"List the keys: which signs, which stands by, which are believed no more."`
	Rotate keysRotateCommand `cmd:"" help:"Let the key that stands by sign, and make another to stand by."`
	Revoke keysRevokeCommand `cmd:"" help:"Believe a key no more, from now on."`
	Renew  keysRenewCommand  `cmd:"" help:"Sign the revocation lists of the certificates anew."`
	Token  keysTokenCommand  `cmd:"" help:"Make the certificates' keys in a PKCS#11 token from now on."`
}

// operator names whoever runs the command, as the operating system knows them.
func operator() keys.By {
	name := "uid " + strconv.Itoa(os.Getuid())
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if before := os.Getenv("SUDO_USER"); before != "" && before != name {
		name = before + " as " + name
	}
	host, err := os.Hostname()
	if err != nil {
		return keys.By(name)
	}
	return keys.By(name + "@" + host)
}

// ring says where the keys are.
type ring struct {
	Data string `help:"Folder of what is local." default:"data" type:"path" placeholder:"DIR"`
	Keys string `help:"Folder of the keys (default: beside the data folder)." type:"path" placeholder:"DIR"`
}

func (r *ring) dir() string { return (&place{Data: r.Data, Keys: r.Keys}).keysDir() }

// open refuses a folder that nobody set up: a second installation's keys made
// by a slip of --keys would be believed by no terminal.
func (r *ring) open() (string, error) {
	_, err := keys.Open(r.dir())
	return r.dir(), err
}

type keysInitCommand struct {
	ring
	Use       []keys.Use `help:"What for: ${uses}, or pki; all that are missing but pki if not given." placeholder:"USE"`
	PublicURL string     `help:"For pki: under which the revocation lists are served." placeholder:"URL"`
	Name      string     `help:"For pki: the authority's name in Latin letters." placeholder:"TEXT"`
	Country   string     `help:"For pki: the issuing country." default:"CN" placeholder:"CC"`
	Province  string     `help:"For pki: the jurisdiction, as the settings have it (ISO 3166-2)." placeholder:"CODE"`
}

// Run makes what is missing and lists it.
func (c *keysInitCommand) Run() error {
	dir, err := c.open()
	if err != nil {
		return err
	}
	chosen := len(c.Use) > 0
	if !chosen {
		c.Use = keys.Uses
	}
	for _, use := range c.Use {
		if use == forPKI {
			if err := c.initPKI(dir); err != nil {
				return fmt.Errorf("--use pki: %w", err)
			}
			continue
		}
		set, err := keys.InitSet(dir, use, operator(), time.Now())
		if errors.Is(err, keys.ErrHasSet) && !chosen {
			continue
		}
		if err != nil {
			return fmt.Errorf("--use %s: %w", use, err)
		}
		list(set)
	}
	return nil
}

type keysShowCommand struct {
	ring
	Use []keys.Use `help:"What for: ${uses}, or pki; all if not given." placeholder:"USE"`
}

// Run lists them.
func (c *keysShowCommand) Run() error {
	dir, err := c.open()
	if err != nil {
		return err
	}
	all := len(c.Use) == 0
	if all {
		c.Use = append(keys.Uses[:len(keys.Uses):len(keys.Uses)], forPKI)
	}
	for _, use := range c.Use {
		if use == forPKI {
			p, err := keys.OpenPKI(dir)
			if all && errors.Is(err, keys.ErrNoPKI) {
				continue
			}
			if err != nil {
				return err
			}
			listPKI(p)
			continue
		}
		set, err := keys.OpenSet(dir, use)
		if err != nil {
			return err
		}
		list(set)
	}
	return nil
}

// keysKnown is how long a key stands by before it may sign: a terminal that has
// been without a network for longer asks for a new bundle anyway.
const keysKnown = 7 * 24 * time.Hour

type keysRotateCommand struct {
	ring
	Use keys.Use `help:"What for: ${uses}, or a role among the certificates: ${roles}." required:"" placeholder:"USE"`
	Now bool     `help:"Rotate although the key that stands by is younger than a week and terminals may not know it yet."`
}

// Run rotates and lists.
func (c *keysRotateCommand) Run() error {
	dir, err := c.open()
	if err != nil {
		return err
	}
	if role := keys.Role(c.Use); role.Valid() {
		p, err := keys.RotatePKI(dir, role, operator(), time.Now())
		if err == nil {
			listPKI(p)
		}
		return err
	}
	known := keysKnown
	if c.Now {
		known = 0
	}
	set, err := keys.Rotate(dir, c.Use, operator(), time.Now(), known)
	if err == nil {
		list(set)
	}
	return err
}

type keysRevokeCommand struct {
	ring
	Use keys.Use `help:"What for: ${uses}, or pki." required:"" placeholder:"USE"`
	ID  string   `arg:"" help:"The key's identifier, as edl keys show prints it."`
}

// Run revokes and lists.
func (c *keysRevokeCommand) Run() error {
	dir, err := c.open()
	if err != nil {
		return err
	}
	if c.Use == forPKI {
		p, err := keys.RevokeCertificate(dir, c.ID, operator(), time.Now())
		if err == nil {
			listPKI(p)
		}
		return err
	}
	set, err := keys.Revoke(dir, c.Use, c.ID, operator(), time.Now())
	if err == nil {
		list(set)
	}
	return err
}

type keysTokenCommand struct {
	ring
	Module  string `help:"The PKCS#11 library of the token's maker." required:"" type:"existingfile" placeholder:"FILE"`
	Label   string `help:"The token's label." required:"" placeholder:"TEXT"`
	PINFile string `name:"pin-file" help:"A file that holds the PIN and nobody else can read." required:"" type:"existingfile" placeholder:"FILE"`
}

// Run names the token and says what is left to do.
func (c *keysTokenCommand) Run() error {
	dir, err := c.open()
	if err != nil {
		return err
	}
	if err := keys.SaveToken(dir, keys.Token{Module: c.Module, Label: c.Label, PINFile: c.PINFile}); err != nil {
		return err
	}
	fmt.Printf("New keys are made in the token %s. Those that lie in files stay there until they are rotated:\n  edl keys rotate --use iaca\n  edl keys rotate --use reader-root\n", c.Label)
	return nil
}

// usesOfKeys names the uses for the help.
func usesOfKeys() string {
	var names []string
	for _, use := range keys.Uses {
		names = append(names, string(use))
	}
	return strings.Join(names, ", ")
}

// rolesOfPKI names the roles of certificates for the help.
func rolesOfPKI() string {
	var names []string
	for _, role := range keys.Roles {
		names = append(names, string(role))
	}
	return strings.Join(names, ", ")
}

// list prints a set, a key a line.
func list(set *keys.Set) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, k := range set.Keys {
		fmt.Fprintf(w, "%s\t%s\t%s\tmade %s\t%s\n", set.Use, k.ID, k.State(), k.MadeAt.UTC().Format(time.DateTime), ended(k))
	}
	w.Flush()
}

// ended says when a key stopped signing, or was revoked.
func ended(k *keys.Key) string {
	switch {
	case k.Revoked != nil:
		return "revoked " + k.Revoked.UTC().Format(time.DateTime)
	case k.Retired != nil:
		return "retired " + k.Retired.UTC().Format(time.DateTime)
	}
	return ""
}
