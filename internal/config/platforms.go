package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// configured are the methods that can work, in the order of their strength.
func (k *checker) configured() []string {
	var methods []string
	if k.config.Microsoft != nil {
		methods = append(methods, directory.MethodMicrosoft)
	}
	if k.config.Mail != nil {
		methods = append(methods, directory.MethodEmailToken)
	}
	methods = append(methods, directory.MethodPassword)
	return append(methods, slices.Sorted(maps.Keys(k.config.OIDC))...)
}

func (k *checker) platforms() {
	if len(k.config.Platforms) == 0 {
		k.refuse("platform", "", "none is configured: write at least one, like platform client https://portal.example.com")
	}
	k.settings.Platforms = map[directory.Platform]PlatformSettings{}
	for _, name := range slices.Sorted(maps.Keys(k.config.Platforms)) {
		platform, err := directory.ParsePlatform(name)
		if err != nil {
			k.refuse("platform "+name, name, "%v", err)
			continue
		}
		p := k.config.Platforms[name]
		if p == nil {
			p = &Platform{}
		}
		k.settings.Platforms[platform] = PlatformSettings{Origins: k.origins("platform "+name, p.Origins), Methods: k.methods(platform, p.Methods)}
	}
	k.distinctHosts()
}

func (k *checker) origins(option string, values []string) (origins []Origin) {
	if len(values) == 0 {
		k.refuse(option, "", "its origin is missing: write one like https://portal.example.com")
	}
	for _, value := range values {
		o, err := ParseOrigin(value)
		if err != nil {
			k.refuse(option, value, "%v", err)
			continue
		}
		if slices.Contains(origins, o) {
			k.refuse(option, value, "%q is written twice: write each origin once", value)
		}
		origins = append(origins, o)
	}
	return origins
}

// distinctHosts refuses two origins that differ in scheme or port only:
// cookies would be shared between them (RFC 6265, 8.5).
func (k *checker) distinctHosts() {
	seen := map[string]Origin{}
	for _, platform := range directory.Platforms {
		for _, o := range k.settings.Platforms[platform].Origins {
			if other, ok := seen[o.Host]; ok && other != o {
				k.refuse("platform "+string(platform), o.String(), "%s and %s differ only in scheme or port, which cookies ignore: give them different hosts", other, o)
			}
			seen[o.Host] = o
		}
	}
}

func (k *checker) methods(platform directory.Platform, written []string) []string {
	option, configured := "platform "+string(platform)+" methods", k.configured()
	if len(written) == 0 {
		return k.defaultMethods(platform, option, configured)
	}
	var methods []string
	for _, method := range written {
		switch {
		case method == directory.MethodMicrosoft && k.config.Microsoft == nil:
			k.refuse(option, method, "microsoft is not configured: add a microsoft block, or leave the method out")
		case method == directory.MethodEmailToken && k.config.Mail == nil:
			k.refuse(option, method, "email_token needs a mail server: add a mail block, or leave the method out")
		case !slices.Contains(configured, method):
			k.refuse(option, method, "unknown method %q: write %s, or the name of an oidc block", method, strings.Join(configured, ", "))
		case slices.Contains(methods, method):
			k.refuse(option, method, "%q is written twice: write each method once", method)
		default:
			methods = append(methods, method)
		}
	}
	return methods
}

// defaultMethods: microsoft alone on tech and admin, all three on client, as
// far as they are configured.
func (k *checker) defaultMethods(platform directory.Platform, option string, configured []string) []string {
	wanted := []string{directory.MethodMicrosoft}
	if platform == directory.Client {
		wanted = builtIn
	}
	var methods []string
	for _, method := range wanted {
		if slices.Contains(configured, method) {
			methods = append(methods, method)
		}
	}
	if len(methods) == 0 {
		k.refuse(option, "", "none is left: microsoft, the default here, is not configured; add a microsoft block, or write methods")
	}
	return methods
}
