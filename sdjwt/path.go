package sdjwt

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Path points at claims, as in OpenID4VP §7: a string selects a member, an int
// an array element, and nil all elements of an array.
type Path []any

// with returns the path with one more step, without sharing memory.
func (p Path) with(step any) Path {
	return append(p[:len(p):len(p)], step)
}

// ParsePath reads a path that strictjson decoded.
func ParsePath(v any) (Path, error) {
	list, _ := v.([]any)
	if len(list) == 0 {
		return nil, fmt.Errorf("%w (an empty path)", ErrBadCredential)
	}
	p := make(Path, 0, len(list))
	for _, step := range list {
		switch step := step.(type) {
		case string, nil:
			p = append(p, step)
		case json.Number:
			n, err := strconv.ParseUint(string(step), 10, 31)
			if err != nil {
				return nil, fmt.Errorf("%w (a path with the step %s)", ErrBadCredential, step)
			}
			p = append(p, int(n))
		default:
			return nil, fmt.Errorf("%w (a path with the step %v)", ErrBadCredential, step)
		}
	}
	return p, nil
}

// Select returns the values that a path selects among claims, none if a step
// meets another type than its own.
func (p Path) Select(claims any) []any {
	selected := []any{claims}
	for _, step := range p {
		var next []any
		for _, v := range selected {
			switch step := step.(type) {
			case string:
				if m, ok := v.(map[string]any); ok {
					if item, ok := m[step]; ok {
						next = append(next, item)
					}
				}
			case int:
				if list, ok := v.([]any); ok && step >= 0 && step < len(list) {
					next = append(next, list[step])
				}
			case nil:
				if list, ok := v.([]any); ok {
					next = append(next, list...)
				}
			}
		}
		selected = next
	}
	return selected
}

// covers reports whether one path leads to or through the other: a claim that
// is asked for needs the claims around it, and brings those inside it.
func (p Path) covers(q Path) bool {
	for i := range min(len(p), len(q)) {
		_, isElement := q[i].(int)
		if p[i] != q[i] && !(p[i] == nil && isElement) {
			return false
		}
	}
	return true
}
