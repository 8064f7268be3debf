package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"edl/internal/demo"
)

// The tests of this file's kind run the program as it is delivered: built once,
// without the race detector, started as a process.

// builds is where the program is built; TestMain removes it.
var builds = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "edl-build-") })

var buildOnce = sync.OnceValues(func() (string, error) {
	dir, err := builds()
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "edl")
	if out, err := exec.Command("go", "build", "-o", file, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building edl: %w\n%s", err, out)
	}
	return file, nil
})

// program returns the built program.
func program(t testing.TB) string {
	t.Helper()
	file, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// A process is the program, running as a server.
type process struct {
	t    testing.TB
	cmd  *exec.Cmd
	url  string
	out  chan string // stdout after the first line, when it has ended
	said *spoken     // stderr
	once sync.Once
	err  error // of the end
}

// spoken collects what a process says while a test reads it.
type spoken struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (s *spoken) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *spoken) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// serve starts a server in a folder and waits for "ready URL"; it is killed
// when the test ends.
func serve(t testing.TB, at place, more ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(program(t), append(at.flags("serve", "--listen", "127.0.0.1:0"), more...)...), out: make(chan string, 1), said: &spoken{}}
	p.cmd.Stderr = p.said
	p.cmd.Env = append(os.Environ(), "LANG=C")
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.kill() })
	lines := bufio.NewReader(stdout)
	line, err := lines.ReadString('\n')
	url, ok := strings.CutPrefix(line, "ready ")
	if err != nil || !ok {
		p.kill()
		t.Fatalf("edl serve said %q: %s", line, p.said)
	}
	go func() {
		rest, _ := io.ReadAll(lines)
		p.out <- string(rest)
	}()
	p.url = strings.TrimSpace(url)
	return p
}

func (at place) flags(command string, more ...string) []string {
	args := []string{command, "--data", at.Data}
	if at.Keys != "" {
		args = append(args, "--keys", at.Keys)
	}
	if at.DB != "" {
		args = append(args, "--db", at.DB)
	}
	return append(args, more...)
}

// wait returns how the process ended.
func (p *process) wait() error {
	p.once.Do(func() { p.err = p.cmd.Wait() })
	return p.err
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	p.cmd.Process.Kill()
	p.wait()
}

// stop ends the process in order.
func (p *process) stop() {
	p.t.Helper()
	p.cmd.Process.Signal(syscall.SIGTERM)
	if err := p.wait(); err != nil {
		p.t.Errorf("edl serve ended with %v: %s", err, p.said)
	}
}

// edl runs a command to its end and returns what it said and its exit code.
func edl(t testing.TB, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	file := program(t) // whose building is not the command's time
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, file, args...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.Env = &out, &said, append(os.Environ(), "LANG=C")
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), said.String(), cmd.ProcessState.ExitCode()
}

// must runs a command that succeeds.
func must(t testing.TB, args ...string) string {
	t.Helper()
	out, said, code := edl(t, args...)
	if code != 0 {
		t.Fatalf("edl %s: exit %d: %s", strings.Join(args, " "), code, said)
	}
	return out
}

// invented is a demonstration that was started once; tests copy it.
var invented = sync.OnceValues(func() (at place, err error) {
	dir, err := builds()
	if err != nil {
		return at, err
	}
	file, err := buildOnce()
	if err != nil {
		return at, err
	}
	at = place{Data: filepath.Join(dir, "demo")}
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, file, "serve", "--demo", "--data", at.Data, "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return at, err
	}
	if err := cmd.Start(); err != nil {
		return at, err
	}
	_, err = bufio.NewReader(out).ReadString('\n')
	cmd.Process.Signal(syscall.SIGTERM)
	return at, errors.Join(err, cmd.Wait())
})

// demonstrate starts a demonstration of the test's own.
func demonstrate(t testing.TB, more ...string) (*process, *demo.File) {
	t.Helper()
	at := demonstrated(t)
	p := serve(t, at, append([]string{"--demo"}, more...)...)
	file, err := demo.Load(at.Data)
	if err != nil {
		t.Fatal(err)
	}
	return p, file
}

// demonstrated returns the folder of a demonstration that was invented already.
func demonstrated(t testing.TB) place {
	t.Helper()
	from, err := invented()
	if err != nil {
		t.Fatal(err)
	}
	at := place{Data: filepath.Join(t.TempDir(), "demo")}
	for to, from := range map[string]string{at.Data: from.Data, at.keysDir(): from.keysDir()} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	return at
}

// A browser calls the API as one person's browser does.
type browser struct {
	t      testing.TB
	url    string
	cookie string // "edl_driver=…"
}

// send sends a request and returns status, header and body.
func (b *browser) send(method, path, contentType string, body io.Reader, header ...string) (*http.Response, []byte, error) {
	r, err := http.NewRequest(method, b.url+path, body)
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if b.cookie != "" {
		r.Header.Set("Cookie", b.cookie)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer, text, err
}

// call sends JSON and reads the answer into out; another status fails the test.
func (b *browser) call(want int, method, path string, in, out any, header ...string) {
	b.t.Helper()
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			b.t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	answer, text, err := b.send(method, path, "application/json", body, header...)
	if err != nil {
		b.t.Fatal(err)
	}
	if answer.StatusCode != want {
		b.t.Fatalf("%s %s: %d, want %d: %s", method, path, answer.StatusCode, want, text)
	}
	for _, c := range answer.Cookies() {
		b.cookie = c.Name + "=" + c.Value
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			b.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
}
