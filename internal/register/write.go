package register

import (
	"encoding/json"
	"time"

	"edl/internal/civil"
	"edl/internal/licence"
)

// Write renders a record as a line of JSON Lines that Import and Apply read, for
// systems and demonstrations that send records as the program holds them. A
// photo is named by its file, "" for none; holdsFrom may be zero.
func Write(l licence.Licence, photo string, holdsFrom time.Time) ([]byte, error) {
	cells := map[string]string{}
	for _, c := range columns {
		if c.show != nil {
			cells[c.name] = c.show(&l)
		}
	}
	if photo != "" {
		cells["photo"] = photo
		cells["photo_taken_on"] = l.Photo.TakenOn.String()
		cells["photo_source"] = photoSourceDigit[l.Photo.Source]
	}
	if !holdsFrom.IsZero() {
		cells["holds_from"] = holdsFrom.In(civil.Shanghai).Format(time.RFC3339)
	}
	line, err := json.Marshal(cells)
	return append(line, '\n'), err
}

// photoSourceDigit is how a file writes a photo's source.
var photoSourceDigit = map[licence.PhotoSource]string{
	licence.FromIdentityCard: "1", licence.FromLicence: "2", licence.FromWindow: "3",
}
