package offline

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"time"

	"edl/internal/account"
	"edl/internal/civil"
	"edl/internal/credential"
	"edl/internal/identity"
	"edl/internal/licence"
	"edl/internal/photo"
	"edl/internal/presentation"
	"edl/internal/register"
	"edl/livecode"
	"edl/statuslist"
)

// Parts are what a phone carries: the same serial in two sets. It makes codes
// of the full one only after its holder chose 向交警出示.
type Parts struct {
	Serial        []byte
	Qualification *livecode.IssuerPart
	Full          *livecode.IssuerPart
	Expires       time.Time
}

// PartsOf signs the parts of a driver's phone.
func (s *Service) PartsOf(ctx context.Context, licenceID, deviceID string) (*Parts, error) {
	if err := s.Allow(LimitParts, deviceID); err != nil {
		return nil, err
	}
	set, err := s.CodeKeys()
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNoKeys, err)
	}
	h, claims, err := s.claims(ctx, licenceID, deviceID)
	if err != nil {
		return nil, err
	}
	signer := set.Signer()
	id := []byte(livecode.KeyID(signer.PublicKey()))
	p := &Parts{Serial: h.Serial, Expires: claims.Expires}
	if p.Qualification, err = livecode.IssueQualification(signer.Private(), id, *claims); err != nil {
		return nil, err
	}
	if p.Full, err = livecode.IssueFull(signer.Private(), id, *claims); err == nil && p.Full.Fits() {
		return p, nil
	}
	claims.Authority = "" // the issuer's identifier names the authority too
	p.Full, err = livecode.IssueFull(signer.Private(), id, *claims)
	return p, err
}

