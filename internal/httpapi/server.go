// Package httpapi is the platform's face to browsers and to other systems: its
// operations, who may call them, and how refusals look.
//
// A file holds one resource. A handler decodes, calls one workflow and
// encodes; who may call it stands where the operation is declared and is
// checked before the handler runs. The package knows no database: workflows
// reach storage as the transaction they declare.
package httpapi

import (
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"edl/internal/account"
	"edl/internal/admission"
	"edl/internal/audit"
	"edl/internal/authority"
	"edl/internal/consent"
	"edl/internal/courier"
	"edl/internal/demo"
	"edl/internal/detention"
	"edl/internal/feedback"
	"edl/internal/follow"
	"edl/internal/issuance"
	"edl/internal/keys"
	"edl/internal/lang"
	"edl/internal/live"
	"edl/internal/mobile"
	"edl/internal/notification"
	"edl/internal/offline"
	"edl/internal/peer"
	"edl/internal/photo"
	"edl/internal/presentation"
	"edl/internal/register"
	"edl/internal/relyingparty"
	"edl/internal/stats"
	"edl/internal/verification"
	"edl/internal/window"
)

// Server answers HTTP requests. Its fields must be set before Handler.
type Server struct {
	PublicURL  string // the only source of origins, RP ID and links; no slash at its end
	Version    string
	Demo       bool
	DemoFile   *demo.File             // demonstrations only
	MoveClock  func(by time.Duration) // demonstrations only
	DemoOutbox *courier.Files         // demonstrations only
	Now        func() time.Time
	Pages      fs.FS // the built pages; may be empty
	Ready      func(*http.Request) error
	FeedToken  func(token string) bool   // nil: no feed
	PKI        func() (*keys.PKI, error) // the authority's certificates; nil: none

	Decode func(ctx context.Context, picture []byte) (*photo.Picture, error) // reads uploads within a budget of memory

	Rates       map[string]account.Rate // the limits in force, for the settings page
	PhotoModels bool                    // the models of the photo check are there

	Sessions     *account.Sessions
	Drivers      *account.Drivers
	Staff        *account.Staff
	PartyAdmins  *account.Staff // the administrators of relying parties
	Passkeys     *account.Passkeys
	Authority    *authority.Service
	Register     *register.Service
	Issuance     *issuance.Service
	Window       *window.Service
	Parties      *relyingparty.Service
	Admissions   *admission.Service
	Checks       *verification.Service
	Consents     *consent.Service
	Follow       *follow.Service
	Bulk         *verification.Bulk
	Watches      *verification.Watches
	Delays       *verification.Delays
	Detentions   *detention.Service
	Presentation *presentation.Service
	Offline      *offline.Service
	Peers        *peer.Service
	Mobile       *mobile.Service
	Feedback     *feedback.Service
	Inbox        *notification.Inbox
	Live         *live.Hub
	AuditLog     *audit.Reader
	Stats        *stats.Service

	AuditSentences map[audit.Action]lang.Text // every deed in words
	PushKey        []byte                     // that signs push notices; nil: none are sent

	api        huma.API
	mux        *http.ServeMux
	operations []op
}

// Handler registers every operation and returns the whole site.
func (s *Server) Handler() http.Handler {
	s.register()
	return paced(s.guard(s.mux))
}

// OpenAPI returns the description of the API as JSON, as committed in
// docs/openapi.json and served at /openapi.json.
func (s *Server) OpenAPI() ([]byte, error) {
	if s.api == nil {
		s.register()
	}
	return json.MarshalIndent(s.api.OpenAPI(), "", "  ")
}

func (s *Server) register() {
	overrideErrors()
	s.mux = http.NewServeMux()
	config := huma.DefaultConfig("edl", s.Version)
	config.Info.Description = "The electronic driving licence platform. Every refusal is an RFC 9457 problem with a stable code."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil // no $schema member in answers
	s.api = humago.New(s.mux, config)
	s.routes()
	s.pkiRoutes()
	s.mux.HandleFunc("GET /openapi.json", once("application/json", s.OpenAPI))
	s.mux.HandleFunc("GET /docs/{$}", readerHeaders(once("text/html; charset=utf-8", s.reader)))
	s.mux.HandleFunc("GET /docs/reader.css", readerHeaders(once("text/css", func() ([]byte, error) { return []byte(readerCSS), nil })))
	s.mux.HandleFunc("GET /healthz", s.health)
	s.mux.HandleFunc("GET /readyz", s.ready)
	s.mux.HandleFunc("/api/", s.noOperation)
	s.mux.Handle("/", s.pages())
}

// guard is what every request passes, whatever it asks for.
func (s *Server) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	if err := cross.AddTrustedOrigin(origin(s.PublicURL)); err != nil {
		slog.Error("the public URL is no origin", "error", err)
	}
	strict := s.strict()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if strict && r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if err := cross.Check(r); err != nil || anonymousWrite(r) {
			writeProblem(w, problemOf(errOrigin, s.caller(r, Public).English))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// strict reports whether browsers may be told, for a year, to come to this host
// by HTTPS alone. It holds for all ports of the host, so not where this site has
// one beside the usual: others may serve there by HTTP. A demonstration ends
// sooner, and localhost is every developer's.
func (s *Server) strict() bool {
	u, err := url.Parse(s.PublicURL)
	return err == nil && u.Scheme == "https" && u.Port() == "" && !s.Demo &&
		net.ParseIP(u.Hostname()) == nil && u.Hostname() != "localhost" && !strings.HasSuffix(u.Hostname(), ".localhost")
}

// anonymousWrite reports a request that changes something, bears a cookie and
// says nothing of where it comes from: no browser in use sends one.
func anonymousWrite(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	return r.Header.Get("Cookie") != "" && r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == ""
}

// origin returns scheme and host of a URL.
func origin(public string) string {
	u, err := url.Parse(public)
	if err != nil {
		return public
	}
	return u.Scheme + "://" + u.Host
}

// Origin is what device proofs are bound to.
func (s *Server) Origin() string { return origin(s.PublicURL) }

// address is the caller's network address without the port.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}

// once serves what is made at the first request and is the same for everybody:
// strangers are not to have large answers made for each of them.
func once(kind string, make func() ([]byte, error)) http.HandlerFunc {
	made := sync.OnceValues(make)
	return func(w http.ResponseWriter, r *http.Request) {
		text, err := made()
		if err != nil {
			writeProblem(w, problemOf(err, false))
			return
		}
		w.Header().Set("Content-Type", kind)
		w.Write(text)
	}
}

func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte("ok\n"))
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if s.Ready != nil {
		if err := s.Ready(r); err != nil {
			slog.ErrorContext(r.Context(), "not ready", "error", err)
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
	}
	s.health(w, r)
}
