package account

import (
	"context"
	"time"

	"edl/internal/identity"
	"edl/internal/lang"
)

var sayApplyCode = lang.T("%s 是您申请成为用证单位的验证码，5分钟内有效。如果不是您本人操作，请不要理会，也不要告诉任何人。", "%s")

// SendVisitorCode sends a code by which somebody without an account shows that
// a phone is theirs, in the caller's transaction; ErrCodeSoon.
func SendVisitorCode(ctx context.Context, tx CodeTx, limits []CodeLimit, phone identity.Phone, now time.Time) (Waits, error) {
	if err := throttle(ctx, tx, limits, ToApply, phone, now); err != nil {
		return Waits{}, err
	}
	return waits, send(ctx, tx, &Code{Purpose: ToApply, Phone: phone}, sayApplyCode, now)
}

// SpendVisitorCode evaluates the newest such code. A wrong one is (false, nil),
// so that the transaction which counts the try commits.
func SpendVisitorCode(ctx context.Context, tx CodeTx, phone identity.Phone, secret string, now time.Time) (bool, error) {
	code, err := tx.NewestCode(ctx, ToApply, phone)
	if missing(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return try(ctx, tx, code, secret, now)
}
