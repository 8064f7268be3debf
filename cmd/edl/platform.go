package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"edl/internal/account"
	"edl/internal/admission"
	"edl/internal/audit"
	"edl/internal/authority"
	"edl/internal/consent"
	"edl/internal/courier"
	"edl/internal/credential"
	"edl/internal/custody"
	"edl/internal/demo"
	"edl/internal/detention"
	"edl/internal/feedback"
	"edl/internal/follow"
	"edl/internal/httpapi"
	"edl/internal/issuance"
	"edl/internal/keys"
	"edl/internal/lang"
	"edl/internal/licence"
	"edl/internal/live"
	"edl/internal/mobile"
	"edl/internal/notification"
	"edl/internal/offline"
	"edl/internal/peer"
	"edl/internal/photo"
	"edl/internal/photo/heic"
	"edl/internal/photo/weights"
	"edl/internal/presentation"
	"edl/internal/register"
	"edl/internal/relyingparty"
	"edl/internal/serial"
	"edl/internal/stats"
	"edl/internal/store"
	"edl/internal/verification"
	"edl/internal/window"
	"edl/web"
)

// platform is everything wired together. It decides nothing.
type platform struct {
	clock   *clock
	ring    *keys.Ring
	keysDir string
	db      *store.DB
	live    *live.Hub
	pki     *keys.LivePKI
	checker *photo.Checker
	models  bool // of the photo check are there
	limiter *account.Limiter

	authority    *authority.Service
	sessions     *account.Sessions
	drivers      *account.Drivers
	staff        *account.Staff
	partyAdmins  *account.Staff // of relying parties
	passkeys     *account.Passkeys
	register     *register.Service
	issuance     *issuance.Service
	window       *window.Service
	parties      *relyingparty.Service
	admissions   *admission.Service
	checks       *verification.Service
	consents     *consent.Service
	follow       *follow.Service
	bulk         *verification.Bulk
	watches      *verification.Watches
	detentions   *detention.Service
	delays       *verification.Delays
	feedback     *feedback.Service
	presentation *presentation.Service
	offline      *offline.Service
	peers        *peer.Service
	mobile       *mobile.Service
	stats        *stats.Service
	custody      *custody.Service
	inbox        *notification.Inbox
	auditLog     *audit.Reader
	sequencer    *audit.Sequencer
	courier      *courier.Courier
	pushes       *courier.Pushes // nil: no key for it
	outbox       *courier.Files  // demonstrations only

	demo *demo.File // demonstrations only
	http *httpapi.Server
}

// rates are the limits in force. A limit is a brake on guessing and on
// accidents; what must never be exceeded is counted in the database too.
func rates() map[string]account.Rate {
	return map[string]account.Rate{
		account.LimitCode:        {Burst: 10, Every: time.Minute},
		account.LimitSignIn:      {Burst: 20, Every: 30 * time.Second},
		account.LimitBind:        {Burst: 8, Every: 2 * time.Minute},
		account.LimitFile:        {Burst: 5, Every: time.Hour},
		account.LimitStaff:       {Burst: 8, Every: time.Minute},
		feedback.Limit:           {Burst: 12, Every: 5 * time.Minute},
		issuance.LimitApply:      {Burst: 10, Every: time.Minute},
		issuance.LimitPhoto:      {Burst: 12, Every: time.Minute},
		offline.LimitParts:       {Burst: 20, Every: 30 * time.Second},
		admission.LimitBegin:     {Burst: 6, Every: 5 * time.Minute},
		admission.LimitRead:      {Burst: 60, Every: time.Second},
		admission.LimitUpload:    {Burst: 24, Every: 10 * time.Second},
		relyingparty.LimitEnrol:  {Burst: 6, Every: time.Minute},
		relyingparty.LimitSignIn: {Burst: 10, Every: 30 * time.Second},
		relyingparty.LimitKey:    {Burst: 120, Every: 500 * time.Millisecond},
		verification.LimitCheck:  {Burst: 60, Every: time.Second},
		verification.LimitLookup: {Burst: 30, Every: 18 * time.Second}, // 200 an hour
		verification.LimitMiss:   {Burst: 20, Every: 5 * time.Minute},
		verification.LimitAlert:  {Burst: 1, Every: 10 * time.Minute},
		verification.LimitAsk:    {Burst: 20, Every: time.Minute},
		verification.LimitBulk:   {Burst: 5, Every: 10 * time.Minute},
		verification.LimitOpen:   {Burst: 20, Every: 10 * time.Second},
		detention.LimitDetain:    {Burst: 10, Every: time.Minute},
		follow.LimitTest:         {Burst: 5, Every: time.Minute},
	}
}

