package sdjwt

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"edl/sdjwt/jws"
)

// forge signs a payload as the real issuer, with any disclosures beside it.
func (w *world) forge(t testing.TB, typ string, payload any, disclosures ...string) []byte {
	t.Helper()
	b, ok := payload.(string)
	if !ok {
		encoded, err := json.Marshal(payload)
		if err != nil {
			t.Fatal(err)
		}
		b = string(encoded)
	}
	token, err := jws.Sign(w.key, jws.Header{Typ: typ}, []byte(b))
	if err != nil {
		t.Fatal(err)
	}
	out := append(token, '~')
	for _, d := range disclosures {
		out = append(append(out, d...), '~')
	}
	return out
}

// disclosure returns the encoding of an array and its digest.
func disclosure(t testing.TB, parts ...any) (encoded, digest string) {
	t.Helper()
	b, err := json.Marshal(parts)
	if err != nil {
		t.Fatal(err)
	}
	encoded = base64.RawURLEncoding.EncodeToString(b)
	return encoded, encodeDigest([]byte(encoded))
}

type object = map[string]any

// TestS22Disclosures: what RFC 9901 §7.1 says must be rejected.
func TestS22Disclosures(t *testing.T) {
	w := newWorld(t)
	p := w.policy()
	p.Binding = nil
	a, da := disclosure(t, "salt", "a", 1)
	e, de := disclosure(t, "salt", "element")
	base := func(more object) object {
		m := object{"vct": vct, "exp": w.now.Add(time.Hour).Unix()}
		for k, v := range more {
			m[k] = v
		}
		return m
	}
	check := func(name string, want error, payload any, disclosures ...string) {
		t.Helper()
		r := p.VerifyVC(w.forge(t, TypeVC, payload, disclosures...))
		if r.Valid != (want == nil) || !errors.Is(r.Err(), want) {
			t.Errorf("%s: valid %v, %v; want %v", name, r.Valid, r.Err(), want)
		}
	}
	check("control, a claim", nil, base(object{"_sd": []string{da}}), a)
	check("control, an element", nil, base(object{"x": []any{object{"...": de}}}), e)
	check("control, decoys", nil, base(object{"_sd": []string{"AAAA"}, "x": []any{object{"...": "BBBB"}}}))
	check("control, sha-512 and no disclosure", nil, base(object{"_sd_alg": "sha-512"}))

	check("no place", ErrBadDisclosure, base(nil), a)
	check("twice", ErrBadDisclosure, base(object{"_sd": []string{da}}), a, a)
	check("a digest twice in one array", ErrBadDisclosure, base(object{"_sd": []string{da, da}}), a)
	check("a digest in two places", ErrBadDisclosure, base(object{"_sd": []string{da}, "x": object{"_sd": []string{da}}}), a)
	check("an undisclosed digest twice", ErrBadDisclosure, base(object{"_sd": []string{"AAAA", "AAAA"}}))
	holder, dh := disclosure(t, "salt", "b", object{"_sd": []string{da}})
	check("a digest in the payload and in a disclosure", ErrBadDisclosure, base(object{"_sd": []string{da, dh}}), a, holder)
	check("a claim that is there already", ErrBadDisclosure, base(object{"a": 2, "_sd": []string{da}}), a)
	again, dagain := disclosure(t, "other", "a", 2)
	check("a claim from two disclosures", ErrBadDisclosure, base(object{"_sd": []string{da, dagain}}), a, again)
	check("an element in the place of a claim", ErrBadDisclosure, base(object{"_sd": []string{de}}), e)
	check("a claim in the place of an element", ErrBadDisclosure, base(object{"x": []any{object{"...": da}}}), a)
	check("another digest algorithm", ErrBadDisclosure, base(object{"_sd_alg": "sha-512", "_sd": []string{da}}), a)
	for _, alg := range []any{"sha-1", "md5", "SHA-256", "none", "", "sha3-256", 1, nil, []string{"sha-256"}} {
		check(fmt.Sprintf("_sd_alg %v", alg), ErrBadDisclosure, base(object{"_sd_alg": alg, "_sd": []string{da}}), a)
	}
	check("_sd as text", ErrBadDisclosure, base(object{"_sd": da}), a)
	check("_sd with a number", ErrBadDisclosure, base(object{"_sd": []any{1}}))
	check("... beside another member", ErrBadDisclosure, base(object{"x": []any{object{"...": de, "y": 1}}}), e)
	check("... in an object", ErrBadDisclosure, base(object{"x": object{"...": de}}), e)
	check("... with a number", ErrBadDisclosure, base(object{"x": []any{object{"...": 1}}}))

	for name, parts := range map[string][]any{
		"a claim _sd": {"salt", "_sd", []string{}}, "a claim ...": {"salt", "...", "x"}, "one part": {"salt"}, "no parts": {},
		"four parts": {"salt", "a", 1, 2}, "a salt of numbers": {1, "a", 1}, "a name of numbers": {"salt", 1, 1}, "a name of null": {"salt", nil, 1},
	} {
		d, digest := disclosure(t, parts...)
		r := p.VerifyVC(w.forge(t, TypeVC, base(object{"_sd": []string{digest}}), d))
		if r.Valid || !errors.Is(r.Err(), ErrBadDisclosure) {
			t.Errorf("%s: %v", name, r.Err())
		}
	}
	for name, d := range map[string]string{
		"an object":             base64.RawURLEncoding.EncodeToString([]byte(`{"0":"salt","1":"a","2":1}`)),
		"no JSON":               base64.RawURLEncoding.EncodeToString([]byte(`["salt","a"`)),
		"repeated names":        base64.RawURLEncoding.EncodeToString([]byte(`["salt","a",{"x":1,"x":2}]`)),
		"a number too large":    base64.RawURLEncoding.EncodeToString([]byte(`["salt","a",1e400]`)),
		"padding":               base64.URLEncoding.EncodeToString([]byte(`["salt","a",123]`)),
		"standard base64":       "WyJzYWx0IiwiYSIsIj8/Il0",
		"nothing between the ~": "",
	} {
		r := p.VerifyVC(w.forge(t, TypeVC, base(object{"_sd": []string{encodeDigest([]byte(d))}}), d))
		if r.Valid || !errors.Is(r.Err(), ErrBadDisclosure) {
			t.Errorf("%s: %v", name, r.Err())
		}
	}

	for _, name := range registered {
		d, digest := disclosure(t, "salt", name, "x")
		payload := base(object{"_sd": []string{digest}})
		delete(payload, name)
		r := p.VerifyVC(w.forge(t, TypeVC, payload, d))
		if r.Valid || r.Checks.Get(StepRegistered).OK {
			t.Errorf("%s disclosed selectively: valid %v", name, r.Valid)
		}
		payload[name] = "signed"
		check("redefining "+name, ErrBadDisclosure, payload, d)
	}
	deep, ddeep := disclosure(t, "salt", "exp", 1)
	check("control, a claim of that name further down", nil, base(object{"x": object{"_sd": []string{ddeep}}}), deep)
}

