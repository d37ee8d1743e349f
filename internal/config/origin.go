package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Origin is a scheme, host and port that the operator configured (RFC 6454):
// lower case, the port left out where it is the scheme's own. All addresses,
// redirects and cookies are built from origins, never from a request.
type Origin struct {
	Scheme string // https, or http on loopback
	Host   string // without port; an IPv6 address without brackets
	Port   string // empty for the scheme's own
}

// ParseOrigin reads an origin. Plain http is accepted on loopback only.
func ParseOrigin(s string) (Origin, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" {
		return Origin{}, fmt.Errorf("%q is no origin: write it like https://portal.example.com", s)
	}
	if strings.TrimSuffix(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery {
		return Origin{}, fmt.Errorf("%q has a path: an origin is scheme and host only, like %s://%s", s, u.Scheme, u.Host)
	}
	o := Origin{Scheme: strings.ToLower(u.Scheme)}
	if err := checkBase(o.Scheme, u.Hostname()); err != nil {
		return Origin{}, fmt.Errorf("%q: %w", s, err)
	}
	if o.Host, err = canonicalHost(u.Hostname()); err != nil {
		return Origin{}, fmt.Errorf("%q: %w", s, err)
	}
	if o.Port, err = canonicalPort(o.Scheme, u.Port()); err != nil {
		return Origin{}, fmt.Errorf("%q: %w", s, err)
	}
	return o, nil
}

// canonicalHost spells a host as browsers do in a Host header: in lower-case
// ASCII, an IP address in its shortest form (WHATWG URL, 3.5).
func canonicalHost(host string) (string, error) {
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
		return ip.String(), nil
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil || !utf8.ValidString(host) || strings.HasSuffix(ascii, ".") || strings.Contains(ascii, ":") {
		return "", errors.New("name the host whole: letters, digits and -, without *, _ or a dot at the end")
	}
	return ascii, nil
}

// canonicalPort is empty for the scheme's own port.
func canonicalPort(scheme, port string) (string, error) {
	if port == "" {
		return "", nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", errors.New("a port is a number from 1 to 65535")
	}
	if port = strconv.FormatUint(n, 10); port == defaultPort(scheme) {
		return "", nil
	}
	return port, nil
}

// checkBase holds for every address that the operator configures: https, or
// http to this machine.
func checkBase(scheme, host string) error {
	switch {
	case host == "":
		return errors.New("the host is missing")
	case scheme == "https", scheme == "http" && IsLoopback(host):
		return nil
	case scheme == "http":
		return errors.New("plain http is for loopback (localhost, *.localhost, 127.0.0.1): write https")
	}
	return errors.New("the scheme must be https")
}

// IsLoopback reports whether a host names this machine: localhost and the
// names below it (RFC 6761, 6.3), 127.0.0.0/8 and ::1.
func IsLoopback(host string) bool {
	host = strings.ToLower(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func defaultPort(scheme string) string {
	if scheme == "http" {
		return "80"
	}
	return "443"
}

// String is the origin as browsers send it (RFC 6454, 6.2).
func (o Origin) String() string { return o.Scheme + "://" + o.HostPort() }

// HostPort is the origin's authority.
func (o Origin) HostPort() string {
	host := o.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if o.Port != "" {
		return host + ":" + o.Port
	}
	return host
}

// Insecure reports whether the origin is plain http, which only loopback may
// be: cookies then go without the Secure flag and the __Host- prefix.
func (o Origin) Insecure() bool { return o.Scheme == "http" }

// hostHeaders are the Host headers, in lower case, that name the origin: its
// scheme's own port counts as equal to none, and to an empty one (RFC 3986,
// 6.2.3).
func (o Origin) hostHeaders() []string {
	authority := o.HostPort()
	if o.Port != "" {
		return []string{authority}
	}
	return []string{authority, authority + ":", authority + ":" + defaultPort(o.Scheme)}
}
