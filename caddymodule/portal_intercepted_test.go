package caddymodule

import (
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// TestPlaceholdersOfWhatIsAnswered are those of nobody, too, where a handler around
// the directive makes the pages of errors.
func TestPlaceholdersOfWhatIsAnswered(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("right"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	down, out := fallingPortal(t)
	portal := w.portal.Listener.Addr().String()
	around := "intercept {\n@failed status 4xx 5xx\nhandle_response @failed {\nrespond \"who [{http.auth.user.id}]\"\n}\n}\nfrontdesk client\n"
	w.startWith("\n\tfrontdesk client {\n\t\tpublic /public /assets/*\n\t\t\n\t}\n\treverse_proxy "+portal+"\n",
		"\nroute {\n@locked header Authorization *\nbasic_auth @locked {\nanybody "+string(hash)+"\n}\n"+around+"reverse_proxy "+down+"\n}\nhandle_errors {\nroute {\n"+around+"reverse_proxy "+portal+"\n}\n}\n")
	ann := w.visitor()
	ann.signInAt(w.origin("client"))
	cookies := ann.cookieLine()
	for _, c := range []struct {
		name, line string
		headers    []string
		ends       bool
	}{
		{"a stranger", "GET /x", nil, false},
		{"known to a handler before", "GET /x", []string{"Authorization: Basic YW55Ym9keTpyaWdodA=="}, false},
		{"ended on the way", "GET /x", []string{cookies}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.ends {
				out <- func() { ann.signsOut("yes") }
			}
			if answer := w.ask(c.line, c.headers...); !strings.Contains(answer, "who []") {
				t.Errorf("not nobody, in\n%s", answer)
			}
		})
	}
}
