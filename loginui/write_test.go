package loginui

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

func TestWriteHeaders(t *testing.T) {
	rec := httptest.NewRecorder()
	rec.Header().Set("Vary", "Origin")
	req := httptest.NewRequest(http.MethodGet, "/frontdesk/sign-in", nil)
	if err := newTestRenderer(t).Write(rec, req, http.StatusUnprocessableEntity, plainFrame, LinkElsewhere{}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Content-Type":                 "text/html; charset=utf-8",
		"Content-Language":             "en",
		"Content-Length":               strconv.Itoa(rec.Body.Len()),
		"Content-Security-Policy":      "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
		"Cache-Control":                "no-store",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "origin",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Embedder-Policy": "require-corp",
		"X-Frame-Options":              "DENY",
		"Vary":                         "Origin, Accept-Language",
	}
	for name, value := range want {
		if got := strings.Join(rec.Header().Values(name), ", "); got != value {
			t.Errorf("%s: %s, want %s", name, got, value)
		}
	}
	if rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("status %d", rec.Code)
	}
}

func TestPolicy(t *testing.T) {
	tests := []struct {
		name  string
		frame Frame
		page  Page
		want  string
	}{
		{"form stays", Frame{Loopback: true}, LinkElsewhere{}, "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"},
		{"form leaves", Frame{FormLeaves: true}, LinkElsewhere{}, "frame-ancestors 'none'; base-uri 'none'; form-action 'self' https:"},
		{"form leaves on loopback", Frame{FormLeaves: true, Loopback: true}, LinkElsewhere{}, "frame-ancestors 'none'; base-uri 'none'; form-action 'self' https: http:"},
		{"way out of a frame", Frame{}, Message{Key: "unauthorized", WholeWindow: true}, "frame-ancestors 'self'; base-uri 'none'; form-action 'self'"},
	}
	r := newTestRenderer(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			if err := r.Write(rec, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, test.frame, test.page); err != nil {
				t.Fatal(err)
			}
			if got := rec.Header().Get("Content-Security-Policy"); !strings.HasSuffix(got, test.want) {
				t.Errorf("policy %q, want end %q", got, test.want)
			}
		})
	}
}

func TestWriteHead(t *testing.T) {
	rec := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodHead, "/", nil)
	if err := newTestRenderer(t).Write(rec, req, http.StatusOK, plainFrame, LinkElsewhere{}); err != nil {
		t.Fatal(err)
	}
	if rec.Body.Len() != 0 || rec.Header().Get("Content-Length") == "0" {
		t.Errorf("%d bytes, Content-Length %s", rec.Body.Len(), rec.Header().Get("Content-Length"))
	}
}

func TestWriteNothingOnError(t *testing.T) {
	tests := map[string]Page{
		"unknown message": Message{Key: "nonsense"},
		"unknown problem": Email{Form: Form{Problem: &Problem{Key: "problem.nonsense"}}},
		"unknown notice":  Email{Form: Form{Notice: "notice.nonsense"}},
		"missing value":   Message{Key: "other_address", Args: map[string]string{"typed": "a@example.com"}},
	}
	r := newTestRenderer(t)
	for name, page := range tests {
		t.Run(name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			err := r.Write(rec, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, plainFrame, page)
			if err == nil || rec.Body.Len() != 0 || len(rec.Header()) != 0 {
				t.Errorf("error %v, header %v, body %q", err, rec.Header(), rec.Body)
			}
		})
	}
}

func TestWriteInLanguageOfReader(t *testing.T) {
	arabic := strings.NewReplacer(`"ltr"`, `"rtl"`, `"Sign in"`, `"تسجيل الدخول"`).Replace(english(t))
	r, err := newRenderer(fstest.MapFS{"en.json": {Data: []byte(english(t))}, "ar.json": {Data: []byte(arabic)}})
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.Header.Set("Accept-Language", "fr-CH, ar-EG;q=0.9, en;q=0.5")
	if err := r.Write(rec, req, http.StatusOK, plainFrame, Email{Form: journeyForm("email", first)}); err != nil {
		t.Fatal(err)
	}
	if got := rec.Header().Get("Content-Language"); got != "ar" {
		t.Errorf("Content-Language %q", got)
	}
	for _, want := range []string{`<html lang="ar" dir="rtl">`, "<h1>تسجيل الدخول</h1>"} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("page does not hold %q", want)
		}
	}
}

func TestAsset(t *testing.T) {
	r := newTestRenderer(t)
	green := accent(colour{0x0b, 0x7a, 0x5b})
	for name, contentType := range map[string]string{
		r.assets.style.name: "text/css; charset=utf-8",
		r.assets.mark.name:  "image/svg+xml",
		green.name:          "text/css; charset=utf-8",
	} {
		got, body, ok := r.Asset(name)
		if !ok || got != contentType || len(body) == 0 {
			t.Errorf("%s: %q, %d bytes, %t", name, got, len(body), ok)
		}
	}
	for _, name := range []string{
		"", "style.css", "style-000000000000.css", "accent-0b7a5b.css", "accent-0b7a5b-000000000000.css",
		strings.ToUpper(green.name), green.name + "x", "../texts/en.json", "logo",
	} {
		if _, _, ok := r.Asset(name); ok {
			t.Errorf("%q is served", name)
		}
	}
}

// TestStandalone checks the page of a host that serves no assets: it loads
// nothing, and its policy admits the very style that it holds.
func TestStandalone(t *testing.T) {
	for name, brand := range map[string]Brand{
		"default": {}, "accent and logo": logoFrame.Brand, "hostile accent": {Accent: "</style><script>"},
	} {
		t.Run(name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			frame := Frame{Prefix: "/frontdesk", Brand: brand, Standalone: true}
			req := httptest.NewRequest(http.MethodGet, "/", nil)
			if err := newTestRenderer(t).Write(rec, req, http.StatusMisdirectedRequest, frame, Message{Key: "misdirected"}); err != nil {
				t.Fatal(err)
			}
			style := ""
			for n := range elements(parseHTML(t, rec.Body.String())) {
				switch n.Data {
				case "link", "img", "script":
					t.Errorf("the page loads <%s>", n.Data)
				case "style":
					style += n.FirstChild.Data
				}
			}
			sum := sha256.Sum256([]byte(style))
			want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
			if got := rec.Header().Get("Content-Security-Policy"); style == "" || !strings.Contains(got, want) {
				t.Errorf("the policy is %q, want %q in it", got, want)
			}
		})
	}
}
