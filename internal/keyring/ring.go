package keyring

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/gorilla/securecookie"
)

// Ring gives the keys in force. It is safe for concurrent use.
type Ring struct {
	store   Store
	now     func() time.Time
	policy  map[Use]policy
	current atomic.Pointer[snapshot]
}

// snapshot are the keys in a form ready for use.
type snapshot struct {
	generation uint64   // counts the changes of the keys
	cookies    []sealer // newest first
	signing    []signer // newest first
	jwks       jose.JSONWebKeySet
}

type sealer struct {
	id     string
	active time.Time
	codec  securecookie.Codec
}

type signer struct {
	active time.Time
	key    *ecdsa.PrivateKey
	id     string
}

func (s sealer) since() time.Time { return s.active }
func (s signer) since() time.Time { return s.active }

// Open reads the keys, and makes those that are missing. Cookies are accepted
// for cookieLife after the key that sealed them was followed by another.
func Open(ctx context.Context, store Store, cookieLife time.Duration, now func() time.Time) (*Ring, error) {
	r := &Ring{store: store, now: now, policy: policies(cookieLife)}
	if err := r.Rotate(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// Rotate makes the keys that are due, drops those that are no longer accepted,
// and takes up what other processes changed. It is called now and then.
func (r *Ring) Rotate(ctx context.Context) error {
	now := r.now().UTC()
	keys, err := r.store.Keys(ctx)
	if err != nil {
		return fmt.Errorf("reading the keys: %w", err)
	}
	if due(keys, r.policy, now) {
		keys, err = r.store.UpdateKeys(ctx, func(keys []Key) ([]Key, error) { return rotate(keys, r.policy, now) })
		if err != nil {
			return fmt.Errorf("rotating the keys: %w", err)
		}
	}
	s, err := parse(keys)
	if err != nil {
		return err
	}
	if before := r.current.Load(); before != nil {
		if s.generation = before.generation; !s.sameKeys(before) {
			s.generation++
		}
	}
	r.current.Store(s)
	return nil
}

func (s *snapshot) sameKeys(other *snapshot) bool {
	return slices.EqualFunc(s.cookies, other.cookies, func(a, b sealer) bool { return a.id == b.id })
}

// Generation tells whether the keys that open cookies are still the same: what
// was opened at an earlier one is to be opened again.
func (r *Ring) Generation() uint64 { return r.current.Load().generation }

func parse(keys []Key) (*snapshot, error) {
	s := &snapshot{}
	for _, key := range slices.Backward(keys) {
		switch key.Use {
		case Cookie:
			codec, err := newCodec(key)
			if err != nil {
				return nil, err
			}
			s.cookies = append(s.cookies, sealer{key.ID, key.Active, codec})
		case Signing:
			private, err := parseSigning(key)
			if err != nil {
				return nil, err
			}
			s.signing = append(s.signing, signer{key.Active, private, key.ID})
			s.jwks.Keys = append(s.jwks.Keys, jose.JSONWebKey{Key: private.Public(), KeyID: key.ID, Algorithm: string(jose.ES256), Use: "sig"})
		}
	}
	return s, nil
}

func newCodec(key Key) (securecookie.Codec, error) {
	if len(key.Material) != cookieKeySize {
		return nil, fmt.Errorf("cookie key %s in the store is damaged: it has %d bytes, not %d", key.ID, len(key.Material), cookieKeySize)
	}
	codec := securecookie.New(key.Material[:32], key.Material[32:])
	codec.MaxAge(0) // how long a cookie is good for is the store's to say
	codec.MaxLength(maxCookie)
	codec.SetSerializer(securecookie.NopEncoder{})
	return codec, nil
}

func parseSigning(key Key) (*ecdsa.PrivateKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(key.Material)
	if err != nil {
		return nil, fmt.Errorf("signing key %s in the store is damaged: %w", key.ID, err)
	}
	private, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("signing key %s in the store is of type %T, not ECDSA", key.ID, parsed)
	}
	return private, nil
}

// maxCookie bounds a sealed cookie before it is decoded, in bytes.
const maxCookie = 512

// Seal makes the value of the cookie named name.
func (r *Ring) Seal(name string, secret []byte) (string, error) {
	s, ok := inUse(r.current.Load().cookies, r.now())
	if !ok {
		return "", fmt.Errorf("no key to seal the cookie %s with", name)
	}
	return s.codec.Encode(name, bytes.Clone(secret)) // it encrypts in place
}

// inUse is the newest key that is active. A clock that was set back to before
// all of them leaves the oldest one: it is published, and nobody is turned away.
func inUse[K interface{ since() time.Time }](newestFirst []K, now time.Time) (key K, ok bool) {
	for _, key = range newestFirst {
		if !key.since().After(now) {
			break
		}
	}
	return key, len(newestFirst) > 0
}

// Open returns what Seal was given, if any accepted key sealed it under that
// name. securecookie compares in constant time, before it decrypts.
func (r *Ring) Open(name, value string) ([]byte, bool) {
	if len(value) > maxCookie || !canonical(value) {
		return nil, false
	}
	for _, s := range r.current.Load().cookies {
		var secret []byte
		if s.codec.Decode(name, value, &secret) == nil {
			return secret, true
		}
	}
	return nil, false
}

// canonical reports whether a value is in the one spelling that Seal gives it:
// decoders pass over line breaks, and over spare bits unless they are strict (RFC
// 4648, 3.3 and 3.5).
func canonical(value string) bool {
	var raw [maxCookie]byte
	_, err := base64.URLEncoding.Strict().Decode(raw[:], []byte(value))
	return err == nil && !strings.ContainsAny(value, "\r\n")
}

// Signer returns the key that signs now, and its id.
func (r *Ring) Signer() (id string, key *ecdsa.PrivateKey, err error) {
	s, ok := inUse(r.current.Load().signing, r.now())
	if !ok {
		return "", nil, errors.New("no key to sign with")
	}
	return s.id, s.key, nil
}

// JWKS returns the public keys (RFC 7517), among them the one that signs next.
func (r *Ring) JWKS() jose.JSONWebKeySet { return r.current.Load().jwks }
