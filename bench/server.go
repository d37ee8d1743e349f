package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/freeport"
)

// host is that of every site. Everything below localhost is this machine.
const host = "client.localhost"

// server is a Caddy in a process of its own.
type server struct {
	site
	origin string
	addr   string // where it listens
	folder string
	cmd    *exec.Cmd
	ended  chan error    // what its process ended by
	ready  time.Duration // from its start until it answered
}

// defaultGC has the garbage collector run as Go has it by itself, whatever the
// environment says. Caddy leaves a memory limit alone that is set.
var defaultGC = []string{"GOGC=100", "GOMEMLIMIT=off"}

// address is where a server is to be.
type address struct {
	port   int
	origin string
}

func newAddress(secure bool) (address, error) {
	port, err := freeport.Choose()
	scheme := "http"
	if secure {
		scheme = "https"
	}
	return address{port, fmt.Sprintf("%s://%s:%d", scheme, host, port)}, err
}

// serveAt starts Caddy, and waits until it answers. gc are the variables of the
// environment that govern its memory.
func (l *lab) serveAt(ctx context.Context, at address, s site, portal string, gc []string) (*server, error) {
	v := &server{site: s, origin: at.origin, addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(at.port)), folder: l.place("caddy")}
	if err := v.prepare(portal); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(v.folder, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	v.cmd = exec.CommandContext(ctx, l.caddy, "run", "--config", v.caddyfilePath(), "--adapter", "caddyfile") // #nosec G204 -- the binary under test
	v.cmd.Env = append(slices.Clone(gc), "HOME="+v.folder, "XDG_DATA_HOME="+v.folder, "XDG_CONFIG_HOME="+v.folder, "PATH="+os.Getenv("PATH"))
	v.cmd.Stdout, v.cmd.Stderr = log, log
	begun := time.Now()
	if err := v.cmd.Start(); err != nil {
		return nil, err
	}
	v.ended = make(chan error, 1)
	go func() { v.ended <- v.cmd.Wait() }()
	if err := v.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, v.cmd.Process.Kill())
	}
	v.ready = time.Since(begun)
	return v, nil
}

func (v *server) caddyfilePath() string { return filepath.Join(v.folder, "Caddyfile") }

// prepare writes what the configuration takes.
func (v *server) prepare(portal string) error {
	if err := os.MkdirAll(v.folder, 0o700); err != nil {
		return err
	}
	if v.secure {
		if err := writeCertificate(v.folder); err != nil {
			return err
		}
	}
	text, err := v.caddyfile(v.origin, portal, v.folder)
	if err != nil {
		return err
	}
	return os.WriteFile(v.caddyfilePath(), []byte(text), 0o600)
}

// Bounds of a start.
const (
	lookEvery = 2 * time.Millisecond
	startTime = time.Minute
)

// awaitReady waits until it takes connections, which is after everything of the
// configuration was started.
func (v *server) awaitReady(ctx context.Context) error {
	late := time.After(startTime)
	for {
		conn, err := net.Dial("tcp", v.addr)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-time.After(lookEvery):
		case err := <-v.ended:
			v.ended <- err
			return v.failed("starting", err)
		case <-late:
			return v.failed("starting", errors.New("it does not listen"))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// failed is an error with what Caddy said of it.
func (v *server) failed(doing string, err error) error {
	log, unread := os.ReadFile(filepath.Join(v.folder, "log"))
	return errors.Join(fmt.Errorf("%s Caddy for %s: %w\n%s", doing, v.name, err, log), unread)
}

// cpu is the processor time that it has used.
func (v *server) cpu() (time.Duration, error) { return cpuTime(v.cmd.Process.Pid) }

// close ends it as an operator would, and tells of an exit that was none.
func (v *server) close() error {
	if err := v.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := <-v.ended; err != nil {
		return v.failed("ending", err)
	}
	return nil
}

// target asks for a path, by visitors.
func (v *server) target(path, basic string, visitors ...visitor) target {
	t := target{Addr: v.addr, Host: v.origin[len("http://"):], Path: path, Basic: basic, Visitors: visitors}
	if v.secure {
		t.Host, t.Trusted = v.origin[len("https://"):], filepath.Join(v.folder, "certificate.pem")
	}
	return t
}
