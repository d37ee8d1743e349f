package gateway

import (
	"net/http"
	"slices"
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// Names of the cookies. The prefix has browsers hold them to the host, to
// https and to the whole site (RFC 6265bis, 4.1.3.2); plain http on loopback
// goes without. The browser's name has a longer one, by which browsers that know
// it take no such cookie from a script (RFC 6265bis, "__Host-Http-"): it could hold
// a name that somebody else has, who would share what is proved here.
const (
	securePrefix      = "__Host-"
	unscriptedPrefix  = securePrefix + "Http-"
	plainSessionName  = "frontdesk"
	plainBrowserName  = "frontdesk-browser"
	plainMethodName   = "frontdesk-method"
	secureSessionName = securePrefix + plainSessionName
	secureBrowserName = unscriptedPrefix + plainBrowserName
	secureMethodName  = securePrefix + plainMethodName
)

func sessionCookie(o config.Origin) string {
	if o.Insecure() {
		return plainSessionName
	}
	return secureSessionName
}

func browserCookie(o config.Origin) string {
	if o.Insecure() {
		return plainBrowserName
	}
	return secureBrowserName
}

func methodCookie(o config.Origin) string {
	if o.Insecure() {
		return plainMethodName
	}
	return secureMethodName
}

func isOwnCookie(name string) bool {
	switch name {
	case plainSessionName, plainBrowserName, plainMethodName, secureSessionName, secureBrowserName, secureMethodName:
		return true
	}
	return false
}

// takeSessionCookie returns the value of the session's cookie and takes the
// gateway's cookies off the request, unless keep is set; the others stay byte
// for byte. A cookie that came twice is none: one of the two was planted.
func takeSessionCookie(r *http.Request, o config.Origin, keep bool) (value string, found bool) {
	lines := r.Header["Cookie"]
	name, count, left := sessionCookie(o), 0, lines[:0]
	for _, line := range lines {
		rest := withoutOwnCookies(line, func(cookie, v string) {
			if cookie == name {
				value, count = v, count+1
			}
		})
		if !keep && rest != "" {
			left = append(left, rest)
		}
	}
	switch {
	case keep || len(lines) == 0:
	case len(left) == 0:
		delete(r.Header, "Cookie")
	case len(left) < len(lines):
		r.Header["Cookie"] = left
	}
	return value, count == 1
}

// leaveBehind takes the gateway's cookies off a request that was answered here: a
// handler around this one may go on with it nevertheless, as intercept does to show
// the page of an error.
func leaveBehind(r *http.Request) { takeSessionCookie(r, config.Origin{}, false) }

// maxSessionKeys bounds the sessions that one request ends. A browser sends one
// cookie; two where somebody planted another.
const maxSessionKeys = 4

// sessionKeys are the keys of the sessions that the request's cookies name, live
// or not, for the pages that end or replace them: each once. They are read as
// takeSessionCookie reads them: by whichever cookie somebody is signed in, they sign out.
func (v *visit) sessionKeys() (keys []session.Key) {
	name := sessionCookie(v.origin)
	for _, line := range v.r.Header["Cookie"] {
		withoutOwnCookies(line, func(cookie, value string) {
			if cookie != name || len(keys) >= maxSessionKeys {
				return
			}
			if key, ok := v.sessions.Key(name, value); ok && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		})
	}
	return keys
}

// withoutOwnCookies returns a Cookie header's value without the gateway's
// cookies, which it reports. It is copied, once, only where something is left on
// both sides of one.
func withoutOwnCookies(line string, own func(name, value string)) string {
	var rest pieces
	from := 0 // of those that are kept since ours
	for at := 0; at < len(line); {
		start, end, found := mayBeOwn(line, at)
		if !found {
			break
		}
		name, value, _ := strings.Cut(line[start:end], "=")
		if name = strings.Trim(name, " \t"); isOwnCookie(name) {
			own(name, strings.Trim(value, " \t"))
			rest.add(line, from, start-1)
			from = end + 1
		}
		at = end + 1
	}
	rest.add(line, from, len(line))
	return rest.String()
}

// dropOwnCookies takes the gateway's cookies out of a portal's answer. Whoever
// chose the browser's name would share what is proved in it next, on all platforms
// that the person has. The others stay byte for byte.
func dropOwnCookies(answer http.Header) {
	for _, name := range []string{"Set-Cookie", http.TrailerPrefix + "Set-Cookie"} { // the latter are trailers that nobody announced
		set := answer[name]
		if !slices.ContainsFunc(set, setsOwnCookie) {
			continue
		}
		if set = slices.DeleteFunc(slices.Clone(set), setsOwnCookie); len(set) == 0 {
			delete(answer, name)
			continue
		}
		answer[name] = set
	}
}

// setsOwnCookie reports whether browsers could send, of a Set-Cookie header, a
// cookie of one of our names. One without a name they send as its value, which old
// ones do not look at for a prefix (RFC 6265bis, 5.6 and 5.8.3).
func setsOwnCookie(line string) bool {
	pair, _, _ := strings.Cut(line, ";")
	name, _, _ := strings.Cut(strings.TrimLeft(pair, " \t="), "=")
	return isOwnCookie(strings.TrimRight(name, " \t"))
}

// mayBeOwn finds the next cookie, of those that begin at a place, that has in it
// what all of our names have.
func mayBeOwn(line string, at int) (start, end int, found bool) {
	i := strings.Index(line[at:], plainSessionName)
	if i < 0 {
		return 0, 0, false
	}
	i += at
	return at + strings.LastIndexByte(line[at:i], ';') + 1, i + nextSemicolon(line[i:]), true
}

// nextSemicolon is where a cookie ends.
func nextSemicolon(line string) int {
	if i := strings.IndexByte(line, ';'); i >= 0 {
		return i
	}
	return len(line)
}

// pieces are what is kept of a Cookie header's value.
type pieces struct {
	first  string
	joined strings.Builder // of the first and more; empty where there are none
	some   bool
}

// add adds a piece, where there is one: the first without the space that parted
// it from ours.
func (p *pieces) add(line string, from, to int) {
	switch {
	case from > to: // nothing between two of ours
		return
	case !p.some && from > 0:
		p.first = strings.TrimLeft(line[from:to], " \t")
	case !p.some:
		p.first = line[from:to]
	default:
		p.join(line[from:to], len(line))
	}
	p.some = true
}

func (p *pieces) join(piece string, room int) {
	if p.joined.Len() == 0 {
		p.joined.Grow(room)
		p.joined.WriteString(p.first)
	}
	p.joined.WriteByte(';')
	p.joined.WriteString(piece)
}

func (p *pieces) String() string {
	if p.joined.Len() == 0 {
		return p.first
	}
	return p.joined.String()
}

// browser returns the secret of this browser's cookie, also of one that it is
// just given.
func (v *visit) browser() (session.Secret, bool) {
	if v.named != nil {
		return *v.named, true
	}
	cookies := v.r.CookiesNamed(browserCookie(v.origin))
	if len(cookies) != 1 {
		return session.Secret{}, false
	}
	secret, ok := v.keys.Open(cookies[0].Name, cookies[0].Value)
	if !ok || len(secret) != len(session.Secret{}) {
		return session.Secret{}, false
	}
	return session.Secret(secret), true
}

// ensureBrowser names the browser, where it has no name yet.
func (v *visit) ensureBrowser() error {
	if _, ok := v.browser(); ok {
		return nil
	}
	return v.nameBrowser()
}

// nameBrowser gives the browser a name.
func (v *visit) nameBrowser() error {
	secret := session.NewSecret()
	v.named = &secret
	return v.setCookie(browserCookie(v.origin), secret, 0)
}

// setCookie seals a secret into a cookie; maxAge in seconds, 0 for one that
// ends with the browser.
func (v *visit) setCookie(name string, secret session.Secret, maxAge int) error {
	value, err := v.keys.Seal(name, secret[:])
	if err != nil {
		return err
	}
	v.writeCookie(name, value, maxAge)
	return nil
}

func (v *visit) dropCookie(name string) { v.writeCookie(name, "", -1) }

// writeCookie leaves one of that name in the browser. A script can plant a second one, where
// the prefix does not keep it from that: they differ in being Partitioned, and with two nobody
// would be signed in for as long as both are there: also one of a value that is read as none, and
// one that is alone, beside which ours would come. Browsers that do not know that attribute
// drop the first.
func (v *visit) writeCookie(name, value string, maxAge int) {
	sent := slices.ContainsFunc(v.r.Header["Cookie"], func(line string) bool { return strings.Contains(line, name) })
	if sent && !v.origin.Insecure() {
		http.SetCookie(&v.w, &http.Cookie{
			Name: name, Path: "/", MaxAge: -1, HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode, Partitioned: true,
		})
	}
	http.SetCookie(&v.w, &http.Cookie{ // #nosec G124 -- Secure is off at plain http on loopback alone, where browsers would not keep it
		Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: !v.origin.Insecure(), SameSite: http.SameSiteLaxMode,
	})
}

// rememberFor is how long a browser remembers the methods that were used last,
// in seconds: half a year. It is a convenience, and says nothing of anybody.
const rememberFor = 180 * 24 * 60 * 60

// methodParts stands between the names of methods. No name has it.
const methodParts = "~"

// rememberMethods has a browser remember the method that somebody signed in by, and
// all that proved the session, the last one last.
func (v *visit) rememberMethods(s session.Session) {
	var proved []string
	for _, p := range s.Proofs {
		proved = append(slices.DeleteFunc(proved, func(m string) bool { return m == p.Method }), p.Method)
	}
	v.writeCookie(methodCookie(v.origin), strings.Join(append([]string{s.Method}, proved...), methodParts), rememberFor)
}

// lastMethods are what a browser says it used last, and what it says proved its last
// session: compare them only.
func (v *visit) lastMethods() (used string, proved []string) {
	cookie, err := v.r.Cookie(methodCookie(v.origin))
	if err != nil {
		return "", nil
	}
	names := strings.Split(cookie.Value, methodParts)
	return names[0], names[1:]
}
