package provider

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Options are what a provider borrows from its surroundings. Zero fields stand
// for the defaults.
type Options struct {
	HTTPClient *http.Client     // its transport is used, and its timeout where that is shorter than ours
	Now        func() time.Time // time.Now
	Logger     *slog.Logger     // slog.Default()
}

// Bounds of talking to a provider.
const (
	requestTimeout = 10 * time.Second // one exchange of request and response
	profilePause   = 3 * time.Second  // that somebody waits for what is a courtesy
	maxDocument    = 1 << 20          // bytes of a discovery document, key set or answer
	maxIDToken     = 64 << 10         // bytes of an id_token
	refreshAfter   = time.Hour        // age at which metadata and keys are fetched again
	usableFor      = 24 * time.Hour   // age up to which they serve while they cannot be
	retryAfter     = 5 * time.Second  // pause after a fetch that failed
	rotationPause  = 10 * time.Second // pause between fetches for keys not seen before
	healthyFor     = time.Minute      // age at which Check looks again
	clockSkew      = 2 * time.Minute  // that a provider's clock may be off
)

// Provider is one OpenID provider. It is safe for concurrent use.
type Provider struct {
	cfg      Config
	client   *http.Client
	now      func() time.Time
	log      *slog.Logger
	metadata *cache[metadata]
	keys     *cache[[]signingKey]
}

// New checks the form of a configuration; nothing is fetched.
func New(cfg Config, opts Options) (*Provider, error) {
	cfg, err := cfg.normalized()
	if err != nil {
		return nil, err
	}
	p := &Provider{cfg: cfg, client: boundedClient(opts.HTTPClient), now: opts.Now, log: opts.Logger}
	if p.now == nil {
		p.now = time.Now
	}
	if p.log == nil {
		p.log = slog.Default()
	}
	p.log = p.log.With("provider", cfg.Name)
	p.metadata = newCache("discovery", p.fetchMetadata, p.now, p.log)
	p.keys = newCache("key set", p.fetchKeys, p.now, p.log)
	return p, nil
}

// Name is the configured name.
func (p *Provider) Name() string { return p.cfg.Name }

// Label is the configured label; it may be empty.
func (p *Provider) Label() string { return p.cfg.Label }

// Client names the provider that is spoken to, by its address, and the client
// there that requests are made as. A configuration that is loaded anew can give
// a provider's name to another; what one was asked, the other must not answer.
func (p *Provider) Client() string { return p.cfg.base() + " " + p.cfg.ClientID }

// Check reports whether discovery and keys can be had. What it finds holds for
// a minute; the error wraps [ErrUnavailable].
func (p *Provider) Check(ctx context.Context) error {
	_, err := p.metadata.fresh(ctx, healthyFor)
	if err == nil {
		_, err = p.keys.fresh(ctx, healthyFor)
	}
	return err
}
