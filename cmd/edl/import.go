package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"edl/internal/audit"
	"edl/internal/demo"
	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/register"
	"edl/internal/store"
)

// importCommand puts a file of the register into the database: by itself, or
// through the server that is running on the same data.
type importCommand struct {
	place
	File     string    `arg:"" optional:"" help:"The file: CSV or JSON Lines, UTF-8 or GB18030 (docs/import.md)." type:"path"`
	Photos   string    `help:"Folder of the photos that the file names." type:"existingdir" placeholder:"DIR"`
	Mapping  string    `help:"How the file calls its columns: lines “column = name in the file” or “column := fixed value”." type:"existingfile" placeholder:"FILE"`
	AsOf     time.Time `help:"Since when lines hold that do not say (RFC 3339; default: when the file is first imported)." placeholder:"TIME"`
	GoOn     bool      `help:"Go on though more than 1 % of the lines are refused."`
	JSON     bool      `name:"json" help:"Print the report as JSON."`
	Template bool      `help:"Print an example file and stop."`
}

// Exit codes of an import, beside 0.
const (
	exitSomeRefused exitCode = 1
	exitNothingDone exitCode = 2
)

// Run imports the file and prints the report.
func (c *importCommand) Run(ctx context.Context) error {
	if c.Template {
		_, err := os.Stdout.Write(register.Template())
		return err
	}
	outcome, err := c.execute(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "edl:", err)
		return exitNothingDone
	}
	if err := c.print(outcome); err != nil {
		return err
	}
	return outcome.exit()
}

func (c *importCommand) execute(ctx context.Context) (*importOutcome, error) {
	order, err := c.order()
	if err != nil {
		return nil, err
	}
	bar := newBar()
	defer bar.finish()
	return c.carryOut(ctx, order, bar.show)
}

// order checks what can be checked here, so that a slip is told at once.
func (c *importCommand) order() (importOrder, error) {
	if c.File == "" {
		return importOrder{}, errors.New("name the file to import, or use --template to see what one looks like")
	}
	o := importOrder{File: c.File, Photos: c.Photos, Mapping: c.Mapping, AsOf: c.AsOf, GoOn: c.GoOn}
	for _, path := range []*string{&o.File, &o.Photos, &o.Mapping} {
		if *path == "" {
			continue
		}
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return o, err
		}
		*path = absolute
	}
	if info, err := os.Stat(o.File); err != nil || info.IsDir() {
		return o, fmt.Errorf("%s is no file that can be read", c.File)
	}
	return o, c.check()
}

// carryOut imports through the server that holds the data, or else directly.
func (c *importCommand) carryOut(ctx context.Context, o importOrder, progress func(done, total int)) (*importOutcome, error) {
	if _, err := os.Stat(controlFile(c.Data)); err != nil { // no server runs, which may have its keys elsewhere
		if err := c.mustBeThere(); err != nil {
			return nil, err
		}
	}
	unlock, err := lockData(c.Data)
	if errors.As(err, new(inUse)) {
		return orderImport(ctx, c.Data, o, progress)
	}
	if err != nil {
		return nil, err
	}
	defer unlock()
	_, db, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if played, _ := demo.Load(c.Data); played == nil { // whose clock is moved as people like
		if err := mustNotGoBack(ctx, db, time.Now(), time.Time{}); err != nil {
			return nil, err
		}
	}
	s := &register.Service{InTx: store.In[register.Tx](db), Read: store.Read[register.Tx](db), Now: time.Now, Frame: newFrame()}
	return o.run(ctx, s, progress), nil
}

// An importOrder is what to import. Paths are absolute.
type importOrder struct {
	File    string    `json:"file"`
	Photos  string    `json:"photos,omitempty"`
	Mapping string    `json:"mapping,omitempty"`
	AsOf    time.Time `json:"asOf,omitzero"`
	GoOn    bool      `json:"goOn,omitempty"`
}

// An importOutcome is what became of an order. Report is nil where the file
// could not be read at all.
type importOutcome struct {
	Report *register.Report `json:"report,omitempty"`
	Code   string           `json:"code,omitempty"` // of the fault that ended it
	Say    *lang.Text       `json:"say,omitempty"`
	Fields []string         `json:"fields,omitempty"` // that the fault is about: columns of the header, a line of the mapping
	Error  string           `json:"error,omitempty"`  // where it was no fault of the file
}

