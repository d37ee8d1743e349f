package gateway

import (
	"net/http"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// TestPassIsMadeOnce for all requests of a session, and anew once the portal is told something else.
func TestPassIsMadeOnce(t *testing.T) {
	d := newDesk(t)
	cookie, _ := d.signIn()
	asks := func(change ...func(*http.Request)) *Pass {
		t.Helper()
		got := d.do("GET", portal+"/", append(change, with("Cookie", cookie))...)
		if got.pass == nil {
			t.Fatalf("status %d", got.Code)
		}
		return got.pass
	}
	first := asks()
	if second, open := asks(), asks(with("Accept", "text/event-stream")); first != second || first != open {
		t.Errorf("%p, then %p, and where it stays open %p", first, second, open)
	}
	if itself, ok := first.Placeholder(JudgedPlaceholder); itself != first || !ok {
		t.Errorf("%+v is known as %v", first, itself)
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
	if name, _ := asks().Placeholder(PlaceholderPrefix + "name"); name != "Ann Archer" {
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

// TestPlaceholdersOfNobody are there, and empty; others are not ours.
func TestPlaceholdersOfNobody(t *testing.T) {
	pass := newDesk(t).do("GET", portal+"/health").pass
	for key, want := range map[string]any{
		"http.auth.user.id": "", "http.auth.user.groups": "", "http.auth.user.password": "", "http.auth.user": nil, "http.request.host": nil, "id": nil, "": nil,
	} {
		if got, _ := pass.Placeholder(key); got != want {
			t.Errorf("%q is %v, want %v", key, got, want)
		}
	}
	if _, ok := pass.Placeholder("http.auth.user.id"); !ok {
		t.Error("there is no id")
	}
	if _, ok := pass.Placeholder("http.auth.user.password"); ok {
		t.Error("there is a password")
	}
}
