package journey

import (
	"context"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// method is a sign-in method within a journey: what happens when it is chosen,
// and when its page is posted. The proving itself is the work of emailtoken,
// password and provider.
type method interface {
	start(ctx context.Context, t turn) (Outcome, error)
	answer(ctx context.Context, t turn) (Outcome, error)
}

func (s *Service) method(name string) method {
	switch name {
	case directory.MethodEmailToken:
		return tokenMethod{s}
	case directory.MethodPassword:
		return passwordMethod{s}
	}
	return providerMethod{s, s.Providers[name]}
}

// Label is the operator's name of a further provider; empty for all other
// methods, which the catalogue names.
func (s *Service) Label(method string) string {
	if p := s.Providers[method]; p != nil {
		return p.Label()
	}
	return ""
}

// startMethod takes up the method that was chosen, or is the only one.
func (s *Service) startMethod(ctx context.Context, t turn, name string) (Outcome, error) {
	t.again = t.journey.Notice != ""
	out, err := s.save(ctx, t, func(j *Journey) { j.Method, j.Provider = name, nil })
	if err != nil {
		return out, err
	}
	t.journey = out.Journey
	t.step.Name = StepProve
	return s.method(name).start(ctx, t)
}

// proof is one by a method, of now.
func (s *Service) proof(t turn, method string) session.Proof {
	return session.Proof{Method: method, Journey: t.journey.ID, At: s.Now().UTC()}
}

// proved keeps a proof of the address; the method is done.
func (s *Service) proved(ctx context.Context, t turn, proof session.Proof, profile Profile) (Outcome, error) {
	s.Log.Info("address proved", "address", t.journey.Address, "method", proof.Method, "platform", t.step.Platform, "client_ip", t.visit.ClientIP, "journey", t.journey.ID)
	return s.save(ctx, t, func(j *Journey) {
		j.Proofs = append(j.Proofs, proof)
		j.Method, j.Token, j.Provider = "", nil, nil
		if profile != (Profile{}) {
			j.Profile = profile
		}
	})
}

// failed logs an attempt that proved nothing.
func (s *Service) failed(t turn, method, why string) {
	s.Log.Warn("sign-in attempt failed", "address", t.journey.Address, "method", method, "why", why, "client_ip", t.visit.ClientIP, "journey", t.journey.ID)
}
