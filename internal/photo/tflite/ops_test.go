package tflite

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func floats(shape []int, v ...float32) tensor { return tensor{shape: shape, floats: v} }
func integers(v ...int) tensor                { return tensor{shape: []int{len(v)}, ints: v} }

// options writes numbers as an operator's options.
func options(v map[int]int) map[int]field {
	out := map[int]field{}
	for id, n := range v {
		out[id] = number(n)
	}
	return out
}

// squareOptions are FlexBuffers options that cut a 2 × 2 part.
var squareOptions = []byte("output_height\x00output_width\x00\x02\x1c\x0f\x02\x01\x02\x02\x02\x04\x04\x04\x24\x01")

// Each case was computed by hand from the operator's definition.
var cases = []struct {
	name  string
	model sketch
	input []float32
	want  []float32
}{
	{"a convolution keeps the size and pads with zeros",
		sketch{code: opConv, in: []int{1, 2, 2, 1}, out: []int{1, 2, 2, 1},
			floats: []tensor{floats([]int{1, 3, 3, 1}, 0, 0, 0, 0, 1, 10, 0, 100, 1000), floats([]int{1}, 0.5)}},
		[]float32{1, 2, 3, 4}, []float32{4321.5, 402.5, 43.5, 4.5}},
	{"a convolution with stride 2 and whole windows only",
		sketch{code: opConv, in: []int{1, 3, 3, 1}, out: []int{1, 1, 1, 2}, options: options(map[int]int{0: 1, 1: 2, 2: 2}),
			floats: []tensor{floats([]int{2, 2, 2, 1}, 1, 1, 1, 1, 1, 0, 0, -1), floats([]int{2}, 0, 0)}},
		[]float32{1, 2, 3, 4, 5, 6, 7, 8, 9}, []float32{12, -4}},
	{"a 1 × 1 convolution of nine outputs fills the lanes and the rest",
		sketch{code: opConv, in: []int{1, 1, 1, 2}, out: []int{1, 1, 1, 9},
			floats: []tensor{floats([]int{9, 1, 1, 2}, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0, 9, 1), floats([]int{9}, make([]float32, 9)...)}},
		[]float32{1, 100}, []float32{1, 2, 3, 4, 5, 6, 7, 8, 109}},
	{"a fused RELU6 clips at both ends",
		sketch{code: opConv, in: []int{1, 1, 3, 1}, out: []int{1, 1, 3, 1}, options: options(map[int]int{3: 3}),
			floats: []tensor{floats([]int{1, 1, 1, 1}, 1), floats([]int{1}, 0)}},
		[]float32{-1, 5, 7}, []float32{0, 5, 6}},
	{"a depthwise convolution keeps channels apart",
		sketch{code: opDepthwise, in: []int{1, 1, 2, 2}, out: []int{1, 1, 2, 2},
			floats: []tensor{floats([]int{1, 1, 3, 2}, 1, 10, 2, 20, 3, 30), floats([]int{2}, 0, 0.5)}},
		[]float32{1, 2, 3, 4}, []float32{2*1 + 3*3, 20*2 + 30*4 + 0.5, 1*1 + 2*3, 10*2 + 20*4 + 0.5}},
	{"max pooling takes the largest of each window",
		sketch{code: opMaxPool, in: []int{1, 2, 4, 1}, out: []int{1, 1, 2, 1}, options: options(map[int]int{0: 1, 1: 2, 2: 2, 3: 2, 4: 2})},
		[]float32{1, 2, 5, 6, 3, -4, 7, 8}, []float32{3, 8}},
	{"average pooling counts only what lies inside",
		sketch{code: opAveragePool, in: []int{1, 1, 3, 1}, out: []int{1, 1, 2, 1}, options: options(map[int]int{0: 0, 1: 2, 2: 1, 3: 2, 4: 1})},
		[]float32{1, 3, 5}, []float32{2, 5}},
	{"an addition repeats a value for each channel",
		sketch{code: opAdd, in: []int{1, 1, 2, 2}, out: []int{1, 1, 2, 2}, floats: []tensor{floats([]int{2}, 10, 20)}},
		[]float32{1, 2, 3, 4}, []float32{11, 22, 13, 24}},
	{"a product of a tensor with itself",
		sketch{code: opMul, in: []int{1, 1, 1, 3}, out: []int{1, 1, 1, 3}, alsoInput: true},
		[]float32{1, 2, 3}, []float32{1, 4, 9}},
	{"a logistic curve",
		sketch{code: opLogistic, in: []int{1, 1, 1, 3}, out: []int{1, 1, 1, 3}},
		[]float32{-100, 0, 100}, []float32{0, 0.5, 1}},
	{"a hard swish",
		sketch{code: opHardSwish, in: []int{1, 1, 1, 4}, out: []int{1, 1, 1, 4}},
		[]float32{-4, -1, 1, 4}, []float32{0, -1.0 / 3, 2.0 / 3, 4}},
	{"a PReLU slopes each channel's negatives",
		sketch{code: opPRelu, in: []int{1, 1, 2, 2}, out: []int{1, 1, 2, 2}, floats: []tensor{floats([]int{1, 1, 2}, 0.5, 0.1)}},
		[]float32{-2, -2, 2, 2}, []float32{-1, -0.2, 2, 2}},
	{"a concatenation along the channels",
		sketch{code: opConcatenation, in: []int{1, 1, 2, 1}, out: []int{1, 1, 2, 3}, options: options(map[int]int{0: -1 & 0xffffffff}),
			floats: []tensor{floats([]int{1, 1, 2, 2}, 10, 20, 30, 40)}},
		[]float32{1, 2}, []float32{1, 10, 20, 2, 30, 40}},
	{"padding adds zeros before and after",
		sketch{code: opPad, in: []int{1, 1, 1, 2}, out: []int{1, 2, 2, 3}, floats: []tensor{{shape: []int{4, 2}, ints: []int{0, 0, 1, 0, 0, 1, 0, 1}}}},
		[]float32{1, 2}, []float32{0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0}},
	{"a slice cuts the last dimension",
		sketch{code: opStridedSlice, in: []int{1, 1, 2, 3}, out: []int{1, 1, 2, 2}, options: options(map[int]int{0: 7, 1: 7}),
			floats: []tensor{integers(0, 0, 0, 1), integers(0, 0, 0, 3), integers(1, 1, 1, 1)}},
		[]float32{1, 2, 3, 4, 5, 6}, []float32{2, 3, 5, 6}},
	{"a bilinear enlargement by half-pixel centres",
		sketch{code: opResizeBilinear, in: []int{1, 1, 2, 1}, out: []int{1, 1, 4, 1}, options: options(map[int]int{3: 1}), floats: []tensor{integers(1, 4)}},
		[]float32{0, 4}, []float32{0, 1, 3, 4}},
	{"a bilinear enlargement that keeps the corners",
		sketch{code: opResizeBilinear, in: []int{1, 1, 2, 1}, out: []int{1, 1, 3, 1}, options: options(map[int]int{2: 1}), floats: []tensor{integers(1, 3)}},
		[]float32{0, 4}, []float32{0, 2, 4}},
	{"an upward convolution makes a patch of each pixel",
		sketch{code: opCustom, custom: "Convolution2DTransposeBias", in: []int{1, 1, 2, 1}, out: []int{1, 2, 4, 1}, flex: []byte{1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0},
			floats: []tensor{floats([]int{1, 2, 2, 1}, 1, 2, 3, 4), floats([]int{1}, 0.5)}},
		[]float32{1, 10}, []float32{1.5, 2.5, 10.5, 20.5, 3.5, 4.5, 30.5, 40.5}},
	{"points are carried by a matrix",
		sketch{code: opCustom, custom: "TransformLandmarks", in: []int{1, 2, 2}, out: []int{1, 2, 2},
			floats: []tensor{floats([]int{1, 4, 4}, 0, -1, 0, 5, 1, 0, 0, 7, 0, 0, 1, 0, 0, 0, 0, 1)}},
		[]float32{1, 2, 3, 4}, []float32{3, 8, 1, 10}},
	{"a part of a map is cut out, zero outside",
		sketch{code: opCustom, custom: "TransformTensorBilinear", in: []int{1, 2, 2, 1}, out: []int{1, 2, 2, 1}, flex: squareOptions,
			floats: []tensor{floats([]int{1, 4, 4}, 1, 0, 0, 0.5, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1)}},
		[]float32{1, 2, 3, 5}, []float32{4, 2.5, 0, 0}},
}

