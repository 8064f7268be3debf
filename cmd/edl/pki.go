package main

import (
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"edl/internal/keys"
)

// forPKI is what edl keys calls the certificates of the international form and
// their SM2 counterparts; rotating and revoking name one of their roles.
const forPKI keys.Use = "pki"

// ensurePKI makes the certificates of an installation that has none.
func (p *place) ensurePKI(about keys.About, now time.Time) error {
	_, err := keys.OpenPKI(p.keysDir())
	if errors.Is(err, keys.ErrNoPKI) {
		_, err = keys.InitPKI(p.keysDir(), about, operator(), now)
	}
	return err
}

// initPKI makes the certificates as the flags say and lists them.
func (c *keysInitCommand) initPKI(dir string) error {
	p, err := keys.InitPKI(dir, keys.About{PublicURL: c.PublicURL, Name: c.Name, Country: c.Country, Province: c.Province}, operator(), time.Now())
	if err == nil {
		listPKI(p)
	}
	return err
}

// keysRenewCommand signs the revocation lists anew, which a server does by
// itself where the roots' keys are in its folder.
type keysRenewCommand struct{ ring }

// Run renews and says until when the lists hold.
func (c *keysRenewCommand) Run() error {
	dir, err := c.open()
	if err != nil {
		return err
	}
	p, err := keys.RenewLists(dir, time.Now())
	if err != nil {
		return err
	}
	for _, cert := range p.Certificates {
		if list := p.Lists[cert.ID]; list != nil {
			fmt.Printf("%s  %s  list %d until %s\n", cert.Role, cert.ID, list.Number, list.Due().UTC().Format(time.DateTime))
		}
	}
	return nil
}

// listPKI prints the certificates, one a line.
func listPKI(p *keys.PKI) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, c := range p.Certificates {
		at := "key kept"
		switch {
		case c.Revoked != nil:
			at = "revoked " + c.Revoked.UTC().Format(time.DateTime)
		case c.Retired != nil:
			at = "retired " + c.Retired.UTC().Format(time.DateTime)
		case c.Key() == nil:
			at = "key taken away"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\tuntil %s\t%s\n", c.Role, c.ID, c.State(), c.GM().NotAfter.UTC().Format(time.DateOnly), at)
	}
	w.Flush()
}
