package httpapi

import (
	"net/http"
	"strings"
)

// methods are what an operation may be asked by.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// noOperation answers what no operation does: there is none at the path, or
// none by the method. The mux cannot tell the two apart, as its pattern for
// all of /api/ takes both.
func (s *Server) noOperation(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range methods {
		asked := r.WithContext(r.Context())
		asked.Method = method
		if _, pattern := s.mux.Handler(asked); strings.Contains(pattern, " ") { // it names a method
			allowed = append(allowed, method)
		}
	}
	if len(allowed) > 0 {
		s.wrongMethod(w, r, allowed)
		return
	}
	writeProblem(w, problemOf(errNoRoute, s.caller(r, Public).English))
}

// wrongMethod refuses a method where others are allowed (RFC 9110 §15.5.6).
func (s *Server) wrongMethod(w http.ResponseWriter, r *http.Request, allowed []string) {
	p := problemOf(errMethod, s.caller(r, Public).English)
	p.Status = http.StatusMethodNotAllowed
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	writeProblem(w, p)
}
