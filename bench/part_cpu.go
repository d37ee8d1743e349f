package main

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// What is asked for: a page of the portal, and one that is public.
const (
	portalPath = "/tickets/7?sort=new"
	publicPath = "/assets/*"
	publicFile = "/assets/portal.css"
)

// cpuConnections is how many requests are under way at once: enough to keep
// Caddy at work, few enough not to measure queues.
const cpuConnections = 4

// variant is one way to stand in front of the portal.
type variant struct {
	site   site
	path   string
	basic  string
	signed bool   // the visitor signs in here; else they send the cookie of who did elsewhere
	fresh  bool   // the visitor sends no cookie of ours
	want   string // the portal's answer

	server  *server
	visitor visitor
	micros  []float64 // processor time per request, by round
}

// measureCPU compares the processor time of all of Caddy for each request, in
// rounds that take turns.
func measureCPU(ctx context.Context, l *lab) (_ []table, err error) {
	s, err := l.newStage(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	verifier, err := s.engageServer(ctx, "verifier")
	if err != nil {
		return nil, err
	}
	variants, err := l.cpuVariants(ctx, verifier)
	if err != nil {
		return nil, err
	}
	c := &comparison{stage: s}
	for _, v := range variants {
		if err := c.add(ctx, v, defaultGC); err != nil {
			return nil, err
		}
	}
	if err := c.signIn(ctx); err != nil {
		return nil, err
	}
	if err := c.rounds(l.rounds, l.requests); err != nil {
		return nil, err
	}
	if err := c.profiles(ctx, l); err != nil {
		return nil, err
	}
	return []table{c.table(fmt.Sprintf("Processor time of all of Caddy per request: medians of %d rounds of %d requests on %d connections, with the quartiles; %s everywhere.",
		l.rounds, l.requests, cpuConnections, strings.Join(defaultGC, " ")))}, nil
}

func (l *lab) cpuVariants(ctx context.Context, verifier string) (all []*variant, err error) {
	add := func(v *variant, made error) {
		all, err = append(all, v), errors.Join(err, made)
	}
	named, told := identity.HeaderNames, len(identity.HeaderNames)-1 // nobody impersonates
	add(&variant{site: alone, path: portalPath, want: portalAnswer("", 0)}, nil)
	add(basicVariant())
	add(&variant{site: site{name: "forward_auth, a verifier that does nothing", guard: forwardGuard(verifier)}, path: portalPath, want: portalAnswer(benchUser, len(verifierHeaders))}, nil)
	add(floor(ctx, "reverse_proxy alone, all headers by header_up", named...))
	add(l.gatewayVariant(ctx, "frontdesk, all headers", told))
	add(l.gatewayVariant(ctx, "frontdesk, all headers but the assertion", told-1, without([]string{identity.HeaderAssertion})...))
	add(floor(ctx, "reverse_proxy alone, four headers by header_up", named[:4]...))
	add(l.gatewayVariant(ctx, "frontdesk, four headers", 4, without(named[4:])...))
	add(l.gatewayVariant(ctx, "frontdesk, no headers", 0, without(named)...))
	add(l.publicVariant(ctx))
	add(unlogged(&variant{site: alone, path: portalPath, want: portalAnswer("", 0)}, nil))
	add(unlogged(l.gatewayVariant(ctx, "frontdesk, all headers", told)))
	return all, err
}

func basicVariant() (*variant, error) {
	guard, err := basicGuard()
	return &variant{site: site{name: "basic_auth", guard: guard}, path: portalPath, basic: basicAuthorization(), want: portalAnswer("", 0)}, err
}

// publicVariant is Frontdesk on a public path, for who is not signed in.
func (l *lab) publicVariant(ctx context.Context) (*variant, error) {
	store, err := l.makeStore(ctx)
	return &variant{site: guarded("frontdesk, public path, nobody signed in", store), path: publicFile, fresh: true, want: portalAnswer("", 0)}, err
}

// unlogged is a variant whose proxy has no log. Caddy encodes each request for that
// log before it knows whether there is anything to be logged.
func unlogged(v *variant, err error) (*variant, error) {
	v.site.name, v.site.quiet = v.site.name+", no log of reverse_proxy", true
	return v, err
}

// gatewayVariant is Frontdesk with a store of its own and a visitor who signs in.
func (l *lab) gatewayVariant(ctx context.Context, name string, told int, headers ...string) (*variant, error) {
	store, err := l.makeStore(ctx)
	user := benchUser
	if told == 0 {
		user = ""
	}
	return &variant{site: guarded(name, store, headers...), path: portalPath, signed: true, want: portalAnswer(user, told)}, err
}

// without are the lines that drop headers.
func without(names []string) (lines []string) {
	for _, name := range names {
		lines = append(lines, name+" off")
	}
	return lines
}

func basicGuard() (string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(benchPassword), bcrypt.DefaultCost)
	return fmt.Sprintf("basic_auth {\n\t\tbench %s\n\t}", hash), err
}

