package mobile_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"edl/internal/audit"
	"edl/internal/civil"
	"edl/internal/credential"
	"edl/internal/desktest"
	"edl/internal/inspect"
	"edl/internal/keys"
	"edl/internal/licence"
	"edl/internal/mobile"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/mdoc"
	"edl/statuslist"
)

var byDriver = audit.Actor{Kind: audit.ByDriver, ID: "driver"}

var name = credential.LatinName{Family: "LIN", Given: "ZHIXIA"}

// world is a platform with certificates.
type world struct {
	*desktest.World
	t    *testing.T
	keys string
	s    *mobile.Service
}

// worlds runs f on both databases.
func worlds(t *testing.T, f func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &world{World: desktest.Open(t, db), t: t, keys: filepath.Join(t.TempDir(), "keys")}
		if _, err := keys.Make(w.keys); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.InitPKI(w.keys, keys.About{PublicURL: "https://licence.example.cn", Name: "Example City Traffic Police", Country: "CN", Province: "CN-11"}, "root@host", w.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		w.s = w.server()
		f(t, w)
	})
}

// server is another server of the platform.
func (w *world) server() *mobile.Service {
	return &mobile.Service{InTx: store.In[mobile.Tx](w.DB), Read: store.Read[mobile.Tx](w.DB), Now: w.Now, Profile: w.Authority.Profile,
		PKI: (&keys.LivePKI{Dir: w.keys}).PKI, Issuer: "https://licence.example.cn"}
}

func (w *world) issue(d *desktest.Driver) *mobile.Record {
	w.t.Helper()
	r, err := w.s.Issue(w.t.Context(), byDriver, d.LicenceID, d.DeviceID, name)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) files(s *mobile.Service, r *mobile.Record) (mdocFile, vcFile []byte) {
	w.t.Helper()
	mdocFile, vcFile, err := s.Files(w.t.Context(), r.LicenceID, r.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return mdocFile, vcFile
}

// stranger is a reader that knows what the platform publishes, and no more.
func (w *world) stranger() inspect.Policy {
	w.t.Helper()
	p, err := keys.OpenPKI(w.keys)
	if err != nil {
		w.t.Fatal(err)
	}
	var files [][]byte
	for _, root := range p.Roots() {
		files = append(files, root.DER)
	}
	for _, list := range p.Lists {
		files = append(files, list.DER)
	}
	trust, err := inspect.NewTrust(files...)
	if err != nil {
		w.t.Fatal(err)
	}
	return inspect.Policy{Trust: trust, Now: w.Now()}
}

// status is what a stranger reads in the list that a record points to.
func (w *world) status(s *mobile.Service, r *mobile.Record, form mobile.Form) statuslist.Status {
	w.t.Helper()
	place := r.MDocPlace
	if form == mobile.VC {
		place = r.VCPlace
	}
	shard, index := place.Split()
	token, err := s.List(w.t.Context(), form, shard)
	if err != nil {
		w.t.Fatal(err)
	}
	in, err := inspect.Read(token)
	if result := w.stranger().Verify(in, err); !result.Valid {
		w.t.Fatalf("the list is refused: %v", result.Checks.Err())
	}
	p, err := keys.OpenPKI(w.keys)
	if err != nil {
		w.t.Fatal(err)
	}
	policy := statuslist.Policy{URI: mobile.ListURI("https://licence.example.cn", form, place).URI, Now: w.Now(), MDoc: form == mobile.MDoc,
		Key: func([][]byte, string) (crypto.PublicKey, error) {
			return p.InUse(keys.StatusSigner).X509().PublicKey, nil
		}}
	read := policy.VerifyJWT
	if form == mobile.MDoc {
		read = policy.VerifyCWT
	}
	list, steps := read(token)
	if list == nil {
		w.t.Fatalf("the list is refused: %v", steps.Err())
	}
	status, err := list.List.Get(index)
	if err != nil {
		w.t.Fatal(err)
	}
	return status
}

func TestBothFormsVerifyForAStranger(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		d := w.Driver("holder:1", nil)
		r := w.issue(d)
		mdocFile, vcFile := w.files(w.s, r)
		for _, b := range [][]byte{mdocFile, vcFile} {
			in, err := inspect.Read(b)
			if result := w.stranger().Verify(in, err); !result.Valid {
				t.Errorf("%s: %v", result.Format, result.Checks.Err())
			}
		}
		s, err := mdoc.ParseIssuerSigned(mdocFile)
		if err != nil {
			t.Fatal(err)
		}
		mso, err := s.MSO()
		if err != nil || !d.Key.PublicKey.Equal(mso.DeviceKey) {
			t.Errorf("it is bound to another key than the phone's: %v", err)
		}
		if mso.Status.List.URI != mobile.ListURI("https://licence.example.cn", mobile.MDoc, r.MDocPlace).URI {
			t.Errorf("its list is %s", mso.Status.List.URI)
		}
		if m, v := w.status(w.s, r, mobile.MDoc), w.status(w.s, r, mobile.VC); m != statuslist.Valid || v != statuslist.Valid {
			t.Errorf("the lists say %v and %v", m, v)
		}
		offer, err := w.s.OfferTo(t.Context(), d.LicenceID)
		if err != nil || offer.Refused != nil || offer.Proposed != name || len(offer.Records) != 1 {
			t.Errorf("%+v, %v", offer, err)
		}
	})
}