// assemble opens keys and database and wires the services over them.
func (p *place) assemble(ctx context.Context, now *clock, publicURL string) (*platform, error) {
	ring, db, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	w := &platform{clock: now, ring: ring, keysDir: p.keysDir(), db: db, live: &live.Hub{}, pki: &keys.LivePKI{Dir: p.keysDir()}}
	w.limiter = &account.Limiter{Now: now.Now, Rates: rates()}
	if err := w.wire(publicURL); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *platform) wire(publicURL string) error {
	db, now, allow, publish := w.db, w.clock.Now, w.limiter.Allow, w.live.Publish
	u, err := url.Parse(publicURL)
	if err != nil {
		return err
	}
	issuer, err := credential.NewIssuer(w.ring.Issuer)
	if err != nil {
		return err
	}
	w.authority = &authority.Service{InTx: store.In[authority.Tx](db), Read: store.Read[authority.Tx](db), Now: now}
	w.sessions = &account.Sessions{InTx: store.In[account.SessionTx](db), Read: store.Read[account.SessionTx](db), Now: now}
	w.drivers = &account.Drivers{InTx: store.In[account.DriverTx](db), Read: store.Read[account.DriverTx](db), Now: now, Origin: publicURL, Codes: account.CodeLimits(), Allow: allow, Publish: publish}
	rp, err := account.NewRP(u.Hostname(), publicURL)
	if err != nil {
		return err
	}
	w.passkeys = &account.Passkeys{InTx: store.In[account.PasskeyTx](db), Read: store.Read[account.PasskeyTx](db), Now: now, Allow: allow, RP: rp}
	w.staff = &account.Staff{InTx: store.In[account.StaffTx](db), Read: store.Read[account.StaffTx](db), Now: now, Issuer: "edl " + u.Hostname(), Allow: allow}
	w.partyAdmins = &account.Staff{InTx: store.InAdmins(db), Read: store.ReadAdmins(db), Now: now, Issuer: "edl " + u.Hostname(), Allow: allow, Of: account.PartyPop}
	checker, models := newChecker(weights.Files())
	w.checker, w.models = checker, models
	w.register = &register.Service{InTx: store.In[register.Tx](db), Read: store.Read[register.Tx](db), Now: now, Contacts: w.contacts, Publish: publish, Frame: checker.Frame}
	decode, err := newDecoder()
	if err != nil {
		return err
	}
	numbers := serial.NewPool(db.TakeNumbers)
	w.issuance = &issuance.Service{
		Decode: decode,
		InTx:   store.In[issuance.Tx](db), Read: store.Read[issuance.Tx](db), Now: now,
		Calendar: w.authority.Calendar, Profile: w.authority.Profile, Issuer: issuer, Checker: checker, Numbers: numbers,
		Allow: allow, Publish: publish,
	}
	// One store is behind both: the driver's wish and what it ends commit together.
	w.drivers.Cease = func(ctx context.Context, tx account.DriverTx, by audit.Actor, licenceID string, why licence.ChangeKind) error {
		return w.issuance.Cease(ctx, tx.(issuance.Tx), by, licenceID, why)
	}
	w.window = &window.Service{
		InTx: store.In[window.Tx](db), Read: store.Read[window.Tx](db), Now: now,
		PublicURL: publicURL, Issuance: w.issuance, Drivers: w.drivers, Register: w.register, Publish: publish,
	}
	w.parties = &relyingparty.Service{InTx: store.In[relyingparty.Tx](db), Read: store.Read[relyingparty.Tx](db), Now: now, Origin: publicURL, Allow: allow, Passkey: w.passkeys.Operator}
	w.admissions = &admission.Service{
		InTx: store.In[admission.Tx](db), Read: store.Read[admission.Tx](db), Now: now, Allow: allow, Codes: account.CodeLimits(), Decode: decode,
		Calendar: w.authority.Calendar, Parties: w.parties, Admins: w.partyAdmins, Page: publicURL + "/party/application", House: publicURL + "/party/",
		Invite: func(secret string) string { return httpapi.AdminInviteURL(publicURL, secret) },
	}
	w.checks = &verification.Service{
		InTx: store.In[verification.Tx](db), Read: store.Read[verification.Tx](db), Ahead: store.Ahead[verification.Tx](db), Now: now,
		Allow: allow, Profile: w.authority.Profile, Numbers: numbers, Publish: publish, Origin: publicURL,
	}
	w.bulk = &verification.Bulk{InTx: store.In[verification.BulkTx](db), Read: store.Read[verification.BulkTx](db), Now: now, Allow: allow, Profile: w.authority.Profile, Answered: w.checks.Tell}
	w.watches = &verification.Watches{InTx: store.In[verification.WatchTx](db), Read: store.Read[verification.WatchTx](db), Now: now}
	w.delays = &verification.Delays{InTx: store.In[verification.DelayTx](db), Read: store.Read[verification.DelayTx](db), Now: now}
	w.detentions = &detention.Service{InTx: store.In[detention.Tx](db), Read: store.Read[detention.Tx](db), Now: now, Allow: allow, Profile: w.authority.Profile, Publish: publish}
	w.consents = &consent.Service{InTx: store.In[consent.Tx](db), Read: store.Read[consent.Tx](db), Now: now, Publish: publish}
	w.follow = &follow.Service{
		InTx: store.In[follow.Tx](db), Read: store.Read[follow.Tx](db), Now: now, Allow: allow, Profile: w.authority.Profile, Publish: publish,
	}
	w.tellReceivers(courier.Outbound{})
	w.feedback = &feedback.Service{InTx: store.In[feedback.Tx](db), Read: store.Read[feedback.Tx](db), Now: now, Allow: allow, Publish: publish}
	w.presentation = &presentation.Service{Read: store.Read[presentation.Tx](db), Now: now, Profile: w.authority.Profile}
	codeKeys, bundleKeys := &keys.Live{Dir: w.keysDir, Use: keys.ForCode}, &keys.Live{Dir: w.keysDir, Use: keys.ForBundle}
	w.mobile = &mobile.Service{InTx: store.In[mobile.Tx](db), Read: store.Read[mobile.Tx](db), Now: now, Profile: w.authority.Profile, PKI: w.pki.PKI, Issuer: publicURL}
	w.offline = &offline.Service{
		InTx: store.In[offline.Tx](db), Read: store.Read[offline.Tx](db), Now: now, Allow: allow, Issuer: publicURL,
		CodeKeys: codeKeys.Set, BundleKeys: bundleKeys.Set, Profile: w.authority.Profile, Decode: decode,
	}
	askKeys := &keys.Live{Dir: w.keysDir, Use: keys.ForPeers}
	w.peers = &peer.Service{
		InTx: store.In[peer.Tx](db), Read: store.Read[peer.Tx](db), Now: now, Issuer: publicURL, Profile: w.authority.Profile,
		BundleKeys: bundleKeys.Set, AskKeys: askKeys.Set, Do: (&http.Client{Timeout: peerPatience}).Do,
	}
	w.custody = &custody.Service{InTx: store.In[custody.Tx](db), Read: store.Read[custody.Tx](db), Now: now, Steps: w.keySteps(codeKeys, bundleKeys, askKeys)}
	w.stats = &stats.Service{Read: store.Read[stats.Tx](db), Now: now}
	w.inbox = &notification.Inbox{InTx: store.In[notification.InboxTx](db), Read: store.Read[notification.InboxTx](db), Now: now}
	origin := "edl-audit/" + w.ring.AuditID() // the log keeps its name where the site moves
	w.auditLog = &audit.Reader{InTx: store.In[audit.ReaderTx](db), Read: store.Read[audit.ReaderTx](db), Now: now, Origin: origin, Key: w.ring.Audit.Public().(ed25519.PublicKey)}
	w.sequencer = &audit.Sequencer{InTx: store.In[audit.Tx](db), Now: now, Origin: origin, Key: w.ring.Audit}
	w.http = &httpapi.Server{
		PublicURL: publicURL, Version: version, Now: now, Pages: web.Pages(), Decode: decode, Rates: w.limiter.Rates, PhotoModels: w.models, PKI: w.pki.PKI,
		Ready:     func(r *http.Request) error { return db.Ping(r.Context()) },
		FeedToken: func(token string) bool { return keys.SameToken(token, w.ring.Feed) },
		Sessions:  w.sessions, Drivers: w.drivers, Staff: w.staff, PartyAdmins: w.partyAdmins, Passkeys: w.passkeys, Authority: w.authority, Register: w.register,
		Issuance: w.issuance, Window: w.window, Parties: w.parties, Admissions: w.admissions, Checks: w.checks, Consents: w.consents, Follow: w.follow, Bulk: w.bulk, Presentation: w.presentation, Offline: w.offline, Peers: w.peers, Stats: w.stats,
		Mobile:  w.mobile,
		Watches: w.watches, Detentions: w.detentions, Delays: w.delays,
		Feedback: w.feedback, Inbox: w.inbox, Live: w.live, AuditLog: w.auditLog, AuditSentences: auditSentences(),
	}
	return nil
}

