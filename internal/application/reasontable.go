package application

import (
	"slices"
	"strings"

	"edl/internal/lang"
)

// Group sorts reasons on the review desk and on the page of rules, which has
// the same four.
type Group string

// The groups.
const (
	GroupPhoto   Group = "photo"   // the picture itself: real, recent, one person
	GroupScene   Group = "scene"   // light, background, sharpness
	GroupPerson  Group = "person"  // pose, face, hair
	GroupClothes Group = "clothes" // clothes, ornaments, contents
	GroupCase    Group = "case"    // not the photo
)

// by says who may give a reason.
type by int

const (
	reviewer by = 1 << iota
	program
)

type reasonRow struct {
	reason Reason
	group  Group
	by     by
	short  lang.Text // for the reviewer's list
	say    lang.Text // for the driver: what is wrong and what to do
}

// reasonTable holds every reason in the order in which the review desk lists
// them: first those seen most, which have the keys 1 to 7 there.
var reasonTable = []reasonRow{
	{EarsCovered, GroupPerson, reviewer, lang.T("头发遮住耳朵", "hair covers the ears"),
		lang.T("头发遮住了耳朵。请把头发别到耳后再拍。", "Your hair covers the ears. Put it behind the ears and take the photo again.")},
	{BrowsCovered, GroupPerson, reviewer, lang.T("刘海遮住眉毛", "fringe over the brows"),
		lang.T("刘海遮住了眉毛。请把刘海拨开，露出两边眉毛。", "Your fringe covers the eyebrows. Brush it aside so that both show.")},
	{BackgroundNotWhite, GroupScene, reviewer, lang.T("背景不是白色", "background not white"),
		lang.T("背景不是白色。请站在干净的白墙前拍。", "The background is not white. Stand before a clean white wall.")},
	{TooDark, GroupScene, reviewer, lang.T("光线过暗", "too dark"),
		lang.T("照片太暗，看不清脸。请在明亮的地方面向光线拍。", "The photo is too dark to see the face well. Face the light in a bright place.")},
	{Uniform, GroupClothes, reviewer, lang.T("穿制式服装", "uniform"),
		lang.T("请不要穿制服拍照，换便装再拍。", "Do not wear a uniform; change into your own clothes.")},
	{Retouched, GroupPhoto, reviewer, lang.T("过度修饰", "over-retouched"),
		lang.T("照片修饰过多，不像本人。请关闭美颜和滤镜，用原图。", "The photo is retouched too much. Turn beauty filters off and send the original.")},
	{AgeDiffers, GroupPhoto, reviewer, lang.T("与登记照片年龄差别过大", "age differs from the photo on file"),
		lang.T("照片与您现在的年龄差别过大。请用近期照片，或现场拍一张。", "The photo seems to be from another time of your life. Use a recent one or take one now.")},
	{Composite, GroupPhoto, reviewer, lang.T("合成相片", "composite"),
		lang.T("照片是合成的或换过背景。请用直接拍摄的原图。", "The photo is a composite or its background was replaced. Send one as it was taken.")},
	{Selfie, GroupPhoto, reviewer, lang.T("自拍", "selfie"),
		lang.T("这是自拍照，脸部会变形。请别人站在一米半外帮您拍。", "This is a selfie, which distorts the face. Ask somebody to take it from one and a half metres.")},
	{Neckline, GroupClothes, reviewer, lang.T("无袖或V领", "sleeveless or V-neck"),
		lang.T("衣服无袖或领口过低。请穿有袖、有领的衣服再拍。", "The clothes are sleeveless or cut too low. Wear something with sleeves and a collar.")},
	{HandSign, GroupPerson, reviewer, lang.T("打手势", "hand sign"),
		lang.T("照片中有手势。请双手放下再拍。", "There is a hand sign in the photo. Keep both hands down.")},
	{GlassesReflection, GroupPerson, reviewer, lang.T("眼镜反光", "reflection on glasses"),
		lang.T("眼镜反光，看不清眼睛。请换个角度避开灯光，或摘下眼镜。", "The glasses reflect and hide the eyes. Turn away from the lamp or take them off.")},

	{NotThePerson, GroupPhoto, reviewer, lang.T("不是本人", "not the person"),
		lang.T("照片与登记的驾驶人不像同一人。请用本人照片；确为本人的，可到窗口拍照。", "The photo does not seem to be of the registered driver. Use your own; if it is, a service window can take one.")},
	{TooOld, GroupPhoto, reviewer, lang.T("不是6个月内拍摄", "older than 6 months"),
		lang.T("照片不是6个月内拍摄的。请用近期照片，或现场拍一张。", "The photo is older than 6 months. Use a recent one or take one now.")},
	{NotInColour, GroupPhoto, reviewer, lang.T("不是彩色", "not in colour"),
		lang.T("照片不是彩色的。请用彩色照片。", "The photo is not in colour. Use a colour photo.")},
	{SeveralPeople, GroupPhoto, reviewer, lang.T("不止一人", "more than one person"),
		lang.T("照片中不止一个人。请单独拍一张。", "There is more than one person in the photo. Have one taken of you alone.")},
	{NotHalfLength, GroupPhoto, reviewer, lang.T("不是半身照", "not half-length"),
		lang.T("照片不是半身照。请拍到肩膀和胸口。", "The photo is not half-length. Let it show shoulders and chest.")},
	{WrongSize, GroupPhoto, reviewer, lang.T("不是一寸照或头部大小不合适", "not one-inch, or head of a wrong size"),
		lang.T("照片尺寸或头部大小不合适。请按取景框重新拍或裁剪成一寸照。", "The photo or the head in it has a wrong size. Follow the outline, or crop it to a one-inch photo.")},

	{UnevenLight, GroupScene, reviewer, lang.T("光线不均", "uneven light"),
		lang.T("脸上一边亮一边暗。请正对光线再拍。", "One side of the face is lit more. Face the light straight.")},
	{TooBright, GroupScene, reviewer, lang.T("过曝", "too bright"),
		lang.T("照片太亮，面部细节看不清。请避开强光再拍。", "The photo is too bright to see the face well. Avoid strong light.")},
	{Blurred, GroupScene, reviewer, lang.T("模糊", "blurred"),
		lang.T("照片模糊。请擦净镜头，拿稳手机再拍。", "The photo is blurred. Clean the lens and hold the phone still.")},

	{NotFrontal, GroupPerson, reviewer, lang.T("不是正面", "not frontal"),
		lang.T("脸没有正对镜头。请转正头部再拍。", "The face is turned. Face the camera.")},
	{NotLooking, GroupPerson, reviewer, lang.T("没有正视镜头", "not looking at the camera"),
		lang.T("眼睛没有看镜头。请正视镜头再拍。", "You do not look at the camera. Look straight into it.")},
	{EyesClosed, GroupPerson, reviewer, lang.T("闭眼或眨眼", "eyes closed or blinking"),
		lang.T("拍照时眨了眼。请睁开双眼再拍。", "You blinked. Keep both eyes open.")},
	{Posture, GroupPerson, reviewer, lang.T("坐姿不端正", "not sitting upright"),
		lang.T("坐姿不端正。请坐直再拍。", "You do not sit upright. Sit straight.")},
	{ShouldersUneven, GroupPerson, reviewer, lang.T("双肩不平", "shoulders not level"),
		lang.T("双肩不平。请放平双肩再拍。", "The shoulders are not level. Keep them level.")},
	{Expression, GroupPerson, reviewer, lang.T("表情不自然", "unnatural expression"),
		lang.T("表情不自然。请放松面部，合上嘴再拍。", "The expression is not natural. Relax the face and close the mouth.")},
	{ExaggeratedPose, GroupPerson, reviewer, lang.T("姿势夸张", "exaggerated pose"),
		lang.T("姿势夸张。请自然端坐再拍。", "The pose is exaggerated. Sit naturally.")},
	{FaceCovered, GroupPerson, reviewer, lang.T("头发遮住面部", "hair covers the face"),
		lang.T("头发遮住了脸。请把头发拨开，露出整张脸。", "Your hair covers the face. Brush it aside so that the whole face shows.")},
	{HairUntidy, GroupPerson, reviewer, lang.T("发型凌乱或蓬松", "hair messy or fluffy"),
		lang.T("头发凌乱或蓬松。请梳理整齐再拍。", "The hair is messy or fluffy. Comb it.")},
	{HeavyMakeUp, GroupPerson, reviewer, lang.T("浓妆", "heavy make-up"),
		lang.T("妆容过浓。请卸妆或化淡妆再拍。", "The make-up is too heavy. Wear little or none.")},

	{LightClothes, GroupClothes, reviewer, lang.T("衣服颜色过浅", "clothes too light"),
		lang.T("衣服颜色太浅，与白色背景分不清。请换深色衣服再拍。", "The clothes are too light to stand out from the white background. Wear darker ones.")},
	{Mask, GroupClothes, reviewer, lang.T("戴口罩", "mask"),
		lang.T("请摘下口罩再拍。", "Take the mask off.")},
	{Sunglasses, GroupClothes, reviewer, lang.T("戴墨镜", "sunglasses"),
		lang.T("请摘下墨镜再拍。", "Take the sunglasses off.")},
	{Hat, GroupClothes, reviewer, lang.T("戴帽子", "hat"),
		lang.T("请摘下帽子再拍。", "Take the hat off.")},
	{Scarf, GroupClothes, reviewer, lang.T("戴围巾", "scarf"),
		lang.T("请摘下围巾再拍。", "Take the scarf off.")},
	{Ornaments, GroupClothes, reviewer, lang.T("戴饰品", "ornaments"),
		lang.T("请摘下饰品再拍。", "Take the ornaments off.")},
	{Dishevelled, GroupClothes, reviewer, lang.T("衣衫不整", "dishevelled dress"),
		lang.T("衣着不整齐。请整理好衣服再拍。", "The clothes are not in order. Put them right.")},
	{Revealing, GroupClothes, reviewer, lang.T("衣着暴露", "too revealing dress"),
		lang.T("衣着过于暴露。请换得体的衣服再拍。", "The clothes reveal too much. Wear something fitting.")},
	{ImproperContents, GroupClothes, reviewer, lang.T("有不当标识、数字、字母或文字", "improper signs, digits, letters or words"),
		lang.T("照片中有不符合社会公德和公序良俗的标识、数字、字母或文字。请换衣服或背景再拍。", "The photo shows signs, digits, letters or words against public morality and good custom. Change the clothes or the background.")},
	{UnlawfulContents, GroupClothes, reviewer, lang.T("有违反法律、法规、政策的内容", "contents against laws, regulations or policy"),
		lang.T("照片中有违反法律、法规或政策规定的内容。请换一张。", "The photo shows something against laws, regulations or policy. Use another.")},

	{IdentityCheckFailed, GroupCase, reviewer | program, lang.T("身份核验未通过", "identity check failed"),
		lang.T("身份核验未通过。请在光线好的地方再试一次，或携带身份证明到窗口办理。", "Your identity could not be confirmed. Try again in good light, or bring your identity document to a service window.")},
	{DataMissing, GroupCase, reviewer | program, lang.T("资料不全", "data missing"),
		lang.T("登记资料不全。请携带身份证明到窗口补充。", "The register lacks some of your data. Bring your identity document to a service window to complete it.")},
	{LicenceNotUsable, GroupCase, program, lang.T("驾驶证状态不允许", "licence status forbids it"),
		lang.T("办理期间驾驶证状态有变化，现在不能核发。请在我的驾驶证查看原因，恢复后再申领。", "The licence's status changed on the way and nothing can be issued now. See the reason under My licence, and apply again when it is restored.")},
	{LicenceChanged, GroupCase, program, lang.T("驾驶证信息已变更", "licence changed"),
		lang.T("办理期间驾驶证信息有变更，请按新的信息重新申领。", "The licence changed on the way. Apply again with its new data.")},
	{ConsentWithdrawn, GroupCase, program, lang.T("同意已撤回", "consent withdrawn"),
		lang.T("您撤回了使用人像的同意，这件申请已停止办理。重新同意后可以再申领。", "You withdrew the consent to your portrait, so this application was stopped. You can apply again once you consent.")},
	{OtherReason, GroupCase, reviewer, lang.T("其他", "other"),
		lang.T("照片不合要求。", "The photo does not meet the rules.")},
}