// Whatever changes, the bytes do not: SHA-256 after the rotation of the
// signer, of the root, a change of the register and on another server.
func TestARebuildReproducesEveryByteAndNeverSigns(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		d := w.Driver("holder:1", nil)
		r := w.issue(d)
		sums := func(s *mobile.Service) [2][32]byte {
			a, b := w.files(s, r)
			return [2][32]byte{sha256.Sum256(a), sha256.Sum256(b)}
		}
		before := sums(w.s)
		for _, step := range []struct {
			name string
			do   func()
		}{
			{"the signer is rotated", func() { w.rotate(keys.DocumentSigner) }},
			{"the root is rotated", func() { w.rotate(keys.IACA) }},
			{"the register changes", func() { d.Change(func(l *licence.Licence) { l.Address, l.Points = "示例路2号", 9 }) }},
			{"the authority gets another name", func() {
				p, _ := w.Authority.Profile(t.Context())
				p.Name.EN = "Another Name"
				if err := w.Authority.SaveProfile(t.Context(), desktest.Staff, p); err != nil {
					t.Fatal(err)
				}
			}},
			{"a month later", func() { w.Wait(31 * 24 * time.Hour) }},
			{"the electronic licence ends", d.Invalidate},
		} {
			step.do()
			if after := sums(w.server()); after != before {
				t.Errorf("%s: %x, was %x", step.name, after, before)
			}
		}
		if p, _ := keys.OpenPKI(w.keys); p.ByID(r.SignerID).Key() != nil {
			t.Error("the key that signed is still there, so nothing is shown")
		}
	})
}

func (w *world) rotate(role keys.Role) {
	w.t.Helper()
	if _, err := keys.RotatePKI(w.keys, role, "root@host", w.Now()); err != nil {
		w.t.Fatal(err)
	}
}

func TestEveryChangeIsInBothListsAtOnceOnEveryServer(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		d, other := w.Driver("holder:1", nil), w.Driver("holder:2", nil)
		r, control := w.issue(d), w.issue(other)
		for _, step := range []struct {
			name     string
			do       func()
			mdoc, vc statuslist.Status
		}{
			{"at first", func() {}, statuslist.Valid, statuslist.Valid},
			{"the licence is suspended", func() { d.Status("D") }, statuslist.Invalid, statuslist.Suspended},
			{"the suspension is over: one bit is not taken back", func() { d.Status("A") }, statuslist.Invalid, statuslist.Valid},
			{"the phone is ended", func() {
				if err := w.Drivers.EndDevice(t.Context(), audit.Program, d.LicenceID, d.DeviceID); err != nil {
					t.Fatal(err)
				}
			}, statuslist.Invalid, statuslist.Invalid},
			{"what ended does not come back", func() { d.Status("A") }, statuslist.Invalid, statuslist.Invalid},
		} {
			w.Wait(time.Second)
			step.do()
			s := w.server()
			if m, v := w.status(s, r, mobile.MDoc), w.status(s, r, mobile.VC); m != step.mdoc || v != step.vc {
				t.Errorf("%s: %v and %v, want %v and %v", step.name, m, v, step.mdoc, step.vc)
			}
			if m, v := w.status(w.s, r, mobile.MDoc), w.status(w.s, r, mobile.VC); m != step.mdoc || v != step.vc {
				t.Errorf("%s, on the server that issued: %v and %v, want %v and %v", step.name, m, v, step.mdoc, step.vc)
			}
			if m, v := w.status(s, control, mobile.MDoc), w.status(s, control, mobile.VC); m != statuslist.Valid || v != statuslist.Valid {
				t.Errorf("%s: another's are %v and %v", step.name, m, v)
			}
		}
		other.Invalidate()
		if m, v := w.status(w.s, control, mobile.MDoc), w.status(w.s, control, mobile.VC); m != statuslist.Invalid || v != statuslist.Invalid {
			t.Errorf("the electronic licence is invalidated: %v and %v", m, v)
		}
	})
}

