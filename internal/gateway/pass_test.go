package gateway

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// TestPassIsMadeOnce for all requests of a session, and anew once the portal is told something else.
func TestPassIsMadeOnce(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	asks := func(change ...func(*http.Request)) Pass {
		t.Helper()
		got := d.do("GET", portal+"/", append(change, with("Cookie", cookie))...)
		if got.pass == nil {
			t.Fatalf("status %d", got.Code)
		}
		return got.pass
	}
	first, second, open := asks().judged(), asks().judged(), asks(with("Accept", "text/event-stream")).judged()
	if first.live == nil || first != second || first != open {
		t.Errorf("judged by %p, then %p, and where it stays open %p", first.live, second.live, open.live)
	}
	if n := testing.AllocsPerRun(100, func() { passOf(first.live) }); n != 0 {
		t.Errorf("%v allocations for a pass that is made", n)
	}
	err := d.store.Edit(t.Context(), func(e directory.Editor) error {
		ann, err := e.Contact(t.Context(), "c-ann")
		if err != nil {
			return err
		}
		ann.Name = "Ann Archer"
		return e.PutContact(ann)
	})
	if err != nil {
		t.Fatal(err)
	}
	if name, _ := asks()(PlaceholderPrefix + "name"); name != "Ann Archer" {
		t.Errorf("after a change the name is %v", name)
	}
}

// TestEachSiteHasItsNames, in turn, for one session.
func TestEachSiteHasItsNames(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	sites := map[string]*Site{
		"Remote-User": d.Site,
		"X-User":      d.Gateway.Site(directory.Client, PublicPaths{}, map[string]string{identity.HeaderUser: "X-User"}),
	}
	for range 2 {
		for name, site := range sites {
			d.Site = site
			got := d.do("GET", portal+"/", with("Cookie", cookie))
			for header := range sites {
				if set := got.request.Header.Get(header) == "c-ann"; set != (header == name) {
					t.Errorf("at the site of %s: %s is %q", name, header, got.request.Header.Get(header))
				}
			}
		}
	}
}

// TestHeadersAreTheRequestsOwn: what a later handler does to them in place reaches
// no other request of the session, and not what is said of it.
func TestHeadersAreTheRequestsOwn(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	asks := func() http.Header { return d.do("GET", portal+"/", with("Cookie", cookie)).request.Header }
	first, second := asks(), asks()
	want := second.Clone()
	for name := range first {
		first[name][0] = "changed"
		first[name] = append(first[name], "more")
	}
	if len(want) < len(identity.HeaderNames)-1 || !maps.EqualFunc(second, want, slices.Equal) {
		t.Errorf("the headers of one that came before are %q, were %q", second, want)
	}
	if third := asks(); !maps.EqualFunc(third, want, slices.Equal) {
		t.Errorf("the headers of one that comes after are %q, want %q", third, want)
	}
}

// TestPlaceholdersOfNobody are there, and empty; others are not ours.
func TestPlaceholdersOfNobody(t *testing.T) {
	pass := newDesk(t).do("GET", portal+"/health").pass
	if judged := pass.judged(); judged != (Judged{}) {
		t.Errorf("judged by %v", judged)
	}
	for key, want := range map[string]any{
		"http.auth.user.id": "", "http.auth.user.groups": "", "http.auth.user.password": "", "http.auth.user": nil, "http.request.host": nil, "id": nil, "": nil,
	} {
		if got, _ := pass(key); got != want {
			t.Errorf("%q is %v, want %v", key, got, want)
		}
	}
	if _, ok := pass("http.auth.user.id"); !ok {
		t.Error("there is no id")
	}
	if _, ok := pass("http.auth.user.password"); ok {
		t.Error("there is a password")
	}
}
