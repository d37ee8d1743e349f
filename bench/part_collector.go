package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// collectors are settings of the garbage collector: Go's own, and some that
// trade memory for time within a bound.
var collectors = [][]string{
	defaultGC,
	{"GOGC=200", "GOMEMLIMIT=off"},
	{"GOGC=400", "GOMEMLIMIT=128MiB"},
	{"GOGC=400", "GOMEMLIMIT=256MiB"},
	{"GOGC=off", "GOMEMLIMIT=256MiB"},
}

// measureCollector compares settings of the garbage collector by the processor
// time of a signed-in request and by the memory they take.
func measureCollector(ctx context.Context, l *lab) (_ []table, err error) {
	s, err := l.newStage(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	c := &comparison{stage: s}
	for _, gc := range collectors {
		v, err := l.gatewayVariant(ctx, "frontdesk, all headers", len(identity.HeaderNames)-1)
		if err != nil {
			return nil, err
		}
		if err := c.add(ctx, v, gc); err != nil {
			return nil, err
		}
	}
	if err := c.signIn(ctx); err != nil {
		return nil, err
	}
	if err := c.rounds(l.rounds, l.requests); err != nil {
		return nil, err
	}
	t, err := c.collectorTable(fmt.Sprintf("Frontdesk with all headers, by settings of the garbage collector: %d rounds of %d requests on %d connections.",
		l.rounds, l.requests, cpuConnections))
	return []table{t}, err
}

func (c *comparison) collectorTable(title string) (table, error) {
	t := table{title: title, columns: []string{"settings", "µs per request", "times Go's own", "most resident memory, MiB"},
		note: "Resident memory counts the pages of the program and of the store's file that are mapped, too."}
	for i, v := range c.variants {
		resident, err := mostResident(v.server.cmd.Process.Pid)
		if err != nil {
			return t, err
		}
		t.add(strings.Join(collectors[i], " "), spreadOf(v.micros).show(1), spreadOf(ratios(v.micros, c.variants[0].micros)).show(3), fmt.Sprintf("%.0f", resident))
	}
	return t, nil
}

// mostResident is the most memory of a process that was resident at once, in
// MiB (VmHWM of proc_pid_status(5)).
func mostResident(pid int) (float64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if value, found := strings.CutPrefix(lines.Text(), "VmHWM:"); found {
			kib, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status says nothing of VmHWM", pid)
}
