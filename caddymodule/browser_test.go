package caddymodule

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience bounds every wait for the browser: a hang, never a measure.
const patience = time.Minute

// walk is a visitor's way, which a browser takes.
type walk struct {
	name string
	take func(*tab)
}

// TestBrowser has visitors take their ways in a real browser.
func TestBrowser(t *testing.T) {
	c := startChrome(t)
	for _, group := range []struct {
		name      string
		open      func(*testing.T, *world) *tab
		walks     []walk
		microsoft string // further lines of that block
	}{
		{"sign-in", c.visitor, signInWalks, ""},
		{"sign-in without scripts", c.scriptless, signInWalks, ""},
		{"back and forth", c.visitor, backWalks, ""},
		{"back and forth without scripts", c.scriptless, backWalks, ""},
		{"refusals", c.visitor, refusalWalks, ""},
		{"session", c.visitor, sessionWalks, ""},
		{"session without scripts", c.scriptless, sessionWalks, ""},
		{"sign-out at the provider", c.visitor, providerWalks, "end_session"},
		{"sign-out at the provider without scripts", c.scriptless, providerWalks, "end_session"},
		{"passwords", c.visitor, passwordWalks, ""},
		{"passwords without scripts", c.scriptless, passwordWalks, ""},
		{"looks", c.visitor, lookWalks, ""},
		{"destinations", c.visitor, destinationWalks, ""},
		{"scripts of a portal", c.visitor, scriptWalks, ""},
	} {
		t.Run(group.name, func(t *testing.T) {
			w := newWorld(t)
			w.microsoft = group.microsoft
			w.global = "servers {\n\t\tmax_header_size 128KiB\n\t}" // Caddy's own bound comes first, and has no page
			w.servePages()
			w.start()
			for _, walk := range group.walks {
				t.Run(walk.name, func(t *testing.T) { walk.take(group.open(t, w)) })
			}
		})
	}
}

// chrome is the one browser process of the tests.
type chrome struct {
	ctx context.Context
	axe string // source of axe-core
}

// startChrome runs Chromium until the test ends. It needs a Chromium or Chrome
// in PATH. Later flags have the last word.
func startChrome(t *testing.T, flags ...chromedp.ExecAllocatorOption) *chrome {
	t.Helper()
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		// The back button asks the server again, as it does in browsers that keep
		// no pages marked no-store.
		chromedp.Flag("disable-features", "Translate,BackForwardCache"),
	), flags...)...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting the browser: %v", err)
	}
	return &chrome{ctx: ctx}
}

// tab is a tab of a browser. Its methods fail the test where a thing cannot be
// done, and so does whatever the browser complains of.
type tab struct {
	t      *testing.T
	world  *world
	chrome *chrome
	ctx    context.Context
	status int    // of the document on show
	plain  bool   // without scripts
	shots  string // folder for pictures

	mu         sync.Mutex
	complaints []string
}

// visitor opens a tab in a browser of its own: no cookie is shared with others.
func (c *chrome) visitor(t *testing.T, w *world) *tab {
	t.Helper()
	return c.open(t, w, c.ctx, chromedp.WithNewBrowserContext())
}

// scriptless is a visitor whose browser runs no scripts.
func (c *chrome) scriptless(t *testing.T, w *world) *tab {
	t.Helper()
	b := c.visitor(t, w)
	b.disableScripts()
	return b
}

func (b *tab) disableScripts() {
	b.t.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.plain = true
}

// tab opens another tab in the same browser.
func (b *tab) tab() *tab {
	b.t.Helper()
	other := b.chrome.open(b.t, b.world, b.ctx)
	if b.plain {
		other.disableScripts()
	}
	return other
}

func (c *chrome) open(t *testing.T, w *world, parent context.Context, options ...chromedp.ContextOption) *tab {
	t.Helper()
	b := &tab{t: t, world: w, chrome: c, shots: t.ArtifactDir()}
	ctx, cancel := chromedp.NewContext(parent, append(options, chromedp.WithListener(b.listen))...)
	b.ctx = ctx
	t.Cleanup(func() {
		b.close()
		cancel()
	})
	b.do()
	return b
}

// close reports what the browser complained of, and keeps a picture of what a
// failed test saw last (go test -artifacts).
func (b *tab) close() {
	b.mu.Lock()
	complaints := b.complaints
	b.mu.Unlock() // the browser goes on, and may wait for listen
	for _, complaint := range complaints {
		b.t.Errorf("the browser complains: %s", complaint)
	}
	if b.t.Failed() {
		b.shoot("failed")
	}
}

// listen collects what a page must not cause: breaches of its content security
// policy, failing assets, errors of scripts. Pages with a status of 4xx are
// errors to the browser, too; the tests look at them by themselves.
func (b *tab) listen(event any) {
	complaint := ""
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && (e.Entry.Source != log.EntrySourceNetwork || strings.Contains(e.Entry.URL, "/assets/")) {
			complaint = fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *network.EventLoadingFailed:
		if e.BlockedReason != "" {
			complaint = fmt.Sprintf("a %s was blocked: %s", e.Type, e.BlockedReason)
		}
	case *runtime.EventExceptionThrown:
		complaint = e.ExceptionDetails.Text
	}
	if complaint != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.complaints = append(b.complaints, complaint)
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	_, err := run(b.ctx, chromedp.Steps(steps...))
	b.check(err)
}

func (b *tab) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatalf("at %s: %v", b.address(), err)
	}
}

// run does not derive a context for a tab that is not open yet: the tab would
// end with it.
func run[T any](ctx context.Context, action chromedp.Action[T]) (T, error) {
	if chromedp.FromContext(ctx).Target == nil {
		return chromedp.Run(ctx, action)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, action)
}

// call sends a command of the browser's protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	result, err := run(b.ctx, func(ctx context.Context, target *chromedp.Target) (R, error) {
		return cdp.Call(ctx, target, command, params)
	})
	b.check(err)
	return result
}
