// Package heic decodes HEIC pictures in a process of its own.
//
// The decoder (libheif and libde265, compiled to WebAssembly) takes more
// memory and has a worse history than the others. So the server starts its
// own binary again for each picture, hands it the upload on standard input
// and reads pixels from standard output. The child sets itself a limit of
// memory before it reads; the parent gives it a time-out, starts one at a
// time and believes nothing but a small header and that many pixels.
//
// What the child runs is WebAssembly inside Go: a fault in the decoder is an
// error of that picture. A system library of the same name is never used.
package heic

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"os/exec"
	"time"

	"edl/internal/photo"
)

// Limits of a child.
const (
	Memory  = 350 << 20 // bytes of data: heap, stacks and the decoder's own
	Timeout = 20 * time.Second
)

// Decoder decodes HEIC pictures, one at a time.
type Decoder struct {
	command []string
	slot    chan struct{}
}

// NewDecoder returns a decoder whose children run that command: the binary's
// own path and the words that make it call Child.
func NewDecoder(command ...string) *Decoder {
	return &Decoder{command, make(chan struct{}, 1)}
}

// Decode decodes one picture. A picture that is damaged, or needs more than a
// child is allowed, is photo.ErrCorrupt or photo.ErrTooHeavy; waiting in vain
// is photo.ErrBusy.
func (d *Decoder) Decode(ctx context.Context, data []byte) (*photo.Picture, error) {
	h, err := photo.Inspect(data)
	if err != nil {
		return nil, err
	}
	if h.Format != photo.HEIC {
		return nil, photo.ErrFormat
	}
	select {
	case d.slot <- struct{}{}:
		defer func() { <-d.slot }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", photo.ErrBusy, context.Cause(ctx))
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	out, err := d.run(ctx, data)
	if err != nil {
		return nil, err
	}
	m, err := readPixels(out)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", photo.ErrCorrupt, err)
	}
	return upright(h, m)
}

func (d *Decoder) run(ctx context.Context, data []byte) ([]byte, error) {
	cmd := exec.CommandContext(ctx, d.command[0], d.command[1:]...)
	cmd.Stdin = bytes.NewReader(data)
	cmd.Env = []string{} // the child needs no settings, and least of all secrets
	var out, complaint capped
	out.limit, complaint.limit = maxPixels+headerSize, 4<<10
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return out.Bytes(), nil
	case errors.As(err, &exit) && exit.ExitCode() == exitCorrupt:
		return nil, fmt.Errorf("%w: %s", photo.ErrCorrupt, complaint.Bytes())
	case errors.As(err, &exit) && exit.ExitCode() == exitUnavailable:
		return nil, fmt.Errorf("%w: %s", photo.ErrNoHEIC, complaint.Bytes())
	case errors.As(err, &exit): // killed by its limits or by the time-out
		return nil, fmt.Errorf("%w: %w: %s", photo.ErrTooHeavy, err, complaint.Bytes())
	}
	return nil, fmt.Errorf("%w: starting the decoder: %w", photo.ErrNoHEIC, err)
}

// capped keeps the first limit bytes and takes the rest without keeping it.
type capped struct {
	bytes.Buffer
	limit int
}

func (c *capped) Write(p []byte) (int, error) {
	c.Buffer.Write(p[:min(len(p), max(0, c.limit-c.Len()))])
	return len(p), nil
}

// The child's answer: width and height, then rows of R, G, B.
const (
	headerSize = 8
	maxPixels  = 3 * photo.MaxSide * photo.MaxSide
)

func writePixels(w io.Writer, m *image.RGBA) error {
	size := m.Rect.Size()
	out := make([]byte, 0, headerSize+3*size.X*size.Y)
	out = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(out, uint32(size.X)), uint32(size.Y))
	for i := 0; i < len(m.Pix); i += 4 {
		out = append(out, m.Pix[i], m.Pix[i+1], m.Pix[i+2])
	}
	_, err := w.Write(out)
	return err
}

func readPixels(b []byte) (*image.RGBA, error) {
	if len(b) < headerSize {
		return nil, errors.New("no picture came back")
	}
	w, h := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	if w == 0 || h == 0 || w > photo.MaxSide || h > photo.MaxSide || len(b) != headerSize+3*int(w)*int(h) {
		return nil, fmt.Errorf("%d bytes came back for %d × %d px", len(b), w, h)
	}
	m := image.NewRGBA(image.Rect(0, 0, int(w), int(h)))
	for i, p := 0, b[headerSize:]; len(p) >= 3; i, p = i+4, p[3:] {
		m.Pix[i], m.Pix[i+1], m.Pix[i+2], m.Pix[i+3] = p[0], p[1], p[2], 255
	}
	return m, nil
}

// upright gives the picture its header. The decoder has turned the picture
// already, which the header's size does not know.
func upright(h photo.Header, m *image.RGBA) (*photo.Picture, error) {
	p, err := photo.NewPicture(m)
	if err != nil {
		return nil, err
	}
	if (h.Width > h.Height) != (m.Rect.Dx() > m.Rect.Dy()) {
		h.Width, h.Height = h.Height, h.Width
	}
	p.Header = h
	return p, nil
}
