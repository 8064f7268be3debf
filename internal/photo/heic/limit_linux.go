package heic

import "syscall"

// limitMemory bounds the data of this process. RLIMIT_DATA counts what is
// mapped writable, unlike RLIMIT_AS, which would count what Go only reserves.
func limitMemory() error {
	collectEarly()
	return syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: Memory, Max: Memory})
}
