package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// cleaned removes what the tests built for themselves.
type cleaned struct{ *testing.M }

func (m cleaned) Run() int {
	defer func() {
		if dir, err := builds(); err == nil {
			os.RemoveAll(dir)
		}
	}()
	return m.M.Run()
}

func TestMain(m *testing.M) {
	testscript.Main(cleaned{m}, map[string]func(){
		"edl": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			os.Exit(run(ctx, os.Args[1:]))
		},
	})
}

// TestScripts plays the command line as its scripts have it. They are
// documentation too.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await":  await,
			"invent": invent,
		},
	})
}

// await waits until a file is there: await FILE.
func await(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
	}
	ts.Fatalf("%s did not appear", args[0])
}
