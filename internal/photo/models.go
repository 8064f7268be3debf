package photo

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"edl/internal/photo/tflite"
)

// ModelFile says where a model's bytes come from and what they must be. The
// models are Google's MediaPipe models, under the Apache License 2.0.
type ModelFile struct {
	Name    string // file name
	Size    int
	SHA256  string
	Package string // npm package and version that ships it
	Path    string // file within the package
	Offset  int    // where the model begins in that file
}

// The names of the models.
const (
	modelShort    = "face_detection_short_range.tflite"
	modelFull     = "face_detection_full_range.tflite"
	modelMesh     = "face_landmark_with_attention.tflite"
	modelGeometry = "geometry_pipeline_metadata_landmarks.binarypb"
	modelSelfie   = "selfie_segmentation.tflite"
	modelPalm     = "palm_detection_lite.tflite"
)

const (
	faceMesh = "@mediapipe/face_mesh@0.4.1657299874"
	meshPack = "face_mesh_solution_packed_assets.data"
)

var modelFiles = []ModelFile{
	{modelShort, 229_032, "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633", faceMesh, meshPack, 3_757_224},
	{modelFull, 1_083_984, "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3", "@mediapipe/face_detection@0.4.1657300184", modelFull, 0},
	{modelMesh, 2_495_952, "883b7411747bac657c30c462d305d312e9dec6adbf8b85e2f5d8d722fca9455d", faceMesh, meshPack, 0},
	{modelGeometry, 19_376, "bdbcda96dfcb7da883da124aaa2c55dee49770d934f0fcc71747f8c21bdc75b4", faceMesh, meshPack, 3_737_848},
	{modelSelfie, 249_024, "8d13b7fae74af625c641226813616a2117bd6bca19eb3b75574621fc08557f27", "@mediapipe/selfie_segmentation@0.1.1675465747", modelSelfie, 0},
	{modelPalm, 1_985_440, "e9a4aaddf90dda56a87235303cf00e4c2d3fb28725f68fd88772997dac905c18", "@mediapipe/holistic@0.5.1675471629", "holistic_solution_packed_assets.data", 11_930_027},
}

// ModelFiles lists the models that a Checker uses.
func ModelFiles() []ModelFile { return slices.Clone(modelFiles) }

// Check reports whether data are the model's bytes.
func (f ModelFile) Check(data []byte) error {
	sum := sha256.Sum256(data)
	return f.agree(len(data), sum[:])
}

func (f ModelFile) agree(size int, sum []byte) error {
	if got := hex.EncodeToString(sum); size != f.Size || got != f.SHA256 {
		return fmt.Errorf("%s: %d bytes with SHA-256 %s, want %d with %s", f.Name, size, got, f.Size, f.SHA256)
	}
	return nil
}

// Models are the loaded models. A nil *Models has none: every check that
// needs one is then not assessed.
type Models struct {
	Version string // changes with any model

	short, full, mesh, selfie *tflite.Model
	palm                      *tflite.Model // nil where its file is missing: hands are not assessed
	geometry                  *geometry
	subsets                   [3][]int // landmarks that the mesh refines: lips, left eye, right eye
}

// ErrModels says that the models are missing or wrong. An operator sees it at
// start-up; photos are taken all the same and decided by people.
var ErrModels = errors.New("the photo models are missing or wrong: run go generate ./internal/photo/weights, then build again")

// CheckModels reports whether OpenModels will find in a folder what it needs.
// It loads nothing.
func CheckModels(folder fs.FS) error {
	for _, f := range modelFiles {
		file, err := folder.Open(f.Name)
		if errors.Is(err, fs.ErrNotExist) && f.Name == modelPalm {
			continue
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrModels, err)
		}
		sum := sha256.New()
		size, err := io.Copy(sum, file)
		file.Close()
		if err == nil {
			err = f.agree(int(size), sum.Sum(nil))
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrModels, err)
		}
	}
	return nil
}

// OpenModels loads the models from a folder. Each must have the size and hash
// that ModelFiles gives; the palm model alone may be missing.
func OpenModels(folder fs.FS) (*Models, error) {
	m := &Models{}
	all := sha256.New()
	for _, f := range modelFiles {
		data, err := fs.ReadFile(folder, f.Name)
		if errors.Is(err, fs.ErrNotExist) && f.Name == modelPalm {
			continue
		}
		if err == nil {
			err = f.Check(data)
		}
		if err == nil {
			err = m.load(f.Name, data)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrModels, err)
		}
		all.Write([]byte(f.SHA256))
	}
	m.Version = "mediapipe-" + hex.EncodeToString(all.Sum(nil))[:8]
	return m, nil
}

func (m *Models) load(name string, data []byte) (err error) {
	switch name {
	case modelShort:
		m.short, err = tflite.Load(data)
	case modelFull:
		m.full, err = tflite.Load(data)
	case modelSelfie:
		m.selfie, err = tflite.Load(data)
	case modelPalm:
		m.palm, err = tflite.Load(data)
	case modelGeometry:
		m.geometry, err = readGeometry(data)
	case modelMesh:
		if m.mesh, err = tflite.Load(data); err == nil {
			err = m.readSubsets()
		}
	}
	return err
}

// readSubsets asks the mesh model which landmarks its later outputs refine.
func (m *Models) readSubsets() error {
	found := m.mesh.LandmarkSubsets()
	if len(found) != len(m.subsets) {
		return fmt.Errorf("the mesh refines %d parts, want %d", len(found), len(m.subsets))
	}
	copy(m.subsets[:], found)
	return nil
}
