package register

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"

	"edl/internal/audit"
	"edl/internal/fault"
	"edl/internal/uid"
)

// Options of an import.
type Options struct {
	AsOf time.Time // since when lines hold that do not say; zero: since the file was first read
	GoOn bool      // though more than 1 % of the lines are refused

	// Progress is called now and then with the lines read, and at the end; nil: nobody watches.
	Progress func(done, total int)
}

// A Report says what became of a file or a delivery of the feed.
type Report struct {
	Run       string    `json:"run"`
	Lines     int       `json:"lines"`
	Applied   int       `json:"applied"`
	Unchanged int       `json:"unchanged"`
	Refused   int       `json:"refused"` // lines, each of which may be named for several fields
	Refusals  []Refusal `json:"refusals"`
	Unknown   []string  `json:"unknown,omitempty"` // columns that were not used
}

// manyRefused is the share of refused lines, in percent, over which a file
// stops before anything of it is applied.
const manyRefused = 1

// Import reads a file three times: for its encoding, to see how much of it
// would be refused, and to apply it batch by batch. A batch is one
// transaction; an import that is cut short is finished by running it again.
// The report is meaningful with ErrManyRefused too.
func (s *Service) Import(ctx context.Context, actor audit.Actor, f File, o Options) (*Report, error) {
	survey, err := f.survey(ctx)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	if o.AsOf.After(now) {
		return nil, ErrAsOfFuture
	}
	run := &Run{ID: uid.New(now), Source: FromFile, Key: survey.digest, Name: f.Name, By: actor.ID, StartedAt: now, AsOf: o.AsOf, Status: Running}
	i := &importing{service: s, actor: actor, file: f, options: o, survey: survey, run: run, report: &Report{Run: run.ID, Refusals: []Refusal{}}}
	if err := i.check(ctx); err != nil {
		return i.report, err
	}
	return i.report, i.apply(ctx)
}

// importing is one import under way.
type importing struct {
	service *Service
	actor   audit.Actor
	file    File
	options Options
	survey  survey
	run     *Run
	report  *Report
	done    int // lines seen in both readings
}

// check reads the file without applying it.
func (i *importing) check(ctx context.Context) error {
	garbled := 0
	var refusals []Refusal
	err := i.file.read(ctx, i.survey.encoding, i.run.StartedAt, func(f *format, lines []Line) error {
		i.report.Unknown = f.unknown
		for _, l := range lines {
			if l.garbled {
				garbled++
			}
			if l.Refused() {
				i.report.Refused++
				refusals = append(refusals, l.Refusals...)
			}
		}
		i.report.Lines += len(lines)
		i.progress(len(lines))
		return nil
	})
	switch {
	case err != nil:
		return err
	case i.report.Lines == 0:
		return ErrFileEmpty
	case garbled*2 > i.report.Lines:
		return ErrFileDoubled
	case i.report.Refused*100 > i.report.Lines*manyRefused && !i.options.GoOn:
		i.report.Refusals = refusals
		return i.stop(ctx)
	}
	i.report.Refused = 0 // counted anew while applying, where the register may refuse more
	return nil
}

func (i *importing) progress(lines int) {
	i.done += lines
	if i.options.Progress != nil {
		i.options.Progress(i.done, 2*i.survey.lines)
	}
}

// stop records that the file was not applied, and why.
func (i *importing) stop(ctx context.Context) error {
	i.run.Status, i.run.FinishedAt = Stopped, i.service.Now()
	i.run.Lines, i.run.Refused = i.report.Lines, i.report.Refused
	err := i.service.InTx(ctx, func(tx Tx) error {
		run := *i.run
		if err := startRun(ctx, tx, &run); err != nil {
			return err
		}
		return tx.AddRefusals(ctx, run.ID, i.run.FinishedAt, i.report.Refusals)
	})
	return errors.Join(ErrManyRefused, err)
}

// apply reads the file again and takes its lines.
func (i *importing) apply(ctx context.Context) error {
	if err := i.service.begin(ctx, i.run); err != nil {
		return err
	}
	err := i.file.read(ctx, i.survey.encoding, i.run.StartedAt, func(f *format, lines []Line) error {
		photos, err := i.service.preparePhotos(ctx, i.file, lines)
		if err != nil {
			return err
		}
		if err := i.service.takeBatch(ctx, i.actor, i.run, f, photos, lines, i.report); err != nil {
			return err
		}
		i.progress(len(lines))
		return nil
	})
	if err != nil {
		return fmt.Errorf("importing %s (what was applied stays; run it again to finish): %w", i.file.Name, err)
	}
	return i.service.end(ctx, i.run.ID, i.report)
}

