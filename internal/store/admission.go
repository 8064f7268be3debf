package store

import (
	"context"
	"database/sql"
	"time"

	"edl/internal/admission"
	"edl/internal/identity"
)

var _ admission.Tx = (*Tx)(nil)

const admissionColumns = `id, number, status, further, uscc, phone_index, secret, created_at, kept_until, submitted_at, returned_at, answer_by, decided_at, decided_by, party_id, rivals, evidence_gone, sealed, version`

// admissionBody is the sealed part of an application to be a relying party.
type admissionBody struct {
	Form     admission.Form
	Phone    identity.Phone
	Missing  admission.Objection
	Verdicts []admission.Verdict
	AdminID  string
	SeenAt   time.Time
}

func admissionPlace(id string) string { return "admission.sealed:" + id }

// evidenceKey is the subject whose key seals an application's files: it goes
// before the application's own.
func evidenceKey(id string) string { return id + "/evidence" }

func evidencePlace(id string) string { return "admission_file.sealed:" + id }

func (tx *Tx) sealAdmission(ctx context.Context, a *admission.Application) ([]byte, error) {
	return tx.seal(ctx, a.ID, admissionPlace(a.ID), admissionBody{a.Form, a.Phone, a.Missing, a.Verdicts, a.AdminID, a.SeenAt})
}

func (tx *Tx) admissionPhone(phone identity.Phone) []byte {
	return filled(tx.index("admission.phone", string(phone)))
}

// AddAdmission stores a new application.
func (tx *Tx) AddAdmission(ctx context.Context, a *admission.Application) error {
	sealed, err := tx.sealAdmission(ctx, a)
	if err != nil {
		return err
	}
	a.Version = 1
	err = tx.exec(ctx, `INSERT INTO admission (`+admissionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
		a.ID, a.Number, a.Status, a.Further, a.USCC, tx.admissionPhone(a.Phone), filled(a.Secret), ms(a.CreatedAt), ms(a.KeptUntil), ms(a.SubmittedAt), ms(a.ReturnedAt), ms(a.AnswerBy),
		ms(a.DecidedAt), a.DecidedBy, a.PartyID, a.Rivals, ms(a.EvidenceGoneAt), sealed, a.Version)
	if a.Further && violates(err) {
		return admission.ErrFurther
	}
	return err
}

// SaveAdmission stores a changed application.
func (tx *Tx) SaveAdmission(ctx context.Context, a *admission.Application) error {
	sealed, err := tx.sealAdmission(ctx, a)
	if err != nil {
		return err
	}
	a.Version++
	err = saved(tx.q.ExecContext(ctx, `
		UPDATE admission SET status = $3, uscc = $4, phone_index = $5, secret = $6, kept_until = $7, submitted_at = $8, returned_at = $9, decided_at = $10,
			decided_by = $11, party_id = $12, rivals = $13, evidence_gone = $14, sealed = $15, answer_by = $16, version = $2
		WHERE id = $1 AND version = $2 - 1`,
		a.ID, a.Version, a.Status, a.USCC, tx.admissionPhone(a.Phone), filled(a.Secret), ms(a.KeptUntil), ms(a.SubmittedAt), ms(a.ReturnedAt), ms(a.DecidedAt),
		a.DecidedBy, a.PartyID, a.Rivals, ms(a.EvidenceGoneAt), sealed, ms(a.AnswerBy)))
	if violates(err) {
		return admission.ErrOpen
	}
	return err
}

// DropAdmission removes an application, its evidence and both keys.
func (tx *Tx) DropAdmission(ctx context.Context, id string) error {
	if err := tx.DestroyEvidence(ctx, id); err != nil {
		return err
	}
	if err := tx.exec(ctx, `DELETE FROM admission WHERE id = $1`, id); err != nil {
		return err
	}
	return tx.DestroyKey(ctx, id)
}

// Admission returns an application with its files.
func (tx *Tx) Admission(ctx context.Context, id string) (*admission.Application, error) {
	return tx.withFiles(ctx)(only(tx.admissions(ctx, `WHERE id = $1`, id)))
}

// AdmissionByNumber returns the one with a number, with its files; none of a
// party's.
func (tx *Tx) AdmissionByNumber(ctx context.Context, number string) (*admission.Application, error) {
	return tx.withFiles(ctx)(only(tx.admissions(ctx, `WHERE number = $1 AND NOT further`, number)))
}

// OpenAdmission returns the one that waits for a credit code of a body that is
// not known.
func (tx *Tx) OpenAdmission(ctx context.Context, uscc identity.USCC) (*admission.Application, error) {
	return only(tx.admissions(ctx, `WHERE uscc = $1 AND status IN ('submitted', 'returned') AND NOT further`, uscc))
}

// AdmissionsBy returns what a phone has that is not decided.
func (tx *Tx) AdmissionsBy(ctx context.Context, phone identity.Phone) ([]*admission.Application, error) {
	return tx.admissions(ctx, `WHERE phone_index = $1 AND decided_at = 0 ORDER BY created_at`, tx.admissionPhone(phone))
}

// AdmissionOf returns the one by which a party was registered.
func (tx *Tx) AdmissionOf(ctx context.Context, partyID string) (*admission.Application, error) {
	return only(tx.admissions(ctx, `WHERE party_id = $1 AND status = 'granted' AND NOT further`, partyID))
}

// FurtherAdmissions returns what a party asked for, newest first.
func (tx *Tx) FurtherAdmissions(ctx context.Context, partyID string, limit int) ([]*admission.Application, error) {
	return tx.admissions(ctx, `WHERE party_id = $1 AND further ORDER BY created_at DESC, id DESC LIMIT $2`, partyID, limit)
}

