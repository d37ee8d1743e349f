package gateway

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// PublicPaths are the paths of a site that need no session (DESIGN.md, "What
// an operator writes"). The zero value opens none.
type PublicPaths struct {
	exact map[string]bool
	below []string // each ends in a slash
}

// ParsePublic reads patterns: a path, which opens itself alone, or a path that
// ends in /*, which opens all that lies below it. Upper and lower case differ.
// The error joins what is wrong with each pattern.
func ParsePublic(patterns []string) (PublicPaths, error) {
	p := PublicPaths{exact: map[string]bool{}}
	var errs []error
	for _, pattern := range patterns {
		if err := checkPattern(pattern); err != nil {
			errs = append(errs, fmt.Errorf("public path %q %w", pattern, err))
			continue
		}
		if folder, ok := strings.CutSuffix(pattern, "*"); ok {
			p.below = append(p.below, folder)
		} else {
			p.exact[pattern] = true
		}
	}
	return p, errors.Join(errs...)
}

// Match reports whether the path of a request's address is public.
func (p PublicPaths) Match(u *url.URL) bool {
	return p.match(u.Path) && plainlyEncoded(u.EscapedPath())
}

// plainlyEncoded reports whether no character of a path is encoded that need not
// be (RFC 3986, 2.3), nor a slash or backslash. Portals that match addresses as
// they come, such as Express, take /%70ublic for another path than /public, and
// browsers and libraries never write it.
func plainlyEncoded(escaped string) bool {
	for _, escape := range strings.Split(escaped, "%")[1:] {
		c, err := strconv.ParseUint(escape[:min(len(escape), 2)], 16, 8)
		if err != nil || isUnreserved(byte(c)) || c == '/' || c == '\\' {
			return false
		}
	}
	return true
}

func isUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// match reports whether a path, decoded once, is public. A path that
// a portal could still read as another one, by decoding it again, cleaning it
// or cutting it short, is not.
func (p PublicPaths) match(path string) bool {
	if p.exact[path] {
		return true
	}
	for _, folder := range p.below {
		if tail, ok := strings.CutPrefix(path, folder); ok && unambiguous(tail) {
			return true
		}
	}
	return false
}

// checkPattern says what is wrong with a pattern and what to write instead.
func checkPattern(pattern string) error {
	literal := pattern
	if strings.HasSuffix(pattern, "/*") {
		literal = strings.TrimSuffix(pattern, "*")
	}
	switch {
	case !strings.HasPrefix(pattern, "/"):
		return errors.New("must begin with a slash: write one like /health or /assets/*")
	case strings.ContainsAny(literal, "*"):
		return errors.New("has a * elsewhere than as its last segment: write one like /assets/*")
	case strings.ContainsAny(literal, "{}"):
		return errors.New("has a placeholder, which is not filled in here: write the path itself")
	case strings.ContainsAny(literal, "?#"):
		return errors.New("has a query or a fragment: write the path only")
	case strings.Contains(literal, "%"):
		return errors.New("is percent-encoded: write it decoded")
	case strings.Contains(literal, "//"):
		return errors.New("has an empty segment: write single slashes")
	case !clean(literal):
		return errors.New("has a segment . or ..: write the path that it leads to")
	case strings.ContainsAny(literal, `\;`) || strings.ContainsFunc(literal, unicode.IsControl) || !utf8.ValidString(literal):
		return errors.New(`has a \, a ; or a control character, which portals read differently: write a plain path`)
	}
	return nil
}

// clean reports whether a path is in its shortest form, but for a slash at its
// end.
func clean(p string) bool {
	return p == "/" || path.Clean(p) == strings.TrimSuffix(p, "/")
}

// unambiguous reports whether the rest of a path below a folder stays below it
// whatever a portal does to it: printable ASCII, since other characters are
// mapped to dots and slashes by some servers; nothing that begins an escape, a
// parameter, a query or a fragment; no empty segment but the last; and none of
// dots and spaces alone, which Windows reads as . or .. (".. " is ".."). Nor has it
// a script of PHP in it: where their own lies in a folder that addresses do not name,
// Symfony and Laravel take what ends in its name, wherever it stands, for
// the way to it, and ask for what follows (HttpFoundation, Request::prepareBaseUrl).
func unambiguous(tail string) bool {
	if strings.Contains(strings.ToLower(tail), ".php") {
		return false
	}
	for _, c := range []byte(tail) {
		if c < ' ' || c > '~' || strings.IndexByte(`\;%?#`, c) >= 0 {
			return false
		}
	}
	for segment := range strings.SplitSeq(strings.TrimSuffix(tail, "/"), "/") {
		if strings.Trim(segment, ". ") == "" && tail != "" {
			return false
		}
	}
	return true
}