// peerPatience is how long another authority may take: an officer waits for it.
const peerPatience = 4 * time.Second

// modelsRest is how long the models of the photo check stay after a photo.
const modelsRest = 2 * time.Minute

// newChecker checks photos with the models in a folder, or without them and
// with a warning: every rule that needs one is then left to a person. The
// console says so too, by the second result.
func newChecker(folder fs.FS) (c *photo.Checker, models bool) {
	if err := photo.CheckModels(folder); err != nil {
		slog.Warn("photos are decided by people alone", "reason", err)
		return photo.NewChecker(nil, photo.DefaultSettings()), false
	}
	return photo.NewSparingChecker(func() *photo.Models {
		models, err := photo.OpenModels(folder)
		if err != nil { // they were whole a moment ago
			slog.Error("a photo is decided by people alone", "reason", err)
		}
		return models
	}, modelsRest, photo.DefaultSettings()), true
}

// newFrame frames the photos of a register that is imported from here.
func newFrame() func(context.Context, *photo.Picture) (photo.Crop, error) {
	c, _ := newChecker(weights.Files())
	return c.Frame
}

// uploadMemory is what decoding uploads may take together, in bytes.
const uploadMemory = 512 << 20

// newDecoder reads uploads; HEIC in a process of its own, started from this program.
func newDecoder() (func(context.Context, []byte) (*photo.Picture, error), error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return photo.NewDecoder(uploadMemory, heic.NewDecoder(self, "photo-decode").Decode).Decode, nil
}

