package keys

import (
	"crypto/rand"
	"crypto/x509"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/emmansun/gmsm/smx509"

	"edl/gm"
)

// signList makes the revocation list of an issuer, which is due after ListLife.
func signList(issuer *Certificate, number int64, revoked []*Certificate, now time.Time) ([]byte, error) {
	from := now.UTC().Truncate(time.Second)
	until := from.Add(ListLife)
	if issuer.Role.isSM2() {
		var entries []smx509.RevocationListEntry
		for _, c := range revoked {
			entries = append(entries, smx509.RevocationListEntry{SerialNumber: c.GM().SerialNumber, RevocationTime: c.Revoked.UTC()})
		}
		return gm.CreateCRL(number, from, until, entries, issuer.GM(), issuer.key)
	}
	list := &x509.RevocationList{Number: big.NewInt(number), ThisUpdate: from, NextUpdate: until}
	for _, c := range revoked {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: c.GM().SerialNumber, RevocationTime: c.Revoked.UTC()})
	}
	return x509.CreateRevocationList(rand.Reader, list, issuer.X509(), issuer.key)
}

// Due returns when a list must have been replaced.
func (l *List) Due() time.Time {
	list, err := smx509.ParseRevocationList(l.DER)
	if err != nil {
		return time.Time{}
	}
	return list.NextUpdate
}

// revokes returns how many certificates a list revokes.
func (l *List) revokes() int {
	list, err := smx509.ParseRevocationList(l.DER)
	if err != nil {
		return -1
	}
	return len(list.RevokedCertificateEntries)
}

// lock takes the folder's lock, which every change of its files needs.
func lock(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, "keys.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { f.Close() }, nil
}

// A LivePKI is read anew when its file changed, so that a rotation or a
// revocation holds in every running server at once. It is safe for concurrent use.
type LivePKI struct {
	Dir string

	mu   sync.Mutex // guards what follows
	seen os.FileInfo
	pki  *PKI
}

// PKI returns the certificates as they are now.
func (l *LivePKI) PKI() (*PKI, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	info, err := os.Stat(filepath.Join(l.Dir, pkiFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrNoPKI
	}
	if err != nil {
		return nil, err
	}
	if l.seen != nil && os.SameFile(l.seen, info) && l.seen.ModTime().Equal(info.ModTime()) && l.seen.Size() == info.Size() {
		return l.pki, nil
	}
	pki, err := OpenPKI(l.Dir)
	if err != nil {
		return nil, err
	}
	l.seen, l.pki = info, pki
	return pki, nil
}
