package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

var keyPromises = []promise{
	{"there are none at first", keysNone},
	{"keys are kept whole, oldest first", keysWhole},
	{"results are copies", keysCopied},
	{"an update's error writes nothing", keysUpdateFails},
	{"where there were keys none cannot be left", keysLost},
	{"updates at once are all kept", keysRace},
}

func setKeys(t *testing.T, s store.Store, keys ...keyring.Key) []keyring.Key {
	t.Helper()
	return must(s.UpdateKeys(t.Context(), func([]keyring.Key) ([]keyring.Key, error) { return keys, nil }))(t)
}

func keysNone(t *testing.T, s store.Store) {
	wantEqual(t, "keys", len(must(s.Keys(t.Context()))(t)), 0)
	_ = must(s.UpdateKeys(t.Context(), func(keys []keyring.Key) ([]keyring.Key, error) {
		wantEqual(t, "keys to change", len(keys), 0)
		return nil, nil
	}))(t)
}

func keysWhole(t *testing.T, s store.Store) {
	young, old := filled[keyring.Key](), filled[keyring.Key]()
	old.ID, old.Created = "old", old.Created.Add(-time.Hour)
	want := []keyring.Key{old, young}
	wantEqual(t, "returned", setKeys(t, s, young, old), want)
	wantEqual(t, "kept", must(s.Keys(t.Context()))(t), want)
	setKeys(t, s, young)
	wantEqual(t, "replaced", must(s.Keys(t.Context()))(t), []keyring.Key{young})
}

func keysCopied(t *testing.T, s store.Store) {
	given, want := filled[keyring.Key](), filled[keyring.Key]()
	returned := setKeys(t, s, given)
	given.Material[0] = 0
	wantEqual(t, "returned", returned, []keyring.Key{want})
	returned[0].Material[0] = 0
	must(s.Keys(t.Context()))(t)[0].Material[0] = 0
	wantEqual(t, "kept", must(s.Keys(t.Context()))(t), []keyring.Key{want})
}

func keysUpdateFails(t *testing.T, s store.Store) {
	k := filled[keyring.Key]()
	setKeys(t, s, k)
	got, err := s.UpdateKeys(t.Context(), func(keys []keyring.Key) ([]keyring.Key, error) { return nil, errOwn })
	wantErr(t, err, errOwn)
	wantEqual(t, "returned", len(got), 0)
	wantEqual(t, "kept", must(s.Keys(t.Context()))(t), []keyring.Key{k})
}

func keysLost(t *testing.T, s store.Store) {
	k := filled[keyring.Key]()
	setKeys(t, s, k)
	_, err := s.UpdateKeys(t.Context(), func([]keyring.Key) ([]keyring.Key, error) { return nil, nil })
	wantErr(t, err, keyring.ErrLost)
	wantEqual(t, "kept", must(s.Keys(t.Context()))(t), []keyring.Key{k})
}

func keysRace(t *testing.T, s store.Store) {
	for _, err := range race(func(i int) error {
		_, err := s.UpdateKeys(t.Context(), func(keys []keyring.Key) ([]keyring.Key, error) {
			return append(keys, keyring.Key{ID: fmt.Sprint(i), Use: keyring.Cookie}), nil
		})
		return err
	}) {
		ok(t, err)
	}
	wantEqual(t, "keys", len(must(s.Keys(t.Context()))(t)), racers)
}
