package caddymodule

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

func newUnlinkCommand(kind directory.Kind) *cobra.Command {
	var at reach
	cmd := &cobra.Command{
		Use:   "unlink ID [PROVIDER]",
		Short: fmt.Sprintf("Unlinks a %s from its identity at a provider", kind),
		Long: fmt.Sprintf(`
Unlinks the %s ID from the identity at PROVIDER (microsoft, or the name of
another one) that it was linked to when it first signed in there; without
PROVIDER, from those at all providers. Its sessions that rest on them end. The
next identity that proves the address is linked: that is what to do when an
address was given to a new person.`, kind),
		Args: takes(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			request := unlinkRequest{Kind: kind, ID: args[0]}
			if len(args) == 2 {
				request.Provider = args[1]
			}
			return carryOut(cmd, at, adminUnlink, request, func(d desk, ctx context.Context, request unlinkRequest) (string, error) {
				result, err := d.unlink(ctx, request)
				return result.done(), err
			})
		},
	}
	at.addFlags(cmd)
	return cmd
}
