package register_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edl/internal/account"
	"edl/internal/credential"
	"edl/internal/licence"
	"edl/internal/notification"
	"edl/internal/register"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/uid"
)

// issue gives the licence an electronic one, and its driver a phone.
func (o *office) issue(file licence.FileNumber) {
	o.t.Helper()
	e := o.entry(file)
	storetest.Update(o.t, o.db, func(tx *store.Tx) error {
		return errors.Join(
			tx.SaveElectronic(ctx, &credential.Electronic{ID: uid.New(o.now), LicenceID: e.ID, IdentifierVersion: 1, RegisterVersionID: e.VersionID, IssuedAt: o.now}),
			tx.SaveDevice(ctx, &account.Device{ID: uid.New(o.now), LicenceID: e.ID, Name: "手机", PublicKey: make([]byte, 65), Serial: []byte(file[4:12]), EnrolledAt: o.now}))
	})
}

func (o *office) electronic(file licence.FileNumber) *credential.Electronic {
	o.t.Helper()
	e := o.entry(file)
	var found *credential.Electronic
	storetest.View(o.t, o.db, func(tx *store.Tx) (err error) {
		found, err = tx.ElectronicLicence(ctx, e.ID)
		return err
	})
	return found
}

func (o *office) messages(file licence.FileNumber) []notification.Message {
	o.t.Helper()
	e := o.entry(file)
	var list []notification.Message
	storetest.View(o.t, o.db, func(tx *store.Tx) (err error) {
		list, err = tx.Messages(ctx, e.ID, o.now, "", 10)
		return err
	})
	return list
}

func TestWhatEndsTheElectronicLicenceAndWhatTheDriverIsTold(t *testing.T) {
	cases := []struct {
		name    string
		changes row
		ended   []licence.ChangeKind
		told    []string // a part of each message, the newest first
	}{
		{"classes", row{"ZJCX": "C1D"}, []licence.ChangeKind{licence.ClassesChanged}, []string{"准驾车型由“C1”变更为“C1D”。"}},
		{"validity", row{"YXQZ": "2042-12-28"}, []licence.ChangeKind{licence.ValidityChanged}, []string{"有效期由"}},
		{"authority", row{"FZJG": "邻市公安局交通管理局"}, []licence.ChangeKind{licence.AuthorityChanged}, []string{"发证机关由"}},
		{"a new paper", row{"QFRQ": "2026-10-01"}, []licence.ChangeKind{licence.PaperReissued}, []string{"纸质驾驶证签发日期由"}},
		{"a new paper of a renewal", row{"QFRQ": "2026-10-01", "YXQZ": "2042-12-28"}, []licence.ChangeKind{licence.ValidityChanged}, []string{"有效期由"}},
		{"status", row{"ZT": "D"}, nil, []string{"驾驶证在暂扣期内"}},
		{"status and classes", row{"ZT": "D", "ZJCX": "C2", "class_since": ""}, []licence.ChangeKind{licence.ClassesChanged}, []string{"驾驶证在暂扣期内", "驾驶证恢复可用后可以重新申领"}},
		{"address", row{"address": "示范市安澜区云水路20号"}, nil, nil},
		{"points", row{"LJJF": "6"}, nil, nil},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for i, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				o := newOffice(t, db)
				o.later(time.Duration(i) * time.Hour)
				file := licence.FileNumber(person(i+1, nil)["DABH"])
				o.file(csv(person(i+1, nil)))
				o.issue(file)
				o.told, o.written = nil, nil
				o.file(csv(person(i+1, c.changes)))
				var ended []licence.ChangeKind
				e := o.electronic(file)
				for _, change := range e.Changes {
					ended = append(ended, change.Kind)
				}
				if diff := cmp.Diff(c.ended, ended); diff != "" || (len(c.ended) > 0) == e.InvalidatedAt.IsZero() {
					t.Errorf("ended %v by: %s", e.InvalidatedAt, diff)
				}
				messages := o.messages(file)
				if len(messages) != len(c.told) {
					t.Fatalf("messages: %+v", messages)
				}
				for _, want := range c.told {
					if !strings.Contains(messages[0].Body.ZH+messages[len(messages)-1].Body.ZH, want) {
						t.Errorf("%q is in none of %+v", want, messages)
					}
				}
				if len(o.written) != len(c.told) || len(o.written) > 0 && o.written[0] != o.entry(file).ID {
					t.Errorf("the open page was told of messages to %v, want %d", o.written, len(c.told))
				}
				if diff := cmp.Diff([]string{o.entry(file).ID}, o.told); diff != "" {
					t.Error(diff)
				}
			})
		}
	})
}

