package provider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/go-jose/go-jose/v4/json"
)

// boundedClient is a client for one provider: a copy of the given one with a
// time limit, no cookies and no redirects to other origins.
func boundedClient(base *http.Client) *http.Client {
	client := &http.Client{Timeout: requestTimeout, CheckRedirect: sameOrigin}
	if base != nil {
		client.Transport = base.Transport
		if base.Timeout > 0 && base.Timeout < requestTimeout {
			client.Timeout = base.Timeout
		}
	}
	return client
}

// sameOrigin follows few redirects, and none that leaves the origin.
func sameOrigin(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	if len(via) > 3 || req.URL.Scheme != first.Scheme || req.URL.Host != first.Host {
		return errors.New("redirect refused")
	}
	return nil
}

// getJSON reads one JSON document of at most [maxDocument] bytes into v. Names
// are compared exactly and may not stand twice (what go-jose's reader is for).
// A bearer token is sent if there is one.
func (p *Provider) getJSON(ctx context.Context, url, bearer string, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("getting %s: status %d", url, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxDocument+1))
	if err != nil {
		return fmt.Errorf("reading %s: %w", url, err)
	}
	if len(body) > maxDocument {
		return fmt.Errorf("reading %s: more than %d bytes", url, maxDocument)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("reading %s: %w", url, err)
	}
	return nil
}
