package register

import (
	"fmt"
	"strings"
)

// Template returns an example of a file to import: every column that may be
// filled in, and three invented drivers. It is UTF-8 with a byte order mark,
// which is what spreadsheets need to show Chinese.
func Template() []byte {
	var b strings.Builder
	b.Write(bom)
	for i, row := range templateRows() {
		var cells []string
		for _, c := range columns {
			if c.need != unused && c.name != "photo_data" {
				cells = append(cells, quoteCell(row(c), i > 0))
			}
		}
		b.WriteString(strings.Join(cells, ",") + "\r\n")
	}
	return []byte(b.String())
}

func templateRows() []func(*column) string {
	header := func(c *column) string { return c.header() }
	example := func(changes map[string]string) func(*column) string {
		return func(c *column) string {
			if s, ok := changes[c.name]; ok {
				return s
			}
			return c.example
		}
	}
	return []func(*column) string{
		header,
		example(nil),
		example(map[string]string{ // a licence without end, whose renewal is deferred
			"file_number": "000000000029", "number": "000000195801150010", "name": "欧阳𠮷", "sex": "", "birth_date": "", "phone": "",
			"classes": "A1A2", "class_since": "A1:1990-05-01", "first_issue": "1982-03-01", "valid_from": "2002-03-01", "valid_to": forever,
			"status": "T", "extension_until": "2199-12-31", "points": "0", "paper_replaced": "2002-02-20", "probation_until": "", "school_bus": "校车A1",
		}),
		example(map[string]string{ // a holder of a passport
			"file_number": "000000000037", "document_type": "F", "number": "E00000037", "name": "MARIA ANNA LARSEN", "sex": "2", "birth_date": "1985-07-09",
			"nationality": "丹麦", "address": `示范市安澜区云水路18号，"和苑"3栋`, "phone": "13900000037", "classes": "C2", "class_since": "", "status": "A", "hearing_aid": "1",
		}),
	}
}

// quoteCell writes a cell of CSV. Numbers stay as they are: a spreadsheet that
// shortens long ones must be told to import the column as text.
func quoteCell(s string, quote bool) string {
	if !quote || !strings.ContainsAny(s, `,"`) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// ColumnTable returns the list of columns as docs/import.md has it.
func ColumnTable() string {
	var b strings.Builder
	b.WriteString("| national | own name | 中文 | needed | format | 格式 | example |\n|---|---|---|---|---|---|---|\n")
	for _, c := range columns {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n",
			code(c.national), code(c.name), c.label.ZH, needWords[c.need], c.format.EN, c.format.ZH, code(c.example))
	}
	return b.String()
}

var needWords = map[need]string{
	required: "yes",
	optional: "no",
	carried:  "no; kept",
	unused:   "not used",
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}
