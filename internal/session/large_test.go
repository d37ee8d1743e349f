package session_test

import (
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// TestLargeChangeIsSeenAtOnce: a change that names no records has everybody
// looked at anew.
func TestLargeChangeIsSeenAtOnce(t *testing.T) {
	d := newDesk(t)
	ann, _ := d.signIn()
	ted, _ := d.signIn(memberSession)
	d.finds(ted)
	open := d.opens(ann)
	err := d.store.EditLarge(t.Context(), func(e directory.Editor) error {
		if err := contact(func(c *directory.Contact) { c.Active = false })(e); err != nil {
			return err
		}
		return member(func(m *directory.Member) { m.Name = "Teddy" })(e)
	})
	if err != nil {
		t.Fatal(err)
	}
	d.wantsNobody(ann)
	open.wantsEnd()
	if f := d.finds(ted).Facts(); f.Name != "Teddy" {
		t.Errorf("facts %+v", f)
	}
}
