package mobile

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"edl/internal/audit"
	"edl/internal/credential"
	"edl/internal/fault"
	"edl/internal/keys"
	"edl/internal/licence"
	"edl/internal/photo"
	"edl/internal/presentation"
	"edl/internal/uid"
	"edl/mdoc"
	"edl/sdjwt"
	"edl/statuslist"
)

// ErrChanged is returned where the bytes are not those that were recorded:
// something that must never change did. Nothing is signed or handed out.
var ErrChanged = errors.New("mobile: the licence differs from the one that was recorded")

// Issue issues both forms to the key of a driver's phone, under the name that
// the driver confirmed.
func (s *Service) Issue(ctx context.Context, by audit.Actor, licenceID, deviceID string, name credential.LatinName) (*Record, error) {
	records, err := s.issue(ctx, by, licenceID, deviceID, name, "", nil)
	if err != nil {
		return nil, err
	}
	return records[0], nil
}

// issue issues to the phone's key, or to the holders of a batch.
func (s *Service) issue(ctx context.Context, by audit.Actor, licenceID, deviceID string, name credential.LatinName, batch string, holders [][]byte) ([]*Record, error) {
	if err := name.Check(); err != nil {
		return nil, err
	}
	profile, err := s.Profile(ctx)
	if err != nil {
		return nil, err
	}
	pki, err := s.PKI()
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNoKeys, err)
	}
	now := s.Now()
	written := Written{Name: name, Authority: profile.Name.EN, Country: pki.About.Country, Jurisdiction: profile.Jurisdiction}
	fresh := make([]byte, 32)
	rand.Read(fresh)
	var records []*Record
	var drafts []*draft
	if err := s.InTx(ctx, func(tx Tx) error {
		r, err := s.compose(ctx, tx, licenceID, deviceID, written, pki, now)
		if err != nil {
			return err
		}
		if records, err = r.copies(ctx, tx, batch, holders, now); err != nil {
			return err
		}
		if _, err := tx.MonthSecret(ctx, r.Month, fresh); err != nil {
			return err
		}
		drafts = make([]*draft, len(records))
		facts, err := s.facts(ctx, tx, r)
		for i, r := range records {
			if err != nil {
				return err
			}
			err = s.place(ctx, tx, r, func() (err error) {
				if drafts[i], err = r.draft(facts, pki); err == nil {
					r.MDocDigest, r.VCDigest = drafts[i].digests()
				}
				return err
			})
		}
		return err
	}); err != nil {
		return nil, err
	}
	// A caller who hangs up does not stop what was begun.
	return s.finish(context.WithoutCancel(ctx), by, records, drafts)
}

// compose fixes all that an issue is made of, but for its places.
func (s *Service) compose(ctx context.Context, tx Tx, licenceID, deviceID string, written Written, pki *keys.PKI, now time.Time) (*Record, error) {
	device, err := tx.Device(ctx, deviceID)
	if err != nil {
		return nil, err
	}
	entry, err := tx.LicenceByID(ctx, licenceID)
	if err != nil {
		return nil, err
	}
	electronic, err := tx.ElectronicLicence(ctx, licenceID)
	if err != nil && !missing(err) {
		return nil, err
	}
	if device.LicenceID != licenceID || !device.Active() || presentation.StateOf(entry, entry.State(now), electronic) != presentation.Usable {
		return nil, ErrNotUsable
	}
	portrait, err := portraitOf(ctx, tx, electronic.PhotoID)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(portrait)
	signer := pki.InUse(keys.DocumentSigner)
	l, err := tx.LicenceVersion(ctx, licenceID, entry.VersionID)
	if err != nil {
		return nil, err
	}
	signed := signingTime(now, signer)
	until := credential.MobileEnd(l, signed, Days)
	if end := signer.X509().NotAfter; until.After(end) {
		until = end
	}
	if !until.After(now) {
		return nil, ErrNotUsable
	}
	return &Record{ID: uid.New(now), LicenceID: licenceID, ElectronicID: electronic.ID, DeviceID: deviceID, RegisterVersionID: entry.VersionID,
		PhotoID: electronic.PhotoID, PortraitHash: hash[:], Holder: device.PublicKey, Encoding: credential.MobileEncoding, SignerID: signer.ID,
		Issuer: s.Issuer, Written: written, Month: signed.Format("2006-01"), SignedAt: signed, Until: until, Status: Prepared, LeasedUntil: now.Add(lease)}, nil
}

