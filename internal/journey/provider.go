package journey

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// providerMethod signs in at an OpenID provider.
type providerMethod struct {
	*Service
	*provider.Provider
}

// start sends the browser to the provider.
func (m providerMethod) start(ctx context.Context, t turn) (Outcome, error) {
	state := t.journey.ID + "." + rand.Text()
	location, err := m.AuthCodeURL(ctx, m.request(t, state))
	if err != nil {
		m.Log.Error("a provider cannot be reached", "provider", m.Name(), "error", err)
		return m.giveUp(ctx, t, "notice.provider_unavailable")
	}
	j, err := m.update(ctx, t.journey, func(j *Journey) {
		j.Provider = &Provider{Name: m.Name(), Client: m.Client(), State: sha256.Sum256([]byte(state))}
	})
	return Outcome{Journey: j, Step: t.step, Location: location}, err
}

// answer starts again: the page of a provider has nothing to post but that.
func (m providerMethod) answer(ctx context.Context, t turn) (Outcome, error) { return m.start(ctx, t) }

// request is the authorization request of one state. Nonce and verifier are
// derived from the browser's secret: who has the state and the store, but not
// the cookie, can complete nothing (RFC 9700, 2.1).
func (m providerMethod) request(t turn, state string) provider.Request {
	return provider.Request{
		RedirectURI: t.visit.Origin.String() + m.Settings.Prefix + "/callback/" + m.Name(),
		State:       state,
		Nonce:       derive(t.visit.Browser, "nonce", state),
		Verifier:    derive(t.visit.Browser, "verifier", state),
		LoginHint:   string(t.journey.Address),
		// After a try that failed the provider would take the same account again.
		ChooseAccount: t.again || t.journey.Again,
		// Asked for on client for everybody: what is asked of the provider, and how long
		// that takes, is seen by people, and by the administrators of their tenants, and
		// must not tell a known address from a new one.
		WantProfile: t.step.Platform == directory.Client,
	}
}

func derive(secret session.Secret, purpose, state string) string {
	mac := derived(secret, purpose, state)
	return base64.RawURLEncoding.EncodeToString(mac[:])
}

// derived makes a secret for one purpose out of the browser's.
func derived(secret session.Secret, purpose, context string) session.Secret {
	mac := hmac.New(sha256.New, secret[:])
	mac.Write([]byte(purpose + "\x00" + context))
	return session.Secret(mac.Sum(nil))
}

// giveUp leaves the method, and has the page say why. The page is the choice
// of methods, even of one: nothing starts by itself again.
func (m providerMethod) giveUp(ctx context.Context, t turn, notice string) (Outcome, error) {
	j, err := m.update(ctx, t.journey, func(j *Journey) { j.Method, j.Provider, j.Notice = "", nil, notice })
	return Outcome{Journey: j, Location: m.Page(j, StepMethod)}, err
}

// Callback is what a provider's redirect brought to callback/NAME.
type Callback struct {
	Provider string
	State    string
	Response provider.Response
}

// Callback takes a provider's answer. It is good once, and only in the browser
// that was sent there (RFC 9700, 4.7). The error is ErrNotFound where it
// answers nothing that was asked, *OtherAddressError where the provider proved
// somebody else's address.
func (s *Service) Callback(ctx context.Context, v Visit, c Callback) (Outcome, error) {
	id, _, _ := strings.Cut(c.State, ".")
	t, err := s.open(ctx, v, id)
	if err != nil {
		return Outcome{Journey: t.journey}, err
	}
	asked := t.journey.Provider
	if t.journey, err = s.spendState(ctx, t.journey, c); err != nil {
		return Outcome{}, err
	}
	if t.step.Name != StepProve || t.journey.Method != c.Provider {
		return s.elsewhere(ctx, t)
	}
	out, err := providerMethod{s, s.Providers[c.Provider]}.complete(ctx, t, *asked, c)
	if errors.Is(err, errMoved) { // another tab was faster; a code is exchanged once
		return s.Load(ctx, v, id)
	}
	if err != nil || out.Location != "" {
		return out, err
	}
	return s.advance(ctx, v, out.Journey)
}

// spendState removes the authorization request that the callback answers.
func (s *Service) spendState(ctx context.Context, j Journey, c Callback) (Journey, error) {
	state := sha256.Sum256([]byte(c.State))
	if j.Provider == nil || j.Provider.Name != c.Provider || subtle.ConstantTimeCompare(state[:], j.Provider.State[:]) != 1 {
		return j, ErrNotFound
	}
	j, err := s.update(ctx, j, func(j *Journey) { j.Provider = nil })
	if errors.Is(err, errMoved) {
		return j, ErrNotFound
	}
	return j, err
}

