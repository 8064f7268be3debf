package httpapi

import (
	"bytes"
	"html"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"edl/internal/lang"
)

// apps are the folders of the built pages, most specific first.
var apps = []string{"driver/code/", "driver/", "verify/", "staff/", "party/", "demo/"}

// policy is the Content-Security-Policy of every page: nothing from elsewhere,
// no inline script or style. The terminal's QR reader is WebAssembly; the
// driver's app prepares photos in blobs.
const policy = "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; worker-src 'self' blob:; " +
	"connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"

// pages serves the built pages: hashed assets for ever, everything else fresh.
func (s *Server) pages() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			s.wrongMethod(w, r, []string{http.MethodGet, http.MethodHead})
			return
		}
		s.page(w, r)
	})
}

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if strings.HasSuffix(r.URL.Path, "/") || name == "" {
		name = path.Join(name, "index.html")
	}
	h := w.Header()
	h.Set("Content-Security-Policy", csp(name))
	h.Set("Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=()")
	file, err := fs.ReadFile(s.Pages, built(name))
	switch {
	case err == nil:
		if strings.Contains(name, "/assets/") {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			h.Set("Cache-Control", "no-cache")
		}
		if strings.HasSuffix(name, ".webmanifest") {
			h.Set("Content-Type", "application/manifest+json")
		}
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(file))
	case name == "index.html":
		target := "/driver/"
		if s.Demo {
			target = "/demo/"
		}
		http.Redirect(w, r, target, http.StatusFound)
	case folder(r.URL.Path):
		http.Redirect(w, r, r.URL.Path+"/", http.StatusFound)
	default:
		s.noPage(w, name)
	}
}

// built is where a page lies in the build: a relying party's own is made beside
// the console, of the same parts; the pages of who wants to be one are in it.
func built(name string) string {
	switch name {
	case "party/index.html", "party/apply", "party/application":
		return "staff/party/index.html"
	}
	return name
}

func csp(name string) string {
	if strings.HasPrefix(name, "verify/") {
		return strings.Replace(policy, "default-src 'self'", "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'", 1)
	}
	return policy
}

// folder reports whether the path is an app's without its slash.
func folder(p string) bool {
	for _, app := range apps {
		if p+"/" == "/"+app {
			return true
		}
	}
	return false
}

var (
	sayNoPage  = lang.T("没有这个页面。", "There is no such page.")
	sayUnbuilt = lang.T("页面还没有构建：请运行 make build。", "The pages have not been built: run make build.")
)

func (s *Server) noPage(w http.ResponseWriter, name string) {
	say, status := sayNoPage, http.StatusNotFound
	for _, app := range apps {
		if name == app+"index.html" {
			say, status = sayUnbuilt, http.StatusServiceUnavailable
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write([]byte("<!doctype html><html lang=zh-CN><meta charset=utf-8><title>edl</title><p>" +
		html.EscapeString(say.ZH) + "<p lang=en>" + html.EscapeString(say.EN) + "<p><a href=\"/\">首页 Home</a></html>"))
}
