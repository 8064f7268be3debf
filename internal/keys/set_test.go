package keys

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"edl/mdoc/rawsig"
)

var day = 24 * time.Hour

func TestARotationIsBelievedBeforeAndAfterItByWhoKnewTheStandbyKey(t *testing.T) {
	dir, now := t.TempDir(), time.Date(2026, 10, 9, 0, 0, 0, 0, time.UTC)
	first, err := InitSet(dir, ForCode, "root@host", now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Rotate(dir, ForCode, "root@host", now.Add(time.Hour), 7*day); !errors.Is(err, ErrTooSoon) {
		t.Errorf("a standby key of an hour: %v", err)
	}
	at := now.Add(7 * day)
	second, err := Rotate(dir, ForCode, "root@host", at, 7*day)
	if err != nil {
		t.Fatal(err)
	}
	if second.Signer().ID != first.Standby().ID || second.Standby().ID == first.Signer().ID {
		t.Errorf("%s signs after %s stood by", second.Signer().ID, first.Standby().ID)
	}
	for _, c := range []struct {
		name string
		at   time.Time
		want bool
	}{{"at once", at, true}, {"a week less a second later", at.Add(7*day - time.Second), true}, {"a week later", at.Add(7 * day), false}} {
		believed := false
		for _, k := range second.Believed(c.at, 7*day) {
			believed = believed || k.ID == first.Signer().ID
		}
		if believed != c.want {
			t.Errorf("%s, the retired key is believed: %v", c.name, believed)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, privateFile(ForCode, first.Signer().ID))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the retired private key is still there: %v", err)
	}
}

func TestARevokedKeyIsBelievedNoMoreAndTheStandbySigns(t *testing.T) {
	dir, now := t.TempDir(), time.Date(2026, 10, 9, 0, 0, 0, 0, time.UTC)
	first, err := InitSet(dir, ForCode, "root@host", now)
	if err != nil {
		t.Fatal(err)
	}
	set, err := Revoke(dir, ForCode, first.Signer().ID, "root@host", now)
	if err != nil {
		t.Fatal(err)
	}
	if set.Signer().ID != first.Standby().ID {
		t.Errorf("%s signs", set.Signer().ID)
	}
	for _, k := range set.Believed(now, 7*day) {
		if k.ID == first.Signer().ID {
			t.Error("the revoked key is believed")
		}
	}
	if _, err := Revoke(dir, ForCode, first.Signer().ID, "root@host", now); !errors.Is(err, ErrNoKey) {
		t.Errorf("revoked twice: %v", err)
	}
	standby := set.Standby().ID
	if set, err = Revoke(dir, ForCode, standby, "root@host", now); err != nil || set.Standby().ID == standby || set.Signer().ID != first.Standby().ID {
		t.Errorf("the standby key revoked: %v", err)
	}
}

func TestEachKeyIsHandedOverToByTheOneThatSigned(t *testing.T) {
	dir, now := t.TempDir(), time.Date(2026, 10, 9, 0, 0, 0, 0, time.UTC)
	set, err := InitSet(dir, ForBundle, "root@host", now)
	for range 3 {
		if err != nil {
			t.Fatal(err)
		}
		set, err = Rotate(dir, ForBundle, "root@host", now, 0)
	}
	byID := map[string]*Key{}
	for i, k := range set.Keys {
		if i > 0 {
			from := byID[k.From]
			if from == nil || rawsig.ES256.Verify(from.PublicKey(), k.Handover, HandoverText(ForBundle, k.Public)) != nil {
				t.Errorf("key %d is handed over to by nobody", i)
			}
			if rawsig.ES256.Verify(from.PublicKey(), k.Handover, HandoverText(ForCode, k.Public)) == nil {
				t.Error("a handover serves another use")
			}
		}
		byID[k.ID] = k
	}
}

func TestARunningServerSeesARotationAtOnce(t *testing.T) {
	dir, now := t.TempDir(), time.Date(2026, 10, 9, 0, 0, 0, 0, time.UTC)
	live := &Live{Dir: dir, Use: ForCode}
	if _, err := live.Set(); !errors.Is(err, ErrNoSet) {
		t.Errorf("before any was made: %v", err)
	}
	made, err := InitSet(dir, ForCode, "root@host", now)
	if err != nil {
		t.Fatal(err)
	}
	if seen, err := live.Set(); err != nil || seen.Signer().ID != made.Signer().ID {
		t.Errorf("%v", err)
	}
	rotated, err := Rotate(dir, ForCode, "root@host", now, 0)
	if err != nil {
		t.Fatal(err)
	}
	if seen, err := live.Set(); err != nil || seen.Signer().ID != rotated.Signer().ID {
		t.Errorf("after the rotation: %v", err)
	}
	if _, err := InitSet(dir, ForCode, "root@host", now); !errors.Is(err, ErrHasSet) {
		t.Errorf("made again: %v", err)
	}
}

func TestAKeyThatIsNotTheOneNamedIsNotOpened(t *testing.T) {
	dir, now := t.TempDir(), time.Date(2026, 10, 9, 0, 0, 0, 0, time.UTC)
	set, err := InitSet(dir, ForCode, "root@host", now)
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(filepath.Join(dir, privateFile(ForCode, set.Standby().ID)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, privateFile(ForCode, set.Signer().ID)), other, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSet(dir, ForCode); err == nil {
		t.Error("opened")
	}
}
