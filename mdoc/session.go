package mdoc

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"edl/mdoc/cbor"
	"edl/mdoc/cose"
)

// parseEphemeral reads a COSE_Key that is used for key agreement.
func parseEphemeral(b []byte) (*ecdh.PublicKey, error) {
	key, err := cose.ParseKey(b)
	if err != nil {
		return nil, err
	}
	return agreementKey(key)
}

// SessionStatus is the status of a SessionData (ISO/IEC 18013-5 §9.1.1.4).
type SessionStatus uint64

// The statuses.
const (
	StatusEncryptionError SessionStatus = 10
	StatusCBORError       SessionStatus = 11
	StatusTermination     SessionStatus = 20
)

// SessionEstablishment is the reader's first message.
type SessionEstablishment struct {
	ReaderKey []byte // the reader's COSE_Key, the bytes inside tag 24
	Data      []byte // the encrypted DeviceRequest
}

// ParseSessionEstablishment reads a SessionEstablishment.
func ParseSessionEstablishment(b []byte) (*SessionEstablishment, error) {
	if err := checkMessage(b); err != nil {
		return nil, err
	}
	s := &SessionEstablishment{}
	r := cbor.Read(b)
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "eReaderKey":
			s.ReaderKey = r.Encoded()
		case "data":
			s.Data = r.Bytes()
		default:
			r.Item()
		}
	}
	if err := structureError(r.Done()); err != nil {
		return nil, err
	}
	if s.ReaderKey == nil || s.Data == nil {
		return nil, fmt.Errorf("%w (SessionEstablishment is incomplete)", ErrBadStructure)
	}
	return s, nil
}

// Append appends the message.
func (s *SessionEstablishment) Append(b []byte) []byte {
	b = cbor.AppendEncoded(cbor.AppendText(cbor.AppendMap(b, 2), "eReaderKey"), s.ReaderKey)
	return cbor.AppendBytes(cbor.AppendText(b, "data"), s.Data)
}

// SessionData is every other message of a session, in both directions.
type SessionData struct {
	Data   []byte         // encrypted; nil if there is none
	Status *SessionStatus // nil if there is none
}

// ParseSessionData reads a SessionData.
func ParseSessionData(b []byte) (*SessionData, error) {
	if err := checkMessage(b); err != nil {
		return nil, err
	}
	s := &SessionData{}
	r := cbor.Read(b)
	for range r.Map() {
		switch string(r.TextBytes()) {
		case "data":
			s.Data = r.Bytes()
		case "status":
			status := SessionStatus(r.Uint())
			s.Status = &status
		default:
			r.Item()
		}
	}
	if err := structureError(r.Done()); err != nil {
		return nil, err
	}
	if s.Data == nil && s.Status == nil {
		return nil, fmt.Errorf("%w (SessionData is empty)", ErrBadStructure)
	}
	return s, nil
}

// Append appends the message.
func (s *SessionData) Append(b []byte) []byte {
	pairs := 0
	for _, has := range []bool{s.Data != nil, s.Status != nil} {
		if has {
			pairs++
		}
	}
	b = cbor.AppendMap(b, pairs)
	if s.Data != nil {
		b = cbor.AppendBytes(cbor.AppendText(b, "data"), s.Data)
	}
	if s.Status != nil {
		b = cbor.AppendUint(cbor.AppendText(b, "status"), uint64(*s.Status))
	}
	return b
}

// Session encrypts and decrypts the messages of one session for one of its
// two sides. It is not safe for concurrent use.
type Session struct {
	send, receive direction
}

// direction is the key and the counter of the messages from one side.
type direction struct {
	aead    cipher.AEAD
	sender  uint64 // the first eight bytes of the IV: 0 the reader, 1 the device
	counter uint32 // of the message before; the first one has 1 (§9.1.1.5)
}

const (
	fromReader = 0
	fromDevice = 1
)

// NewReaderSession returns the reader's side: its ephemeral private key with
// the device's key from the engagement.
func NewReaderSession(own *ecdh.PrivateKey, device *ecdh.PublicKey, t Transcript) (*Session, error) {
	reader, dev, err := sessionKeys(own, device, t)
	return &Session{send: reader, receive: dev}, err
}

// NewDeviceSession returns the device's side: its ephemeral private key with
// the reader's key, the bytes inside tag 24 as sent.
func NewDeviceSession(own *ecdh.PrivateKey, readerKey []byte, t Transcript) (*Session, error) {
	public, err := parseEphemeral(readerKey)
	if err != nil {
		return nil, err
	}
	reader, dev, err := sessionKeys(own, public, t)
	return &Session{send: dev, receive: reader}, err
}

// sessionKeys derives SKReader and SKDevice (§9.1.1.5).
func sessionKeys(own *ecdh.PrivateKey, other *ecdh.PublicKey, t Transcript) (reader, device direction, err error) {
	shared, err := own.ECDH(other)
	if err != nil {
		return reader, device, fmt.Errorf("%w (%v)", ErrBadKey, err)
	}
	salt := t.salt()
	if reader, err = newDirection(shared, salt[:], "SKReader", fromReader); err != nil {
		return reader, device, err
	}
	device, err = newDirection(shared, salt[:], "SKDevice", fromDevice)
	return reader, device, err
}

func newDirection(shared, salt []byte, info string, sender uint64) (direction, error) {
	key, err := hkdf.Key(sha256.New, shared, salt, info, 32)
	if err != nil {
		return direction{}, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return direction{}, err
	}
	aead, err := cipher.NewGCM(block)
	return direction{aead: aead, sender: sender}, err
}

// next returns the IV of the next message.
func (d *direction) next() ([]byte, error) {
	if d.counter == math.MaxUint32 {
		return nil, fmt.Errorf("%w (the session has no messages left)", ErrUndecryptable)
	}
	d.counter++
	iv := binary.BigEndian.AppendUint64(make([]byte, 0, 12), d.sender)
	return binary.BigEndian.AppendUint32(iv, d.counter), nil
}

// Encrypt encrypts the next message to the other side.
func (s *Session) Encrypt(plain []byte) ([]byte, error) {
	iv, err := s.send.next()
	if err != nil {
		return nil, err
	}
	return s.send.aead.Seal(nil, iv, plain, nil), nil
}

// Decrypt decrypts the next message of the other side. After a failure the
// session is of no further use and is to be ended (StatusEncryptionError).
func (s *Session) Decrypt(data []byte) ([]byte, error) {
	iv, err := s.receive.next()
	if err != nil {
		return nil, err
	}
	plain, err := s.receive.aead.Open(nil, iv, data, nil)
	if err != nil {
		return nil, fmt.Errorf("%w (message %d)", ErrUndecryptable, s.receive.counter)
	}
	return plain, nil
}
