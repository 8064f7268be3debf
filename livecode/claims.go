package livecode

import (
	"bytes"
	"crypto/ecdsa"
	"time"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"edl/internal/civil"
	"edl/mdoc/rawsig"
)

// The bytes of Claims: a CWT (RFC 8392) whose identity claims are claim 169,
// whose licence claims stand under a private label, and whose status is that
// of Token Status List. Numbers are those of docs/livecode.md.

type cwt struct {
	Issuer   string   `cbor:"1,keyasint"`
	Expires  int64    `cbor:"4,keyasint"`
	IssuedAt int64    `cbor:"6,keyasint"`
	ID       []byte   `cbor:"7,keyasint"`
	Confirm  confirm  `cbor:"8,keyasint"`
	Identity identity `cbor:"169,keyasint"`
	Status   status   `cbor:"65535,keyasint"`
	Licence  licence  `cbor:"-70001,keyasint"` // private use: below -65536
}

// confirm is cnf (RFC 8747) with a COSE_Key of kty EC2.
type confirm struct {
	Key coseKey `cbor:"1,keyasint"`
}

type coseKey struct {
	Type  int    `cbor:"1,keyasint"`
	Curve int    `cbor:"-1,keyasint"`
	X     []byte `cbor:"-2,keyasint"`
	Y     []byte `cbor:"-3,keyasint"`
}

// identity is claim 169 (MOSIP's 169 QR Code Specification 1.2.0). The text
// there gives attribute 16 as a string; what is written everywhere is bytes.
type identity struct {
	Number      string `cbor:"1,keyasint,omitempty"`
	Language    string `cbor:"3,keyasint,omitempty"`
	Name        string `cbor:"4,keyasint"`
	BirthDate   string `cbor:"8,keyasint,omitempty"` // YYYYMMDD
	Sex         int    `cbor:"9,keyasint,omitempty"`
	Nationality string `cbor:"13,keyasint,omitempty"`
	Face        []byte `cbor:"16,keyasint"`
	FaceFormat  int    `cbor:"17,keyasint"`
}

const (
	faceWebP      = 4
	chineseISO639 = "zho"
)

type status struct {
	List statusList `cbor:"status_list"`
}

type statusList struct {
	Index uint64 `cbor:"idx"`
	URI   string `cbor:"uri"`
}

type licence struct {
	Classes    []class `cbor:"1,keyasint"`
	ValidFrom  date    `cbor:"2,keyasint"`
	ValidUntil date    `cbor:"3,keyasint,omitempty"`
	FirstIssue date    `cbor:"4,keyasint,omitempty"`
	Authority  string  `cbor:"5,keyasint,omitempty"`
	Letters    string  `cbor:"6,keyasint,omitempty"`
	Points     int     `cbor:"7,keyasint,omitempty"`
	HearingAid bool    `cbor:"8,keyasint,omitempty"`
	SchoolBus  bool    `cbor:"9,keyasint,omitempty"`
	Probation  date    `cbor:"10,keyasint,omitempty"`
}

type class struct {
	_     struct{} `cbor:",toarray"`
	Code  string
	Since date
}

// A date is a day as the number YYYYMMDD; 0 is none.
type date uint32

func dateOf(d civil.Date) date {
	if d.IsZero() {
		return 0
	}
	return date(d.Year*10000 + int(d.Month)*100 + d.Day)
}

func (d date) civil() civil.Date {
	return civil.D(int(d/10000), time.Month(d/100%100), int(d%100))
}

func (d date) valid() bool {
	c := d.civil()
	return c.Year >= 1900 && c.Year <= 9999 && civil.Of(c.Start()) == c
}

var (
	encMode    = must(cbor.CoreDetEncOptions().EncMode())
	decMode    = must(strict(32).DecMode())
	bundleMode = must(strict(1 << 12).DecMode()) // status lists: 4,096 at most
)

// strict are the options of every reader here; arrays hold so many elements.
func strict(elements int) cbor.DecOptions {
	return cbor.DecOptions{
		DupMapKey:        cbor.DupMapKeyEnforcedAPF,
		IndefLength:      cbor.IndefLengthForbidden,
		TagsMd:           cbor.TagsForbidden,
		UTF8:             cbor.UTF8RejectInvalid,
		MaxNestedLevels:  8,
		MaxArrayElements: elements,
		MaxMapPairs:      32,
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // options of this file contradict one another
	}
	return v
}

