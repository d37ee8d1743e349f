package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/outbox"
	"github.com/frontdesk-gateway/frontdesk/internal/store/bolt"
)

// Options are how a demo is run.
type Options struct {
	Port   int    // of the sites; 0: a free one
	Listen string // IP address of the sites; empty: loopback, IPv4 and IPv6
	// StorePath is the store's file, which stays when the demo ends. Empty: one
	// in the demo's own folder, which goes with it.
	StorePath string
	Admin     string // address of Caddy's admin endpoint; empty: none
	Debug     bool   // log everything
}

// Demo is everything but the gateway, at work: see [Demo.Caddyfile] for that.
type Demo struct {
	Addresses
	Mail *outbox.Server // every mail that was sent

	caddyfile []byte
	folder    string // temporary

	closers []func() error
	work    sync.WaitGroup
}

// Start imports the sample people, starts the portals, the stand-in and the
// outbox, and writes the Caddyfile. The error is *[PortError] where the port
// cannot be had.
func Start(ctx context.Context, o Options) (_ *Demo, err error) {
	d := new(Demo)
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	listening, err := listen(o.Listen, o.Port)
	if err != nil {
		return nil, err
	}
	if d.folder, err = os.MkdirTemp("", "frontdesk-demo-"); err != nil {
		return nil, fmt.Errorf("making a temporary folder: %w", err)
	}
	store := cmp.Or(o.StorePath, filepath.Join(d.folder, "frontdesk.db"))
	if err := openAndSeed(ctx, store); err != nil {
		return nil, err
	}
	d.Addresses = newAddresses(listening.Port)
	parts := caddyfileParts{Options: o, Listening: listening, Folder: d.folder, Store: store, ClientID: clientID}
	for _, start := range []func(*caddyfileParts) error{d.startMicrosoft, d.startMail, d.startPortals, d.startPage} {
		if err := start(&parts); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func openAndSeed(ctx context.Context, path string) error {
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return err
	}
	return errors.Join(seed(ctx, s), s.Close())
}

func (d *Demo) startMicrosoft(parts *caddyfileParts) error {
	listener, err := parts.Listening.beside()
	if err != nil {
		return fmt.Errorf("starting the stand-in for Microsoft: %w", err)
	}
	d.Microsoft = fmt.Sprintf("http://127.0.0.1:%d", listener.Addr().(*net.TCPAddr).Port)
	var callbacks []string
	for _, platform := range directory.Platforms {
		callbacks = append(callbacks, d.Portals[platform]+"/frontdesk/callback/microsoft")
	}
	provider, secret, err := newMicrosoft(d.Microsoft, callbacks)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	parts.ClientSecret = secret
	d.serve(listener, provider)
	return nil
}

func (d *Demo) startMail(parts *caddyfileParts) error {
	listener, err := loopback()
	if err != nil {
		return fmt.Errorf("starting the outbox: %w", err)
	}
	d.Mail = outbox.New(outbox.Options{})
	// The server closes the listener only once it has begun to serve it.
	d.closers = append(d.closers, d.Mail.Close, func() error { return ignoreClosed(listener.Close()) })
	d.work.Go(func() { _ = d.Mail.Serve(listener) }) // it ends when it is closed
	parts.MailServer = listener.Addr().String()
	parts.Outbox, err = d.serveBehind(d.Mail.Page())
	return err
}

func (d *Demo) startPortals(parts *caddyfileParts) (err error) {
	parts.Portals = map[string]string{}
	client := &http.Client{Timeout: 5 * time.Second, Transport: parts.Listening.transport()}
	for _, platform := range directory.Platforms {
		portal := newPortal(platform, d.Addresses, client, time.Now)
		if parts.Portals[string(platform)], err = d.serveBehind(portal); err != nil {
			return err
		}
	}
	return nil
}

// startPage comes last, because it shows the Caddyfile.
func (d *Demo) startPage(parts *caddyfileParts) error {
	listener, err := loopback()
	if err != nil {
		return fmt.Errorf("starting the start page: %w", err)
	}
	parts.Start, parts.Addresses = listener.Addr().String(), d.Addresses
	if d.caddyfile, err = parts.write(); err != nil {
		return errors.Join(fmt.Errorf("writing the Caddyfile: %w", err), listener.Close())
	}
	d.serve(listener, newStartPage(d.Addresses, parts.Options, d.caddyfile))
	return nil
}

// Caddyfile is the configuration to run in front of the demo.
func (d *Demo) Caddyfile() []byte { return d.caddyfile }

// serveBehind serves a handler where only the gateway's proxy looks for it.
func (d *Demo) serveBehind(handler http.Handler) (addr string, err error) {
	listener, err := loopback()
	if err != nil {
		return "", fmt.Errorf("starting a sample site: %w", err)
	}
	d.serve(listener, handler)
	return listener.Addr().String(), nil
}

func (d *Demo) serve(listener net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	d.closers = append(d.closers, server.Close)
	d.work.Go(func() { _ = server.Serve(listener) }) // it ends when it is closed
}

// Close ends everything that was started and removes the temporary folder. The
// gateway in front must have ended before: its store may be in there.
func (d *Demo) Close() error {
	var errs []error
	for _, closer := range d.closers {
		errs = append(errs, closer())
	}
	d.work.Wait()
	if d.folder != "" {
		errs = append(errs, os.RemoveAll(d.folder))
	}
	return errors.Join(errs...)
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
