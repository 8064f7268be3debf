package httpapi

import (
	"bytes"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// readerCSS is the look of the API's reader page; inline styles are forbidden.
const readerCSS = `:root{--paper:#f6f4ef;--ink:#1b1f1d;--muted:#59605c;--line:#dedad1;--pine:#0b5d4e}
@media (prefers-color-scheme:dark){:root{--paper:#101412;--ink:#e9ecea;--muted:#a5ada8;--line:#2e3531;--pine:#5cc3a8}}
body{margin:0 auto;max-width:60rem;padding:1.5rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
a{color:var(--pine)}h2{margin:2.5rem 0 .5rem}details{border-top:1px solid var(--line);padding:.5rem 0}
summary{cursor:pointer;min-height:1.75rem}code,pre{font-family:ui-monospace,monospace}summary code{color:var(--pine)}
.who{color:var(--muted);font-size:.875rem}pre{overflow-x:auto;padding:.75rem;border:1px solid var(--line);border-radius:.5rem;font-size:.8125rem}`

var readerPage = template.Must(template.New("reader").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>edl – API</title>
<link rel="stylesheet" href="/docs/reader.css">
<h1>edl – API</h1>
<p>{{.About}} <a href="/openapi.json">openapi.json</a>
{{range .Groups}}<h2 id="{{.Name}}">{{.Name}}</h2>
{{range .Operations}}<details id="{{.ID}}"><summary><code>{{.Method}} {{.Path}}</code> {{.Summary}} <span class="who">{{.Access}}</span></summary>
<p class="who">operationId <code>{{.ID}}</code>
{{range .Parameters}}<br><code>{{.Name}}</code> in {{.In}}{{if .Description}}: {{.Description}}{{end}}{{end}}
{{if .Request}}<p>Request<pre>{{.Request}}</pre>{{end}}{{if .Answer}}<p>Answer<pre>{{.Answer}}</pre>{{end}}
</details>{{end}}{{end}}</html>`))

type readerGroup struct {
	Name       string
	Operations []readerOperation
}

type readerOperation struct {
	ID, Method, Path, Summary, Access string
	Parameters                        []*huma.Param
	Request, Answer                   string
}

// readerHeaders are those of the page that shows the API to a person; it loads
// nothing from elsewhere.
func readerHeaders(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
		w.Header().Set("Cache-Control", "no-cache")
		next(w, r)
	}
}

func (s *Server) reader() ([]byte, error) {
	var page bytes.Buffer
	err := readerPage.Execute(&page, map[string]any{"About": s.api.OpenAPI().Info.Description, "Groups": s.readerGroups()})
	return page.Bytes(), err
}

func (s *Server) readerGroups() (groups []readerGroup) {
	for _, p := range s.Permissions() {
		o := s.operationAt(p)
		if n := len(groups); n == 0 || groups[n-1].Name != o.Tags[0] {
			groups = append(groups, readerGroup{Name: o.Tags[0]})
		}
		g := &groups[len(groups)-1]
		one := readerOperation{ID: p.Operation, Method: p.Method, Path: p.Path, Summary: o.Summary, Access: p.Access.String(), Parameters: o.Parameters}
		if o.RequestBody != nil {
			one.Request = s.sample(o.RequestBody.Content)
		}
		for _, status := range []string{"200", "201", "202"} {
			if answer := o.Responses[status]; answer != nil {
				one.Answer = s.sample(answer.Content)
			}
		}
		g.Operations = append(g.Operations, one)
	}
	return groups
}

func (s *Server) operationAt(p Permission) *huma.Operation {
	item := s.api.OpenAPI().Paths[p.Path]
	return map[string]*huma.Operation{get: item.Get, post: item.Post, put: item.Put, del: item.Delete}[p.Method]
}

// sample writes the shape of a JSON body: each member with its type.
func (s *Server) sample(content map[string]*huma.MediaType) string {
	media := content["application/json"]
	if media == nil || media.Schema == nil {
		return ""
	}
	text, err := json.MarshalIndent(s.shape(media.Schema, nil), "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}

// shape follows references, each once on its way down.
func (s *Server) shape(schema *huma.Schema, above []string) any {
	if schema.Ref != "" {
		if slices.Contains(above, schema.Ref) {
			return "…"
		}
		return s.shape(s.api.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref), append(above, schema.Ref))
	}
	switch schema.Type {
	case "object":
		members := map[string]any{}
		for name, member := range schema.Properties {
			if !slices.Contains(schema.Required, name) {
				name += "?"
			}
			members[name] = s.shape(member, above)
		}
		return members
	case "array":
		return []any{s.shape(schema.Items, above)}
	}
	if len(schema.Enum) > 0 {
		return schema.Enum
	}
	return schema.Type
}
