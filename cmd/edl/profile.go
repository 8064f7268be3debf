package main

import (
	"net/http"
	"net/http/pprof"
)

// profiling tells whoever may give orders where the server's time and memory
// go, in the form that "go tool pprof" reads: GET /profile/cpu?seconds=5, or
// /profile/heap, /profile/goroutine, /profile/allocs.
func profiling(mux *http.ServeMux, guard func(http.HandlerFunc) http.HandlerFunc) {
	mux.HandleFunc("GET /profile/cpu", guard(pprof.Profile))
	mux.HandleFunc("GET /profile/{name}", guard(func(w http.ResponseWriter, r *http.Request) {
		pprof.Handler(r.PathValue("name")).ServeHTTP(w, r)
	}))
}
