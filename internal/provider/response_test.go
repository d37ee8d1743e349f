package provider_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
)

func TestAuthCodeURL(t *testing.T) {
	w := newWorld(t, standin.Forge{})
	entra := w.provider(w.config(provider.TenantOrganizations))
	for name, test := range map[string]struct {
		change func(*provider.Request)
		want   map[string]string // "" stands for absent
	}{
		"hinted": {func(*provider.Request) {}, map[string]string{
			"response_type": "code", "client_id": clientID, "redirect_uri": callback, "state": state, "nonce": nonce,
			"scope": "openid profile email", "code_challenge_method": "S256",
			"code_challenge": "u16smH4JB2l6veWsiLTl8AoOFjUb7weIyF57rUXNACw", "login_hint": "ada@fabrikam.example", "prompt": "",
			"client_secret": "", "code_verifier": ""}},
		"not hinted": {func(r *provider.Request) { r.LoginHint = "" }, map[string]string{"login_hint": "", "prompt": "select_account"}},
		"another account": {func(r *provider.Request) { r.ChooseAccount = true },
			map[string]string{"login_hint": "ada@fabrikam.example", "prompt": "select_account"}},
		"profile": {func(r *provider.Request) { r.WantProfile = true }, map[string]string{"scope": "openid profile email User.Read"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := request()
			test.change(&r)
			address, err := entra.AuthCodeURL(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			checkQuery(t, address, w.server.URL+"/organizations/oauth2/v2.0/authorize?", test.want)
		})
	}
}

func checkQuery(t *testing.T, address, prefix string, want map[string]string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, prefix) {
		t.Fatalf("%s does not start with %s (%v)", address, prefix, err)
	}
	for name, value := range want {
		if got := u.Query().Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
}

func TestIncompleteRequests(t *testing.T) {
	w := newWorld(t, standin.Forge{})
	p := w.provider(w.config(tenantA))
	for name, change := range map[string]func(*provider.Request){
		"no state":        func(r *provider.Request) { r.State = "" },
		"no nonce":        func(r *provider.Request) { r.Nonce = "" },
		"no redirect":     func(r *provider.Request) { r.RedirectURI = "" },
		"short verifier":  func(r *provider.Request) { r.Verifier = verifier[:42] },
		"longer verifier": func(r *provider.Request) { r.Verifier = strings.Repeat("v", 129) },
	} {
		t.Run(name, func(t *testing.T) {
			r := request()
			change(&r)
			if _, err := p.AuthCodeURL(t.Context(), r); err == nil {
				t.Error("AuthCodeURL took it")
			}
			if _, err := p.Exchange(t.Context(), r, provider.Response{Code: "code"}); err == nil {
				t.Error("Exchange took it")
			}
		})
	}
}

func TestResponses(t *testing.T) {
	w := newWorld(t, standin.Forge{})
	p := w.provider(w.config(provider.TenantOrganizations))
	issuer := func(tenant string) string { return w.server.URL + "/" + tenant + "/v2.0" }
	for name, test := range map[string]struct {
		change func(*provider.Request, *provider.Response)
		want   error
		spent  bool // whether the code was sent
	}{
		"as it came":           {func(*provider.Request, *provider.Response) {}, nil, true},
		"iss of the tenant":    {func(_ *provider.Request, r *provider.Response) { r.Issuer = issuer(tenantA) }, nil, true},
		"iss of another":       {func(_ *provider.Request, r *provider.Response) { r.Issuer = issuer(tenantB) }, provider.ErrRejected, true},
		"iss of a stranger":    {func(_ *provider.Request, r *provider.Response) { r.Issuer = "https://attacker.example" }, provider.ErrRejected, false},
		"iss personal":         {func(_ *provider.Request, r *provider.Response) { r.Issuer = issuer(standin.PersonalTenant) }, provider.ErrRejected, false},
		"iss the template":     {func(_ *provider.Request, r *provider.Response) { r.Issuer = issuer("{tenantid}") }, provider.ErrRejected, false},
		"no code":              {func(_ *provider.Request, r *provider.Response) { r.Code = "" }, provider.ErrRejected, false},
		"endless code":         {func(_ *provider.Request, r *provider.Response) { r.Code = strings.Repeat("x", 10_000) }, provider.ErrRejected, false},
		"unknown code":         {func(_ *provider.Request, r *provider.Response) { r.Code = "made-up-code" }, provider.ErrRejected, true},
		"another verifier":     {func(r *provider.Request, _ *provider.Response) { r.Verifier = strings.Repeat("x", 43) }, provider.ErrRejected, true},
		"another redirect URI": {func(r *provider.Request, _ *provider.Response) { r.RedirectURI += "/" }, provider.ErrRejected, true},
		"another nonce":        {func(r *provider.Request, _ *provider.Response) { r.Nonce = "another" }, provider.ErrRejected, true},
		"error and code":       {func(_ *provider.Request, r *provider.Response) { r.Error = "access_denied" }, provider.ErrCancelled, false},
		"cancelled by a stranger": {func(_ *provider.Request, r *provider.Response) {
			r.Error, r.Issuer = "access_denied", "https://attacker.example"
		}, provider.ErrRejected, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := request()
			resp := authorize(t, t.Context(), p, r, adaOID)
			code, before := resp.Code, w.count("token")
			test.change(&r, &resp)
			_, err := p.Exchange(t.Context(), r, resp)
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			w.noSecrets(err, code, resp.Code)
			if spent := w.count("token") > before; spent != test.spent {
				t.Errorf("code sent: %t, want %t", spent, test.spent)
			}
		})
	}
}

