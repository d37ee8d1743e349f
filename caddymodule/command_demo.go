package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/spf13/cobra"

	"github.com/frontdesk-gateway/frontdesk/internal/demo"
)

const demoHelp = `
Runs the whole of Frontdesk on this machine, with nothing to prepare: three
sample portals that show what they receive, sample people for every step of
signing in, an outbox page that takes all mail, and a stand-in for Microsoft.
The page it prints the address of lists them all.

Only this machine can reach it, unless --listen says otherwise. People and
sessions are gone when it ends, unless --store names a file to keep them in;
the sample people are written into that file at each start.

In a container publish the port and the one after it, and listen on all
addresses:

	$ docker run -p 8080-8081:8080-8081 IMAGE caddy frontdesk demo --listen 0.0.0.0`

// newDemoCommand makes `caddy frontdesk demo`.
func newDemoCommand() *cobra.Command {
	var o demo.Options
	cmd := &cobra.Command{
		Use:     "demo [--port <port>] [--store <file>] [--listen <address>] [--admin <address>] [--debug]",
		Short:   "Runs sample portals, people, mail and Microsoft sign-in on this machine",
		Long:    demoHelp,
		Example: "  $ caddy frontdesk demo\n  $ caddy frontdesk demo --port 9090 --store demo.db",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runDemo(contextOf(cmd), cmd.OutOrStdout(), o) },
	}
	flags := cmd.Flags()
	flags.IntVarP(&o.Port, "port", "p", 8080, "Port of all sites; 0 takes a free one")
	flags.StringVar(&o.Listen, "listen", "", "Address to listen on: 0.0.0.0 inside a container (default: loopback)")
	flags.StringVar(&o.StorePath, "store", "", "File that keeps people and sessions")
	flags.StringVar(&o.Admin, "admin", "", "Address of Caddy's admin endpoint, for the other commands (default: none)")
	flags.BoolVar(&o.Debug, "debug", false, "Log everything instead of warnings and errors")
	return cmd
}

// runDemo runs the demo until a signal, or the end of ctx, and writes to out
// where to find it.
func runDemo(ctx context.Context, out io.Writer, o demo.Options) error {
	ctx, release := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer release()
	running, stop, err := startDemo(ctx, o)
	if err != nil {
		return err
	}
	announce(out, running, o)
	<-ctx.Done()
	release() // a second signal does not wait
	fmt.Fprintln(out, "Stopping.")
	return stop()
}

func announce(out io.Writer, running *demo.Demo, o demo.Options) {
	fmt.Fprintf(out, "\nThe Frontdesk demo is running. Open\n\n    %s\n\nAll people in it are invented, and no mail leaves this machine.\n", running.Start)
	if o.Listen != "" && o.Listen != "127.0.0.1" {
		fmt.Fprintf(out, "WARNING: it listens on %s: others who reach this machine can read its mails.\n", o.Listen)
	}
	fmt.Fprint(out, "Press Ctrl+C to stop.\n\n")
}

// startDemo starts everything, Caddy in this process included. stop ends it and
// removes what is temporary.
func startDemo(ctx context.Context, o demo.Options) (running *demo.Demo, stop func() error, err error) {
	running, err = demo.Start(ctx, o)
	var port *demo.PortError
	if errors.As(err, &port) {
		return nil, nil, fmt.Errorf("starting the demo: %w\nHint: choose another port with --port", err)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("starting the demo: %w", err)
	}
	if err := runCaddyfile(running.Caddyfile()); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("starting the demo: %w", err), running.Close())
	}
	return running, func() error { return errors.Join(caddy.Stop(), running.Close()) }, nil
}

// runCaddyfile runs a configuration in place of the current one, if any.
func runCaddyfile(text []byte) error {
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(text, map[string]any{"filename": "Caddyfile"})
	if err != nil {
		return fmt.Errorf("adapting its Caddyfile: %w", err)
	}
	return caddy.Load(config, true)
}
