package photo

import (
	"context"
	"fmt"

	"golang.org/x/sync/semaphore"

	"edl/internal/fault"
)

// ErrNoHEIC says that this server cannot open HEIC pictures.
var ErrNoHEIC = fault.New(fault.Unsupported, "photo.heic_unavailable",
	"暂时不能打开 HEIC 照片，请在手机相机设置中选择“兼容性最佳”重新拍摄，或转成 JPEG 后再上传。",
	"HEIC photos cannot be opened at the moment. Set the phone's camera to Most Compatible and take it again, or convert it to JPEG.")

// Decoder decodes uploads without letting them take more memory together
// than its budget: each waits until what it needs is free. It is safe for
// concurrent use.
type Decoder struct {
	budget *semaphore.Weighted
	most   int64
	heic   func(context.Context, []byte) (*Picture, error)
}

// NewDecoder returns a decoder with a budget of bytes; one picture alone may
// use all of it. The function decodes HEIC and may be nil (package heic has one
// that works in a process of its own).
func NewDecoder(budget int64, heic func(context.Context, []byte) (*Picture, error)) *Decoder {
	return &Decoder{semaphore.NewWeighted(budget), budget, heic}
}

// Decode inspects and decodes an upload. It returns ErrBusy where the context
// ends before there is room.
func (d *Decoder) Decode(ctx context.Context, data []byte) (*Picture, error) {
	h, err := Inspect(data)
	if err != nil {
		return nil, err
	}
	if h.Format == HEIC {
		if d.heic == nil {
			return nil, ErrNoHEIC
		}
		return d.heic(ctx, data)
	}
	need := min(int64(h.Memory), d.most)
	if err := d.budget.Acquire(ctx, need); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBusy, err)
	}
	defer d.budget.Release(need)
	return Decode(data)
}
