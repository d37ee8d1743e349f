package journey_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
)

// counting counts the requests that reach a provider.
type counting struct {
	http.RoundTripper
	n *atomic.Int32
}

func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost {
		c.n.Add(1)
	}
	return c.RoundTripper.RoundTrip(r)
}

// TestProviderReplacedByReload: who is at a provider while the name goes to
// another, or to another client there, does not come back as anybody, and the
// code they bring is sent to nobody. A reload that changes something else
// disturbs nobody.
func TestProviderReplacedByReload(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*provider.Config)
		good   bool
	}{
		"nothing":       {func(*provider.Config) {}, true},
		"the label":     {func(c *provider.Config) { c.Label = "Entra" }, true},
		"the client":    {func(c *provider.Config) { c.ClientID = "another" }, false},
		"the tenant":    {func(c *provider.Config) { c.Tenant = tenantAcme }, false},
		"the authority": {func(c *provider.Config) { c.Authority = "https://login.other.example" }, false},
		"the issuer":    {func(c *provider.Config) { c.Entra, c.Issuer = false, authority+"/"+tenantAcme+"/v2.0" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			v := d.browser(directory.Client)
			id, location := d.toProvider(v, "ann@acme.example")
			callback := d.pick(location, oidAnn)
			cfg, posts := d.Settings.Providers[0], &atomic.Int32{}
			c.change(&cfg)
			replaced, err := provider.New(cfg, provider.Options{
				HTTPClient: &http.Client{Transport: counting{handlerTransport{d.idp}, posts}}, Now: d.clock, Logger: d.Log,
			})
			if err != nil {
				t.Fatal(err)
			}
			d.Providers[cfg.Name] = replaced
			out, err := d.Callback(t.Context(), v, callback)
			if err != nil {
				t.Fatal(err)
			}
			j := d.stored(id)
			if c.good {
				d.wants(out, journey.StepStay)
				return
			}
			if posts.Load() != 0 || len(j.Proofs) != 0 || j.Notice != "notice.provider_failed" || out.Location == "" {
				t.Errorf("%d codes were sent, journey %+v", posts.Load(), j)
			}
		})
	}
}

// TestProvedByAProviderReplacedByReload: what was proved at a provider whose name goes to
// another, which never said so, opens nothing more: neither at the last step of a sign-in
// nor by a switch.
func TestProvedByAProviderReplacedByReload(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*provider.Config)
		good   bool
	}{
		"nothing":                        {func(*provider.Config) {}, true},
		"the client":                     {func(c *provider.Config) { c.ClientID = "another" }, true},
		"the person's tenant alone":      {func(c *provider.Config) { c.Tenant = tenantAcme }, true},
		"another tenant alone":           {func(c *provider.Config) { c.Tenant = tenantOther }, false},
		"the authority":                  {func(c *provider.Config) { c.Authority = "https://login.other.example" }, false},
		"a provider that is no Entra ID": {func(c *provider.Config) { c.Entra, c.Issuer = false, "https://id.other.example" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			proved := func() (journey.Visit, string) {
				v := d.browser(directory.Client)
				_, location := d.toProvider(v, "two@acme.example")
				out, err := d.Callback(t.Context(), v, d.pick(location, oidTwo))
				if err != nil {
					t.Fatal(err)
				}
				return v, d.wants(out, journey.StepStay).Journey.ID
			}
			v, id := proved()
			d.post(v, id, journey.StepStay, journey.Form{Stay: "no"})
			from := d.started(d.post(v, id, journey.StepAccount, journey.Form{Account: "acme"}))
			v.Current = &from.Key
			waits, waiting := proved()

			cfg := d.Settings.Providers[0]
			c.change(&cfg)
			replaced, err := provider.New(cfg, provider.Options{HTTPClient: &http.Client{Transport: handlerTransport{d.idp}}, Now: d.clock, Logger: d.Log})
			if err != nil {
				t.Fatal(err)
			}
			d.Providers[cfg.Name] = replaced

			goesOn := journey.StepMethod
			if c.good {
				goesOn = journey.StepAccount
			}
			d.wants(d.post(waits, waiting, journey.StepStay, journey.Form{Stay: "no"}), goesOn)
			out, err := d.SwitchAccount(t.Context(), v, from, "borg")
			if err != nil || (out.Started != nil) != c.good {
				t.Errorf("switched %+v, %v, at step %s", out.Started, err, out.Step.Name)
			}
		})
	}
}
