package bench

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// A Floor is a server that does what no server can do without and nothing
// else: it reads the same JSON, verifies one P-256 signature, commits one row of
// as many bytes, sharing the commit with who waits meanwhile, and answers with
// the same JSON. It has no sessions, no sealing, no audit log and no rules.
type Floor struct {
	File   string          // of its SQLite database
	Row    int             // bytes of a row
	Answer json.RawMessage // what it answers

	key       *ecdsa.PublicKey
	digest    [32]byte
	signature []byte
	waiting   chan chan error
	insert    func(count int) error
}

// request has the members that either kind of request is read into; JSON's
// names match in any case.
type request struct {
	RequestID, Scenario, Way, Code, Kind, Route string
	Consent                                     struct {
		IdentityNumber, Face bool
		Version              string
	}
}

// Serve answers until ctx ends. It prints "ready URL" when it listens.
func (f *Floor) Serve(ctx context.Context, out io.Writer) error {
	if err := f.open(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: http.HandlerFunc(f.answer)}
	go f.commit()
	context.AfterFunc(ctx, func() { server.Close() })
	fmt.Fprintf(out, "ready http://%s\n", listener.Addr())
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func (f *Floor) open() error {
	db, err := sql.Open("sqlite", "file:"+f.File+"?_pragma=journal_mode(WAL)&_pragma=wal_autocheckpoint(8000)&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)&_txlock=immediate")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE floor (id INTEGER PRIMARY KEY, body BLOB NOT NULL)`); err != nil {
		return err
	}
	statement, err := db.Prepare(`INSERT INTO floor (body) VALUES ($1)`)
	if err != nil {
		return err
	}
	row := make([]byte, f.Row)
	rand.Read(row)
	f.insert = func(count int) error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		defer tx.Rollback()
		for one := tx.Stmt(statement); count > 0; count-- {
			if _, err := one.Exec(row); err != nil {
				return err
			}
		}
		return tx.Commit()
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	f.key, f.digest, f.waiting = &key.PublicKey, sha256.Sum256([]byte("floor")), make(chan chan error, 256)
	f.signature, err = ecdsa.SignASN1(rand.Reader, key, f.digest[:])
	return err
}

func (f *Floor) answer(w http.ResponseWriter, r *http.Request) {
	var in request
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || !ecdsa.VerifyASN1(f.key, f.digest[:], f.signature) {
		http.Error(w, "refused", http.StatusBadRequest)
		return
	}
	durable := make(chan error, 1)
	f.waiting <- durable
	if err := <-durable; err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(f.Answer)
}

// commit commits those that wait together.
func (f *Floor) commit() {
	for first := range f.waiting {
		group := []chan error{first}
		for len(group) < cap(f.waiting) && len(f.waiting) > 0 {
			group = append(group, <-f.waiting)
		}
		err := f.insert(len(group))
		for _, one := range group {
			one <- err
		}
	}
}

// Import reads a file line by line and commits a row for each, 1,000 at a time.
func (f *Floor) Import(file string) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	if err := f.open(); err != nil {
		return err
	}
	for lines, n := bufio.NewScanner(in), 0; ; n = 0 {
		for n < 1000 && lines.Scan() {
			n++
		}
		if err := f.insert(n); err != nil || n < 1000 {
			return err
		}
	}
}
