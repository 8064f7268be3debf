package photo

import (
	"image"
	"math"
	"strings"
	"time"
)

// Route is the way a photo came in; it decides which rules of the file apply.
type Route string

// The routes.
const (
	Album  Route = "album"   // chosen from the phone's album
	Camera Route = "camera"  // taken in the app, timed by the server
	OnFile Route = "on_file" // held by the authority already, to be cut anew
)

// Input is what is checked.
type Input struct {
	Picture *Picture
	Route   Route
	Now     time.Time
	Earlier []Hash // hashes of the driver's earlier photos
}

// addFile measures what the file says and the shape of the picture.
func (t *tally) addFile(in Input) {
	h := in.Picture.Header
	if in.Route != OnFile {
		shape := float64(h.Width) / float64(h.Height)
		t.add(MeasureWidth, float64(h.Width))
		t.add(MeasureNarrow, shape)
		t.add(MeasureWide, shape)
	}
	if h.Quality > 0 {
		t.add(MeasureQuality, float64(h.Quality))
	}
	switch {
	case in.Route == Camera:
		t.add(MeasureAge, 0)
	case in.Route == Album && !h.Taken.IsZero() && !h.Taken.After(in.Now.Add(24*time.Hour)):
		t.add(MeasureAge, math.Floor(in.Now.Sub(h.Taken).Hours()/24))
	}
	if namesEditor(h.Software) {
		t.add(MeasureEditor, 1)
	}
	t.add(MeasureColour, colourSpread(in.Picture.Pix))
}

// editors are parts of the names that editing programs write into EXIF.
var editors = []string{
	"photoshop", "lightroom", "gimp", "snapseed", "picsart", "vsco", "facetune", "faceapp", "beautyplus",
	"meitu", "美图", "醒图", "轻颜", "b612", "faceu", "美颜", "affinity", "pixelmator", "paint.net", "canva",
}

func namesEditor(software string) bool {
	s := strings.ToLower(software)
	for _, e := range editors {
		if strings.Contains(s, e) {
			return true
		}
	}
	return false
}

// addReuse compares with the driver's earlier photos.
func (t *tally) addReuse(h Hash, earlier []Hash) {
	nearest := len(h) * 8
	for _, e := range earlier {
		nearest = min(nearest, h.Distance(e))
	}
	t.add(MeasureReuse, float64(nearest))
}

// addUnlocated measures sharpness and exposure where no face was located: on
// the part where it should be. Only gross faults can be told there, so that a
// good value is no pass.
func (t *tally) addUnlocated(p *Picture, r *Report) {
	const side = 160
	middle := centred(p.Pix.Rect, PortraitWidth, PortraitHeight)
	r.Crop, r.Hash = cropOf(middle), HashOf(p)
	light := luminances(cut(p.Pix, upperMiddle(middle), side, side))
	t.addBreach(MeasureSharpness, laplacian(light, side))
	under, over := extremes(light)
	t.addBreach(MeasureUnderShare, under)
	t.addBreach(MeasureOverShare, over)
}

// addBreach adds v only where it breaks its limit.
func (t *tally) addBreach(id MeasureID, v float64) {
	if limit, ok := t.settings.Limits[id]; ok {
		if verdict, _ := limit.judge(v); verdict == Fail || verdict == Review {
			t.add(id, v)
		}
	}
}

// colourSpread is the mean difference between the largest and the smallest
// of a pixel's components, 0 to 255: next to nothing in black and white.
func colourSpread(m *image.RGBA) float64 {
	sum, n := 0, 0
	for p := 0; p+4 <= len(m.Pix); p += 4 * 7 {
		r, g, b := m.Pix[p], m.Pix[p+1], m.Pix[p+2]
		sum += int(max(r, g, b)) - int(min(r, g, b))
		n++
	}
	return float64(sum) / float64(max(1, n))
}

func luminances(m *image.RGBA) []float64 {
	w := m.Rect.Dx()
	out := make([]float64, 0, w*m.Rect.Dy())
	for y := range m.Rect.Dy() {
		row := m.Pix[y*m.Stride:]
		for x := range w {
			out = append(out, luma(row[4*x], row[4*x+1], row[4*x+2]))
		}
	}
	return out
}

// laplacian is the variance of the four-neighbour Laplacian: low where a
// picture is blurred.
func laplacian(light []float64, w int) float64 {
	sum, squares, n := 0.0, 0.0, 0.0
	for i := w + 1; i < len(light)-w-1; i++ {
		if i%w == 0 || i%w == w-1 {
			continue
		}
		v := 4*light[i] - light[i-1] - light[i+1] - light[i-w] - light[i+w]
		sum, squares, n = sum+v, squares+v*v, n+1
	}
	return squares/n - (sum/n)*(sum/n)
}

// extremes returns the shares of light at or under 25 and at or over 247.
func extremes(light []float64) (under, over float64) {
	for _, v := range light {
		if v <= 25 {
			under++
		}
		if v >= 247 {
			over++
		}
	}
	n := float64(max(1, len(light)))
	return under / n, over / n
}
