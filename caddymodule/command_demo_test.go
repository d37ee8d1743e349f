package caddymodule

import (
	"bytes"
	"context"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/demo"
	"github.com/frontdesk-gateway/frontdesk/internal/outbox"
)

// ownHome keeps what Caddy writes into a user's folders out of the real ones.
func ownHome(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"} {
		t.Setenv(name, folder)
	}
}

// TestDemo walks one sign-in at each sample portal, by each of the methods.
func TestDemo(t *testing.T) {
	ownHome(t)
	running, stop, err := startDemo(t.Context(), demo.Options{StorePath: filepath.Join(t.TempDir(), "a `strange\" name.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	t.Run("password", func(t *testing.T) {
		v := (&world{t: t}).visitor()
		p := v.get(running.Portal("client")+"/tickets/1042?tab=history").wants(t, 200, `name="email"`)
		p = v.post(p, "email", "email", "ben@harbour-coffee.example")
		p = v.post(p, "method", "method", "password")
		p = v.post(p, "prove", "password", "two croissants please")
		v.post(p, "stay", "stay", "no").wants(t, 200, "<code>/tickets/1042?tab=history</code>", "Signature verified",
			"<dt>Remote-User</dt>\n<dd><bdi>ben</bdi></dd>", "<dt>X-Frontdesk-Account-Name</dt>\n<dd><bdi>Harbour Coffee</bdi></dd>")
		v.get(running.Portal("client")+"/api/hello").wants(t, 200, `"Hello, Ben Osei"`)
		v.postTo(running.Portal("client")+"/echo", url.Values{"message": {"hello"}}).wants(t, 200, "<strong>hello</strong>")
	})

	t.Run("emailed code, and step 4", func(t *testing.T) {
		v := (&world{t: t}).visitor()
		p := v.get(running.Portal("client"))
		p = v.post(p, "email", "email", "newcomer@harbour-coffee.example")
		p = v.post(p, "method", "method", "email_token")
		code := demoCode(t, running, "newcomer@harbour-coffee.example")
		v.get(running.Outbox).wants(t, 200, code)
		p = v.post(p, "prove", "code", code).wants(t, 200, `name="given_name"`)
		p = v.post(p, "create", "given_name", "New", "family_name", "Comer")
		v.post(p, "stay", "stay", "no").wants(t, 200, "New Comer", "Harbour Coffee", "Signature verified")
	})

	t.Run("an account that asks for another method", func(t *testing.T) {
		v := (&world{t: t}).visitor()
		p := v.get(running.Portal("client"))
		p = v.post(p, "email", "email", "dana@ledger-partners.example")
		p = v.post(p, "method", "method", "email_token")
		p = v.post(p, "prove", "code", demoCode(t, running, "dana@ledger-partners.example"))
		p = v.post(p, "stay", "stay", "no").wants(t, 200, `value="harbour"`, `value="meridian"`)
		v.pickHinted(v.post(p, "account", "account", "meridian")).wants(t, 200, "Dana Weiss", "<bdi>Meridian Bank</bdi>")
	})

	t.Run("microsoft", func(t *testing.T) {
		v := (&world{t: t}).visitor()
		p := v.get(running.Portal("admin"))
		p = v.pickHinted(v.post(p, "email", "email", "grace@northgate.example")).wants(t, 200, `name="stay"`)
		v.post(p, "stay", "stay", "no").wants(t, 200, "Admin portal", "Grace Tanaka", "Signature verified")
	})

	t.Run("nobody", func(t *testing.T) {
		v := (&world{t: t}).visitor()
		v.get(running.Start).wants(t, 200, "Whom to sign in as", "ben@harbour-coffee.example", "two croissants please")
		v.get(running.Portal("tech")+"/status").wants(t, 200, "Nobody is signed in")
		v.get(strings.Replace(running.Start, "localhost", "other.localhost", 1)).wants(t, 421)
	})
}

// demoCode waits for a mail and returns its code.
func demoCode(t *testing.T, running *demo.Demo, to string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	mail, err := running.Mail.Wait(ctx, func(m outbox.Mail) bool { return strings.Contains(m.To, to) })
	if err != nil {
		t.Fatal(err)
	}
	return mail.Code()
}

// pickHinted picks, at the stand-in for Microsoft, whom the gateway asked for.
func (v *visitor) pickHinted(chooser page) page {
	v.t.Helper()
	chooser.wants(v.t, 200, "Stand-in for Microsoft", "the address you typed")
	hinted := regexp.MustCompile(`value="([^"]*)" class="hinted"`).FindStringSubmatch(chooser.body)
	if hinted == nil {
		v.t.Fatalf("nobody is hinted at in\n%s", chooser.body)
	}
	return v.postTo(chooser.Request.URL.String(), url.Values{"person": {hinted[1]}})
}

// stopper ends a demo as soon as it says how.
type stopper struct {
	bytes.Buffer
	cancel context.CancelFunc
}

func (s *stopper) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "Press Ctrl+C to stop.") {
		s.cancel()
	}
	return s.Buffer.Write(p)
}

// TestDemoCommand: it says where to go, ends when it is told to, and leaves
// nothing behind.
func TestDemoCommand(t *testing.T) {
	ownHome(t)
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	ctx, cancel := context.WithCancel(t.Context())
	out := &stopper{cancel: cancel}
	if err := runDemo(ctx, out, demo.Options{}); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^    http://localhost:\d+$`).MatchString(out.String()) || strings.Contains(out.String(), "WARNING") {
		t.Errorf("it printed\n%s", out)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestDemoPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, _, err = startDemo(t.Context(), demo.Options{Port: l.Addr().(*net.TCPAddr).Port})
	if err == nil || !strings.Contains(err.Error(), l.Addr().String()) || !strings.Contains(err.Error(), "--port") {
		t.Errorf("error %v, want one that names the port and --port", err)
	}
}
