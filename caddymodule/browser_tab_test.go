package caddymodule

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// navigate does what leads to another page, and waits until that is loaded.
func (b *tab) navigate(steps ...chromedp.Action[chromedp.Void]) *tab {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, steps...)
	b.check(err)
	if response == nil {
		b.t.Fatalf("at %s: no document was loaded", b.address())
	}
	b.status = int(response.Status)
	return b
}

// visit types an address into the address bar.
func (b *tab) visit(address string) *tab {
	b.t.Helper()
	return b.navigate(chromedp.Navigate(address))
}

// back presses the back button.
func (b *tab) back() *tab {
	b.t.Helper()
	return b.navigate(chromedp.NavigateBack())
}

// click clicks what a selector finds, which leads to another page.
func (b *tab) click(selector string) *tab {
	b.t.Helper()
	return b.navigate(chromedp.Click(chromedp.CSS(selector)))
}

// button is the selector of a button by its name and value.
func button(name, value string) string {
	return fmt.Sprintf(`button[name="%s"][value="%s"]`, name, value)
}

// choose presses the button with a name and value.
func (b *tab) choose(name, value string) *tab {
	b.t.Helper()
	return b.click(button(name, value))
}

// submit presses the main button of the page.
func (b *tab) submit() *tab {
	b.t.Helper()
	return b.click("main form .main")
}

// fill types a value into a field, in place of what it holds.
func (b *tab) fill(name, value string) *tab {
	b.t.Helper()
	field := fmt.Sprintf(`input[name="%s"]`, name)
	b.do(chromedp.WaitVisible(chromedp.CSS(field)), chromedp.Focus(chromedp.CSS(field)))
	eval[chromedp.Void](b, fmt.Sprintf("document.querySelector(%q).select()", field))
	b.do(chromedp.KeyEvent(cmp.Or(value, kb.Delete)))
	return b
}

// value is what a field holds.
func (b *tab) value(name string) string {
	b.t.Helper()
	return eval[string](b, fmt.Sprintf(`document.querySelector('input[name="%s"]').value`, name))
}

// has reports whether a selector finds anything.
func (b *tab) has(selector string) bool {
	b.t.Helper()
	return eval[bool](b, fmt.Sprintf("document.querySelector(%q) !== null", selector))
}

// text is what the page shows.
func (b *tab) text() string {
	b.t.Helper()
	return eval[string](b, "document.body.innerText")
}

// address is that of the page on show.
func (b *tab) address() string {
	address, err := run(b.ctx, chromedp.Location())
	if err != nil {
		return "(no address: " + err.Error() + ")"
	}
	return address
}

// eval is the test's own look into the page; no page needs a script.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	value, err := run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	b.check(err)
	return value
}

// wants fails the test where the page has another status or lacks a text.
func (b *tab) wants(status int, texts ...string) *tab {
	b.t.Helper()
	shown := b.text()
	if b.status != status {
		b.t.Fatalf("%s: status %d, want %d\n%s", b.address(), b.status, status, shown)
	}
	for _, text := range texts {
		if !strings.Contains(shown, text) {
			b.t.Fatalf("%s: no %q in\n%s", b.address(), text, shown)
		}
	}
	return b
}

// lacks fails the test where the page shows one of the texts.
func (b *tab) lacks(texts ...string) *tab {
	b.t.Helper()
	shown := b.text()
	for _, text := range texts {
		if strings.Contains(shown, text) {
			b.t.Fatalf("%s: %q should not be in\n%s", b.address(), text, shown)
		}
	}
	return b
}

// at fails the test where the tab is at another address.
func (b *tab) at(address string) *tab {
	b.t.Helper()
	if got := b.address(); got != address {
		b.t.Fatalf("landed at %s, want %s\n%s", got, address, b.text())
	}
	return b
}

// shoot keeps a picture of the page (go test -artifacts).
func (b *tab) shoot(name string) {
	b.t.Helper()
	picture, err := run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(b.shots, name+".png"), picture, 0o600)
	}
	if err != nil {
		b.t.Logf("a picture of the page: %v", err)
	}
}
