package bench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A Process is a server started as a child.
type Process struct {
	Address string // host and port
	command *exec.Cmd
}

// Start runs a program until it says "ready URL".
func Start(program string, args ...string) (*Process, error) {
	p := &Process{command: exec.Command(program, args...)}
	var said strings.Builder
	p.command.Stderr = &said
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if err != nil || !ok {
		p.command.Process.Kill()
		p.command.Wait()
		return nil, fmt.Errorf("%s %s did not start: %s", program, args[0], said.String())
	}
	go io.Copy(io.Discard, out)
	p.Address = "127.0.0.1:" + url[strings.LastIndex(url, ":")+1:]
	return p, nil
}

// Stop ends the process and waits for it.
func (p *Process) Stop() error {
	p.command.Process.Signal(syscall.SIGTERM)
	var exit *exec.ExitError
	if err := p.command.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}

// clockTick is the unit of times in /proc: USER_HZ is 100 on every Linux.
const clockTick = 10 * time.Millisecond

// CPU is the processor time that the process took so far, in user and system.
func (p *Process) CPU() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The name, in brackets, may hold spaces; utime and stime are the 12th and
	// 13th field after it (proc_pid_stat(5)).
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * clockTick, errors.Join(err1, err2)
}

// Memory is the resident set, now and at its largest, in bytes.
func (p *Process) Memory() (now, most int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			now = kb << 10
		case "VmHWM":
			most = kb << 10
		}
	}
	return now, most, nil
}
