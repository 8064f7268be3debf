package tflite

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// graph is a model file's only graph, read and bounded.
type graph struct {
	tensors []tensor
	ops     []op
	inputs  []int
	outputs []int
}

// tensor is a value of the graph. Constants carry floats or ints.
type tensor struct {
	shape  []int
	floats []float32
	ints   []int
}

func (t tensor) size() int { return product(t.shape) }

func product(shape []int) int {
	n := 1
	for _, v := range shape {
		n *= v
	}
	return n
}

// op is an operator with its tensors and options; in may hold -1 for an
// optional tensor that is absent.
type op struct {
	code    opcode
	custom  string
	in, out []int
	options table
	flex    []byte
}

func (o op) name() string {
	if o.code == opCustom {
		return o.custom
	}
	return o.code.String()
}

// Fields of the TFLite schema, version 3.
const (
	modelCodes, modelGraphs, modelBuffers                   = 1, 2, 4
	graphTensors, graphInputs, graphOutputs, graphOps       = 0, 1, 2, 3
	tensorShape, tensorType, tensorBuffer                   = 0, 1, 2
	codeOld, codeCustom, codeNew                            = 0, 1, 3
	opCode, opInputs, opOutputs, opOptions, opCustomOptions = 0, 1, 2, 4, 5
	typeFloat32, typeFloat16, typeInt32                     = 0, 1, 2
)

func readGraph(file []byte) (*graph, error) {
	b := &buffer{b: file}
	model := b.root()
	graphs := model.tables(modelGraphs)
	if len(graphs) != 1 || b.err != nil {
		return nil, fmt.Errorf("%d graphs", len(graphs))
	}
	g := &graph{inputs: graphs[0].ints(graphInputs), outputs: graphs[0].ints(graphOutputs)}
	if err := g.readTensors(graphs[0].tables(graphTensors), model.tables(modelBuffers)); err != nil {
		return nil, err
	}
	if err := g.readOps(graphs[0].tables(graphOps), model.tables(modelCodes)); err != nil {
		return nil, err
	}
	if b.err != nil {
		return nil, b.err
	}
	return g, g.check()
}

func (g *graph) readTensors(tensors, buffers []table) error {
	if len(tensors) > maxTensors || len(buffers) > 2*maxTensors {
		return fmt.Errorf("%d tensors", len(tensors))
	}
	weights := 0
	for i, t := range tensors {
		shape := t.ints(tensorShape)
		if err := checkShape(shape); err != nil {
			return fmt.Errorf("tensor %d: %w", i, err)
		}
		var data []byte
		if k := t.int32(tensorBuffer, 0); k > 0 && k < len(buffers) {
			data = buffers[k].bytes(0)
		}
		x := tensor{shape: shape}
		if len(data) > 0 {
			if weights += x.size(); weights > maxWeights {
				return errors.New("too many weights")
			}
			if err := x.fill(data, t.int8(tensorType, typeFloat32)); err != nil {
				return fmt.Errorf("tensor %d: %w", i, err)
			}
		}
		g.tensors = append(g.tensors, x)
	}
	return nil
}

func checkShape(shape []int) error {
	n := 1
	for _, v := range shape {
		if v < 1 || v > maxElements || len(shape) > 4 {
			return fmt.Errorf("shape %v", shape)
		}
		if n *= v; n > maxElements {
			return fmt.Errorf("shape %v is too large", shape)
		}
	}
	return nil
}

// fill reads a constant's values.
func (t *tensor) fill(data []byte, kind int) error {
	width := map[int]int{typeFloat32: 4, typeFloat16: 2, typeInt32: 4}[kind]
	n := t.size()
	if width == 0 || len(data) != n*width {
		return fmt.Errorf("%d bytes of type %d for shape %v", len(data), kind, t.shape)
	}
	if kind == typeInt32 {
		t.ints = make([]int, n)
		for i := range t.ints {
			t.ints[i] = int(int32(binary.LittleEndian.Uint32(data[4*i:])))
		}
		return nil
	}
	t.floats = make([]float32, n)
	for i := range t.floats {
		if kind == typeFloat16 {
			t.floats[i] = float16At(data[2*i:])
		} else {
			t.floats[i] = float32At(data[4*i:])
		}
	}
	return nil
}

// readOps reads the operators. The conversion of a constant from half to
// single precision was done by fill: such an operator is folded away.
func (g *graph) readOps(ops, codes []table) error {
	if len(ops) > maxTensors {
		return fmt.Errorf("%d operators", len(ops))
	}
	for i, t := range ops {
		k := t.int32(opCode, 0)
		if k < 0 || k >= len(codes) {
			return fmt.Errorf("operator %d has code %d of %d", i, k, len(codes))
		}
		code := opcode(max(codes[k].int8(codeOld, 0), codes[k].int32(codeNew, 0)))
		o := op{code: code, in: t.ints(opInputs), out: t.ints(opOutputs), options: t.table(opOptions), flex: t.bytes(opCustomOptions)}
		if code == opCustom {
			o.custom = string(codes[k].bytes(codeCustom))
		}
		if err := g.checkRefs(o); err != nil {
			return fmt.Errorf("operator %d, %s: %w", i, o.name(), err)
		}
		if code == opDequantize && len(o.in) == 1 && g.tensors[o.in[0]].floats != nil {
			from, to := g.tensors[o.in[0]], &g.tensors[o.out[0]]
			if len(from.floats) != to.size() {
				return fmt.Errorf("operator %d: %v becomes %v", i, from.shape, to.shape)
			}
			to.floats = from.floats
			continue
		}
		g.ops = append(g.ops, o)
	}
	return nil
}

func (g *graph) checkRefs(o op) error {
	if len(o.in) == 0 || len(o.in) > 16 || len(o.out) != 1 || o.in[0] < 0 {
		return fmt.Errorf("%d inputs, %d outputs", len(o.in), len(o.out))
	}
	for _, i := range o.in {
		if i < -1 || i >= len(g.tensors) {
			return fmt.Errorf("tensor %d of %d", i, len(g.tensors))
		}
	}
	if i := o.out[0]; i < 0 || i >= len(g.tensors) {
		return fmt.Errorf("tensor %d of %d", i, len(g.tensors))
	}
	return nil
}

// check holds the order of the graph: a tensor is made once, before it is used.
func (g *graph) check() error {
	if len(g.inputs) != 1 || len(g.outputs) == 0 || len(g.outputs) > 16 {
		return fmt.Errorf("%d inputs, %d outputs", len(g.inputs), len(g.outputs))
	}
	made := make([]bool, len(g.tensors))
	for i, t := range g.tensors {
		made[i] = t.floats != nil || t.ints != nil
	}
	if err := makeOnce(made, g.inputs[0]); err != nil {
		return err
	}
	for i, o := range g.ops {
		for _, k := range o.in {
			if k >= 0 && !made[k] {
				return fmt.Errorf("operator %d uses tensor %d before it is made", i, k)
			}
		}
		if err := makeOnce(made, o.out[0]); err != nil {
			return err
		}
	}
	for _, k := range g.outputs {
		if k < 0 || k >= len(made) || !made[k] || g.tensors[k].ints != nil {
			return fmt.Errorf("output tensor %d is never made", k)
		}
	}
	return nil
}

func makeOnce(made []bool, k int) error {
	if k < 0 || k >= len(made) || made[k] {
		return fmt.Errorf("tensor %d cannot be made here", k)
	}
	made[k] = true
	return nil
}