// cut is a service whose power fails: the transaction of a number does not
// begin, or commits and nobody hears of it.
func (w *world) cut(at int, committed bool) *mobile.Service {
	s, n := w.server(), 0
	inner := s.InTx
	s.InTx = func(ctx context.Context, f func(mobile.Tx) error) error {
		if n++; n != at {
			return inner(ctx, f)
		}
		if committed {
			if err := inner(ctx, f); err != nil {
				return err
			}
		}
		return errPower
	}
	return s
}

var errPower = errors.New("the power failed")

func TestAPowerCutAtEveryArrowLosesNothingAndSignsOnce(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			name, who string
			at        int
			committed bool
			left      int // records afterwards
		}{
			{"before the intent is recorded", "holder:1", 1, false, 0},
			{"after the intent is recorded", "holder:2", 1, true, 1},
			{"after signing, before it is recorded", "holder:3", 2, false, 1},
			{"after it is recorded", "status:H", 2, true, 1},
		} {
			d := w.Driver(c.who, nil)
			if _, err := w.cut(c.at, c.committed).Issue(t.Context(), byDriver, d.LicenceID, d.DeviceID, name); !errors.Is(err, errPower) {
				t.Fatalf("%s: %v", c.name, err)
			}
			w.Wait(time.Minute)
			if _, err := w.server().Resume(t.Context()); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			offer, err := w.s.OfferTo(t.Context(), d.LicenceID)
			if err != nil || len(offer.Records) != c.left {
				t.Fatalf("%s: %d records, %v", c.name, len(offer.Records), err)
			}
			for _, r := range offer.Records {
				a, b := w.files(w.s, r)
				for _, file := range [][]byte{a, b} {
					in, err := inspect.Read(file)
					if result := w.stranger().Verify(in, err); !result.Valid {
						t.Errorf("%s: %v", c.name, result.Checks.Err())
					}
				}
			}
			if again, err := w.server().Resume(t.Context()); again != 0 || err != nil {
				t.Errorf("%s: resumed again: %d, %v", c.name, again, err)
			}
		}
	})
}

func TestALicenceThatChangesWhileItIsSignedIsNotPublished(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		d := w.Driver("holder:1", nil)
		s, n := w.server(), 0
		inner := s.InTx
		s.InTx = func(ctx context.Context, f func(mobile.Tx) error) error {
			if n++; n == 2 {
				d.Status("D")
			}
			return inner(ctx, f)
		}
		if _, err := s.Issue(t.Context(), byDriver, d.LicenceID, d.DeviceID, name); !errors.Is(err, mobile.ErrNotUsable) {
			t.Errorf("%v", err)
		}
		if offer, _ := w.s.OfferTo(t.Context(), d.LicenceID); len(offer.Records) != 0 {
			t.Error("it was published")
		}
	})
}

func TestIssuesCannotBeLinkedByPlaceOrTime(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		d := w.Driver("holder:1", nil)
		var records []*mobile.Record
		for range 12 {
			w.Wait(7 * time.Second)
			records = append(records, w.issue(d))
		}
		places, ordered := map[statuslist.Index]bool{}, 0
		for i, r := range records {
			if places[r.MDocPlace] || !r.SignedAt.Equal(records[0].SignedAt) || r.SignedAt.Minute() != 0 || !r.Until.Equal(records[0].Until) {
				t.Errorf("place %d, signed %s, until %s", r.MDocPlace, r.SignedAt, r.Until)
			}
			places[r.MDocPlace] = true
			if i > 0 && r.MDocPlace > records[i-1].MDocPlace {
				ordered++
			}
		}
		if ordered == len(records)-1 {
			t.Error("places rise in the order of issue")
		}
	})
}

