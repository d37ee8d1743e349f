package caddymodule

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
)

// optionReader reads options and remembers where each one stands, under its
// path: the names of its blocks and its own, as in [config.Error.Option].
type optionReader struct {
	*caddyfile.Dispenser
	at map[string]caddyfile.Token
}

// newOptionReader begins at the token that names the outermost block; its path
// is empty.
func newOptionReader(d *caddyfile.Dispenser) *optionReader {
	return &optionReader{Dispenser: d, at: map[string]caddyfile.Token{"": d.Token()}}
}

// option reads what follows the name of an option: its arguments and, if it
// has one, its block.
type option func(r *optionReader, path string) error

// options are what may stand in a block, by name.
type options map[string]option

// block reads the block that opens next, if one does. path is its own.
func (r *optionReader) block(path string, known options) error {
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		name := r.Val()
		read, ok := known[name]
		if !ok {
			return r.unknown(path, name, slices.Sorted(maps.Keys(known)))
		}
		if err := read(r, strings.TrimSpace(path+" "+name)); err != nil {
			return err
		}
	}
	return nil
}

// once notes where the option at path stands and refuses it the second time.
func (r *optionReader) once(path string) error {
	if first, twice := r.at[path]; twice {
		return r.Errf("%s is written twice, first at %s:%d: write it once", path, first.File, first.Line)
	}
	r.at[path] = r.Token()
	return nil
}

// plain ends an option that has no block.
func (r *optionReader) plain(path string) error {
	if r.NextArg() {
		return r.Errf("%s: %q is one value too many", path, r.Val())
	}
	if r.NextBlock(r.Nesting()) {
		return r.Errf("%s takes no block", path)
	}
	return nil
}

// word reads one value, which stands for what example shows.
func (r *optionReader) word(path, example string) (string, error) {
	if !r.NextArg() || r.Val() == "" {
		return "", r.Errf("%s: its value is missing: write %s", path, example)
	}
	return r.Val(), nil
}

// text is an option with one value. example shows it, as in "prefix /desk".
func text(to *string, example string) option {
	return func(r *optionReader, path string) (err error) {
		if err := r.once(path); err != nil {
			return err
		}
		if *to, err = r.word(path, example); err != nil {
			return err
		}
		return r.plain(path)
	}
}

// written is an option without a value: true where it is written.
func written(to *bool) option {
	return func(r *optionReader, path string) error {
		if err := r.once(path); err != nil {
			return err
		}
		if r.NextArg() {
			return r.Errf("%s takes no value: write it alone, or leave it out, instead of %q", path, r.Val())
		}
		*to = true
		return r.plain(path)
	}
}

// list is an option with one value or more.
func list(to *[]string, example string) option {
	return func(r *optionReader, path string) error {
		if err := r.once(path); err != nil {
			return err
		}
		first, err := r.word(path, example)
		if err != nil {
			return err
		}
		*to = append([]string{first}, r.RemainingArgs()...)
		return r.plain(path)
	}
}

// parsed is an option with one value that is more than a text.
func parsed[T any](to *T, example string, parse func(string) (T, error)) option {
	return func(r *optionReader, path string) error {
		var value string
		if err := text(&value, example)(r, path); err != nil {
			return err
		}
		result, err := parse(value)
		if err != nil {
			return r.WrapErr(fmt.Errorf("%s: %w", path, err))
		}
		*to = result
		return nil
	}
}

// number is an option with a whole number. None is zero, which would be taken
// for the default.
func number(to *int, example string) option {
	return parsed(to, example, func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil || n <= 0 {
			return 0, fmt.Errorf("%q is no whole number above 0: write one, like %s", s, example)
		}
		return n, nil
	})
}

// within is an option that has a block only, made when it is read.
func within[T any](to **T, inside func(*T) options) option {
	return func(r *optionReader, path string) error {
		if err := r.once(path); err != nil {
			return err
		}
		*to = new(T)
		known := inside(*to)
		if r.NextArg() {
			return r.noBlock(path, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
		return r.block(path, known)
	}
}

// noBlock refuses a value where a block is due, which holds what inside says.
func (r *optionReader) noBlock(path, inside string) error {
	return r.Errf("%s takes a block, not %q: write { } and in it, each on its line, %s", path, r.Val(), inside)
}

// renamedHeaders is a block of default names, each with its new name or off.
func renamedHeaders(to *map[string]string) option {
	return func(r *optionReader, path string) error {
		if err := r.once(path); err != nil {
			return err
		}
		if r.NextArg() {
			return r.noBlock(path, "names and new names, like Remote-User X-User")
		}
		*to = map[string]string{}
		for nesting := r.Nesting(); r.NextBlock(nesting); {
			name := r.Val()
			var value string
			if err := text(&value, name+" X-Portal-User, or off")(r, path+" "+name); err != nil {
				return err
			}
			(*to)[name] = value
		}
		return nil
	}
}

// unknown refuses a name in the block at path, where one of known is due.
func (r *optionReader) unknown(path, name string, known []string) error {
	if path != "" {
		path += ": "
	}
	if near := nearest(name, known); near != "" {
		return r.Errf("%sunknown option %q (did you mean %q?)", path, name, near)
	}
	return r.Errf("%sunknown option %q: write one of %s", path, name, strings.Join(known, ", "))
}

// refusals gives each of the errors of package config its file and line.
func (r *optionReader) refusals(err error) error {
	var found config.Errors
	if !errors.As(err, &found) {
		return err
	}
	var out []error
	for _, e := range found {
		out = append(out, r.position(e.Option).WrapErr(e))
	}
	return errors.Join(out...)
}

// settled leaves out the errors about values with a placeholder: it is known,
// and checked, when the configuration is loaded.
func settled(err error) error {
	var found config.Errors
	if !errors.As(err, &found) {
		return err
	}
	found = slices.DeleteFunc(found, func(e *config.Error) bool { return strings.Contains(e.Value, "{") })
	if len(found) == 0 {
		return nil
	}
	return found
}

// position is where an option stands, or else the innermost of its blocks that
// was written. It is a dispenser because only that knows the chain of imports.
func (r *optionReader) position(path string) *caddyfile.Dispenser {
	token, ok := r.at[path]
	for !ok {
		path = path[:max(strings.LastIndexByte(path, ' '), 0)]
		token, ok = r.at[path]
	}
	d := caddyfile.NewDispenser([]caddyfile.Token{token})
	d.Next()
	return d
}
