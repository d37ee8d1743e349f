package passage

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// Filter takes off requests what no portal may see from a stranger. It is made
// once per site, and safe for concurrent use.
type Filter struct {
	names map[string]kind // folded
	usual usual
}

// NewFilter knows the lists of this package, and the names that operators gave
// to the gateway's own headers.
func NewFilter(renamed ...map[string]string) *Filter {
	f := &Filter{names: maps.Clone(wholeNames)}
	for _, name := range identity.HeaderNames {
		f.names[Fold(name)] = who
	}
	for _, names := range renamed {
		for _, to := range names {
			if !strings.EqualFold(to, "off") {
				f.names[Fold(to)] = who
			}
		}
	}
	f.usual = f.keptOf(usualNames)
	return f
}

// Admit takes off a request what must not go on, and says what the request is:
// the caller answers all but a [Plain] one and a [WebSocket]. trusted says that
// it came from a trusted proxy.
//
// Trailers are dropped whole: their names and values come with the end of the
// body, after everything was decided (RFC 9110, 6.5.1 lets an intermediary do
// so).
func (f *Filter) Admit(r *http.Request, trusted bool) Request {
	webSocket := isWebSocket(r)
	f.strip(r.Header, trusted)
	r.Trailer = nil
	if webSocket {
		setUpgrade(r)
	}
	switch {
	case !webSocket && !known(r.Method):
		return UnknownMethod
	case !isPath(r):
		return BadTarget
	case !safe(r.Method) && Early(r):
		return TooEarly
	case webSocket:
		return WebSocket
	}
	return Plain
}

// strip removes headers by what they say.
func (f *Filter) strip(h http.Header, trusted bool) {
	for name := range h {
		if !f.usual.has(name) && !f.keeps(name, trusted) {
			delete(h, name)
		}
	}
}

// keeps judges a name by the lists.
func (f *Filter) keeps(name string, trusted bool) bool {
	var room [64]byte // on the stack
	folded, plain := fold(room[:0], name)
	return keeps(f.kindOf(folded), plain, trusted)
}

func keeps(k kind, plain, trusted bool) bool {
	switch k {
	case other:
		return true
	case ofHTTP:
		return plain
	case vouched:
		return plain && trusted
	}
	return false
}

func (f *Filter) kindOf(folded []byte) kind {
	if k, ok := f.names[string(folded)]; ok {
		return k
	}
	return familyOf(folded)
}

// family is a list's entry that ended in *.
type family struct {
	prefix []byte
	kind   kind
}

// wholeNames and families are the lists as they are looked up; the longest
// family of a letter comes first.
var wholeNames, families = compile()

func compile() (map[string]kind, *[256][]family) {
	names, families := map[string]kind{}, &[256][]family{}
	for _, list := range lists {
		for _, name := range list.names {
			prefix, isFamily := strings.CutSuffix(name, "*")
			if !isFamily {
				names[name] = list.kind
				continue
			}
			i := letter([]byte(prefix))
			families[i] = append(families[i], family{[]byte(prefix), list.kind})
		}
	}
	for _, of := range families {
		slices.SortFunc(of, func(a, b family) int { return len(b.prefix) - len(a.prefix) })
	}
	return names, families
}

// letter is the one that tells families apart fastest: that after x-.
func letter(folded []byte) byte {
	switch {
	case len(folded) > 2 && folded[0] == 'x' && folded[1] == '-':
		return folded[2]
	case len(folded) > 0:
		return folded[0]
	}
	return 0
}

func familyOf(folded []byte) kind {
	for _, f := range families[letter(folded)] {
		if bytes.HasPrefix(folded, f.prefix) {
			return f.kind
		}
	}
	return other
}

// Reserved reports whether the gateway's headers may not be renamed to name:
// because HTTP or portals read something else there, or because it would be
// removed on the way.
func Reserved(name string) bool {
	folded := []byte(Fold(name))
	k, ok := wholeNames[string(folded)]
	if !ok {
		k = familyOf(folded)
	}
	return k != other && k != who
}
