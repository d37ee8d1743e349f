package standin

import (
	"crypto/rand"
	"net/http"
	"time"
)

// browserSession is who picked an account in a browser last. It lets nobody in
// by itself: the chooser always asks, so that one browser can try several
// people.
type browserSession struct {
	person  Person
	expires time.Time
}

const (
	sessionCookie   = "standin-session"
	sessionLifetime = 24 * time.Hour
)

// remember signs a person in to the browser. Where there is no room for more
// sessions, it goes without.
func (p *Provider) remember(w http.ResponseWriter, person Person) {
	id, now := rand.Text(), p.cfg.Now()
	s := browserSession{person: person, expires: now.Add(sessionLifetime)}
	if keep(p, p.sessions, id, s, func(s browserSession) bool { return !now.Before(s.expires) }) {
		setSession(w, id, 0)
	}
}

// signedIn is who is signed in to the browser; without an object id: nobody.
func (p *Provider) signedIn(r *http.Request) Person {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return Person{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.sessions[cookie.Value]; p.cfg.Now().Before(s.expires) {
		return s.person
	}
	return Person{}
}

// forget ends the browser's session, if it has one.
func (p *Provider) forget(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		p.mu.Lock()
		delete(p.sessions, cookie.Value)
		p.mu.Unlock()
		setSession(w, "", -1)
	}
}

func setSession(w http.ResponseWriter, id string, maxAge int) {
	// #nosec G124 -- it is served over plain http, on loopback
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: id, Path: "/", MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}
