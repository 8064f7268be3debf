package application

import (
	"slices"
	"strings"
	"testing"
)

func TestEveryReasonHasItsWordsOnce(t *testing.T) {
	short := map[string]Reason{}
	for _, r := range reasonTable {
		if r.group == "" || r.by == 0 || r.short.ZH == "" || r.short.EN == "" || r.say.ZH == "" || r.say.EN == "" {
			t.Errorf("%s lacks something", r.reason)
		}
		if other, twice := short[r.short.ZH]; twice {
			t.Errorf("%s and %s read alike: %s", other, r.reason, r.short.ZH)
		}
		short[r.short.ZH] = r.reason
		if !strings.HasSuffix(r.say.ZH, "。") {
			t.Errorf("%s: the driver's sentence does not end: %s", r.reason, r.say.ZH)
		}
		if got, err := ParseReason(string(r.reason)); got != r.reason || err != nil {
			t.Errorf("%s reads back as %s, %v", r.reason, got, err)
		}
	}
	if _, err := ParseReason(""); err == nil {
		t.Error("no reason is a reason")
	}
}

// The reasons seen in practice and the rules of R20, each by a
// word of its short form: none may be lost.
func TestNoReasonIsLost(t *testing.T) {
	var all []string
	for _, r := range ReviewReasons() {
		all = append(all, r.Short().ZH)
	}
	list := strings.Join(all, "|")
	for _, word := range strings.Fields(`背景不是白色 过暗 制式服装 刘海 耳朵 自拍 过度修饰 无袖或V领 手势 眼镜反光 合成 年龄差别 身份核验 资料不全
		本人 6个月 正面 彩色 不止一人 半身 一寸 光线不均 坐姿 双肩 表情 正视镜头 遮住面部 凌乱或蓬松 浓妆 过浅 口罩 墨镜 帽子 围巾 饰品
		衣衫不整 暴露 姿势夸张 眨眼 标识、数字、字母或文字 法律、法规、政策 其他`) {
		if !strings.Contains(list, word) {
			t.Errorf("%s is missing", word)
		}
	}
}

func TestTheDeskListsWhatItSeesMostFirstAndOtherLast(t *testing.T) {
	list := ReviewReasons()
	if list[0] != EarsCovered || list[len(list)-1] != OtherReason {
		t.Errorf("from %s to %s", list[0], list[len(list)-1])
	}
	for _, r := range []Reason{LicenceNotUsable, LicenceChanged, ConsentWithdrawn} {
		if slices.Contains(list, r) || !r.ForProgram() {
			t.Errorf("%s is the program's alone", r)
		}
	}
	if Hat.ForProgram() || Hat.Group() != GroupClothes {
		t.Errorf("a hat is judged by %v in %s", Hat.ForProgram(), Hat.Group())
	}
}
