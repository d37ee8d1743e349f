package gateway

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/loginui"
)

// getSignOut asks: no GET signs anybody out. To those who are, it says so.
func (v *visit) getSignOut() {
	if len(v.sessionKeys()) == 0 {
		everywhere, left, _ := strings.Cut(v.query.Get("state"), stateParts)
		v.render(http.StatusOK, false, loginui.SignedOut{
			Everywhere: v.endedEverywhere(everywhere), SignIn: v.signInURL("/"),
			StillAt: v.stillAt(append(v.query["still_at"], strings.Split(left, stateParts)...)),
		})
		return
	}
	if err := v.ensureBrowser(); err != nil {
		v.unavailable(err)
		return
	}
	left, err := v.cookieSessions()
	if err != nil {
		v.unavailable(err)
		return
	}
	page := loginui.SignOut{Action: v.settings.Prefix + "/sign-out", SignsOutOf: v.signsOutOf(v.lastProofs()), Gone: len(left) == 0}
	if v.session != nil {
		facts := v.live.Facts()
		page.Name, page.Email, page.Home = facts.Name, string(facts.Email), "/"
		page.SignsOutOf = v.signsOutOf(v.session.Proofs)
	}
	v.render(http.StatusOK, v.signOutLeaves(), page)
}

// postSignOut ends the session that the cookie names, or all of the person's,
// also where it lets nobody in at the moment. Only then a provider is asked for
// anything.
func (v *visit) postSignOut() {
	v.goOn()
	all := v.posted("everywhere") == "yes"
	left, err := v.cookieSessions()
	if err == nil && len(v.sessionKeys()) > 0 {
		err = v.signOut(left, all)
	}
	if err != nil {
		v.unavailable(err)
		return
	}
	var proofs []session.Proof
	for _, s := range left {
		proofs = append(proofs, s.Proofs...)
		v.log.Info("signed out", "session", s.ID, "address", s.Address, "everywhere", all, "client_ip", v.client.IP)
	}
	if len(proofs) == 0 {
		proofs = v.lastProofs()
	}
	v.dropCookie(sessionCookie(v.origin))
	v.clearCache()
	state := ""
	if all && len(left) > 0 {
		state = v.everywhereState()
	}
	v.redirect(v.afterSignOut(v.endsWith(proofs), state))
}

// goOn has the work on a request go on when the browser has left: who leaves right
// after the click meant it all the same.
func (v *visit) goOn() { v.r = v.r.WithContext(context.WithoutCancel(v.ctx())) }

// clearCache has the browser forget the portal's pages, which the back button,
// or their own address, would show to whoever comes next. Browsers do so at https
// alone (Clear Site Data, 4.1). Cookies and storage are the portal's own to keep.
func (v *visit) clearCache() {
	if !v.origin.Insecure() {
		v.w.Header().Set("Clear-Site-Data", `"cache"`)
	}
}

// signOut ends sessions, or all of their persons', with what waits in this browser.
func (v *visit) signOut(left []session.Session, all bool) error {
	if !all || len(left) == 0 {
		return v.journeys.SignOut(v.ctx(), v.visiting(), left...)
	}
	for _, s := range left {
		if err := v.journeys.SignOutEverywhere(v.ctx(), v.visiting(), s); err != nil {
			return err
		}
	}
	return nil
}

// cookieSessions are the sessions that the request's cookies name, live or not, or those
// that a switch has put in their place just now.
func (v *visit) cookieSessions() (all []session.Session, err error) {
	for _, key := range v.sessionKeys() {
		s, err := v.store.Session(v.ctx(), key)
		if errors.Is(err, session.ErrNotFound) {
			s, err = v.store.Session(v.ctx(), v.visiting().Successor(key))
		}
		if errors.Is(err, session.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// lastProofs stand for those of a session that is gone: the second click of a
// double click must lead where the first one did.
func (v *visit) lastProofs() (proofs []session.Proof) {
	_, proved := v.lastMethods()
	for _, method := range proved {
		proofs = append(proofs, session.Proof{Method: method})
	}
	return proofs
}

// ending is a method's provider where its own session ends with one here; nil
// for all other methods.
func (v *visit) ending(method string) *provider.Provider {
	if p := v.journeys.Providers[method]; p != nil && p.EndsSession() {
		return p
	}
	return nil
}

// endsWith are the providers that proved a session and whose own ends with it, the
// last first.
func (v *visit) endsWith(proofs []session.Proof) (all []*provider.Provider) {
	for _, proof := range slices.Backward(proofs) {
		if p := v.ending(proof.Method); p != nil && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// signsOutOf is the provider that a sign-out leads to; nil for none.
func (v *visit) signsOutOf(proofs []session.Proof) *loginui.Provider {
	all := v.endsWith(proofs)
	if len(all) == 0 {
		return nil
	}
	p := named(all[0])
	return &p
}

// stillAt are those of the providers of these names whose session may go on.
func (v *visit) stillAt(names []string) (all []loginui.Provider) {
	for _, name := range names {
		if p := v.ending(name); p != nil && !slices.Contains(all, named(p)) {
			all = append(all, named(p))
		}
	}
	return all
}

// signOutLeaves reports whether a sign-out can lead to a provider.
func (v *visit) signOutLeaves() bool {
	return slices.ContainsFunc(v.settings.Providers, func(c provider.Config) bool { return c.EndSession })
}

// providerPatience is how long a sign-out waits for the address at a provider.
const providerPatience = 2 * time.Second

// stateParts stands in a state between what [visit.everywhereState] says and the
// names of providers whose sessions go on.
const stateParts = methodParts

// afterSignOut is where the browser goes: to a provider, if there is one that can
// be asked, which sends it back to an address that is registered there; or to that
// one at once. It ends one session, so that the page there names the others.
func (v *visit) afterSignOut(at []*provider.Provider, everywhere string) string {
	done, query := v.origin.String()+v.settings.Prefix+"/sign-out", url.Values{}
	if everywhere != "" {
		query.Set("state", everywhere)
	}
	ctx, cancel := context.WithTimeout(v.ctx(), providerPatience)
	defer cancel()
	for _, p := range at {
		state := everywhere
		for _, other := range at {
			if other != p {
				state += stateParts + other.Name()
			}
		}
		location, err := p.EndSessionURL(ctx, done, state)
		if err == nil {
			return location
		}
		v.log.Warn("a provider could not be asked to end its session", "provider", p.Name(), "error", err)
		query.Add("still_at", p.Name())
	}
	if len(query) == 0 {
		return done
	}
	return done + "?" + query.Encode()
}

// named is a provider as pages name it.
func named(p *provider.Provider) loginui.Provider {
	return loginui.Provider{Name: p.Name(), Label: p.Label()}
}
