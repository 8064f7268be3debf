package keys

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// A By is whoever ran the command that changed keys, as the operating system
// knows them: "root@host". It is what the folder says, and whoever may write
// there may write another.
type By string

// A Stage is where a key or certificate has come to.
type Stage string

// The stages. A certificate is in use at once.
const (
	Made    Stage = "made" // of a key: it stands by
	Signs   Stage = "signs"
	Retired Stage = "retired"
	Revoked Stage = "revoked"
)

// A Step is one key's coming to a stage.
type Step struct {
	Key        string // its identifier
	Stage      Stage
	At         time.Time
	Use        string // a Use, or a Role
	Thumbprint string // SHA-256 of the certificate, or of the key's public point; in hex
	By         By     // "" where it was done before that was written down
}

// Steps are all that was ever done to the keys of the set. Nothing leaves a
// set's list, so it is a history.
func (s *Set) Steps() (steps []Step) {
	for _, k := range s.Keys {
		to := stepper(k.ID, string(s.Use), k.Public)
		steps = slices.Concat(steps, to(Made, &k.MadeAt, k.MadeBy), to(Signs, k.Signs, ""), to(Retired, k.Retired, ""), to(Revoked, k.Revoked, k.RevokedBy))
	}
	return named(steps)
}

// Steps are all that was ever done to the certificates.
func (p *PKI) Steps() (steps []Step) {
	for _, c := range p.Certificates {
		to := stepper(c.ID, string(c.Role), c.DER)
		steps = slices.Concat(steps, to(Made, &c.MadeAt, c.MadeBy), to(Retired, c.Retired, ""), to(Revoked, c.Revoked, c.RevokedBy))
	}
	return named(steps)
}

// stepper makes the steps of one key, or of its certificate.
func stepper(id, use string, public []byte) func(Stage, *time.Time, By) []Step {
	sum := sha256.Sum256(public)
	return func(stage Stage, at *time.Time, by By) []Step {
		if at == nil {
			return nil
		}
		return []Step{{id, stage, *at, use, hex.EncodeToString(sum[:]), by}}
	}
}

// named fills in who retired a key or let it sign: that is done together with
// making the next one, by the same command and so at the same moment.
func named(steps []Step) []Step {
	by := map[time.Time]By{}
	for _, s := range steps {
		if s.By != "" {
			by[s.At.UTC()] = s.By
		}
	}
	for i := range steps {
		steps[i].By = by[steps[i].At.UTC()]
	}
	return steps
}
