package keyring_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/store/bolt"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

const (
	day        = 24 * time.Hour
	cookieLife = 40 * day
	cookieName = "__Host-frontdesk"
)

type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newClock() *clock { return &clock{time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)} }

func open(t *testing.T, store keyring.Store, c *clock) *keyring.Ring {
	t.Helper()
	ring, err := keyring.Open(t.Context(), store, cookieLife, c.Now)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func keys(t *testing.T, store keyring.Store) []keyring.Key {
	t.Helper()
	all, err := store.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func published(r *keyring.Ring) (ids []string) {
	for _, key := range r.JWKS().Keys {
		ids = append(ids, key.KeyID)
	}
	return ids
}

func signer(t *testing.T, r *keyring.Ring) string {
	t.Helper()
	id, key, err := r.Signer()
	if err != nil || key == nil {
		t.Fatalf("signer %q: %v", id, err)
	}
	return id
}

func seal(t *testing.T, r *keyring.Ring, secret string) string {
	t.Helper()
	value, err := r.Seal(cookieName, []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestFirstStart(t *testing.T) {
	store, c := memory.New(), newClock()
	ring := open(t, store, c)
	all := keys(t, store)
	if len(all) != 2 {
		t.Fatalf("%d keys, want one for cookies and one to sign", len(all))
	}
	for _, key := range all {
		if !key.Active.Equal(c.now) || !key.Retired.IsZero() {
			t.Errorf("key %+v is not in use from now on", key)
		}
	}
	for _, key := range ring.JWKS().Keys {
		if !key.IsPublic() || !key.Valid() || key.Algorithm != "ES256" || key.Use != "sig" {
			t.Errorf("published %+v", key)
		}
	}
	if !slices.Equal(published(ring), []string{signer(t, ring)}) {
		t.Errorf("published %q, signs with %q", published(ring), signer(t, ring))
	}
}

// TestReopen: a restart changes neither cookies nor signatures.
func TestReopen(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "keys.db"), newClock()
	var value, kid string
	for i := range 2 {
		store, err := bolt.Open(path, bolt.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ring := open(t, store, c)
		if i == 0 {
			value, kid = seal(t, ring, "secret"), signer(t, ring)
		} else if secret, ok := ring.Open(cookieName, value); !ok || string(secret) != "secret" || signer(t, ring) != kid {
			t.Errorf("after a restart the cookie opens as %q, %t; signer %q, was %q", secret, ok, signer(t, ring), kid)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRotation follows the keys over one period: an hour before day 29 the next is
// published, day 30 uses it.
func TestRotation(t *testing.T) {
	store, c := memory.New(), newClock()
	ring := open(t, store, c)
	began, first, old := c.now, signer(t, ring), seal(t, ring, "old")
	for _, step := range []struct {
		at        time.Duration
		published int
		next      bool // another key signs
		opens     bool // the first key's cookie
	}{
		{29*day - time.Hour - time.Second, 1, false, true},
		{29*day - time.Hour, 2, false, true},
		{29 * day, 2, false, true}, // the next key for cookies
		{30*day - time.Second, 2, false, true},
		{30 * day, 2, true, true},
		{31*day - time.Second, 2, true, true},
		{31 * day, 1, true, true},
		{30*day + cookieLife, 2, true, true},
		{30*day + cookieLife + day, 2, true, false},
	} {
		c.now = began.Add(step.at)
		if err := ring.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(published(ring)); n != step.published {
			t.Errorf("after %s: %d keys published, want %d", step.at, n, step.published)
		}
		if next := signer(t, ring) != first; next != step.next {
			t.Errorf("after %s: another key signs: %t, want %t", step.at, next, step.next)
		}
		if !slices.Contains(published(ring), signer(t, ring)) {
			t.Errorf("after %s: the key that signs is not published", step.at)
		}
		if _, ok := ring.Open(cookieName, old); ok != step.opens {
			t.Errorf("after %s: the old cookie opens: %t, want %t", step.at, ok, step.opens)
		}
		if secret, ok := ring.Open(cookieName, seal(t, ring, "new")); !ok || string(secret) != "new" {
			t.Errorf("after %s: a new cookie does not open", step.at)
		}
	}
}

// TestKeySetsThatWereKept: a portal that keeps the key set for a day, and got it of a
// cache that had kept it for as long as it may, knows the key of every assertion.
func TestKeySetsThatWereKept(t *testing.T) {
	store, c := memory.New(), newClock()
	ring := open(t, store, c)
	var known [][]string // by the quarter of an hour
	const step = 15 * time.Minute
	oldest := int((keyring.KeySetMaxAge + day) / step)
	for at := range int(92 * day / step) {
		c.now = c.now.Add(step)
		if err := ring.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		known = append(known, published(ring))
		if kept := known[max(at-oldest, 0)]; !slices.Contains(kept, signer(t, ring)) {
			t.Fatalf("after %s: the key that signs is not in the set of %s before", time.Duration(at+1)*step, time.Duration(min(at, oldest))*step)
		}
	}
}

// TestRotationIsIdle: nothing is written when nothing is due.
func TestRotationIsIdle(t *testing.T) {
	store, c := memory.New(), newClock()
	ring := open(t, store, c)
	before := keys(t, store)
	c.now = c.now.Add(28 * day)
	if err := ring.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := keys(t, store); len(after) != len(before) || after[0].ID != before[0].ID || after[1].ID != before[1].ID {
		t.Errorf("the keys changed: %+v", after)
	}
}

// TestLongPause: after months off, the next key still is published a day and an hour
// before it signs.
func TestLongPause(t *testing.T) {
	store, c := memory.New(), newClock()
	first := signer(t, open(t, store, c))
	c.now = c.now.Add(100 * day)
	ring := open(t, store, c)
	if signer(t, ring) != first || len(published(ring)) != 2 {
		t.Errorf("signs with %q (was %q), published %q", signer(t, ring), first, published(ring))
	}
	c.now = c.now.Add(day)
	if signer(t, ring) != first {
		t.Error("the next key signs for who kept the key set for a day")
	}
	c.now = c.now.Add(time.Hour)
	if signer(t, ring) == first {
		t.Error("the next key does not take over")
	}
}

// TestClockSetBack: a machine whose clock was ahead when the keys were made
// goes on serving.
func TestClockSetBack(t *testing.T) {
	store, c := memory.New(), newClock()
	ring := open(t, store, c)
	first, value := signer(t, ring), seal(t, ring, "secret")
	c.now = c.now.Add(-time.Hour)
	if err := ring.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if signer(t, ring) != first {
		t.Error("another key signs")
	}
	if _, ok := ring.Open(cookieName, seal(t, ring, "again")); !ok {
		t.Error("a new cookie does not open")
	}
	if _, ok := ring.Open(cookieName, value); !ok {
		t.Error("an old cookie does not open")
	}
}

// TestClockSetBackBeforeRotation: the key that is not due yet stays unused.
func TestClockSetBackBeforeRotation(t *testing.T) {
	store, c := memory.New(), newClock()
	began := c.now
	first := signer(t, open(t, store, c))
	c.now = began.Add(29 * day)
	ring := open(t, store, c)
	c.now = began.Add(-time.Hour)
	if signer(t, ring) != first {
		t.Error("the next key signs before the first one")
	}
}

// TestTwoRings: processes that start at once on one store agree on the keys.
func TestTwoRings(t *testing.T) {
	store, c := memory.New(), newClock()
	rings := make([]*keyring.Ring, 16)
	var wg sync.WaitGroup
	for i := range rings {
		wg.Go(func() {
			var err error
			if rings[i], err = keyring.Open(t.Context(), store, cookieLife, c.Now); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if all := keys(t, store); len(all) != 2 {
		t.Fatalf("%d keys were made", len(all))
	}
	value := seal(t, rings[0], "secret")
	for i, ring := range rings {
		if _, ok := ring.Open(cookieName, value); !ok || signer(t, ring) != signer(t, rings[0]) {
			t.Errorf("ring %d has other keys", i)
		}
	}
}

func TestDamagedKeys(t *testing.T) {
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := x509.MarshalPKCS8PrivateKey(edwards)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		use      keyring.Use
		material []byte
		want     string
	}{
		{"short cookie key", keyring.Cookie, make([]byte, 63), "damaged"},
		{"no cookie key", keyring.Cookie, nil, "damaged"},
		{"signing key of another form", keyring.Signing, []byte("not PKCS #8"), "damaged"},
		{"signing key of another kind", keyring.Signing, other, "not ECDSA"},
	} {
		t.Run(c.name, func(t *testing.T) {
			store, clk := memory.New(), newClock()
			open(t, store, clk)
			_, err := store.UpdateKeys(t.Context(), func(all []keyring.Key) ([]keyring.Key, error) {
				for i := range all {
					if all[i].Use == c.use {
						all[i].Material = c.material
					}
				}
				return all, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = keyring.Open(t.Context(), store, cookieLife, clk.Now)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that says %q", err, c.want)
			}
			if err != nil && len(c.material) > 0 && bytes.Contains([]byte(err.Error()), c.material) {
				t.Error("the error tells the key")
			}
		})
	}
}

// TestKeysOfOneUseLost: both uses get their first key at once, so one without any
// is damaged, at a start and while running.
func TestKeysOfOneUseLost(t *testing.T) {
	for _, use := range []keyring.Use{keyring.Cookie, keyring.Signing} {
		store, clk := memory.New(), newClock()
		ring := open(t, store, clk)
		value := seal(t, ring, "secret")
		_, err := store.UpdateKeys(t.Context(), func(all []keyring.Key) ([]keyring.Key, error) {
			return slices.DeleteFunc(all, func(k keyring.Key) bool { return k.Use == use }), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := keyring.Open(t.Context(), store, cookieLife, clk.Now); !errors.Is(err, keyring.ErrLost) || !strings.Contains(err.Error(), string(use)) {
			t.Errorf("%s: Open returned %v", use, err)
		}
		if err := ring.Rotate(t.Context()); !errors.Is(err, keyring.ErrLost) {
			t.Errorf("%s: Rotate returned %v", use, err)
		}
		if _, ok := ring.Open(cookieName, value); !ok {
			t.Errorf("%s: the keys in memory do not go on", use)
		}
	}
}

func TestStoreFailure(t *testing.T) {
	store, c := memory.New(), newClock()
	ring := open(t, store, c)
	value := seal(t, ring, "secret")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := ring.Rotate(ctx); err == nil {
		t.Error("a failure to read the keys went by")
	}
	if _, ok := ring.Open(cookieName, value); !ok {
		t.Error("the keys at hand were lost with the store")
	}
}

func TestOpenRefuses(t *testing.T) {
	ring := open(t, memory.New(), newClock())
	foreign := open(t, memory.New(), newClock())
	value := seal(t, ring, strings.Repeat("s", 32))
	middle := len(value) / 2
	flipped := value[:middle] + string(value[middle]^1) + value[middle+1:]
	for name, c := range map[string]struct{ name, value string }{
		"another cookie's name":  {"__Host-Http-frontdesk-browser", value},
		"the name in lower case": {"__host-frontdesk", value},
		"cut off":                {cookieName, value[:len(value)-4]},
		"one character changed":  {cookieName, flipped},
		"a character more":       {cookieName, value + "A"},
		"twice":                  {cookieName, value + value},
		"empty":                  {cookieName, ""},
		"no base64":              {cookieName, "%%%"},
		"over 512 bytes":         {cookieName, strings.Repeat("A", 513)},
		"huge":                   {cookieName, strings.Repeat("A", 1<<20)},
		"another ring's":         {cookieName, seal(t, foreign, "secret")},
	} {
		if secret, ok := ring.Open(c.name, c.value); ok {
			t.Errorf("%s: opened as %q", name, secret)
		}
	}
}

func TestSealRefusesOversize(t *testing.T) {
	ring := open(t, memory.New(), newClock())
	if _, err := ring.Seal(cookieName, make([]byte, 512)); err == nil {
		t.Error("a secret was sealed that Open would refuse")
	}
}

// TestSealHides: a cookie shows nothing of the secret, and no two are alike.
func TestSealHides(t *testing.T) {
	ring := open(t, memory.New(), newClock())
	a, b := seal(t, ring, "the-secret"), seal(t, ring, "the-secret")
	if a == b || strings.Contains(a, "the-secret") {
		t.Errorf("sealed as %q and %q", a, b)
	}
}

// TestSignerKey: the key signs on the curve that ES256 stands for, and its
// public half is the published one.
func TestSignerKey(t *testing.T) {
	ring := open(t, memory.New(), newClock())
	id, key, err := ring.Signer()
	if err != nil {
		t.Fatal(err)
	}
	set := ring.JWKS()
	public, ok := set.Key(id)[0].Key.(*ecdsa.PublicKey)
	if !ok || !key.PublicKey.Equal(public) || key.Curve.Params().Name != "P-256" {
		t.Errorf("key %q on %s is not the published one", id, key.Curve.Params().Name)
	}
}