// signingTime is the beginning of the hour, or that of the signer's certificate
// if it is younger: two issues cannot be linked by the second of their making.
func signingTime(now time.Time, signer *keys.Certificate) time.Time {
	hour := now.UTC().Truncate(time.Hour)
	if from := signer.X509().NotBefore; from.After(hour) {
		return from
	}
	return hour
}

func portraitOf(ctx context.Context, tx Tx, photoID string) ([]byte, error) {
	if photoID == "" {
		return nil, ErrNoPhoto
	}
	stored, err := tx.Photo(ctx, photoID)
	if err != nil {
		return nil, err
	}
	portrait, err := tx.PhotoImage(ctx, stored, photo.ImagePortrait)
	if missing(err) || err == nil && !bytes.HasPrefix(portrait, []byte{0xff, 0xd8, 0xff}) {
		return nil, ErrNoPhoto
	}
	return portrait, err
}

// place stores a record at random places, trying others where one is taken.
func (s *Service) place(ctx context.Context, tx Tx, r *Record, complete func() error) error {
	given, err := tx.CountMobiles(ctx)
	if err != nil {
		return err
	}
	for range 20 {
		r.MDocPlace, r.VCPlace = randomPlace(given), randomPlace(given)
		if err := complete(); err != nil {
			return err
		}
		if free, err := tx.AddMobile(ctx, r); free || err != nil {
			return err
		}
	}
	return errors.New("mobile: no free place in the lists")
}

// randomPlace draws a place among so many shards that half of them stay free.
func randomPlace(given int64) statuslist.Index {
	const shard = 1 << statuslist.ShardBits
	places := uint64(1+given/(shard/2)) * shard
	var b [8]byte
	rand.Read(b[:])
	return statuslist.Index(binary.BigEndian.Uint64(b[:]) % places) // a power of two nearly: the bias is below 2^-40
}

// ListURI is where the list with a place is served.
func ListURI(issuer string, form Form, place statuslist.Index) statuslist.Reference {
	shard, index := place.Split()
	return statuslist.Reference{Index: index, URI: fmt.Sprintf("%s/status/%s/%d", issuer, form, shard)}
}

// A draft is both forms, complete but for their signatures.
type draft struct {
	mdoc *mdoc.Prepared
	vc   *sdjwt.Prepared
}

func (d *draft) digests() (mdoc, vc []byte) {
	a, b := sha256.Sum256(d.mdoc.ToSign()), sha256.Sum256(d.vc.ToSign())
	return a[:], b[:]
}

// prepare makes both forms of a record anew, from what never changes.
func (s *Service) prepare(ctx context.Context, tx Tx, r *Record, pki *keys.PKI) (*draft, error) {
	facts, err := s.facts(ctx, tx, r)
	if err != nil {
		return nil, err
	}
	return r.draft(facts, pki)
}

// facts reads what a record and all of its batch say alike.
func (s *Service) facts(ctx context.Context, tx Tx, r *Record) (credential.Mobile, error) {
	l, err := tx.LicenceVersion(ctx, r.LicenceID, r.RegisterVersionID)
	if err != nil {
		return credential.Mobile{}, err
	}
	portrait, err := portraitOf(ctx, tx, r.PhotoID)
	if err != nil {
		return credential.Mobile{}, err
	}
	if hash := sha256.Sum256(portrait); !bytes.Equal(hash[:], r.PortraitHash) {
		return credential.Mobile{}, fmt.Errorf("%w (portrait of %s)", ErrChanged, r.ID)
	}
	secret, err := tx.MonthSecret(ctx, r.Month, nil)
	return credential.Mobile{Encoding: r.Encoding, Licence: l, Portrait: portrait, Name: r.Written.Name, Authority: r.Written.Authority,
		Country: r.Written.Country, Jurisdiction: r.Written.Jurisdiction, Signed: r.SignedAt, Until: r.Until, Issuer: r.Issuer, Secret: secret}, err
}

