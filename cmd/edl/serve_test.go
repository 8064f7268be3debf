package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestStdoutIsOneLineWithTheRealPort(t *testing.T) {
	p, file := demonstrate(t)
	if !regexp.MustCompile(`^http://localhost:[1-9][0-9]+$`).MatchString(p.url) {
		t.Errorf("ready %s", p.url)
	}
	if file.BaseURL != p.url {
		t.Errorf("demo.json says %s", file.BaseURL)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		answer, err := http.Get(p.url + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
	p.stop()
	if rest := <-p.out; rest != "" {
		t.Errorf("stdout went on: %q", rest)
	}
	if !strings.Contains(p.said.String(), "msg=serving") {
		t.Errorf("the log is not on stderr: %s", p.said)
	}
}

// resident is the memory that a process takes, in bytes.
func resident(t *testing.T, pid int) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("resident memory is not measured here: there is no /proc")
	}
	var kb int64
	_, after, _ := bytes.Cut(text, []byte("VmRSS:"))
	if _, err := fmt.Sscan(string(after), &kb); err != nil {
		t.Fatal(err)
	}
	return kb << 10
}

// mostIdle is what a server may take that nobody uses.
const mostIdle = 80 << 20

func TestAnIdleDemonstrationTakesLessThan80MB(t *testing.T) {
	at := place{Data: filepath.Join(t.TempDir(), "demo")}
	first := serve(t, at, "--demo")
	if got := resident(t, first.cmd.Process.Pid); got > mostIdle {
		t.Errorf("%d MB after the demonstration was invented", got>>20)
	}
	first.stop()
	// This machine may be busy with other tests: the best of three counts.
	quickest := time.Hour
	for range 3 {
		began := time.Now()
		again := serve(t, at, "--demo")
		quickest = min(quickest, time.Since(began))
		if got := resident(t, again.cmd.Process.Pid); got > mostIdle {
			t.Errorf("%d MB after a second start", got>>20)
		}
		again.stop()
	}
	t.Logf("a second start is ready after %v", quickest)
	if quickest > time.Second {
		t.Errorf("a second start took %v", quickest)
	}
}

func TestF17AStopFinishesWhatIsInFlight(t *testing.T) {
	p, file := demonstrate(t)
	stopping := make(chan struct{})
	var served, dropped atomic.Int64
	var clients sync.WaitGroup
	for i := range 16 {
		clients.Go(func() {
			b := &browser{t: t, url: p.url}
			for n := 0; ; n++ {
				body := fmt.Sprintf(`{"phone":"1990000%04d"}`, i*50+n%50)
				answer, _, err := b.send(http.MethodPost, "/api/driver/sms", "application/json", strings.NewReader(body))
				switch {
				case err == nil && answer.StatusCode == http.StatusAccepted:
					served.Add(1)
				case err == nil:
					t.Errorf("%d", answer.StatusCode)
				case refused(err) && over(stopping): // a new connection after the stop
					return
				default:
					dropped.Add(1)
					t.Logf("cut off: %v", err)
				}
				if over(stopping) {
					return
				}
				time.Sleep(8 * time.Millisecond) // together below the rate that a demonstration allows
			}
		})
	}
	slow := startSlowUpload(t, p.url, file.Feed.Token)
	time.Sleep(time.Second)
	close(stopping)
	began := time.Now()
	p.cmd.Process.Signal(syscall.SIGTERM)
	if status := slow.finish(t); status != http.StatusOK {
		t.Errorf("the delivery that was under way: %d", status)
	}
	if err := p.wait(); err != nil {
		t.Errorf("exit: %v", err)
	}
	clients.Wait()
	t.Logf("%d served, stopped in %v", served.Load(), time.Since(began).Round(time.Millisecond))
	if dropped.Load() > 0 || served.Load() == 0 {
		t.Errorf("%d of %d requests were dropped", dropped.Load(), served.Load())
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the stop took %v", took)
	}
}

