package caddymodule

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
)

// seenByPortal asks for a target, written as it is, and returns the one that
// the portal received; empty where the request did not pass.
func (w *world) seenByPortal(host, target string) string {
	w.t.Helper()
	answer := w.raw("GET " + target + " HTTP/1.1\r\nHost: " + host + ":" + portOf(w) + "\r\nConnection: close\r\n\r\n")
	_, seen, _ := strings.Cut(answer, "received ")
	seen, _, _ = strings.Cut(seen, "\n")
	return seen
}

// newPublicWorld has a portal that tells the target it received, byte for byte,
// and a second site that rewrites.
func newPublicWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.portal.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		io.WriteString(rw, "received "+r.RequestURI+"\n")
	})
	rewritten := fmt.Sprintf("http://rewritten.localhost:%d", w.port)
	w.origins = " " + rewritten
	w.sites = rewritten + ` {
		uri strip_prefix /app
		rewrite /old /public
		rewrite /hidden /private
		rewrite /into/* /assets{uri}
		rewrite /public /elsewhere
		uri /replaced/* replace /replaced/ /assets/
		frontdesk client {
			public /public /assets/*
		}
		reverse_proxy ` + w.portal.Listener.Addr().String() + `
	}`
	w.start()
	return w
}

// TestPublicPaths: what passes without a session, and as what the portal
// receives it.
func TestPublicPaths(t *testing.T) {
	w := newPublicWorld(t)
	for _, c := range []struct{ host, target, want string }{
		{"client", "/public", "/public"},
		{"client", "/public?x=/../private", "/public?x=/../private"},
		{"client", "/public?", "/public?"},
		{"client", "/assets/app.js", "/assets/app.js"},
		{"client", "/assets/my%20file.png", "/assets/my%20file.png"},
		{"client", "/assets/a[1](2)!.js", "/assets/a[1](2)!.js"},
		{"client", "http://client.localhost:PORT/public", "/public"},
		{"client", "http://client.localhost:PORT/private/../public", ""},
		{"client", "http://evil.example/public", ""},
		{"client", "//client.localhost/public", ""},
		{"client", "client.localhost/public", ""},
		{"client", "*", ""},
		{"client", "/*", ""},
		{"client", "/", ""},
		{"client", "/private?/public", ""},
		{"client", "/private#/public", ""},
		{"client", "/private#/../public", ""},
		{"client", "/private;/../public", ""},
		{"client", "/private%00/../public", ""},
		{"client", "/frontdesk/nothing/../../public", ""},

		{"rewritten", "/app/public", "/public"},
		{"rewritten", "/app/assets/x", "/assets/x"},
		{"rewritten", "/old", "/public"},
		{"rewritten", "/public", ""}, // goes to /elsewhere, which is not
		{"rewritten", "/hidden", ""},
		{"rewritten", "/app/hidden", ""},
		{"rewritten", "/into/x", "/assets/into/x"},
		{"rewritten", "/into/../../private", ""},
		{"rewritten", "/into/..%2f..%2fprivate", ""},
		{"rewritten", "/into/x?y#z", "/assets/into/x?y"},
		{"rewritten", "/replaced/x", "/assets/x"},
		{"rewritten", "/replaced/../private", ""},
		{"rewritten", "/replaced/%2e%2e/private", ""},
		{"rewritten", "/app/assets/../private", ""},
		{"rewritten", "/app%2fassets/x", "/assets/x"},
		{"rewritten", "/app//assets/x", "/assets/x"},
	} {
		if got := w.seenByPortal(c.host+".localhost", strings.Replace(c.target, "PORT", portOf(w), 1)); got != c.want {
			t.Errorf("%s at %s: the portal received %q, want %q", c.target, c.host, got, c.want)
		}
	}
}

