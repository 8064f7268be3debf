package verification

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/relyingparty"
	"edl/internal/uid"
	"edl/livecode"
)

// A Reported check is one that a terminal made without a network, as it says.
// It holds no name, number or photo.
type Reported struct {
	Digest   [32]byte // of the code's payload
	Serial   livecode.Serial
	At       time.Time // by the terminal's clock
	Scenario relyingparty.ScenarioID
	Verdict  string // the terminal's word: one of OfflineVerdicts
	Sequence uint64 // of the bundle that it was judged by
	Match    Match
	Operator string // the number of who checked, "" for who reports
	SignedIn bool   // whether that operator was signed in then
}

// OfflineVerdicts are what a terminal without a network may report, and how it
// is kept: what was not known is no verdict.
var OfflineVerdicts = map[string]Outcome{
	"usable": Usable, "not_usable": NotUsable, "invalidated": NotUsable, "ended": NotUsable,
	"unknown": NoVerdict, "untrusted": NoVerdict, "expired": NoVerdict, "stale": NoVerdict, "clock": NoVerdict,
}

// offlineWords are the words on the terminal's band.
var offlineWords = map[string]lang.Text{
	"usable":      lang.T("可用", "Usable"),
	"not_usable":  lang.T("不能使用", "Not usable"),
	"invalidated": lang.T("电子证已失效", "Electronic licence void"),
	"ended":       lang.T("这部手机已停用", "Phone was ended"),
	"unknown":     lang.T("真实，状态未知", "Genuine, status unknown"),
	"untrusted":   lang.T("时间不可信", "Clock not trusted"),
	"expired":     lang.T("码已过期", "Code expired"),
	"stale":       lang.T("离线码已过期", "Offline code lapsed"),
	"clock":       lang.T("手机时间不准", "Phone clock off"),
}

// MaxReported is how many checks come at once, and reportedWithin how old one
// may be; older ones are kept as of now.
const (
	MaxReported    = 200
	reportedWithin = 31 * 24 * time.Hour
)

// What is wrong with a report.
var (
	ErrReport = fault.New(fault.Invalid, "bad_report", "离线核查记录的格式不对。", "The report of offline checks is not in the right form.")
	ErrAlone  = fault.New(fault.Denied, "offline.not_allowed", "只有公安交管部门和窗口的终端可以离线核查，没有记录任何内容；请联网后重新扫码。", "Only terminals of police and windows check without a network; nothing was recorded. Scan again online.")
)

// offlineFields are what a terminal reads off a code that carries them.
var offlineFields = []relyingparty.Field{relyingparty.Usable, relyingparty.Name, relyingparty.Photo, relyingparty.Classes, relyingparty.Validity}

// The audited deeds of reports.
const (
	ActOffline       audit.Action = "check.offline"
	ActOfflineReplay audit.Action = "check.offline.replay"
)

// OfflineAuditSentences says them in words.
var OfflineAuditSentences = map[audit.Action]lang.Text{
	ActOffline:       lang.T("离线核查驾驶证，事后上报", "checked a licence without a network, reported afterwards"),
	ActOfflineReplay: lang.T("上报的离线核查用了别处已用过的码", "reported an offline check of a code used elsewhere"),
}

// Report keeps what a terminal checked without a network and redeems the codes.
// It returns the digests that were used elsewhere before: between terminals
// without a network that cannot be prevented, only found. Reporting a check
// again changes nothing.
func (s *Service) Report(ctx context.Context, by Asker, list []Reported) (replays [][32]byte, err error) {
	if len(list) > MaxReported {
		return nil, ErrReport
	}
	for _, r := range list {
		if _, known := OfflineVerdicts[r.Verdict]; !known {
			return nil, ErrReport
		}
	}
	for _, r := range list {
		replay, err := s.reportOne(ctx, by, r)
		if err != nil {
			return nil, err
		}
		if replay {
			replays = append(replays, r.Digest)
		}
	}
	return replays, nil
}

