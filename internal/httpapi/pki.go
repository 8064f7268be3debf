package httpapi

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"edl/internal/fault"
	"edl/internal/keys"
)

// What the authority's certificates point to is served to anybody, without a
// session: readers of every kind fetch it. Certificates name these addresses.

// listAge is how long a cache may keep a revocation list or the trust list:
// a revocation reaches a reader behind one within it.
const listAge = "public, max-age=60"

var errNoList = fault.New(fault.NotFound, "pki.none", "这里没有这样的吊销列表或信任列表。", "There is no such revocation list or trust list.")

func (s *Server) pkiRoutes() {
	s.mux.HandleFunc("GET /pki/{$}", s.withPKI(serveTrustList))
	s.mux.HandleFunc("GET /pki/trust.pem", s.withPKI(serveTrustPEM))
	s.mux.HandleFunc("GET /pki/{file}", s.withPKI(serveRevocations))
}

// withPKI opens the certificates, or answers why there are none.
func (s *Server) withPKI(next func(http.ResponseWriter, *http.Request, *keys.PKI) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := error(errNoList)
		var p *keys.PKI
		if s.PKI != nil {
			if p, err = s.PKI(); errors.Is(err, keys.ErrNoPKI) {
				err = errNoList
			}
		}
		if err == nil {
			anybody(w, listAge)
			err = next(w, r, p)
		}
		if err != nil {
			if fault.Of(err) == nil {
				slog.Error("serving the certificates", "error", err)
			}
			w.Header().Set("Cache-Control", "no-store")
			writeProblem(w, problemOf(err, s.caller(r, Public).English))
		}
	}
}

// anybody marks an answer that holds nothing of anyone: any site may read it,
// and caches may keep it.
func anybody(w http.ResponseWriter, age string) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cache-Control", age)
}

// trustedRoot is one root of the trust list.
type trustedRoot struct {
	Role        keys.Role `json:"role"`
	ID          string    `json:"id"`
	State       string    `json:"state"`
	NotAfter    time.Time `json:"not_after"`
	Revocations string    `json:"revocations"` // where its revocation list is
	Certificate string    `json:"certificate"` // PEM
}

func serveTrustList(w http.ResponseWriter, _ *http.Request, p *keys.PKI) error {
	roots := []trustedRoot{}
	for _, c := range p.Roots() {
		roots = append(roots, trustedRoot{c.Role, c.ID, c.State(), c.GM().NotAfter.UTC(), p.About.ListURL(c.ID), string(pemOf(c.DER))})
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]any{"authority": p.About.Name, "roots": roots})
}

func serveTrustPEM(w http.ResponseWriter, _ *http.Request, p *keys.PKI) error {
	w.Header().Set("Content-Type", "application/x-pem-file")
	for _, c := range p.Roots() {
		if _, err := w.Write(pemOf(c.DER)); err != nil {
			return nil // the reader went away
		}
	}
	return nil
}

func pemOf(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func serveRevocations(w http.ResponseWriter, r *http.Request, p *keys.PKI) error {
	id, ok := strings.CutSuffix(r.PathValue("file"), ".crl")
	list := p.Lists[id]
	if !ok || list == nil {
		return errNoList
	}
	w.Header().Set("Content-Type", "application/pkix-crl")
	_, _ = w.Write(list.DER)
	return nil
}