func TestWhoMayNotIsRefused(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		good, suspended, bare := w.Driver("holder:1", nil), w.Driver("holder:2", func(l *licence.Licence) { l.Status = "D" }), w.Bare("holder:3", nil)
		r := w.issue(good)
		for what, c := range map[string]struct {
			licence, device string
			name            credential.LatinName
			want            error
		}{
			"suspended":         {suspended.LicenceID, suspended.DeviceID, name, mobile.ErrNotUsable},
			"never issued":      {bare.LicenceID, bare.DeviceID, name, mobile.ErrNotUsable},
			"another's phone":   {good.LicenceID, suspended.DeviceID, name, mobile.ErrNotUsable},
			"a name in Chinese": {good.LicenceID, good.DeviceID, credential.LatinName{Family: "林", Given: "X"}, credential.ErrLatinName},
		} {
			if _, err := w.s.Issue(t.Context(), byDriver, c.licence, c.device, c.name); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", what, err, c.want)
			}
		}
		if _, _, err := w.s.Files(t.Context(), suspended.LicenceID, r.ID); !errors.Is(err, mobile.ErrNone) {
			t.Errorf("another's file: %v", err)
		}
		if _, err := w.s.List(t.Context(), mobile.MDoc, 9); !errors.Is(err, mobile.ErrNone) {
			t.Errorf("a list that is not there: %v", err)
		}
		none := w.server()
		none.PKI = (&keys.LivePKI{Dir: t.TempDir()}).PKI
		if _, err := none.Issue(t.Context(), byDriver, good.LicenceID, good.DeviceID, name); !errors.Is(err, mobile.ErrNoKeys) {
			t.Errorf("without certificates: %v", err)
		}
		soon := w.Driver("status:H", func(l *licence.Licence) { l.ValidTo = civil.Of(w.Now()).AddDays(2) })
		if r := w.issue(soon); !r.Until.Equal(civil.Of(w.Now()).AddDays(2).End()) {
			t.Errorf("it ends at %s, the licence two days from now", r.Until)
		}
	})
}

func TestAFileIsLookedAtWithItsStatusNow(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		d := w.Driver("holder:1", nil)
		mdocFile, vcFile := w.files(w.s, w.issue(d))
		for _, step := range []struct {
			name     string
			do       func()
			mdoc, vc error
		}{
			{"at first", func() {}, nil, nil},
			{"suspended", func() { d.Status("D") }, mobile.ErrEnded, mobile.ErrSuspended},
			{"over", func() { d.Status("A") }, mobile.ErrEnded, nil},
			{"invalidated", d.Invalidate, mobile.ErrEnded, mobile.ErrEnded},
		} {
			w.Wait(time.Second)
			step.do()
			for file, want := range map[*[]byte]error{&mdocFile: step.mdoc, &vcFile: step.vc} {
				r, err := w.server().Look(t.Context(), *file)
				if err != nil {
					t.Fatal(err)
				}
				if got := r.Checks.Err(); !errors.Is(got, want) || r.Valid != (want == nil) || (r.Claims != nil) != r.Valid {
					t.Errorf("%s, %s: valid %v, %v, want %v", step.name, r.Format, r.Valid, got, want)
				}
			}
		}
		altered := bytes.Clone(mdocFile)
		altered[len(altered)/2] ^= 1
		if r, err := w.s.Look(t.Context(), altered); err != nil || r.Valid {
			t.Errorf("one bit altered: valid %v, %v", r.Valid, err)
		}
	})
}

// What is undisclosed stays unguessable: nothing of the record holds a salt.
func TestTheRecordHoldsNoFormAndNoSalt(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		r := w.issue(w.Driver("holder:1", nil))
		a, _ := w.files(w.s, r)
		s, err := mdoc.ParseIssuerSigned(a)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range s.NameSpaces[0].Items {
			for _, kept := range [][]byte{r.PortraitHash, r.MDocDigest, r.VCDigest, r.MDocSignature, r.VCSignature, r.Holder} {
				if bytes.Contains(kept, item.Random) {
					t.Fatalf("the salt of %s is kept", item.Name)
				}
			}
		}
	})
}
