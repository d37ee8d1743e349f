package caddymodule

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/caddyserver/caddy/v2"

	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/bolt"
)

// stores shares one handle on each store between configurations: a reload
// provisions the new one before the old one is cleaned up, and the file admits
// one handle only.
var stores = caddy.NewUsagePool()

// pooledStore closes the store when the last user lets go.
type pooledStore struct{ store.Store }

func (p pooledStore) Destruct() error { return p.Close() }

// acquireStore opens the store, or takes the open one. Every call that succeeds
// is answered by one of releaseStore.
func acquireStore(path string) (store.Store, error) {
	value, _, err := stores.LoadOrNew(path, func() (caddy.Destructor, error) {
		s, err := bolt.Open(path, bolt.Options{})
		return pooledStore{s}, err
	})
	if err != nil {
		return nil, err
	}
	return value.(pooledStore).Store, nil
}

func releaseStore(path string) error {
	_, err := stores.Delete(path)
	return err
}

// everybodyReads reports whether any user of the machine may read a file, as one
// that was put back from a copy by hand. What Windows admits is not in the mode.
func everybodyReads(path string) bool {
	info, err := os.Stat(path)
	return err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o004 != 0
}

// canonicalPath is the one name of a file by which it is shared, also where one
// of its folders is reached by a link: the name must stay the same when folders
// below the link are still to be made.
func canonicalPath(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("finding %s: %w", path, err)
	}
	folder, rest := filepath.Split(absolute)
	for {
		folder = filepath.Clean(folder)
		if resolved, err := filepath.EvalSymlinks(folder); err == nil {
			return filepath.Join(resolved, rest), nil
		}
		if folder == filepath.Dir(folder) {
			return absolute, nil
		}
		rest = filepath.Join(filepath.Base(folder), rest)
		folder = filepath.Dir(folder)
	}
}
