package main

import (
	"bufio"
	"cmp"
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// machine is what results depend on beside the code.
type machine struct {
	processor string
	cores     int
	kernel    string
	golang    string // that built Caddy
	caddy     string
	commit    string
}

func aboutMachine(ctx context.Context, binary, source string) (machine, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return machine{}, fmt.Errorf("reading how %s was built: %w", binary, err)
	}
	m := machine{processor: cmp.Or(processor(), runtime.GOARCH), cores: runtime.NumCPU(), kernel: kernel(), golang: info.GoVersion, commit: commit(ctx, source)}
	for _, module := range info.Deps {
		if module.Path == "github.com/caddyserver/caddy/v2" {
			m.caddy = module.Version
		}
	}
	return m, nil
}

// processor is the name that Linux gives it; empty where it gives none.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if name, value, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func kernel() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return runtime.GOOS
	}
	return "Linux " + strings.TrimSpace(string(release))
}

// commit names the checkout's; empty where there is none.
func commit(ctx context.Context, source string) string {
	out, err := exec.CommandContext(ctx, "git", "-C", source, "describe", "--always", "--dirty").Output() // #nosec G204 -- the folder is named on the command line
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// machine describes where and of what the results are.
func (l *lab) machine() string {
	m := l.about
	text := fmt.Sprintf("%d × %s, %s, %s, Caddy %s, commit %s.", m.cores, m.processor, m.kernel, m.golang, m.caddy, m.commit)
	if l.quick {
		text += " A quick run, which proves nothing."
	}
	return text
}
