package identity

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

func contactFacts() Facts {
	return Facts{
		Entity: directory.Entity{
			Kind: directory.KindContact, ID: "c-1", Email: "Ann@acme.example", Name: "Änn Archer", Groups: []string{"users", "a,b", "50% off"},
			AccountID: "acme", AccountName: "Acme, Widgets & Söhne",
		},
		Platform: directory.Client, Method: directory.MethodEmailToken, Session: "S1",
	}
}

func memberFacts() Facts {
	return Facts{Entity: directory.Entity{Kind: directory.KindMember, ID: "m-1", Email: "ted@msp.example", Name: "Ted"}, Platform: directory.Tech, Method: "microsoft", Session: "S2"}
}

func TestEncodeValue(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"printable ASCII stays", " !\"#$&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~", " !\"#$&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~"},
		{"percent", "100%", "100%25"},
		{"an escape is text", "%41", "%2541"},
		{"UTF-8", "Änn", "%C3%84nn"},
		{"beyond the BMP", "😀", "%F0%9F%98%80"},
		{"line break", "a\r\nb", "a%0D%0Ab"},
		{"NUL, tab, DEL", "\x00\t\x7f", "%00%09%7F"},
		{"invalid UTF-8", "\xff", "%FF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := EncodeValue(c.in); got != c.want {
				t.Errorf("%q became %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func FuzzEncodeValue(f *testing.F) {
	for _, seed := range []string{"", "Ann", "100%", "a+b c", "%41", "\xff\x00", "Grüße,\r\n😀"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		encoded := EncodeValue(in)
		if strings.ContainsFunc(encoded, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("%q became %q", in, encoded)
		}
		back, err := url.PathUnescape(encoded)
		if err != nil || back != in {
			t.Fatalf("%q became %q and that %q, %v", in, encoded, back, err)
		}
	})
}

func FuzzGroups(f *testing.F) {
	f.Add("users", "a,b")
	f.Add("%2C", "\xff,")
	f.Fuzz(func(t *testing.T, a, b string) {
		parts := strings.Split(joinGroups([]string{a, b}, EncodeValue), ",")
		if len(parts) != 2 {
			t.Fatalf("%q and %q became %q", a, b, parts)
		}
		for i, want := range []string{a, b} {
			if got, err := url.PathUnescape(parts[i]); got != want || err != nil {
				t.Fatalf("%q became %q, %v", want, got, err)
			}
		}
	})
}

func TestStampHeaders(t *testing.T) {
	for _, c := range []struct {
		name    string
		facts   Facts
		renamed map[string]string
		want    http.Header
	}{
		{"contact", contactFacts(), nil, http.Header{
			"Remote-User": {"c-1"}, "Remote-Email": {"Ann@acme.example"}, "Remote-Name": {"%C3%84nn Archer"}, "Remote-Groups": {"users,a%2Cb,50%25 off"},
			"X-Frontdesk-Platform": {"client"}, "X-Frontdesk-Entity": {"contact"}, "X-Frontdesk-Account-Id": {"acme"},
			"X-Frontdesk-Account-Name": {"Acme, Widgets & S%C3%B6hne"}, "X-Frontdesk-Method": {"email_token"}, "X-Frontdesk-Session": {"S1"},
			"X-Frontdesk-Assertion": {"jwt"},
		}},
		{"member: no account, no groups", memberFacts(), nil, http.Header{
			"Remote-User": {"m-1"}, "Remote-Email": {"ted@msp.example"}, "Remote-Name": {"Ted"}, "X-Frontdesk-Platform": {"tech"},
			"X-Frontdesk-Entity": {"member"}, "X-Frontdesk-Method": {"microsoft"}, "X-Frontdesk-Session": {"S2"}, "X-Frontdesk-Assertion": {"jwt"},
		}},
		{"renamed and dropped", memberFacts(), map[string]string{
			HeaderUser: "x-user", HeaderAssertion: "off", HeaderName: "OFF", HeaderEmail: "X-Mail", HeaderMethod: "off", HeaderSession: "off", HeaderEntity: "off",
		}, http.Header{"X-User": {"m-1"}, "X-Mail": {"ted@msp.example"}, "X-Frontdesk-Platform": {"tech"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, values, names := http.Header{}, c.facts.Values(), NewNames(c.renamed)
			names.Set(got, &values, "jwt")
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("headers\n%q\nwant\n%q", got, c.want)
			}
			_, wants := c.want[HeaderAssertion]
			if names.WantAssertion() != wants {
				t.Errorf("WantAssertion %t", names.WantAssertion())
			}
		})
	}
}

// TestStampFreshSlices: what a later handler does to one header reaches no other.
func TestStampFreshSlices(t *testing.T) {
	h, values := http.Header{}, contactFacts().Values()
	NewNames(nil).Set(h, &values, "jwt")
	for name := range h {
		h[name][0] = "changed"
		h[name] = append(h[name], "more")
	}
	for name := range h {
		if h[name][0] != "changed" || h[name][1] != "more" {
			t.Errorf("%s became %q", name, h[name])
		}
	}
}

func TestStampAllocatesNothing(t *testing.T) {
	h, values, names := http.Header{}, contactFacts().Values(), NewNames(nil)
	names.Set(h, &values, "jwt") // the map's room is the request's, not ours
	if n := testing.AllocsPerRun(100, func() { names.Set(h, &values, "jwt") }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func TestPlaceholders(t *testing.T) {
	want := map[string]string{
		"id": "c-1", "email": "Ann@acme.example", "name": "Änn Archer", "platform": "client", "entity": "contact", "account_id": "acme",
		"account_name": "Acme, Widgets & Söhne", "groups": "users,a%2Cb,50% off", "method": "email_token", "session": "S1", "impersonator": "",
	}
	facts := contactFacts().Values()
	if n := len(FactNames); n != len(want) {
		t.Errorf("%d placeholders, want %d", n, len(want))
	}
	for name, value := range want {
		if got, ok := facts.Fact(name); got != value || !ok {
			t.Errorf("%s is %q, %t; want %q", name, got, ok, value)
		}
	}
	if _, ok := facts.Fact("password"); ok {
		t.Error("a placeholder that does not exist was found")
	}
}
