package caddymodule

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

func newContactCommand() *cobra.Command { return newPersonCommand(directory.KindContact) }
func newMemberCommand() *cobra.Command  { return newPersonCommand(directory.KindMember) }

func newPersonCommand(kind directory.Kind) *cobra.Command {
	cmd := group(&cobra.Command{Use: string(kind), Short: fmt.Sprintf("Manages one %s", kind)})
	cmd.AddCommand(newSetPasswordCommand(kind), newRequireChangeCommand(kind), newUnlinkCommand(kind))
	return cmd
}

func newSetPasswordCommand(kind directory.Kind) *cobra.Command {
	var at reach
	request := passwordRequest{Kind: kind}
	cmd := &cobra.Command{
		Use:   "set-password ID",
		Short: fmt.Sprintf("Sets the password of a %s's address", kind),
		Long: fmt.Sprintf(`
Sets the password that belongs to the address of the %s ID, and ends all
sessions of the address. On a terminal it is asked for twice; otherwise it is
the first line of standard input.`, kind),
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			request.ID = args[0]
			if request.Password, err = readPassword(cmd); err != nil {
				return err
			}
			return carryOut(cmd, at, adminPassword, request, telling(desk.setPassword))
		},
	}
	cmd.Flags().BoolVar(&request.RequireChange, "require-change", false, "Have it changed at the next sign-in by it")
	at.addFlags(cmd)
	return cmd
}

func newRequireChangeCommand(kind directory.Kind) *cobra.Command {
	var at reach
	cmd := &cobra.Command{
		Use:   "require-password-change ID",
		Short: fmt.Sprintf("Has a %s choose another password at the next sign-in", kind),
		Long: fmt.Sprintf(`
Has the %s ID choose another password right after the next sign-in by the
present one. Sessions go on, and so does signing in by other methods.`, kind),
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return carryOut(cmd, at, adminRequire, passwordRequest{Kind: kind, ID: args[0]}, telling(desk.requirePasswordChange))
		},
	}
	at.addFlags(cmd)
	return cmd
}

// telling has what was done about a password said.
func telling(do func(desk, context.Context, passwordRequest) error) func(desk, context.Context, passwordRequest) (string, error) {
	return func(d desk, ctx context.Context, request passwordRequest) (string, error) {
		return request.done(), do(d, ctx, request)
	}
}

// readPassword asks twice on a terminal, and takes one line otherwise.
func readPassword(cmd *cobra.Command) (string, error) {
	if in, ok := cmd.InOrStdin().(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		return askPassword(cmd, func() ([]byte, error) { return term.ReadPassword(int(in.Fd())) })
	}
	return firstLine(cmd.InOrStdin())
}

func askPassword(cmd *cobra.Command, read func() ([]byte, error)) (string, error) {
	ask := func(prompt string) (string, error) {
		fmt.Fprint(cmd.ErrOrStderr(), prompt)
		typed, err := read()
		fmt.Fprintln(cmd.ErrOrStderr())
		return string(typed), err
	}
	first, err := ask("New password: ")
	if err != nil {
		return "", err
	}
	second, err := ask("Once more: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("the two do not match: nothing was changed")
	}
	return first, nil
}

// maxLine bounds the line that holds a password, in bytes.
const maxLine = 4 << 10

func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxLine)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading the password from standard input: %w", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errors.New("standard input holds no password: write it as the first line")
	}
	return line, nil
}
