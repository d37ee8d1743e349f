package caddymodule

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/transfer"
)

func init() {
	caddy.RegisterModule(adminRoutes{})
}

// adminRoutes are the routes of Caddy's admin endpoint that the commands use.
// The endpoint has no authentication of its own; no route returns a secret or
// a password's hash.
type adminRoutes struct{}

// CaddyModule returns the Caddy module information.
func (adminRoutes) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "admin.api.frontdesk", New: func() caddy.Module { return adminRoutes{} }}
}

// Paths of the routes.
const (
	adminImport   = "/frontdesk/import"
	adminExport   = "/frontdesk/export"
	adminPassword = "/frontdesk/password"
	adminRequire  = "/frontdesk/require-password-change"
	adminUnlink   = "/frontdesk/unlink"
)

// Routes implements caddy.AdminRouter.
func (adminRoutes) Routes() []caddy.AdminRoute {
	return []caddy.AdminRoute{
		{Pattern: adminImport, Handler: adminRoute(http.MethodPost, serveImport)},
		{Pattern: adminExport, Handler: adminRoute(http.MethodGet, serveExport)},
		{Pattern: adminPassword, Handler: adminRoute(http.MethodPost, servePassword(desk.setPassword, "password set by an operator"))},
		{Pattern: adminRequire, Handler: adminRoute(http.MethodPost, servePassword(desk.requirePasswordChange, "another password asked for by an operator"))},
		{Pattern: adminUnlink, Handler: adminRoute(http.MethodPost, serveUnlink)},
	}
}

// adminAnswer is what a route says to its command: what was done, or why the
// request could not be carried out.
type adminAnswer struct {
	Done    string `json:"done,omitempty"`
	Problem string `json:"problem,omitempty"`
}

// Bounds of what the routes read, in bytes.
const (
	maxImport  = 8 << 30
	maxRequest = 16 << 10
)

// adminRoute finds the app that runs now: the routes of a configuration stay
// in place when a later one fails.
func adminRoute(method string, serve func(d desk, w http.ResponseWriter, r *http.Request) error) caddy.AdminHandler {
	return caddy.AdminHandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		unhurried(w, r)
		if r.Method != method {
			return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: fmt.Errorf("use %s", method)}
		}
		d, err := awaitDesk(r.Context())
		if err != nil {
			return caddy.APIError{HTTPStatus: http.StatusServiceUnavailable, Err: err}
		}
		return serve(d, w, r)
	})
}

// The endpoint answers a moment before the first configuration runs: a command
// that comes as early waits for it.
const (
	deskPatience = 2 * time.Second
	deskPause    = 20 * time.Millisecond
)

func awaitDesk(ctx context.Context) (desk, error) {
	ctx, cancel := context.WithTimeout(ctx, deskPatience)
	defer cancel()
	for {
		d, err := runningDesk()
		if err == nil {
			return d, nil
		}
		select {
		case <-time.After(deskPause):
		case <-ctx.Done():
			return desk{}, err
		}
	}
}

func runningDesk() (desk, error) {
	module, err := caddy.ActiveContext().AppIfConfigured("frontdesk")
	if err != nil {
		return desk{}, fmt.Errorf("the running configuration has no global option frontdesk: %w", err)
	}
	app := module.(*App)
	g := app.gateway.Load()
	if g == nil {
		return desk{}, errors.New("the store is not open")
	}
	return desk{store: g.Store(), folder: filepath.Dir(app.path), settings: app.settings}, nil
}

func serveImport(d desk, w http.ResponseWriter, r *http.Request) error {
	request, err := readImportRequest(r.URL.RawQuery)
	if err != nil {
		return caddy.APIError{HTTPStatus: http.StatusBadRequest, Err: err}
	}
	report, err := d.importFile(r.Context(), http.MaxBytesReader(w, r.Body, maxImport), request)
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		err = fmt.Errorf("the file is larger than %d GiB: split it, or import it with --store while no server runs", maxImport>>30)
	}
	return answerAdmin(w, report.String(), err)
}

