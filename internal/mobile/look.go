package mobile

import (
	"context"
	"fmt"
	"strings"

	"edl/internal/fault"
	"edl/internal/inspect"
	"edl/statuslist"
)

// StepStatus is the step of a credential's status, the last.
const StepStatus = "status"

const clauseStatus = "draft-ietf-oauth-status-list §8.3"

// What a status means to whoever is shown a file.
var (
	ErrSuspended = fault.New(fault.Conflict, "status_suspended",
		"文件真实，但所载驾驶证当前不能使用。", "The file is genuine, but its licence cannot be used now.")
	ErrEnded = fault.New(fault.Conflict, "status_invalid",
		"文件真实，但已失效，请持有人重新签发。", "The file is genuine, but it has ended: ask its holder for a newer one.")
	ErrElsewhere = fault.New(fault.Conflict, "status_elsewhere",
		"文件的状态由其他机构公布，本系统不能确认。", "Another body publishes this file's status; it cannot be told here.")
)

// Look verifies a file by the roots of this authority alone, and tells how what
// it holds stands in the lists now.
func (s *Service) Look(ctx context.Context, file []byte) (inspect.Result, error) {
	pki, err := s.PKI()
	if err != nil {
		return inspect.Result{}, fmt.Errorf("%w (%w)", ErrNoKeys, err)
	}
	var known [][]byte
	for _, root := range pki.Roots() {
		known = append(known, root.DER)
	}
	for _, list := range pki.Lists {
		known = append(known, list.DER)
	}
	trust, err := inspect.NewTrust(known...)
	if err != nil {
		return inspect.Result{}, err
	}
	in, err := inspect.Read(file)
	result := inspect.Policy{Trust: trust, Now: s.Now()}.Verify(in, err)
	if !result.Valid {
		return result, nil
	}
	for _, reference := range result.Statuses {
		said, err := s.said(ctx, reference)
		if err != nil && fault.Of(err) == nil {
			return result, err
		}
		result.Checks.Add(StepStatus, clauseStatus, err, said.String())
	}
	if result.Valid = result.Checks.OK(); !result.Valid {
		result.Claims = nil
	}
	return result, nil
}

// said returns what our lists say of a reference, and the fault that it is.
func (s *Service) said(ctx context.Context, r statuslist.Reference) (statuslist.Status, error) {
	var form Form
	var shard int
	for _, f := range []Form{MDoc, VC} {
		if rest, ok := strings.CutPrefix(r.URI, s.Issuer+"/status/"+string(f)+"/"); ok {
			if _, err := fmt.Sscanf(rest, "%d", &shard); err == nil {
				form = f
			}
		}
	}
	if form == "" || shard < 0 || r.Index >= 1<<statuslist.ShardBits {
		return 0, ErrElsewhere
	}
	if _, err := s.Settle(ctx); err != nil {
		return 0, err
	}
	var said map[uint64]statuslist.Status
	if err := s.Read(ctx, func(tx Tx) (err error) {
		said, _, err = tx.SaidMobile(ctx, form, shard)
		return err
	}); err != nil {
		return 0, err
	}
	switch status := said[r.Index]; status {
	case statuslist.Valid:
		return status, nil
	case statuslist.Suspended:
		return status, ErrSuspended
	default:
		return status, ErrEnded
	}
}
