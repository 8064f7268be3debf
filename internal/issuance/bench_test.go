package issuance_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"edl/internal/application"
	"edl/internal/audit"
	"edl/internal/licence"
	"edl/internal/photo"
	"edl/internal/register"
	"edl/internal/registertest"
	"edl/internal/store"
	"edl/internal/storetest"
	"edl/internal/uid"
)

// bulk is crowd for many: their photos, of a real one's size, are on file
// already when the register names them, so none is decoded.
func (d *desk) bulk(n int) (ids []string) {
	d.t.Helper()
	model := d.people["route:onfile"]
	send := func(from, to int, withPhoto bool) {
		var body bytes.Buffer
		for i := from; i < to; i++ {
			line, err := register.Write(stranger(model, i), "", d.clock())
			if err != nil {
				d.t.Fatal(err)
			}
			if withPhoto {
				cells := map[string]string{}
				json.Unmarshal(line, &cells)
				cells["photo_data"], cells["photo_source"], cells["photo_taken_on"] = base64.StdEncoding.EncodeToString(portraitFile), "1", "2024-10-09"
				line, _ = json.Marshal(cells)
				line = append(line, '\n')
			}
			body.Write(line)
		}
		if report, err := registertest.Service(d.db, d.clock).Apply(ctx, audit.Actor{Kind: audit.ByFeed, ID: "test"}, uid.Digits(12), "t", body.Bytes()); err != nil || report.Refused > 0 {
			d.t.Fatal(err, report)
		}
	}
	digest := fmt.Sprintf("%x", sha256.Sum256(portraitFile))
	picture := make([]byte, 20<<10)
	rand.Read(picture)
	const step = 1000
	for from := 0; from < n; from += step {
		to := min(n, from+step)
		send(from, to, false)
		storetest.Update(d.t, d.db, func(tx *store.Tx) error {
			for i := from; i < to; i++ {
				e, err := tx.LicenceByFile(ctx, stranger(licence.Licence{}, i).FileNumber)
				if err != nil {
					return err
				}
				ids = append(ids, e.ID)
				p := photo.Stored{ID: uid.New(d.now), LicenceID: e.ID, Source: photo.FromRegister, At: d.now, Hash: make([]byte, 32)}
				if err := tx.SavePhoto(ctx, p, map[photo.Image][]byte{photo.ImagePortrait: picture}); err != nil {
					return err
				}
				if err := tx.AddRegisterPhoto(ctx, e.ID, digest, p.ID); err != nil {
					return err
				}
			}
			return nil
		})
		d.now = d.now.Add(time.Second)
		send(from, to, true)
	}
	return ids
}

// The direct way from the press to 已核发, 64 drivers at once.
func BenchmarkDirectIssue(b *testing.B) {
	for name, db := range map[string]func(testing.TB) *store.DB{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			d := open(b, db(b))
			ids := d.bulk(b.N)
			var next atomic.Int64
			b.SetParallelism(32)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if c, err := d.try(ids[next.Add(1)-1], application.First, application.OnFile, ""); err != nil || c.Status != application.Issued {
						b.Error(c, err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "issues/s")
		})
	}
}
