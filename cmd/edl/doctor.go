package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"edl/internal/inspect"
	"edl/internal/keys"
	"edl/internal/mobile"
)

// doctorCommand looks at an installation from the inside and, where it can be
// reached, from the outside, and says of everything wrong what to do.
type doctorCommand struct {
	place
	PublicURL string `help:"How readers reach the platform (default: as the certificates say)." placeholder:"URL"`
	JSON      bool   `name:"json" help:"Print the findings as JSON."`
	Offline   bool   `help:"Leave out what needs a running server."`
}

// Run examines: exit 0 all well, 1 something is wrong.
func (c *doctorCommand) Run(ctx context.Context) error {
	v := &visit{ctx: ctx, url: strings.TrimRight(c.PublicURL, "/")}
	if p, err := keys.OpenPKI(c.keysDir()); err == nil && !c.Offline {
		v.pki = p
		if v.url == "" {
			v.url = p.About.PublicURL
		}
		v.look()
	}
	r := &record{place: c.place, served: v.served}
	r.look(ctx, time.Now())
	all := slices.Concat(keys.Examine(c.keysDir(), time.Now()), r.all, v.all)
	wrong := 0
	for _, f := range all {
		if !f.OK {
			wrong++
		}
	}
	if c.JSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		if err := out.Encode(all); err != nil {
			return err
		}
	} else {
		printFindings(os.Stdout, all, wrong)
	}
	if wrong > 0 {
		return exitNotValid
	}
	return nil
}

func printFindings(w io.Writer, all []keys.Finding, wrong int) {
	for _, f := range all {
		if f.OK {
			fmt.Fprintf(w, "ok    %s  %s\n", f.What, inspect.Clean(f.Detail))
			continue
		}
		fmt.Fprintf(w, "WRONG %s  %s\n      → %s\n", f.What, inspect.Clean(f.Detail), f.Remedy)
	}
	fmt.Fprintf(w, "\n%d looked at, %d wrong\n", len(all), wrong)
}

type findings struct{ all []keys.Finding }

// add notes what was looked at and reports whether it is right.
func (s *findings) add(what string, err error, detail, remedy string) bool {
	f := keys.Finding{What: what, OK: err == nil, Detail: detail}
	if err != nil {
		f.Detail, f.Remedy = err.Error(), remedy
	}
	s.all = append(s.all, f)
	return err == nil
}

// visit looks at the platform as a reader elsewhere does.
type visit struct {
	ctx context.Context
	pki *keys.PKI
	url string

	served bool // it answers
	findings
}

func (v *visit) look() {
	answer, date, err := v.get("/api/public/about")
	v.served = v.add("server: "+v.url+" answers", err, "", "start it (edl serve), or pass --public-url, or --offline to leave this out")
	if !v.served {
		return
	}
	v.clock(date)
	v.settings(answer)
	v.lists()
}

// get fetches what lies under the public URL.
func (v *visit) get(path string) (body []byte, date time.Time, err error) {
	ctx, stop := context.WithTimeout(v.ctx, 10*time.Second)
	defer stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.url+path, nil)
	if err != nil {
		return nil, date, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, date, err
	}
	defer response.Body.Close()
	if body, err = io.ReadAll(io.LimitReader(response.Body, inspect.MaxFile)); err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", path, response.Status)
	}
	date, _ = http.ParseTime(response.Header.Get("Date"))
	return body, date, err
}

func (v *visit) clock(server time.Time) {
	var err error
	if off := time.Until(server).Abs(); server.IsZero() || off > clockTolerance {
		err = fmt.Errorf("the server's clock and this one differ by %s", off.Round(time.Second))
	}
	v.add("clock: the server's and this one agree", err, server.UTC().Format(time.RFC3339), "set both by NTP")
}

func (v *visit) settings(answer []byte) {
	var about struct {
		Demo      bool
		Authority struct{ Code, Phone, Jurisdiction string }
	}
	err := json.Unmarshal(answer, &about)
	if err == nil && (about.Authority.Code == "" || about.Authority.Phone == "") {
		err = errors.New("the authority has no code or no telephone")
	}
	if !v.add("settings: the authority is set up", err, about.Authority.Code, "edl setup, or the settings in the console") {
		return
	}
	province := v.pki.About.Province
	if about.Authority.Jurisdiction != province {
		err = fmt.Errorf("the settings say %s, the certificates %q, and readers refuse a licence where they differ", about.Authority.Jurisdiction, province)
	}
	v.add("settings: the jurisdiction is that of the certificates", err, province, "correct the settings, or make certificates for the jurisdiction in a new keys folder")
	err = nil
	if !strings.HasPrefix(v.url, "https://") && !about.Demo && !strings.HasPrefix(v.url, "http://localhost") {
		err = errors.New("readers elsewhere are asked to fetch lists without encryption")
	}
	v.add("settings: the public URL is https", err, v.url, "put a certificate for TLS before the platform and serve with --public-url https://…")
	err = nil
	if v.pki.About.PublicURL != v.url {
		err = fmt.Errorf("the certificates say %s, where readers look for revocation lists", v.pki.About.PublicURL)
	}
	v.add("settings: the certificates name this address", err, v.url, "serve the lists there too, or rotate the roots after changing public_url in pki.json")
}

// lists fetches every list that a certificate or a licence names, and verifies
// it as a stranger would.
func (v *visit) lists() {
	var files [][]byte
	for _, root := range v.pki.Roots() {
		files = append(files, root.DER)
	}
	trust, err := inspect.NewTrust(files...)
	if err != nil {
		v.add("trust list", err, "", "restore pki.json from its own backup")
		return
	}
	policy := inspect.Policy{Trust: trust, Now: time.Now()}
	for _, c := range v.pki.Certificates {
		list := v.pki.Lists[c.ID]
		if list == nil {
			continue
		}
		path := "/pki/" + c.ID + ".crl"
		body, _, err := v.get(path)
		if err == nil && !bytes.Equal(body, list.DER) {
			err = errors.New("the server serves another list than the one in the folder")
		}
		v.add("revocation list "+path+" is served", err, "", "give the server this keys folder: edl serve --keys "+"DIR")
	}
	for _, form := range []mobile.Form{mobile.MDoc, mobile.VC} {
		path := fmt.Sprintf("/status/%s/0", form)
		body, _, err := v.get(path)
		if err == nil {
			in, readErr := inspect.Read(body)
			err = policy.Verify(in, readErr).Checks.Err()
		}
		v.add("status list "+path+" verifies", err, "", "edl keys rotate --use "+string(keys.StatusSigner))
	}
}
