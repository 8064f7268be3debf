package seal

import (
	"bytes"
	"errors"
	"testing"
)

func vault(t *testing.T, masters ...byte) *Vault {
	t.Helper()
	var secrets [][]byte
	for _, m := range masters {
		secrets = append(secrets, bytes.Repeat([]byte{m}, MasterSize))
	}
	v, err := NewVault(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestASealedValueIsBoundToItsPlaceAndSubject(t *testing.T) {
	v := vault(t, 1)
	key, wrapped, err := v.NewKey("alice")
	if err != nil {
		t.Fatal(err)
	}
	sealed := key.Seal("licence.body:1", []byte("林知夏"))
	if bytes.Contains(sealed, []byte("林")) {
		t.Fatal("the name can be read")
	}
	again, err := v.OpenKey("alice", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Unseal("licence.body:1", sealed); err != nil || string(got) != "林知夏" {
		t.Fatalf("control: %q, %v", got, err)
	}
	if _, err := again.Unseal("licence.body:2", sealed); !errors.Is(err, ErrUnseal) {
		t.Errorf("moved to another row: %v", err)
	}
	if _, err := v.OpenKey("bob", wrapped); !errors.Is(err, ErrUnseal) {
		t.Errorf("wrapped key given to another subject: %v", err)
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := again.Unseal("licence.body:1", bad); !errors.Is(err, ErrUnseal) {
			t.Fatalf("bit flipped in byte %d: %v", i, err)
		}
	}
}

func TestRotationKeepsOldKeysAndIndexes(t *testing.T) {
	before, after, other := vault(t, 1), vault(t, 1, 2), vault(t, 3)
	_, wrapped, _ := before.NewKey("alice")
	if _, err := after.OpenKey("alice", wrapped); err != nil {
		t.Errorf("a key wrapped before the rotation: %v", err)
	}
	if !bytes.Equal(before.Index("licence.number", "X"), after.Index("licence.number", "X")) {
		t.Error("the blind index changed with the rotation")
	}
	if bytes.Equal(before.Index("licence.number", "X"), other.Index("licence.number", "X")) {
		t.Error("the blind index does not depend on the secret")
	}
	if bytes.Equal(before.Index("licence.number", "X"), before.Index("licence.file", "X")) {
		t.Error("two columns share an index")
	}
	_, newer, _ := after.NewKey("alice")
	if _, err := before.OpenKey("alice", newer); !errors.Is(err, ErrUnseal) {
		t.Errorf("a key wrapped by a master that is not here: %v", err)
	}
}
