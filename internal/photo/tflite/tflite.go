// Package tflite runs small TensorFlow Lite models in Go, and in a hundred
// lines of AVX where the processor has it.
//
// Load reads a model file into a plan: every shape is known then, every
// operator is checked against the shapes that the file declares, weights are
// turned to float32 and packed, and each activation is given its place in one
// block of memory. Run walks the plan. A Model never changes after Load and
// may be run by many goroutines at once; each run borrows its memory from a
// pool.
//
// Guarantees: a file that is damaged or hostile is an error from Load, never
// a panic, and cannot make it allocate more than a small multiple of its own
// size or of the limits below. What Load accepts, Run can run. The outputs are
// the same bits with AVX and without.
//
// Left out: everything MediaPipe's face, palm and selfie models do not use.
// One graph, batch 1, static shapes, float arithmetic; weights in float32 or
// float16; no quantisation, no control flow. An operator or option that is
// not known is an error that names it.
package tflite

import (
	"errors"
	"fmt"
	"sync"
)

// ErrModel is wrapped by every error of Load.
var ErrModel = errors.New("not a model that can be run")

// Limits of a model.
const (
	maxFile     = 16 << 20 // bytes
	maxTensors  = 4096
	maxElements = 1 << 22 // of one tensor
	maxWeights  = 1 << 23 // elements of all constants together
	maxMemory   = 1 << 24 // elements that a run may hold
)

// Model is a loaded model.
type Model struct {
	graph   *graph
	steps   []step
	places  []place
	floats  int // elements that a run holds
	scratch int // and of its scratch row
	runs    sync.Pool
}

// step computes one operator.
type step func(r *run)

// run is the memory of one walk through the plan.
type run struct {
	values  [][]float32 // by tensor; constants are shared
	scratch []float32
}

// Load reads a model.
func Load(file []byte) (*Model, error) {
	if len(file) > maxFile {
		return nil, fmt.Errorf("%d bytes: %w", len(file), ErrModel)
	}
	g, err := readGraph(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	m := &Model{graph: g}
	for i, o := range g.ops {
		s, err := m.plan(o)
		if err != nil {
			return nil, fmt.Errorf("%w: operator %d, %s: %w", ErrModel, i, o.name(), err)
		}
		m.steps = append(m.steps, s)
	}
	if err := m.place(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	m.runs.New = func() any { return m.newRun() }
	return m, nil
}

// Input returns the shape of the model's only input: batch, height, width, channels.
func (m *Model) Input() []int { return m.graph.tensors[m.graph.inputs[0]].shape }

// Outputs returns the shapes of the outputs.
func (m *Model) Outputs() [][]int {
	out := make([][]int, len(m.graph.outputs))
	for i, t := range m.graph.outputs {
		out[i] = m.graph.tensors[t].shape
	}
	return out
}

// Run computes the outputs for one input, laid out as Input says.
func (m *Model) Run(input []float32) ([][]float32, error) {
	r := m.runs.Get().(*run)
	defer m.runs.Put(r)
	in := r.values[m.graph.inputs[0]]
	if len(input) != len(in) {
		return nil, fmt.Errorf("input of %d values, the model takes %d", len(input), len(in))
	}
	copy(in, input)
	for _, s := range m.steps {
		s(r)
	}
	out := make([][]float32, len(m.graph.outputs))
	for i, t := range m.graph.outputs {
		out[i] = append([]float32(nil), r.values[t]...)
	}
	return out, nil
}

func (m *Model) newRun() *run {
	block := make([]float32, m.floats)
	r := &run{values: make([][]float32, len(m.graph.tensors)), scratch: make([]float32, m.scratch)}
	for i, t := range m.graph.tensors {
		switch p := m.places[i]; {
		case t.floats != nil:
			r.values[i] = t.floats
		case p.held:
			r.values[i] = block[p.at : p.at+t.size() : p.at+t.size()]
		}
	}
	return r
}
