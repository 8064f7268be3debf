package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"edl/internal/keys"
	"edl/internal/register"
	"edl/internal/uid"
)

// A running server takes orders from edl on the same machine, so that no
// second program writes to its data and phones hear of a change at once. It
// listens on a loopback port of its own and leaves the address and a secret
// in a file that only the owner of the data can read.

// controlAddress is the content of that file.
type controlAddress struct {
	Address string `json:"address"`
	Token   string `json:"token"`
}

func controlFile(data string) string { return filepath.Join(data, "control.json") }

// startControl listens for orders until ctx ends; stop waits for those that run.
func startControl(ctx context.Context, data string, s *register.Service) (stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for edl import: %w", err)
	}
	at := controlAddress{listener.Addr().String(), uid.Secret()}
	text, err := json.Marshal(at)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(controlFile(data), text, 0o600); err != nil {
		listener.Close()
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /import", at.guard(func(w http.ResponseWriter, r *http.Request) { takeImport(w, r, s) }))
	profiling(mux, at.guard)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	var running sync.WaitGroup
	running.Go(func() { server.Serve(listener) })
	return func() {
		os.Remove(controlFile(data))
		server.Close()
		running.Wait()
	}, nil
}

// guard lets in who knows the secret.
func (a controlAddress) guard(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !keys.SameToken(r.Header.Get("Authorization"), "Bearer "+a.Token) {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

// controlEvent is one line of the answer to an order: progress, and at last
// the outcome.
type controlEvent struct {
	Done    int            `json:"done,omitempty"`
	Total   int            `json:"total,omitempty"`
	Outcome *importOutcome `json:"outcome,omitempty"`
}

// takeImport carries out an order and tells how far it is.
func takeImport(w http.ResponseWriter, r *http.Request, s *register.Service) {
	var o importOrder
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&o); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	lines := json.NewEncoder(w)
	tell := func(e controlEvent) {
		lines.Encode(e) // who went away ends the request's context
		http.NewResponseController(w).Flush()
	}
	outcome := o.run(r.Context(), s, func(done, total int) { tell(controlEvent{Done: done, Total: total}) })
	tell(controlEvent{Outcome: outcome})
}

// errNoControl says what to do where the data is held by something that takes
// no orders.
var errNoControl = errors.New("another edl is using this data and takes no orders: wait until it has ended, or stop it, and import again")

// orderImport has the running server carry out an order.
func orderImport(ctx context.Context, data string, o importOrder, progress func(done, total int)) (*importOutcome, error) {
	text, err := os.ReadFile(controlFile(data))
	var at controlAddress
	if err != nil || json.Unmarshal(text, &at) != nil {
		return nil, errNoControl
	}
	body, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+at.Address+"/import", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+at.Token)
	response, err := (&http.Client{Transport: &http.Transport{}}).Do(request) // no proxy of the environment
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, errNoControl // what it left behind is of a server that was killed
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, errNoControl
	}
	return followImport(response.Body, progress)
}

func followImport(r io.Reader, progress func(done, total int)) (*importOutcome, error) {
	for events := json.NewDecoder(bufio.NewReader(r)); ; {
		var e controlEvent
		if err := events.Decode(&e); err != nil {
			return nil, fmt.Errorf("the server ended before the import did; what was applied stays, import again to finish: %w", err)
		}
		if e.Outcome != nil {
			return e.Outcome, nil
		}
		progress(e.Done, e.Total)
	}
}
