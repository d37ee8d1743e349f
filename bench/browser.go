package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// browser is one without scripts: it keeps cookies and posts forms.
type browser struct {
	origin string
	client *http.Client
}

// page is an answer that was read whole.
type page struct {
	*http.Response
	body string
}

func newBrowser(origin string) (*browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{}
	transport := &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS13}, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		return dialer.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port)) // everything below localhost
	}}
	return &browser{origin, &http.Client{Jar: jar, Transport: transport, Timeout: time.Minute}}, nil
}

func (b *browser) get(ctx context.Context, path string) (page, error) {
	return b.do(ctx, http.MethodGet, b.origin+path, nil)
}

// post answers the form of a page: its hidden fields, and one more.
func (b *browser) post(ctx context.Context, from page, step, field, value string) (page, error) {
	token := formToken.FindStringSubmatch(from.body)
	if token == nil {
		return from, fmt.Errorf("%s answered %s without a form:\n%s", from.Request.URL, from.Status, from.body)
	}
	return b.do(ctx, http.MethodPost, from.Request.URL.String(), url.Values{"form_token": {token[1]}, "step": {step}, field: {value}})
}

var formToken = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

func (b *browser) do(ctx context.Context, method, address string, form url.Values) (page, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return page{}, err
	}
	r.Header.Set("Accept", "text/html")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", b.origin)
	}
	response, err := b.client.Do(r)
	if err != nil {
		return page{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return page{response, string(body)}, err
}

// close lets go of its connections.
func (b *browser) close() { b.client.CloseIdleConnections() }

// signIn goes the whole way, to the portal. proof tells the field of the proof
// and what to write into it.
func (b *browser) signIn(ctx context.Context, email, method string, proof func() (field, value string, err error)) error {
	p, err := b.untilProof(ctx, email, method)
	if err != nil {
		return err
	}
	field, value, err := proof()
	if err != nil {
		return err
	}
	if p, err = b.post(ctx, p, "prove", field, value); err != nil {
		return err
	}
	p, err = b.post(ctx, p, "stay", "stay", "no")
	if account := accountChoice.FindStringSubmatch(p.body); err == nil && account != nil {
		p, err = b.post(ctx, p, "account", "account", account[1])
	}
	return arrived(p, err)
}

// accountChoice finds the first account that a page offers.
var accountChoice = regexp.MustCompile(`name="account" value="([^"]+)"`)

// untilProof goes as far as the page that asks for the proof.
func (b *browser) untilProof(ctx context.Context, email, method string) (page, error) {
	p, err := b.get(ctx, "/")
	if err != nil {
		return p, err
	}
	p, err = b.post(ctx, p, "email", "email", email)
	if err != nil || !strings.Contains(p.body, `name="method"`) {
		return p, err // one method alone is used at once
	}
	return b.post(ctx, p, "method", "method", method)
}

// arrived returns an error where a page is not the portal's.
func arrived(p page, err error) error {
	if err == nil && !strings.HasPrefix(p.body, "user=") {
		return fmt.Errorf("%s answered %s instead of the portal:\n%s", p.Request.URL, p.Status, p.body)
	}
	return err
}

// sessionCookie is the cookie of the session, as a browser sends it.
func (b *browser) sessionCookie() (string, error) {
	origin, err := url.Parse(b.origin)
	if err != nil {
		return "", err
	}
	for _, cookie := range b.client.Jar.Cookies(origin) {
		if strings.HasSuffix(cookie.Name, "frontdesk") {
			return cookie.Name + "=" + cookie.Value, nil
		}
	}
	return "", fmt.Errorf("%s set no cookie of a session", b.origin)
}
