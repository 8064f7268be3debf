// Package inspect takes a file that claims to be a licence in some signed form,
// or something that stands behind one, tells what it is, shows what is in it,
// and verifies it step by step.
//
// Read takes the wrapping off (hexadecimal, base64url, PEM, the picture of a QR)
// and tells the format by the bytes. Describe shows all there is and believes
// none of it. Policy.Verify takes the steps of the format's own package in
// order, each with its clause, and gives the claims only if every step passed:
// nobody shall mistake for true what was only read.
//
// Left out: fetching. Status lists, revocation lists and roots are files too.
package inspect

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"edl/gm"
	"edl/internal/fault"
	"edl/livecode"
	"edl/mdoc/cbor"
	"edl/mdoc/checklist"
	"edl/mdoc/cose"
	"edl/sdjwt"
	"edl/sdjwt/jws"
	"edl/statuslist"

	"github.com/emmansun/gmsm/smx509"
)

// Format is what a file is.
type Format string

// The formats.
const (
	DeviceResponse Format = "mdoc-device-response"
	IssuerSigned   Format = "mdoc-issuer-signed"
	SDJWT          Format = "sd-jwt-vc"
	StatusListJWT  Format = "status-list-jwt"
	StatusListCWT  Format = "status-list-cwt"
	LiveCode       Format = "live-code"
	Certificate    Format = "certificate"
	CRL            Format = "crl"
	Unknown        Format = "unknown"
)

// MaxFile is the longest file that is read, in bytes: a status list in hex.
const MaxFile = 16 << 20

// ErrFormat is returned for a file that is none of the formats.
var ErrFormat = fault.New(fault.Invalid, "unknown_format",
	"这不是本程序能识别的电子证照、亮码、状态列表或证书。",
	"This is none of the credentials, codes, status lists and certificates that are known here.")

// ErrTooLarge is returned for a file over a limit.
var ErrTooLarge = fault.New(fault.TooLarge, "too_large", "文件过大。", "The file is too large.")

// Input is a file without its wrapping.
type Input struct {
	Format   Format
	Bytes    []byte
	Wrapping []string // what was taken off, outermost first: "hex", "base64url", "pem", "qr"
}

// Read tells what a file is. What is none of the formats is an ErrFormat.
func Read(b []byte) (Input, error) {
	if len(b) > MaxFile {
		return Input{Format: Unknown}, fmt.Errorf("%w (%d bytes, the limit is %d)", ErrTooLarge, len(b), MaxFile)
	}
	return unwrap(b, nil)
}

// maxWrappings bounds wrappings inside one another: a QR that holds base64url
// of what somebody had written in hex.
const maxWrappings = 3

func unwrap(b []byte, wrapping []string) (Input, error) {
	if f := formatOf(b); f != Unknown {
		return Input{f, trim(f, b), wrapping}, nil
	}
	if len(wrapping) < maxWrappings {
		if inner, name, err := peel(b); err != nil || name != "" {
			if err != nil {
				return Input{Format: Unknown, Wrapping: wrapping}, err
			}
			return unwrap(inner, append(wrapping, name))
		}
	}
	return Input{Format: Unknown, Bytes: b, Wrapping: wrapping}, ErrFormat
}

// peel takes one wrapping off; its name is "" if there is none.
func peel(b []byte) (inner []byte, name string, err error) {
	if isPicture(b) {
		text, err := readQR(b)
		return []byte(text), "qr", err
	}
	if block, _ := pem.Decode(b); block != nil {
		return block.Bytes, "pem", nil
	}
	text := compact(b)
	if text == nil {
		return nil, "", nil
	}
	if inner, err := hex.DecodeString(string(text)); err == nil {
		return inner, "hex", nil
	}
	s := strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(string(text)), "=")
	if inner, err := base64.RawURLEncoding.DecodeString(s); err == nil {
		return inner, "base64url", nil
	}
	return nil, "", nil
}

// compact returns printable text without its white space, nil for anything else.
func compact(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		switch {
		case c == ' ' || c == '\n' || c == '\r' || c == '\t':
		case c < 0x21 || c > 0x7e:
			return nil
		default:
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// trim takes off what an editor puts at the end of a text. A live code's
// spaces are data: there one line break goes, and nothing else.
func trim(f Format, b []byte) []byte {
	switch f {
	case LiveCode:
		return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
	case SDJWT, StatusListJWT:
		return bytes.TrimSpace(b)
	}
	return b
}

// formatOf tells the format of bytes without a wrapping.
func formatOf(b []byte) Format {
	switch {
	case len(b) == 0:
		return Unknown
	case bytes.HasPrefix(b, []byte(livecode.Prefix)):
		return LiveCode
	case b[0] == 0x30:
		return derFormat(b)
	}
	if f := cborFormat(b); f != Unknown {
		return f
	}
	return textFormat(bytes.TrimSpace(b))
}

// derFormat tells certificates from revocation lists. What looks like either
// and cannot be read is nothing known.
func derFormat(b []byte) Format {
	if _, err := gm.ParseCertificate(b); err == nil {
		return Certificate
	}
	if _, err := smx509.ParseRevocationList(b); err == nil {
		return CRL
	}
	return Unknown
}

// cborFormat looks at the first bytes alone: whether the rest is well formed
// is the first step of verifying, which says what is wrong.
func cborFormat(b []byte) Format {
	if b[0] == 0xc0|cose.TagSign1 {
		return StatusListCWT
	}
	if b[0]>>5 != byte(cbor.Map) {
		return Unknown
	}
	skip := 1 // the head, which some write longer than they must
	if extra := b[0] & 31; extra >= 24 && extra <= 27 {
		skip += 1 << (extra - 24)
	}
	head := b[min(skip, len(b)):min(len(b), 256)]
	for _, f := range []struct {
		key string
		is  Format
	}{{"nameSpaces", IssuerSigned}, {"issuerAuth", IssuerSigned}, {"version", DeviceResponse}, {"documents", DeviceResponse}, {"status", DeviceResponse}} {
		if bytes.HasPrefix(head, cbor.AppendText(nil, f.key)) || bytes.HasPrefix(head, append([]byte{0x78, byte(len(f.key))}, f.key...)) {
			return f.is
		}
	}
	return Unknown
}

// textFormat tells the tokens apart: by the tilde, and by the type in the header.
func textFormat(b []byte) Format {
	if !utf8.Valid(b) || bytes.Count(b, []byte(".")) < 2 {
		return Unknown
	}
	if b[0] == '{' {
		if all, err := sdjwt.FromJSON(b); err == nil && len(all) > 0 {
			return SDJWT
		}
		return Unknown
	}
	head, _, _ := bytes.Cut(b, []byte("."))
	raw, err := jws.Decode(head)
	if err != nil || len(raw) == 0 || raw[0] != '{' {
		return Unknown
	}
	if bytes.Contains(b, []byte("~")) {
		return SDJWT
	}
	if bytes.Contains(raw, []byte("statuslist+jwt")) {
		return StatusListJWT
	}
	return SDJWT
}

// Result is the outcome of a verification.
type Result struct {
	Format Format         `json:"format" doc:"What the file is."`
	Valid  bool           `json:"valid"`
	Checks checklist.List `json:"checks" doc:"Every step in order, with the clause that asks for it."`
	Claims any            `json:"claims" doc:"What is said, if it is valid; null otherwise."`

	Statuses []statuslist.Reference `json:"-"` // where a valid credential says its status is
	Until    time.Time              `json:"-"` // the end of a valid credential; zero: it states none
}

// StepFormat is the step of telling what a file is, which fails alone.
const StepFormat = "format"

const clauseHouse = "docs/verify.md"
