package store_test

import (
	"bytes"
	"errors"
	"testing"

	"edl/internal/audit"
	"edl/internal/notification"
	"edl/internal/store"
	"edl/internal/storetest"
)

func fillForBackup(t *testing.T, db *store.DB) {
	t.Helper()
	must(t, db.Update(ctx, func(tx *store.Tx) error {
		return errors.Join(
			tx.Notify(ctx, message("one")),
			tx.SaveSetting(ctx, "authority", map[string]string{"name": "示范 <&> \n"}),
			tx.AppendAudit(ctx, audit.Entry{At: now, Actor: audit.Program, Action: "test.deed", Flagged: true, Detail: map[string]string{"a": "b"}}),
			tx.SendSMS(ctx, notification.SMS{To: "19900000001", Text: "x"}, now),
		)
	}))
}

func TestABackupIsRestoredWholeIntoEitherDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, from *store.DB) {
		fillForBackup(t, from)
		var file, again bytes.Buffer
		rows, err := from.Backup(ctx, &file, now)
		must(t, err)
		for name, open := range map[string]func(testing.TB) *store.DB{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
			t.Run("into "+name, func(t *testing.T) {
				to := open(t)
				restored, err := to.Restore(ctx, bytes.NewReader(file.Bytes()))
				if err != nil || restored != rows {
					t.Fatalf("%d of %d rows, %v", restored, rows, err)
				}
				must(t, to.View(ctx, func(tx *store.Tx) error {
					list, err := tx.Messages(ctx, "licence", now, "", 10)
					if len(list) != 1 || list[0].Title.ZH != "题" {
						t.Errorf("%+v", list)
					}
					return err
				}))
				again.Reset()
				if _, err := to.Backup(ctx, &again, now); err != nil || !bytes.Equal(unzip(t, file.Bytes()), unzip(t, again.Bytes())) {
					t.Errorf("a backup of the restored database differs: %v", err)
				}
				if _, err := to.Restore(ctx, bytes.NewReader(file.Bytes())); !errors.Is(err, store.ErrNotEmpty) {
					t.Errorf("restored over data: %v", err)
				}
			})
		}
	})
}

func TestF13ADamagedBackupIsRefusedWhole(t *testing.T) {
	from := storetest.SQLite(t)
	fillForBackup(t, from)
	var file bytes.Buffer
	_, err := from.Backup(ctx, &file, now)
	must(t, err)
	text := unzip(t, file.Bytes())
	damages := map[string][]byte{
		"cut short":      text[:len(text)-100],
		"without a row":  bytes.Replace(text, firstRow(text), nil, 1),
		"a value turned": bytes.Replace(text, []byte("test.deed"), []byte("test.dead"), 1),
		"another format": bytes.Replace(text, []byte(`"edl_backup":1`), []byte(`"edl_backup":9`), 1),
	}
	for name, damaged := range damages {
		t.Run(name, func(t *testing.T) {
			if bytes.Equal(damaged, text) {
				t.Fatal("nothing was damaged")
			}
			to := storetest.SQLite(t)
			if _, err := to.Restore(ctx, bytes.NewReader(zip(t, damaged))); !errors.Is(err, store.ErrBackup) {
				t.Fatalf("%v", err)
			}
			if _, err := to.Restore(ctx, bytes.NewReader(file.Bytes())); err != nil {
				t.Errorf("the sound copy afterwards: %v", err)
			}
		})
	}
}