// TestPublicPathsOnAnyPortal: whatever passes is below what was opened to every
// kind of portal, however it reads addresses. Most of these do not pass; some
// must, or the test shows nothing.
func TestPublicPathsOnAnyPortal(t *testing.T) {
	w := newPublicWorld(t)
	folders := []string{"/public", "/assets", "/ASSETS", "/%61ssets", "/asset%73", "/%2561ssets", "/assets%2f", `/assets\`, "//assets", "/./assets", "/x/../assets", "/assets;x", "/assets.", "/assets%20", "/private"}
	tails := []string{
		"", "/", "/x", "/x/", "/x.js", "/a..b", "/...", "/x/...", "//x", "/x//y", "/..", "/../private", "/x/../../private", "/./x", "/.",
		"/..%2fprivate", "/..%2Fprivate", "/%2e%2e/private", "/%2E%2E%2Fprivate", "/.%2e/private", "/%252e%252e/private", "/%252e%252e%252fprivate", "/%25252e%25252e%25252fprivate",
		`/..\private`, "/..%5cprivate", "/..%255cprivate", "/..;/private", "/..;x=y/private", "/;/../private", "/x;.js", "/%3b/../private", "/..%3b/private", "/..%00/private", "/x%00/../../private", "/..%0d%0a/private",
		"/..%20/private", "/.. /private", "/%20../private", "/..%09/private", "/...%20/private", "/. ./private", "/..%c0%afprivate", "/%c0%ae%c0%ae/private", "/%e0%80%ae%e0%80%ae/private",
		"/%ef%bc%8e%ef%bc%8e/private", "/..%ef%bc%8fprivate", "/..%e2%88%95private", "/%u002e%u002e/private", "/%%32%65%%32%65/private", "/..#/private", "/..?/private", "/x?/../../private", "/x#/../../private",
		"/..:/private", "/x::$DATA", "/~x", "/*", "/x*", "/{env.HOME}", "/%7B%7B.%7D%7D", "/$(x)", "/x,y", "/x&y", "/x+y", "/x=y", "/x@y", "/%ff", "/%80", "/\xff", "/\xc3\xa9", "/%c3%a9", "/x\x7f", "/%7f",
		"/..%e3%80%82/private", "/%2f/private", "/%5c../private", "/..%u2215private", "/x/%2e%2e%2f%2e%2e%2fprivate", "/..%252f..%252fprivate", "/%2e/x", "/x%2e", "/x%2Ejs", "/..%ff/private", "/..\t/private",
		"/app/index.php/private", "/app/index.phpprivate", "/app/index.php?/private", "/index.php/private", "/x/index.php", "/app/INDEX.PHP/private",
	}
	passed := 0
	for _, folder := range folders {
		for _, tail := range tails {
			seen := w.seenByPortal("client.localhost", folder+tail)
			if seen == "" {
				continue
			}
			passed++
			for reader, reads := range readers {
				if p := reads(seen); p != "/public" && p != "/assets" && !strings.HasPrefix(p, "/assets/") {
					t.Errorf("%s, received as %s: %s reads %s", folder+tail, seen, reader, p)
				}
			}
		}
	}
	if passed < 15 {
		t.Errorf("only %d passed", passed)
	}
}

// readers are the ways in which portals read the target of a request.
var readers = map[string]func(string) string{
	"who takes it as it comes (Express)":        withoutQuery,
	"who decodes and cleans (nginx, Go's mux)":  func(s string) string { return path.Clean(decoded(withoutQuery(s))) },
	"who cleans and does not decode (a filter)": func(s string) string { return path.Clean(withoutQuery(s)) },
	"who decodes twice (a proxy in between)":    func(s string) string { return path.Clean(decoded(decoded(withoutQuery(s)))) },
	"who decodes thrice":                        func(s string) string { return path.Clean(decoded(decoded(decoded(withoutQuery(s))))) },
	"who drops parameters, then decodes and cleans (Tomcat)": func(s string) string {
		return path.Clean(decoded(regexp.MustCompile(`;[^/]*`).ReplaceAllString(withoutQuery(s), "")))
	},
	"who decodes, then drops parameters": func(s string) string {
		return path.Clean(regexp.MustCompile(`;[^/]*`).ReplaceAllString(decoded(withoutQuery(s)), ""))
	},
	"who reads backslashes, and dots and spaces at ends (IIS)": func(s string) string {
		return path.Clean(asWindows(strings.ReplaceAll(decoded(decoded(withoutQuery(s))), `\`, "/")))
	},
	"who ends at a NUL, query or fragment once decoded (C, PHP)": func(s string) string {
		s = decoded(withoutQuery(s))
		return path.Clean(s[:len(s)-len(strings.TrimLeft(s, "\x00"))] + regexp.MustCompile(`[\x00?#].*`).ReplaceAllString(s, ""))
	},
	"who folds wide characters and forgives overlong UTF-8": func(s string) string {
		folded := strings.NewReplacer("\uff0e", ".", "\uff0f", "/", "\u2215", "/", "\u3002", ".", "\xc0\xaf", "/", "\xc0\xae", ".", "\xe0\x80\xae", ".")
		return path.Clean(folded.Replace(decoded(withoutQuery(s))))
	},
	"whose script is in a folder that addresses do not name (Symfony, Laravel)": asSymfony,
	"who skips controls and spaces": func(s string) string {
		return path.Clean(regexp.MustCompile(`[\x00-\x20\x7f]`).ReplaceAllString(decoded(decoded(withoutQuery(s))), ""))
	},
}

// asSymfony is Request::prepareBaseUrl and preparePathInfo of its HttpFoundation, for
// /app/index.php.
func asSymfony(target string) string {
	const script = "/app/index.php"
	if !strings.Contains(decoded(withoutQuery(target)), path.Base(script)) {
		return path.Clean(decoded(withoutQuery(target)))
	}
	base := script
	if i := strings.Index(target, script); i > 0 {
		base = target[:i+len(script)]
	}
	return path.Clean("/" + decoded(withoutQuery(target[min(len(base), len(target)):])))
}

func withoutQuery(target string) string {
	target, _, _ = strings.Cut(target, "?")
	return target
}

// decoded leaves alone what is no escape, as lenient readers do, but for %u.
func decoded(s string) string {
	return regexp.MustCompile(`%[0-9a-fA-F]{2}|%u[0-9a-fA-F]{4}`).ReplaceAllStringFunc(s, func(escape string) string {
		if u, wide := strings.CutPrefix(escape, "%u"); wide {
			escape = "%" + u[2:]
		}
		c, err := url.PathUnescape(escape)
		if err != nil {
			return escape
		}
		return c
	})
}

// asWindows drops dots and spaces at the ends of names, and reads a name of
// nothing else as the parent folder.
func asWindows(p string) string {
	names := strings.Split(p, "/")
	for i, name := range names {
		if bare := strings.TrimSpace(name); len(bare) >= 2 && strings.Trim(bare, ". ") == "" {
			names[i] = ".."
			continue
		}
		names[i] = strings.TrimRight(name, ". ")
	}
	return strings.Join(names, "/")
}