func (s *Service) reportOne(ctx context.Context, by Asker, r Reported) (replay bool, err error) {
	now := s.Now()
	if r.At.After(now) || now.Sub(r.At) > reportedWithin {
		r.At = now
	}
	var c *Check
	known := false // reported before
	err = s.Read(ctx, func(tx Tx) error {
		if c, err = s.reported(ctx, tx, by, r); err != nil || c == nil {
			return err
		}
		before, err := tx.CheckByDigest(ctx, c.Digest)
		if missing(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if known = sameReport(before, c); known {
			return nil
		}
		replay = true
		c.Digest = again(c.Digest, by.TerminalID)
		before, err = tx.CheckByDigest(ctx, c.Digest)
		known = err == nil && sameReport(before, c)
		if missing(err) {
			err = nil
		}
		return err
	})
	if err != nil || c == nil || known {
		return replay, err
	}
	if c.Number, err = s.number(ctx, r.At); err != nil {
		return false, err
	}
	err = s.InTx(ctx, func(tx Tx) error {
		if err := tx.AddCheck(ctx, c); err != nil {
			return err
		}
		e := c.entry()
		e.At, e.Action = now, ActOffline
		if replay {
			e.Action, e.Flagged = ActOfflineReplay, true
		}
		e.Detail["at"], e.Detail["verdict"], e.Detail["digest"] = r.At.UTC().Format(time.RFC3339), r.Verdict, hex.EncodeToString(r.Digest[:])
		return tx.AppendAudit(ctx, e)
	})
	if errors.Is(err, ErrTaken) { // another reported the same code meanwhile
		return s.reportOne(ctx, by, r)
	}
	return replay, err
}

// sameReport reports whether a terminal says again what it said before.
func sameReport(before, now *Check) bool {
	return before.TerminalID == now.TerminalID && before.RequestID == now.RequestID
}

// again is the digest under which a code's second use is kept: the first has
// the code's own.
func again(digest []byte, terminalID string) []byte {
	sum := sha256.Sum256(append([]byte(terminalID+"\n"), digest...))
	return sum[:]
}

// reported makes the check to be kept, nil for a phone that is not ours. Who
// reports answers for it; that another made it, or that somebody did who was not
// signed in, is the terminal's word alone and is kept as that.
func (s *Service) reported(ctx context.Context, tx Tx, by Asker, r Reported) (*Check, error) {
	desk, err := tx.Desk(ctx, by.TerminalID, by.OperatorID)
	if missing(err) {
		return nil, relyingparty.ErrTerminalSuspended
	}
	if err != nil {
		return nil, err
	}
	if !desk.Party.May(r.Scenario) {
		return nil, relyingparty.ErrScenario
	}
	if !desk.Party.Kind.Alone() {
		return nil, ErrAlone
	}
	scenario, err := tx.Scenario(ctx, r.Scenario)
	if err != nil {
		return nil, err
	}
	device, err := tx.DeviceBySerial(ctx, r.Serial[:])
	if missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c := &Check{
		At: r.At, PartyID: desk.Party.ID, TerminalID: by.TerminalID, OperatorID: by.OperatorID, LicenceID: device.LicenceID,
		Scenario: r.Scenario, Way: relyingparty.ByCode, RequestID: "offline-" + hex.EncodeToString(r.Digest[:8]), Digest: r.Digest[:],
		Outcome: OfflineVerdicts[r.Verdict], Match: r.Match,
		Record: Record{
			Answer: Answer{Word: offlineWords[r.Verdict]}, Given: offlineFields,
			Party: desk.Party.Name, ScenarioName: scenario.Name, OperatorNumber: desk.Operator.Number, TerminalNumber: desk.Terminal.Number,
			Place: desk.Terminal.Place, ReceiptKey: uid.Secret(), Offline: true,
		},
	}
	if r.Match != NotCompared {
		c.MatchedAt = r.At
	}
	if r.Operator != "" && !(r.SignedIn && r.Operator == desk.Operator.Number) {
		c.Record.OperatorNumber, c.Record.Unconfirmed = r.Operator, true
		c.Flags = append(c.Flags, FlagUnconfirmed)
	}
	return c, nil
}
