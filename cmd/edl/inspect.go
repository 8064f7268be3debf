package main

import (
	"crypto/ecdh"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"edl/internal/inspect"
	"edl/mdoc"
)

// inspectCommand prints what is in a file and believes none of it.
type inspectCommand struct {
	File string `arg:"" help:"A credential, presentation, status list, live code (text or picture), certificate or revocation list; - reads standard input."`
}

// Exit codes of inspecting and verifying, beside 0.
const (
	exitNotValid exitCode = 1
	exitUsage    exitCode = 2
)

// Run prints the file's content as a tree.
func (c *inspectCommand) Run() error {
	b, err := readFile(c.File)
	if err != nil {
		return usage(err)
	}
	in, err := inspect.Read(b)
	if err == nil {
		var tree inspect.Tree
		tree, err = inspect.Describe(in)
		tree.Print(os.Stdout)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "edl: %s: %v\n", c.File, err)
		return exitNotValid
	}
	return nil
}

// usage says what was wrong with the command line: exit code 2.
func usage(err error) error {
	fmt.Fprintln(os.Stderr, "edl:", oneLine(err))
	return exitUsage
}

// readFile reads a file, or standard input for "-", up to what is inspected.
func readFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(os.Stdin, inspect.MaxFile+1))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, inspect.MaxFile+1))
}

// verifyCommand verifies a file and says every step.
type verifyCommand struct {
	Trust      []string  `help:"Roots, revocation lists and public keys to trust: PEM, DER or JWK; may be repeated." placeholder:"FILE" sep:"none"`
	At         time.Time `help:"The moment to verify for (RFC 3339; default: now)." placeholder:"TIME"`
	Transcript string    `help:"SessionTranscript of the session in which a DeviceResponse was sent, in hex." placeholder:"FILE"`
	ReaderKey  string    `help:"Private ephemeral key of the reader in that session, in hex; needed for MACs." placeholder:"FILE"`
	Nonce      string    `help:"Nonce that a key binding must hold." placeholder:"TEXT"`
	Audience   string    `help:"Audience that a key binding must name." placeholder:"TEXT"`
	JSON       bool      `name:"json" help:"Print the outcome as JSON."`
	File       string    `arg:"" help:"The file as in edl inspect; - reads standard input."`
}

// Run verifies: exit 0 valid, 1 not valid, 2 the command line cannot be meant.
func (c *verifyCommand) Run() error {
	policy, err := c.policy()
	if err != nil {
		return usage(err)
	}
	b, err := readFile(c.File)
	if err != nil {
		return usage(err)
	}
	result := policy.Verify(inspect.Read(b))
	if c.JSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		if err := out.Encode(result); err != nil {
			return err
		}
	} else {
		printResult(os.Stdout, result)
	}
	if !result.Valid {
		return exitNotValid
	}
	return nil
}

func (c *verifyCommand) policy() (inspect.Policy, error) {
	p := inspect.Policy{Now: c.At, Nonce: c.Nonce, Audience: c.Audience}
	if p.Now.IsZero() {
		p.Now = time.Now()
	}
	var files [][]byte
	for _, name := range c.Trust {
		b, err := os.ReadFile(name)
		if err != nil {
			return p, err
		}
		files = append(files, b)
	}
	var err error
	if p.Trust, err = inspect.NewTrust(files...); err != nil {
		return p, fmt.Errorf("--trust: %w", err)
	}
	if c.Transcript != "" {
		b, err := readHex(c.Transcript)
		if err != nil {
			return p, fmt.Errorf("--transcript: %w", err)
		}
		if p.Transcript, err = mdoc.ParseTranscript(b); err != nil {
			return p, fmt.Errorf("--transcript: %w", err)
		}
	}
	if c.ReaderKey != "" {
		if p.ReaderKey, err = readReaderKey(c.ReaderKey); err != nil {
			return p, fmt.Errorf("--reader-key: %w", err)
		}
	}
	return p, nil
}

func readHex(name string) ([]byte, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		return nil, fmt.Errorf("%s is no hexadecimal text: %w", name, err)
	}
	return b, nil
}

func readReaderKey(name string) (*ecdh.PrivateKey, error) {
	d, err := readHex(name)
	if err != nil {
		return nil, err
	}
	return inspect.ReaderKey(d)
}

// printResult writes the outcome for a person: a line a step, and the claims.
func printResult(w io.Writer, r inspect.Result) {
	word := "NOT VALID"
	if r.Valid {
		word = "VALID"
	}
	fmt.Fprintf(w, "%s  %s\n\n", word, r.Format)
	for _, step := range r.Checks {
		mark := "fail"
		if step.OK {
			mark = "ok  "
		}
		fmt.Fprintf(w, "  %s  %-24s %-34s %s\n", mark, step.Name, step.Clause, inspect.Clean(step.Detail))
	}
	if tree, ok := r.Claims.(inspect.Tree); ok {
		fmt.Fprintln(w)
		tree.Print(w)
	}
}
