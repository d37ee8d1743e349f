package caddymodule

import (
	"bufio"
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
	cmd.AddCommand(newSetPasswordCommand(kind), newUnlinkCommand(kind))
	return cmd
}

func newSetPasswordCommand(kind directory.Kind) *cobra.Command {
	var at reach
	cmd := &cobra.Command{
		Use:   "set-password ID",
		Short: fmt.Sprintf("Sets the password of a %s's address", kind),
		Long: fmt.Sprintf(`
Sets the password that belongs to the address of the %s ID. On a terminal it is
asked for twice; otherwise it is the first line of standard input.`, kind),
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			plain, err := readPassword(cmd)
			if err != nil {
				return err
			}
			return setPassword(cmd, at, passwordRequest{Kind: kind, ID: args[0], Password: plain})
		},
	}
	at.addFlags(cmd)
	return cmd
}

func setPassword(cmd *cobra.Command, at reach, request passwordRequest) error {
	if at.store != "" {
		return at.onFile(func(d desk) error {
			if err := d.setPassword(contextOf(cmd), request.Kind, request.ID, request.Password); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), passwordDone(request.Kind, request.ID))
			return nil
		})
	}
	done, err := at.doJSON(adminPassword, request)
	if err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), done)
	return nil
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
