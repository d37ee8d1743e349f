package journey_test

import (
	"cmp"
	"flag"
	"maps"
	"math/rand"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/standin"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/bolt"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

var (
	walks    = flag.Int("walks", 40, "how many walks TestWalk takes")
	walkSeed = flag.Int64("walkseed", 1, "of the first of them")
)

// TestWalk has people and an operator do things at random, and judges who comes to be
// whom by the tables in walk_rules_test.go. Each seed is one walk: what failed is told step by
// step, without the steps that it fails without.
func TestWalk(t *testing.T) {
	for name, c := range map[string]struct {
		stage stage
		walks int
	}{
		"in memory":  {stage{open: inMemory}, *walks},
		"one origin": {stage{open: inMemory, oneOrigin: true}, *walks / 4},
		"on bolt":    {stage{open: onBolt}, *walks / 10}, // whose every change waits for a disk
	} {
		t.Run(name, func(t *testing.T) { c.stage.takeWalks(t, c.walks) })
	}
}

func (s *stage) takeWalks(t *testing.T, walks int) {
	events := 0
	for seed := *walkSeed; seed < *walkSeed+int64(walks); seed++ {
		blocks := randomBlocks(seed)
		events += len(blocks)
		if w := s.walk(t, blocks); w.violation != "" {
			w = s.shrink(t, blocks, w)
			t.Fatalf("seed %d, walk %d: %s\n%s", seed, seed-*walkSeed+1, w.violation, strings.Join(w.trace, "\n"))
		}
	}
	t.Logf("%d walks of %d events from seed %d", walks, events, *walkSeed)
}

func inMemory(testing.TB) store.Store { return memory.New() }

func onBolt(t testing.TB) store.Store {
	t.Helper()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "walk.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// FuzzJourneys is TestWalk by bytes that a fuzzer finds.
func FuzzJourneys(f *testing.F) {
	s := &stage{open: inMemory}
	for seed := range int64(4) {
		f.Add(slices.Concat(randomBlocks(seed)...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		blocks := slices.Collect(slices.Chunk(b[:min(len(b), 24*blockSize)], blockSize))
		if w := s.walk(t, blocks); w.violation != "" {
			t.Errorf("%s\n%s", w.violation, strings.Join(w.trace, "\n"))
		}
	})
}

// blockSize is how many choices an event has, a byte each: so that others mean the same
// when one is left out.
const blockSize = 64

func randomBlocks(seed int64) [][]byte {
	r := rand.New(rand.NewSource(seed))
	blocks := make([][]byte, 10+r.Intn(51))
	for i := range blocks {
		blocks[i] = make([]byte, blockSize)
		r.Read(blocks[i])
	}
	return blocks
}

// stage is what walks have in common.
type stage struct {
	open      func(testing.TB) store.Store
	oneOrigin bool // all platforms are at one, and not each at its own

	idp  *standin.Provider // takes long to make
	used int
	on   *walk
}

// walksOfAProvider is after how many walks a provider is made anew, before it has too
// many tokens out, which are good for an hour of any walk.
const walksOfAProvider = 300

// renew makes a provider where all who walk have their accounts.
func (s *stage) renew(t testing.TB) {
	t.Helper()
	var people []standin.Person
	for _, a := range entraAccounts() {
		people = append(people, standin.Person{Tenant: a.tenant, ObjectID: a.oid, Username: "nobody@nowhere.example", Name: string(a.of)})
	}
	var callbacks []string
	for _, at := range providers {
		for _, host := range []string{"portal", "tech", "admin"} {
			callbacks = append(callbacks, "https://"+host+".msp.example/frontdesk/callback/"+at)
		}
	}
	var err error
	s.idp, err = standin.New(standin.Config{
		BaseURL: authority, People: people, Now: func() time.Time { return s.on.clock() },
		Clients: []standin.Client{{ID: "frontdesk", Secret: "hush", RedirectURIs: callbacks}},
		Forge:   standin.Forge{Token: func(token *standin.Token) { s.on.claims(token.Claims) }},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// walk is one on its way.
type walk struct {
	*desk
	world
	stage *stage

	block       []byte // of the event at hand
	read        int    // mails
	typed       string // the present password, in the answer at hand
	newPassword string
	asking      string // the address that the provider is asked about
	signedIn    []string
	visits      map[actor][]journey.Visit
	cookies     map[cookie]*signin
	records     map[recordID]footing
	passwords   map[directory.PasswordOwner]time.Time
	order       []recordID
	selfMade    map[recordID]bool // contacts that sign-ins created
	made        int               // passwords
	importing   bool

	violation string
	trace     []string
}

// cookie is where a browser keeps its session.
type cookie struct {
	browser session.Secret
	origin  string
}

func cookieAt(v journey.Visit) cookie { return cookie{v.Browser, v.Origin.String()} }

// footing is what an operator says of a record.
type footing struct {
	address, account string
	on, accountOn    bool // the account of a member always is
	tech, admin      bool
}

// active reports whether it lets anybody in.
func (f footing) active() bool { return f.on && f.accountOn }

// opens reports whether a record opens a platform.
func (f footing) opens(id recordID, p directory.Platform) bool {
	return map[directory.Platform]bool{directory.Client: id.kind == directory.KindContact, directory.Tech: f.tech, directory.Admin: f.admin}[p]
}

var owners = []directory.PasswordOwner{
	{Address: pat, Kind: directory.KindContact}, {Address: pat, Kind: directory.KindMember},
	{Address: kim, Kind: directory.KindContact}, {Address: kim, Kind: directory.KindMember},
}

// walk has the events of the blocks happen, until a rule is broken.
func (s *stage) walk(t *testing.T, blocks [][]byte) *walk {
	t.Helper()
	w := s.begin(t)
	defer w.closes()
	for i, block := range blocks {
		switch w.block = block; {
		case w.violation != "":
			return w
		case i == 0:
			w.founds()
			w.look(nil)
		default:
			w.happen()
		}
	}
	return w
}

func (w *walk) closes() {
	if err := w.store.Close(); err != nil {
		w.violated("closing the store: %v", err)
	}
}

// shrink leaves out what a walk fails without.
func (s *stage) shrink(t *testing.T, blocks [][]byte, failed *walk) *walk {
	t.Helper()
	for size := len(blocks) / 2; size > 0; size /= 2 {
		for i := len(blocks) - size; i >= 0; i-- {
			if i+size > len(blocks) {
				continue
			}
			fewer := slices.Delete(slices.Clone(blocks), i, i+size)
			if w := s.walk(t, fewer); w.violation != "" {
				blocks, failed = fewer, w
			}
		}
	}
	return failed
}

// begin is a walk before its first event.
func (s *stage) begin(t *testing.T) *walk {
	t.Helper()
	if s.used%walksOfAProvider == 0 {
		s.renew(t)
	}
	s.used++
	settings := newSettings(t)
	unlimited(&settings.Limits)
	settings.Idle, settings.Lifetime, settings.Persistent = 1000*time.Hour, 10*time.Minute, 1000*time.Hour
	settings.Creation.Default = directory.CreateByDomain
	settings.Providers[1].Issuer = authority + "/" + tenantOfIt + "/v2.0"
	client := settings.Platforms[directory.Client]
	client.Methods = append(client.Methods, other)
	settings.Platforms[directory.Client] = client
	if s.oneOrigin {
		shareOrigin(settings)
	}
	w := &walk{
		desk: emptyDesk(t, s.open(t), settings), world: newWorld(), stage: s,
		selfMade: map[recordID]bool{}, visits: map[actor][]journey.Visit{}, cookies: map[cookie]*signin{}, passwords: map[directory.PasswordOwner]time.Time{},
	}
	s.on, w.idp = w, s.idp
	w.through(handlerTransport{s.idp})
	for _, who := range actors {
		w.visits[who] = []journey.Visit{w.browserAt(directory.Client), w.browserAt(directory.Client), w.browserAt(directory.Tech), w.browserAt(directory.Admin)}
	}
	w.fillWalk()
	w.records = w.snapshot()
	w.recordsOf(w.records, nil)
	return w
}

// browserAt is a browser at a platform's site, or at the site of all.
func (w *walk) browserAt(p directory.Platform) journey.Visit {
	v := w.browser(p)
	if w.stage.oneOrigin {
		v.Site = ""
	}
	return v
}

// shareOrigin has all platforms be at the client's.
func shareOrigin(s *config.Settings) {
	for name, p := range s.Platforms {
		p.Origins = s.Platforms[directory.Client].Origins
		s.Platforms[name] = p
	}
}

func unlimited(l *config.Limits) {
	const many = 1_000_000_000
	*l = config.Limits{
		WrongCodesPerMail: many, WrongCodesPerPerson: many, MailsPerPerson: many, MailsPerPersonDaily: many, WrongPasswordsPerPerson: many, LongestWait: l.LongestWait,
		FailuresPerClient: many, NewContactsPerAccount: many, UnknownAddressesPerClient: many, UnknownAddressesOverall: many,
		MailsOverall: many, FailuresOverall: many, SignInsPerClient: many, SignInsOverall: many,
	}
}

// fillWalk has both addresses be known in several places.
func (w *walk) fillWalk() {
	w.edit(func(e directory.Editor) error {
		for _, a := range []directory.Account{
			{ID: "acme", Name: "Acme", Domains: []string{"acme.example"}, Tenants: directory.Tenants{{Tenant: tenantAcme}}, Active: true},
			{ID: "borg", Name: "Borg", Active: true},
			{ID: "strict", Name: "Strict", Methods: []string{"microsoft"}, Tenants: directory.Tenants{{Tenant: tenantOther}}, Active: true},
		} {
			if err := e.PutAccount(a); err != nil {
				return err
			}
		}
		for _, c := range []directory.Contact{
			{ID: "pat-acme", Email: pat, Account: "acme", Active: true}, {ID: "pat-borg", Email: pat, Account: "borg", Active: true},
			{ID: "pat-strict", Email: pat, Account: "strict", Active: true}, {ID: "kim-acme", Email: kim, Account: "acme", Active: true},
		} {
			if err := e.PutContact(c); err != nil {
				return err
			}
		}
		return e.PutMember(directory.Member{ID: "pat-member", Email: pat, Active: true})
	})
}

// claims makes of an id_token what the provider says at the moment.
func (w *walk) claims(claims map[string]any) {
	for _, a := range w.accounts {
		if a.oid != claims["oid"] {
			continue
		}
		if named, vouched := a.says(w.asking); named != "" {
			claims["email"], claims["xms_edov"], claims["email_verified"] = named, vouched, vouched
		}
	}
}

// replaceProvider has the provider let people of a tenant in.
func (w *walk) replaceProvider(tenant string) {
	cfg := &w.Settings.Providers[0]
	cfg.Tenant, w.signedIn = tenant, nil
	if directory.IsGUID(tenant) {
		w.signedIn = []string{tenant}
	}
	p, err := provider.New(*cfg, provider.Options{HTTPClient: &http.Client{Transport: handlerTransport{w.stage.idp}}, Now: w.clock, Logger: w.Log})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Providers[cfg.Name] = p
}

// people are those of an address.
func (w *walk) people(address string) directory.People {
	people, err := w.store.People(w.t.Context(), address)
	if err != nil {
		w.t.Fatal(err)
	}
	return people
}

// snapshot is what the operator says of all records.
func (w *walk) snapshot() map[recordID]footing {
	records := map[recordID]footing{}
	for c, err := range w.store.Contacts(w.t.Context()) {
		if err != nil {
			w.t.Fatal(err)
		}
		account, err := w.store.Account(w.t.Context(), c.Account)
		if err != nil {
			w.t.Fatal(err)
		}
		records[recordID{directory.KindContact, c.ID}] = footing{address: c.Email.Key(), account: c.Account, on: c.Active, accountOn: account.Active}
	}
	for m, err := range w.store.Members(w.t.Context()) {
		if err != nil {
			w.t.Fatal(err)
		}
		records[recordID{directory.KindMember, m.ID}] = footing{address: m.Email.Key(), on: m.Active, accountOn: true, tech: m.Opens(directory.Tech), admin: m.Opens(directory.Admin)}
	}
	return records
}

// recordsOf are the records of two snapshots, in the order in which they came to be: ids of
// contacts that are made at sign-in are random, and a walk must be the same each time.
func (w *walk) recordsOf(before, now map[recordID]footing) []recordID {
	all := maps.Clone(before)
	maps.Copy(all, now)
	ids := slices.SortedFunc(maps.Keys(all), func(a, b recordID) int {
		return cmp.Or(strings.Compare(string(a.kind), string(b.kind)), strings.Compare(a.id, b.id))
	})
	for _, id := range ids {
		if !slices.Contains(w.order, id) {
			w.order = append(w.order, id)
		}
	}
	slices.SortStableFunc(ids, func(a, b recordID) int { return slices.Index(w.order, a) - slices.Index(w.order, b) })
	return ids
}

// links are whom the records are linked to.
func (w *walk) links() map[place]*entraAccount {
	links := map[place]*entraAccount{}
	for id, f := range w.records {
		found, err := directory.LinksOf(w.t.Context(), w.store, id.kind, id.id)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, link := range found.Of(directory.Address(f.address)) {
			i := slices.IndexFunc(w.accounts, func(a *entraAccount) bool { return a.at == link.Provider && a.subject() == link.Identity.Subject })
			links[place{id, link.Provider}] = w.accounts[i]
		}
	}
	return links
}

func (w *walk) passwordChanged(owner directory.PasswordOwner) time.Time {
	return w.people(owner.Address).Passwords[owner.Kind].Changed
}