// contacts are the telephones that messages about the register name.
func (w *platform) contacts() licence.Contacts {
	profile, err := w.authority.Profile(context.Background())
	if err != nil {
		slog.Error("reading the authority's telephone", "error", err)
	}
	return profile.Contacts()
}

// auditSentences gathers every package's deeds in words.
func auditSentences() map[audit.Action]lang.Text {
	all := map[audit.Action]lang.Text{}
	for _, some := range []map[audit.Action]lang.Text{
		audit.Sentences, account.AuditSentences, account.StaffAuditSentences, account.AdminAuditSentences, account.PasskeyAuditSentences, authority.AuditSentences, register.AuditSentences,
		issuance.AuditSentences, window.AuditSentences, relyingparty.AuditSentences, verification.AuditSentences, verification.BulkAuditSentences, consent.AuditSentences, follow.AuditSentences, feedback.AuditSentences,
		verification.OfflineAuditSentences, peer.AuditSentences,
		mobile.AuditSentences, admission.AuditSentences, custody.AuditSentences,
		verification.WatchAuditSentences, detention.AuditSentences, verification.DelayAuditSentences, clockAuditSentences,
	} {
		maps.Copy(all, some)
	}
	return all
}

// keySteps reads what was done to every key of the folder that is changed in
// service.
func (w *platform) keySteps(sets ...*keys.Live) func() ([]keys.Step, error) {
	return func() (all []keys.Step, err error) {
		for _, live := range sets {
			set, err := live.Set()
			if errors.Is(err, keys.ErrNoSet) {
				continue
			}
			if err != nil {
				return nil, err
			}
			all = append(all, set.Steps()...)
		}
		pki, err := w.pki.PKI()
		if errors.Is(err, keys.ErrNoPKI) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		return append(all, pki.Steps()...), nil
	}
}

