package register

// InBatchesOf returns the file with batches of n lines, so that a test of
// several batches needs no thousands of lines.
func (f File) InBatchesOf(n int) File {
	f.lines = n
	return f
}
