package session_test

import (
	"errors"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// TestCookiesAtOnePlace: what memory holds where it looks for a cookie may be
// another's session, and is not taken for its own.
func TestCookiesAtOnePlace(t *testing.T) {
	d := newDesk(t)
	ann, _ := d.signIn()
	ted, _ := d.signIn(memberSession)
	nobodys := session.NewSecret()
	stranger := d.seal(nobodys[:])
	for range 2 {
		d.finds(ann)
		d.Misplace(cookieName, ann, ted)
		if f := d.finds(ted).Facts(); f.ID != "m-ted" {
			t.Errorf("the member's cookie found %+v", f)
		}
		d.Misplace(cookieName, ann, stranger)
		d.wantsNobody(stranger)
		if f := d.finds(ann).Facts(); f.ID != "c-ann" {
			t.Errorf("the contact's cookie found %+v", f)
		}
	}
}

// TestWhole: what pages show is the session as the store has it, with the end that
// counts now.
func TestWhole(t *testing.T) {
	d := newDesk(t)
	d.lifetime = 6 * time.Hour
	d.restart()
	cookie, s := d.signIn(func(s *session.Session) { s.UserAgent = "Firefox" })
	live := d.finds(cookie)
	got, err := d.Whole(t.Context(), live)
	if err != nil || got.ID != s.ID || got.UserAgent != "Firefox" || len(got.Proofs) != 1 || !got.Expires.Equal(s.Created.Add(6*time.Hour)) {
		t.Errorf("%+v, %v", got, err)
	}
	if err := d.store.EndSessions(t.Context(), s.Key); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Whole(t.Context(), live); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("after its end: %v", err)
	}
}
