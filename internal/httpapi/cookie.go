package httpapi

import (
	"net/http"
	"strings"

	"edl/internal/account"
)

func cookieName(p account.Population) string { return "edl_" + string(p) }

// sessionCookie is the Set-Cookie header of a new session: it goes to the API
// of its own population and nowhere else, and no script can read it.
func (s *Server) sessionCookie(p account.Population, token string) http.Cookie {
	limit := account.LimitOf(&account.Session{Population: p, Level: account.DriverLevel})
	return http.Cookie{
		Name: cookieName(p), Value: token, Path: "/api/" + string(p),
		MaxAge: int(limit.Absolute.Seconds()), HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: strings.HasPrefix(s.PublicURL, "https://"),
	}
}

// endCookie removes the cookie of a population.
func (s *Server) endCookie(p account.Population) http.Cookie {
	c := s.sessionCookie(p, "")
	c.MaxAge = -1
	return c
}

// signedIn is the answer of an operation that opens a session.
type signedIn[T any] struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      T
}

// signedOut is the answer of an operation that ends one.
type signedOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}
