package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/gateway"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
)

func init() {
	caddy.RegisterModule(new(App))
}

// App is the authentication gateway: who may sign in, where, how, and how the
// pages look. The portals' sites refer to it by the handler `frontdesk`.
type App struct {
	config.Config

	settings *config.Settings
	log      *slog.Logger
	path     string          // of the store
	pooled   bool            // this value holds a reference to the pooled store
	locked   error           // the store is held by another process
	closed   *gateway.Closed // answers until the gateway is there
	gateway  atomic.Pointer[gateway.Gateway]
	given    givenNames
	ordered  map[*caddyhttp.Server]bool // whose order was checked

	stop context.CancelFunc
	work sync.WaitGroup
}

// givenNames are the names that the configuration's sites gave to the gateway's
// headers, each set by default name. All are there before the first request.
type givenNames struct {
	mu   sync.Mutex
	sets []map[string]string
}

func (g *givenNames) add(names map[string]string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sets = append(g.sets, names)
}

func (g *givenNames) all() []map[string]string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.sets)
}

// CaddyModule returns the Caddy module information.
func (*App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "frontdesk", New: func() caddy.Module { return new(App) }}
}

// Provision resolves the placeholders, checks every value, and opens the store
// where there is one. A store that is still to be made is made by Start, and
// one that another process holds is an error there only: `caddy validate` stops
// before, makes no files, and passes beside a running server.
func (app *App) Provision(ctx caddy.Context) (err error) {
	app.log = ctx.Slogger()
	replacer := caddy.NewReplacer()
	if err := app.Resolve(func(s string) (string, error) { return replacer.ReplaceOrErr(s, true, true) }); err != nil {
		return err
	}
	if app.settings, err = app.Settings(); err != nil {
		return err
	}
	if app.path, err = app.storePath(); err != nil {
		return err
	}
	if _, err := os.Lstat(app.path); errors.Is(err, fs.ErrNotExist) {
		return app.begin()
	}
	err = app.open(ctx)
	if errors.Is(err, store.ErrLocked) {
		app.locked = err
		app.log.Warn("the store was not opened", "path", app.path, "error", err)
		return app.begin()
	}
	return err
}

// begin makes ready for a gateway that Start opens.
func (app *App) begin() (err error) {
	if app.closed, err = gateway.NewClosed(app.settings, app.log); err != nil {
		return err
	}
	if app.settings.Brand.LogoFile == "" {
		return nil
	}
	_, _, err = config.ReadLogo(app.settings.Brand.LogoFile)
	return err
}

func (app *App) storePath() (string, error) {
	var configured string
	if app.Store != nil {
		configured = app.Store.Path
	}
	if configured == "" {
		configured = defaultStorePath()
	}
	path, err := canonicalPath(configured)
	if err != nil {
		return "", fmt.Errorf("store: %w", err)
	}
	return path, nil
}

func defaultStorePath() string {
	return filepath.Join(caddy.AppDataDir(), "frontdesk", "frontdesk.db")
}

// open takes the pooled store and makes the gateway.
func (app *App) open(ctx context.Context) error {
	s, err := acquireStore(app.path)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	app.pooled = true
	if everybodyReads(app.path) {
		app.log.Warn("every user of this machine can read the store, which holds addresses and keys: take that from them (chmod o= FILE)", "path", app.path)
	}
	g, err := gateway.New(ctx, gateway.Options{Settings: app.settings, Store: s, Log: app.log, Now: time.Now})
	if err != nil {
		return err
	}
	app.gateway.Store(g)
	return nil
}

// checkOrder checks the routes of a server when the first handler there is
// provisioned, and not once more for each of the others.
func (app *App) checkOrder(server *caddyhttp.Server) error {
	if app.ordered[server] {
		return nil
	}
	if app.ordered == nil {
		app.ordered = map[*caddyhttp.Server]bool{}
	}
	app.ordered[server] = true
	told, err := checkOrder(server, app.settings.Headers)
	for _, text := range told {
		app.log.Warn(text)
	}
	return err
}

// Start makes the store at the very first start, has what the configuration lists count,
// and begins the housekeeping.
func (app *App) Start() error {
	if app.locked != nil {
		return app.locked
	}
	if app.gateway.Load() == nil {
		if err := app.open(context.Background()); err != nil {
			return err
		}
		app.log.Info("made a new store", "path", app.path)
	}
	if err := app.gateway.Load().Start(context.Background()); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	app.stop = stop
	app.work.Go(func() { app.gateway.Load().Run(ctx) })
	return nil
}

// Stop ends the housekeeping. Requests in flight still find everything open.
func (app *App) Stop() error {
	if app.stop != nil {
		app.stop()
	}
	app.work.Wait()
	return nil
}

// closeTimeout is how long mails that wait may take when a configuration goes.
const closeTimeout = 10 * time.Second

// Cleanup lets go of what this configuration took. The store is closed with
// the last configuration that uses it.
func (app *App) Cleanup() error {
	var errs []error
	if g := app.gateway.Load(); g != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		errs = append(errs, g.Close(ctx))
	}
	if app.pooled {
		errs = append(errs, releaseStore(app.path))
	}
	return errors.Join(errs...)
}

// Interface guards
var (
	_ caddy.App          = (*App)(nil)
	_ caddy.Provisioner  = (*App)(nil)
	_ caddy.CleanerUpper = (*App)(nil)
)