// claims reads what is to be signed and gives the phone's serial its place.
func (s *Service) claims(ctx context.Context, licenceID, deviceID string) (*Handle, *livecode.Claims, error) {
	var h *Handle
	var c *livecode.Claims
	var small, portrait []byte
	err := s.InTx(ctx, func(tx Tx) error {
		f, err := s.facts(ctx, tx, licenceID, deviceID)
		if err != nil {
			return err
		}
		if small, portrait, err = pictures(ctx, tx, f.electronic.PhotoID); err != nil {
			return err
		}
		c = s.compose(f)
		if !c.Expires.After(c.IssuedAt) {
			return ErrNoCode
		}
		if h, err = placeOf(ctx, tx, f.device, c.Expires); err != nil {
			return err
		}
		shard, index := h.Place.Split()
		c.StatusURI, c.StatusIndex = s.listURI(shard), index
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	c.Face, err = s.smallFace(ctx, small, portrait)
	return h, c, err
}

// facts is what a part is made of.
type facts struct {
	device     *account.Device
	entry      *register.Entry
	electronic *credential.Electronic
	state      licence.State
}

// facts reads them, or refuses where the page of the code would not say that
// the licence may be used: a part that cannot be used is not worth its risk.
func (s *Service) facts(ctx context.Context, tx Tx, licenceID, deviceID string) (f facts, err error) {
	if f.device, err = tx.Device(ctx, deviceID); err != nil {
		return f, err
	}
	if f.entry, err = tx.LicenceByID(ctx, licenceID); err != nil {
		return f, err
	}
	f.electronic, err = tx.ElectronicLicence(ctx, licenceID)
	if missing(err) {
		return f, ErrNoCode
	}
	if err != nil {
		return f, err
	}
	f.state = f.entry.State(s.Now())
	if f.device.LicenceID != licenceID || statusOf(f.device, f.entry, f.electronic, s.Now()) != Good {
		return f, ErrNoCode
	}
	return f, nil
}

// pictures returns the face made for codes, or else the portrait.
func pictures(ctx context.Context, tx Tx, photoID string) (small, portrait []byte, err error) {
	if photoID == "" {
		return nil, nil, ErrNoPhoto
	}
	stored, err := tx.Photo(ctx, photoID)
	if err != nil {
		return nil, nil, err
	}
	small, err = tx.PhotoImage(ctx, stored, photo.ImageSmall)
	if missing(err) {
		small = nil
		portrait, err = tx.PhotoImage(ctx, stored, photo.ImagePortrait)
	}
	return small, portrait, err
}

// compose makes the claims, without face and place.
func (s *Service) compose(f facts) *livecode.Claims {
	l, now := f.entry.Licence, s.Now().Truncate(time.Second)
	c := &livecode.Claims{
		Issuer: s.Issuer, Serial: livecode.Serial(f.device.Serial), IssuedAt: now, Expires: endOfPart(l, f.state, now), Holder: f.device.Key(),
		Name: string(l.Name), ValidFrom: l.ValidFrom, ValidUntil: validUntil(l, f.state),
		Number: string(l.Document.Number), BirthDate: l.BirthDate, Nationality: alpha3(l.Nationality), FirstIssue: l.FirstIssue,
		Authority: l.Authority, Letters: string(f.state.Status()), Points: l.Points, HearingAid: l.HearingAid, SchoolBus: l.SchoolBus != "",
	}
	switch l.Sex {
	case identity.Male:
		c.Sex = livecode.Male
	case identity.Female:
		c.Sex = livecode.Female
	}
	for _, r := range l.Classes {
		since := r.Since
		if since.IsZero() {
			since = l.FirstIssue
		}
		c.Classes = append(c.Classes, livecode.Class{Code: string(r.Class), Since: since})
	}
	if !l.ProbationUntil.IsZero() && now.Before(l.ProbationUntil.End()) {
		c.Probation = l.ProbationUntil
	}
	return c
}

// endOfPart is some days from now, and never past a day on which the licence
// itself ends: that needs no list.
func endOfPart(l licence.Licence, state licence.State, now time.Time) time.Time {
	until := now.Add(presentation.OfflineFor)
	if last := validUntil(l, state); !last.IsZero() && last.End().Before(until) {
		until = last.End()
	}
	return until
}

// validUntil is the last day on which the licence can be used, by what is known.
func validUntil(l licence.Licence, state licence.State) civil.Date {
	if !state.ExtensionUntil.IsZero() {
		return state.ExtensionUntil
	}
	return l.ValidTo
}

// alpha3 codes the nationality that nearly all have; others are left out, as
// the register writes them in words.
func alpha3(nationality string) string {
	if nationality == "中国" {
		return "CHN"
	}
	return ""
}

// statusOf is what a list says of a phone under a licence.
func statusOf(d *account.Device, e *register.Entry, electronic *credential.Electronic, now time.Time) statuslist.Status {
	switch presentation.StateOf(e, e.State(now), electronic) {
	case presentation.Usable:
		if d.Active() {
			return Good
		}
	case presentation.Invalidated:
		if d.Active() {
			return Invalidated
		}
	default:
		if d.Active() {
			return NotUsable
		}
	}
	return PhoneEnded
}

// tries bounds the search for a free place in the lists there are. Half full,
// one in 256 searches adds a list too early.
const tries = 8

// placeOf returns the handle of the phone's present serial.
func placeOf(ctx context.Context, tx Tx, d *account.Device, until time.Time) (*Handle, error) {
	h, err := tx.Handle(ctx, d.Serial)
	if err == nil {
		if until.After(h.ExpiresAt) {
			return h, tx.ExtendHandle(ctx, d.Serial, until)
		}
		return h, nil
	}
	if !missing(err) {
		return nil, err
	}
	shards, err := tx.Shards(ctx)
	if err != nil {
		return nil, err
	}
	h = &Handle{Serial: d.Serial, DeviceID: d.ID, LicenceID: d.LicenceID, ExpiresAt: until}
	for range tries {
		if len(shards) == 0 {
			break
		}
		h.Place = randomPlace(0, len(shards))
		if free, err := tx.AddHandle(ctx, h); free || err != nil {
			return h, err
		}
	}
	if err := tx.AddShard(ctx, len(shards)); err != nil {
		return nil, err
	}
	h.Place = randomPlace(len(shards), 1)
	if free, err := tx.AddHandle(ctx, h); !free || err != nil {
		return nil, fmt.Errorf("a place in an empty list is taken: %w", err)
	}
	return h, nil
}

// randomPlace draws a place among some lists: an order would link people.
func randomPlace(from, shards int) statuslist.Index {
	var b [8]byte
	rand.Read(b[:])
	places := uint64(shards) << statuslist.ShardBits
	return statuslist.Index(uint64(from)<<statuslist.ShardBits + binary.BigEndian.Uint64(b[:])%places)
}

// listURI names a list, as parts do and as it is served.
func (s *Service) listURI(shard int) string { return fmt.Sprintf("%s/s/%d", s.Issuer, shard) }
