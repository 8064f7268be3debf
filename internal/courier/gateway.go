package courier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"edl/internal/civil"
	"edl/internal/notification"
)

// HTTPGateway posts each message as JSON {id, to, text} to the authority's SMS
// gateway, which answers 2xx when it took it. It is called with the token of
// the settings; the identifier lets it drop a repetition.
func HTTPGateway(url, token string) Gateway {
	client := &http.Client{Timeout: 10 * time.Second}
	return func(ctx context.Context, item Item) error {
		body, err := json.Marshal(map[string]string{"id": item.ID, "to": item.To, "text": item.Text})
		if err != nil {
			return err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := client.Do(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
		if answer.StatusCode/100 != 2 {
			return fmt.Errorf("the SMS gateway answered %s", answer.Status)
		}
		return nil
	}
}

// A File is a message as a demonstration writes it to DIR/outbox/<seq>.json.
type File struct {
	Seq  int               `json:"seq"`
	To   string            `json:"to"`
	At   string            `json:"at"`
	Kind notification.Kind `json:"kind"`
	Text string            `json:"text"`
	Code string            `json:"code,omitempty"`
}

// Files is a gateway that writes messages as numbered files, for
// demonstrations. It is safe for concurrent use.
type Files struct {
	Dir string
	Now func() time.Time

	mu   sync.Mutex
	last int
	read bool
}

// Send writes one message.
func (f *Files) Send(_ context.Context, item Item) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.open(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(File{
		Seq: f.last + 1, To: item.To, At: f.Now().In(civil.Shanghai).Format(time.RFC3339), Kind: item.Kind, Text: item.Text, Code: item.Code,
	}, "", "  ")
	if err != nil {
		return err
	}
	name := filepath.Join(f.Dir, fmt.Sprintf("%06d.json", f.last+1))
	if err := os.WriteFile(name+".part", text, 0o600); err != nil {
		return err
	}
	if err := os.Rename(name+".part", name); err != nil {
		return err
	}
	f.last++
	return nil
}

// After returns the messages numbered above seq, oldest first, at most limit.
func (f *Files) After(seq, limit int) (list []File, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.open(); err != nil {
		return nil, err
	}
	for n := max(seq+1, f.last-limit+1); n <= f.last; n++ {
		text, err := os.ReadFile(filepath.Join(f.Dir, fmt.Sprintf("%06d.json", n)))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		var one File
		if err := errors.Join(err, json.Unmarshal(text, &one)); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// open finds the newest number in the folder.
func (f *Files) open() error {
	if f.read {
		return nil
	}
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(f.Dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if n, err := strconv.Atoi(strings.TrimSuffix(e.Name(), ".json")); err == nil {
			f.last = max(f.last, n)
		}
	}
	f.read = true
	return nil
}