// OpenAdmissions returns those that wait, earliest first.
func (tx *Tx) OpenAdmissions(ctx context.Context, limit int) ([]*admission.Application, error) {
	return tx.admissions(ctx, `WHERE status IN ('submitted', 'returned') ORDER BY submitted_at, id LIMIT $1`, limit)
}

// DecidedAdmissions returns those that were decided, newest first.
func (tx *Tx) DecidedAdmissions(ctx context.Context, limit int) ([]*admission.Application, error) {
	return tx.admissions(ctx, `WHERE decided_at > 0 ORDER BY decided_at DESC, id LIMIT $1`, limit)
}

// StaleAdmissions returns what the sweep is to look at.
func (tx *Tx) StaleAdmissions(ctx context.Context, now, decidedBefore time.Time, limit int) ([]*admission.Application, error) {
	return tx.admissions(ctx, `WHERE (status = 'draft' AND kept_until <= $1) OR (status = 'returned' AND answer_by <= $1) OR (decided_at > 0 AND evidence_gone = 0 AND decided_at <= $2) ORDER BY id LIMIT $3`,
		ms(now), ms(decidedBefore), limit)
}

func (tx *Tx) admissions(ctx context.Context, where string, args ...any) (list []*admission.Application, err error) {
	var bodies [][]byte
	err = tx.each(ctx, func(rows *sql.Rows) error {
		a := &admission.Application{}
		var phone, body []byte
		var uscc string // also in the form
		var created, kept, submitted, returned, answer, decided, gone int64
		err := rows.Scan(&a.ID, &a.Number, &a.Status, &a.Further, &uscc, &phone, &a.Secret, &created, &kept, &submitted, &returned, &answer, &decided, &a.DecidedBy, &a.PartyID, &a.Rivals, &gone, &body, &a.Version)
		a.CreatedAt, a.KeptUntil, a.SubmittedAt, a.ReturnedAt, a.AnswerBy, a.DecidedAt, a.EvidenceGoneAt = at(created), at(kept), at(submitted), at(returned), at(answer), at(decided), at(gone)
		list, bodies = append(list, a), append(bodies, body)
		return err
	}, `SELECT `+admissionColumns+` FROM admission `+where, args...)
	if err != nil {
		return nil, err
	}
	for i, a := range list {
		var b admissionBody
		if err := tx.unseal(ctx, a.ID, admissionPlace(a.ID), bodies[i], &b); err != nil {
			return nil, err
		}
		a.Form, a.Phone, a.Missing, a.Verdicts, a.AdminID, a.SeenAt = b.Form, b.Phone, b.Missing, b.Verdicts, b.AdminID, b.SeenAt
	}
	return list, nil
}

// withFiles adds what files an application has, without their contents.
func (tx *Tx) withFiles(ctx context.Context) func(*admission.Application, error) (*admission.Application, error) {
	return func(a *admission.Application, err error) (*admission.Application, error) {
		if err != nil {
			return nil, err
		}
		return a, tx.each(ctx, func(rows *sql.Rows) error {
			f, err := scanEvidence(rows.Scan)
			a.Files = append(a.Files, f)
			return err
		}, `SELECT id, kind, media, size, digest, at FROM admission_file WHERE admission_id = $1 ORDER BY id`, a.ID)
	}
}

func scanEvidence(scan func(...any) error, more ...any) (f admission.File, err error) {
	var when int64
	err = scan(append([]any{&f.ID, &f.Kind, &f.Media, &f.Size, &f.Digest, &when}, more...)...)
	f.At = at(when)
	return f, err
}

// AddEvidence stores a file.
func (tx *Tx) AddEvidence(ctx context.Context, applicationID string, f admission.File, content []byte) error {
	sealed, err := tx.sealBytes(ctx, evidenceKey(applicationID), evidencePlace(f.ID), content)
	if err != nil {
		return err
	}
	return tx.exec(ctx, `INSERT INTO admission_file (id, admission_id, kind, media, size, digest, at, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		f.ID, applicationID, f.Kind, f.Media, f.Size, f.Digest, ms(f.At), sealed)
}

// RemoveEvidence removes a file.
func (tx *Tx) RemoveEvidence(ctx context.Context, applicationID, id string) error {
	return tx.exec(ctx, `DELETE FROM admission_file WHERE admission_id = $1 AND id = $2`, applicationID, id)
}

// Evidence returns a file of an application.
func (tx *Tx) Evidence(ctx context.Context, applicationID, id string) (f admission.File, content []byte, err error) {
	var sealed []byte
	row := tx.q.QueryRowContext(ctx, `SELECT id, kind, media, size, digest, at, sealed FROM admission_file WHERE admission_id = $1 AND id = $2`, applicationID, id)
	if f, err = scanEvidence(row.Scan, &sealed); err != nil {
		return f, nil, one(err)
	}
	content, err = tx.unsealBytes(ctx, evidenceKey(applicationID), evidencePlace(id), sealed)
	return f, content, err
}

// DestroyEvidence removes the files of an application and their key, so that
// no backup can be read for them either.
func (tx *Tx) DestroyEvidence(ctx context.Context, applicationID string) error {
	if err := tx.exec(ctx, `DELETE FROM admission_file WHERE admission_id = $1`, applicationID); err != nil {
		return err
	}
	return tx.DestroyKey(ctx, evidenceKey(applicationID))
}
