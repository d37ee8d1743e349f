package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/clock"
	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/mail"
	"github.com/frontdesk-gateway/frontdesk/internal/passage"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/loginui"
)

// Options are what a gateway is made of.
type Options struct {
	Settings *config.Settings
	Store    store.Store
	Log      *slog.Logger
	Now      func() time.Time // of the machine
	// HTTPClient speaks to providers; nil stands for the default transport.
	HTTPClient *http.Client
}

// Gateway is one configuration of the gateway at work. It is safe for
// concurrent use.
type Gateway struct {
	settings *config.Settings
	store    store.Store
	log      *slog.Logger
	clock    *clock.Clock // the one source of time, but for tickers

	keys     *keyring.Ring
	sessions *session.Manager
	journeys *journey.Service
	pages    *loginui.Renderer
	brand    loginui.Brand
	logo     logo
	queue    *mail.Queue
	sender   *mail.Sender
	probes   *probes
	unwatch  func()

	standalone bool // there are no assets to go with a page
}

type logo struct {
	mediaType string
	body      []byte
}

// New makes a gateway that is ready to serve; [Gateway.Start] has its list
// of tenants count, [Gateway.Run] does its housekeeping, [Gateway.Close] lets go of what it took.
func New(ctx context.Context, o Options) (_ *Gateway, err error) {
	g := &Gateway{settings: o.Settings, store: o.Store, log: o.Log, clock: clock.New(o.Now)}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.Close(ctx))
		}
	}()
	if g.pages, err = loginui.New(); err != nil {
		return nil, err
	}
	if err = g.openBrand(); err != nil {
		return nil, err
	}
	if g.keys, err = keyring.Open(ctx, o.Store, max(o.Settings.Lifetime, o.Settings.Persistent), g.clock.Now); err != nil {
		return nil, err
	}
	if err = g.listMemberTenants(ctx); err != nil {
		return nil, err
	}
	if err = g.openSessions(); err != nil {
		return nil, err
	}
	if err = g.openJourneys(o); err != nil {
		return nil, err
	}
	g.probes = g.newProbes()
	return g, nil
}

// listMemberTenants has the settings say since when each tenant is listed: what it said of
// members before does not count.
func (g *Gateway) listMemberTenants(ctx context.Context) error {
	kept, err := g.store.MemberTenants(ctx)
	g.settings.MemberTenants = kept.Relist(g.settings.MemberTenants.IDs(), g.clock.Now())
	return err
}

// Start keeps since when the tenants of members are listed, where that is not what is kept
// already. A configuration that is made and never started, since it or another part of
// Caddy's is refused, changes nothing.
func (g *Gateway) Start(ctx context.Context) error {
	kept, err := g.store.MemberTenants(ctx)
	if err != nil || slices.Equal(kept, g.settings.MemberTenants) {
		return err
	}
	return g.store.KeepMemberTenants(ctx, g.settings.MemberTenants)
}

func (g *Gateway) openBrand() (err error) {
	b := g.settings.Brand
	g.brand = loginui.Brand{Name: b.Name, Accent: b.Accent, Logo: b.LogoFile != ""}
	if g.brand.Logo {
		g.logo.mediaType, g.logo.body, err = config.ReadLogo(b.LogoFile)
	}
	return err
}

func (g *Gateway) openSessions() (err error) {
	g.sessions, err = session.NewManager(session.Options{
		Store: g.store, Cookies: g.keys, Idle: g.settings.Idle, Now: g.clock.Now, Capacity: g.settings.SessionCache,
		Lifetime: g.settings.Lifetime, Persistent: g.settings.Persistent,
		Stands: g.stands,
	})
	if err != nil {
		return err
	}
	g.unwatch = g.store.Watch(func(c store.Change) {
		if c.All {
			g.sessions.ChangedAll()
			return
		}
		g.sessions.Changed(c.Accounts, c.Contacts, c.Members, c.Sessions)
	})
	return nil
}

// stands is [journey.Facts.Stands] by this configuration.
func (g *Gateway) stands(s session.Session, people directory.People) bool {
	return journey.Facts{Settings: g.settings, People: people}.Stands(s)
}

func (g *Gateway) openJourneys(o Options) error {
	g.journeys = &journey.Service{
		Settings: g.settings, Store: g.store, Directory: g.store, Sessions: g.store, Living: g.sessions, Providers: map[string]*provider.Provider{},
		Passwords: password.New(g.settings.Hashing), Mails: g.pages, Brand: g.brand, Limits: limit.Limiter{Store: g.store, Now: g.clock.Now, Log: g.log}, Now: g.clock.Now, Log: g.log,
	}
	for _, cfg := range g.settings.Providers {
		p, err := provider.New(cfg, provider.Options{HTTPClient: o.HTTPClient, Now: g.clock.Now, Logger: g.log})
		if err != nil {
			return err
		}
		g.journeys.Providers[cfg.Name] = p
	}
	return g.openMail()
}

func (g *Gateway) openMail() (err error) {
	if g.settings.Mail == nil {
		return nil
	}
	if g.sender, err = mail.New(*g.settings.Mail, mail.Options{Logger: g.log, Now: g.clock.Now}); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	g.queue = mail.NewQueue(g.sender, mail.QueueOptions{Logger: g.log})
	g.journeys.Outbound = g.queue
	return nil
}

// Close lets go of everything; mails that wait are sent, as far as ctx
// allows. Requests that are open still at the portal are ended before, since a mail
// server can take long: nobody would see their sessions end, or the configuration
// that comes next may let them in no more. The store stays open: it belongs to the
// caller.
func (g *Gateway) Close(ctx context.Context) error {
	var errs []error
	if g.sessions != nil {
		g.sessions.Close()
	}
	if g.queue != nil {
		errs = append(errs, g.queue.Close(ctx))
	}
	if g.sessions != nil {
		errs = append(errs, g.sessions.Flush(context.WithoutCancel(ctx))) // the mails may have taken all the time
	}
	if g.unwatch != nil {
		g.unwatch() // last: what changes meanwhile is seen
	}
	return errors.Join(errs...)
}

// Store is what the gateway decides by.
func (g *Gateway) Store() store.Store { return g.store }

// Site returns the part of the gateway that stands in front of one site, which
// [config.Settings.CheckSite] accepted. platform is the one that the site
// belongs to; empty: all that are reached at the request's origin. headers are
// the new names that hold at the site; elsewhere are those of the other sites: a
// portal may stand behind several, and believe the names of each.
func (g *Gateway) Site(platform directory.Platform, public PublicPaths, headers map[string]string, elsewhere ...map[string]string) *Site {
	return &Site{
		Gateway: g, platform: platform, public: public, names: identity.NewNames(headers),
		filter: passage.NewFilter(append(elsewhere, g.settings.Headers, headers)...),
	}
}
