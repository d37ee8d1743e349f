package caddymodule

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/caddyserver/caddy/v2"

	"github.com/frontdesk-gateway/frontdesk/internal/outbox"
	"github.com/frontdesk-gateway/frontdesk/internal/transfer"
)

// signIn signs a visitor in by password, as Ann at the client portal.
func (v *visitor) signIn(t testing.TB) {
	t.Helper()
	p := v.get(v.world.origin("client") + "/")
	p = v.post(p, "email", "email", "ann@acme.example")
	p = v.post(p, "method", "method", "password")
	p = v.post(p, "prove", "password", testPassword)
	v.post(p, "stay", "stay", "yes").wants(t, 200, "Remote-User: c-ann\n")
}

func TestReload(t *testing.T) {
	w := newWorld(t)
	w.start()
	v := w.visitor()
	v.signIn(t)
	home := w.origin("client") + "/"

	// An open connection stays with the old configuration until Caddy closes it.
	reload := func() error {
		defer v.client.CloseIdleConnections()
		return w.load()
	}

	t.Run("the same configuration", func(t *testing.T) {
		if err := reload(); err != nil {
			t.Fatal(err)
		}
		v.get(home).wants(t, 200, "Remote-User: c-ann\n")
	})

	t.Run("a changed one", func(t *testing.T) {
		w.options = "headers {\n Remote-User X-User\n X-Frontdesk-Assertion off\n}"
		defer func() { w.options = "" }()
		if err := reload(); err != nil {
			t.Fatal(err)
		}
		v.get(home).wants(t, 200, "X-User: c-ann\n").lacks(t, "Remote-User:", "X-Frontdesk-Assertion:")
	})

	t.Run("a broken one leaves what runs", func(t *testing.T) {
		w.options = "session {\n idle 12parsecs\n}"
		defer func() { w.options = "" }()
		if err := reload(); err == nil || !strings.Contains(err.Error(), "12parsecs") {
			t.Fatalf("the broken configuration was loaded, or not named: %v", err)
		}
		v.get(home).wants(t, 200, "X-User: c-ann\n")
	})

	t.Run("one that breaks late leaves what runs", func(t *testing.T) {
		w.options = "oidc late {\n issuer https://login.example\n client_id x\n client_secret {file." + filepath.Join(t.TempDir(), "missing") + "}\n}"
		defer func() { w.options = "" }()
		if err := reload(); err == nil || !strings.Contains(err.Error(), "oidc late client_secret") {
			t.Fatalf("the broken configuration was loaded, or not named: %v", err)
		}
		v.get(home).wants(t, 200, "X-User: c-ann\n")
	})

	t.Run("under load every answer is right", func(t *testing.T) {
		var stop atomic.Bool
		var answered atomic.Int64
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for !stop.Load() {
					response, err := v.client.Get(home)
					if err != nil {
						continue // Caddy closes connections with the old configuration, of any handler
					}
					response.Body.Close()
					answered.Add(1)
					if response.StatusCode != http.StatusOK || response.Request.URL.String() != home {
						t.Errorf("during a reload: %s at %s", response.Status, response.Request.URL)
					}
				}
			})
		}
		for range 5 {
			if err := w.load(); err != nil {
				t.Error(err)
			}
		}
		stop.Store(true)
		wg.Wait()
		if answered.Load() == 0 {
			t.Error("no request was answered")
		}
	})
}

// TestMemberTenantsOfWhatRuns: a configuration that is refused after it was read lists
// nobody, and none no more.
func TestMemberTenantsOfWhatRuns(t *testing.T) {
	w := newWorld(t)
	w.microsoft = "member_tenants " + tenantAcme
	w.start()
	late := fmt.Sprintf("http://late.localhost:%d {\n\troute {\n\t\treverse_proxy 127.0.0.1:1\n\t\tfrontdesk client\n\t}\n}\n", w.port)
	const another = "77777777-2222-4333-8444-555555555555"
	for _, c := range []struct {
		name, lists, sites string
		refused            bool
		want               string
	}{
		{"another, refused", another, late, true, tenantAcme},
		{"another", another, "", false, another},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.microsoft, w.sites = "member_tenants "+c.lists, c.sites
			if err := w.load(); (err != nil) != c.refused {
				t.Fatal(err)
			}
			d, err := runningDesk()
			if err != nil {
				t.Fatal(err)
			}
			if kept, err := d.store.MemberTenants(t.Context()); err != nil || !slices.Equal(kept.IDs(), []string{c.want}) {
				t.Errorf("lists %v %v", kept, err)
			}
		})
	}
}

