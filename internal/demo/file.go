package demo

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"edl/internal/account"
	"edl/internal/lang"
)

// A File is DIR/demo.json: all that somebody, or a test, needs to play every
// part of a demonstration. Its schema is docs/demo.schema.json.
type File struct {
	BaseURL string                  `json:"baseUrl"`
	Drivers []Driver                `json:"drivers"`
	Staff   []Staff                 `json:"staff"`
	Parties []Party                 `json:"parties"`
	Feed    Feed                    `json:"feed"`
	Limits  map[string]account.Rate `json:"limits"`
}

// A Driver is who shows a case.
type Driver struct {
	Key          string    `json:"key"` // such as "status:B" or "route:onfile"
	Say          lang.Text `json:"say"`
	Name         string    `json:"name"`
	Phone        string    `json:"phone"` // empty: none on the register
	DocumentType string    `json:"documentType"`
	Number       string    `json:"number"`
	FileNumber   string    `json:"fileNumber"`
}

// A Staff is a member of the invented staff.
type Staff struct {
	Login      string         `json:"login"`
	Name       string         `json:"name"`
	Roles      []account.Role `json:"roles"`
	Password   string         `json:"password"`
	TOTPSecret string         `json:"totpSecret"`
}

// A Party is an invented relying party.
type Party struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Kind      string     `json:"kind"`
	Codes     []string   `json:"codes"` // unused enrolment codes
	Operators []Operator `json:"operators"`
	Admin     *Admin     `json:"admin,omitempty"` // of one party alone
}

// An Admin administers a party on its own page.
type Admin struct {
	Login      string `json:"login"`
	Name       string `json:"name"`
	Password   string `json:"password"`
	TOTPSecret string `json:"totpSecret"`
}

// An Operator works at a party's terminals. PIN is the one handed out; it must
// be changed at the first sign-in.
type Operator struct {
	Number string `json:"number"`
	Name   string `json:"name"`
	PIN    string `json:"pin"`
}

// Feed is how the authority's own system delivers changes.
type Feed struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

const fileName = "demo.json"

// Load reads the file of a demonstration; there is none before its first start.
func Load(dir string) (f *File, err error) {
	text, err := os.ReadFile(filepath.Join(dir, fileName))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f = &File{}
	return f, json.Unmarshal(text, f)
}

// Save writes the file, for its owner alone.
func (f *File) Save(dir string) error {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	name := filepath.Join(dir, fileName)
	if err := os.WriteFile(name+".part", append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(name+".part", name)
}

// DriverOf turns a person of the register into an entry of the file.
func DriverOf(p Person) Driver {
	l := p.Licence
	return Driver{
		Key: p.Key, Say: p.Say, Name: string(l.Name), Phone: string(l.Phone),
		DocumentType: string(l.Document.Type), Number: string(l.Document.Number), FileNumber: string(l.FileNumber),
	}
}
