package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"edl/internal/account"
)

// op declares an operation: its stable identifier, where it lies, who may call
// it and what it does.
type op struct {
	id      string // operationId, never changes once released
	method  string
	path    string
	access  Access
	summary string
	status  int   // of success; 0 is 200, or 204 where the output has no body
	maxBody int64 // bytes; 0 is 1 MB

	// before refuses a request before its body is read: of a stranger's large
	// one nothing is to be kept in memory. nil refuses none.
	before func(r *http.Request, c *Caller) error
}

// The methods, short so that a declaration fits a line.
const (
	get  = http.MethodGet
	post = http.MethodPost
	put  = http.MethodPut
	del  = http.MethodDelete
)

const defaultBody = 1 << 20

// none is the input or output of an operation that has none.
type none struct{}

// output is a JSON answer.
type output[T any] struct{ Body T }

// octets is an answer of bytes, with the headers that are not empty.
type octets struct {
	Status       int
	ContentType  string `header:"Content-Type"`
	Disposition  string `header:"Content-Disposition"` // for what browsers save as a file
	CacheControl string `header:"Cache-Control"`
	AllowOrigin  string `header:"Access-Control-Allow-Origin"` // "*" for what readers of any origin fetch
	Body         []byte
}

// answer wraps the result of a workflow as an output.
func answer[T any](v T, err error) (*output[T], error) {
	if err != nil {
		return nil, err
	}
	return &output[T]{v}, nil
}

// done is the answer to a deed that returns nothing.
func done(err error) (*none, error) { return &none{}, err }

// input is a JSON request.
type input[T any] struct{ Body T }

// byID is the input of an operation on one thing.
type byID struct {
	ID string `path:"id" maxLength:"64"`
}

// withID is a JSON request about one thing.
type withID[T any] struct {
	ID   string `path:"id" maxLength:"64"`
	Body T
}

// handle registers an operation. The handler gets a caller that satisfies the
// declared access; an error it returns becomes a problem, and is logged here
// when it is the server's own.
func handle[I, O any](s *Server, o op, h func(ctx context.Context, c *Caller, in *I) (*O, error)) {
	limit := o.maxBody
	if limit == 0 {
		limit = defaultBody
	}
	operation := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Summary: o.summary, DefaultStatus: o.status,
		MaxBodyBytes: limit,
		Tags:         []string{strings.Split(strings.TrimPrefix(o.path, "/api/"), "/")[0]},
		Extensions:   map[string]any{"x-access": o.access.String()},
		Middlewares:  huma.Middlewares{s.admit(o, limit)},
	}
	s.operations = append(s.operations, o)
	huma.Register(s.api, operation, func(ctx context.Context, in *I) (*O, error) {
		c := callerOf(ctx)
		out, err := h(ctx, c, in)
		if err == nil {
			return out, nil
		}
		p := problemOf(err, c.English)
		if p.Status >= 500 {
			slog.ErrorContext(ctx, "operation failed", "operation", o.id, "trace", p.Trace, "error", err)
		}
		return nil, p
	})
}

// admit finds the caller's session and refuses who lacks the access. maxBody
// bounds what is read of a request that is signed, in bytes.
func (s *Server) admit(o op, maxBody int64) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		c := s.caller(r, o.access)
		var err error
		if o.access.name == Machine.name {
			err = s.identifyMachine(r, c, maxBody)
		} else {
			err = s.identify(r, c)
		}
		if err == nil && o.before != nil {
			err = o.before(r, c)
		}
		if err != nil {
			writeProblem(w, problemOf(err, c.English))
			return
		}
		next(huma.WithValue(ctx, callerKey{}, c))
	}
}

// caller reads what every request says of itself.
func (s *Server) caller(r *http.Request, a Access) *Caller {
	return &Caller{
		access: a, Address: address(r), Agent: r.UserAgent(),
		English: strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en"),
	}
}

// identify proves the caller as far as the access asks.
func (s *Server) identify(r *http.Request, c *Caller) error {
	if c.access.name == FeedToken.name {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok || s.FeedToken == nil || !s.FeedToken(token) {
			return account.ErrSignedOut
		}
		c.Token = token
		return nil
	}
	population := c.access.population()
	if population == "" {
		return nil
	}
	cookie, err := r.Cookie(cookieName(population))
	if err != nil {
		return account.ErrSignedOut
	}
	if c.Session, err = s.Sessions.Find(r.Context(), population, cookie.Value); err != nil {
		return err
	}
	return c.access.permits(c.Session)
}
