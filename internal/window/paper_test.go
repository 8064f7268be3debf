package window

import (
	"testing"

	"edl/internal/licence"
)

func TestWhetherThePaperLicenceIsCollectedAtTheWindow(t *testing.T) {
	state := func(l licence.Letter) licence.State {
		return licence.State{Causes: []licence.Cause{{Letter: l}}, Worst: l, Use: l.Use()}
	}
	cases := []struct {
		name, business string
		letter         licence.Letter
		want           string
	}{
		{"our own business needs none", "办理电子驾驶证", licence.Normal, "这项业务不用纸质驾驶证。"},
		{"a business that collects it", "注销驾驶证", licence.Normal, "这项业务要收纸质驾驶证：须收回纸质证。"},
		{"a business that does not", "租车", licence.Normal, "这项业务不用纸质驾驶证：租赁企业在线核验，无需携带纸质证。"},
		{"a status that collects it whatever the business is", "租车", licence.Revoked, "已被吊销：驾驶人仍持有纸质驾驶证的，须收缴。"},
	}
	for _, c := range cases {
		if got := paper(c.business, state(c.letter)).ZH; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
