// Command bench measures what Frontdesk costs: next to bare Caddy, under load,
// and by the size of the directory. docs/performance.md says how it goes about
// it, how it is run, and what came of it.
//
// What is measured runs in processes of its own: this program again, in a role
// (see role.go), and Caddy.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// part answers one question.
type part struct {
	name     string
	question string
	measure  func(context.Context, *lab) ([]table, error)
}

// parts are in the order of the targets in docs/performance.md.
var parts = []part{
	{"cpu", "What does a signed-in request cost?", measureCPU},
	{"collector", "What do settings of the garbage collector gain?", measureCollector},
	{"throughput", "How many requests are answered, and how fast?", measureThroughput},
	{"directory", "What does it cost by the size of the directory?", measureDirectory},
	{"sessions", "What do many live sessions cost?", measureSessions},
	{"signin", "How many sign in at once, and who waits meanwhile?", measureSignIn},
	{"reload", "What does a start take, and a reload?", measureReload},
}

// options are the flags.
type options struct {
	parts  string
	quick  bool
	huge   bool
	source string
	caddy  string
	folder string
	out    string
	traces string
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == roleArgument {
		os.Exit(play(os.Args[2]))
	}
	var o options
	flag.StringVar(&o.parts, "part", "", "Parts to run, separated by commas: "+strings.Join(partNames(), ", ")+" (default: all)")
	flag.BoolVar(&o.quick, "quick", false, "Few requests and small directories: to see that it works, not to learn from")
	flag.BoolVar(&o.huge, "huge", false, "Measure a directory of 10,000,000 contacts, too")
	flag.StringVar(&o.source, "source", "..", "Folder of the checkout whose Caddy is measured")
	flag.StringVar(&o.caddy, "caddy", "", "A Caddy with Frontdesk that is built already, instead")
	flag.StringVar(&o.folder, "folder", os.TempDir(), "Folder for stores: on the kind of disk that is to be measured")
	flag.StringVar(&o.out, "out", "", "Markdown file to put the results into, between its markers")
	flag.StringVar(&o.traces, "profile", "", "Existing folder to put profiles of each Caddy of part cpu into, for go tool pprof")
	flag.Parse()
	ctx, release := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer release()
	if err := run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func partNames() (names []string) {
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

// choose returns the parts that are named.
func choose(names string) ([]part, error) {
	if names == "" {
		return parts, nil
	}
	var chosen []part
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(parts, func(p part) bool { return p.name == name })
		if i < 0 {
			return nil, fmt.Errorf("-part: unknown part %q: write %s", name, strings.Join(partNames(), ", "))
		}
		chosen = append(chosen, parts[i])
	}
	return chosen, nil
}

// run measures the chosen parts, and writes each table as soon as it is there.
func run(ctx context.Context, stdout io.Writer, o options) (err error) {
	chosen, err := choose(o.parts)
	if err != nil {
		return err
	}
	l, err := openLab(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	for _, p := range chosen {
		fmt.Fprintf(stdout, "## %s\n\n", p.heading())
		tables, err := p.measure(ctx, l)
		if err != nil {
			return fmt.Errorf("part %s: %w", p.name, err)
		}
		text := l.results(tables)
		fmt.Fprintln(stdout, text)
		if o.out == "" {
			continue
		}
		if err := putResults(o.out, p.name, text); err != nil {
			return err
		}
	}
	return nil
}

func (p part) heading() string { return p.name + ": " + p.question }