func row(r Reason) reasonRow {
	for _, one := range reasonTable {
		if one.reason == r {
			return one
		}
	}
	return reasonRow{}
}

// ReviewReasons lists the reasons that a reviewer may choose, in the order in
// which the review desk shows them.
func ReviewReasons() []Reason {
	var list []Reason
	for _, r := range reasonTable {
		if r.by&reviewer != 0 {
			list = append(list, r.reason)
		}
	}
	return list
}

// ParseReason reads a reason's code.
func ParseReason(s string) (Reason, error) {
	if row(Reason(s)).reason == "" {
		return "", ErrReason
	}
	return Reason(s), nil
}

// Group returns what the reason is about.
func (r Reason) Group() Group { return row(r).group }

// Short returns the reviewer's short form.
func (r Reason) Short() lang.Text { return row(r).short }

// Say returns the driver's sentence: what is wrong and what to do.
func (r Reason) Say() lang.Text { return row(r).say }

// ForReviewers reports whether a reviewer may choose the reason.
func (r Reason) ForReviewers() bool { return row(r).by&reviewer != 0 }

// ForProgram reports whether the program may give the reason.
func (r Reason) ForProgram() bool { return row(r).by&program != 0 }

// Say returns what the driver is told about a refusal: a sentence for each
// reason, then the reviewer's note, which stands alone where 其他 was the only
// reason. It is empty for an approval.
func (d Decision) Say() lang.Text {
	if d.Outcome != Refusal {
		return lang.Text{}
	}
	reasons := slices.Clone(d.Reasons)
	if d.Note != "" {
		reasons = slices.DeleteFunc(reasons, func(r Reason) bool { return r == OtherReason })
	}
	var zh, en []string
	for _, r := range reasons {
		zh, en = append(zh, r.Say().ZH), append(en, r.Say().EN)
	}
	if d.Note != "" {
		zh, en = append(zh, d.Note), append(en, d.Note)
	}
	return lang.T(strings.Join(zh, ""), strings.Join(en, " "))
}
