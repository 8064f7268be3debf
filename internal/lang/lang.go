// Package lang carries one sentence in the product's two languages.
//
// Sentences that depend on the rules (why a licence is not usable, when an
// application is due, what an error means) are made beside the rule, so that
// every page, message and receipt speaks alike. Labels and buttons belong to
// the pages and are translated there.
package lang

// Text is one sentence in Chinese, which comes first, and in English.
type Text struct {
	ZH string `json:"zh" doc:"简体中文"`
	EN string `json:"en" doc:"English"`
}

// T makes a Text.
func T(zh, en string) Text { return Text{ZH: zh, EN: en} }

// String returns the Chinese sentence.
func (t Text) String() string { return t.ZH }
