package account_test

import (
	"errors"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"edl/internal/account"
	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/store"
	"edl/internal/storetest"
)

const password = "correct horse battery"

// office is a platform with one member of staff and a clock moved by hand.
type office struct {
	staff  *account.Staff
	now    time.Time
	secret string // of the member's authenticator
	id     string
}

func hire(t *testing.T, db *store.DB) *office {
	t.Helper()
	o := &office{now: time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC)}
	clock := func() time.Time { return o.now }
	limiter := &account.Limiter{Now: clock, Rates: map[string]account.Rate{account.LimitStaff: {Burst: 5, Every: time.Minute}}}
	o.staff = &account.Staff{InTx: store.In[account.StaffTx](db), Read: store.Read[account.StaffTx](db), Now: clock, Issuer: "edl", Allow: limiter.Allow}
	m, invitation, err := o.staff.Invite(ctx, audit.Program, "qiu.my", "邱明远", "1024", []account.Role{account.Reviewer})
	if err != nil {
		t.Fatal(err)
	}
	opened, _, err := o.staff.OpenInvitation(ctx, invitation)
	if err != nil {
		t.Fatal(err)
	}
	o.secret, o.id = opened.TOTPSecret, m.ID
	if _, _, err := o.staff.Accept(ctx, invitation, password, o.code(t)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.staff.Accept(ctx, invitation, password, o.code(t)); !errors.Is(err, account.ErrInvitation) {
		t.Errorf("the invitation served twice: %v", err)
	}
	o.now = o.now.Add(time.Minute)
	return o
}

func (o *office) code(t *testing.T) string {
	t.Helper()
	code, err := totp.GenerateCode(o.secret, o.now)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func (o *office) signIn(address, login, pass, code string) error {
	_, _, err := o.staff.SignIn(ctx, address, login, pass, code)
	return err
}

func TestS52BothFactorsAreNeededAndACodeServesOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := hire(t, db)
		code := o.code(t)
		for name, err := range map[string]error{
			"another password":   o.signIn("1", "qiu.my", "wrong horse battery", code),
			"no code":            o.signIn("2", "qiu.my", password, ""),
			"a login nobody has": o.signIn("3", "nobody", password, code),
			"yesterday's code":   o.signIn("4", "qiu.my", password, "000000"),
		} {
			if !errors.Is(err, account.ErrSignIn) {
				t.Errorf("%s: %v", name, err)
			}
		}
		o.now = o.now.Add(10 * time.Minute)
		code = o.code(t)
		if err := o.signIn("5", "qiu.my", password, code); err != nil {
			t.Fatalf("control: %v", err)
		}
		if err := o.signIn("6", "qiu.my", password, code); !errors.Is(err, account.ErrSignIn) {
			t.Errorf("the same code again: %v", err)
		}
	})
}

func TestS51AGuesserIsSlowedAndOthersAreNot(t *testing.T) {
	o := hire(t, storetest.SQLite(t))
	for range 5 {
		if err := o.signIn("guesser", "nobody", "wrong horse battery", "1"); !errors.Is(err, account.ErrSignIn) {
			t.Fatal(err)
		}
	}
	if err := o.signIn("guesser", "qiu.my", password, o.code(t)); !errors.Is(err, account.ErrLimited) {
		t.Errorf("the sixth from one address: %v", err)
	}
	if err := o.signIn("elsewhere", "qiu.my", password, o.code(t)); err != nil {
		t.Errorf("the victim from another address: %v", err)
	}
}

func TestASuspendedMemberIsOutAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := hire(t, db)
		sessions := &account.Sessions{InTx: store.In[account.SessionTx](db), Read: store.Read[account.SessionTx](db), Now: func() time.Time { return o.now }}
		_, token, err := o.staff.SignIn(ctx, "a", "qiu.my", password, o.code(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sessions.Find(ctx, account.StaffPop, token); err != nil {
			t.Fatalf("control: %v", err)
		}
		if _, err := sessions.Find(ctx, account.DriverPop, token); !errors.Is(err, account.ErrSignedOut) {
			t.Errorf("as a driver: %v", err)
		}
		if _, err := o.staff.Suspend(ctx, audit.Actor{Kind: audit.ByStaff, ID: o.id}, o.id); !errors.Is(err, account.ErrOwnAccount) {
			t.Errorf("by themselves: %v", err)
		}
		if _, err := o.staff.Suspend(ctx, audit.Program, o.id); err != nil {
			t.Fatal(err)
		}
		if _, err := sessions.Find(ctx, account.StaffPop, token); !errors.Is(err, account.ErrSignedOut) {
			t.Errorf("the session after suspension: %v", err)
		}
	})
}

// What somebody invited anew kept opens nothing: another may hold it by now.
func TestWhoIsInvitedAnewHasNoPasskeyLeft(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := hire(t, db)
		staff, admin := account.Owner{Population: account.StaffPop, ID: o.id}, account.Owner{Population: account.PartyPop, ID: o.id}
		kept := func(owner account.Owner) (n int) {
			t.Helper()
			err := db.View(ctx, func(tx *store.Tx) error {
				list, err := tx.Passkeys(ctx, owner)
				n = len(list)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		err := db.Update(ctx, func(tx *store.Tx) error {
			return errors.Join(
				tx.AddPasskey(ctx, &account.Passkey{ID: "own", Owner: staff, CreatedAt: o.now}),
				tx.AddPasskey(ctx, &account.Passkey{ID: "other", Owner: admin, CreatedAt: o.now}),
			)
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := o.staff.Reinvite(ctx, audit.Program, o.id); err != nil {
			t.Fatal(err)
		}
		if own, others := kept(staff), kept(admin); own != 0 || others != 1 {
			t.Errorf("%d of the member's are left, %d of another population's", own, others)
		}
	})
}

func TestS50ASessionEndsByIdlenessAndByAge(t *testing.T) {
	db := storetest.SQLite(t)
	o := hire(t, db)
	sessions := &account.Sessions{InTx: store.In[account.SessionTx](db), Read: store.Read[account.SessionTx](db), Now: func() time.Time { return o.now }}
	signIn := func() (*account.Session, string) {
		o.now = o.now.Add(time.Minute)
		s, token, err := o.staff.SignIn(ctx, "a", "qiu.my", password, o.code(t))
		if err != nil {
			t.Fatal(err)
		}
		return s, token
	}
	s, token := signIn()
	o.now = o.now.Add(account.LimitOf(s).Idle)
	if _, err := sessions.Find(ctx, account.StaffPop, token); err != nil {
		t.Fatalf("used within the idle time: %v", err)
	}
	o.now = o.now.Add(account.LimitOf(s).Idle + time.Second)
	if _, err := sessions.Find(ctx, account.StaffPop, token); !errors.Is(err, account.ErrSignedOut) {
		t.Errorf("left alone: %v", err)
	}
	s, token = signIn()
	for end := o.now.Add(account.LimitOf(s).Absolute); o.now.Before(end); o.now = o.now.Add(10 * time.Minute) {
		if _, err := sessions.Find(ctx, account.StaffPop, token); err != nil {
			t.Fatalf("in use: %v", err)
		}
	}
	o.now = o.now.Add(time.Second)
	if _, err := sessions.Find(ctx, account.StaffPop, token); !errors.Is(err, account.ErrSignedOut) {
		t.Errorf("after the longest time: %v", err)
	}
}

func TestAdministratorsExcludeOneAnother(t *testing.T) {
	cases := []struct {
		roles []account.Role
		ok    bool
	}{
		{[]account.Role{account.System}, true},
		{[]account.Role{account.Reviewer, account.WindowRep}, true},
		{[]account.Role{account.System, account.Security}, false},
		{[]account.Role{account.Auditor, account.Reviewer}, false},
		{[]account.Role{"root"}, false},
		{nil, false},
	}
	for _, c := range cases {
		if err := account.CheckRoles(c.roles); (err == nil) != c.ok || err != nil && fault.Of(err).Code != "staff.roles" {
			t.Errorf("%v: %v", c.roles, err)
		}
	}
}
