package gateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/loginui"
)

// formToken is the hidden field of every form here, for this browser at this
// origin. A portal's pages are of the same origin, so that neither Origin nor
// SameSite tells their forms from ours; but none of them can read a page here,
// nor the cookie that the token is made of. It is empty where the browser has no
// name: such pages have no form.
func (v *visit) formToken() string {
	browser, named := v.browser()
	if !named {
		return ""
	}
	return formTokenOf(browser, v.Name)
}

func formTokenOf(browser session.Secret, origin string) string {
	return base64.RawURLEncoding.EncodeToString(browserMAC(browser, "form", origin))
}

// browserMAC authenticates, for one purpose, what comes back from a browser by
// that browser's secret.
func browserMAC(browser session.Secret, purpose string, parts ...string) []byte {
	mac := hmac.New(sha256.New, browser[:])
	mac.Write([]byte(purpose + "\x00" + strings.Join(parts, "\x00")))
	return mac.Sum(nil)
}

// acceptForm refuses a form that was on no page that this browser was shown.
func (v *visit) acceptForm() bool {
	token, page := v.formToken(), v.client.URL.EscapedPath()
	switch {
	case token != "" && hmac.Equal([]byte(v.posted("form_token")), []byte(token)):
		return true
	case token != "":
		v.message(http.StatusForbidden, loginui.Message{
			Key: "forbidden_form", Reference: v.refused("a form of another page", ""), Link: page, LinkKey: "action.back",
		})
	case v.live == nil:
		v.message(http.StatusForbidden, loginui.Message{Key: "cookies", Link: v.signInURL(cleanDestination(v.query.Get("return"), v.settings.Prefix)), LinkKey: "action.start_again"})
	default: // a persistent session outlives the browser's name, and all journeys and pages of it
		v.redirect(v.origin.String() + page)
	}
	return false
}
