package authority_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"edl/internal/audit"
	"edl/internal/authority"
	"edl/internal/civil"
	"edl/internal/lang"
	"edl/internal/store"
	"edl/internal/storetest"
)

var ctx = context.Background()

func example() authority.Profile {
	return authority.Profile{Name: lang.T("示例市交管局", "Example Traffic Police"), Code: "例A", Phone: "000-1234", Jurisdiction: "CN-11"}
}

func TestWhatIsWrongWithAProfileIsSaidAtItsField(t *testing.T) {
	cases := []struct {
		name   string
		change func(*authority.Profile)
		want   error
	}{
		{"whole", func(*authority.Profile) {}, nil},
		{"no English name", func(p *authority.Profile) { p.Name.EN = " " }, authority.ErrName},
		{"no code", func(p *authority.Profile) { p.Code = "" }, authority.ErrCode},
		{"a phone with words", func(p *authority.Profile) { p.Phone = "call us" }, authority.ErrPhone},
		{"a province in words", func(p *authority.Profile) { p.Jurisdiction = "北京" }, authority.ErrJurisdiction},
		{"an office without an address", func(p *authority.Profile) { p.Offices = []authority.Office{{Code: "1", Name: lang.T("所", "office")}} }, authority.ErrOffice},
	}
	for _, c := range cases {
		p := example()
		c.change(&p)
		if err := p.Check(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestAnAdministratorEntersADayAndTakesItBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC)
		s := &authority.Service{InTx: store.In[authority.Tx](db), Read: store.Read[authority.Tx](db), Now: func() time.Time { return now }}
		day := civil.D(2026, 10, 12) // a Monday
		works := func() bool {
			t.Helper()
			c, err := s.Calendar(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return c.IsWorkday(day)
		}
		if !works() {
			t.Fatal("control: a Monday is not worked")
		}
		if err := s.SetDay(ctx, audit.Program, day, authority.Entered{}); !errors.Is(err, authority.ErrNote) {
			t.Errorf("without a ground: %v", err)
		}
		if err := s.SetDay(ctx, audit.Program, day, authority.Entered{Note: "通知"}); err != nil || works() {
			t.Errorf("a day off is still worked: %v", err)
		}
		if err := s.ClearDay(ctx, audit.Program, day); err != nil || !works() {
			t.Errorf("the day was not given back: %v", err)
		}
	})
}

func TestSettingsOfAnotherServerAreSeenWithinASecond(t *testing.T) {
	db := storetest.SQLite(t)
	now := time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC)
	open := func() *authority.Service {
		return &authority.Service{InTx: store.In[authority.Tx](db), Read: store.Read[authority.Tx](db), Now: func() time.Time { return now }}
	}
	one, other := open(), open()
	if p, err := other.Profile(ctx); err != nil || p.Code != "" {
		t.Fatalf("%+v, %v", p, err)
	}
	if err := one.SaveProfile(ctx, audit.Program, example()); err != nil {
		t.Fatal(err)
	}
	now = now.Add(authority.Stale)
	if p, err := other.Profile(ctx); err != nil || p.Code != "例A" {
		t.Errorf("%+v, %v", p, err)
	}
}
