package bolt

import (
	"context"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// RelistMemberTenants implements directory.Store.
func (s *Store) RelistMemberTenants(ctx context.Context, tenants []string, now time.Time) (list directory.Tenants, err error) {
	err = s.share(ctx, func(tx *bbolt.Tx) error {
		var before []listingRecord
		meta := tx.Bucket([]byte(metaBucket))
		if data := meta.Get([]byte(metaMemberTenants)); data != nil {
			if err := decoding.Unmarshal(data, &before); err != nil {
				return fmt.Errorf("reading the tenants of members: %w", err)
			}
		}
		list = directory.Tenants(packAll(before, unpackListing)).Relist(tenants, now)
		data, err := encoding.Marshal(packAll(list, packListing))
		if err != nil {
			return err
		}
		return meta.Put([]byte(metaMemberTenants), data)
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}
