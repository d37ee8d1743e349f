package demo

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/store/bolt"
)

func TestCaddyfile(t *testing.T) {
	addresses := newAddresses(8080)
	addresses.Microsoft = "http://127.0.0.1:8081"
	parts := caddyfileParts{
		Listening: Listening{Hosts: []string{"127.0.0.1", "::1"}, Port: 8080}, Addresses: addresses,
		Folder: "/tmp/a folder", Store: "/tmp/a `quoted` \"folder\"/frontdesk.db", ClientID: clientID, ClientSecret: "SECRET", MailServer: "127.0.0.1:2525",
		Portals: map[string]string{"client": "127.0.0.1:9001", "tech": "127.0.0.1:9002", "admin": "127.0.0.1:9003"},
		Start:   "127.0.0.1:9004", Outbox: "127.0.0.1:9005",
	}
	text, err := parts.write()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/Caddyfile", string(text))
	parts.Admin, parts.Debug = "localhost:2020", true
	if text, err = parts.write(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\tadmin localhost:2020\n", "\tdebug\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func start(t *testing.T, o Options) *Demo {
	t.Helper()
	d, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func body(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, response.Status, err)
	}
	return string(text)
}

func TestStartAndClose(t *testing.T) {
	d := start(t, Options{})
	discovery := body(t, d.Microsoft+"/organizations/v2.0/.well-known/openid-configuration")
	if !strings.Contains(discovery, d.Microsoft) {
		t.Errorf("the stand-in says %s", discovery)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(d.folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	if _, err := http.Get(d.Microsoft); err == nil {
		t.Error("the stand-in still answers")
	}
}

// TestKeptStore: a store that was named stays, with those who were created in
// the meantime, and serves the next demo.
func TestKeptStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "demo.db")
	if err := start(t, Options{StorePath: path}).Close(); err != nil {
		t.Fatal(err)
	}
	newcomer := directory.Contact{ID: "new", Email: "newcomer@harbour-coffee.example", Account: "harbour", Active: true, SelfRegistered: true, Created: noon}
	change(t, path, func(s *bolt.Store) error { return s.CreateContact(t.Context(), newcomer) })
	if err := start(t, Options{StorePath: path}).Close(); err != nil {
		t.Fatal(err)
	}
	change(t, path, func(s *bolt.Store) error {
		_, err := s.Contact(t.Context(), "new")
		return err
	})
}

func change(t *testing.T, path string, do func(*bolt.Store) error) {
	t.Helper()
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(do(s), s.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestRefusals(t *testing.T) {
	taken, err := loopback()
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	var refused *PortError
	if _, err := Start(t.Context(), Options{Port: port}); !errors.As(err, &refused) || refused.Port != port {
		t.Errorf("a port that is taken: %v", err)
	}
	if _, err := Start(t.Context(), Options{Listen: "192.0.2.1"}); err == nil || !strings.Contains(err.Error(), `cannot listen on "192.0.2.1"`) {
		t.Errorf("a foreign address: %v", err)
	}
	foreign := filepath.Join(t.TempDir(), "foreign.db")
	if err := os.WriteFile(foreign, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Options{StorePath: foreign}); err == nil || !strings.Contains(err.Error(), foreign) {
		t.Errorf("a file that is no store: %v", err)
	}
}

// TestStartPage: it lists everybody and leads everywhere.
func TestStartPage(t *testing.T) {
	addresses := newAddresses(8080)
	page := answer(newStartPage(addresses, Options{}, []byte("# a Caddyfile")), request(http.MethodGet, "/", "")).Body.String()
	want := []string{addresses.Outbox, "# a Caddyfile", "--store"}
	for _, origin := range addresses.Portals {
		want = append(want, `href="`+origin+`"`)
	}
	for _, section := range guide {
		for _, v := range section.Visitors {
			want = append(want, "<bdi>"+v.Address+"</bdi>", v.Password)
		}
	}
	for _, text := range want {
		if !strings.Contains(page, text) {
			t.Errorf("%q is missing", text)
		}
	}
}