func over(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func refused(err error) bool {
	return strings.Contains(err.Error(), "connection refused")
}

// A slowUpload is a delivery of the feed that is half sent.
type slowUpload struct {
	conn net.Conn
	rest string
}

func startSlowUpload(t *testing.T, url, token string) *slowUpload {
	t.Helper()
	address := strings.TrimPrefix(url, "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	body := "{}\n{}\n"
	fmt.Fprintf(conn, "POST /api/feed/licences?run=slow HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n%s",
		address, token, len(body), body[:3])
	return &slowUpload{conn, body[3:]}
}

// finish sends the rest half a second later and returns the status.
func (s *slowUpload) finish(t *testing.T) int {
	t.Helper()
	time.Sleep(500 * time.Millisecond)
	if _, err := io.WriteString(s.conn, s.rest); err != nil {
		t.Fatal(err)
	}
	s.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	var version string
	var status int
	if _, err := fmt.Fscan(s.conn, &version, &status); err != nil {
		t.Fatal(err)
	}
	return status
}

func TestF18ASecondServerOnTheSameDataIsRefused(t *testing.T) {
	at := demonstrated(t)
	serve(t, at, "--demo")
	_, said, code := edl(t, at.flags("serve", "--demo", "--listen", "127.0.0.1:0")...)
	want := "edl: another edl is using " + at.Data + ": stop it first, or choose another --data\n"
	if code != 1 || said != want {
		t.Errorf("exit %d: %s", code, said)
	}
}

func TestAWrongSettingIsOneSentenceThatNamesItAndTheRemedy(t *testing.T) {
	dir := t.TempDir()
	fresh := filepath.Join(dir, "fresh")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("not a certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	authority := setUp(t, place{Data: filepath.Join(dir, "authority")})
	demonstration := demonstrated(t)
	noKeys := demonstrated(t)
	if err := os.RemoveAll(noKeys.keysDir()); err != nil {
		t.Fatal(err)
	}
	noIssuer, damaged := demonstrated(t), demonstrated(t)
	if err := os.Remove(filepath.Join(noIssuer.keysDir(), "issuer.pem")); err != nil {
		t.Fatal(err)
	}
	os.Remove(damaged.database() + "-wal") // which could hold all of it
	if err := os.WriteFile(damaged.database(), bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		says []string
	}{
		{"no such flag", []string{"serve", "--prot", "1"}, []string{"--prot", "edl --help"}},
		{"no such command", []string{"server"}, []string{"server", "edl --help"}},
		{"an address without a port", []string{"serve", "--data", fresh, "--listen", "127.0.0.1"}, []string{"--listen", "127.0.0.1:8080"}},
		{"an address that is taken", demonstration.flags("serve", "--demo", "--listen", taken.Addr().String()), []string{"--listen", "is another server running there?"}},
		{"a demonstration for everybody", []string{"serve", "--data", fresh, "--demo", "--listen", "0.0.0.0:0"}, []string{"--demo-public", "--listen"}},
		{"a public URL without a scheme", []string{"serve", "--data", fresh, "--public-url", "licence.example.cn"}, []string{"--public-url", "https://licence.example.cn"}},
		{"a public URL with a path", []string{"serve", "--data", fresh, "--public-url", "https://example.cn/edl"}, []string{"--public-url", "https://licence.example.cn"}},
		{"a certificate without its key", []string{"serve", "--data", fresh, "--tls-cert", file}, []string{"--tls-cert", "--tls-key", "both"}},
		{"a certificate that is not there", []string{"serve", "--data", fresh, "--tls-cert", filepath.Join(dir, "none")}, []string{"--tls-cert"}},
		{"a file that is no certificate", demonstration.flags("serve", "--demo", "--listen", "127.0.0.1:0", "--tls-cert", file, "--tls-key", file), []string{"--tls-cert", "PEM"}},
		{"a batch of more than wallets may ask for", []string{"serve", "--data", fresh, "--wallet-batch", "21"}, []string{"--wallet-batch", "from 1 to 20"}},
		{"no connections", []string{"serve", "--data", fresh, "--max-connections", "0"}, []string{"--max-connections", "such as 10000"}},
		{"a clock without a demonstration", []string{"serve", "--data", fresh, "--demo-clock", "+1h"}, []string{"--demo-clock", "--demo"}},
		{"a clock that cannot be read", demonstration.flags("serve", "--demo", "--listen", "127.0.0.1:0", "--demo-clock", "noon"), []string{"--demo-clock", "+48h"}},
		{"calls inside the network without a demonstration", []string{"serve", "--data", fresh, "--webhook-allow", "127.0.0.1:9000"}, []string{"--webhook-allow", "leave it out"}},
		{"an address to call that is none", demonstration.flags("serve", "--demo", "--listen", "127.0.0.1:0", "--webhook-allow", "localhost:9000"), []string{"--webhook-allow", "127.0.0.1:9000"}},
		{"keys inside the data", []string{"serve", "--data", fresh, "--keys", filepath.Join(fresh, "keys")}, []string{"--keys", "choose another folder"}},
		{"nothing set up", []string{"serve", "--data", fresh, "--listen", "127.0.0.1:0"}, []string{"edl setup"}},
		{"keys that are gone", noKeys.flags("serve", "--demo", "--listen", "127.0.0.1:0"), []string{"--keys"}},
		{"data of a real authority for a demonstration", authority.flags("serve", "--demo", "--listen", "127.0.0.1:0"), []string{"--demo", "--data"}},
		{"a demonstration's data for an authority", demonstration.flags("serve", "--listen", "127.0.0.1:0"), []string{"--demo", "--data"}},
		{"a data folder that is a file", []string{"serve", "--data", file, "--listen", "127.0.0.1:0"}, []string{"--data"}},
		{"a database that does not answer", authority.flags("serve", "--listen", "127.0.0.1:0", "--db", "postgres://edl@127.0.0.1:1/edl"), []string{"--db", "is the address right"}},
		{"a set-up without its name", []string{"setup", "--data", fresh, "--code", "示B"}, []string{"--name", "at a terminal"}},
		{"an import into a folder that is a file", []string{"import", "--data", file, file}, []string{"--data"}},
		{"an import where nothing was set up", []string{"import", "--data", filepath.Join(dir, "elsewhere"), file}, []string{"is --data the right folder?", "edl setup"}},
		{"a key that is gone", noIssuer.flags("serve", "--demo", "--listen", "127.0.0.1:0"), []string{"issuer.pem", "restore the folder from its own backup"}},
		{"a database that is damaged", damaged.flags("serve", "--demo", "--listen", "127.0.0.1:0"), []string{"--db", "the file is damaged", "edl restore"}},
		{"an office half written", append(setUpFlags(place{Data: fresh}), "--office", "1|窗口"), []string{"--office", "CODE|"}},
		{"a backup over a file", authority.flags("backup", file), []string{file, "another name"}},
		{"a restore without keys", []string{"restore", "--data", fresh, file}, []string{"put the keys back first"}},
		{"keys of another database", place{Data: authority.Data, Keys: demonstration.keysDir()}.flags("serve", "--listen", "127.0.0.1:0"), []string{"--keys", "its own"}},
		{"a restore of something else", authority.flags("restore", file), []string{"nothing was restored", "another copy"}},
		{"nothing to measure", []string{"bench", "speed"}, []string{"speed", "import, issue, check"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, said, code := edl(t, c.args...)
			var sentences []string
			for line := range strings.Lines(said) {
				if !strings.HasPrefix(line, "time=") { // the log
					sentences = append(sentences, line)
				}
			}
			if out != "" || code == 0 || len(sentences) != 1 {
				t.Fatalf("exit %d, stdout %q, stderr:\n%s", code, out, said)
			}
			for _, want := range c.says {
				if !strings.Contains(sentences[0], want) {
					t.Errorf("%q is missing in: %s", want, sentences[0])
				}
			}
			if strings.Contains(said, "goroutine") || strings.Contains(said, "panic") {
				t.Error(said)
			}
			t.Log(sentences[0])
		})
	}
}

// setUpFlags is the command line that sets an authority up.
func setUpFlags(at place) []string {
	return at.flags("setup", "--name", "示例市公安局交通管理支队", "--name-en", "Example City Traffic Police", "--code", "示B", "--phone", "0000-12345678",
		"--jurisdiction", "CN-11", "--office", "0001|示例窗口|Example office|示例路1号|1 Example Road|0000-12345678")
}

// setUp makes an authority.
func setUp(t testing.TB, at place) place {
	t.Helper()
	must(t, setUpFlags(at)...)
	return at
}
