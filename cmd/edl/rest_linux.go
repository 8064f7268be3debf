package main

import (
	"bufio"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"syscall"
)

// unmapProgram lets go of the pages of the program's own file that the start
// went through. Of a file that lies in the page cache, as one does that was
// just built or copied, Linux maps far more than is used and counts all of it
// as this process's; what is needed is mapped again at its next use. Mappings
// with pages that were written to are left alone.
func unmapProgram() {
	self, err := os.Executable()
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return // no /proc: it stays as it is
	}
	defer maps.Close()
	var from, to uintptr
	var own bool // the mapping is of the program's file and cannot be written to
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		line := lines.Text()
		var start, end uintptr
		var access string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &start, &end, &access); n == 3 {
			from, to, own = start, end, strings.HasSuffix(line, " "+self) && !strings.Contains(access, "w")
			continue
		}
		var written int
		if n, _ := fmt.Sscanf(line, "Anonymous: %d kB", &written); n == 0 || !own || written > 0 {
			continue
		}
		if _, _, errno := syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED); errno != 0 {
			slog.Debug("the program's pages stay mapped", "error", errno)
		}
	}
}
