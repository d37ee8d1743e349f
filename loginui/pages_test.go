package loginui

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestPagesAreSound(t *testing.T) {
	r := newTestRenderer(t)
	for _, c := range pageCases() {
		t.Run(c.name, func(t *testing.T) {
			body := renderCase(t, r, c)
			root := parseHTML(t, body)
			checkBalanced(t, body)
			checkInert(t, root)
			checkReferences(t, root)
			checkHeading(t, root)
			checkForms(t, root, c.page)
		})
	}
}

func checkHeading(t *testing.T, root *html.Node) {
	t.Helper()
	headings, titles := byTag(root, "h1"), byTag(root, "title")
	if len(headings) != 1 || len(titles) != 1 {
		t.Fatalf("%d headings and %d titles, want one each", len(headings), len(titles))
	}
	if heading, title := textOf(headings[0]), textOf(titles[0]); heading == "" || !strings.Contains(title, heading) {
		t.Errorf("title %q does not hold heading %q", title, heading)
	}
}

// checkForms wants every form posted, and to say which step it answers and that
// it is ours.
func checkForms(t *testing.T, root *html.Node, page Page) {
	t.Helper()
	_, journey := page.(interface{ form() Form })
	for _, f := range byTag(root, "form") {
		if attr(f, "method") != "post" || attr(f, "action") == "" {
			t.Errorf("form posts by %q to %q", attr(f, "method"), attr(f, "action"))
		}
		var step, token string
		for _, input := range byTag(f, "input") {
			switch attr(input, "name") {
			case "step":
				step = attr(input, "value")
			case "form_token":
				token = attr(input, "value")
			}
		}
		if token != plainFrame.FormToken {
			t.Errorf("form has the token %q", token)
		}
		if journey && step == "" {
			t.Error("form does not say its step")
		}
	}
}

func TestEveryPageHasCases(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range pageCases() {
		seen[c.page.template()] = true
	}
	for _, p := range pages {
		if !seen[p.template()] {
			t.Errorf("no case shows page %s", p.template())
		}
	}
}

// TestFields holds the names and hints that password managers go by
// (DESIGN.md, "What a browser sees").
func TestFields(t *testing.T) {
	tests := []struct {
		page         string
		name         string
		autocomplete string
		kind         string
	}{
		{"email", "email", "username", "email"},
		{"code", "code", "one-time-code", "text"},
		{"password", "email", "username", "email"},
		{"password", "password", "current-password", "password"},
		{"new_password", "email", "username", "email"},
		{"new_password", "password", "current-password", "password"},
		{"new_password", "new_password", "new-password", "password"},
		{"create", "given_name", "given-name", "text"},
		{"create", "family_name", "family-name", "text"},
		{"create", "phone", "tel", "tel"},
		{"create", "job_title", "organization-title", "text"},
	}
	roots := rootsByCase(t)
	for _, test := range tests {
		t.Run(test.page+"/"+test.name, func(t *testing.T) {
			input := named(t, roots[test.page], "input", test.name)
			if attr(input, "autocomplete") != test.autocomplete || attr(input, "type") != test.kind {
				t.Errorf("autocomplete %q, type %q", attr(input, "autocomplete"), attr(input, "type"))
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	tests := []struct {
		page, name string
		values     string
	}{
		{"platform", "platform", "client tech admin"},
		{"method", "method", "microsoft google email_token password"},
		{"code", "resend", "0a1b2c3d"},
		{"stay", "stay", "yes no"},
		{"account", "account", "contoso fabrikam northwind"},
		{"session", "account", "fabrikam northwind"},
		{"session", "platform", "tech admin"},
		{"session", "end", "s1 s2"},
		{"session", "password", "change"},
		{"password", "forgot", "yes"},
		{"new_password", "forgot", "yes"},
		{"new_password_required", "forgot", ""},
		{"session", "everywhere", "yes"},
		{"sign_out", "everywhere", "yes"},
	}
	roots := rootsByCase(t)
	for _, test := range tests {
		t.Run(test.page+"/"+test.name, func(t *testing.T) {
			var values []string
			for _, b := range byTag(roots[test.page], "button") {
				if attr(b, "name") == test.name {
					values = append(values, attr(b, "value"))
				}
			}
			if got := strings.Join(values, " "); got != test.values {
				t.Errorf("answers %q, want %q", got, test.values)
			}
		})
	}
}

func rootsByCase(t *testing.T) map[string]*html.Node {
	t.Helper()
	r := newTestRenderer(t)
	roots := map[string]*html.Node{}
	for _, c := range pageCases() {
		roots[c.name] = parseHTML(t, renderCase(t, r, c))
	}
	return roots
}

func named(t *testing.T, root *html.Node, tag, name string) *html.Node {
	t.Helper()
	for _, n := range byTag(root, tag) {
		if attr(n, "name") == name {
			return n
		}
	}
	t.Fatalf("no <%s> named %q", tag, name)
	return nil
}

// TestUnregisteredWords holds the words that DESIGN.md lays down for step 1.
func TestUnregisteredWords(t *testing.T) {
	const want = "Your email address hasn't been registered and we're not able to automatically create an account for you. " +
		"Send us an email at help@msp.example so we can create an account for you."
	roots := rootsByCase(t)
	for _, name := range []string{"email_unregistered", "message_not_created"} {
		t.Run(name, func(t *testing.T) {
			if got := textOf(roots[name]); !strings.Contains(got, want) {
				t.Errorf("page says %q", got)
			}
			if !hasLink(byTag(roots[name], "main")[0], "mailto:help@msp.example") {
				t.Error("the support address is no link")
			}
		})
	}
}

func hasLink(root *html.Node, href string) bool {
	for _, a := range byTag(root, "a") {
		if attr(a, "href") == href {
			return true
		}
	}
	return false
}

func TestProblemIsTiedToItsField(t *testing.T) {
	root := rootsByCase(t)["code_wrong"]
	if title := textOf(byTag(root, "title")[0]); !strings.HasPrefix(title, "Error: ") {
		t.Errorf("title %q", title)
	}
	input := named(t, root, "input", "code")
	if attr(input, "aria-invalid") != "true" || !strings.Contains(attr(input, "aria-describedby"), "code-problem") {
		t.Errorf("field has %v", input.Attr)
	}
	if !hasLink(root, "#code") {
		t.Error("the summary does not link to the field")
	}
}

// TestAnchorsAreThere wants the summary of every problem to lead somewhere.
func TestAnchorsAreThere(t *testing.T) {
	r := newTestRenderer(t)
	for _, c := range journeyCases() {
		root := parseHTML(t, renderCase(t, r, c))
		for _, field := range anchors(c.page) {
			found := false
			for n := range elements(root) {
				found = found || attr(n, "id") == field
			}
			if !found {
				t.Errorf("%s has nothing with id %q", c.name, field)
			}
		}
	}
}
