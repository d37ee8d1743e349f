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
func (v *visit) formToken() (string, error) {
	browser, named := v.browser()
	if !named {
		return "", nil
	}
	acting, err := v.actedOn()
	if len(acting) == 0 || err != nil {
		return formTokenOf(browser, v.Name), err
	}
	return sessionFormTokenOf(browser, v.Name, acting...), nil
}

// actedOn are the sessions that a form here can act on: the one of who is signed in, or
// those that let nobody in and can be signed out of. A script can have a live one be
// such, by a second cookie of its name.
func (v *visit) actedOn() ([]session.Session, error) {
	if v.session != nil {
		return []session.Session{*v.session}, nil
	}
	return v.cookieSessions()
}

func formTokenOf(browser session.Secret, origin string) string {
	return base64.RawURLEncoding.EncodeToString(browserMAC(browser, "form", origin))
}

// sessionFormTokenOf is the token of somebody who is signed in. The second part
// is made of the sign-in as well, which stays the same through switches: a script
// can plant a browser's name whose token it knows, where the browser has none or
// drops it among too many cookies, but only who is signed in is shown the one of
// their sign-in, which takes the name's secret to make. That the id of its journey
// can be seen by going back in the history does not help.
func sessionFormTokenOf(browser session.Secret, origin string, of ...session.Session) string {
	parts := []string{origin}
	for _, s := range of {
		signIn := ""
		if len(s.Proofs) > 0 {
			signIn = s.Proofs[0].Journey
		}
		parts = append(parts, signIn)
	}
	return formTokenOf(browser, origin) + "." + base64.RawURLEncoding.EncodeToString(browserMAC(browser, "form of a session", parts...))
}

// browserMAC authenticates, for one purpose, what comes back from a browser by
// that browser's secret.
func browserMAC(browser session.Secret, purpose string, parts ...string) []byte {
	mac := hmac.New(sha256.New, browser[:])
	mac.Write([]byte(purpose + "\x00" + strings.Join(parts, "\x00")))
	return mac.Sum(nil)
}

// acceptForm refuses a form that was on no page that this browser was shown.
func (v *visit) acceptForm(r route) bool {
	page := v.client.URL.EscapedPath()
	switch token, err := v.formToken(); {
	case err != nil:
		v.unavailable(err)
	case token != "" && v.holdsToken(r, token):
		return true
	case r.session && len(v.sessionKeys()) == 0: // there is nothing to act on, which the page says
		v.redirect(v.origin.String() + page)
	case token != "":
		v.otherForm(r, page)
	case v.session == nil:
		v.message(http.StatusForbidden, loginui.Message{Key: "cookies", Link: v.signInURL(cleanDestination(v.query.Get("return"), v.settings.Prefix)), LinkKey: "action.start_again"})
	default: // a persistent session outlives the browser's name, and all journeys and pages of it
		v.redirect(v.origin.String() + page)
	}
	return false
}

// holdsToken reports whether the form has the token of these pages. The part of
// the session's counts where a session is acted on: a sign-in goes on in a second
// tab when the first one's has ended, and a second click comes when the session
// is over.
func (v *visit) holdsToken(r route, token string) bool {
	posted := v.posted("form_token")
	if !r.session || !strings.Contains(token, ".") {
		posted, _, _ = strings.Cut(posted, ".")
		token, _, _ = strings.Cut(token, ".")
	}
	return hmac.Equal([]byte(posted), []byte(token))
}

// otherForm answers a form with another token. Of tabs that were opened at once,
// each was given a name for the browser, and the last one's stays: step 1 in the
// others is asked again with what was typed.
func (v *visit) otherForm(r route, page string) {
	ref := v.refused("a form of another page", "")
	if !r.session {
		destination := cleanDestination(v.query.Get("return"), v.settings.Prefix)
		if v.session == nil && v.query.Get("journey") == "" {
			v.showEmail(http.StatusForbidden, destination, v.posted("email"), &loginui.Problem{Key: "problem.form_again", Reference: ref})
			return
		}
		page = v.signInURL(destination)
	}
	v.message(http.StatusForbidden, loginui.Message{Key: "forbidden_form", Reference: ref, Link: page, LinkKey: "action.back"})
}