func TestOperators(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m, err := Load(c.model.file())
			if err != nil {
				t.Fatal(err)
			}
			got, err := m.Run(c.input)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff([][]float32{c.want}, got, cmpopts.EquateApprox(0, 1e-5)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestOperatorsThatDoNotFitAreRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		model sketch
	}{
		{"an operator that is not known", sketch{code: 99, in: []int{1}, out: []int{1}}},
		{"a custom operator that is not known", sketch{code: opCustom, custom: "Mine", in: []int{1}, out: []int{1}}},
		{"an output of another shape than the operator makes", sketch{code: opRelu, in: []int{1, 2}, out: []int{1, 3}}},
		{"weights for another number of channels", sketch{code: opConv, in: []int{1, 1, 1, 3}, out: []int{1, 1, 1, 1}, floats: []tensor{floats([]int{1, 1, 1, 2}, 1, 2)}}},
		{"a bias that is too short", sketch{code: opConv, in: []int{1, 1, 1, 1}, out: []int{1, 1, 1, 2}, floats: []tensor{floats([]int{2, 1, 1, 1}, 1, 2), floats([]int{1}, 0)}}},
		{"a window larger than its image", sketch{code: opMaxPool, in: []int{1, 2, 2, 1}, out: []int{1, 1, 1, 1}, options: options(map[int]int{0: 1, 1: 1, 2: 1, 3: 3, 4: 3})}},
		{"a stride of nought", sketch{code: opMaxPool, in: []int{1, 2, 2, 1}, out: []int{1, 1, 1, 1}, options: options(map[int]int{0: 1, 1: 0, 2: 1, 3: 2, 4: 2})}},
		{"a slice beyond the end", sketch{code: opStridedSlice, in: []int{1, 3}, out: []int{1, 3}, floats: []tensor{integers(0, 1), integers(1, 4), integers(1, 1)}}},
		{"negative padding", sketch{code: opPad, in: []int{1, 1, 1, 2}, out: []int{1, 1, 1, 1}, floats: []tensor{{shape: []int{4, 2}, ints: []int{0, 0, 0, 0, 0, 0, 0, -1}}}}},
		{"a shape too large to hold", sketch{code: opRelu, in: []int{1, 1 << 20, 1 << 20}, out: []int{1, 1 << 20, 1 << 20}}},
		{"a sum of shapes that do not repeat", sketch{code: opAdd, in: []int{1, 1, 2, 3}, out: []int{1, 1, 2, 3}, floats: []tensor{floats([]int{2}, 1, 2)}}},
		{"options that are no map", sketch{code: opCustom, custom: "TransformTensorBilinear", in: []int{1, 2, 2, 1}, out: []int{1, 2, 2, 1}, flex: []byte{1, 2, 3}, floats: []tensor{floats([]int{16}, make([]float32, 16)...)}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Load(c.model.file()); !errors.Is(err, ErrModel) {
				t.Errorf("error = %v", err)
			} else {
				t.Log(err)
			}
		})
	}
}
