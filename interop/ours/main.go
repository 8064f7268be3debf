// Command ours writes what our packages issue, for others to check, and what
// they need to issue something for us: go run ./interop/ours DIR.
package main

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"edl/internal/inspect/inspecttest"
	"edl/sdjwt/jws"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "ours:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	inspecttest.Now = time.Now().UTC().Truncate(time.Second).Add(-time.Minute)
	world := inspecttest.New()
	files := world.Files
	files["large.bin"] = inspecttest.Response(world.IssuerSigned(20 * 1024)) // what is timed
	for _, name := range []string{"root", "signer", "holder", "lists", "reader", "code"} {
		jwk, err := jws.JWK(inspecttest.KeyOf(name).Public())
		if err != nil {
			return err
		}
		d, err := inspecttest.KeyOf(name).Bytes()
		if err != nil {
			return err
		}
		jwk["d"] = base64.RawURLEncoding.EncodeToString(d)
		if files[name+".jwk"], err = json.Marshal(jwk); err != nil {
			return err
		}
	}
	for _, name := range []string{"root", "signer", "lists", "reader"} {
		block, _ := pem.Decode(files[name+".pem"])
		files[name+".der"] = block.Bytes
	}
	portrait := inspecttest.Elements(20 * 1024)[0]
	for _, e := range portrait.Elements {
		if e.Name == "portrait" {
			files["portrait.bin"] = e.Value[3:] // after the head of the byte string
		}
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}
