package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// cgi is a header's name as CGI and its heirs know it (RFC 3875, 4.1.18),
// where every other character has become an underscore.
func cgi(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, strings.ToUpper(name))
}

// FuzzStrip: after it no name is one of ours to any portal, the Connection
// header names none, and everything else is as it was.
func FuzzStrip(f *testing.F) {
	for _, seed := range [][3]string{{"Remote-User", "evil", "close"}, {"rEMOTE_uSER", "evil", "Upgrade, Remote-User"}, {"X.Frontdesk~New", "", "keep-alive"}, {"X-Us\u00e9r", "a", ""},
		{"Accept", "text/html", "\tcLoSe ,, x"}, {"Remote-\u017fser", "\u212a", "Keep-Alive, X-User"}, {"X-Frontdesk", "x", "\"close, upgrade\""}, {"Connection", "Remote-User", "close"}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	s := NewStripper(map[string]string{HeaderUser: "X-User", HeaderGroups: "OFF"}, map[string]string{HeaderName: "Full_Name"})
	owned := []string{"X_USER", "FULL_NAME"}
	for _, name := range HeaderNames {
		owned = append(owned, cgi(name))
	}
	f.Fuzz(func(t *testing.T, name, value, connection string) {
		before := http.Header{name: {value, value}, "Connection": {connection, value}, "Accept": {"a", "b"}, "X-Userx": {"kept"}}
		r := &http.Request{Header: before.Clone(), Trailer: http.Header{name: nil}}
		s.Strip(r)
		for name := range r.Header {
			if known := cgi(name); slices.Contains(owned, known) || strings.HasPrefix(known, "X_FRONTDESK_") {
				t.Errorf("%q is left", name)
			}
		}
		for _, option := range strings.Split(strings.Join(r.Header["Connection"], ","), ",") {
			if o := strings.ToLower(strings.TrimSpace(option)); o != "" && o != "close" && o != "upgrade" && o != "keep-alive" {
				t.Errorf("Connection names %q", option)
			}
		}
		if r.Trailer != nil {
			t.Errorf("trailers %v", r.Trailer)
		}
		maps.DeleteFunc(before, func(name string, _ []string) bool {
			known := cgi(name)
			return name == "Connection" || slices.Contains(owned, known) || strings.HasPrefix(known, "X_FRONTDESK_")
		})
		delete(r.Header, "Connection")
		if !maps.EqualFunc(before, r.Header, slices.Equal) {
			t.Errorf("%v became %v", before, r.Header)
		}
	})
}

// FuzzStamp: what a portal receives of any facts is printable ASCII, one value
// a header, and decodes to the very facts; an empty one has no header. The
// assertion says the same.
func FuzzStamp(f *testing.F) {
	f.Add("c-1", "ann@acme.example", "Änn Archer", "users", "a,b", "acme", "Acme, Widgets & Söhne")
	f.Add("\xff\r\n", "", "%2C", "", ",", "\x00", "\u202e😀")
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	key := testSigner{private}
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	f.Fuzz(func(t *testing.T, id, email, name, group, another, account, accountName string) {
		facts := Facts{
			Entity: directory.Entity{Kind: directory.KindContact, ID: id, Email: directory.Address(email), Name: name, Groups: []string{group, another},
				AccountID: account, AccountName: accountName},
			Platform: directory.Client, Method: directory.MethodPassword, Session: "S1",
		}
		h := http.Header{}
		NewStamp(facts, NewNames(nil)).Set(h, "the assertion")
		for header, values := range h {
			if len(values) != 1 || values[0] == "" || strings.ContainsFunc(values[0], func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("%s is %q", header, values)
			}
		}
		for header, want := range map[string]string{HeaderUser: id, HeaderEmail: email, HeaderName: name, HeaderAccountID: account, HeaderAccountName: accountName} {
			if got, err := url.PathUnescape(h.Get(header)); err != nil || got != want || want == "" && h[header] != nil {
				t.Errorf("%s: %q is read as %q, %v, want %q", header, h[header], got, err, want)
			}
		}
		groups := strings.Split(h.Get(HeaderGroups), ",")
		for i := range groups {
			groups[i], _ = url.PathUnescape(groups[i])
		}
		if !slices.Equal(groups, facts.Groups) {
			t.Errorf("groups are read as %q, want %q", groups, facts.Groups)
		}
		checkAssertion(t, facts, key, now)
	})
}

type testSigner struct{ *ecdsa.PrivateKey }

func (s testSigner) Signer() (string, *ecdsa.PrivateKey, error) { return "kid", s.PrivateKey, nil }

// checkAssertion compares an assertion with the facts as JSON can say them: in
// UTF-8.
func checkAssertion(t *testing.T, facts Facts, key testSigner, now time.Time) {
	t.Helper()
	token, err := Sign(facts, "https://portal.example", "https://alias.example", key, now)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	var got claims
	if err := parsed.Claims(&key.PublicKey, &got); err != nil {
		t.Fatal(err)
	}
	want := claims{Claims: got.Claims, ID: facts.ID, Email: string(facts.Email), Name: facts.Name, Platform: "client", Entity: "contact", AccountID: facts.AccountID,
		AccountName: facts.AccountName, Groups: facts.Groups, Method: "password", Session: "S1"}
	if asJSON(t, got) != asJSON(t, want) || got.Subject != got.ID {
		t.Errorf("it says %s, want %s", asJSON(t, got), asJSON(t, want))
	}
}

// asJSON is what JSON keeps of the claims: text in UTF-8.
func asJSON(t *testing.T, c claims) string {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), `\ufffd`, "\ufffd")
}