// importer is who imports from the command line, in the audit log.
var importer = audit.Actor{Kind: audit.ByFeed, ID: "import"}

func (o importOrder) run(ctx context.Context, s *register.Service, progress func(done, total int)) *importOutcome {
	report, err := o.read(ctx, s, progress)
	outcome := &importOutcome{Report: report}
	if err == nil {
		return outcome
	}
	if f := fault.Of(err); f != nil {
		outcome.Code, outcome.Say, outcome.Fields = f.Code, &f.Say, faultyFields(err)
		return outcome
	}
	outcome.Error = err.Error()
	return outcome
}

func (o importOrder) read(ctx context.Context, s *register.Service, progress func(done, total int)) (*register.Report, error) {
	f := register.File{Name: filepath.Base(o.File), Open: func() (io.ReadCloser, error) { return os.Open(o.File) }}
	if o.Mapping != "" {
		m, err := os.Open(o.Mapping)
		if err != nil {
			return nil, err
		}
		defer m.Close()
		if f.Mapping, err = register.ParseMapping(m); err != nil {
			return nil, err
		}
	}
	if o.Photos != "" {
		root, err := os.OpenRoot(o.Photos) // links that lead out of it are not followed
		if err != nil {
			return nil, err
		}
		defer root.Close()
		f.Photos = root.FS()
	}
	return s.Import(ctx, importer, f, register.Options{AsOf: o.AsOf, GoOn: o.GoOn, Progress: progress})
}

// faultyFields collects the fields that an error names.
func faultyFields(err error) []string {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var all []string
		for _, one := range several.Unwrap() {
			all = append(all, faultyFields(one)...)
		}
		return all
	}
	var at *fault.Field
	if errors.As(err, &at) {
		return []string{at.Name}
	}
	return nil
}

func (o *importOutcome) exit() error {
	switch r := o.Report; {
	case r == nil || r.Applied+r.Unchanged == 0 && (r.Refused > 0 || o.failed()):
		return exitNothingDone
	case r.Refused > 0 || o.failed():
		return exitSomeRefused
	}
	return nil
}

func (o *importOutcome) failed() bool { return o.Code != "" || o.Error != "" }

// print writes the report to stdout.
func (c *importCommand) print(o *importOutcome) error {
	if c.JSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(o)
	}
	var b strings.Builder
	o.write(&b, strings.HasPrefix(os.Getenv("LANG"), "zh"))
	_, err := os.Stdout.WriteString(b.String())
	return err
}

// write says in words what became of the order.
func (o *importOutcome) write(b *strings.Builder, chinese bool) {
	pick := func(t lang.Text) string {
		if chinese {
			return t.ZH
		}
		return t.EN
	}
	if r := o.Report; r != nil {
		for _, x := range r.Refusals {
			where := fmt.Sprintf(pick(lang.T("第 %d 行", "line %d")), x.Line)
			if x.Column != "" {
				where += ", " + x.Column
			}
			fmt.Fprintf(b, "%s: %s\n", where, pick(x.Say))
		}
		if len(r.Unknown) > 0 {
			fmt.Fprintf(b, pick(lang.T("没有使用的列：%s\n", "columns that were not used: %s\n")), strings.Join(r.Unknown, ", "))
		}
	}
	if r := o.Report; r != nil && r.Lines > 0 {
		fmt.Fprintf(b, pick(lang.T("共 %d 行：写入 %d，未变 %d，未接收 %d\n", "%d lines: %d applied, %d unchanged, %d refused\n")), r.Lines, r.Applied, r.Unchanged, r.Refused)
	}
	if o.Say != nil {
		fmt.Fprintln(b, pick(*o.Say)+fieldList(o.Fields))
	}
	if o.Error != "" {
		fmt.Fprintln(b, o.Error)
	}
}

func fieldList(fields []string) string {
	if len(fields) == 0 {
		return ""
	}
	return " (" + strings.Join(fields, ", ") + ")"
}

// bar shows how far a file was read, where a person is watching.
type bar struct{ shown *progressbar.ProgressBar }

func newBar() *bar {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return &bar{}
	}
	return &bar{progressbar.NewOptions(1, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())}
}

func (b *bar) show(done, total int) {
	if b.shown == nil {
		return
	}
	b.shown.ChangeMax(total)
	b.shown.Set(min(done, total))
}

func (b *bar) finish() {
	if b.shown != nil {
		b.shown.Finish()
	}
}
