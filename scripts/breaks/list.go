package main

import (
	"slices"

	"edl/internal/licence"
)

// list is every row. The letters of the register and their sentences are
// broken one by one.
func list() []broken {
	all := slices.Clone(rows)
	for _, l := range licence.Letters() {
		all = append(all, letterUse(l))
	}
	for _, s := range sentences {
		all = append(all, broken{"sentence " + s.letter, "internal/licence", "TestWhatTheDriverIsToldByLetter", "internal/licence/say.go", s.old, s.new})
	}
	return all
}

// letterUse lets a letter permit what it does not, or the other way round.
func letterUse(l licence.Letter) broken {
	words := map[licence.Use]string{licence.Usable: "Usable", licence.NotUsable: "NotUsable", licence.Hidden: "Hidden", licence.Gone: "Gone"}
	wrong := "Usable"
	if l.Use() == licence.Usable {
		wrong = "NotUsable"
	}
	at := `lang.T("` + l.Name().ZH + `", `
	return broken{"status:" + string(l), "internal/licence", "TestWhatEachLetterPermits", "internal/licence/status.go",
		words[l.Use()] + ", " + at, wrong + ", " + at}
}

var sentences = []struct{ letter, old, new string }{
	{"B", "请参加满分学习，考试合格后恢复。", "请参加学习，考试合格后恢复。"},
	{"D", "期满后到作出决定的交管部门办理。", "期满后到发证机关办理。"},
	{"U", "请在15日内持强制措施凭证", "请在20日内持强制措施凭证"},
	{"K", `"驾驶证已被扣押，请联系办案单位"`, `"驾驶证已被扣押，请联系发证机关"`},
	{"M", "请先换证，再重新申领。", "请重新申领。"},
	{"S", "驾驶证逾期未审验，请先办理审验。", "驾驶证逾期未审验，请办理审验。"},
	{"L", "常见情形：新证未领取、业务办理中、信息待核实。", "常见情形：业务办理中、信息待核实。"},
	{"J", "驾驶证已停止使用，不能驾驶机动车。", "驾驶证已停止使用。"},
	{"C", "驾驶证已转出，请向现发证机关申领。", "驾驶证已转出，请向原发证机关申领。"},
	{"N P T", "case RenewalDeferred, MedicalDeferred, ReviewDeferred:", "case RenewalDeferred, MedicalDeferred:"},
	{"H", "有未处理的违法，不影响使用。", "有未处理的违法。"},
	{"I", "有未处理的事故，不影响使用。", "有未处理的事故。"},
}

