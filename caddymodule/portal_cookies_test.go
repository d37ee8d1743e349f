package caddymodule

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/gateway"
)

// TestCookiesOnTheWire: ours stay behind, and the others reach the portal byte
// for byte, in the lines or the crumbs that they came in. OURS stands for a
// session's cookies as browsers send them.
func TestCookiesOnTheWire(t *testing.T) {
	s := besiege(t, "https", "")
	for _, c := range []struct {
		name   string
		sent   []string
		kept   []string // lines on HTTP/1.1; Go joins them on the others by "; "
		signed bool
	}{
		{"ours", []string{"OURS"}, nil, true},
		{"among others", []string{"a=1; OURS; b=2"}, []string{"a=1; b=2"}, true},
		{"quotes, spaces and empty parts", []string{`a="x y"; OURS;;  c = 3 ;=; d`}, []string{`a="x y";;  c = 3 ;=; d`}, true},
		{"a quoted sandwich", []string{`$Version=1; a="x; OURS; b=y"`}, []string{`$Version=1; a="x; b=y"`}, true},
		{"bytes beyond ASCII", []string{"a=\xe4\xff; OURS"}, []string{"a=\xe4\xff"}, true},
		{"several lines", []string{"a=1; b=2", "OURS", "c=3"}, []string{"a=1; b=2", "c=3"}, true},
		{"names like ours", []string{"__host-frontdesk=x; __Host-Frontdesk=x; __Host-frontdesk.=x; frontdesk2=x; OURS"}, []string{"__host-frontdesk=x; __Host-Frontdesk=x; __Host-frontdesk.=x; frontdesk2=x"}, true},
		{"names like ours alone", []string{";; frontdesk2=x;"}, []string{";; frontdesk2=x;"}, false},
		{"ours of plain http", []string{"frontdesk=x; frontdesk-browser=y; OURS; a=1"}, []string{"a=1"}, true},
		{"ours, planted again", []string{"OURS; __Host-frontdesk=x; a=1"}, []string{"a=1"}, false},
		{"ours, planted again on another line", []string{"OURS", "a=1; __Host-frontdesk =x"}, []string{"a=1"}, false},
		{"ours behind a tab", []string{"a=1;\tOURS; b=2"}, []string{"a=1; b=2"}, true},
		{"ours in quotes", []string{`"__Host-frontdesk"=x; OURS`}, []string{`"__Host-frontdesk"=x`}, true},
	} {
		for version, send := range map[string]func(sent) int{
			"1.1": func(ask sent) int { return s.statuses(s.wire(ask) + closing)[0] },
			"2.0": func(ask sent) int { return s.frames(s.pseudo(ask), "", nil) },
			"3.0": func(ask sent) int { return s.framesH3(s.dialQUIC(), s.pseudo(ask), "", nil) },
		} {
			s.run(t, c.name+"/"+version, func(t *testing.T) {
				ask := sent{path: "/public"}
				for _, line := range c.sent {
					ask.fields = append(ask.fields, field{"Cookie", strings.ReplaceAll(line, "OURS", s.cookie)})
				}
				status, received := send(ask), s.portal.take()
				if status != 200 || len(received) != 1 {
					t.Fatalf("status %d; received %q", status, received)
				}
				kept := c.kept
				if version != "1.1" && kept != nil {
					kept = []string{strings.Join(kept, "; ")}
				}
				var lines []string
				for _, line := range kept {
					lines = append(lines, "Cookie: "+line)
				}
				if got, want := sorted(received[0]), s.expected(version, "GET /public", c.signed, lines, ""); got != want {
					t.Errorf("received\n%s", lineDiff(got, want))
				}
			})
		}
	}
}

// TestCookiesOfWhatIsAnswered stay behind, too, where a handler around the
// directive makes the pages of errors.
func TestCookiesOfWhatIsAnswered(t *testing.T) {
	w := newWorld(t)
	portal := w.portal.Listener.Addr().String()
	w.startWith("\n\tfrontdesk client {\n\t\tpublic /public /assets/*\n\t\t\n\t}\n\treverse_proxy "+portal+"\n", "\n\troute {\n\t\tintercept {\n\t\t\t@failed status 4xx 5xx\n"+
		"\t\t\thandle_response @failed {\n\t\t\t\trespond \"cookies [{http.request.header.Cookie}] user [{http.request.header.Remote-User}]\"\n\t\t\t}\n\t\t}\n\t\tfrontdesk client\n\t\treverse_proxy "+portal+"\n\t}\n")
	ann := w.visitor()
	ann.signInAt(w.origin("client"))
	for name, lines := range map[string][]string{
		"a page that is not there":  {"GET /frontdesk/nothing"},
		"a method that is not":      {"BREW /x"},
		"another site's WebSocket":  {"GET /x", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Origin: http://evil.example"},
		"a form from another place": {"POST /frontdesk/sign-out", "Origin: http://evil.example", "Content-Length: 0"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := w.ask(lines[0], append(lines[1:], ann.cookieLine()+"; a=1", "Remote-User: evil")...)
			if !strings.Contains(answer, "cookies [a=1] user []") {
				t.Errorf("answered by\n%s", answer)
			}
		})
	}
}

// TestCookiesInPlaceholders: a template asks for whatever placeholder it likes, and
// where a portal's answers are templates, it is the portal that asks. What the
// directive keeps there for itself shows nothing.
func TestCookiesInPlaceholders(t *testing.T) {
	w := newWorld(t)
	w.portal = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(rw, "portal GET /\nRemote-User: %s\njudged: [{{placeholder %q}}]\n", r.Header.Get("Remote-User"), gateway.JudgedPlaceholder)
	}))
	t.Cleanup(w.portal.Close)
	portal := "reverse_proxy " + w.portal.Listener.Addr().String() + "\n"
	w.startWith("\t"+portal, "\ttemplates\n\thandle /down {\n\t\treverse_proxy 127.0.0.1:1\n\t}\n\thandle {\n\t\t"+portal+"\t}\n\thandle_errors {\n\t\tfrontdesk client\n\t\ttemplates\n\t\t"+portal+"\t}\n")
	ann := w.visitor()
	ann.enters(w.origin("client"), "ann@acme.example")
	for name, lines := range map[string][]string{
		"a request":                 {"GET /"},
		"one that may stay open":    {"GET /", "Accept: text/event-stream"},
		"one that came to an error": {"GET /down"},
	} {
		t.Run(name, func(t *testing.T) {
			if answer := w.ask(lines[0], append(lines[1:], ann.cookieLine())...); !strings.Contains(answer, "Remote-User: c-ann\njudged: []\n") {
				t.Errorf("answered\n%s", answer)
			}
		})
	}
}
