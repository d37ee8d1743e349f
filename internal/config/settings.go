package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/mail"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
)

// Settings is a Config whose every value was parsed and found possible.
type Settings struct {
	Prefix        string // begins with a slash, does not end in one
	Support       directory.Address
	Platforms     map[directory.Platform]PlatformSettings
	Providers     []provider.Config // microsoft first, then by name
	MemberTenants directory.Tenants // since when, the store knows: see [gateway.New]
	Mail          *mail.Config
	TokenLifetime time.Duration
	MinLength     int
	Hashing       password.Options // of passwords
	Limits        Limits           // none is zero
	Creation      directory.CreationPolicy
	Idle          time.Duration
	Lifetime      time.Duration
	Persistent    time.Duration
	SessionCache  int
	Brand         Look
	Headers       map[string]string

	places map[string]*Place // by Host header
}

// PlatformSettings is one platform's part of the settings.
type PlatformSettings struct {
	Origins []Origin // the main one first
	Methods []string // the best first
}

// Place is a configured origin with the platforms reached there: several where
// they share it.
type Place struct {
	Origin    Origin
	Name      string // Origin as text
	Authority string // Origin's host and port, as in a Host header
	Platforms []directory.Platform
}

// maxHostHeader bounds a Host header, in bytes: a name of 253 and a port.
const maxHostHeader = 260

// Place finds the origin that a Host header names. It is asked for every
// request, and costs a look-up.
func (s *Settings) Place(hostHeader string) (*Place, bool) {
	if len(hostHeader) > maxHostHeader {
		return nil, false
	}
	place, ok := s.places[strings.ToLower(hostHeader)] // no copy where it is lower case
	return place, ok
}

// setPlaces prepares the look-up by Host header.
func (s *Settings) setPlaces() {
	s.places = map[string]*Place{}
	for _, platform := range directory.Platforms {
		for _, o := range s.Platforms[platform].Origins {
			place := s.places[o.HostPort()]
			if place == nil {
				place = &Place{Origin: o, Name: o.String(), Authority: o.HostPort()}
			}
			place.Platforms = append(place.Platforms, platform)
			for _, header := range o.hostHeaders() {
				s.places[header] = place
			}
		}
	}
}

// Main returns the main origin of a platform.
func (s *Settings) Main(p directory.Platform) (Origin, bool) {
	settings, ok := s.Platforms[p]
	if !ok {
		return Origin{}, false
	}
	return settings.Origins[0], true
}

// At reports whether a platform is reached at an origin.
func (s *Settings) At(p directory.Platform, origin string) bool {
	return slices.ContainsFunc(s.Platforms[p].Origins, func(o Origin) bool { return o.String() == origin })
}

// Loopback reports whether any origin is plain http.
func (s *Settings) Loopback() bool {
	for _, p := range s.Platforms {
		if slices.ContainsFunc(p.Origins, Origin.Insecure) {
			return true
		}
	}
	return false
}

// CheckSite refuses, for a site's directive, a platform that is not configured,
// and one that shares an origin: then the directive names none, and the site
// tells by the placeholders.
func (s *Settings) CheckSite(platform directory.Platform) error {
	own, ok := s.Platforms[platform]
	if !ok {
		return fmt.Errorf("platform %s is not configured: add it to the global option frontdesk", platform)
	}
	for _, origin := range own.Origins {
		if place, _ := s.Place(origin.HostPort()); len(place.Platforms) > 1 {
			return fmt.Errorf("platform %s shares the origin %s with another: write the directive without a platform", platform, origin)
		}
	}
	return nil
}

// HasMethod reports whether a sign-in method is configured on any platform.
func (s *Settings) HasMethod(name string) bool {
	for _, p := range s.Platforms {
		if slices.Contains(p.Methods, name) {
			return true
		}
	}
	return false
}
