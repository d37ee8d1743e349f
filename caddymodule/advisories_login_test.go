package caddymodule

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

// The advisories of products that sign people in, as far as it takes a real
// Caddy or a provider to show how they end here; the others are in
// internal/gateway. docs/advisories.md says what went wrong there.

// loginAttacks are run in one world by the advisories that they are named
// after; what one leaves behind must not matter to the next.
type loginAttacks map[string]func(*testing.T, *world)

func (a loginAttacks) run(t *testing.T, w *world) {
	for _, name := range slices.Sorted(maps.Keys(a)) {
		t.Run(name, func(t *testing.T) {
			in := *w
			in.t = t
			a[name](t, &in)
		})
	}
}

// postWith answers a form and has further headers with it.
func (v *visitor) postWith(from page, headers map[string]string, step string, fields ...string) page {
	v.t.Helper()
	form := url.Values{"step": {step}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, from.Request.URL.String(), strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", r.URL.Scheme+"://"+r.URL.Host)
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	return v.do(r)
}

// pickedCallback chooses a person at the stand-in and returns the address that
// the browser is sent back to, without going there.
func (v *visitor) pickedCallback(from page, objectID string) *url.URL {
	v.t.Helper()
	back, err := v.stay().pick(from, objectID).Location()
	v.follow()
	if err != nil {
		v.t.Fatal(err)
	}
	return back
}

// toMicrosoft goes as far as the stand-in's list of people.
func (v *visitor) toMicrosoft(address string) page {
	v.t.Helper()
	p := v.get(v.world.origin("client") + "/")
	p = v.post(p, "email", "email", address).wants(v.t, 200, `name="method"`)
	return v.post(p, "method", "method", "microsoft").wants(v.t, 200, `name="person"`)
}

const oidPat = "aaaaaaaa-0000-4000-8000-000000000011"

// pat is known to the provider, which vouches for the address; the store has
// nobody of it until a test imports them.
var pat = standin.Person{Tenant: tenantAcme, ObjectID: oidPat, Username: "pat@acme.example", Email: "pat@acme.example", Name: "Pat Peters", EmailDomainVerified: true}
