package keyring

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// policy says when keys of one use follow one another.
type policy struct {
	period time.Duration // how long a key is the one in use
	lead   time.Duration // how long before its use it is made and published
	grace  time.Duration // how long after its use it is accepted
}

// KeySetMaxAge is how long caches may keep the key set, on whose copies portals may rely for
// a day.
const KeySetMaxAge = time.Hour

// Signing keys are replaced every 30 days, and published before for as long as a key
// set without them can be relied on. Cookie keys are replaced as often, and accepted
// for as long as a cookie can live.
func policies(cookieLife time.Duration) map[Use]policy {
	const day = 24 * time.Hour
	return map[Use]policy{
		Cookie:  {period: 30 * day, lead: day, grace: cookieLife + day},
		Signing: {period: 30 * day, lead: KeySetMaxAge + day, grace: day},
	}
}

const cookieKeySize = 64

// due reports whether rotate would change the keys.
func due(keys []Key, policies map[Use]policy, now time.Time) bool {
	for use, p := range policies {
		last, ok := newest(keys, use)
		if !ok || !now.Before(last.Active.Add(p.period-p.lead)) {
			return true
		}
	}
	return slices.ContainsFunc(keys, func(k Key) bool { return retired(k, now) })
}

// rotate adds the keys that are due and drops the retired ones. It draws
// randomness, and has no other effect.
func rotate(keys []Key, policies map[Use]policy, now time.Time) ([]Key, error) {
	isNew := len(keys) == 0
	keys = slices.DeleteFunc(slices.Clone(keys), func(k Key) bool { return retired(k, now) })
	for _, use := range []Use{Cookie, Signing} {
		p := policies[use]
		last, ok := newest(keys, use)
		if ok && now.Before(last.Active.Add(p.period-p.lead)) {
			continue
		}
		if !ok && !isNew { // all uses get their first key at once
			return nil, fmt.Errorf("none for %s: %w", use, ErrLost)
		}
		next, err := newKey(use, now)
		if err != nil {
			return nil, err
		}
		if ok {
			next.Active = later(last.Active.Add(p.period), now.Add(p.lead))
			retire(keys, last.ID, next.Active.Add(p.grace))
		}
		keys = append(keys, next)
	}
	return keys, nil
}

func newest(keys []Key, use Use) (Key, bool) {
	var last Key
	found := false
	for _, k := range keys {
		if k.Use == use && (!found || k.Active.After(last.Active)) {
			last, found = k, true
		}
	}
	return last, found
}

func retired(k Key, now time.Time) bool { return !k.Retired.IsZero() && !now.Before(k.Retired) }

func retire(keys []Key, id string, at time.Time) {
	for i := range keys {
		if keys[i].ID == id {
			keys[i].Retired = at
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func newKey(use Use, now time.Time) (Key, error) {
	key := Key{ID: rand.Text(), Use: use, Created: now, Active: now}
	if use == Cookie {
		key.Material = make([]byte, cookieKeySize)
		rand.Read(key.Material) // never fails; see crypto/rand
		return key, nil
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Key{}, fmt.Errorf("making a signing key: %w", err)
	}
	key.Material, err = x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return Key{}, fmt.Errorf("making a signing key: %w", err)
	}
	return key, nil
}