func basicAuthorization() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte("bench:"+benchPassword))
}

func forwardGuard(verifier string) string {
	return fmt.Sprintf("forward_auth %s {\n\t\turi /verify\n\t\tcopy_headers %s %s %s %s\n\t}", verifier,
		identity.HeaderUser, identity.HeaderEmail, identity.HeaderName, identity.HeaderGroups)
}

// comparison are variants that take turns.
type comparison struct {
	*stage
	variants []*variant
}

// add starts a variant's Caddy.
func (c *comparison) add(ctx context.Context, v *variant, gc []string) (err error) {
	if v.server, err = c.serve(ctx, v.site, gc); err != nil {
		return err
	}
	c.variants = append(c.variants, v)
	v.visitor.Want = v.want
	return nil
}

// signIn has the variants' visitors sign in. Where there is nothing to sign in
// to, they send the cookie of the first who did.
func (c *comparison) signIn(ctx context.Context) (err error) {
	some := ""
	for _, v := range c.variants {
		if v.signed {
			if v.visitor.Cookie, err = signIn(ctx, v.server.origin); err != nil {
				return err
			}
			some = cmp.Or(some, v.visitor.Cookie)
		}
	}
	for _, v := range c.variants {
		if !v.signed && !v.fresh {
			v.visitor.Cookie = some
		}
	}
	return nil
}

// signIn signs the person in, and returns the cookie of the session.
func signIn(ctx context.Context, origin string) (string, error) {
	b, err := newBrowser(origin)
	if err != nil {
		return "", err
	}
	defer b.close()
	if err := b.signIn(ctx, benchEmail, "password", func() (string, string, error) { return "password", benchPassword, nil }); err != nil {
		return "", fmt.Errorf("signing in at %s: %w", origin, err)
	}
	return b.sessionCookie()
}

// rounds has all variants take turns, there and back again: what grows with
// time falls to all alike.
func (c *comparison) rounds(n, requests int) error {
	turns := slices.Clone(c.variants)
	for round := range n + 1 {
		for _, v := range turns {
			used, err := c.round(v, requests)
			if err != nil {
				return fmt.Errorf("%s: %w", v.site.name, err)
			}
			if round > 0 { // the first has everything warm
				v.micros = append(v.micros, micros(used)/float64(requests))
			}
		}
		slices.Reverse(turns)
	}
	return nil
}

// round returns the processor time that Caddy uses for requests.
func (c *comparison) round(v *variant, requests int) (time.Duration, error) {
	before, err := v.server.cpu()
	if err != nil {
		return 0, err
	}
	if _, err := c.send(load{Target: v.target(), Connections: cpuConnections, Requests: requests}); err != nil {
		return 0, err
	}
	after, err := v.server.cpu()
	return after - before, err
}

// target is what the variant's visitor asks for.
func (v *variant) target() target {
	return v.server.target(v.path, v.basic, v.visitor)
}

// table compares the variants with the first.
func (c *comparison) table(title string) table {
	bare := c.variants[0]
	t := table{title: title, columns: []string{"in front of the portal", "µs per request", "times " + bare.site.name}}
	for _, v := range c.variants {
		t.add(v.site.name, spreadOf(v.micros).show(1), spreadOf(ratios(v.micros, bare.micros)).show(3))
	}
	return t
}
