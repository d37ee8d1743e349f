package gateway

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
)

// TestPublicDestination: a header that names a second path opens none.
func TestPublicDestination(t *testing.T) {
	for _, c := range []struct {
		name         string
		destinations []string
		passes       bool
	}{
		{"none", nil, true},
		{"a public path", []string{"/assets/y"}, true},
		{"a public address", []string{portal + "/assets/y"}, true},
		{"a path", []string{"/admin/y"}, false},
		{"an address", []string{portal + "/admin/y"}, false},
		{"a way out of the folder", []string{portal + "/assets/../admin/y"}, false},
		{"a way out that is encoded", []string{portal + "/assets/%2e%2e/admin/y"}, false},
		{"another host", []string{"https://evil.example/assets/y"}, false},
		{"a host without a scheme", []string{"//evil.example/assets/y"}, false},
		{"the second of two", []string{"/assets/y", "/admin/y"}, false},
		{"no address", []string{"%zz"}, false},
		{"nothing", []string{""}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := newDesk(t).do("MOVE", portal+"/assets/x", func(r *http.Request) { r.Header["Destination"] = c.destinations })
			if c.passes != (got.pass != nil) {
				t.Errorf("passed on %t, status %d", got.pass != nil, got.Code)
			}
		})
	}
	d := newDesk(t)
	cookie, _ := d.signIn()
	if got := d.do("MOVE", portal+"/assets/x", with("Cookie", cookie), with("Destination", "/admin/y")); got.pass == nil {
		t.Errorf("signed in: status %d", got.Code)
	}
}

func TestPublicPathsMatch(t *testing.T) {
	tests := []struct {
		name     string
		patterns []string
		open     []string
		closed   []string
	}{
		{
			name:   "nothing is open by itself",
			closed: []string{"", "/", "/health", "/*"},
		},
		{
			name:     "a path opens itself alone",
			patterns: []string{"/health"},
			open:     []string{"/health"},
			closed:   []string{"", "health", "/", "/health/", "/healthz", "/health/x", "/Health", "//health", "/./health", "/health?", "/health;x", "/healt%68", "/health\x00"},
		},
		{
			name:     "a folder opens what lies below it",
			patterns: []string{"/assets/*"},
			open:     []string{"/assets/", "/assets/x", "/assets/x/", "/assets/x/y.css", "/assets/.well-known/x", "/assets/a..b", "/assets/my file.png", "/assets/a+b&c=d,e~f@g:h"},
			closed:   []string{"/assets", "/assetsx", "/ASSETS/x", "/x/assets/y", "assets/x"},
		},
		{
			name:     "no way leads out of a folder",
			patterns: []string{"/assets/*"},
			closed: []string{
				"/assets/..", "/assets/../admin", "/assets/x/../../admin", "/assets/./x", "/assets/.", "/assets//x", "/assets//", "/assets/x//",
				`/assets/..\admin`, `/assets\..\admin`, "/assets/..;/admin", "/assets/x;y", "/assets/%2e%2e/admin", "/assets/..%2fadmin",
				"/assets/%u002e%u002e/admin", "/assets/..?/x", "/assets/..#/x", "/assets/..\x00/admin", "/assets/.. /admin", "/assets/.../admin",
				"/assets/ ../admin", "/assets/\r\n", "/assets/\x7f", "/assets/\xc0\xae\xc0\xae/admin", "/assets/\uff0e\uff0e/admin", "/assets/..\u2215admin",
			},
		},
		{
			name:     "no script's name is taken for the way to the portal",
			patterns: []string{"/assets/*", "/hooks/x.php"},
			open:     []string{"/assets/php/x", "/assets/x.ph", "/hooks/x.php"},
			closed:   []string{"/assets/index.php", "/assets/index.php/admin", "/assets/public/index.php/admin", "/assets/public/index.phpadmin", "/assets/APP.PHP/admin", "/assets/x/admin/index.php"},
		},
		{
			name:     "the whole site",
			patterns: []string{"/*"},
			open:     []string{"/", "/x", "/x/y/"},
			closed:   []string{"", "x", "//", "//x", "/..", "/x/.."},
		},
		{
			name:     "the root alone",
			patterns: []string{"/"},
			open:     []string{"/"},
			closed:   []string{"", "//", "/x", "/."},
		},
		{
			name:     "several, and characters that the operator wrote out",
			patterns: []string{"/über uns", "/docs/", "/ü/*"},
			open:     []string{"/über uns", "/docs/", "/ü/x"},
			closed:   []string{"/docs", "/docs/x", "/ü/ü"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := ParsePublic(tt.patterns)
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range tt.open {
				if !p.match(path) {
					t.Errorf("%q is closed", path)
				}
			}
			for _, path := range tt.closed {
				if p.match(path) {
					t.Errorf("%q is open", path)
				}
			}
		})
	}
}

