package config

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
	"github.com/frontdesk-gateway/frontdesk/internal/passage"
)

// CheckHeaders checks new names for the portal's headers, as they stand under
// an option, and returns them by default name. The error is of type [Errors].
func CheckHeaders(option string, renamed map[string]string) (map[string]string, error) {
	k := &checker{}
	out := k.headers(option, renamed)
	if len(k.errs) > 0 {
		return nil, k.errs
	}
	return out, nil
}

func (k *checker) headers(option string, renamed map[string]string) map[string]string {
	out, spelled := map[string]string{}, map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(renamed)) {
		k.headerName(option+" "+name, name, renamed[name])
		standard, ok := standardName(name)
		if !ok {
			continue
		}
		if _, twice := out[standard]; twice {
			k.refuse(option+" "+name, renamed[name], "%s is written twice: write each header once", standard)
		}
		out[standard], spelled[standard] = renamed[name], name
	}
	k.distinctHeaders(option, out, spelled)
	return out
}

func standardName(name string) (string, bool) {
	i := slices.IndexFunc(identity.HeaderNames, func(h string) bool { return strings.EqualFold(h, name) })
	if i < 0 {
		return "", false
	}
	return identity.HeaderNames[i], true
}

// distinctHeaders refuses two headers under names that portals confuse. spelled
// holds the operator's spelling of those that were written.
func (k *checker) distinctHeaders(option string, renamed, spelled map[string]string) {
	taken, names := map[string]string{}, identity.NewNames(renamed)
	for i, name := range identity.HeaderNames {
		to := names[i]
		if to == "" {
			continue
		}
		other, clash := taken[passage.Fold(to)]
		if clash {
			written := spelled[name]
			if written == "" {
				written = spelled[other]
			}
			k.refuse(option+" "+written, to, "%s and %s would share the name %q: give each its own", other, name, to)
		}
		taken[passage.Fold(to)] = name
	}
}

func (k *checker) headerName(option, name, to string) {
	if !identity.IsHeader(name) {
		k.refuse(option, name, "%q is no header that Frontdesk sends: write one of %s", name, strings.Join(identity.HeaderNames, ", "))
	}
	switch {
	case strings.EqualFold(to, "off"):
	case !httpguts.ValidHeaderFieldName(to) || strings.Trim(to, "-_") == "":
		k.refuse(option, to, "%q cannot name a header: write letters, digits and -", to)
	case passage.Reserved(to):
		k.refuse(option, to, "%q has a meaning in HTTP or to proxies: write another name, like X-User", to)
	}
}
