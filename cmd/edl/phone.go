package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"
)

// phoneCommand serves the demonstration over HTTPS to phones on the same
// network: browsers give cameras, keys and service workers to HTTPS and
// localhost alone.
type phoneCommand struct {
	place
	Port    int    `help:"Port for HTTPS; the next one serves the certificate to trust." default:"8443"`
	Address string `help:"This machine's address on the network (default: found)." placeholder:"IP"`
}

// Run makes a certificate for this machine's address and serves.
func (c *phoneCommand) Run(ctx context.Context) error {
	ip, err := c.address()
	if err != nil {
		return err
	}
	authority, err := makeCertificates(c.keysDir()+"-tls", ip)
	if err != nil {
		return fmt.Errorf("making a certificate: %w", err)
	}
	serve := serveCommand{
		place: c.place, Listen: fmt.Sprintf("0.0.0.0:%d", c.Port), PublicURL: fmt.Sprintf("https://%s:%d", ip, c.Port),
		TLSCert: filepath.Join(c.keysDir()+"-tls", "server.pem"), TLSKey: filepath.Join(c.keysDir()+"-tls", "server.key"),
		MaxConns: mostConnections, Demo: true, DemoPub: true,
	}
	help := fmt.Sprintf("http://%s:%d/", ip, c.Port+1)
	picture, err := terminalQR(help)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "\n  1. Let the phone join this machine's network and scan this, or open %s\n\n%s\n  2. Install the certificate that the page offers, and trust it:\n     Android  Settings – Security – Install a certificate – CA certificate\n     iPhone   install the profile, then Settings – General – About – Certificate Trust Settings\n  3. Open %s/driver/ on the phone. (Passkeys need a name and do not work at an address.)\n\n", help, picture, serve.PublicURL)
	stop, err := serveCertificate(fmt.Sprintf("0.0.0.0:%d", c.Port+1), authority, serve.PublicURL)
	if err != nil {
		return err
	}
	defer stop()
	return serve.Run(ctx)
}

// address finds this machine's private IPv4 address.
func (c *phoneCommand) address() (net.IP, error) {
	if c.Address != "" {
		if ip := net.ParseIP(c.Address); ip != nil {
			return ip, nil
		}
		return nil, fmt.Errorf("--address %q is no IP address", c.Address)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsPrivate() {
			return n.IP, nil
		}
	}
	return nil, errors.New("this machine has no address on a local network: join one, or give --address")
}

// makeCertificates makes an authority of this machine's own and a certificate
// for its address, once per address. The authority's key is not kept: it can
// sign nothing else for whoever trusts it.
func makeCertificates(dir string, ip net.IP) (authority []byte, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	made := filepath.Join(dir, "address")
	if have, err := os.ReadFile(made); err == nil && string(have) == ip.String() {
		return os.ReadFile(filepath.Join(dir, "authority.pem"))
	}
	now := time.Now()
	root := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "edl demonstration " + ip.String()},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 3, 0), IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign, PermittedIPRanges: []*net.IPNet{{IP: ip.To4(), Mask: net.CIDRMask(32, 32)}},
	}
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey)
	if err != nil {
		return nil, err
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano() + 1), Subject: pkix.Name{CommonName: ip.String()}, IPAddresses: []net.IP{ip},
		NotBefore: root.NotBefore, NotAfter: root.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, leafKey.Public(), rootKey)
	if err != nil {
		return nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(leafKey)
	if err != nil {
		return nil, err
	}
	authority = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER})
	return authority, errors.Join(
		os.WriteFile(filepath.Join(dir, "authority.pem"), authority, 0o600),
		os.WriteFile(filepath.Join(dir, "server.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leafDER}), 0o600),
		os.WriteFile(filepath.Join(dir, "server.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600),
		os.WriteFile(made, []byte(ip.String()), 0o600),
	)
}

// serveCertificate offers the authority's certificate to phones.
func serveCertificate(listen string, authority []byte, app string) (stop func(), err error) {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /edl.crt", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-x509-ca-cert")
		w.Write(authority)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width"><title>edl</title>
<h1>演示证书</h1><p>1. <a href="/edl.crt">安装证书 Install the certificate</a><p>2. 在系统设置里信任它 Trust it in the settings<p>3. <a href="%s/driver/">打开电子驾驶证 Open the app</a>`, app)
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("offering the certificate", "error", err)
		}
	}()
	return func() { server.Close() }, nil
}

// terminalQR draws a QR with half blocks, light on dark, quiet zone included.
func terminalQR(text string) (string, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", err
	}
	size := code.Bounds().Dx()
	dark := func(x, y int) bool {
		if x < 0 || y < 0 || x >= size || y >= size {
			return false
		}
		r, _, _, _ := code.At(x, y).RGBA()
		return r == 0
	}
	var b strings.Builder
	for y := -2; y < size+2; y += 2 {
		b.WriteString("    ")
		for x := -2; x < size+2; x++ {
			switch top, bottom := dark(x, y), dark(x, y+1); {
			case top && bottom:
				b.WriteString(" ")
			case top:
				b.WriteString("▄")
			case bottom:
				b.WriteString("▀")
			default:
				b.WriteString("█")
			}
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}
