package demo

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// portalPage is what a portal shows of a request.
type portalPage struct {
	look
	Platform  directory.Platform
	Addresses Addresses
	Origin    string
	Asked     string // path and query
	Public    bool
	Person    *person // nil: nobody is signed in
	Facts     []row
	Assertion assertionView
	Others    []row
	Posted    *posted
}

// person is who is signed in.
type person struct {
	Name, Initial, Email, Account, Entity, Method string
	Groups                                        []string
}

// posted is a form as it arrived.
type posted struct{ Message string }

// row is a header or a claim: its value as it was sent and, where that differs,
// as it reads.
type row struct {
	Name, Raw, Decoded string
}

type assertionView struct {
	Raw     string // empty: none was received
	KeysURL string
	Problem string // empty: it was verified
	Claims  []row
}

func (p *portal) view(r *http.Request) portalPage {
	return portalPage{
		look: looks[p.platform], Platform: p.platform, Addresses: p.addresses, Origin: p.addresses.Portals[p.platform],
		Asked: r.URL.RequestURI(), Public: r.URL.Path == "/status",
		Person: personOf(r.Header), Facts: factRows(r.Header), Assertion: p.checked(r), Others: otherRows(r),
	}
}

func decodedFacts(h http.Header) map[string]string {
	facts := map[string]string{}
	for _, name := range identity.HeaderNames {
		facts[name] = identity.DecodeValue(h.Get(name))
	}
	return facts
}

// groupsOf splits at the commas first: those inside of a group are encoded.
func groupsOf(h http.Header) []string {
	value := h.Get(identity.HeaderGroups)
	if value == "" {
		return nil
	}
	groups := strings.Split(value, ",")
	for i, group := range groups {
		groups[i] = identity.DecodeValue(group)
	}
	return groups
}

func personOf(h http.Header) *person {
	facts := decodedFacts(h)
	if facts[identity.HeaderUser] == "" {
		return nil
	}
	name := facts[identity.HeaderName]
	initial, _ := utf8.DecodeRuneInString(name)
	return &person{
		Name: name, Initial: strings.ToUpper(string(initial)), Email: facts[identity.HeaderEmail],
		Account: facts[identity.HeaderAccountName], Entity: facts[identity.HeaderEntity],
		Method: methodLabel(facts[identity.HeaderMethod]), Groups: groupsOf(h),
	}
}

// factRows are the identity headers in their documented order, absent ones
// too; the assertion has its own place.
func factRows(h http.Header) []row {
	var rows []row
	for _, name := range identity.HeaderNames {
		if name == identity.HeaderAssertion {
			continue
		}
		raw := h.Get(name)
		r := row{Name: name, Raw: raw}
		if text := identity.DecodeValue(raw); text != raw {
			r.Decoded = text
		}
		if name == identity.HeaderGroups && r.Decoded != "" {
			r.Decoded = strings.Join(groupsOf(h), " · ")
		}
		rows = append(rows, r)
	}
	return rows
}

// otherRows are everything else about the request.
func otherRows(r *http.Request) []row {
	rows := []row{
		{Name: "(request)", Raw: r.Method + " " + r.URL.RequestURI() + " " + r.Proto},
		{Name: "(came from)", Raw: r.RemoteAddr},
		{Name: "Host", Raw: r.Host},
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if !identity.IsHeader(name) {
			rows = append(rows, row{Name: name, Raw: strings.Join(r.Header[name], ", ")})
		}
	}
	return rows
}

func (p *portal) checked(r *http.Request) assertionView {
	view := assertionView{Raw: r.Header.Get(identity.HeaderAssertion), KeysURL: p.assertion.keysURL()}
	if view.Raw == "" {
		return view
	}
	claims, err := p.assertion.verify(r.Context(), view.Raw)
	if err != nil {
		view.Problem = err.Error()
	}
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		view.Claims = append(view.Claims, claimRow(name, claims[name]))
	}
	return view
}

// claimRow shows times as people read them (RFC 7519, 2: NumericDate).
func claimRow(name string, value any) row {
	switch v := value.(type) {
	case string:
		return row{Name: name, Raw: v}
	case float64:
		return row{Name: name, Raw: fmt.Sprintf("%.0f", v), Decoded: time.Unix(int64(v), 0).UTC().Format("2 Jan 2006, 15:04:05 MST")}
	case []any:
		texts := make([]string, len(v))
		for i, item := range v {
			texts[i] = fmt.Sprint(item)
		}
		return row{Name: name, Raw: strings.Join(texts, " · ")}
	}
	return row{Name: name, Raw: fmt.Sprint(value)}
}
