// Command edl is the electronic driving licence platform: the authority's
// register, the driver's app, the terminal and the console in one program.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the build.
var version = "dev"

// commands is the command line. Every flag can also be set as EDL_….
type commands struct {
	Serve    serveCommand     `cmd:"" help:"Serve the platform."`
	Setup    setupCommand     `cmd:"" help:"Make the keys and the settings of a new authority."`
	Import   importCommand    `cmd:"" help:"Import the register from a file."`
	Keys     keysCommand      `cmd:"" help:"Make, show, rotate and revoke signing keys."`
	Backup   backupCommand    `cmd:"" help:"Write one state of the database to a file."`
	Restore  restoreCommand   `cmd:"" help:"Fill an empty database from a backup."`
	Doctor   doctorCommand    `cmd:"" help:"Examine keys, certificates, lists, database, disk, clock and settings, and say the remedies."`
	Inspect  inspectCommand   `cmd:"" help:"Print what is in a credential, a code, a list or a certificate."`
	Verify   verifyCommand    `cmd:"" help:"Verify one, step by step: exit 0 valid, 1 not valid, 2 wrong command line."`
	Demo     demoCommand      `cmd:"" help:"What a running demonstration can still be given."`
	Bench    benchCommand     `cmd:"" help:"Measure what the platform does a second, beside floors."`
	Phone    phoneCommand     `cmd:"" help:"Serve the demonstration over HTTPS to phones on the same network."`
	Floor    floorCommand     `cmd:"" name:"bench-floor" hidden:""`
	Describe describeCommand  `cmd:"" hidden:""`
	Decode   decodeCommand    `cmd:"" name:"photo-decode" hidden:""`
	Version  kong.VersionFlag `help:"Print the version."`
}

// exitCode is an error that carries the code to end with and has been reported.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit %d", int(c)) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

// run executes a command line and returns the exit code: 0 done, 1 failed,
// 2 the command line itself is wrong.
func run(ctx context.Context, args []string) int {
	var cli commands
	parser, err := kong.New(&cli, kong.Name("edl"),
		kong.Description("The electronic driving licence platform."),
		kong.Vars{"version": version, "uses": usesOfKeys(), "roles": rolesOfPKI()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.DefaultEnvars("EDL"),
		kong.ValueFormatter(helpWithDefault),
		kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		fmt.Fprintln(os.Stderr, "edl:", err)
		return 2
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "edl: %s; see \"edl --help\"\n", oneLine(err))
		return 2
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	err = parsed.Run()
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintln(os.Stderr, "edl:", oneLine(err))
	return 1
}

// helpWithDefault says a flag's default, which kong leaves out where the flag
// names what it takes.
func helpWithDefault(v *kong.Value) string {
	if v.Flag == nil || v.Default == "" || v.Flag.PlaceHolder == "" {
		return kong.DefaultHelpValueFormatter(v)
	}
	said := *v
	said.Help = strings.TrimSuffix(v.Help, ".") + " (default: " + v.Default + ")."
	return kong.DefaultHelpValueFormatter(&said)
}

// oneLine keeps an error that several causes came to on one line.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\t' }), "; ")
}
