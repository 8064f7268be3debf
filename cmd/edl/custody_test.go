package main

import (
	"context"
	"testing"

	"edl/internal/account"
	"edl/internal/keys"
)

// What edl keys does beside a running server is read by the auditor there.
func TestTheAuditorReadsWhatEdlKeysDid(t *testing.T) {
	d := startDemonstration(t)
	if err := d.custody.Work(context.Background()); err != nil {
		t.Fatal(err)
	}
	rotate := &keysRotateCommand{ring: ring{Keys: d.keysDir}, Use: keys.ForBundle, Now: true}
	if err := rotate.Run(); err != nil {
		t.Fatal(err)
	}
	if err := d.custody.Work(context.Background()); err != nil {
		t.Fatal(err)
	}
	_, auditor := d.member(t, account.Auditor)
	var page struct {
		Entries []struct {
			Action, Object string
			Say            struct{ ZH string }
			Detail         map[string]string
		}
	}
	d.ask(t, auditor, "GET", "/api/staff/audit", nil, &page)
	made := map[string]bool{}
	for _, e := range page.Entries {
		if e.Action == "keys.made" {
			made[e.Object] = true
		}
	}
	for _, use := range []string{"code", "bundle", "peers", "pki"} {
		if !made[use] {
			t.Errorf("that the keys of %s were made is not in the log", use)
		}
	}
	e := page.Entries[0]
	if e.Action != "keys.rotated" || e.Object != "bundle" || e.Say.ZH != "在服务器上轮换签名密钥" || e.Detail["by"] != string(operator()) || e.Detail["keys_retired"] == "" {
		t.Errorf("the newest entry is %+v", e)
	}
}
