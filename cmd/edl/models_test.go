package main

import (
	"bytes"
	"context"
	"image"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"edl/internal/photo"
	"edl/internal/photo/weights"
)

// Without the models, or with damaged ones, the start says so with the remedy,
// the console is told, and nothing that needs them passes.
func TestMissingPhotoModelsAreSaidAtTheStart(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)

	whole := weights.Files()
	for name, folder := range map[string]fstest.MapFS{"none": {}, "damaged": {"face_detection_short_range.tflite": {Data: make([]byte, 229_032)}}} {
		log.Reset()
		c, there := newChecker(folder)
		if said := log.String(); there || !strings.Contains(said, "level=WARN") || !strings.Contains(said, "go generate ./internal/photo/weights") {
			t.Errorf("%s: there %v, said %q", name, there, said)
		}
		p, err := photo.NewPicture(image.NewRGBA(image.Rect(0, 0, 520, 756)))
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Check(context.Background(), photo.Input{Picture: p, Route: photo.Camera, Now: time.Now()})
		if err != nil || r.Models != "" {
			t.Fatalf("%s: %+v, %v", name, r.Models, err)
		}
		for _, rule := range []photo.RuleID{photo.RuleOnePerson, photo.RuleEyes, photo.RuleBackground, photo.RuleMask} {
			if v := r.Finding(rule).Verdict; v != photo.NotAssessed {
				t.Errorf("%s: %s is %s", name, rule, v)
			}
		}
	}
	log.Reset()
	if _, there := newChecker(whole); there != (log.Len() == 0) {
		t.Errorf("this build's models: there %v, said %q", there, log.String())
	}
}
