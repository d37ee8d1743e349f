package outbox

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files")

// filled is a server with one mail received at noon, seen from now.
func filled(t *testing.T, now time.Time) *Server {
	t.Helper()
	s := New(Options{Now: func() time.Time { return now }})
	m, err := parse([]byte(strings.Replace(raw("Your <code>"), "PHA+PGI+MTIzIDQ1NjwvYj48L3A+", "PGh0bWw+PGhlYWQ+PC9oZWFkPjxwPkhpPC9wPjwvaHRtbD4=", 1)))
	if err != nil {
		t.Fatal(err)
	}
	m.Received = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s.keep(m)
	return s
}

func get(s *Server, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.Page().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost:8025"+target, nil))
	return w
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it):\n%s", path, got)
	}
}

func TestPages(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 1, 0, 0, time.UTC)
	full, empty := filled(t, now), New(Options{Now: func() time.Time { return now }})
	for name, c := range map[string]struct {
		server *Server
		target string
		status int
	}{
		"list.html":  {full, "/", http.StatusOK},
		"empty.html": {empty, "/", http.StatusOK},
		"mail.html":  {full, "/mail/1", http.StatusOK},
		"part.html":  {full, "/mail/1/html", http.StatusOK},
		"gone.html":  {full, "/mail/7/html", http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			w := get(c.server, c.target)
			if w.Code != c.status {
				t.Errorf("status %d", w.Code)
			}
			golden(t, name, w.Body.String())
		})
	}
}

func TestPageHeaders(t *testing.T) {
	s := filled(t, time.Now())
	for target, policy := range map[string]string{
		"/": pagePolicy, "/mail/1": pagePolicy, "/mail/1/html": mailPolicy, "/mail/1/source": pagePolicy, "/style.css": pagePolicy, "/mark.svg": pagePolicy, "/mail/x": pagePolicy,
	} {
		h := get(s, target).Header()
		if h.Get("Content-Security-Policy") != policy || h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", target, h)
		}
	}
}

// TestIcon: each page names one that its policy allows, or browsers would report
// that the one they ask for by themselves is blocked.
func TestIcon(t *testing.T) {
	s := filled(t, time.Now())
	for target, icon := range map[string]string{"/": "./mark.svg", "/mail/1": "../mark.svg", "/mail/7/html": "../../mark.svg"} {
		w := get(s, target)
		if !strings.Contains(w.Body.String(), `<link rel="icon" type="image/svg+xml" href="`+icon+`">`) || !strings.Contains(w.Header().Get("Content-Security-Policy"), "img-src 'self';") {
			t.Errorf("%s: %v\n%s", target, w.Header(), w.Body)
		}
	}
	if w := get(s, "/mark.svg"); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/svg+xml" {
		t.Errorf("the icon: %d %v", w.Code, w.Header())
	}
}

func TestWhereThePageAnswers(t *testing.T) {
	s := filled(t, time.Now())
	for host, status := range map[string]int{
		"localhost:8025": 200, "mail.localhost": 200, "127.0.0.1:8025": 200, "[::1]:8025": 200, "127.0.0.2": 200,
		"evil.example": 421, "localhost.evil.example:8025": 421, "10.0.0.1": 421, "": 421,
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		s.Page().ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("%q: %d, want %d", host, w.Code, status)
		}
	}
	w := httptest.NewRecorder()
	s.Page().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "http://localhost/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestWhen(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		now  time.Time
		want string
	}{{at.Add(time.Hour), "12:00:00"}, {at.AddDate(0, 0, 1), "1 Mar, 12:00"}, {at.AddDate(1, 0, 0), "1 Mar, 12:00"}} {
		if got := when(at, c.now); got != c.want {
			t.Errorf("seen at %v: %q, want %q", c.now, got, c.want)
		}
	}
}

func TestPeople(t *testing.T) {
	for header, want := range map[string]string{
		"<a@b.example>":                    "a@b.example",
		`"Help Desk" <a@b.example>`:        "Help Desk <a@b.example>",
		"<a@b.example>, Eve <e@b.example>": "a@b.example, Eve <e@b.example>",
		"nobody at all":                    "nobody at all",
	} {
		if got := people(header); got != want {
			t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
}
