//go:build !linux

package main

// unmapProgram does something on Linux alone.
func unmapProgram() {}
