package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"edl/internal/mobile"
)

// serveCommand runs the platform until it is told to stop.
type serveCommand struct {
	place
	Listen      string    `help:"Address to listen on." default:"127.0.0.1:8080" placeholder:"ADDR"`
	PublicURL   string    `help:"How browsers reach the platform: the only source of origins, passkey domain and links (default: http://localhost:PORT)." placeholder:"URL"`
	TLSCert     string    `name:"tls-cert" help:"Certificate for HTTPS." type:"existingfile" placeholder:"FILE"`
	TLSKey      string    `name:"tls-key" help:"Its key." type:"existingfile" placeholder:"FILE"`
	SMSURL      string    `name:"sms-url" help:"The SMS gateway: messages are posted there as JSON." placeholder:"URL"`
	SMSToken    string    `name:"sms-token" help:"Bearer token of the SMS gateway." placeholder:"TOKEN"`
	MaxConns    int       `name:"max-connections" help:"How many connections are held at once; one that does nothing takes 20 KB, by TLS 35." default:"10000" placeholder:"N"`
	WalletBatch int       `help:"How many single-use licences in international form a wallet may ask for at once, 1 to 20." default:"20" placeholder:"N"`
	LogWasAhead time.Time `help:"Serve once although the audit log's newest checkpoint, of this time, is a day or more ahead of the clock: the clock was wrong then and is right now." placeholder:"TIME"`
	PushAny     bool      `name:"push-anywhere" hidden:"" help:"Let browsers name any host as their push service, for tests."`
	HookAllow   []string  `name:"webhook-allow" hidden:"" help:"Let receivers of a demonstration be at this address, by HTTP." placeholder:"IP:PORT"`
	Demo        bool      `help:"Serve an invented authority with 1,000 drivers."`
	DemoPub     bool      `name:"demo-public" help:"Allow a demonstration on an address other than loopback."`
	DemoClock   string    `help:"Move the demonstration's clock: a time (RFC 3339) or +DURATION." placeholder:"TIME"`

	DemoWeeks int `help:"Weeks of work that a demonstration has behind it when it is invented." default:"0" placeholder:"N"`

	webhooks []netip.AddrPort // HookAllow as check read it
}

// A stop first takes requests for leaveTime more, while /readyz says no and every
// answer closes its connection, so that clients go elsewhere; those that
// would send on a connection at the moment it is closed would be cut off. Then
// it waits for requests in flight, for drainTime at most.
const (
	leaveTime = 500 * time.Millisecond
	drainTime = 8 * time.Second
)

// Run serves until ctx ends, then drains.
func (c *serveCommand) Run(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	if !c.Demo { // which makes what it needs
		if err := c.mustBeThere(); err != nil {
			return err
		}
	}
	unlock, err := lockData(c.Data)
	if err != nil {
		return err
	}
	defer unlock()
	tcp, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("--listen %s: %w; is another server running there?", c.Listen, err)
	}
	listener := newConnections(tcp.(*net.TCPListener), c.MaxConns)
	defer listener.Close()
	if c.PublicURL == "" {
		c.PublicURL = c.defaultURL(listener.Addr().(*net.TCPAddr).Port)
	}
	p, err := c.build(ctx)
	if err != nil {
		return err
	}
	defer p.close()

	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	var jobs sync.WaitGroup
	p.startJobs(work, &jobs)
	defer jobs.Wait()
	defer stopWork()
	stopControl, err := startControl(work, c.Data, p.register)
	if err != nil {
		return err
	}
	defer stopControl()

	leaving := make(chan struct{})
	server := &http.Server{
		Handler:           untilLeaving(p.http.Handler(), leaving),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12},
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
		ConnState:         listener.state,
		BaseContext:       func(net.Listener) context.Context { return work },
	}
	// What the start took and the service will not need: a demonstration's
	// register was written, and its photos were cut about their faces.
	p.checker.Rest()
	if err := p.db.Shrink(work); err != nil {
		return err
	}
	runtime.GC() // a pool keeps what it holds for one collection more
	debug.FreeOSMemory()
	unmapProgram()
	jobs.Go(func() { paceCollector(work) })
	failed := make(chan error, 1)
	go func() { failed <- c.accept(server, listener) }()
	fmt.Printf("ready %s\n", c.PublicURL)
	slog.Info("serving", "url", c.PublicURL, "listen", listener.Addr().String(), "database", databaseKind(c.database()))
	if c.Demo {
		fmt.Fprint(os.Stderr, p.welcome())
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	slog.Info("stopping: no new requests, finishing those in flight")
	close(leaving)
	p.live.Close() // event streams would otherwise outlast every drain
	time.Sleep(leaveTime)
	drain, cancel := context.WithTimeout(work, drainTime)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		slog.Warn("some requests were cut off", "error", err)
	}
	return nil
}