func TestRestart(t *testing.T) {
	w := newWorld(t)
	w.start()
	v := w.visitor()
	v.signIn(t)
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := w.load(); err != nil {
		t.Fatal(err)
	}
	v.get(w.origin("client")+"/").wants(t, 200, "Remote-User: c-ann\n")
}

func TestFirstStartMakesTheStore(t *testing.T) {
	w := newWorld(t)
	w.store = filepath.Join(t.TempDir(), "new", "frontdesk.db")
	w.start()
	w.visitor().get(w.origin("client")+"/").wants(t, 200, `name="email"`)
	if info, err := os.Stat(w.store); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the store: %v %v", info, err)
	}
}

func TestEmptiedStoreStopsTheLoad(t *testing.T) {
	w := newWorld(t)
	if err := os.Truncate(w.store, 0); err != nil {
		t.Fatal(err)
	}
	err := w.load()
	if err == nil {
		caddy.Stop()
		t.Fatal("an emptied store was opened")
	}
	if !strings.Contains(err.Error(), w.store) {
		t.Errorf("the error does not name the store: %v", err)
	}
}

// importNow changes the directory of the running server.
func importNow(t *testing.T, file string) {
	t.Helper()
	d, err := runningDesk()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.importFile(t.Context(), strings.NewReader(file), importRequest{format: transfer.JSON}); err != nil {
		t.Fatal(err)
	}
}

func TestChangedRecordsAreSeenAtOnce(t *testing.T) {
	w := newWorld(t)
	w.start()
	home := w.origin("client") + "/"
	const in, out = "Remote-User: c-ann\n", `name="email"`
	for _, c := range []struct{ name, file, undo, want string }{
		{"groups", `{"contacts": [{"id": "c-ann", "groups": ["new"]}]}`, "", "Remote-Groups: new\n"},
		{"contact off", `{"contacts": [{"id": "c-ann", "active": false}]}`, `{"contacts": [{"id": "c-ann", "active": true}]}`, out},
		{"account off", `{"accounts": [{"id": "acme", "active": false}]}`, `{"accounts": [{"id": "acme", "active": true}]}`, out},
		{"another account, which asks for Microsoft", `{"contacts": [{"id": "c-ann", "account": "strict"}]}`, `{"contacts": [{"id": "c-ann", "account": "acme"}]}`, out},
		{"another address, which was not proved", `{"contacts": [{"id": "c-ann", "email": "annie@acme.example"}]}`, `{"contacts": [{"id": "c-ann", "email": "ann@acme.example"}]}`, out},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := w.visitor()
			v.signIn(t)
			v.get(home).wants(t, 200, in)
			importNow(t, c.file)
			v.get(home).wants(t, 200, c.want)
			if c.undo != "" && c.name != "another address, which was not proved" {
				importNow(t, c.undo)
				v.get(home).wants(t, 200, out) // what has ended does not come back
			}
			if c.undo != "" {
				importNow(t, c.undo)
			}
		})
	}
}

func TestHeadersFromOutsideAreRemoved(t *testing.T) {
	w := newWorld(t)
	w.start()
	signedIn := w.visitor()
	signedIn.signIn(t)
	for _, c := range []struct {
		name, path string
		visitor    *visitor
	}{
		{"signed in", "/", signedIn},
		{"public path, signed in", "/public", signedIn},
		{"public path, nobody", "/public", w.visitor()},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.origin("client")+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"Remote-User", "remote_email", "REMOTE-GROUPS", "X_Frontdesk_Account_Id", "X-Frontdesk-Anything", "Remote.Name"} {
				r.Header[name] = []string{"evil"}
			}
			r.Header["Connection"] = []string{"keep-alive, Remote-User"}
			p := c.visitor.do(r).wants(t, 200, "portal GET "+c.path).lacks(t, "evil")
			if c.visitor == signedIn {
				p.wants(t, 200, "Remote-User: c-ann\n")
			} else {
				p.lacks(t, "Remote-", "X-Frontdesk-")
			}
		})
	}
}