func TestParsePublicRefuses(t *testing.T) {
	tests := []struct{ pattern, want string }{
		{"", `public path "" must begin with a slash: write one like /health or /assets/*`},
		{"health", `public path "health" must begin with a slash: write one like /health or /assets/*`},
		{"*", `public path "*" must begin with a slash: write one like /health or /assets/*`},
		{"/assets*", `public path "/assets*" has a * elsewhere than as its last segment: write one like /assets/*`},
		{"/a/*/b", `public path "/a/*/b" has a * elsewhere than as its last segment: write one like /assets/*`},
		{"/a/*/*", `public path "/a/*/*" has a * elsewhere than as its last segment: write one like /assets/*`},
		{"/*.css", `public path "/*.css" has a * elsewhere than as its last segment: write one like /assets/*`},
		{"/{env.OPEN}", `public path "/{env.OPEN}" has a placeholder, which is not filled in here: write the path itself`},
		{"/x?y", `public path "/x?y" has a query or a fragment: write the path only`},
		{"/x#y", `public path "/x#y" has a query or a fragment: write the path only`},
		{"/%41", `public path "/%41" is percent-encoded: write it decoded`},
		{"//x", `public path "//x" has an empty segment: write single slashes`},
		{"/x//*", `public path "/x//*" has an empty segment: write single slashes`},
		{"/x/../y", `public path "/x/../y" has a segment . or ..: write the path that it leads to`},
		{"/x/./*", `public path "/x/./*" has a segment . or ..: write the path that it leads to`},
		{"/..", `public path "/.." has a segment . or ..: write the path that it leads to`},
		{`/x\y`, `public path "/x\\y" has a \, a ; or a control character, which portals read differently: write a plain path`},
		{"/x;y", `public path "/x;y" has a \, a ; or a control character, which portals read differently: write a plain path`},
		{"/x\n", `public path "/x\n" has a \, a ; or a control character, which portals read differently: write a plain path`},
		{"/\xff", `public path "/\xff" has a \, a ; or a control character, which portals read differently: write a plain path`},
	}
	for _, tt := range tests {
		t.Run(tt.pattern, func(t *testing.T) {
			p, err := ParsePublic([]string{tt.pattern, "/ok"})
			if err == nil || err.Error() != tt.want {
				t.Errorf("error\n%v\nwant\n%s", err, tt.want)
			}
			if p.match(tt.pattern) {
				t.Error("the refused pattern opens something")
			}
		})
	}
}

// FuzzPublicPaths holds that an open path stays below its folder however often
// it is decoded, cut short and cleaned.
func FuzzPublicPaths(f *testing.F) {
	for _, seed := range []string{"x", "../admin", "..%2fadmin", "%252e%252e%252fadmin", `..\admin`, "..;/admin", ".. /x", "x/../../y", "\uff0e\uff0e/x"} {
		f.Add(seed)
	}
	p, err := ParsePublic([]string{"/assets/*"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, tail string) {
		asked := "/assets/" + tail
		if !p.match(asked) {
			return
		}
		for range 4 {
			for _, reading := range readings(asked) {
				if reading != "/assets" && !strings.HasPrefix(reading, "/assets/") {
					t.Fatalf("%q can be read as %q", "/assets/"+tail, reading)
				}
			}
			decoded, err := url.PathUnescape(asked)
			if err != nil {
				return
			}
			asked = decoded
		}
	})
}

// readings are the paths that portals make of one path: cleaned as it is, with
// backslashes as slashes, without parameters, up to a NUL, a query or a
// fragment, and without dots and spaces at the ends of segments.
func readings(p string) []string {
	var out []string
	for _, cut := range []string{"", "\x00", "?", "#"} {
		head := p
		if cut != "" {
			head, _, _ = strings.Cut(p, cut)
		}
		slashes := strings.ReplaceAll(head, `\`, "/")
		out = append(out, path.Clean(head), path.Clean(slashes), path.Clean(eachSegment(slashes, withoutParameter)),
			path.Clean(eachSegment(slashes, asWindows)))
	}
	return out
}

func eachSegment(p string, change func(string) string) string {
	segments := strings.Split(p, "/")
	for i, s := range segments {
		segments[i] = change(s)
	}
	return strings.Join(segments, "/")
}

func withoutParameter(segment string) string {
	segment, _, _ = strings.Cut(segment, ";")
	return segment
}

// asWindows reads a segment of two and more dots, spaces aside, as the parent.
func asWindows(segment string) string {
	if bare := strings.TrimSpace(segment); len(bare) >= 2 && strings.Trim(bare, ". ") == "" {
		return ".."
	}
	return strings.TrimRight(segment, ". ")
}
