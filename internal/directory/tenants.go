package directory

import (
	"slices"
	"time"
)

// Listing is a tenant whose word on addresses counts.
type Listing struct {
	Tenant string    // as [ParseTenant] returns it
	Since  time.Time // since when it is listed without a break
}

// Tenants are those whose word on addresses counts, in the operator's order. What one
// said before it was listed does not count: a tenant that is taken off the list and
// listed again brings nothing back that rested on its word.
type Tenants []Listing

// Trust reports whether the word of a tenant, given at a time, counts. An empty tenant
// is none.
func (t Tenants) Trust(tenant string, at time.Time) bool {
	return slices.ContainsFunc(t, func(l Listing) bool { return l.Tenant == tenant && tenant != "" && !at.Before(l.Since) })
}

// Relist is what becomes of the list where these tenants are listed from now on.
func (t Tenants) Relist(tenants []string, now time.Time) (list Tenants) {
	for _, tenant := range tenants {
		listing := Listing{Tenant: tenant, Since: now.UTC()}
		i := slices.IndexFunc(t, func(l Listing) bool { return l.Tenant == tenant })
		if i >= 0 && !t[i].Since.After(now) { // or the clock was ahead then
			listing = t[i]
		}
		list = append(list, listing)
	}
	return list
}

// IDs are the tenants without their times.
func (t Tenants) IDs() (ids []string) {
	for _, l := range t {
		ids = append(ids, l.Tenant)
	}
	return ids
}
