package bolt

import (
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// MemberTenants implements directory.Store.
func (s *Store) MemberTenants(ctx context.Context) (list directory.Tenants, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		data := tx.Bucket([]byte(metaBucket)).Get([]byte(metaMemberTenants))
		if data == nil {
			return nil
		}
		var kept []listingRecord
		if err := decoding.Unmarshal(data, &kept); err != nil {
			return fmt.Errorf("reading the tenants of members: %w", err)
		}
		list = packAll(kept, unpackListing)
		return nil
	})
	return list, err
}

// KeepMemberTenants implements directory.Store.
func (s *Store) KeepMemberTenants(ctx context.Context, tenants directory.Tenants) error {
	return s.share(ctx, func(tx *bbolt.Tx) error {
		data, err := encoding.Marshal(packAll(tenants, packListing))
		if err != nil {
			return err
		}
		return tx.Bucket([]byte(metaBucket)).Put([]byte(metaMemberTenants), data)
	})
}