// complete exchanges the code and judges what the provider vouches for. A code
// of the provider that had the name before a reload is sent to nobody (RFC 9700,
// 4.4: mix-up).
func (m providerMethod) complete(ctx context.Context, t turn, asked Provider, c Callback) (Outcome, error) {
	if asked.Client != m.Client() {
		m.failed(t, m.Name(), fmt.Sprintf("it was begun at %q, which is no longer what %s is", asked.Client, m.Name()))
		return m.giveUp(ctx, t, "notice.provider_failed")
	}
	identity, failed, err := m.exchange(ctx, t, m.request(t, c.State), c.Response)
	switch {
	case err != nil:
		return Outcome{}, err
	case errors.Is(failed, provider.ErrCancelled):
		return m.giveUp(ctx, t, "notice.provider_cancelled")
	case errors.Is(failed, provider.ErrUnavailable):
		m.Log.Error("a provider failed during a sign-in", "provider", m.Name(), "journey", t.journey.ID, "error", failed)
		return m.giveUp(ctx, t, "notice.provider_unavailable")
	case failed != nil:
		m.failed(t, m.Name(), failed.Error())
		return m.giveUp(ctx, t, "notice.provider_failed")
	}
	return m.judge(ctx, t, identity)
}

// exchange asks the provider. What it turns down stays counted: made-up codes
// would have it slow us down, and so everybody; and while it does, those who go on
// asking would have it do so for longer. failed is what its answer came to; err is
// where it was not asked, or that cannot be kept.
func (m providerMethod) exchange(ctx context.Context, t turn, r provider.Request, response provider.Response) (id provider.Identity, failed, err error) {
	subjects := m.asking(m.Name(), t.visit)
	if wait, err := m.Limits.Count(ctx, subjects...); wait > 0 || err != nil {
		return id, nil, cmp.Or(err, error(&TooManyError{Wait: wait, Back: m.Page(t.journey, StepMethod)}))
	}
	ctx = context.WithoutCancel(ctx) // what the provider was asked counts, whether or not the browser has left
	id, failed = m.Exchange(ctx, r, response)
	if errors.Is(failed, provider.ErrRejected) || errors.Is(failed, provider.ErrSlowed) {
		return id, failed, nil
	}
	return id, failed, m.Limits.Forgive(ctx, subjects...)
}

func (m providerMethod) judge(ctx context.Context, t turn, id provider.Identity) (Outcome, error) {
	typed := t.journey.Address
	proof := m.proof(t, m.Name())
	proof.Identity, proof.Tenant = directory.Identity{Issuer: id.Issuer, Subject: id.Subject}, id.Tenant
	proof.Vouched = slices.ContainsFunc(id.Verified, typed.Equal)
	proof.Claimed = proof.Vouched || slices.ContainsFunc(id.Claimed, typed.Equal)
	linked, err := m.Directory.Linked(ctx, m.Name(), proof.Identity)
	if err != nil {
		return Outcome{}, err
	}
	if known := slices.Concat(linked, id.Verified, id.Claimed); len(known) > 0 && m.isOther(t, proof, linked) {
		return Outcome{}, m.otherAddress(t, known[0])
	}
	with := t.journey
	with.Proofs = append(slices.Clone(with.Proofs), proof)
	facts, err := m.facts(ctx, with)
	if err != nil {
		return Outcome{}, err
	}
	if !facts.Adds(facts.holding(with.Proofs), t.step) {
		m.failed(t, m.Name(), fmt.Sprintf("the identity %q of tenant %q does not prove the address, and no emailed token can", id.Subject, id.Tenant))
		return m.giveUp(ctx, t, "notice.unverified")
	}
	return m.proved(ctx, t, proof, profileOf(id))
}

// isOther reports whether an identity is somebody else's than the address that
// was typed. Whom it is linked to it is, whatever the provider names. Linked to
// another address it may have this one besides where the provider vouches for
// it and somebody bears it; otherwise two people would become one, or one two.
func (m providerMethod) isOther(t turn, p session.Proof, linked []directory.Address) bool {
	switch {
	case slices.ContainsFunc(linked, t.journey.Address.Equal):
		return false
	case len(linked) > 0:
		return !p.Vouched || !t.facts.People.Known()
	}
	return !p.Claimed
}

// otherAddress ends the journey of an identity that has another address.
func (m providerMethod) otherAddress(t turn, proved directory.Address) error {
	m.failed(t, m.Name(), fmt.Sprintf("the provider proved another address: %q", proved))
	return &OtherAddressError{Typed: t.journey.Address, Proved: proved, Destination: t.journey.Destination}
}

func profileOf(id provider.Identity) Profile {
	p := Profile{GivenName: printable(id.GivenName), FamilyName: printable(id.FamilyName), Phone: printable(id.Phone), JobTitle: printable(id.JobTitle)}
	if p.GivenName == "" && p.FamilyName == "" {
		p.GivenName, p.FamilyName, _ = strings.Cut(printable(id.Name), " ")
	}
	return p
}
