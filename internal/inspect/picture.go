package inspect

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // the two kinds of picture that cameras and screens make
	_ "image/png"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"edl/internal/fault"
)

// maxPixels bounds a picture, which costs eight bytes a pixel to look at.
const maxPixels = 24 << 20

// ErrNoQR is returned for a picture in which no QR is found.
var ErrNoQR = fault.New(fault.Invalid, "no_qr",
	"图片里没有找到可读的二维码，请重新拍摄或截取。",
	"No readable QR was found in the picture; take it again.")

func isPicture(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) || bytes.HasPrefix(b, []byte{0xff, 0xd8, 0xff})
}

// readQR returns the text of the QR in a picture, JPEG or PNG, whose size is
// asked before anything is decoded.
func readQR(b []byte) (text string, err error) {
	defer func() { // the library indexes by what it finds in the picture
		if r := recover(); r != nil {
			text, err = "", fmt.Errorf("%w (%v)", ErrNoQR, r)
		}
	}()
	config, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return "", fmt.Errorf("%w (%v)", ErrNoQR, err)
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width > maxPixels/config.Height {
		return "", fmt.Errorf("%w (a picture of %d × %d)", ErrTooLarge, config.Width, config.Height)
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return "", fmt.Errorf("%w (%v)", ErrNoQR, err)
	}
	return findQR(img)
}

// findQR looks three times: as at a photograph, as at a photograph in even
// light, and as at a screenshot.
func findQR(img image.Image) (string, error) {
	source := gozxing.NewLuminanceSourceFromImage(img)
	var why error
	for _, try := range []struct {
		binarizer gozxing.Binarizer
		hint      gozxing.DecodeHintType
	}{
		{gozxing.NewHybridBinarizer(source), gozxing.DecodeHintType_TRY_HARDER},
		{gozxing.NewGlobalHistgramBinarizer(source), gozxing.DecodeHintType_TRY_HARDER},
		{gozxing.NewHybridBinarizer(source), gozxing.DecodeHintType_PURE_BARCODE},
	} {
		bitmap, err := gozxing.NewBinaryBitmap(try.binarizer)
		if err != nil {
			return "", fmt.Errorf("%w (%v)", ErrNoQR, err)
		}
		found, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{try.hint: true})
		if err == nil {
			return found.GetText(), nil
		}
		why = err
	}
	return "", fmt.Errorf("%w (%v)", ErrNoQR, why)
}