// draft adds to the facts what is the record's own.
func (r *Record) draft(m credential.Mobile, pki *keys.PKI) (*draft, error) {
	holder, err := r.holder()
	if err != nil {
		return nil, err
	}
	cert := pki.ByID(r.SignerID)
	if cert == nil {
		return nil, fmt.Errorf("%w: the certificate %s is not among the keys", ErrNoKeys, r.SignerID)
	}
	m.ID, m.Holder = r.ID, holder
	m.MDocStatus, m.VCStatus = ListURI(r.Issuer, MDoc, r.MDocPlace), ListURI(r.Issuer, VC, r.VCPlace)
	return draftOf(&m, cert, pki.ByID(cert.Issuer))
}

func draftOf(m *credential.Mobile, cert, iaca *keys.Certificate) (*draft, error) {
	issuance, err := m.MDoc()
	if err != nil {
		return nil, err
	}
	signer, err := mdoc.NewDocumentSigner(cert.Key(), cert.X509(), iaca.X509())
	if err != nil {
		return nil, err
	}
	d := &draft{}
	if d.mdoc, err = issuance.Prepare(signer); err != nil {
		return nil, err
	}
	vc, err := m.VC()
	if err != nil {
		return nil, err
	}
	vcSigner, err := sdjwt.NewSigner(cert.Key(), cert.X509())
	if err != nil {
		return nil, err
	}
	d.vc, err = vc.Prepare(vcSigner)
	return d, err
}

// sign signs both forms of what was recorded, once.
func (d *draft) sign(prepared *Record) (mdoc, vc []byte, err error) {
	if a, b := d.digests(); !bytes.Equal(a, prepared.MDocDigest) || !bytes.Equal(b, prepared.VCDigest) {
		return nil, nil, fmt.Errorf("%w (%s); nothing was signed", ErrChanged, prepared.ID)
	}
	if mdoc, err = d.mdoc.Sign(); err == nil {
		vc, err = d.vc.Sign()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("signing %s: %w", prepared.ID, err)
	}
	return mdoc, vc, nil
}

// finish signs what was recorded and records the signatures of all at once.
func (s *Service) finish(ctx context.Context, by audit.Actor, prepared []*Record, drafts []*draft) ([]*Record, error) {
	signatures := make([][2][]byte, len(prepared))
	for i, d := range drafts {
		var err error
		if signatures[i][0], signatures[i][1], err = d.sign(prepared[i]); err != nil {
			return nil, err
		}
	}
	var records []*Record
	if err := s.InTx(ctx, func(tx Tx) error {
		records = nil
		for i, p := range prepared {
			r := *p
			r.MDocSignature, r.VCSignature, r.Status = signatures[i][0], signatures[i][1], Issued
			if err := s.publish(ctx, tx, by, &r); err != nil {
				return err
			}
			records = append(records, &r)
		}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("recording the signatures of %s: %w", prepared[0].ID, err)
	}
	if records[0].Status == Void { // as all of a batch are
		return nil, ErrNotUsable
	}
	return records, nil
}

// publish stores a signed record, void if the licence changed meanwhile.
func (s *Service) publish(ctx context.Context, tx Tx, by audit.Actor, r *Record) error {
	usable, err := s.stillUsable(ctx, tx, r)
	if err != nil {
		return err
	}
	if !usable {
		r.Status = Void
		return tx.SaveMobile(ctx, r)
	}
	if err := tx.SaveMobile(ctx, r); err != nil {
		return err
	}
	detail := map[string]string{"signer": r.SignerID, "version": r.RegisterVersionID, "until": r.Until.Format(time.RFC3339)}
	if r.Batch != "" {
		detail["batch"] = r.Batch
	}
	return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: by, Action: ActIssue, Subject: r.LicenceID, Object: r.ID, Detail: detail})
}

// stillUsable asks at the last moment whether what was signed may be published.
func (s *Service) stillUsable(ctx context.Context, tx Tx, r *Record) (bool, error) {
	m, v, err := s.statusOf(ctx, tx, r)
	return m == statuslist.Valid && v == statuslist.Valid, err
}

