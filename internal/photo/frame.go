package photo

import (
	"context"
	"fmt"
	"image"
	"math"
)

// What a head measures, over the distance between the eyes: in the mean of the
// nine people of docs/photo.md, of whom the farthest off are 9 % longer or
// shorter.
const (
	headByEyes = 3.70 // hair to chin
	browByEyes = 1.92 // hair to the eyes
)

// Frame finds where the portrait is to be cut of a picture on file, whose face
// need not be judged: by the eyes that one detector finds, in a tenth of the
// time that Locate takes, so that a register of millions can be imported. The
// crop is empty where there are no models or no face: then the middle is cut.
func (c *Checker) Frame(ctx context.Context, p *Picture) (Crop, error) {
	if err := c.enter(ctx); err != nil {
		return Crop{}, err
	}
	defer c.leave()
	models, putBack := c.shelf.lend()
	defer putBack()
	if models == nil {
		return Crop{}, nil
	}
	glance := fit(p.Pix, glanceSide)
	found, err := models.shortDetector().find(glance, float64(p.Pix.Rect.Dx())/float64(glance.Rect.Dx()))
	if err != nil {
		return Crop{}, fmt.Errorf("framing a photo: %w", err)
	}
	if len(found) == 0 {
		return Crop{}, nil
	}
	nearest := found[0]
	for _, d := range found[1:] {
		if d.width > nearest.width {
			nearest = d
		}
	}
	return nearest.portraitCrop(p.Pix.Rect.Dy()), nil
}

// portraitCrop returns the frame of a one-inch portrait about a face of which
// only the eyes are known, in a picture of so many rows.
func (d detection) portraitCrop(rows int) Crop {
	right, left := d.keys[0], d.keys[1]
	eyes, apart := right.mid(left), right.away(left)
	return cropOf(portraitFrame(point{eyes.x, eyes.y - browByEyes*apart, 0}, headByEyes*apart, rows))
}

// Where the head stands in a portrait of 260 × 378 px (domain: head 224 to
// 260 px long, hair 10 to 20 px below the edge).
const (
	headLength  = 242.0
	headLongest = 258.0
	headMargin  = 15.0
)

// portraitFrame returns the frame about a head of so many px from hair to
// chin, whose hair begins at top, in a picture of so many rows. Where the
// picture ends early below, the head is made as much longer as it may be, so
// that the portrait does not end in a strip of white under the shoulders. What
// lies beyond the other edges is background, which is white as well.
func portraitFrame(top point, head float64, rows int) image.Rectangle {
	scale := head / headLength // picture px for a portrait px
	if fits := (float64(rows) - top.y) / (PortraitHeight - headMargin); fits < scale {
		scale = max(fits, head/headLongest)
	}
	w, h := PortraitWidth*scale, PortraitHeight*scale
	x, y := top.x-w/2, top.y-headMargin*scale
	return image.Rect(int(math.Round(x)), int(math.Round(y)), int(math.Round(x+w)), int(math.Round(y+h)))
}
