package application

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// told writes a timeline as "kind progress +minutes: words".
func told(events []Event) []string {
	var lines []string
	for _, e := range events {
		at := "-"
		if !e.At.IsZero() {
			at = e.At.Sub(start).String()
		}
		lines = append(lines, strings.Join([]string{string(e.Kind), string(e.Progress), at, e.Say.ZH}, " "))
		if e.Say.EN == "" {
			lines = append(lines, "no English for "+e.Say.ZH)
		}
	}
	return lines
}

func TestWhatTheDriverSeesOfTheWay(t *testing.T) {
	cases := []struct {
		name  string
		kind  Kind
		route Route
		deeds []deed
		at    time.Duration
		shown Status
		want  []string
	}{
		{"waiting", Photo, Album, nil, minute, Submitted, []string{
			"submitted done 0s 申请已提交", "review current 0s 等待审核", "result to_come - 结果通知"}},
		{"under review", Photo, Album, []deed{claims("li", 9*minute, nil)}, 10 * minute, Reviewing, []string{
			"submitted done 0s 申请已提交", "review current 9m0s 民警审核照片", "result to_come - 结果通知"}},
		{"a claim that lapsed", Photo, Album, []deed{claims("li", 9*minute, nil)}, 24 * minute, Submitted, []string{
			"submitted done 0s 申请已提交", "review current 0s 等待审核", "result to_come - 结果通知"}},
		{"refused, but it can be undone", Photo, Album, []deed{claims("li", 9*minute, nil), refuses("li", 10*minute, nil)}, 10*minute + second, Reviewing, []string{
			"submitted done 0s 申请已提交", "review current 9m0s 民警审核照片", "result to_come - 结果通知"}},
		{"refused", Photo, Album, []deed{claims("li", 9*minute, nil), refuses("li", 10*minute, nil), settles(11*minute, nil)}, 12 * minute, Refused, []string{
			"submitted done 0s 申请已提交", "review done 10m0s 民警审核照片", "result failed 11m0s 审核不通过"}},
		{"approved, being issued", First, Camera, []deed{claims("li", 9*minute, nil), approves("li", 10*minute, nil), settles(11*minute, nil)}, 12 * minute, Approved, []string{
			"submitted done 0s 申请已提交", "review done 10m0s 民警审核照片", "issued current 10m0s 正在核发"}},
		{"issued by the program", First, OnFile, []deed{passes(second, nil), issues(2*second, nil)}, minute, Issued, []string{
			"submitted done 0s 申请已提交", "issued done 2s 电子驾驶证已核发"}},
		{"another photo issued", Photo, Camera, []deed{claims("li", 0, nil), approves("li", minute, nil), settles(2*minute, nil), issues(3*minute, nil)}, 4 * minute, Issued, []string{
			"submitted done 0s 申请已提交", "review done 1m0s 民警审核照片", "issued done 3m0s 电子驾驶证照片已更换"}},
		{"stopped by the program", First, Camera, []deed{stops(LicenceNotUsable, minute, nil)}, 2 * minute, Refused, []string{
			"submitted done 0s 申请已提交", "review done 1m0s 审核已终止", "result failed 1m0s 未能核发"}},
		{"withdrawn", First, Camera, []deed{withdraws(minute, nil)}, 2 * minute, Withdrawn, []string{
			"submitted done 0s 申请已提交", "withdrawn done 1m0s 已撤回申请"}},
		{"late and urged", First, Camera, []deed{urges(due.Sub(start), nil)}, 48 * time.Hour, Submitted, []string{
			"submitted done 0s 申请已提交", "review current 0s 等待审核", "urged done 37h28m0s 已催办", "result to_come - 结果通知"}},
	}
	for _, c := range cases {
		a := submitted(t, c.kind, c.route)
		for _, d := range c.deeds {
			if err := d.do(a, after(d.at)); err != nil {
				t.Fatalf("%s: %s: %v", c.name, d.name, err)
			}
		}
		if diff := cmp.Diff(c.want, told(a.Timeline(after(c.at)))); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
		if got := a.ShownAt(after(c.at)); got != c.shown {
			t.Errorf("%s: shown as %s, want %s", c.name, got, c.shown)
		}
	}
}
