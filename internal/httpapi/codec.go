package httpapi

import (
	"encoding/base64"
	"time"

	"edl/internal/civil"
	"edl/internal/fault"
)

var errBase64 = fault.New(fault.Invalid, "base64url", "数据格式不对，请更新应用后再试。", "The data is not in the right form. Update the app and try again.")

// decode reads base64url without padding, as keys and signatures travel.
func decode(field, s string) ([]byte, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil, fault.At(field, errBase64)
	}
	return b, nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// stamp writes a moment as the API does: RFC 3339 in the authority's zone, to
// the second; the zero time is "".
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(civil.Shanghai).Format(time.RFC3339)
}