func TestPlaceholdersAndAccessLog(t *testing.T) {
	w := newWorld(t)
	log := filepath.Join(t.TempDir(), "access.log")
	w.origins = " http://shared.localhost:" + portOf(w)
	w.sites = "http://shared.localhost:" + portOf(w) + " {\n\tlog {\n\t\toutput file " + log + "\n\t}\n\tfrontdesk client\n\trespond \"{http.auth.user.id} {http.auth.user.account_id} {http.auth.user.groups}\"\n}\n"
	w.start()
	v := w.visitor()
	p := v.get("http://shared.localhost:" + portOf(w) + "/")
	p = v.post(p, "email", "email", "ann@acme.example")
	p = v.post(p, "method", "method", "password")
	p = v.post(p, "prove", "password", testPassword)
	v.post(p, "stay", "stay", "no").wants(t, 200, "c-ann acme users,a%2Cb")
	if !loggedUser(t, log, "c-ann") {
		t.Error("the access log has no user_id c-ann")
	}
}

func portOf(w *world) string {
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(w.origin("client"), "http://"))
	return port
}

func loggedUser(t *testing.T, path, id string) bool {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var entry struct {
			UserID string `json:"user_id"`
		}
		if json.Unmarshal(lines.Bytes(), &entry) == nil && entry.UserID == id {
			return true
		}
	}
	return false
}

func TestMailServerDown(t *testing.T) {
	w := newWorld(t)
	w.outbox.Close()
	w.start()
	v := w.visitor()
	p := v.get(w.origin("client") + "/")
	p = v.post(p, "email", "email", "ann@acme.example")
	p = v.post(p, "method", "method", "email_token").wants(t, 200, `name="code"`)

	l, err := net.Listen("tcp", w.smtp)
	if err != nil {
		t.Fatal(err)
	}
	w.outbox = outbox.New(outbox.Options{})
	go w.outbox.Serve(l)
	defer w.outbox.Close()
	v.post(p, "prove", "code", w.code("Ann@acme.example")).wants(t, 200, `name="stay"`) // tried again by itself
}

func TestProviderDown(t *testing.T) {
	w := newWorld(t)
	w.authority = "http://127.0.0.1:1" // nothing listens there
	w.start()
	v := w.visitor()
	p := v.get(w.origin("client") + "/")
	p = v.post(p, "email", "email", "ann@acme.example")
	p = v.post(p, "method", "method", "microsoft").wants(t, 200, `name="method"`, `role="status"`)
	v.post(p, "method", "method", "password").wants(t, 200, `name="password"`)
}

func TestOtherHosts(t *testing.T) {
	w := newWorld(t)
	w.start()
	v := w.visitor()
	v.get("http://other.localhost:"+portOf(w)+"/").wants(t, 421)
	v.get("http://other.localhost:"+portOf(w)+"/frontdesk/sign-in").wants(t, 421)
	v.get("http://other.localhost:"+portOf(w)+"/frontdesk/health").wants(t, 200, `"status":"ok"`)
}

// TestStoreThatEverybodyReads is told of in the log, and served all the same: a
// gateway that does not start helps nobody.
func TestStoreThatEverybodyReads(t *testing.T) {
	for mode, told := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true} {
		t.Run(mode.String(), func(t *testing.T) {
			w := newWorld(t)
			log := filepath.Join(t.TempDir(), "log")
			w.global = "\tlog {\n\t\toutput file " + log + "\n\t}\n"
			if err := os.Chmod(w.store, mode); err != nil {
				t.Fatal(err)
			}
			w.start()
			text, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(string(text), "every user of this machine can read the store"); got != told {
				t.Errorf("told %t, want %t:\n%s", got, told, text)
			}
		})
	}
}
