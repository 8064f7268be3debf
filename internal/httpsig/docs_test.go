package httpsig

import (
	"net/http"
	"os"
	"regexp"
	"testing"
)

// TestTheWorkedExampleOfTheDocsVerifies reads docs/api.md as a stranger does.
func TestTheWorkedExampleOfTheDocsVerifies(t *testing.T) {
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	find := func(pattern string) string {
		m := regexp.MustCompile(pattern).FindSubmatch(text)
		if m == nil {
			t.Fatalf("the document has no %s", pattern)
		}
		return string(m[1])
	}
	key, err := ParseKey(find(`(?s)(-----BEGIN PUBLIC KEY-----.*-----END PUBLIC KEY-----)`))
	if err != nil {
		t.Fatal(err)
	}
	r := Request{Method: "POST", Target: parsed(t, "https://licence.example/api/machine/checks"), Header: http.Header{}}
	for _, name := range []string{"Content-Digest", "Signature-Input", "Signature"} {
		r.Header.Set(name, find(`(?m)^`+name+`: (.+)$`))
	}
	s, err := Parse(r.Header)
	if err != nil {
		t.Fatal(err)
	}
	base, err := s.Base(r)
	if err != nil {
		t.Fatal(err)
	}
	if want := find("(?s)```\n(\"@method\".*?)\n```"); string(base) != want {
		t.Errorf("the signed text is\n%s\nthe document says\n%s", base, want)
	}
	if !key.Verify(s, r) || !Digest(r.Header, []byte(`{"scenario":"rental"}`)) {
		t.Error("it does not verify")
	}
}
