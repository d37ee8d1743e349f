package gateway

import (
	"context"
	"errors"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// endFallen ends the sessions of members that do not stand by this configuration. They
// let nobody in while it holds; so that they do not come back either, when the tenant
// that they came from is listed again. Those of contacts rest on accounts: they end with
// the change of these, see [directory.Store].
func (g *Gateway) endFallen(ctx context.Context) error {
	for m, err := range g.store.Members(ctx) {
		if err != nil {
			return err
		}
		if err := g.endFallenOf(ctx, m.ID); err != nil {
			return err
		}
	}
	return nil
}

func (g *Gateway) endFallenOf(ctx context.Context, member string) error {
	all, err := g.store.SessionsOf(ctx, directory.KindMember, member)
	if err != nil {
		return err
	}
	var fallen []session.Key
	for _, s := range all {
		s, holder, err := g.store.Holder(ctx, s.Key) // with the member's links of the same moment
		if errors.Is(err, session.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if !g.stands(s, holder) {
			fallen = append(fallen, s.Key)
		}
	}
	return g.store.EndSessions(ctx, fallen...)
}
