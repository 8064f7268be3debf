package account

import (
	"context"
	"strings"

	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/lang"
)

// The audited deeds of administrators of relying parties, and on them.
const (
	ActAdminSignIn  audit.Action = "admin.signin"
	ActAdminRefused audit.Action = "admin.signin_refused"
	ActAdminInvite  audit.Action = "admin.invite"
	ActAdminAccept  audit.Action = "admin.accept"
	ActAdminSuspend audit.Action = "admin.suspend"
	ActAdminResume  audit.Action = "admin.resume"
)

// AdminAuditSentences says each deed in words.
var AdminAuditSentences = map[audit.Action]lang.Text{
	ActAdminSignIn:  lang.T("登录单位管理台", "signed in at the party's page"),
	ActAdminRefused: lang.T("登录单位管理台未成功", "failed to sign in at the party's page"),
	ActAdminInvite:  lang.T("邀请单位管理员", "invited an administrator of a relying party"),
	ActAdminAccept:  lang.T("启用单位管理员账户", "accepted an invitation as a party's administrator"),
	ActAdminSuspend: lang.T("停用单位管理员账户", "suspended an administrator of a relying party"),
	ActAdminResume:  lang.T("恢复单位管理员账户", "restored an administrator of a relying party"),
}

var (
	errNoAccount = fault.New(fault.NotFound, "not_found", "没有找到，或者您无权查看。", "Nothing was found, or nothing you may see.")
	// ErrBarred is returned to a party that would undo what the authority did.
	ErrBarred = fault.New(fault.Denied, "barred", "这是发证机关暂停的，只能由发证机关恢复，请联系发证机关。", "The authority suspended this and alone can restore it. Contact the authority.")
	// ErrAdminName is returned for an administrator without a name.
	ErrAdminName = fault.New(fault.Invalid, "admin.name", "请填写管理员姓名。", "Give the administrator's name.")
)

// Within returns the accounts as the administrators of one party may use them:
// those of other parties are not there.
func (s *Staff) Within(partyID string) *Staff {
	own := *s
	own.within = partyID
	return &own
}

// InviteAdmin makes an account for an administrator of a relying party, and
// returns the secret of its one-time link. The caller knows that the party is
// there.
func (s *Staff) InviteAdmin(ctx context.Context, by audit.Actor, partyID, login, name string) (*Member, string, error) {
	m, err := newAdmin(partyID, login, name)
	if err != nil {
		return nil, "", err
	}
	return s.invite(ctx, by, m)
}

// InviteAdminIn is InviteAdmin within a transaction that the caller began.
func (s *Staff) InviteAdminIn(ctx context.Context, tx StaffTx, by audit.Actor, partyID, login, name string) (*Member, string, error) {
	m, err := newAdmin(partyID, login, name)
	if err != nil {
		return nil, "", err
	}
	secret, err := s.inviteIn(ctx, tx, by, m)
	return m, secret, err
}

func newAdmin(partyID, login, name string) (*Member, error) {
	switch {
	case !isLogin(login):
		return nil, fault.At("login", ErrLogin)
	case strings.TrimSpace(name) == "":
		return nil, fault.At("name", ErrAdminName)
	}
	return &Member{Login: login, Name: strings.TrimSpace(name), PartyID: partyID}, nil
}

// deeds are what an entry of the audit log calls the deeds of a population.
type deeds struct{ signIn, refused, invite, accept, suspend, resume audit.Action }

func (s *Staff) deeds() deeds {
	if s.Of == PartyPop {
		return deeds{ActAdminSignIn, ActAdminRefused, ActAdminInvite, ActAdminAccept, ActAdminSuspend, ActAdminResume}
	}
	return deeds{ActStaffSignIn, ActStaffRefused, ActInvite, ActAccept, ActSuspend, ActResume}
}

func (s *Staff) population() Population {
	if s.Of == PartyPop {
		return PartyPop
	}
	return StaffPop
}

func (s *Staff) actor(m *Member) audit.Actor {
	return actorOf(Owner{s.population(), m.ID})
}