// Resume carries out what somebody prepared and did not live to finish. It
// returns how many records it brought to their end.
func (s *Service) Resume(ctx context.Context) (done int, err error) {
	var idle []*Record
	if err := s.Read(ctx, func(tx Tx) (err error) {
		idle, err = tx.IdleMobiles(ctx, s.Now(), 100)
		return err
	}); err != nil || len(idle) == 0 {
		return 0, err
	}
	pki, err := s.PKI()
	if err != nil {
		return 0, err
	}
	for _, r := range idle {
		err := s.takeUp(ctx, r, pki)
		switch f := fault.Of(err); {
		case errors.Is(err, context.Canceled):
			return done, err
		case f != nil && f.Code == "stale": // another server was faster
		case err != nil && !errors.Is(err, ErrNotUsable):
			slog.Error("issuing in international form is put off, the jobs take it up", "record", r.ID, "error", err)
		default:
			done++
		}
	}
	return done, nil
}

// takeUp leases a record, so that one server alone works on it, and finishes it.
func (s *Service) takeUp(ctx context.Context, r *Record, pki *keys.PKI) error {
	var d *draft
	if err := s.InTx(ctx, func(tx Tx) (err error) {
		copied := *r
		copied.LeasedUntil = s.Now().Add(lease)
		if err := tx.SaveMobile(ctx, &copied); err != nil {
			return err
		}
		d, err = s.prepare(ctx, tx, &copied, pki)
		*r = copied
		return err
	}); err != nil {
		return err
	}
	_, err := s.finish(ctx, audit.Program, []*Record{r}, []*draft{d})
	return err
}

// Files makes both forms of an issue anew. It signs nothing.
func (s *Service) Files(ctx context.Context, licenceID, id string) (mdocFile, vcFile []byte, err error) {
	pki, err := s.PKI()
	if err != nil {
		return nil, nil, fmt.Errorf("%w (%w)", ErrNoKeys, err)
	}
	err = s.InTx(ctx, func(tx Tx) error {
		r, err := tx.Mobile(ctx, id)
		if missing(err) || err == nil && (r.LicenceID != licenceID || r.Status != Issued) {
			return ErrNone
		}
		if err != nil {
			return err
		}
		d, err := s.prepare(ctx, tx, r, pki)
		if err != nil {
			return err
		}
		if d.mdoc.Verify(r.MDocSignature) != nil || d.vc.Verify(r.VCSignature) != nil {
			return fmt.Errorf("%w (%s)", ErrChanged, id)
		}
		mdocFile, vcFile = d.mdoc.IssuerSigned(r.MDocSignature), d.vc.SDJWT(r.VCSignature)
		return nil
	})
	return mdocFile, vcFile, err
}

// An Offer is what a driver sees before and after.
type Offer struct {
	Proposed credential.LatinName // or the one confirmed last
	Refused  error                // why none can be issued now; nil: one can
	Records  []*Record            // issued and not ended, the newest first
	Licence  licence.Licence
}

// OfferTo returns what a driver may do.
func (s *Service) OfferTo(ctx context.Context, licenceID string) (*Offer, error) {
	o := &Offer{}
	if _, err := s.PKI(); err != nil {
		o.Refused = ErrNoKeys
	}
	now := s.Now()
	err := s.InTx(ctx, func(tx Tx) error {
		entry, err := tx.LicenceByID(ctx, licenceID)
		if err != nil {
			return err
		}
		electronic, err := tx.ElectronicLicence(ctx, licenceID)
		if err != nil && !missing(err) {
			return err
		}
		if o.Refused == nil && presentation.StateOf(entry, entry.State(now), electronic) != presentation.Usable {
			o.Refused = ErrNotUsable
		}
		o.Licence, o.Proposed, o.Records = entry.Licence, credential.ProposeLatin(entry.Licence.Name), nil
		records, err := tx.MobilesOf(ctx, licenceID)
		if err != nil {
			return err
		}
		for i, r := range records {
			if i == 0 {
				o.Proposed = r.Written.Name
			}
			if r.Status == Issued && now.Before(r.Until) {
				o.Records = append(o.Records, r)
			}
		}
		return nil
	})
	return o, err
}
