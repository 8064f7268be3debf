package tflite

import "fmt"

// place is where an activation lies in a run's block. Two activations share
// room where the one is no longer needed when the other is made.
type place struct {
	held bool
	at   int
}

// room is a part of the block that is free from some operator on.
type room struct {
	at, size int
	free     bool
}

// place gives every activation its room: the smallest free one that is large
// enough, or a new one at the end.
func (m *Model) place() error {
	g := m.graph
	last := make([]int, len(g.tensors)) // the last operator that reads a tensor
	for i, o := range g.ops {
		last[o.out[0]] = i
		for _, k := range o.in {
			if k >= 0 {
				last[k] = i
			}
		}
	}
	for _, k := range g.outputs {
		last[k] = len(g.ops)
	}
	m.places = make([]place, len(g.tensors))
	var rooms []room
	where := make([]int, len(g.tensors)) // room of a tensor
	take := func(k int) {
		r := bestFit(rooms, g.tensors[k].size())
		if r < 0 {
			rooms = append(rooms, room{at: m.floats, size: g.tensors[k].size()})
			m.floats += g.tensors[k].size()
			r = len(rooms) - 1
		}
		rooms[r].free, where[k] = false, r
		m.places[k] = place{true, rooms[r].at}
	}
	take(g.inputs[0])
	for i, o := range g.ops {
		take(o.out[0])
		if m.floats > maxMemory {
			return fmt.Errorf("needs more than %d values", maxMemory)
		}
		for _, k := range append(o.in[:len(o.in):len(o.in)], o.out[0]) {
			if k >= 0 && m.places[k].held && last[k] == i {
				rooms[where[k]].free = true
			}
		}
	}
	return nil
}

func bestFit(rooms []room, size int) int {
	best := -1
	for i, r := range rooms {
		if r.free && r.size >= size && (best < 0 || r.size < rooms[best].size) {
			best = i
		}
	}
	return best
}
