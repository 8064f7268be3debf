package photo

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSpoiltPhotosForTheCamera writes what the browser tests put before a
// phone's camera: a good photo of one person, the same spoilt in each way, and
// a wall with nobody before it, as PNG of 520 × 756 px named for what is wrong.
// It runs where EDL_PHOTO_SPOILT names a folder.
func TestSpoiltPhotosForTheCamera(t *testing.T) {
	folder := os.Getenv("EDL_PHOTO_SPOILT")
	if folder == "" {
		t.Skip("writes files for the browser tests where EDL_PHOTO_SPOILT names a folder")
	}
	write := func(name string, m *image.RGBA) {
		f, err := os.Create(filepath.Join(folder, strings.ReplaceAll(name, " ", "-")+".png"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(f, m); err != nil {
			t.Fatal(err)
		}
	}
	s := sit(t, loadedModels(t), "audrey.jpg")
	write("good", s.photo)
	write("another", sit(t, loadedModels(t), "biden.jpg").photo)
	write("nobody", s.each(func(int, int, float32, color.RGBA) color.RGBA { return color.RGBA{wall, wall, wall, 255} }))
	for _, sp := range spoils {
		write(sp.name, sp.make(s))
	}
}