// readImportRequest refuses what it does not know: it could have been meant to
// hold the import back, as a dry run spelled otherwise.
func readImportRequest(raw string) (r importRequest, err error) {
	query, err := url.ParseQuery(raw)
	if err != nil { // [url.URL.Query] passes over what it cannot read
		return r, err
	}
	flags := map[string]*bool{"dry_run": &r.dryRun, "prune": &r.prune}
	for name, values := range query {
		flag, value := flags[name], values[0]
		switch {
		case len(values) > 1:
			return r, fmt.Errorf("%q is given twice", name)
		case name == "format":
			r.format = transfer.Format(value)
		case flag == nil:
			return r, fmt.Errorf("unknown option %q", name)
		case value != yes(true) && value != yes(false):
			return r, fmt.Errorf("%q of %q: write yes or no", value, name)
		default:
			*flag = value == yes(true)
		}
	}
	return r, nil
}

// serveExport breaks off an answer that cannot be finished: what has gone out by
// then would be taken for the whole.
func serveExport(d desk, w http.ResponseWriter, r *http.Request) error {
	out := &begun{Writer: w}
	err := d.export(r.Context(), out, transfer.Format(r.URL.Query().Get("format")))
	if err != nil && out.wrote {
		caddy.Log().Named("frontdesk").Error("an export was broken off", zap.Error(err))
		panic(http.ErrAbortHandler)
	}
	return err
}

// begun tells whether anything was written.
type begun struct {
	io.Writer
	wrote bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.wrote = true
	return b.Writer.Write(p)
}

// passwordRequest is the body of the routes about a password.
type passwordRequest struct {
	Kind          directory.Kind `json:"kind"`
	ID            string         `json:"id"`
	Password      string         `json:"password,omitempty"`
	RequireChange bool           `json:"require_change,omitempty"`
}

// done says what was done.
func (r passwordRequest) done() string {
	switch {
	case r.Password == "":
		return fmt.Sprintf("At the next sign-in by password, %s %q must choose another one.", r.Kind, r.ID)
	case r.RequireChange:
		return fmt.Sprintf("The password of %s %q is set, until the next sign-in by it. All sessions of the address have ended.", r.Kind, r.ID)
	}
	return fmt.Sprintf("The password of %s %q is set. All sessions of the address have ended.", r.Kind, r.ID)
}

// servePassword carries out a request about a password, and logs it.
func servePassword(do func(desk, context.Context, passwordRequest) error, log string) func(desk, http.ResponseWriter, *http.Request) error {
	return func(d desk, w http.ResponseWriter, r *http.Request) error {
		var request passwordRequest
		if err := readRequest(w, r, &request); err != nil {
			return err
		}
		err := do(d, r.Context(), request)
		if err == nil {
			caddy.Log().Named("frontdesk").Info(log, zap.String("kind", string(request.Kind)), zap.String("entity", request.ID))
		}
		return answerAdmin(w, request.done(), err)
	}
}

func serveUnlink(d desk, w http.ResponseWriter, r *http.Request) error {
	var request unlinkRequest
	if err := readRequest(w, r, &request); err != nil {
		return err
	}
	result, err := d.unlink(r.Context(), request)
	if err == nil {
		caddy.Log().Named("frontdesk").Info("identity unlinked by an operator",
			zap.String("kind", string(request.Kind)), zap.String("entity", request.ID), zap.String("provider", request.Provider),
			zap.Int("links", result.removed))
	}
	return answerAdmin(w, result.done(), err)
}

// readRequest reads the JSON that a command sent.
func readRequest(w http.ResponseWriter, r *http.Request, to any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(to); err != nil {
		return caddy.APIError{HTTPStatus: http.StatusBadRequest, Err: fmt.Errorf("reading the request: %w", err)}
	}
	return nil
}

// answerAdmin tells what was done, or what stood in the way.
func answerAdmin(w http.ResponseWriter, done string, err error) error {
	answer := adminAnswer{Done: done}
	if err != nil {
		answer = adminAnswer{Problem: err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(answer)
}

// Interface guards
var _ caddy.AdminRouter = adminRoutes{}