func TestADriverWhoIsNotWithUsGetsNoMessage(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	o.file(csv(person(1, nil)))
	o.file(csv(person(1, row{"ZT": "D"})))
	if got := o.messages("000000000001"); len(got) > 0 {
		t.Errorf("%+v", got)
	}
}

func TestALateLineThatChangesNothingNowTellsNobody(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	o.file(csv(person(1, row{"GXSJ": "2026-09-05"})))
	o.issue("000000000001")
	o.file(csv(person(1, row{"ZT": "D", "ZJCX": "C2", "class_since": "", "GXSJ": "2026-08-05"})))
	if e := o.electronic("000000000001"); !e.InvalidatedAt.IsZero() || len(o.messages("000000000001")) > 0 {
		t.Error("the past ended the present")
	}
}

func TestACorrectionNeedsTwoRegistrarsAndTakesItsPlace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		o.file(csv(person(1, row{"GXSJ": "2026-07-01"})))
		o.file(csv(person(1, row{"GXSJ": "2026-09-05", "LJJF": "0"})))
		id := o.entry("000000000001").ID
		ask := register.CorrectionAsk{
			LicenceID: id, HoldsFrom: "2026-08-05", Reason: "GZ-2026-0098 决定书迟到",
			Wishes: []register.Wish{{Field: "status", Value: "D"}, {Field: "points", Value: "3"}},
		}
		c, err := o.AskCorrection(ctx, registrar("fang"), ask)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]register.FieldChange{{Field: "status", Label: c.Changes[0].Label, Old: "A", New: "D"}}, c.Changes); diff != "" {
			t.Errorf("what does not differ is left out: %s", diff)
		}
		if _, err := o.ApproveCorrection(ctx, registrar("fang"), c.ID); !errors.Is(err, register.ErrSameRegistrar) {
			t.Errorf("alone: %v", err)
		}
		if got := o.stateAt("000000000001", shanghai("2026-08-10 00:00"), o.now); got != "A" {
			t.Errorf("it holds before it is approved: %s", got)
		}
		o.later(time.Minute)
		if _, err = o.ApproveCorrection(ctx, registrar("tian"), c.ID); err != nil {
			t.Fatal(err)
		}
		for holds, want := range map[string]string{"2026-08-04 00:00": "A", "2026-08-10 00:00": "D", "2026-09-10 00:00": "A"} {
			if got := o.stateAt("000000000001", shanghai(holds), o.now); got != want {
				t.Errorf("at %s: %s, want %s", holds, got, want)
			}
		}
		if _, err := o.RefuseCorrection(ctx, registrar("tian"), c.ID); !errors.Is(err, register.ErrDecided) {
			t.Errorf("twice: %v", err)
		}
		if err := storetest.TryExec(db, `UPDATE correction SET decided_by = asked_by`); err == nil {
			t.Error("the database lets one registrar decide alone")
		}
	})
}

func TestACorrectionOfADayReplacesWhatIsRecordedOfThatDay(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	o.file(csv(person(1, nil))) // holds since the import, at 10:33 of the day
	o.issue("000000000001")
	o.correct(o.entry("000000000001").ID, "2026-10-09", register.Wish{Field: "classes", Value: "C1D"})
	if got := o.entry("000000000001").Licence.ClassSet().String(); got != "C1D" {
		t.Errorf("classes %s", got)
	}
	if o.electronic("000000000001").State() != licence.Invalidated {
		t.Error("the electronic licence stands")
	}
}