var rows = []broken{
	{"R1", "internal/httpapi", "TestThePageOfTheCodeSaysHowTheLicenceStands", "internal/presentation/presentation.go",
		"if v.State.showsCode() {", "if !v.State.showsCode() {"},
	{"R2", "internal/httpapi", "TestADriversWayToTheLicence", "internal/licence/apply.go",
		"if s.Use == Usable {", "if s.Use == Gone {"},
	{"R3", "internal/verification", "TestALookUpByNumberIsAnsweredLoggedAndSeenByTheDriver", "internal/verification/subject.go",
		"list, err := p.tx.LicencesByNumber(ctx, identity.Number(p.q.Number))", "list, err := p.tx.LicencesByNumber(ctx, identity.Number(p.q.Name))"},
	{"R4", "internal/verification", "TestALookUpByNumberIsAnsweredLoggedAndSeenByTheDriver", "internal/verification/check.go",
		"return tx.AppendAudit(ctx, c.entry())", "return nil"},
	{"R5 police", "internal/licence", "TestWhetherTheOfficerCollectsThePaper", "internal/licence/paper.go",
		"return Paper{Collect: true, Say: say}", "return Paper{Collect: false, Say: say}"},
	{"R5 page", "internal/licence", "TestThePageOfPaperRulesAnswersEveryCaseKnown", "internal/licence/paper.go",
		`needed("注销驾驶证", "cancellation of the licence"`, `free("注销驾驶证", "cancellation of the licence"`},
	{"R5 window", "internal/window", "TestWhetherThePaperLicenceIsCollectedAtTheWindow", "internal/window/view.go",
		"if rule.Needed {", "if !rule.Needed {"},
	{"R6", "internal/verification", "TestEachScenarioGivesItsFieldsByItsWaysAndNothingElse", "internal/verification/compose.go",
		"return c.scenario.Gives(f) && c.q.wants(f)", "return c.q.wants(f)"},
	{"R7", "internal/verification", "TestAClaimIsAnsweredAsOfTheAccident", "internal/verification/subject.go",
		"history.StateAt(p.q.AccidentAt, p.now)", "history.StateAt(p.now, p.now)"},
	{"R8", "internal/verification", "TestARentalsQuestionsTurnTheVerdict", "internal/verification/compose.go",
		"if !yes && otherwise != nil && c.failed == nil {", "if yes && otherwise != nil && c.failed == nil {"},
	{"R9 added", "internal/relyingparty", "TestAnAddedScenarioWorksAndIsBound", "internal/relyingparty/scenario.go",
		"w != ByCode && w != ByConsent", "w == InBulk"},
	{"R9 ways", "internal/httpapi", "TestAnAddedScenarioAsksInTheWaysThatItWasGiven", "internal/httpapi/staff_parties.go",
		"Ways: r.Ways, Asks", "Ways: []relyingparty.Way{relyingparty.ByCode}, Asks"},
	{"R10 letters", "internal/issuance", "TestWhichStatusesAllowAnApplication", "internal/issuance/standing.go",
		"if err := licence.CanApply(st.state); err != nil {", "if err := licence.CanApply(st.state); err != nil && st.state.Use == licence.Gone {"},
	{"R10 reasons", "internal/licence", "TestEachRefusalToApplyHasItsOwnReason", "internal/licence/apply.go",
		"Seized: ErrApplySeized,", "Seized: ErrApplyDetained,"},
	{"R10 words", "internal/licence", "TestTheNationalSentencesAreKeptToTheLetter", "internal/licence/apply.go",
		"驾驶证状态异常，无法申领驾驶证电子版", "驾驶证状态异常，不能申领驾驶证电子版"},
	{"R11 number", "internal/account", "TestAPhoneIsBoundByWhatTheRegisterSaysAndACodeToItsNumber", "internal/account/binding.go",
		`if !ok || code.LicenceID == "" {`, `if ok || code.LicenceID == "" {`},
	{"R11 alike", "internal/account", "TestEveryBindingThatFailsLooksTheSame", "internal/account/binding.go",
		"return e.Licence.Name == c.Name && e.Licence.Document == c.Document &&", "return e.Licence.Document == c.Document &&"},
	{"R12", "", "R12 @ apply.test.mjs", "web/h5/src/pages/HomePage.vue", "services: '业务中心'", "services: '服务'"},
	{"R15", "", "by touch @ apply.test.mjs", "web/h5/src/pages/LicencePage.vue", "name: '机动车驾驶证（电子版）'", "name: '机动车驾驶证'"},
	{"R13", "internal/licence", "TestTheDirectWay", "internal/licence/apply.go",
		"const cardPhotoYears = 10", "const cardPhotoYears = 11"},
	{"R14 due", "internal/workday", "TestThePromise", "internal/workday/due.go",
		"return Due{At: date.End(), Date: date, Known: known,", "return Due{At: date.Start(), Date: date, Known: known,"},
	{"R14 days", "internal/workday", "TestTheNextWorkingDayAfter", "internal/workday/calendar.go",
		"for d := after.AddDays(1); ; d = d.AddDays(1) {", "for d := after; ; d = d.AddDays(1) {"},
	{"R16 triggers", "internal/licence", "TestWhatInvalidatesAnElectronicLicence", "internal/licence/change.go",
		"if old.Authority != new.Authority {", "if old.Authority == new.Authority {"},
	{"R16 again", "internal/issuance", "TestAReapplicationReusesTheApprovedPhotoAndRaisesTheVersion", "internal/issuance/issue.go",
		"st.electronic.ID, st.electronic.IdentifierVersion+1", "st.electronic.ID, st.electronic.IdentifierVersion"},
	{"R16 told", "internal/register", "TestWhatEndsTheElectronicLicenceAndWhatTheDriverIsTold", "internal/register/consequence.go",
		"electronic.Invalidate(changes, d.now)", "_ = changes"},
	{"R18 when", "internal/issuance", "TestWhenThePhotoCanBeChanged", "internal/issuance/options.go",
		"return application.PhotoChangeOpens(route, issued), err", "return civil.Date{}, nil"},
	{"R19 undo", "internal/issuance", "TestAnApprovalIsIssuedWhenItCanNoLongerBeUndone", "internal/issuance/settle.go",
		"tx.DecidedCases(ctx, s.Now().Add(-application.UndoFor), 100)", "tx.DecidedCases(ctx, s.Now().Add(-2*application.UndoFor), 100)"},
	{"R19 refusal", "internal/issuance", "TestARefusalNamesEveryRuleAndTheThirdLeadsToAWindow", "internal/application/application.go",
		"const MaxRefusals = 3", "const MaxRefusals = 4"},
	{"R20 words", "internal/photo", "TestTheRulesKeepEveryElementOfTheNotice", "internal/photo/rulelist.go",
		`lang.T("双肩水平", "Shoulders level")`, `lang.T("双肩放松", "Shoulders level")`},
	{"R20 checklist", "internal/issuance", "TestTheChecklistCoversEveryRuleThatNoProgramDecides", "internal/issuance/review.go",
		"photo.RuleUnretouched, photo.RuleNoComposite}", "photo.RuleUnretouched}"},
	{"R20 checks", "internal/photo", "TestEachSpoiltPhotoIsFoundOut", "internal/photo/settings.go",
		"MeasureEyeOpen:     under(RuleEyes, 0.21, 0.17),", "MeasureEyeOpen:     under(RuleEyes, 0.02, 0.01),"},
	{"R17", "", "R17 an error page @ feedback.test.mjs", "web/h5/src/pages/FeedbackPage.vue",
		"const errorCode = computed(() => route.query.code || '')", "const errorCode = computed(() => '')"},
	{"the worst decides", "internal/licence", "TestTheWorstOfSeveralDecides", "internal/licence/state.go",
		"worst := causes[0].Letter", "worst := causes[len(causes)-1].Letter"},
	{"one more letter", "internal/licence", "TestOneMoreLetterNeverHelps", "internal/licence/state.go",
		"return a.Letter.rank() - b.Letter.rank()", "return b.Letter.rank() - a.Letter.rank()"},
	{"third parties", "internal/verification", "TestTheReasonGoesToPoliceAndWindowsAndToTheDriversOwnPhone", "internal/verification/compose.go",
		"if c.gives(relyingparty.Causes) {", "if c.gives(relyingparty.Usable) {"},
	{"what disappears", "internal/issuance", "TestWhatIsShownWhenAndWhatDisappears", "internal/issuance/photo.go",
		"return e == licence.Active && !state.Use.Worse(licence.NotUsable)", "return e == licence.Active && !state.Use.Worse(licence.Hidden)"},
	{"validity", "internal/licence", "TestValidityEndsByDateWhateverTheRegisterCarries", "internal/licence/state.go",
		"case t.Before(lapsed.Start()):", "case t.Before(lapsed.End()):"},
	{"said apart", "internal/licence", "TestTheOpeningAndTheTwoThings", "internal/licence/opening.go",
		"case e == Invalidated:", "case e == Active:"},
	{"two times", "internal/register", "TestTwoTimesEqualANaiveReplay", "internal/register/history.go",
		"if v.LearnedAt.After(known) {", "if v.HoldsFrom.After(known) {"},
	{"two times in a claim", "internal/verification", "TestAClaimEqualsANaiveReplay", "internal/verification/subject.go",
		"history.StateAt(p.q.AccidentAt, p.now)", "history.StateAt(p.now, p.now)"},
	{"scenario × field × way", "internal/httpapi", "TestS36EveryScenarioFieldAndWayIsGivenOrNotAsTheTableSays", "internal/verification/band.go",
		"if c.tells(relyingparty.Causes) {", "if true {"},
	{"alike to the byte", "internal/httpapi", "TestS38UnknownAndNotPermittedAreOneAnswerToTheByte", "internal/verification/subject.go",
		"if found == nil || !permitted {", "if found != nil && !permitted {\n\t\treturn nil, ErrUnknownCode\n\t}\n\tif found == nil {"},
	{"operator not confirmed", "internal/verification", "TestAReportedCheckSaysWhetherItsOperatorWasConfirmed", "internal/verification/offline.go",
		"!(r.SignedIn && r.Operator == desk.Operator.Number)", "!r.SignedIn"},
	{"parts held up", "internal/offline", "TestAPhoneThatHasPartsSignedWithoutEndIsHeldUp", "internal/offline/part.go",
		"s.Allow(LimitParts, deviceID)", `s.Allow(LimitParts, "")`},
	{"信息待核实", "internal/register", "TestARefusedLineLeavesAMarkUntilAGoodOneComes", "internal/register/pending.go",
		"e.PendingID, e.Pending, changed = fresh.ID, true, true", "changed = true"},
	{"not said usable", "internal/verification", "TestALicenceToBeVerifiedIsNotSaidToBeUsable", "internal/verification/compose.go",
		"good = good && !c.Entry.Pending", "good = good || c.Entry.Pending"},
	{"at most one code", "internal/verification", "TestTheStoreRefusesASecondRedemptionPastTheWorkflow", "internal/store/migrations/0042_check.sql",
		"CREATE UNIQUE INDEX licence_check_digest", "CREATE INDEX licence_check_digest"},
	{"at most one case", "internal/issuance", "TestWritingPastTheWorkflowIsRefusedByTheDatabase", "internal/store/migrations/0030_issuance.sql",
		"CREATE UNIQUE INDEX application_open", "CREATE INDEX application_open"},
	{"sealed", "internal/seal", "TestASealedValueIsBoundToItsPlaceAndSubject", "internal/seal/seal.go",
		"return a.Seal(out, out, plain, []byte(place))", "return a.Seal(out, out, plain, []byte(place[:5]))"},
	{"the log", "internal/audit", "TestS61AnAlteredLogIsNamedAtItsFirstBadRow", "internal/audit/sequencer.go",
		"if kept[0] != leaf {", "if kept[0] != leaf && false {"},
	{"who may call", "cmd/edl", "TestEveryOperationAdmitsWhomItsTableSays", "internal/httpapi/operation.go",
		"return c.access.permits(c.Session)", "return nil"},
}
