package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"edl/internal/bench"
)

// benchCommand measures what the platform does, each job on a server of its
// own, beside the floor of package bench.
type benchCommand struct {
	Names   []string      `arg:"" optional:"" help:"What to measure: import, issue, check, decode, bulk, alike (default: all)." placeholder:"NAME"`
	JSON    bool          `name:"json" help:"Print the figures as JSON."`
	Rounds  int           `help:"How often the platform and its floor take turns." default:"3"`
	For     time.Duration `help:"How long each load lasts." default:"3s" placeholder:"TIME"`
	Clients int           `help:"Connections that wait for answers at the same time (default: 128 for check, which fewer leave with idle processors; 64 for issue)." placeholder:"N"`
	Lines   int           `help:"Lines of the import and of the bulk file." default:"100000"`
	Dir     string        `help:"Folder on the disk to measure (default: the system's temporary one)." type:"existingdir" placeholder:"DIR"`
	Profile string        `help:"Folder for a processor profile of each loaded server, read by go tool pprof." type:"path" placeholder:"DIR"`
}

// A benchResult is one job.
type benchResult struct {
	Name    string         `json:"name"`
	What    string         `json:"what"`
	Ours    bench.Measure  `json:"ours"`
	Floor   bench.Measure  `json:"floor"`
	Ratio   float64        `json:"ratio"` // ours of the floor's rate, the median of the rounds
	Row     int            `json:"rowBytes"`
	Targets []benchTarget  `json:"targets"`
	Machine benchedMachine `json:"machine"`
}

type benchTarget struct {
	What string  `json:"what"`
	Want float64 `json:"want"`
	Got  float64 `json:"got"`
	Met  bool    `json:"met"`
}

// benchedMachine says how far the figures can be trusted: a load beyond the
// processors is other people's work.
type benchedMachine struct {
	CPUs int     `json:"cpus"`
	Load float64 `json:"loadBefore"`
}

type benchJob struct {
	name, what string
	run        func(ctx context.Context, b *workbench) (benchResult, error)
}

var benchJobs = []benchJob{
	{"import", "lines of the register, sealed, indexed and audited", benchImport},
	{"issue", "applications over HTTP on the direct way, counted when the client sees 已核发", benchIssue},
	{"check", "live codes checked over HTTP, each with its record durable", benchCheck},
	{"decode", "self-contained codes read and verified without a network, in one thread", benchDecode},
	{"bulk", "lines of one file looked up with standing consents, each with its record durable", benchBulk},
	{"alike", "look-ups of nobody (edl) and of drivers who did not consent (floor), in random order", benchAlike},
}

// Run measures the jobs that were named.
func (c *benchCommand) Run(ctx context.Context) error {
	var results []benchResult
	for _, name := range c.Names {
		if !slices.ContainsFunc(benchJobs, func(j benchJob) bool { return j.name == name }) {
			return fmt.Errorf("there is nothing to measure called %q: choose import, issue, check, decode, bulk or alike", name)
		}
	}
	for _, j := range benchJobs {
		if len(c.Names) > 0 && !slices.Contains(c.Names, j.name) {
			continue
		}
		r, err := c.job(ctx, j)
		if err != nil {
			return fmt.Errorf("%s: %w", j.name, err)
		}
		results = append(results, r)
		if !c.JSON {
			fmt.Print(r.String())
		}
	}
	if !c.JSON {
		return nil
	}
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(results)
}

func (c *benchCommand) job(ctx context.Context, j benchJob) (benchResult, error) {
	self, err := os.Executable()
	if err != nil {
		return benchResult{}, err
	}
	dir, err := os.MkdirTemp(c.Dir, "edl-bench-")
	if err != nil {
		return benchResult{}, err
	}
	defer os.RemoveAll(dir)
	machine := benchedMachine{runtime.NumCPU(), loadAverage()}
	r, err := j.run(ctx, &workbench{benchCommand: c, self: self, dir: dir})
	r.Name, r.What, r.Machine = j.name, j.what, machine
	return r, err
}

// loadAverage is that of the last minute, 0 where it is not known.
func loadAverage() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), " ")
	load, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0
	}
	return load
}

