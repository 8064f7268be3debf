package demo

import (
	"testing"
	"time"

	"edl/internal/licence"

	"github.com/google/go-cmp/cmp"
)

func TestEveryInventedRecordIsOneTheRegisterWouldTake(t *testing.T) {
	for _, now := range []time.Time{
		time.Date(2021, 9, 1, 1, 0, 0, 0, time.UTC),
		time.Date(2024, 2, 29, 15, 59, 0, 0, time.UTC),
		time.Date(2026, 12, 31, 16, 1, 0, 0, time.UTC),
	} {
		people := People(now)
		if len(people) != Size {
			t.Fatalf("%d people", len(people))
		}
		files, keys, numbers := map[licence.FileNumber]bool{}, map[string]bool{}, map[string]bool{}
		for _, p := range people {
			if err := p.Licence.Validate(); err != nil {
				t.Errorf("%s %s: %v", p.Key, p.Licence.FileNumber, err)
			}
			if files[p.Licence.FileNumber] || p.Key != "" && keys[p.Key] || numbers[string(p.Licence.Document.Number)] {
				t.Errorf("%s %s is there twice", p.Key, p.Licence.FileNumber)
			}
			files[p.Licence.FileNumber], keys[p.Key], numbers[string(p.Licence.Document.Number)] = true, true, true
		}
		for _, letter := range licence.Letters() {
			if !keys[letter.Key()] {
				t.Errorf("nobody shows %s", letter.Key())
			}
		}
		if diff := cmp.Diff(people, People(now)); diff != "" {
			t.Errorf("the same moment made other people: %s", diff)
		}
	}
}

func TestTheCasesShowWhatTheySay(t *testing.T) {
	now := time.Date(2026, 10, 9, 2, 32, 0, 0, time.UTC)
	want := map[string]licence.Use{
		"status:A": licence.Usable, "status:B": licence.NotUsable, "status:L": licence.Hidden, "status:F": licence.Gone,
		"status:BDJ": licence.Hidden, "status:AH": licence.Usable, "status:NA": licence.Usable,
		"validity:today": licence.Usable, "validity:yesterday": licence.NotUsable, "validity:fouryears": licence.Gone,
	}
	got := map[string]licence.Use{}
	for _, p := range People(now) {
		if _, ok := want[p.Key]; ok {
			got[p.Key] = licence.StatusAt(p.Licence, now).Use
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
