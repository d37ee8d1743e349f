package caddymodule

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

// crowd is how many people sign in at once.
const crowd = 50

// TestCrowd: they come by all three methods, some for the first time, and each
// is who they are at the portal.
func TestCrowd(t *testing.T) {
	w := newWorld(t, crowdAtProvider()...)
	w.importPeople(crowdFile(t))
	w.start()

	var wg sync.WaitGroup
	ready := make(chan struct{})
	for i := range crowd {
		v := w.visitor()
		wg.Go(func() {
			<-ready
			v.signInOfCrowd(i)
		})
	}
	close(ready)
	wg.Wait()
}

// The ways in: everybody's is told by their number.
const (
	byPassword = iota
	byMicrosoft
	byCode
	firstByCode
	ways
)

func crowdAddress(i int) string { return fmt.Sprintf("p%d@acme.example", i) }
func crowdObject(i int) string  { return fmt.Sprintf("cccccccc-0000-4000-8000-%012d", i) }

func crowdAtProvider() (people []standin.Person) {
	for i := byMicrosoft; i < crowd; i += ways {
		people = append(people, standin.Person{Tenant: tenantAcme, ObjectID: crowdObject(i), Username: crowdAddress(i), Email: crowdAddress(i), EmailDomainVerified: true})
	}
	return people
}

func crowdFile(t *testing.T) string {
	t.Helper()
	hash, err := password.New(password.Options{Memory: 64, Time: 1}).Hash(t.Context(), testPassword)
	if err != nil {
		t.Fatal(err)
	}
	var contacts []string
	for i := range crowd {
		if i%ways != firstByCode {
			contacts = append(contacts, fmt.Sprintf(`{"id": "crowd-%d", "email": %q, "name": "Person %d", "account": "acme", "password_hash": %q}`, i, crowdAddress(i), i, hash))
		}
	}
	return `{"contacts": [` + strings.Join(contacts, ",") + `]}`
}

// signInOfCrowd walks one person's whole way, to a page that only they ask for.
func (v *visitor) signInOfCrowd(i int) {
	address := crowdAddress(i)
	p := v.get(fmt.Sprintf("%s/of/%d", v.world.origin("client"), i))
	p = v.post(p, "email", "email", address).wants(v.t, 200, `name="method"`)
	switch i % ways {
	case byPassword:
		p = v.post(v.post(p, "method", "method", "password"), "prove", "password", testPassword)
	case byMicrosoft:
		p = v.pick(v.post(p, "method", "method", "microsoft"), crowdObject(i))
	case byCode:
		p = v.post(v.post(p, "method", "method", "email_token"), "prove", "code", v.world.code(address))
	case firstByCode:
		p = v.post(v.post(p, "method", "method", "email_token"), "prove", "code", v.world.code(address)).wants(v.t, 200, `name="given_name"`)
		p = v.post(p, "create", "given_name", "Person", "family_name", fmt.Sprint(i))
	}
	p.wants(v.t, 200, `name="stay"`)
	method := []string{"password", "microsoft", "email_token", "email_token"}[i%ways]
	p = v.post(p, "stay", "stay", "no").wants(v.t, 200, fmt.Sprintf("portal GET /of/%d\n", i),
		"Remote-Email: "+address+"\n", fmt.Sprintf("Remote-Name: Person %d\n", i), "X-Frontdesk-Method: "+method+"\n")
	if i%ways != firstByCode {
		p.wants(v.t, 200, fmt.Sprintf("Remote-User: crowd-%d\n", i))
	}
}
