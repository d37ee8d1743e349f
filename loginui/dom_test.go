package loginui

import (
	"iter"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// voidElements have no end tag (WHATWG HTML, 13.1.2); the others are of SVG
// and close themselves.
var voidElements = []string{"meta", "link", "img", "input", "br"}

func parseHTML(t testing.TB, body string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func elements(root *html.Node) iter.Seq[*html.Node] {
	return func(yield func(*html.Node) bool) {
		for n := range root.Descendants() {
			if n.Type == html.ElementNode && !yield(n) {
				return
			}
		}
	}
}

func byTag(root *html.Node, tag string) []*html.Node {
	var found []*html.Node
	for n := range elements(root) {
		if n.Data == tag {
			found = append(found, n)
		}
	}
	return found
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// checkBalanced reports tags that are not closed in the order they were opened,
// which the parser would mend in silence.
func checkBalanced(t *testing.T, body string) {
	t.Helper()
	var open []string
	z := html.NewTokenizer(strings.NewReader(body))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		raw, _ := z.TagName()
		name := string(raw)
		switch {
		case kind == html.StartTagToken && !slices.Contains(voidElements, name):
			open = append(open, name)
		case kind == html.EndTagToken && (len(open) == 0 || open[len(open)-1] != name):
			t.Fatalf("</%s> closes %v", name, open)
		case kind == html.EndTagToken:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("left open: %v", open)
	}
}

// checkInert reports what could run or would be stopped by the pages' policy.
func checkInert(t *testing.T, root *html.Node) {
	t.Helper()
	for n := range elements(root) {
		if slices.Contains([]string{"script", "style", "iframe", "object", "base"}, n.Data) {
			t.Errorf("page holds <%s>", n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
			}
			if strings.HasPrefix(strings.TrimSpace(a.Val), "javascript:") && (a.Key == "href" || a.Key == "action" || a.Key == "src") {
				t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
			}
		}
	}
}

// checkReferences reports double ids, and references to ids that are not there.
func checkReferences(t *testing.T, root *html.Node) {
	t.Helper()
	ids := map[string]bool{}
	for n := range elements(root) {
		if id := attr(n, "id"); id != "" && ids[id] {
			t.Errorf("id %q twice", id)
		} else {
			ids[id] = true
		}
	}
	for n := range elements(root) {
		wanted := strings.Fields(attr(n, "aria-describedby") + " " + attr(n, "aria-labelledby") + " " + attr(n, "for"))
		if id, ok := strings.CutPrefix(attr(n, "href"), "#"); ok {
			wanted = append(wanted, id)
		}
		for _, id := range wanted {
			if !ids[id] {
				t.Errorf("<%s> refers to %q, which is not on the page", n.Data, id)
			}
		}
	}
}