func TestErrorResponses(t *testing.T) {
	w := newWorld(t, standin.Forge{})
	p := w.provider(w.config(tenantA))
	for code, want := range map[string]error{
		"access_denied": provider.ErrCancelled, "consent_required": provider.ErrCancelled,
		"interaction_required": provider.ErrCancelled, "login_required": provider.ErrCancelled,
		"server_error": provider.ErrUnavailable, "temporarily_unavailable": provider.ErrUnavailable,
		"unauthorized_client": provider.ErrUnavailable,
		"invalid_request":     provider.ErrRejected, "invalid_scope": provider.ErrRejected, "made\nup": provider.ErrRejected,
	} {
		t.Run(code, func(t *testing.T) {
			_, err := p.Exchange(t.Context(), request(), provider.Response{Error: code,
				ErrorDescription: "AADSTS1\r\nlevel=ERROR " + strings.Repeat("x", 10_000)})
			if !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
			if strings.ContainsAny(err.Error(), "\r\n") || len(err.Error()) > 1000 {
				t.Errorf("unfit for a log: %q", err)
			}
		})
	}
}

func TestCancelledAtTheStandIn(t *testing.T) {
	w := newWorld(t, standin.Forge{})
	if _, err := w.signIn(w.provider(w.config(tenantA)), request(), ""); !errors.Is(err, provider.ErrCancelled) {
		t.Errorf("got %v, want ErrCancelled", err)
	}
}

func TestCodeIsGoodOnce(t *testing.T) {
	w := newWorld(t, standin.Forge{})
	p := w.provider(w.config(tenantA))
	resp := authorize(t, t.Context(), p, request(), adaOID)
	if _, err := p.Exchange(t.Context(), request(), resp); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Exchange(t.Context(), request(), resp); !errors.Is(err, provider.ErrRejected) {
		t.Errorf("got %v, want ErrRejected", err)
	}
}

func TestTokenEndpointFails(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		w.Write([]byte(`{"error":"invalid_grant","error_description":"no: ` + r.PostFormValue("code") + " " + r.PostFormValue("code_verifier") + `"}`))
	}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   error
	}{
		"503":             {status(http.StatusServiceUnavailable), provider.ErrUnavailable},
		"429":             {status(http.StatusTooManyRequests), provider.ErrSlowed},
		"403, no JSON":    {status(http.StatusForbidden), provider.ErrSlowed},
		"no JSON":         {text("<html>"), provider.ErrUnavailable},
		"endless":         {endless, provider.ErrUnavailable},
		"no access token": {text(`{"id_token":"eyJ.eyJ.x"}`), provider.ErrUnavailable},
		"redirected away": {redirect("http://127.0.0.2:1/"), provider.ErrUnavailable},
		"echo":            {echo, provider.ErrRejected},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, standin.Forge{})
			w.inFront("/token", test.answer)
			_, err := w.signIn(w.provider(w.config(tenantA)), request(), adaOID)
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// TestLargeTokens: an id_token is bounded before it is parsed, though all else
// about it is in order.
func TestLargeTokens(t *testing.T) {
	for name, test := range map[string]struct {
		size int
		want error
	}{"large": {32 << 10, nil}, "too large": {64 << 10, provider.ErrRejected}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, standin.Forge{Token: func(token *standin.Token) { token.Claims["padding"] = strings.Repeat("x", test.size) }})
			_, err := w.signIn(w.provider(w.config(tenantA)), request(), adaOID)
			if !errors.Is(err, test.want) || test.want != nil && !strings.Contains(err.Error(), "more than 65536 bytes") {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// TestLargeKeys: a key that would take minutes to verify with is none. The
// library sees to it (its MaxRSAModulusBits).
func TestLargeKeys(t *testing.T) {
	for name, test := range map[string]struct {
		bytes int
		want  error
	}{"large": {512, nil}, "too large": {64 << 10, provider.ErrUnavailable}} {
		t.Run(name, func(t *testing.T) {
			modulus := bytes.Repeat([]byte{0xff}, test.bytes)
			w := newWorld(t, standin.Forge{Keys: func(keys []map[string]any) {
				for _, key := range keys {
					key["n"] = base64.RawURLEncoding.EncodeToString(modulus)
				}
			}})
			if err := w.provider(w.config(tenantA)).Check(t.Context()); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestWrongClientSecret(t *testing.T) {
	w := newWorld(t, standin.Forge{})
	cfg := w.config(tenantA)
	cfg.ClientSecret = "wrong"
	_, err := w.signIn(w.provider(cfg), request(), adaOID)
	if !errors.Is(err, provider.ErrUnavailable) || !strings.Contains(err.Error(), "AADSTS7000215") {
		t.Errorf("got %v, want ErrUnavailable with Entra's code", err)
	}
}

func TestCallerGivesUp(t *testing.T) {
	w := newWorld(t, standin.Forge{})
	ctx, cancel := context.WithCancel(t.Context())
	w.inFront(discoverySegment, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := w.impatient().AuthCodeURL(ctx, request()); !errors.Is(err, provider.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want ErrUnavailable for a cancelled context", err)
	}
}
