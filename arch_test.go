package edl

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The layers of ARCHITECTURE.md, as expressions over package paths. An import
// may only point down.
const (
	codecs    = `livecode|mdoc(/[a-z]+)*|sdjwt(/[a-z]+)*|statuslist|gm`
	rules     = `internal/(fault|lang|civil|uid|identity|workday|serial|licence|photo|photo/[a-z]+|application|credential|audit|notification|authority|live|seal|inspect)`
	workflows = `internal/(account|register|issuance|window|presentation|relyingparty|admission|consent|verification|detention|offline|peer|feedback|courier|stats|mobile|follow|custody)`
)

// A rule says what packages must not import, and why.
type rule struct{ from, bans, why string }

var dependencyRules = []rule{
	{`^(` + codecs + `)$`, `^(database/sql|net/http|os|log/slog)$|^edl/internal/(store|httpapi)|^edl/internal/[a-z]*(account|register|issuance)`, "codecs are pure: no clock, disk, network or database"},
	{`^(` + rules + `)$`, `^(database/sql|net/http)$|^edl/` + workflows + `$|^edl/internal/(store|httpapi|demo)$`, "rules know no database, no HTTP and no workflow"},
	{`^(` + workflows + `)$`, `^database/sql$|^edl/internal/(store|httpapi|demo)$`, "workflows see storage only as the Tx they declare"},
	{`^internal/store$`, `^net/http$|^edl/internal/(httpapi|demo)$`, "storage does not know its transport"},
	{`^internal/httpapi$`, `^database/sql$|^edl/internal/(store|storetest)$`, "handlers call workflows, never storage"},
}

// timeless packages take the time as an argument or a Now field.
var timeless = regexp.MustCompile(`^(` + codecs + `|` + rules + `|` + workflows + `)$`)

func TestArchitecture(t *testing.T) {
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			if err == nil {
				err = filepath.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") || strings.HasSuffix(filepath.Dir(file), "test") {
			return nil
		}
		checkFile(t, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkFile parses the file itself, rather than asking go list, so that the
// test cache notices when an import changes.
func checkFile(t *testing.T, file string) {
	t.Helper()
	pkg := path.Dir(filepath.ToSlash(file))
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range dependencyRules {
		if !regexp.MustCompile(r.from).MatchString(pkg) {
			continue
		}
		bans := regexp.MustCompile(r.bans)
		for _, spec := range f.Imports {
			if imp, _ := strconv.Unquote(spec.Path.Value); bans.MatchString(imp) {
				t.Errorf("%s imports %s: %s", file, imp, r.why)
			}
		}
	}
	if !timeless.MatchString(pkg) {
		return
	}
	ast.Inspect(f, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := selector.X.(*ast.Ident); ok && x.Name == "time" && (selector.Sel.Name == "Now" || selector.Sel.Name == "Since") {
			t.Errorf("%s asks the clock: the time is an argument or a Now field", file)
		}
		return true
	})
}