// String is the result as people read it.
func (r benchResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s (%d processors, load %.1f before)\n", r.Name, r.What, r.Machine.CPUs, r.Machine.Load)
	for _, side := range []struct {
		name string
		m    bench.Measure
	}{{"edl", r.Ours}, {"floor", r.Floor}} {
		m := side.m
		fmt.Fprintf(&b, "  %-6s %8.0f/s  %6.0f µs CPU each  %5.0f MB", side.name, m.PerSecond, m.CPU, m.Memory)
		if m.P50 > 0 {
			fmt.Fprintf(&b, "  p50 %.1f p99 %.1f ms; at %.0f/s p50 %.1f p99 %.1f ms", m.P50, m.P99, m.HalfLoad, m.HalfP50, m.HalfP99)
		}
		if m.Failed > 0 {
			fmt.Fprintf(&b, "  %d FAILED: %s", m.Failed, m.Why)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "  ratio  %8.2f of the floor, rows of %d bytes\n", r.Ratio, r.Row)
	for _, t := range r.Targets {
		met := "met"
		if !t.Met {
			met = "NOT MET"
		}
		fmt.Fprintf(&b, "  target %8s: %s, wanted %g, got %.4g\n", met, t.What, t.Want, t.Got)
	}
	return b.String()
}

func atLeast(what string, got, want float64) benchTarget {
	return benchTarget{what, want, got, got >= want}
}
func atMost(what string, got, want float64) benchTarget {
	return benchTarget{what, want, got, got <= want}
}

// workbench is where one job is measured.
type workbench struct {
	*benchCommand
	self string // this program
	dir  string // removed afterwards
}

func (b *workbench) at() *place { return &place{Data: filepath.Join(b.dir, "data")} }

// serve starts the platform on what was prepared.
func (b *workbench) serve() (*bench.Process, error) {
	return bench.Start(b.self, "serve", "--data", b.at().Data, "--listen", "127.0.0.1:0")
}

// floor starts a floor that writes rows of so many bytes.
func (b *workbench) floor(row int, answer []byte) (*bench.Process, error) {
	file := filepath.Join(b.dir, "answer.json")
	if err := os.WriteFile(file, answer, 0o600); err != nil {
		return nil, err
	}
	return bench.Start(b.self, "bench-floor", "--file", filepath.Join(b.dir, "floor.sqlite"), "--row", fmt.Sprint(row), "--answer", file)
}

// compare measures requests against the running platform and a floor that
// writes as much for each as the platform did for the first few. Unless told
// otherwise, so many clients send at most so many requests a second.
func (b *workbench) compare(ctx context.Context, clients int, most float64, side bench.Side) (r benchResult, err error) {
	if b.Clients > 0 {
		clients = b.Clients
	}
	if side.Server, err = b.serve(); err != nil {
		return r, err
	}
	defer side.Server.Stop()
	answer, row, err := b.sample(side)
	if err != nil {
		return r, err
	}
	floor := bench.Side{Prepare: side.Prepare, Unsent: side.Unsent}
	if floor.Server, err = b.floor(row, answer); err != nil {
		return r, err
	}
	defer floor.Server.Stop()
	floor.Prepare = func(count int) ([]bench.Request, error) {
		list, err := side.Prepare(min(count, 1)) // one of ours, as often as wanted
		if err != nil || len(list) == 0 {
			return nil, errors.Join(err, errRanOut)
		}
		if side.Unsent != nil {
			side.Unsent(list)
		}
		return slices.Repeat(list, count), nil
	}
	if b.Profile != "" {
		defer b.profile(&side)()
	}
	plan := bench.Plan{Rounds: b.Rounds, For: b.For, Clients: clients, Most: most}
	r.Row = row
	r.Ours, r.Floor, r.Ratio, err = bench.Compare(plan, side, floor)
	return r, err
}

// errRanOut is returned where nothing is left to send.
var errRanOut = errors.New("what was prepared is used up: measure for a shorter time or fewer rounds")

// samples is how many operations the size of their rows is taken from.
const samples = 200

// sample warms the server up and returns an answer and how many bytes an
// operation writes, audit entries and messages included.
func (b *workbench) sample(side bench.Side) (answer []byte, row int, err error) {
	file := filepath.Join(b.at().Data, "edl.sqlite")
	warm, err := side.Prepare(samples)
	if err != nil {
		return nil, 0, err
	}
	before, err := bench.Payload(file)
	if err != nil {
		return nil, 0, err
	}
	for _, r := range warm {
		if answer, err = bench.Ask(side.Server.Address, r); err != nil {
			return nil, 0, err
		}
	}
	time.Sleep(1500 * time.Millisecond) // the audit log is put in order each second
	after, err := bench.Payload(file)
	return answer, int(after-before) / len(warm), err
}

// profile takes a processor profile while the first load lasts.
func (b *workbench) profile(side *bench.Side) (wait func()) {
	done := make(chan error, 1)
	var once sync.Once
	prepare := side.Prepare
	side.Prepare = func(count int) ([]bench.Request, error) {
		list, err := prepare(count)
		once.Do(func() { go func() { done <- b.fetchProfile() }() })
		return list, err
	}
	return func() {
		if err := <-done; err != nil {
			fmt.Fprintln(os.Stderr, "edl: no profile:", err)
		}
	}
}

func (b *workbench) fetchProfile() error {
	text, err := os.ReadFile(controlFile(b.at().Data))
	var at controlAddress
	if err == nil {
		err = json.Unmarshal(text, &at)
	}
	if err != nil {
		return err
	}
	seconds := max(1, int(b.For.Seconds()))
	r, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://%s/profile/cpu?seconds=%d", at.Address, seconds), nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+at.Token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if err := os.MkdirAll(b.Profile, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(b.Profile, "cpu-*.pb.gz")
	if err != nil {
		return err
	}
	_, err = io.Copy(f, answer.Body)
	return errors.Join(err, f.Close())
}

// floorCommand is the floor as a process of its own.
type floorCommand struct {
	File   string `required:""`
	Row    int    `required:""`
	Answer string
	Import string
}

// Run serves, or imports and ends.
func (c *floorCommand) Run(ctx context.Context) error {
	f := &bench.Floor{File: c.File, Row: c.Row}
	if c.Import != "" {
		return f.Import(c.Import)
	}
	var err error
	if f.Answer, err = os.ReadFile(c.Answer); err != nil {
		return err
	}
	return f.Serve(ctx, os.Stdout)
}

// timed runs a program to its end.
func timed(program string, args ...string) (took time.Duration, m bench.Measure, err error) {
	command := exec.Command(program, args...)
	var said strings.Builder
	command.Stdout, command.Stderr = &said, &said
	began := time.Now()
	if err := command.Run(); err != nil {
		return 0, m, fmt.Errorf("%s %s: %w: %s", program, args[0], err, said.String())
	}
	took = time.Since(began)
	m.CPU = float64((command.ProcessState.UserTime() + command.ProcessState.SystemTime()).Microseconds())
	m.Memory = float64(command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) * 1024 / 1e6
	return took, m, nil
}
