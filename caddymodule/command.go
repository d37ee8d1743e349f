package caddymodule

import (
	"fmt"

	"github.com/spf13/cobra"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
)

// What the commands print: results on standard output, in words; what went
// wrong on standard error, with what to do next. The exit status is 0 only
// when all was done.

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "frontdesk",
		Usage: "<command>",
		Short: "Manages the Frontdesk authentication gateway",
		Long: `
Manages the people, accounts and domains of the Frontdesk authentication
gateway, or shows what it does.

The commands speak to the running server through Caddy's admin endpoint, which
--address, --config or the environment variable CADDY_ADMIN name as for Caddy's
own commands. Where no server runs, --store names the file to open.`,
		CobraFunc: func(cmd *cobra.Command) {
			group(cmd)
			for _, subcommand := range []func() *cobra.Command{
				newDemoCommand, newImportCommand, newExportCommand, newContactCommand, newMemberCommand,
			} {
				cmd.AddCommand(subcommand())
			}
		},
	})
}

// takes refuses any other number of arguments, and shows how it is written.
func takes(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch n := len(args); {
		case n < least:
			return fmt.Errorf("an argument is missing: write %s", cmd.UseLine())
		case n > most:
			return fmt.Errorf("%q is one argument too many: write %s", args[most], cmd.UseLine())
		}
		return nil
	}
}

// group makes a command that only holds others: by itself it shows them, and
// one that it does not hold is an error.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return cmd
}