// begin stores the run. A file that was read before holds since the first time.
func (s *Service) begin(ctx context.Context, run *Run) error {
	return s.InTx(ctx, func(tx Tx) error {
		started := *run
		if err := startRun(ctx, tx, &started); err != nil {
			return err
		}
		*run = started
		return nil
	})
}

func startRun(ctx context.Context, tx Tx, run *Run) error {
	first, err := tx.FirstRun(ctx, run.Source, run.Key)
	switch {
	case notFound(err):
		run.FirstAt = run.StartedAt
		if run.AsOf.IsZero() {
			run.AsOf = run.StartedAt
		}
	case err != nil:
		return err
	default:
		run.FirstAt = first.FirstAt
		if run.AsOf.IsZero() {
			run.AsOf = first.AsOf
		}
	}
	return tx.AddRun(ctx, run)
}

// end adds to the run what this reading came to. Deliveries of one run may end
// side by side.
func (s *Service) end(ctx context.Context, id string, r *Report) error {
	return s.InTx(ctx, func(tx Tx) error {
		run, err := tx.Run(ctx, id)
		if err != nil {
			return err
		}
		run.Status, run.FinishedAt = Done, s.Now()
		run.Lines += r.Lines
		run.Applied += r.Applied
		run.Unchanged += r.Unchanged
		run.Refused += r.Refused
		return tx.SaveRun(ctx, run)
	})
}

// takeBatch applies lines in one transaction and adds to the report.
func (s *Service) takeBatch(ctx context.Context, actor audit.Actor, run *Run, f *format, photos preparedPhotos, lines []Line, report *Report) error {
	var b *batch
	err := s.InTx(ctx, func(tx Tx) error {
		b = &batch{deed: *s.deed(tx, actor), run: run, format: f, photos: photos}
		return b.apply(ctx, lines)
	})
	if err != nil {
		return err
	}
	report.Applied += b.applied
	report.Unchanged += b.unchanged
	report.Refused += b.refused
	report.Refusals = append(report.Refusals, b.refusals...)
	b.publish()
	return nil
}

var runName = regexp.MustCompile(`^[0-9A-Za-z_.:-]{1,100}$`)

// Apply takes a delivery of the feed, CSV or JSON Lines in UTF-8 or GB18030.
// run is the sender's name for it: a delivery that is sent again under its
// name, or out of its order, changes nothing. Refused lines are in the report
// and are no error.
func (s *Service) Apply(ctx context.Context, actor audit.Actor, run, source string, body []byte) (*Report, error) {
	if !runName.MatchString(run) {
		return nil, fault.At("run", ErrRun)
	}
	f := File{Name: source, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }}
	survey, err := f.survey(ctx)
	if err != nil {
		return nil, err
	}
	report := &Report{Run: run, Refusals: []Refusal{}}
	var r *Run // begun with the first lines, so that what cannot be read leaves none
	err = f.read(ctx, survey.encoding, s.Now(), func(form *format, lines []Line) error {
		if r == nil {
			if r, err = s.feedRun(ctx, actor, run, source); err != nil {
				return err
			}
		}
		report.Lines += len(lines)
		report.Unknown = form.unknown
		photos, err := s.preparePhotos(ctx, f, lines)
		if err != nil {
			return err
		}
		return s.takeBatch(ctx, actor, r, form, photos, lines, report)
	})
	switch {
	case err != nil:
		return nil, err
	case r == nil:
		return nil, ErrFileEmpty
	}
	return report, s.end(ctx, r.ID, report)
}

// feedRun returns the run of that name, beginning it with its first delivery.
func (s *Service) feedRun(ctx context.Context, actor audit.Actor, name, source string) (run *Run, err error) {
	now := s.Now()
	err = s.InTx(ctx, func(tx Tx) error {
		run, err = tx.FirstRun(ctx, FromFeed, name)
		if !notFound(err) {
			return err
		}
		run = &Run{ID: uid.New(now), Source: FromFeed, Key: name, Name: source, By: actor.ID, StartedAt: now, FirstAt: now, AsOf: now, Status: Running}
		return tx.AddRun(ctx, run)
	})
	return run, err
}
