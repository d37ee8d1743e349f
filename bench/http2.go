package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// connector returns what opens a connection to the target.
func (t target) connector() (func() connection, error) {
	if t.Trusted == "" {
		return func() connection { return &http1{target: t} }, nil
	}
	trusted, err := os.ReadFile(t.Trusted)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(trusted) {
		return nil, errors.New("no certificate in " + t.Trusted)
	}
	config := &tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS13}
	if t.HTTP2 {
		return func() connection { return newHTTP2(t, config) }, nil
	}
	return func() connection { return &http1{target: t, tls: config} }, nil
}

// http2 is one connection of HTTP/2, by Go's own client.
type http2 struct {
	target  target
	client  *http.Transport
	headers http.Header
}

func newHTTP2(t target, config *tls.Config) *http2 {
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	c := &http2{target: t, client: &http.Transport{TLSClientConfig: config.Clone(), Protocols: protocols, DisableCompression: true}, headers: http.Header{}}
	for line := range strings.SplitSeq(strings.TrimSuffix(browserHeaders, "\r\n"), "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		c.headers[name] = []string{value}
	}
	return c
}

func (c *http2) dialled() int { return 0 } // it opens them anew by itself

func (c *http2) ask(v visitor) error {
	request, err := http.NewRequest(http.MethodGet, "https://"+c.target.Addr+c.target.Path, nil)
	if err != nil {
		return err
	}
	request.Host = c.target.Host
	for name, values := range c.headers {
		request.Header[name] = values
	}
	request.Header["Cookie"] = []string{v.cookies()}
	response, err := c.client.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.ProtoMajor != 2 {
		return fmt.Errorf("the answer is in %s", response.Proto)
	}
	if response.StatusCode != http.StatusOK || string(body) != v.Want {
		return &answerError{response.Status, string(body), v.Want}
	}
	return nil
}