func encodeClaims(c *Claims) ([]byte, error) {
	point, err := c.Holder.Bytes()
	if err != nil {
		return nil, err
	}
	w := cwt{
		Issuer: c.Issuer, Expires: c.Expires.Unix(), IssuedAt: c.IssuedAt.Unix(), ID: c.Serial[:],
		Confirm:  confirm{coseKey{Type: 2, Curve: 1, X: point[1:33], Y: point[33:]}},
		Identity: identity{Number: c.Number, Name: c.Name, Sex: int(c.Sex), Nationality: c.Nationality, Face: c.Face, FaceFormat: faceWebP},
		Status:   status{statusList{Index: c.StatusIndex, URI: c.StatusURI}},
		Licence: licence{
			ValidFrom: dateOf(c.ValidFrom), ValidUntil: dateOf(c.ValidUntil), FirstIssue: dateOf(c.FirstIssue),
			Authority: c.Authority, Letters: c.Letters, Points: c.Points,
			HearingAid: c.HearingAid, SchoolBus: c.SchoolBus, Probation: dateOf(c.Probation),
		},
	}
	if c.Full() {
		w.Identity.Language = chineseISO639
	}
	if !c.BirthDate.IsZero() {
		w.Identity.BirthDate = c.BirthDate.Start().Format("20060102")
	}
	for _, k := range c.Classes {
		w.Licence.Classes = append(w.Licence.Classes, class{Code: k.Code, Since: dateOf(k.Since)})
	}
	return encMode.Marshal(w)
}

// decodeClaims reads a CWT. Claims it does not know are left to later versions
// of the format; those it knows must be right.
func decodeClaims(raw []byte) (*Claims, error) {
	var w cwt
	if !deterministic(raw) || decMode.Unmarshal(raw, &w) != nil || !w.wellFormed() {
		return nil, ErrBadCBOR
	}
	holder, err := w.Confirm.Key.public()
	if err != nil {
		return nil, ErrBadKey
	}
	c := &Claims{
		Issuer: w.Issuer, Serial: Serial(w.ID), Holder: holder,
		IssuedAt: time.Unix(w.IssuedAt, 0).UTC(), Expires: time.Unix(w.Expires, 0).UTC(),
		StatusURI: w.Status.List.URI, StatusIndex: w.Status.List.Index,
		Name: w.Identity.Name, Face: w.Identity.Face,
		ValidFrom: w.Licence.ValidFrom.civil(), ValidUntil: w.Licence.ValidUntil.civil(),
		Number: w.Identity.Number, Sex: Sex(w.Identity.Sex), Nationality: w.Identity.Nationality,
		FirstIssue: w.Licence.FirstIssue.civil(), Authority: w.Licence.Authority, Letters: w.Licence.Letters,
		Points: w.Licence.Points, HearingAid: w.Licence.HearingAid, SchoolBus: w.Licence.SchoolBus,
		Probation: w.Licence.Probation.civil(),
	}
	if w.Identity.BirthDate != "" {
		if c.BirthDate, err = civil.Parse(w.Identity.BirthDate); err != nil {
			return nil, ErrBadCBOR
		}
	}
	for _, k := range w.Licence.Classes {
		c.Classes = append(c.Classes, Class{k.Code, k.Since.civil()})
	}
	return c, nil
}

// deterministic reports whether raw is what Core Deterministic Encoding (RFC
// 8949, 4.2.1) makes of its value: shortest heads, sorted keys, nothing after.
func deterministic(raw []byte) bool {
	var v any
	if decMode.Unmarshal(raw, &v) != nil {
		return false
	}
	again, err := encMode.Marshal(v)
	return err == nil && bytes.Equal(again, raw)
}

// deterministicBundle reads a bundle that is encoded as deterministic wants.
func deterministicBundle(raw []byte, w *bundle) bool {
	if bundleMode.Unmarshal(raw, w) != nil {
		return false
	}
	again, err := encMode.Marshal(w)
	return err == nil && bytes.Equal(again, raw)
}

func (w *cwt) wellFormed() bool {
	const maxText, maxClasses = 255, 17
	for _, s := range []string{w.Issuer, w.Status.List.URI, w.Identity.Name} {
		if s == "" || len(s) > maxText {
			return false
		}
	}
	for _, s := range []string{w.Identity.Number, w.Identity.Nationality, w.Licence.Authority, w.Licence.Letters} {
		if len(s) > maxText {
			return false
		}
	}
	if n := len(w.Licence.Classes); n == 0 || n > maxClasses {
		return false
	}
	for _, k := range w.Licence.Classes {
		if n := utf8.RuneCountInString(k.Code); n == 0 || n > 2 || !k.Since.valid() {
			return false
		}
	}
	for _, d := range []date{w.Licence.ValidUntil, w.Licence.FirstIssue, w.Licence.Probation} {
		if d != 0 && !d.valid() {
			return false
		}
	}
	return len(w.ID) == serialSize && w.Licence.ValidFrom.valid() &&
		w.IssuedAt >= 0 && w.IssuedAt < w.Expires && w.Expires <= maxTime &&
		len(w.Identity.Face) > 0 && len(w.Identity.Face) <= MaxFace && w.Identity.FaceFormat == faceWebP &&
		len(w.Identity.BirthDate) <= len("20060102") && w.Licence.Points >= 0
}

func (k coseKey) public() (*ecdsa.PublicKey, error) {
	if k.Type != 2 || k.Curve != 1 { // EC2, P-256
		return nil, ErrBadKey
	}
	return rawsig.ES256.Point(k.X, k.Y)
}
