package application

// Reason is the code of a ground for refusal; codes never change.
type Reason string

// OtherReason needs the reviewer's own words.
const OtherReason Reason = "other"

// Reasons that a reviewer chooses: those seen in practice first, then the
// remaining rules of R20 in the order of the notice.
const (
	BackgroundNotWhite Reason = "background_not_white"
	TooDark            Reason = "too_dark"
	Uniform            Reason = "uniform"
	BrowsCovered       Reason = "brows_covered"
	EarsCovered        Reason = "ears_covered"
	Selfie             Reason = "selfie"
	Retouched          Reason = "retouched"
	Neckline           Reason = "neckline"
	HandSign           Reason = "hand_sign"
	GlassesReflection  Reason = "glasses_reflection"
	Composite          Reason = "composite"
	AgeDiffers         Reason = "age_differs"

	NotThePerson     Reason = "not_the_person"
	TooOld           Reason = "too_old"
	NotFrontal       Reason = "not_frontal"
	NotInColour      Reason = "not_in_colour"
	SeveralPeople    Reason = "several_people"
	NotHalfLength    Reason = "not_half_length"
	WrongSize        Reason = "wrong_size"
	Blurred          Reason = "blurred"
	UnevenLight      Reason = "uneven_light"
	TooBright        Reason = "too_bright"
	Posture          Reason = "posture"
	ShouldersUneven  Reason = "shoulders_uneven"
	Expression       Reason = "expression"
	NotLooking       Reason = "not_looking"
	EyesClosed       Reason = "eyes_closed"
	FaceCovered      Reason = "face_covered"
	HairUntidy       Reason = "hair_untidy"
	HeavyMakeUp      Reason = "heavy_make_up"
	LightClothes     Reason = "light_clothes"
	Mask             Reason = "mask"
	Sunglasses       Reason = "sunglasses"
	Hat              Reason = "hat"
	Scarf            Reason = "scarf"
	Ornaments        Reason = "ornaments"
	Dishevelled      Reason = "dishevelled"
	Revealing        Reason = "revealing"
	ExaggeratedPose  Reason = "exaggerated_pose"
	ImproperContents Reason = "improper_contents"
	UnlawfulContents Reason = "unlawful_contents"
)

// Reasons that stand outside the photo. The first two a reviewer may choose
// too; the others only the program finds.
const (
	IdentityCheckFailed Reason = "identity_check_failed"
	DataMissing         Reason = "data_missing"
	LicenceNotUsable    Reason = "licence_not_usable"
	LicenceChanged      Reason = "licence_changed"
	ConsentWithdrawn    Reason = "consent_withdrawn"
)