// untilLeaving sends clients elsewhere once leaving is closed.
func untilLeaving(next http.Handler, leaving <-chan struct{}) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-leaving:
			w.Header().Set("Connection", "close")
			if r.URL.Path == "/readyz" {
				http.Error(w, "stopping", http.StatusServiceUnavailable)
				return
			}
		default:
		}
		next.ServeHTTP(w, r)
	})
}

func (c *serveCommand) accept(server *http.Server, listener net.Listener) error {
	var err error
	if c.TLSCert != "" {
		err = server.ServeTLS(listener, c.TLSCert, c.TLSKey)
	} else {
		err = server.Serve(listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// check refuses settings that cannot be meant, each in one sentence.
func (c *serveCommand) check() error {
	if err := c.place.check(); err != nil {
		return err
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key go together: give both, or neither")
	}
	if c.TLSCert != "" {
		if _, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey); err != nil {
			return fmt.Errorf("--tls-cert and --tls-key are no certificate with its key: %w", err)
		}
	}
	if c.MaxConns < 1 {
		return fmt.Errorf("--max-connections %d: write how many people the server is for at once, such as %d, or leave it out", c.MaxConns, mostConnections)
	}
	if c.WalletBatch < 0 || c.WalletBatch > mobile.MaxBatch {
		return fmt.Errorf("--wallet-batch %d: write a number from 1 to %d, or leave it out", c.WalletBatch, mobile.MaxBatch)
	}
	if len(c.HookAllow) > 0 && !c.Demo {
		return errors.New("--webhook-allow lets a demonstration call inside the network, by HTTP: leave it out")
	}
	for _, text := range c.HookAllow {
		to, err := netip.ParseAddrPort(text)
		if err != nil {
			return fmt.Errorf("--webhook-allow %q: write it as ADDRESS:PORT, such as 127.0.0.1:9000", text)
		}
		c.webhooks = append(c.webhooks, to)
	}
	if c.DemoClock != "" && !c.Demo {
		return errors.New("--demo-clock moves the clock of a demonstration only: add --demo, or leave it out")
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
			return fmt.Errorf("--public-url %q is no address of a site: write it like https://licence.example.cn", c.PublicURL)
		}
		c.PublicURL = u.Scheme + "://" + u.Host
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("--listen %q: write it as ADDRESS:PORT, such as 127.0.0.1:8080", c.Listen)
	}
	if ip := net.ParseIP(host); c.Demo && !c.DemoPub && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("a demonstration shows everybody's codes, so it listens on loopback only: use --listen 127.0.0.1:8080, or add --demo-public if you mean it")
	}
	return nil
}

func (c *serveCommand) defaultURL(port int) string {
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	return fmt.Sprintf("%s://localhost:%d", scheme, port)
}

// lockData keeps a second server off the same data: two writers would fork
// the audit log.
func lockData(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "edl.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, inUse(dir)
	}
	return func() { f.Close() }, nil
}

// inUse is the folder of data that another edl holds, as an error.
type inUse string

func (dir inUse) Error() string {
	return fmt.Sprintf("another edl is using %s: stop it first, or choose another --data", string(dir))
}

func databaseKind(url string) string {
	if strings.HasPrefix(url, "postgres") {
		return "postgresql"
	}
	return "sqlite"
}
