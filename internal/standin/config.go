package standin

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"
)

// PersonalTenant is the tenant of personal Microsoft accounts.
const PersonalTenant = "9188040d-6c67-4c5b-b112-36a304b66dad"

// Config is what a stand-in serves.
type Config struct {
	BaseURL string // where the handler is reached: scheme and host alone
	People  []Person
	Clients []Client
	Now     func() time.Time // time.Now
	Forge   Forge            // tests only
}

// Client is one registered application.
type Client struct {
	ID           string
	Secret       string
	RedirectURIs []string // compared exactly; also where a browser may go after it was signed out
}

// Person is one account that can be picked.
type Person struct {
	Tenant     string // tid, a lower-case GUID
	ObjectID   string // oid, a lower-case GUID
	Username   string // preferred_username
	Name       string
	GivenName  string
	FamilyName string
	JobTitle   string
	Phone      string
	Note       string // shown beside the name in the list

	Email string // email claim; empty: none
	// EmailDomainVerified puts xms_edov into the token, as true.
	EmailDomainVerified bool
	VerifiedPrimary     []string // verified_primary_email
	VerifiedSecondary   []string // verified_secondary_email
}

// Forge are hooks that change what the stand-in says, each called with what it
// would have said. A nil hook changes nothing.
type Forge struct {
	Discovery     func(document map[string]any)
	Keys          func(keys []map[string]any)
	Token         func(*Token)
	TokenResponse func(response map[string]any)
	Profile       func(profile map[string]any)
}

func (c Config) check() error {
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" || base.Path != "" {
		return fmt.Errorf("base URL %q: write scheme and host alone, as in http://127.0.0.1:9402", c.BaseURL)
	}
	if len(c.People) == 0 || len(c.Clients) == 0 {
		return errors.New("a stand-in provider needs people and a client")
	}
	for i, p := range c.People {
		if p.Tenant == "" || p.ObjectID == "" {
			return fmt.Errorf("person %q: tenant or object id is missing", p.Name)
		}
		if slices.ContainsFunc(c.People[:i], func(q Person) bool { return q.ObjectID == p.ObjectID }) {
			return fmt.Errorf("person %q: object id %s stands twice", p.Name, p.ObjectID)
		}
	}
	return nil
}

// New makes a stand-in with a fresh signing key.
func New(cfg Config) (*Provider, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("stand-in provider: %w", err)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("stand-in provider: making its key: %w", err)
	}
	p := &Provider{cfg: cfg, key: key, keyID: rand.Text(), grants: map[string]grant{}, access: map[string]accessToken{}, sessions: map[string]browserSession{}}
	p.mux = p.routes()
	return p, nil
}
