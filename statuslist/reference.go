package statuslist

import (
	"encoding/json"
	"fmt"
	"strconv"

	"edl/mdoc/cbor"
)

// Reference is where a credential says its status is (§6).
type Reference struct {
	Index uint64
	URI   string
}

// ReferenceCWT returns the reference among the claims of a CWT, nil if there is none.
func ReferenceCWT(claims []byte) (*Reference, error) {
	if err := cbor.Check(claims); err != nil {
		return nil, err
	}
	r := cbor.Read(claims)
	var ref *Reference
	for range r.Map() {
		if r.Kind() == cbor.Text {
			r.TextBytes()
			r.Item()
			continue
		}
		if r.Int() != claimStatus {
			r.Item()
			continue
		}
		for range r.Map() {
			if string(r.TextBytes()) == "status_list" {
				ref = readReference(&r)
			} else {
				r.Item()
			}
		}
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrBadList, err)
	}
	return ref, nil
}

func readReference(r *cbor.Reader) *Reference {
	ref, has := &Reference{}, 0
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "idx":
			ref.Index, has = r.Uint(), has+1
		case "uri":
			ref.URI, has = r.Text(), has+1
		default:
			r.Item()
		}
	}
	if has != 2 {
		r.Fail(fmt.Errorf("%w: a reference without idx or uri", cbor.ErrType))
	}
	return ref
}

// ReferenceJSON returns the reference in the status claim of a JWT or SD-JWT,
// as package strictjson decodes it; nil if it names no status list.
func ReferenceJSON(status any) (*Reference, error) {
	if status == nil {
		return nil, nil
	}
	object, ok := status.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w (status is no object)", ErrBadList)
	}
	list, ok := object["status_list"]
	if !ok {
		return nil, nil
	}
	entry, _ := list.(map[string]any)
	number, _ := entry["idx"].(json.Number)
	uri, _ := entry["uri"].(string)
	index, err := strconv.ParseUint(string(number), 10, 63)
	if err != nil || uri == "" {
		return nil, fmt.Errorf("%w (a reference without idx or uri)", ErrBadList)
	}
	return &Reference{index, uri}, nil
}

// JSON returns the status claim that holds the reference.
func (r Reference) JSON() map[string]any {
	return map[string]any{"status_list": map[string]any{"idx": r.Index, "uri": r.URI}}
}
