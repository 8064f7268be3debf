// Package photo reads, checks and prepares the portrait of a licence.
//
// An upload passes four gates, each cheaper than the next. Inspect reads the
// header alone and refuses what is too large, of another format, or built to
// be two things at once; nothing is decoded before that. Decode makes an
// upright Picture of at most 2000 px with metadata left behind. A Checker
// measures the picture and gives one verdict for each rule of Rules: pass,
// fail, review or not assessed. Reencode, Portrait and SmallFace then write
// the three files that are kept; the uploaded bytes never are.
//
// Guarantees: no name or declared type is believed, only the bytes; memory
// and work are bounded by the header before they are spent; a rule that a
// program cannot judge, or that needs a model that is not there, is never
// shown as passed; the same picture and Settings give the same Report.
//
// Left out: who the person is (no face is compared with another), the age of
// an uploaded file beyond what its EXIF says, retouching and composites. The
// package knows no clock, file, network or logger.
package photo

import (
	"io"
	"time"

	"edl/internal/fault"
)

// Limits of an upload, checked before anything is decoded.
const (
	MaxBytes  = 15 << 20   // size of the file
	MaxPixels = 50_000_000 // width × height
	MaxEdge   = 16_384     // longer side in px
	MaxSide   = 2000       // longer side of a decoded Picture, px

	maxScans  = 40        // scans of a JPEG; a progressive one has about ten
	maxMemory = 450 << 20 // bytes that decoding may need
)

// The faults of an upload. Each sentence says what to do next.
var (
	ErrTooLarge = fault.New(fault.TooLarge, "photo.too_large",
		"照片超过 15 MB，请换一张小一些的照片，或用手机重新拍摄。",
		"The photo is larger than 15 MB. Choose a smaller one, or take it again with the phone.")
	ErrTooManyPixels = fault.New(fault.TooLarge, "photo.too_many_pixels",
		"照片尺寸过大（超过 5000 万像素），请缩小后再上传。",
		"The photo has more than 50 million pixels. Make it smaller and upload it again.")
	ErrTooHeavy = fault.New(fault.TooLarge, "photo.too_heavy",
		"照片的存储方式过于复杂，请用手机自带相机重新拍摄，或另存为普通 JPEG 后再上传。",
		"The way this photo is stored takes too much work to open. Take it again with the phone's own camera, or save it as a plain JPEG.")
	ErrFormat = fault.New(fault.Unsupported, "photo.format",
		"这个文件不是可用的照片，请上传 JPEG、PNG、WebP 或 HEIC 格式的照片。",
		"This file is not a photo that can be used. Upload a JPEG, PNG, WebP or HEIC photo.")
	ErrAnimated = fault.New(fault.Unsupported, "photo.animated",
		"动态图片不能作为证件照，请上传静态照片。",
		"A moving picture cannot be used. Upload a still photo.")
	ErrCorrupt = fault.New(fault.Invalid, "photo.corrupt",
		"照片文件不完整或已损坏，请重新选择或重新拍摄。",
		"The photo file is incomplete or damaged. Choose it again or take a new one.")
	ErrPolyglot = fault.New(fault.Invalid, "photo.polyglot",
		"照片文件中夹带了其他内容，不能使用，请用手机自带相机重新拍摄。",
		"The photo file carries other content and cannot be used. Take a new one with the phone's own camera.")
	ErrEmpty = fault.New(fault.Invalid, "photo.empty",
		"没有收到照片，请重新选择。",
		"No photo was received. Choose it again.")
)

// Format is the format of a picture file, known by its bytes.
type Format string

// The formats that are taken.
const (
	JPEG Format = "jpeg"
	PNG  Format = "png"
	WebP Format = "webp"
	HEIC Format = "heic"
)

// MediaType returns the format's media type.
func (f Format) MediaType() string { return "image/" + string(f) }

// Header is what a picture file says about itself, read without decoding it.
type Header struct {
	Format        Format
	Bytes         int       // size of the file
	Width, Height int       // px, upright: after the EXIF orientation
	Orientation   int       // EXIF orientation 1 to 8; 1 where none is given
	Taken         time.Time // EXIF time of the exposure; zero where none is given
	Software      string    // EXIF software, at most 64 characters
	Quality       int       // JPEG quality 1 to 100 estimated from its tables; 0 unknown
	Memory        int       // bytes that decoding takes, estimated

	scans int
}

// Read reads an upload of at most MaxBytes.
func Read(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > MaxBytes:
		return nil, ErrTooLarge
	case len(data) == 0:
		return nil, ErrEmpty
	}
	return data, nil
}
