package livecode

import "testing"

func TestBase45(t *testing.T) {
	for _, c := range []struct{ raw, text string }{ // RFC 9285, 4.3 and 4.4
		{"AB", "BB8"},
		{"Hello!!", "%69 VD92EX0"},
		{"base-45", "UJCLQE7W581"},
		{"ietf!", "QED8WEX0"},
		{"", ""},
	} {
		t.Run(c.raw, func(t *testing.T) {
			if got := string(appendBase45(nil, []byte(c.raw))); got != c.text {
				t.Errorf("encoded %q, want %q", got, c.text)
			}
			if got, ok := decodeBase45(c.text); !ok || string(got) != c.raw {
				t.Errorf("decoded %q, want %q", got, c.raw)
			}
		})
	}
	for _, text := range []string{"1", "1234", "^1", "1^", "0123456789^", "GGX", "::", "a00", "00\n"} {
		t.Run("refuses "+text, func(t *testing.T) {
			if got, ok := decodeBase45(text); ok {
				t.Errorf("decoded %x", got)
			}
		})
	}
}
