package keys

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"edl/gm"
	"edl/mdoc"
	"edl/mdoc/checklist"
)

// A Finding is one thing that was looked at, and what to do where it is wrong.
type Finding struct {
	What   string `json:"what"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
	Remedy string `json:"remedy,omitempty"` // where it is not OK
}

// soon is how long before an end an operator is told of it: twice the life of
// what is signed for wallets, so that no issue is cut short.
const soon = 60 * 24 * time.Hour

// listSoon is how long before a revocation list is due it is called old: a
// server that holds the roots' keys renews it long before.
const listSoon = 30 * 24 * time.Hour

// Examine looks at every key, certificate and list of a folder.
func Examine(dir string, now time.Time) (all []Finding) {
	add := func(what string, err error, detail, remedy string) bool {
		f := Finding{What: what, OK: err == nil, Detail: detail}
		if err != nil {
			f.Detail, f.Remedy = err.Error(), remedy
		}
		all = append(all, f)
		return err == nil
	}
	if _, err := Open(dir); !add("keys: the folder opens", err, dir, "restore the folder from its own backup, or pass --keys with the right one") {
		return all
	}
	add("keys: nobody else can read them", OthersRead(dir), "", "chmod -R go= "+dir)
	for _, use := range Uses {
		_, err := OpenSet(dir, use)
		remedy := "restore the folder from its own backup"
		if errors.Is(err, ErrNoSet) {
			remedy = "edl keys init --use " + string(use)
		}
		add("keys: "+string(use), err, "one signs, one stands by", remedy)
	}
	if t, err := readToken(dir); t != nil || err != nil {
		if err == nil {
			_, err = t.open()
		}
		if !add("token: it opens", err, "", "plug it in, set module, label and PIN file right with \"edl keys token\", or use a program built with -tags pkcs11") {
			return all
		}
	}
	p, err := OpenPKI(dir)
	if !add("certificates: the folder holds them", err, "", "edl keys init --use pki --public-url URL --name NAME --province CODE") {
		return all
	}
	for _, role := range Roles {
		c := p.InUse(role)
		if c == nil {
			add("certificate "+string(role), fmt.Errorf("none is in use"), "", "restore pki.json from its own backup")
			continue
		}
		p.examine(c, now, add)
	}
	for _, c := range p.Certificates {
		if c.Role.IsAuthority() && c.Revoked == nil && now.Before(c.GM().NotAfter) {
			p.examineList(c, now, add)
		}
	}
	return all
}

// OthersRead returns an error that names the folder, or a file of it, where
// others than its owner can read it.
func OthersRead(dir string) error {
	folder, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if mode := folder.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%s has mode %04o", dir, mode)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return err
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			return fmt.Errorf("%s has mode %04o", filepath.Join(dir, e.Name()), mode)
		}
	}
	return nil
}

// examine holds a certificate against its profile, its issuer and the clock.
func (p *PKI) examine(c *Certificate, now time.Time, add func(what string, err error, detail, remedy string) bool) {
	name, end := "certificate "+string(c.Role)+" "+c.ID, c.GM().NotAfter
	add(name+": profile and chain", p.profile(c, now), "", "edl keys rotate --use "+string(c.Role))
	err := error(nil)
	switch {
	case now.Before(c.GM().NotBefore):
		err = fmt.Errorf("it begins on %s: is this machine's clock right?", c.GM().NotBefore.Format(time.DateOnly))
	case now.Add(soon).After(end):
		err = fmt.Errorf("it ends on %s", end.Format(time.DateOnly))
	}
	add(name+": lasts", err, "until "+end.Format(time.DateOnly), "edl keys rotate --use "+string(c.Role))
	if !c.Role.IsAuthority() && c.Key() == nil {
		add(name+": private key", fmt.Errorf("%s is not there", c.keptIn()), "", "restore the file from its own backup, or edl keys rotate --use "+string(c.Role))
	}
}

// profile returns the first row of a certificate's profile that it breaks.
func (p *PKI) profile(c *Certificate, now time.Time) error {
	issuer := p.ByID(c.Issuer)
	var steps checklist.List
	switch c.Role {
	case IACA:
		steps = mdoc.ProfileIACA(c.X509())
	case ReaderRoot:
		steps = mdoc.ProfileReaderCA(c.X509())
	case DocumentSigner:
		steps = mdoc.ProfileDocumentSigner(c.X509(), issuer.X509())
	case StatusSigner:
		steps = mdoc.ProfileStatusSigner(c.X509(), issuer.X509())
	case ReaderAuth:
		steps = mdoc.ProfileReader(c.X509(), issuer.X509())
	case SM2Signer:
		trust := &gm.Trust{}
		if err := trust.AddRoot(p.ByID(issuer.Issuer).GM()); err != nil {
			return err
		}
		_, steps = trust.Verify([][]byte{c.DER, issuer.DER}, now)
	default: // an SM2 authority: the chain of the signer below it tells
		return gm.Verify(issuer.GM().PublicKey, c.GM().RawTBSCertificate, c.GM().Signature)
	}
	if err := steps.Err(); err != nil {
		return err
	}
	if c.Role.isSM2() {
		return nil
	}
	return c.X509().CheckSignatureFrom(issuer.X509())
}

func (p *PKI) examineList(c *Certificate, now time.Time, add func(what string, err error, detail, remedy string) bool) {
	name, list := "revocation list of "+string(c.Role)+" "+c.ID, p.Lists[c.ID]
	const remedy = "edl keys renew, with the roots' keys in the folder"
	if list == nil {
		add(name, fmt.Errorf("there is none"), "", remedy)
		return
	}
	err := error(nil)
	if due := list.Due(); now.Add(listSoon).After(due) {
		err = fmt.Errorf("a newer one is due on %s", due.Format(time.DateOnly))
	}
	add(name, err, fmt.Sprintf("number %d, until %s", list.Number, list.Due().Format(time.DateOnly)), remedy)
}
