package tflite

import (
	"errors"
	"fmt"
	"slices"
)

// opcode is a built-in operator's number in the TFLite schema.
type opcode int

const (
	opAdd            opcode = 0
	opAveragePool    opcode = 1
	opConcatenation  opcode = 2
	opConv           opcode = 3
	opDepthwise      opcode = 4
	opDequantize     opcode = 6
	opLogistic       opcode = 14
	opMaxPool        opcode = 17
	opMul            opcode = 18
	opRelu           opcode = 19
	opReshape        opcode = 22
	opResizeBilinear opcode = 23
	opCustom         opcode = 32
	opPad            opcode = 34
	opStridedSlice   opcode = 45
	opPRelu          opcode = 54
	opHardSwish      opcode = 117
)

var opNames = map[opcode]string{
	opAdd: "ADD", opAveragePool: "AVERAGE_POOL_2D", opConcatenation: "CONCATENATION", opConv: "CONV_2D",
	opDepthwise: "DEPTHWISE_CONV_2D", opDequantize: "DEQUANTIZE", opLogistic: "LOGISTIC", opMaxPool: "MAX_POOL_2D",
	opMul: "MUL", opRelu: "RELU", opReshape: "RESHAPE", opResizeBilinear: "RESIZE_BILINEAR", opPad: "PAD",
	opStridedSlice: "STRIDED_SLICE", opPRelu: "PRELU", opHardSwish: "HARD_SWISH",
}

func (c opcode) String() string {
	if s := opNames[c]; s != "" {
		return s
	}
	return fmt.Sprintf("builtin %d", int(c))
}

// plan checks an operator against its tensors' shapes and returns its step.
func (m *Model) plan(o op) (step, error) {
	switch o.code {
	case opConv:
		return m.planConv(o)
	case opDepthwise:
		return m.planDepthwise(o)
	case opAveragePool, opMaxPool:
		return m.planPool(o)
	case opAdd, opMul:
		return m.planBinary(o)
	case opRelu, opLogistic, opHardSwish:
		return m.planUnary(o)
	case opPRelu:
		return m.planPRelu(o)
	case opDequantize, opReshape:
		return m.planCopy(o)
	case opConcatenation:
		return m.planConcat(o)
	case opPad:
		return m.planPad(o)
	case opStridedSlice:
		return m.planSlice(o)
	case opResizeBilinear:
		return m.planResize(o)
	case opCustom:
		return m.planCustom(o)
	}
	return nil, errors.New("not an operator that is known")
}

func (m *Model) planCustom(o op) (step, error) {
	switch o.custom {
	case "Convolution2DTransposeBias":
		return m.planUpConv(o)
	case "Landmarks2TransformMatrix":
		return m.planLandmarkMatrix(o)
	case "TransformTensorBilinear":
		return m.planTransformTensor(o)
	case "TransformLandmarks":
		return m.planTransformLandmarks(o)
	}
	return nil, errors.New("not an operator that is known")
}

// shape4 is a batch-1 tensor's height, width and channels.
type shape4 struct{ h, w, c int }

var errInputs = errors.New("wrong number or kind of inputs")

// input returns the shape of the operator's i-th input, an activation or a
// constant of floats.
func (m *Model) input(o op, i int) (tensor, error) {
	if i >= len(o.in) || o.in[i] < 0 || m.graph.tensors[o.in[i]].ints != nil {
		return tensor{}, errInputs
	}
	return m.graph.tensors[o.in[i]], nil
}

// image returns the operator's i-th input, which must be 1 × h × w × c.
func (m *Model) image(o op, i int) (shape4, error) {
	t, err := m.input(o, i)
	if err != nil {
		return shape4{}, err
	}
	if len(t.shape) != 4 || t.shape[0] != 1 {
		return shape4{}, fmt.Errorf("input %d has shape %v", i, t.shape)
	}
	return shape4{t.shape[1], t.shape[2], t.shape[3]}, nil
}

// floats returns the constant floats of the operator's i-th input.
func (m *Model) floatsOf(o op, i int) (tensor, error) {
	t, err := m.input(o, i)
	if err != nil || t.floats == nil {
		return tensor{}, errInputs
	}
	return t, nil
}

// bias returns n constants of the operator's i-th input, zeros where it is absent.
func (m *Model) bias(o op, i, n int) ([]float32, error) {
	if i >= len(o.in) || o.in[i] < 0 {
		return make([]float32, n), nil
	}
	t, err := m.floatsOf(o, i)
	if err != nil || len(t.floats) != n {
		return nil, errInputs
	}
	return t.floats, nil
}

// intsOf returns the n constant integers of the operator's i-th input.
func (m *Model) intsOf(o op, i, n int) ([]int, error) {
	if i >= len(o.in) || o.in[i] < 0 || len(m.graph.tensors[o.in[i]].ints) != n {
		return nil, errInputs
	}
	return m.graph.tensors[o.in[i]].ints, nil
}

// makes holds the declared shape of the output against the computed one.
func (m *Model) makes(o op, shape ...int) error {
	if got := m.graph.tensors[o.out[0]].shape; !slices.Equal(got, shape) {
		return fmt.Errorf("makes %v, the file says %v", shape, got)
	}
	return nil
}

// activation is a fused activation function.
type activation int

const (
	actNone  activation = 0
	actRelu  activation = 1
	actRelu6 activation = 3
)

func (o op) activation(id int) (activation, error) {
	a := activation(o.options.int8(id, 0))
	if a != actNone && a != actRelu && a != actRelu6 {
		return 0, fmt.Errorf("fused activation %d", a)
	}
	return a, nil
}

func (a activation) apply(v []float32) {
	switch a {
	case actRelu:
		for i, x := range v {
			v[i] = max(x, 0)
		}
	case actRelu6:
		for i, x := range v {
			v[i] = min(max(x, 0), 6)
		}
	}
}

// window is a kernel that slides over an image.
type window struct {
	kh, kw           int
	strideH, strideW int
	dilateH, dilateW int
	top, left        int // padding before
	outH, outW       int
}

// slide completes w for an image of that size: padding 0 keeps the image's
// size over the stride (SAME), 1 takes only whole windows (VALID).
func (w *window) slide(in shape4, padding int) error {
	for _, v := range []int{w.kh, w.kw, w.strideH, w.strideW, w.dilateH, w.dilateW} {
		if v < 1 || v > 256 {
			return fmt.Errorf("window %+v", *w)
		}
	}
	var err error
	if w.outH, w.top, err = slideAlong(in.h, w.kh, w.strideH, w.dilateH, padding); err != nil {
		return err
	}
	w.outW, w.left, err = slideAlong(in.w, w.kw, w.strideW, w.dilateW, padding)
	return err
}

func slideAlong(in, kernel, stride, dilate, padding int) (out, before int, err error) {
	reach := (kernel-1)*dilate + 1
	switch padding {
	case 0:
		out = (in + stride - 1) / stride
		return out, max(0, (out-1)*stride+reach-in) / 2, nil
	case 1:
		if reach > in {
			return 0, 0, fmt.Errorf("a window of %d over %d", reach, in)
		}
		return (in-reach)/stride + 1, 0, nil
	}
	return 0, 0, fmt.Errorf("padding %d", padding)
}