// renewLists signs the revocation lists anew in good time, where the roots'
// keys are at hand; where they are not, edl doctor and this say so.
func (w *platform) renewLists() error {
	p, err := w.pki.PKI()
	if errors.Is(err, keys.ErrNoPKI) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, list := range p.Lists {
		if list.Due().Sub(w.clock.Now()) < keys.ListLife/2 {
			_, err := keys.RenewLists(w.pki.Dir, w.clock.Now())
			return err
		}
	}
	return nil
}

func (w *platform) close() {
	if err := w.db.Close(); err != nil {
		slog.Error("closing the database", "error", err)
	}
}

// build opens the platform as the settings say.
func (c *serveCommand) build(ctx context.Context) (*platform, error) {
	now := &clock{}
	if c.Demo {
		if err := c.prepareDemo(now); err != nil {
			return nil, err
		}
	}
	p, err := c.assemble(ctx, now, c.PublicURL)
	if err != nil {
		return nil, err
	}
	p.mobile.Batch = c.WalletBatch
	c.warnOfKeys()
	var gateway courier.Gateway
	switch {
	case c.Demo:
		p.outbox = &courier.Files{Dir: filepath.Join(c.Data, "outbox"), Now: now.Now}
		gateway = p.outbox.Send
		err = c.startDemo(ctx, p)
	case c.SMSURL != "":
		gateway = courier.HTTPGateway(c.SMSURL, c.SMSToken)
	default:
		slog.Warn("text messages wait in the outbox: set --sms-url to the SMS gateway")
	}
	if err == nil && !c.Demo {
		err = p.mustBeSetUp(ctx)
	}
	if err == nil && !c.Demo { // whose clock is moved as people like
		err = mustNotGoBack(ctx, p.db, now.Now(), c.LogWasAhead)
	}
	if err != nil {
		p.close()
		return nil, err
	}
	p.tellReceivers(courier.Outbound{Allow: c.webhooks})
	if err := p.push(c.PublicURL, c.PushAny); err != nil {
		p.close()
		return nil, err
	}
	if gateway != nil {
		p.courier = &courier.Courier{InTx: store.In[courier.Tx](p.db), Read: store.Read[courier.Tx](p.db), Now: now.Now, Gateway: gateway}
	}
	return p, nil
}

// tellReceivers says which addresses the receivers of relying parties may have.
func (w *platform) tellReceivers(out courier.Outbound) {
	w.follow.Plainly, w.follow.Send = out.Plainly, courier.Webhook(out, w.clock.Now)
}

// push sets up notices on phones, where the folder of keys has one for them.
func (w *platform) push(publicURL string, anywhere bool) error {
	if w.ring.Push == nil {
		slog.Warn("no push notices: the keys were made before there was one for them; text messages and the inbox go on")
		return nil
	}
	contact := publicURL // whom a push service may ask about what we send
	if u, err := url.Parse(publicURL); err == nil && u.Scheme != "https" {
		contact = "postmaster@" + u.Hostname()
	}
	send, err := courier.WebPush(w.ring.Push, contact, courier.Outbound{Anywhere: anywhere})
	if err != nil {
		return err
	}
	w.drivers.PushAnywhere, w.http.PushKey = anywhere, w.ring.PushKey()
	w.pushes = &courier.Pushes{InTx: store.In[courier.PushTx](w.db), Read: store.Read[courier.PushTx](w.db), Now: w.clock.Now, Send: send}
	return nil
}

// mustBeSetUp refuses to serve an installation that nobody set up.
func (w *platform) mustBeSetUp(ctx context.Context) error {
	profile, err := w.authority.Profile(ctx)
	if err != nil {
		return err
	}
	if profile.Code == demo.AuthorityCode {
		return errDemoData
	}
	if profile.Code == "" {
		return fmt.Errorf("this installation has no settings yet: run \"edl setup\" first, or add --demo to see an invented authority")
	}
	return nil
}