// TestS23Size: recursion of 1,000 levels and 100,000 disclosures are too_large.
func TestS23Size(t *testing.T) {
	w := newWorld(t)
	p := w.policy()
	p.Binding = nil
	chain := func(levels int) ([]byte, error) {
		var disclosures []string
		value := any("core")
		for range levels {
			d, digest := disclosure(t, "salt", "a", value)
			disclosures = append(disclosures, d)
			value = object{"_sd": []string{digest}}
		}
		payload := value.(object)
		payload["vct"] = vct
		b := w.forge(t, TypeVC, payload, disclosures...)
		r := p.VerifyVC(b)
		return b, r.Err()
	}
	if _, err := chain(MaxDepth); err != nil {
		t.Errorf("control, %d levels: %v", MaxDepth, err)
	}
	for _, levels := range []int{MaxDepth + 1, 1000} {
		b, err := chain(levels)
		if !errors.Is(err, ErrTooLarge) {
			t.Errorf("%d levels: %v", levels, err)
		}
		if s, err := Parse(b); err == nil {
			if _, err := s.Disclose(Path{"a"}); !errors.Is(err, ErrTooLarge) {
				t.Errorf("%d levels, the holder: %v", levels, err)
			}
		}
	}
	d, _ := disclosure(t, "s", "a", 1)
	many := w.forge(t, TypeVC, object{"vct": vct}, strings.Split(strings.Repeat(d+" ", 100_000), " ")[:100_000]...)
	if r := p.VerifyVC(many); !errors.Is(r.Err(), ErrTooLarge) {
		t.Errorf("100,000 disclosures: %v", r.Err())
	}
	short := append(w.forge(t, TypeVC, object{"vct": vct}), bytes.Repeat([]byte("~"), MaxDisclosures+1)...)
	if r := p.VerifyVC(short); !errors.Is(r.Err(), ErrTooLarge) {
		t.Errorf("%d empty disclosures: %v", MaxDisclosures+1, r.Err())
	}
	if r := p.VerifyVC(make([]byte, MaxSize+1)); !errors.Is(r.Err(), ErrTooLarge) {
		t.Errorf("over the size: %v", r.Err())
	}
	if _, err := FromJSON(make([]byte, MaxSize+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("JSON over the size: %v", err)
	}
}

// TestS24KeyBinding: missing, of another audience, time, nonce, presentation
// or key, and the same one again.
func TestS24KeyBinding(t *testing.T) {
	w := newWorld(t)
	good := w.present(t, Path{"family_name"})
	if r := w.policy().VerifyVC(good); !r.Valid {
		t.Fatalf("control: %v", r.Err())
	}
	for name, tt := range map[string]struct {
		change func(*Policy)
		want   error
	}{
		"another audience":         {func(p *Policy) { p.Binding.Audience = "x509_hash:abd" }, ErrBinding},
		"no audience asked for":    {func(p *Policy) { p.Binding.Audience = "" }, ErrBinding},
		"another nonce":            {func(p *Policy) { p.Binding.Nonce = "nonce2" }, ErrBinding},
		"no nonce asked for":       {func(p *Policy) { p.Binding.Nonce = "" }, ErrBinding},
		"five minutes old":         {func(p *Policy) { p.Now = w.now.Add(5 * time.Minute) }, nil},
		"a second older":           {func(p *Policy) { p.Now = w.now.Add(5*time.Minute + time.Second) }, ErrBinding},
		"that, with leeway":        {func(p *Policy) { p.Now, p.Leeway = w.now.Add(5*time.Minute+time.Second), time.Second }, nil},
		"older than a minute":      {func(p *Policy) { p.Now, p.Binding.MaxAge = w.now.Add(61*time.Second), time.Minute }, ErrBinding},
		"not asked for":            {func(p *Policy) { p.Binding = nil }, ErrBinding},
		"seen before":              {func(p *Policy) { p.Binding.Once = func(string) bool { return false } }, ErrReplayed},
		"seen for the first time":  {func(p *Policy) { p.Binding.Once = func(string) bool { return true } }, nil},
		"another type":             {func(p *Policy) { p.Types = []string{"https://other.example"} }, ErrBadCredential},
		"any type":                 {func(p *Policy) { p.Types = nil }, nil},
		"after its time":           {func(p *Policy) { p.Now = w.now.AddDate(0, 0, 30) }, ErrExpired},
		"an issuer not believed":   {func(p *Policy) { p.Key = refuse }, ErrUntrustedIssuer},
		"nobody believed":          {func(p *Policy) { p.Key = nil }, ErrUntrustedIssuer},
		"another issuer":           {func(p *Policy) { p.Key = other(w.holder.Public()) }, ErrBadSignature},
		"another kind of key":      {func(p *Policy) { p.Key = other([]byte("secret")) }, ErrBadKey},
		"before it began":          {func(p *Policy) { p.Now = w.now.Add(-time.Second) }, ErrExpired},
		"a little early, leeway":   {func(p *Policy) { p.Now, p.Leeway = w.now.Add(-time.Second), time.Second }, nil},
		"a nonce that is used up":  {func(p *Policy) { p.Binding.Once = func(n string) bool { return n != "nonce" } }, ErrReplayed},
		"legacy types are allowed": {func(p *Policy) { p.Legacy = true }, nil},
	} {
		p := w.policy()
		tt.change(&p)
		if r := p.VerifyVC(good); r.Valid != (tt.want == nil) || !errors.Is(r.Err(), tt.want) {
			t.Errorf("%s: valid %v, %v; want %v", name, r.Valid, r.Err(), tt.want)
		}
	}

	s, err := Parse(good)
	if err != nil {
		t.Fatal(err)
	}
	bound := func(typ string, key crypto.Signer, change func(object)) []byte {
		hash, err := s.sdHash()
		if err != nil {
			t.Fatal(err)
		}
		claims := object{"iat": w.now.Unix(), "aud": "x509_hash:abc", "nonce": "nonce", "sd_hash": hash}
		change(claims)
		payload, _ := json.Marshal(claims)
		kb, err := jws.Sign(key, jws.Header{Typ: typ}, payload)
		if err != nil {
			t.Fatal(err)
		}
		return append(bytes.Clone(s.signed), kb...)
	}
	nothing := func(object) {}
	more := w.present(t, Path{"family_name"}, Path{"given_name"})
	kbOf := func(b []byte) []byte { return b[bytes.LastIndexByte(b, '~')+1:] }
	set := func(name string, v any) func(object) { return func(m object) { m[name] = v } }
	for name, tt := range map[string]struct {
		b    []byte
		want error
	}{
		"control":                  {bound(TypeKeyBinding, w.holder, nothing), nil},
		"missing":                  {s.signed, ErrBinding},
		"that of more claims":      {append(bytes.Clone(s.signed), kbOf(more)...), ErrBinding},
		"a claim taken away":       {append(append(bytes.Clone(s.issuer), '~'), s.KeyBinding...), ErrBinding},
		"another key":              {bound(TypeKeyBinding, w.key, nothing), ErrBadSignature},
		"another type":             {bound("jwt", w.holder, nothing), ErrBinding},
		"no type":                  {bound("", w.holder, nothing), ErrBinding},
		"another sd_hash":          {bound(TypeKeyBinding, w.holder, set("sd_hash", "AAAA")), ErrBinding},
		"no sd_hash":               {bound(TypeKeyBinding, w.holder, func(m object) { delete(m, "sd_hash") }), ErrBinding},
		"no iat":                   {bound(TypeKeyBinding, w.holder, func(m object) { delete(m, "iat") }), ErrBinding},
		"iat as text":              {bound(TypeKeyBinding, w.holder, set("iat", "1772413323")), ErrBinding},
		"iat ahead":                {bound(TypeKeyBinding, w.holder, set("iat", w.now.Add(2*time.Minute).Unix())), ErrBinding},
		"aud as an array":          {bound(TypeKeyBinding, w.holder, set("aud", []string{"x509_hash:abc"})), ErrBinding},
		"no nonce":                 {bound(TypeKeyBinding, w.holder, func(m object) { delete(m, "nonce") }), ErrBinding},
		"no JWT":                   {append(bytes.Clone(s.signed), "kb"...), ErrBinding},
		"the issuer's JWT instead": {append(bytes.Clone(s.signed), s.issuer...), ErrBinding},
	} {
		if r := w.policy().VerifyVC(tt.b); r.Valid != (tt.want == nil) || !errors.Is(r.Err(), tt.want) {
			t.Errorf("%s: valid %v, %v; want %v", name, r.Valid, r.Err(), tt.want)
		}
	}
	unbound := w.vc(t)
	unbound.Holder = nil
	b, err := Bind(w.issue(t, unbound), w.holder, "x509_hash:abc", "nonce", w.now)
	if err != nil {
		t.Fatal(err)
	}
	if r := w.policy().VerifyVC(b); r.Valid || !errors.Is(r.Err(), ErrBinding) {
		t.Errorf("a credential that names no holder: %v", r.Err())
	}
	if _, err := Bind(good, w.holder, "a", "n", w.now); !errors.Is(err, ErrBinding) {
		t.Errorf("bound twice: %v", err)
	}
	broken := bytes.Replace(good, []byte("~"), []byte("~~"), 1)
	asked := false
	p := w.policy()
	p.Binding.Once = func(string) bool { asked = true; return true }
	if r := p.VerifyVC(broken); r.Valid || asked {
		t.Error("a presentation that is not valid used the nonce up")
	}
}

func refuse(jws.Header, map[string]any) (crypto.PublicKey, error) {
	return nil, errors.New("a stranger")
}

func other(key crypto.PublicKey) func(jws.Header, map[string]any) (crypto.PublicKey, error) {
	return func(jws.Header, map[string]any) (crypto.PublicKey, error) { return key, nil }
}

// TestS17To21InCredentials: the attacks on tokens, through the front door.
func TestS17To21InCredentials(t *testing.T) {
	w := newWorld(t)
	p := w.policy()
	p.Binding = nil
	enc := base64.RawURLEncoding.EncodeToString
	payload := `{"vct":"` + vct + `"}`
	good := w.forge(t, TypeVC, payload)
	if r := p.VerifyVC(good); !r.Valid {
		t.Fatalf("control: %v", r.Err())
	}
	sig := good[bytes.LastIndexByte(good, '.'):]
	for name, b := range map[string][]byte{
		"alg none":                 []byte(enc([]byte(`{"alg":"none","typ":"dc+sd-jwt"}`)) + "." + enc([]byte(payload)) + ".~"),
		"alg none, signature kept": append([]byte(enc([]byte(`{"alg":"none","typ":"dc+sd-jwt"}`))+"."+enc([]byte(payload))), sig...),
		"HS256":                    append([]byte(enc([]byte(`{"alg":"HS256","typ":"dc+sd-jwt"}`))+"."+enc([]byte(payload))), sig...),
		"crit":                     append([]byte(enc([]byte(`{"alg":"ES256","crit":["x"],"x":1,"typ":"dc+sd-jwt"}`))+"."+enc([]byte(payload))), sig...),
		"repeated claims":          w.forge(t, TypeVC, `{"vct":"x","vct":"`+vct+`"}`),
		"a number beyond a double": w.forge(t, TypeVC, `{"vct":"`+vct+`","n":1e400}`),
		"half a surrogate pair":    w.forge(t, TypeVC, `{"vct":"`+vct+`","n":"\ud800"}`),
		"an array":                 w.forge(t, TypeVC, `[]`),
		"no type":                  w.forge(t, "", payload),
		"the type of a plain JWT":  w.forge(t, "jwt", payload),
		"the legacy type":          w.forge(t, TypeVCLegacy, payload),
		"no vct":                   w.forge(t, TypeVC, `{}`),
		"an expiry of text":        w.forge(t, TypeVC, `{"vct":"`+vct+`","exp":"never"}`),
		"an expiry of 1e300":       w.forge(t, TypeVC, `{"vct":"`+vct+`","exp":1e300}`),
		"cnf with a private key":   w.forge(t, TypeVC, `{"vct":"`+vct+`","cnf":{"jwk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}}}`),
		"cnf with a kid":           w.forge(t, TypeVC, `{"vct":"`+vct+`","cnf":{"kid":"1"}}`),
		"a status of text":         w.forge(t, TypeVC, `{"vct":"`+vct+`","status":"valid"}`),
		"a status index of -1":     w.forge(t, TypeVC, `{"vct":"`+vct+`","status":{"status_list":{"idx":-1,"uri":"u"}}}`),
		"no ~":                     good[:len(good)-1],
		"nothing":                  nil,
	} {
		if r := p.VerifyVC(b); r.Valid || r.Err() == nil {
			t.Errorf("%s is valid", name)
		}
	}
	p.Legacy = true
	if r := p.VerifyVC(w.forge(t, TypeVCLegacy, payload)); !r.Valid {
		t.Errorf("the legacy type where it is allowed: %v", r.Err())
	}
}

func TestJSONSerializationOutOfForm(t *testing.T) {
	for name, s := range map[string]string{
		"no object":            `[]`,
		"no payload":           `{"protected":"a","signature":"b"}`,
		"no signature":         `{"payload":"p","protected":"a"}`,
		"no signatures":        `{"payload":"p","signatures":[]}`,
		"signatures of text":   `{"payload":"p","signatures":["x"]}`,
		"17 signatures":        `{"payload":"p","signatures":[` + strings.Repeat(`{"protected":"a","signature":"b"},`, 16) + `{"protected":"a","signature":"b"}]}`,
		"disclosures as text":  `{"payload":"p","protected":"a","signature":"b","header":{"disclosures":"d"}}`,
		"a disclosure of null": `{"payload":"p","protected":"a","signature":"b","header":{"disclosures":[null]}}`,
		"repeated payload":     `{"payload":"p","payload":"q","protected":"a","signature":"b"}`,
	} {
		if b, err := FromJSON([]byte(s)); !errors.Is(err, ErrBadToken) {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	b, err := FromJSON([]byte(`{"payload":"p","protected":"a","signature":"b","header":{"disclosures":["c","d"],"kb_jwt":"k"}}`))
	if err != nil || len(b) != 1 || string(b[0]) != "a.p.b~c~d~k" {
		t.Errorf("control: %q, %v", b, err)
	}
}
