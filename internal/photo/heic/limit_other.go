//go:build !linux

package heic

// limitMemory only asks the garbage collector: no hard limit is known here.
func limitMemory() error {
	collectEarly()
	return nil
}
