package caddymodule

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/bolt"
)

// reach is where a command finds the directory: the running server, or the
// file that --store names.
type reach struct {
	address, config, adapter, store string
}

func (r *reach) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.address, "address", "", "Address of the admin endpoint of the running Caddy")
	cmd.Flags().StringVarP(&r.config, "config", "c", "", "Configuration file that names the admin endpoint")
	cmd.Flags().StringVarP(&r.adapter, "adapter", "a", "", "Name of the config adapter for --config")
	cmd.Flags().StringVar(&r.store, "store", "", "The store's file, where no Caddy runs that uses it")
}

// onFile works on the file that --store names.
func (r *reach) onFile(work func(desk) error) error {
	if _, err := os.Stat(r.store); err != nil {
		return fmt.Errorf("opening the store: %w\nHint: --store names the file of the option store; the server makes it at its first start, and import does", err)
	}
	return r.onAnyFile(work)
}

// onAnyFile is onFile, and makes a store that is not there.
func (r *reach) onAnyFile(work func(desk) error) error {
	s, err := bolt.Open(r.store, bolt.Options{})
	if errors.Is(err, store.ErrLocked) {
		return fmt.Errorf("%w\nHint: leave --store out to work through the running server", err)
	}
	if err != nil {
		return err
	}
	return errors.Join(work(desk{store: s, folder: filepath.Dir(r.store)}), s.Close())
}

const dialTimeout = 5 * time.Second

// ask sends a request to the running server.
func (r *reach) ask(method, path string, query url.Values, body io.Reader) (*http.Response, error) {
	address, err := caddycmd.DetermineAdminAPIAddress(r.address, nil, r.config, r.adapter)
	if err != nil {
		return nil, err
	}
	if err := r.dial(address); err != nil {
		return nil, fmt.Errorf("no Caddy answers at its admin endpoint %s: %w\nHint: start it, say where it is with --address or --config, or name the file with --store", address, err)
	}
	response, err := caddycmd.AdminAPIRequest(address, method, path+"?"+query.Encode(), http.Header{}, body)
	if err != nil {
		return nil, fmt.Errorf("asking the running Caddy: %w\nHint: is it built with Frontdesk, and is the global option frontdesk in its configuration?", err)
	}
	return response, nil
}

// dial tells a server that is not there from one that refuses.
func (r *reach) dial(address string) error {
	parsed, err := caddy.ParseNetworkAddress(address)
	if err != nil {
		return err
	}
	conn, err := net.DialTimeout(parsed.Network, parsed.JoinHostPort(0), dialTimeout)
	if err != nil {
		return err
	}
	return conn.Close()
}

// do sends a request and returns what was done, or the problem as an error.
func (r *reach) do(path string, query url.Values, body io.Reader) (string, error) {
	response, err := r.ask(http.MethodPost, path, query, body)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var answer adminAnswer
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return "", fmt.Errorf("reading the answer of the running Caddy: %w", err)
	}
	if answer.Problem != "" {
		return "", errors.New(answer.Problem)
	}
	return answer.Done, nil
}

func (r *reach) doJSON(path string, request any) (string, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return "", err
	}
	return r.do(path, nil, bytes.NewReader(body))
}

// carryOut has a request carried out, by the running server's route or by do on
// the file that --store names, and prints what was done.
func carryOut[R any](cmd *cobra.Command, at reach, route string, request R, do func(desk, context.Context, R) (done string, err error)) error {
	say := func(done string, err error) error {
		if err == nil {
			fmt.Fprintln(cmd.OutOrStdout(), done)
		}
		return err
	}
	if at.store == "" {
		return say(at.doJSON(route, request))
	}
	return at.onFile(func(d desk) error { return say(do(d, contextOf(cmd), request)) })
}

// contextOf is the command's context; it ends with an interrupt.
func contextOf(cmd *cobra.Command) context.Context {
	if ctx := cmd.Context(); ctx != nil {
		return ctx
	}
	return context.Background()
}
