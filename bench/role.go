package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// roleArgument has this program play a role instead of measuring: portal, load
// and the like, each in a process of its own, so that the system's accounting
// tells their work from Caddy's.
const roleArgument = "role"

// roles by name. A role answers each JSON value of in with one on out, and ends
// with in.
var roles = map[string]func(in *json.Decoder, out *json.Encoder) error{
	"portal":   playPortal,
	"verifier": playVerifier,
	"load":     playLoad,
	"import":   playImport,
	"operate":  playOperate,
	"sessions": playSessions,
	"signin":   playSignIn,
	"hash":     playHash,
}

// play returns the exit status.
func play(name string) int {
	role, known := roles[name]
	if !known {
		fmt.Fprintf(os.Stderr, "unknown role %q\n", name)
		return 2
	}
	err := role(json.NewDecoder(bufio.NewReader(os.Stdin)), json.NewEncoder(os.Stdout))
	if err != nil && !errors.Is(err, io.EOF) {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		return 1
	}
	return 0
}

// actor is a process that plays a role.
type actor struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *json.Decoder
}

// engage starts a role. It ends with close, or with this process.
func engage(ctx context.Context, name string) (*actor, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	a := &actor{name: name, cmd: exec.CommandContext(ctx, self, roleArgument, name)} // #nosec G204 -- this program itself
	a.cmd.Stderr = os.Stderr
	if a.in, err = a.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := a.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	a.out = json.NewDecoder(bufio.NewReader(out))
	return a, a.cmd.Start()
}

// ask sends a question and waits for the answer.
func (a *actor) ask(question, answer any) error {
	if err := a.tell(question); err != nil {
		return err
	}
	return a.hear(answer)
}

// tell sends a question, whose answer is heard later.
func (a *actor) tell(question any) error {
	if err := json.NewEncoder(a.in).Encode(question); err != nil {
		return fmt.Errorf("asking %s: %w", a.name, err)
	}
	return nil
}

// hear waits for what the role says.
func (a *actor) hear(answer any) error {
	if err := a.out.Decode(answer); err != nil {
		return fmt.Errorf("listening to %s: %w", a.name, err)
	}
	return nil
}

func (a *actor) close() error {
	if err := a.in.Close(); err != nil {
		return err
	}
	return a.cmd.Wait()
}
