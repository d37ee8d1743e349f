package gateway

import (
	"crypto/hmac"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// everywhereState is the state with which the signed-out page says that all
// sessions of a person ended: the address of that page may be anybody's, and
// the state comes back from a provider, so it holds for this browser alone. It
// is empty where nothing can be said.
func (v *visit) everywhereState() string {
	if err := v.ensureBrowser(); err != nil {
		return ""
	}
	browser, _ := v.browser()
	return stateOf(browser, v.Name, v.clock.Now().Unix())
}

func stateOf(browser session.Secret, origin string, second int64) string {
	at := strconv.FormatInt(second, 10)
	return at + "." + base64.RawURLEncoding.EncodeToString(browserMAC(browser, "signed out everywhere", origin, at))
}

// endedEverywhere reports whether a state says so of this browser, not longer
// than saidFor ago: sessions may have begun since.
func (v *visit) endedEverywhere(state string) bool {
	browser, named := v.browser()
	at, _, _ := strings.Cut(state, ".")
	second, err := strconv.ParseInt(at, 10, 64)
	if !named || err != nil || !hmac.Equal([]byte(state), []byte(stateOf(browser, v.Name, second))) {
		return false
	}
	age := v.clock.Now().Sub(time.Unix(second, 0))
	return age >= 0 && age < saidFor
}
