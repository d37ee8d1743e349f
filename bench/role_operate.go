package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/config"
	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/internal/store/bolt"
	"github.com/frontdesk-gateway/frontdesk/internal/transfer"
)

// operations are look-ups and changes in a store.
type operations struct {
	Store         string
	Contacts      int
	Reads, Writes int
}

// timing is what one operation takes.
type timing struct {
	Name, Kind string
	P50, P99   time.Duration
	CPU        time.Duration // of one on average; of writes only
}

func (t timing) show() string {
	text := fmt.Sprintf("%.1f / %.1f", micros(t.P50), micros(t.P99))
	if t.CPU > 0 {
		text += fmt.Sprintf(" (%.0f)", micros(t.CPU))
	}
	return text
}

func timingOf(took []time.Duration) timing {
	slices.Sort(took)
	return timing{P50: quantile(took, 0.5), P99: quantile(took, 0.99)}
}

// operator carries them out.
type operator struct {
	operations
	store    *bolt.Store
	settings *config.Settings
	made     int // counts what is new
}

// operation does one thing for the contact of a number.
type operation struct {
	name, kind string
	do         func(ctx context.Context, i int) error
}

func (o *operator) all() []operation {
	return []operation{
		{"decide what an address is offered", "read", o.decideKnown},
		{"decide for an address that nobody has, of an account's domain", "read", o.decideNew},
		{"decide for an address of no account's domain", "read", o.decideStranger},
		{"find a contact by its id", "read", o.contact},
		{"sign in: keep a journey, finish it", "write", o.signIn},
		{"end the sessions of a contact", "write", o.end},
		{"change a contact", "write", o.edit},
		{"create a contact at sign-in", "write", o.create},
		{"import a file of ten contacts", "write", o.importTen},
	}
}

// playOperate times operations.
func playOperate(in *json.Decoder, out *json.Encoder) (err error) {
	o := &operator{}
	if err := in.Decode(&o.operations); err != nil {
		return err
	}
	if o.settings, err = operatorSettings(); err != nil {
		return err
	}
	if o.store, err = bolt.Open(o.Store, bolt.Options{}); err != nil {
		return err
	}
	timings, err := o.time(context.Background())
	if err := errors.Join(err, o.store.Close()); err != nil {
		return err
	}
	return out.Encode(timings)
}

func operatorSettings() (*config.Settings, error) {
	c := config.Config{
		SupportEmail: "help@msp.example",
		Platforms:    map[string]*config.Platform{"client": {Origins: []string{operatorOrigin}}},
		Mail:         &config.Mail{From: "desk@msp.example", Server: "127.0.0.1:25", TLS: "off"},
	}
	return c.Settings()
}

const operatorOrigin = "https://" + host

func (o *operator) time(ctx context.Context) (timings []timing, err error) {
	for _, operation := range o.all() {
		t, err := o.timeOne(ctx, operation)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", operation.name, err)
		}
		timings = append(timings, t)
	}
	return timings, nil
}

func (o *operator) timeOne(ctx context.Context, operation operation) (t timing, err error) {
	n := o.Reads
	if operation.kind == "write" {
		n = o.Writes
	}
	before, err := cpuTime(os.Getpid())
	if err != nil {
		return t, err
	}
	took := make([]time.Duration, n)
	for i := range took {
		of := rand.IntN(o.Contacts) // #nosec G404 -- nobody gains from guessing it
		begun := time.Now()
		if err := operation.do(ctx, of); err != nil {
			return t, err
		}
		took[i] = time.Since(begun)
	}
	after, err := cpuTime(os.Getpid())
	t = timingOf(took)
	t.Name, t.Kind = operation.name, operation.kind
	if t.Kind == "write" {
		t.CPU = (after - before) / time.Duration(n)
	}
	return t, err
}

// decide reads all that is known of an address, and has the journey go on from
// there, as with the answer to step 1.
func (o *operator) decide(ctx context.Context, email string, want journey.StepName) error {
	address, err := directory.ParseAddress(email)
	if err != nil {
		return err
	}
	facts := journey.Facts{Settings: o.settings, Domain: address.Domain()}
	if facts.People, err = o.store.People(ctx, address.Key()); err != nil {
		return err
	}
	if !facts.People.Known() {
		if facts.ByDomain, err = o.store.AccountsByDomain(ctx, facts.Domain); err != nil {
			return err
		}
	}
	step := journey.Next(journey.Journey{Address: address, Origin: operatorOrigin, Site: directory.Client}, facts)
	if step.Name != want {
		return fmt.Errorf("the next step of %s is %s, not %s", email, step.Name, want)
	}
	return nil
}

func (o *operator) decideKnown(ctx context.Context, i int) error {
	return o.decide(ctx, contactEmail(i), journey.StepMethod)
}

func (o *operator) decideNew(ctx context.Context, i int) error {
	return o.decide(ctx, "new."+contactEmail(i), journey.StepMethod)
}

func (o *operator) decideStranger(ctx context.Context, i int) error {
	return o.decide(ctx, fmt.Sprintf("stranger@elsewhere%d.example", i), journey.StepRefused)
}

func (o *operator) contact(ctx context.Context, i int) error {
	_, err := o.store.Contact(ctx, contactID(i))
	return err
}

// next is a number that was not given before.
func (o *operator) next() int {
	o.made++
	return o.made
}

func (o *operator) signIn(ctx context.Context, i int) error {
	id := fmt.Sprintf("journey %d", o.next())
	if err := o.store.CreateJourney(ctx, journey.Journey{ID: id, Expires: time.Now().Add(time.Hour)}); err != nil {
		return err
	}
	g := &seeder{seeding: seeding{people: o.Contacts, origin: operatorOrigin}}
	return o.store.FinishJourney(ctx, id, g.session(i, session.NewSecret().Key()))
}

func (o *operator) end(ctx context.Context, i int) error {
	return o.store.EndAt(ctx, directory.Address(contactEmail(i)).Key(), func(directory.People, []session.Session) journey.Ending {
		return journey.Ending{Sessions: func(session.Session) bool { return true }}
	})
}

func (o *operator) edit(ctx context.Context, i int) error {
	return o.store.Edit(ctx, func(e directory.Editor) error {
		contact, err := e.Contact(ctx, contactID(i))
		if err != nil {
			return err
		}
		contact.JobTitle = fmt.Sprintf("Engineer %d", o.next())
		return e.PutContact(contact)
	})
}

func (o *operator) create(ctx context.Context, i int) error {
	n := o.next()
	return o.store.CreateContact(ctx, directory.Contact{
		ID: fmt.Sprintf("new-%d", n), Email: directory.Address(fmt.Sprintf("new%d@%s", n, domainOf(i/perAccount))),
		GivenName: "New", Account: accountID(i / perAccount), Active: true, SelfRegistered: true, Created: time.Now(),
	})
}

func (o *operator) importTen(ctx context.Context, i int) error {
	var file strings.Builder
	for range 10 {
		n := o.next()
		fmt.Fprintf(&file, `{"type":"contact","id":"imported-%d","email":"imported%d@%s","account":%q}`+"\n", n, n, domainOf(i/perAccount), accountID(i/perAccount))
	}
	_, err := transfer.Import(ctx, o.store, strings.NewReader(file.String()), transfer.Options{Format: transfer.NDJSON, CheckHash: password.ParseHash})
	return err
}