func TestWhatARegistrarCannotAskFor(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	o.file(csv(person(1, row{"GXSJ": "2026-07-01"})))
	id := o.entry("000000000001").ID
	for _, c := range []struct {
		name string
		ask  register.CorrectionAsk
		want error
	}{
		{"no reason", register.CorrectionAsk{HoldsFrom: "2026-08-05", Wishes: []register.Wish{{Field: "points", Value: "9"}}}, register.ErrReason},
		{"nothing new", register.CorrectionAsk{HoldsFrom: "2026-08-05", Reason: "x", Wishes: []register.Wish{{Field: "points", Value: "3"}}}, register.ErrCorrectNothing},
		{"the file number", register.CorrectionAsk{HoldsFrom: "2026-08-05", Reason: "x", Wishes: []register.Wish{{Field: "file_number", Value: "000000000009"}}}, register.ErrCorrectField},
		{"the photo", register.CorrectionAsk{HoldsFrom: "2026-08-05", Reason: "x", Wishes: []register.Wish{{Field: "photo", Value: "x.jpg"}}}, register.ErrCorrectField},
		{"no such field", register.CorrectionAsk{HoldsFrom: "2026-08-05", Reason: "x", Wishes: []register.Wish{{Field: "colour", Value: "red"}}}, register.ErrCorrectField},
		{"a class that is none", register.CorrectionAsk{HoldsFrom: "2026-08-05", Reason: "x", Wishes: []register.Wish{{Field: "classes", Value: "A1C9"}}}, licence.ErrClassUnknown},
		{"a letter that is none", register.CorrectionAsk{HoldsFrom: "2026-08-05", Reason: "x", Wishes: []register.Wish{{Field: "status", Value: "Q"}}}, register.ErrStatusUnknown},
		{"an empty name", register.CorrectionAsk{HoldsFrom: "2026-08-05", Reason: "x", Wishes: []register.Wish{{Field: "name"}}}, register.ErrMissing},
		{"tomorrow", register.CorrectionAsk{HoldsFrom: "2026-10-10", Reason: "x", Wishes: []register.Wish{{Field: "points", Value: "9"}}}, register.ErrFuture},
		{"before the first record", register.CorrectionAsk{HoldsFrom: "2026-06-30", Reason: "x", Wishes: []register.Wish{{Field: "points", Value: "9"}}}, register.ErrCorrectBefore},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.ask.LicenceID = id
			if _, err := o.AskCorrection(ctx, registrar("fang"), c.ask); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
	for field, value := range map[string]string{"phone": "", "class_since": "", "paper_replaced": "", "school_bus": "校车A1", "hearing_aid": "1", "sex": "", "valid_to": "长期"} {
		ask := register.CorrectionAsk{LicenceID: id, HoldsFrom: "2026-08-05", Reason: "x", Wishes: []register.Wish{{Field: field, Value: value}}}
		if _, err := o.AskCorrection(ctx, registrar("fang"), ask); err != nil && (field != "sex" || !errors.Is(err, register.ErrCorrectNothing)) {
			t.Errorf("%s to %q: %v", field, value, err)
		}
	}
}

func TestAnApprovedCorrectionResolvesWhatWasToBeVerified(t *testing.T) {
	o := newOffice(t, storetest.SQLite(t))
	o.file(csv(person(1, nil)))
	o.file(csv(person(1, row{"YXQZ": "2021-02-30"})))
	c := o.correct(o.entry("000000000001").ID, "2026-10-09", register.Wish{Field: "valid_to", Value: "2031-02-28"})
	if e := o.entry("000000000001"); e.Pending || e.VersionID != c.VersionID {
		t.Errorf("pending %v", e.Pending)
	}
	if list, err := o.OpenPending(ctx); err != nil || len(list) > 0 {
		t.Errorf("%v %v", list, err)
	}
}
