package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

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
		h, told := http.Header{}, facts.Values()
		if back := told.Facts(); !reflect.DeepEqual(back, facts) {
			t.Errorf("the facts are read back as %+v, want %+v", back, facts)
		}
		NewNames(nil).Set(h, &told, "the assertion")
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
