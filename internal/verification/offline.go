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

// A Reported check is one that a terminal made by itself, as it says: of a code
// without a network, of a data code with one too. It holds no name, number or photo.
type Reported struct {
	Data     bool      // a data code was read: nothing to be redeemed, and nobody shown to be there
	Full     bool      // the code held all that the licence's face bears
	Digest   [32]byte  // of the code's payload; of a data code, drawn anew for each reading
	MadeAt   time.Time // the code, by the phone's clock; a data code, when it was signed
	Serial   livecode.Serial
	At       time.Time // by the terminal's clock
	Scenario relyingparty.ScenarioID
	Verdict  string // the terminal's word: one of OfflineVerdicts, or of DataVerdicts
	Status   bool   // of a data code: whether its list said how the licence stands
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

// DataVerdicts are what a terminal may report of a data code, and its words.
// None is a verdict on the licence.
var DataVerdicts = map[string]lang.Text{
	"data":        lang.T("真实，不是现场出示", "Genuine, not shown live"),
	"data_lapsed": lang.T("数据码已过期", "Data code lapsed"),
	"untrusted":   offlineWords["untrusted"],
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

// The audited deeds of reports.
const (
	ActOffline       audit.Action = "check.offline"
	ActOfflineReplay audit.Action = "check.offline.replay"
	ActData          audit.Action = "check.data"
)

// OfflineAuditSentences says them in words.
var OfflineAuditSentences = map[audit.Action]lang.Text{
	ActOffline:       lang.T("离线核查驾驶证，事后上报", "checked a licence without a network, reported afterwards"),
	ActData:          lang.T("读取数据码", "read a data code"),
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
		if !r.known() {
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

func (r Reported) known() bool {
	if r.Data {
		_, known := DataVerdicts[r.Verdict]
		return known
	}
	_, known := OfflineVerdicts[r.Verdict]
	return known && !r.Status
}

// isNews is how old a reading may be for the driver's open pages to be told of it.
const isNews = time.Minute

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
		before, err := tx.CheckByRedemption(ctx, c.Redemption)
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
		c.Redemption = again(c.Redemption, by.TerminalID)
		before, err = tx.CheckByRedemption(ctx, c.Redemption)
		known = err == nil && sameReport(before, c)
		if missing(err) {
			err = nil
		}
		return err
	})
	if err != nil || c == nil || known {
		return replay, err
	}
	err = s.keep(ctx, c, func() audit.Entry {
		e := c.entry()
		e.At, e.Action = now, ActOffline
		if r.Data {
			e.Action = ActData
		}
		if replay {
			e.Action, e.Flagged = ActOfflineReplay, true
		}
		e.Detail["at"], e.Detail["verdict"], e.Detail["digest"] = r.At.UTC().Format(time.RFC3339), r.Verdict, hex.EncodeToString(r.Digest[:])
		return e
	})
	if errors.Is(err, ErrTaken) { // another reported the same code meanwhile
		return s.reportOne(ctx, by, r)
	}
	if err == nil && r.Data && now.Sub(r.At) < isNews {
		s.publish(c)
	}
	return replay, err
}

// sameReport reports whether a terminal says again what it said before.
func sameReport(before, now *Check) bool {
	return before.TerminalID == now.TerminalID && before.RequestID == now.RequestID
}

// redemption is of the code, or of the one reading of a data code: that is of
// one terminal, so that none takes the place of a code.
func (r Reported) redemption(terminalID string) []byte {
	if r.Data {
		return redemption(r.MadeAt, sha256.Sum256(append([]byte("data code\n"+terminalID+"\n"), r.Digest[:]...)))
	}
	return redemption(r.MadeAt, r.Digest)
}

// What a code without a network holds, and a full one beside it.
var (
	inCode     = []relyingparty.Field{relyingparty.Name, relyingparty.Photo, relyingparty.Classes, relyingparty.ClassSince, relyingparty.Validity}
	inFullCode = []relyingparty.Field{
		relyingparty.Number, relyingparty.Sex, relyingparty.BirthDate, relyingparty.Nationality, relyingparty.FirstIssue, relyingparty.Authority,
		relyingparty.Points, relyingparty.Probation, relyingparty.SchoolBus, relyingparty.HearingAid, relyingparty.Causes,
	}
)

// given are the fields that the terminal showed.
func (r Reported) given() (list []relyingparty.Field) {
	if !r.Data || r.Status {
		list = append(list, relyingparty.Usable)
	}
	list = append(list, inCode...)
	if r.Full {
		list = append(list, inFullCode...)
	}
	return list
}

// licenceOf returns whose licence a serial leads to: that of a phone's present
// serial, of the one before, or of a part that has not ended.
func licenceOf(ctx context.Context, tx Tx, serial livecode.Serial) (string, error) {
	device, err := tx.DeviceBySerial(ctx, serial[:])
	if missing(err) {
		return tx.LicenceOfPart(ctx, serial[:])
	}
	if err != nil {
		return "", err
	}
	return device.LicenceID, nil
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
	licenceID, err := licenceOf(ctx, tx, r.Serial)
	if missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c := &Check{
		At: r.At, PartyID: desk.Party.ID, TerminalID: by.TerminalID, OperatorID: by.OperatorID, LicenceID: licenceID,
		Scenario: r.Scenario, Way: relyingparty.ByCode, RequestID: "offline-" + hex.EncodeToString(r.Digest[:8]), Redemption: r.redemption(by.TerminalID),
		Outcome: OfflineVerdicts[r.Verdict], Match: r.Match,
		Record: Record{
			Answer: Answer{Word: offlineWords[r.Verdict]}, Given: r.given(),
			Party: desk.Party.Name, ScenarioName: scenario.Name, OperatorNumber: desk.Operator.Number, TerminalNumber: desk.Terminal.Number,
			Place: desk.Terminal.Place, ReceiptKey: uid.Secret(), Offline: true, Data: r.Data,
		},
	}
	if r.Data {
		c.Outcome, c.Record.Answer.Word = NoVerdict, DataVerdicts[r.Verdict]
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
