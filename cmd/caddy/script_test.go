package main

import (
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/frontdesk-gateway/frontdesk/internal/freeport"
)

// TestMain lets the scripts run this program as the command caddy.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"caddy": main})
}

// TestScripts runs the command line as operators do: every script in
// testdata/script, each in a folder of its own.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"ready": ready},
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("XDG_DATA_HOME", env.WorkDir+"/data")
			env.Setenv("XDG_CONFIG_HOME", env.WorkDir+"/config")
			for _, name := range []string{"PORT", "ADMIN_PORT", "ADMIN_PORT2"} {
				port, err := freeport.Choose()
				if err != nil {
					return err
				}
				env.Setenv(name, strconv.Itoa(port))
			}
			example, err := os.Getwd()
			if err != nil {
				return err
			}
			env.Setenv("EXAMPLE", example+"/../../Caddyfile.example")
			return nil
		},
	})
}

// ready waits until something listens at an address: ready HOST:PORT.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ready HOST:PORT")
	}
	const patience = 30 * time.Second
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", args[0])
		if err == nil {
			ts.Check(conn.Close())
			return
		}
		if time.Since(began) > patience {
			ts.Fatalf("nothing listens: %v", err)
		}
	}
}
