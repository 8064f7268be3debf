package tflite

import (
	"encoding/binary"
	"math"
)

// The tests write their own small model files: FlatBuffers laid out forwards,
// each table behind the one that points at it.

type writer struct{ b []byte }

func (w *writer) u16(v int) { w.b = binary.LittleEndian.AppendUint16(w.b, uint16(v)) }
func (w *writer) u32(v int) { w.b = binary.LittleEndian.AppendUint32(w.b, uint32(v)) }

// field is a table's field: a number, or a child that is written behind the
// table and returns where it is to be pointed at.
type field struct {
	number int
	child  func(w *writer) int
}

// table writes a vtable, the table whose fields are given by id, and their
// children. It returns where the table lies.
func (w *writer) table(fields map[int]field) int {
	n := 0
	for id := range fields {
		n = max(n, id+1)
	}
	vtable := len(w.b)
	w.u16(4 + 2*n)
	w.u16(4 + 4*n)
	for id := range n {
		if _, ok := fields[id]; ok {
			w.u16(4 + 4*id)
		} else {
			w.u16(0)
		}
	}
	at := len(w.b)
	w.u32(at - vtable)
	for id := range n {
		w.u32(fields[id].number)
	}
	for id := range n {
		if f := fields[id]; f.child != nil {
			w.point(at+4+4*id, f.child(w))
		}
	}
	return at
}

func (w *writer) point(slot, to int) {
	binary.LittleEndian.PutUint32(w.b[slot:], uint32(to-slot))
}

func number(v int) field { return field{number: v} }

func ints(v ...int) field {
	return field{child: func(w *writer) int {
		at := len(w.b)
		w.u32(len(v))
		for _, x := range v {
			w.u32(x)
		}
		return at
	}}
}

func raw(v []byte) field {
	return field{child: func(w *writer) int {
		at := len(w.b)
		w.u32(len(v))
		w.b = append(w.b, v...)
		for len(w.b)%4 != 0 {
			w.b = append(w.b, 0)
		}
		return at
	}}
}

func tableOf(fields map[int]field) field {
	return field{child: func(w *writer) int { return w.table(fields) }}
}

func tablesOf(tables []map[int]field) field {
	return field{child: func(w *writer) int {
		at := len(w.b)
		w.u32(len(tables))
		for range tables {
			w.u32(0)
		}
		for i, t := range tables {
			w.point(at+4+4*i, w.table(t))
		}
		return at
	}}
}

// sketch is a model of one operator: tensor 0 is the input, the constants
// follow, the last tensor is the output.
type sketch struct {
	code      opcode
	custom    string
	in, out   []int
	floats    []tensor // constants
	options   map[int]field
	flex      []byte
	alsoInput bool // the operator takes the input twice
}

func (s sketch) file() []byte {
	tensors := []map[int]field{{tensorShape: ints(s.in...), tensorBuffer: number(0)}}
	buffers := []map[int]field{{}}
	inputs := []int{0}
	if s.alsoInput {
		inputs = append(inputs, 0)
	}
	for _, t := range s.floats {
		kind, data := typeFloat32, []byte(nil)
		for _, v := range t.floats {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
		}
		for _, v := range t.ints {
			kind, data = typeInt32, binary.LittleEndian.AppendUint32(data, uint32(v))
		}
		inputs = append(inputs, len(tensors))
		tensors = append(tensors, map[int]field{tensorShape: ints(t.shape...), tensorType: number(kind), tensorBuffer: number(len(buffers))})
		buffers = append(buffers, map[int]field{0: raw(data)})
	}
	out := len(tensors)
	tensors = append(tensors, map[int]field{tensorShape: ints(s.out...), tensorBuffer: number(0)})
	o := map[int]field{opCode: number(0), opInputs: ints(inputs...), opOutputs: ints(out)}
	if s.options != nil {
		o[opOptions] = tableOf(s.options)
	}
	if s.flex != nil {
		o[opCustomOptions] = raw(s.flex)
	}
	code := map[int]field{codeNew: number(int(s.code))}
	if s.custom != "" {
		code[codeCustom] = raw([]byte(s.custom))
	}
	w := &writer{b: make([]byte, 8)}
	w.point(0, w.table(map[int]field{
		modelCodes:   tablesOf([]map[int]field{code}),
		modelGraphs:  tablesOf([]map[int]field{{graphTensors: tablesOf(tensors), graphInputs: ints(0), graphOutputs: ints(out), graphOps: tablesOf([]map[int]field{o})}}),
		modelBuffers: tablesOf(buffers),
	}))
	copy(w.b[4:], "TFL3")
	return w.b
}
