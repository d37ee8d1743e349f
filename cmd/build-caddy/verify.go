package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
)

// builtModule is one entry of caddy list-modules --json.
type builtModule struct {
	Name    string `json:"module_name"`
	Package string `json:"package_url"`
}

// runsHere reports whether the binary was built for this machine.
func (b *builder) runsHere(ctx context.Context) (bool, error) {
	target, err := b.output(ctx, "env", "GOOS", "GOARCH")
	return target == runtime.GOOS+"\n"+runtime.GOARCH, err
}

// pluginModules asks the binary for the modules that are not Caddy's own.
func pluginModules(ctx context.Context, binary string) ([]builtModule, error) {
	out, err := exec.CommandContext(ctx, binary, "list-modules", "--skip-standard", "--json").Output()
	if err != nil {
		return nil, fmt.Errorf("%s list-modules: %w", binary, err)
	}
	var modules []builtModule
	if err := json.Unmarshal(out, &modules); err != nil {
		return nil, fmt.Errorf("reading what %s list-modules says: %w", binary, err)
	}
	return modules, nil
}

// missing returns the plugins that have registered nothing.
func missing(plugins []Plugin, modules []builtModule) []string {
	registered := map[string]bool{}
	for _, m := range modules {
		registered[m.Package] = true
	}
	var out []string
	for _, p := range plugins {
		if !registered[p.Module] {
			out = append(out, p.importPath())
		}
	}
	return out
}

// checkMissing is the error for plugins that are not in the binary.
func checkMissing(plugins []Plugin, modules []builtModule) error {
	if lost := missing(plugins, modules); lost != nil {
		return fmt.Errorf("built, but these plugins registered no Caddy module: %s; name the package that does with package = \"...\"",
			strings.Join(lost, ", "))
	}
	return nil
}
