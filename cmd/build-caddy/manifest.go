package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Manifest is what xcaddy.toml says of a custom Caddy.
type Manifest struct {
	// Caddy is the version of Caddy, as in v2.11.9.
	Caddy string `toml:"caddy"`
	// Output is the binary to write, from the manifest's folder.
	Output string `toml:"output"`
	// Plugins are built in besides Caddy's standard modules.
	Plugins []Plugin `toml:"plugins"`
	// Replacements stand in for modules, by module path: a folder that starts
	// with . or /, from the manifest's folder, or another module as
	// PATH@VERSION.
	Replacements map[string]string `toml:"replacements"`
}

// Plugin is one module with Caddy modules in it.
type Plugin struct {
	Module string `toml:"module"`
	// Version is needed unless the module is replaced.
	Version string `toml:"version"`
	// Package is what main imports; empty: the module's top package.
	Package string `toml:"package"`
}

// importPath is the package that main imports.
func (p Plugin) importPath() string {
	if p.Package != "" {
		return p.Package
	}
	return p.Module
}

var (
	caddyVersion  = regexp.MustCompile(`^v2\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)
	moduleVersion = regexp.MustCompile(`^v\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$`)
	modulePath    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)+(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$`)
)

// readManifest reads and checks a manifest. Folders and the output come back
// as absolute paths. The error lists all that is wrong, by file and line.
func readManifest(path string) (Manifest, error) {
	text, err := os.ReadFile(path) // #nosec G304 -- named on the command line
	if err != nil {
		return Manifest{}, fmt.Errorf("reading the manifest: %w", err)
	}
	m, errs := parseManifest(string(text))
	if len(errs) > 0 {
		for i, err := range errs {
			errs[i] = fmt.Errorf("%s%w", path, err)
		}
		return Manifest{}, errors.Join(errs...)
	}
	return m.resolve(filepath.Dir(path))
}

// parseManifest reads a manifest. Each error begins with a colon, and the line
// where it is known.
func parseManifest(text string) (Manifest, []error) {
	var m Manifest
	meta, err := toml.Decode(text, &m)
	if parse, ok := errors.AsType[toml.ParseError](err); ok {
		return m, []error{fmt.Errorf(":%d: %s", parse.Position.Line, parse.Message)}
	}
	if err != nil {
		return m, []error{fmt.Errorf(": %w", err)}
	}
	c := checker{text: text}
	unknown := map[string]bool{}
	for _, key := range meta.Undecoded() {
		unknown[key.String()] = true
		if !unknown[key[:len(key)-1].String()] { // the table's own error covers its keys
			c.unknown(key)
		}
	}
	c.manifest(m)
	return m, c.errs
}

// checker finds what is wrong with a manifest, and where.
type checker struct {
	text string
	errs []error
}

// fault tells of something wrong at the line on which needle first stands,
// or of the file as a whole.
func (c *checker) fault(needle, format string, args ...any) {
	where := ": "
	if before, _, found := strings.Cut(c.text, needle); found && needle != "" {
		where = fmt.Sprintf(":%d: ", strings.Count(before, "\n")+1)
	}
	c.errs = append(c.errs, errors.New(where+fmt.Sprintf(format, args...)))
}

// unknown tells of a key that means nothing.
func (c *checker) unknown(key toml.Key) {
	name := key[len(key)-1]
	needle := regexp.MustCompile(`(?m)(^|[\[{,.\s])["']?` + regexp.QuoteMeta(name) + `["']?\s*[=.\]]`).FindString(c.text)
	known := "caddy, output, plugins and replacements"
	if key[0] == "plugins" {
		known = "module, version and package"
	}
	c.fault(strings.TrimLeft(needle, "\n"), "unknown key %q: there are %s", name, known)
}

func (c *checker) manifest(m Manifest) {
	if !caddyVersion.MatchString(m.Caddy) {
		c.fault(quoted(m.Caddy), `caddy must be a version of Caddy 2, as in caddy = "v2.11.9"; it is %q`, m.Caddy)
	}
	if m.Output == "" || strings.HasSuffix(m.Output, "/") {
		c.fault(quoted(m.Output), `output must be the file to write, as in output = "bin/caddy"`)
	}
	for i, p := range m.Plugins {
		again := slices.ContainsFunc(m.Plugins[:i], func(q Plugin) bool { return q.importPath() == p.importPath() })
		c.plugin(p, m.Replacements[p.Module] != "", again)
	}
	for _, module := range slices.Sorted(maps.Keys(m.Replacements)) {
		c.replacement(module, m.Replacements[module])
	}
}

func (c *checker) plugin(p Plugin, replaced, again bool) {
	switch {
	case !modulePath.MatchString(p.Module):
		c.fault(quoted(p.Module), "module must be a Go module's path, as in github.com/name/module; it is %q", p.Module)
	case again:
		c.fault(quoted(p.importPath()), "plugin %s stands there twice", p.importPath())
	case p.Package != "" && p.Package != p.Module && !(strings.HasPrefix(p.Package, p.Module+"/") && modulePath.MatchString(p.Package)):
		c.fault(quoted(p.Package), "package %q is not one of module %s", p.Package, p.Module)
	case replaced && p.Version != "":
		c.fault(quoted(p.Version), "module %s is replaced: leave its version out", p.Module)
	case !replaced && !moduleVersion.MatchString(p.Version):
		c.fault(quoted(p.Module), `module %s needs its exact version, as in version = "v1.2.3"; it is %q`, p.Module, p.Version)
	}
}

func (c *checker) replacement(module, with string) {
	if !modulePath.MatchString(module) {
		c.fault(quoted(module), "%q is no Go module's path to replace", module)
		return
	}
	path, version, _ := strings.Cut(with, "@")
	if !isFolder(with) && !(modulePath.MatchString(path) && moduleVersion.MatchString(version)) {
		c.fault(quoted(with), "%s must be replaced by a folder, which starts with . or /, or by PATH@VERSION; it is %q", module, with)
	}
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return `"` + s + `"`
}

func isFolder(with string) bool {
	return strings.HasPrefix(with, ".") || filepath.IsAbs(with)
}

// resolve makes the paths absolute and looks for the folders.
func (m Manifest) resolve(dir string) (Manifest, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return m, err
	}
	absolute := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(dir, path)
	}
	m.Output = absolute(m.Output)
	for module, with := range m.Replacements {
		if !isFolder(with) {
			continue
		}
		folder := absolute(with)
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err != nil {
			return m, fmt.Errorf("replacing %s by %q: the folder holds no Go module: %w", module, with, err)
		}
		m.Replacements[module] = folder
	}
	return m, nil
}
