package issuance

import (
	"context"

	"edl/internal/audit"
	"edl/internal/credential"
)

// NumberingSetting is the name of the setting that holds a credential.Numbering.
const NumberingSetting = "certificate"

// Numbering returns what the authority's certificate identifiers start with;
// it is empty until an administrator enters it.
func (s *Service) Numbering(ctx context.Context) (n credential.Numbering, err error) {
	err = s.Read(ctx, func(tx Tx) error { return tx.Setting(ctx, NumberingSetting, &n) })
	return n, err
}

// SetNumbering changes it for what is issued from now on.
func (s *Service) SetNumbering(ctx context.Context, by audit.Actor, n credential.Numbering) error {
	if err := n.Check(); err != nil {
		return err
	}
	return s.InTx(ctx, func(tx Tx) error {
		if err := tx.SaveSetting(ctx, NumberingSetting, n); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, audit.Entry{
			At: s.Now(), Actor: by, Action: ActNumbering, Detail: map[string]string{"type": n.TypeCode, "issuer": n.IssuerCode},
		})
	})
}
