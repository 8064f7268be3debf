// Package custody brings what was done to the platform's keys into the audit
// log. The keys lie outside the database, and whoever changes them (edl keys)
// opens none; the lists of the keys say what was done, when and by whom, and a
// server enters into the log what it does not hold yet: at its start and,
// while it runs, a moment after.
//
// Guarantees: each step of a key is entered once, whatever the number of
// servers; an entry holds identifiers and thumbprints, never a secret. A step
// that the log holds and that the folder has lacked for an hour is put before
// the auditor, for such a folder believes keys that were revoked.
//
// Left out: a name in the lists is as true as the folder is well kept. Who may
// write there can put another's, before a server has seen it and not after.
package custody

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"edl/internal/audit"
	"edl/internal/keys"
	"edl/internal/lang"
)

// The audited deeds.
const (
	ActMade    audit.Action = "keys.made"
	ActRotated audit.Action = "keys.rotated"
	ActRevoked audit.Action = "keys.revoked"
	ActLacking audit.Action = "keys.lacking"
)

// AuditSentences says each deed in words.
var AuditSentences = map[audit.Action]lang.Text{
	ActMade:    lang.T("在服务器上生成签名密钥", "made signing keys, on the server"),
	ActRotated: lang.T("在服务器上轮换签名密钥", "rotated signing keys, on the server"),
	ActRevoked: lang.T("在服务器上吊销签名密钥", "revoked a signing key, on the server"),
	ActLacking: lang.T("密钥文件夹缺少已记录的变更，可能是旧的备份", "the folder of keys lacks what was recorded: an old copy may have been put back"),
}

// An Entered is a step that the log holds.
type Entered struct {
	Key     string
	Stage   keys.Stage
	Use     string
	At      time.Time // when it was entered
	Lacking bool      // the auditor was told that the folder lacks it
}

// Tx is what this needs of a storage transaction.
type Tx interface {
	KeySteps(ctx context.Context) ([]Entered, error)
	// AddKeyStep stores a step. It fails where another server did meanwhile.
	AddKeyStep(ctx context.Context, e Entered) error
	// SaveLacking stores that the auditor was told.
	SaveLacking(ctx context.Context, e Entered) error
	AppendAudit(ctx context.Context, e audit.Entry) error
}

// A Service keeps log and folder together.
type Service struct {
	InTx  func(ctx context.Context, f func(Tx) error) error
	Read  func(ctx context.Context, f func(Tx) error) error
	Now   func() time.Time
	Steps func() ([]keys.Step, error) // of every key in the folder
}

// lag is how long a server's folder may lack what another's had: it is copied
// from one to the other by hand.
const lag = time.Hour

// Work enters what the log does not hold. It is called again and again, on
// every server.
func (s *Service) Work(ctx context.Context) error {
	steps, err := s.Steps()
	if err != nil {
		return fmt.Errorf("reading the folder of keys: %w", err)
	}
	var held []Entered
	if err := s.Read(ctx, func(tx Tx) (err error) {
		held, err = tx.KeySteps(ctx)
		return err
	}); err != nil {
		return err
	}
	news, lacking := compare(steps, held, s.Now())
	for left := len(deeds(news)) + min(len(lacking), 1); left > 0 && err == nil; left-- {
		err = s.InTx(ctx, func(tx Tx) error { return s.next(ctx, tx, steps) })
	}
	return err
}

// next enters the oldest deed that the log does not hold; a transaction each,
// so that the log has them in their order.
func (s *Service) next(ctx context.Context, tx Tx, steps []keys.Step) error {
	held, err := tx.KeySteps(ctx)
	if err != nil {
		return err
	}
	news, lacking := compare(steps, held, s.Now())
	if list := deeds(news); len(list) > 0 {
		return s.enter(ctx, tx, list[0])
	}
	return s.tellLacking(ctx, tx, lacking)
}

// compare returns the steps that the log does not hold, and those that it has
// held for a while and the folder lacks.
func compare(steps []keys.Step, held []Entered, now time.Time) (news []keys.Step, lacking []Entered) {
	type step struct {
		key   string
		stage keys.Stage
	}
	inLog, inFolder := map[step]bool{}, map[step]bool{}
	for _, e := range held {
		inLog[step{e.Key, e.Stage}] = true
	}
	for _, k := range steps {
		inFolder[step{k.Key, k.Stage}] = true
		if !inLog[step{k.Key, k.Stage}] {
			news = append(news, k)
		}
	}
	for _, e := range held {
		if !inFolder[step{e.Key, e.Stage}] && !e.Lacking && now.Sub(e.At) >= lag {
			lacking = append(lacking, e)
		}
	}
	return news, lacking
}

// deeds puts together what one command did: the steps of one moment, oldest
// first. All certificates are one use.
func deeds(steps []keys.Step) (list [][]keys.Step) {
	steps = slices.Clone(steps)
	slices.SortStableFunc(steps, func(a, b keys.Step) int { return a.At.Compare(b.At) })
	for _, k := range steps {
		if n := len(list) - 1; n >= 0 && list[n][0].At.Equal(k.At) && useOf(list[n][0]) == useOf(k) {
			list[n] = append(list[n], k)
			continue
		}
		list = append(list, []keys.Step{k})
	}
	return list
}

// useOf names what a command changes at once: a set, or the certificates.
func useOf(k keys.Step) string {
	if keys.Role(k.Use).Valid() {
		return "pki"
	}
	return k.Use
}

// enter records one deed. Nobody's name, or a name that says nothing, is for
// the auditor to look at.
func (s *Service) enter(ctx context.Context, tx Tx, deed []keys.Step) error {
	first := deed[0]
	e := audit.Entry{
		At: s.Now(), Actor: audit.Program, Action: ActMade, Object: useOf(first), Flagged: first.By == "",
		Detail: map[string]string{"done_at": first.At.UTC().Format(time.RFC3339), "by": string(first.By)},
	}
	lines := map[keys.Stage][]string{}
	for _, k := range deed {
		switch {
		case k.Stage == keys.Revoked:
			e.Action, e.Flagged = ActRevoked, true
		case k.Stage == keys.Retired && e.Action != ActRevoked:
			e.Action = ActRotated
		}
		lines[k.Stage] = append(lines[k.Stage], k.Use+" "+k.Key+" (SHA-256 "+k.Thumbprint+")")
		if err := tx.AddKeyStep(ctx, Entered{Key: k.Key, Stage: k.Stage, Use: k.Use, At: s.Now()}); err != nil {
			return err
		}
	}
	for stage, list := range lines {
		e.Detail["keys_"+string(stage)] = strings.Join(list, "; ")
	}
	return tx.AppendAudit(ctx, e)
}

func (s *Service) tellLacking(ctx context.Context, tx Tx, lacking []Entered) error {
	if len(lacking) == 0 {
		return nil
	}
	lines := map[keys.Stage][]string{}
	for _, e := range lacking {
		if err := tx.SaveLacking(ctx, e); err != nil {
			return err
		}
		lines[e.Stage] = append(lines[e.Stage], e.Use+" "+e.Key)
	}
	detail := map[string]string{}
	for stage, list := range lines {
		detail["keys_"+string(stage)] = strings.Join(list, "; ")
	}
	return tx.AppendAudit(ctx, audit.Entry{At: s.Now(), Actor: audit.Program, Action: ActLacking, Flagged: true, Detail: detail})
}
