package journey_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/emailtoken"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/limit"
	"github.com/frontdesk-gateway/frontdesk/internal/store"
	"github.com/frontdesk-gateway/frontdesk/internal/store/bolt"
)

// crowd are n people of acme, p0@acme.example and so on, and ann under a tag,
// all with the password plain.
func (d *desk) crowd(n int) {
	d.t.Helper()
	hash, err := d.Passwords.Hash(d.t.Context(), plain)
	if err != nil {
		d.t.Fatal(err)
	}
	addresses := []string{"Ann+Shop@acme.example"}
	for i := range n {
		addresses = append(addresses, fmt.Sprintf("p%d@acme.example", i))
	}
	d.edit(func(e directory.Editor) error {
		var errs []error
		for _, address := range addresses {
			c := directory.Contact{ID: address, Email: directory.Address(address), Account: "acme", Active: true}
			errs = append(errs, e.PutContact(c), e.SetPassword(directory.PasswordOwner{Address: c.Email.Key(), Kind: directory.KindContact}, directory.Password{}.Successor(hash, d.now)))
		}
		return errors.Join(errs...)
	})
}

// at is a new browser at a client address.
func (d *desk) at(ip string) journey.Visit {
	d.t.Helper()
	v := d.browser(directory.Client)
	v.ClientIP = ip
	return v
}

// tryPassword begins a journey and posts a password.
func (d *desk) tryPassword(v journey.Visit, address, password string) journey.Outcome {
	d.t.Helper()
	id := d.begin(v, address).Journey.ID
	d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodPassword})
	return d.post(v, id, journey.StepProve, journey.Form{Password: password})
}

// askForMail begins a journey and has a mail sent, if it may be.
func (d *desk) askForMail(v journey.Visit, address string) journey.Outcome {
	d.t.Helper()
	out := d.begin(v, address)
	return d.post(v, out.Journey.ID, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken})
}

// wrongCodes has a mail sent and types wrong codes until it is spent.
func (d *desk) wrongCodes(v journey.Visit, address string) {
	d.t.Helper()
	id := d.askForCode(v, address)
	code, _ := d.mails.newest(d.t)
	for range d.Settings.Limits.WrongCodesPerMail {
		d.post(v, id, journey.StepProve, journey.Form{Code: another(code)})
	}
}

// wantsWait fails unless the outcome is the same page, which was not judged and
// names a wait.
func (d *desk) wantsWait(out journey.Outcome, field string, wait time.Duration) {
	d.t.Helper()
	d.wantsProblem(out, field, "too_many")
	if out.Problem.Wait != wait || out.Problem.Args["wait"] != wait.String() {
		d.t.Fatalf("wait %s, told as %q; want %s", out.Problem.Wait, out.Problem.Args["wait"], wait)
	}
}

// wantsWrong fails unless the password was judged and found wrong, and the page
// names the wait before the next.
func (d *desk) wantsWrong(out journey.Outcome, wait time.Duration) {
	d.t.Helper()
	key := "password_wrong"
	if wait > 0 {
		key = "password_wrong_wait"
	}
	d.wantsProblem(out, "password", key)
	if got := out.Problem.Args["wait"]; out.Problem.Wait != 0 || wait > 0 && got != wait.String() {
		d.t.Fatalf("wait %q, marked as not judged for %s; want %s", got, out.Problem.Wait, wait)
	}
}

// TestWrongCodesPerPerson: wrong codes count for the person over all journeys,
// browsers, clients and spellings, for this method alone, until the hour passes.
func TestWrongCodesPerPerson(t *testing.T) {
	d := newDesk(t)
	d.crowd(0)
	d.wrongCodes(d.at("203.0.113.7"), "ann@acme.example")
	d.advance(10 * time.Minute)
	d.wrongCodes(d.at("203.0.113.8"), "ann+shop@acme.example")
	v := d.at("198.51.100.1")
	id := d.askForCode(v, "ANN@acme.example")
	code, _ := d.mails.newest(t)
	d.wantsWait(d.post(v, id, journey.StepProve, journey.Form{Code: code}), "code", 50*time.Minute)
	d.wants(d.prove(d.browser(directory.Client), "two@acme.example"), journey.StepStay) // somebody else
	d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodPassword})
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Password: plain}), journey.StepStay)

	d.advance(50 * time.Minute)
	d.wants(d.prove(d.browser(directory.Client), "ann@acme.example"), journey.StepStay)
}

// TestLinkIsNotGuessed: while a stranger keeps guessing at a person's codes, or
// from the same address, the link in their mail is good.
func TestLinkIsNotGuessed(t *testing.T) {
	d := newDesk(t)
	d.Settings.Limits.FailuresPerClient, d.Settings.Limits.FailuresOverall = 5, 10
	d.wrongCodes(d.browser(directory.Client), "ann@acme.example")
	d.wrongCodes(d.at("198.51.100.1"), "ann@acme.example")
	v := d.browser(directory.Client)
	id := d.askForCode(v, "ann@acme.example")
	code, link := d.mails.newest(t)
	d.wantsProblem(d.post(v, id, journey.StepProve, journey.Form{Code: code}), "code", "too_many")
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Token: link}), journey.StepStay)
	d.wantsProblem(d.prove(d.browser(directory.Client), "ann@acme.example"), "code", "too_many") // which takes nothing back
}

// TestNewContactsPerAccount: who has a domain cannot have contacts created without
// end, and what they typed is kept. Other accounts, and who is a contact by now, are
// none the worse; after a day it goes on.
func TestNewContactsPerAccount(t *testing.T) {
	d := newDesk(t)
	d.Settings.Limits.NewContactsPerAccount = 2
	creates := func(address string) journey.Outcome {
		t.Helper()
		v := d.browser(directory.Client)
		return d.post(v, d.wants(d.prove(v, address), journey.StepCreate).Journey.ID, journey.StepCreate, fay)
	}
	v := d.browser(directory.Client)
	late := d.wants(d.prove(v, "one@acme.example"), journey.StepCreate).Journey.ID
	d.wants(creates("one@acme.example"), journey.StepStay)
	d.wants(d.post(v, late, journey.StepCreate, fay), journey.StepStay)
	d.advance(time.Hour)
	d.wants(creates("two.more@acme.example"), journey.StepStay)
	for range 2 {
		out := creates("three@acme.example")
		d.wantsProblem(out, "", "too_many_new")
		if out.Problem.Wait != 23*time.Hour || out.Problem.Args["wait"] != "23h0m0s" {
			t.Errorf("the wait is %s, told as %q", out.Problem.Wait, out.Problem.Args["wait"])
		}
		if out.Journey.Profile != fay.Profile {
			t.Errorf("of what was typed %+v is left", out.Journey.Profile)
		}
	}
	if made := d.contacts("three@acme.example"); len(made) != 0 {
		t.Errorf("contacts %+v", made)
	}
	d.wants(creates("one@borg.example"), journey.StepStay)
	d.advance(23 * time.Hour)
	d.wants(creates("three@acme.example"), journey.StepStay)
}

// overtaken is a store for limits of which something is asked for the last time that is
// left after another post has had it.
type overtaken struct {
	limit.Store
	first func()
}

func (s *overtaken) Counters(ctx context.Context, keys ...string) ([]limit.Counter, error) {
	if first := s.first; first != nil && strings.HasPrefix(keys[0], "create account ") {
		s.first = nil
		first()
	}
	return s.Store.Counters(ctx, keys...)
}

// TestLastNewContactTwice: whose details are posted twice at once, and who is the last
// for whom there is room, is not told that there is none.
func TestLastNewContactTwice(t *testing.T) {
	d := newDesk(t)
	d.Settings.Limits.NewContactsPerAccount = 1
	v := d.browser(directory.Client)
	id := d.wants(d.prove(v, "one@acme.example"), journey.StepCreate).Journey.ID
	d.Limits.Store = &overtaken{d.store, func() { d.wants(d.post(v, id, journey.StepCreate, fay), journey.StepStay) }}
	d.wants(d.post(v, id, journey.StepCreate, fay), journey.StepStay)
}

// TestChangesOfAJourney have an end: who is known by nothing writes to the store with
// each of them.
func TestChangesOfAJourney(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.askForCode(v, "ann@acme.example")
	code, _ := d.mails.newest(t)
	choose := func(method string) error {
		_, err := d.Answer(t.Context(), v, id, journey.StepMethod, journey.Form{Method: method})
		return err
	}
	changes := d.stored(id).Version
	for ; changes < 1000; changes = d.stored(id).Version {
		method := []string{directory.MethodPassword, directory.MethodEmailToken}[changes%2]
		if err := choose(method); err != nil {
			break
		}
	}
	if changes < 100 || changes > 101 {
		t.Errorf("a journey changes %d times", changes)
	}
	d.wantsEnded(v, id, journey.StepProve, journey.Form{Code: code})
	hasher := &movingHasher{Hasher: d.Passwords, move: func() {}}
	d.Passwords = hasher
	for range 10 { // right, and so never held back
		d.wantsEnded(v, id, journey.StepProve, journey.Form{Password: plain})
	}
	if hasher.times > 0 {
		t.Errorf("%d passwords were hashed for a journey that is over", hasher.times)
	}
	d.wants(d.prove(v, "ann@acme.example"), journey.StepStay)
}

func TestWrongCodesPerMail(t *testing.T) {
	d := newDesk(t)
	d.Settings.Limits.WrongCodesPerMail = 2
	v := d.browser(directory.Client)
	id := d.askForCode(v, "ann@acme.example")
	code, _ := d.mails.newest(t)
	d.wantsProblem(d.post(v, id, journey.StepProve, journey.Form{Code: another(code)}), "code", "code_wrong")
	d.wantsProblem(d.post(v, id, journey.StepProve, journey.Form{Code: another(code)}), "code", "code_spent")
}

// TestWaitsGrow: wrong passwords of a person, over all journeys, browsers,
// clients and spellings, have the next one wait, twice as long each time but
// never longer than the longest, and the page names the time left. A try in
// the meantime is not judged and prolongs nothing; a right one ends the row.
func TestWaitsGrow(t *testing.T) {
	d := newDesk(t)
	d.crowd(1)
	spellings := []string{"ann@acme.example", "ANN@acme.example", "Ann@Acme.Example", "\u00a0ann@ＡＣＭＥ。example.\t", "ann@ac\u00adme.example"}
	n := 0
	wrong := func(wait time.Duration) {
		t.Helper()
		d.wantsWrong(d.tryPassword(d.at(fmt.Sprintf("203.0.113.%d", n)), spellings[n%len(spellings)], "wrong"), wait)
		n++
	}
	for range 4 {
		wrong(0)
	}
	for _, wait := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		wrong(wait)
		for _, address := range spellings {
			d.wantsWait(d.tryPassword(d.at("198.51.100.1"), address, plain), "password", wait)
		}
		d.advance(10 * time.Second)
		d.wantsWait(d.tryPassword(d.at("198.51.100.1"), spellings[0], "wrong"), "password", wait-10*time.Second)
		d.wants(d.tryPassword(d.at("198.51.100.1"), "p0@acme.example", plain), journey.StepStay) // somebody else
		d.advance(wait - 10*time.Second)
	}
	d.wants(d.tryPassword(d.at("198.51.100.1"), spellings[0], plain), journey.StepStay)
	for range 4 {
		wrong(0)
	}
	wrong(30 * time.Second)
	d.advance(23 * time.Hour)
	wrong(time.Minute)
	d.advance(24 * time.Hour)
	for range 4 {
		wrong(0)
	}
}

// TestRowsOfTwoKinds: the contact's and the member's password of one address are
// two. Who knows one gets no free tries at the other by typing it in between,
// and guesses at one have the other not wait.
func TestRowsOfTwoKinds(t *testing.T) {
	d := newDesk(t)
	p := d.wantsPassword(annOwner, plain)
	d.edit(func(e directory.Editor) error {
		return e.SetPassword(directory.PasswordOwner{Address: "both@acme.example", Kind: directory.KindContact}, p)
	})
	try := func(at directory.Platform, password string) journey.Outcome {
		t.Helper()
		v := d.browser(at)
		id := d.wants(d.begin(v, "both@acme.example"), journey.StepPlatform).Journey.ID
		d.post(v, id, journey.StepPlatform, journey.Form{Platform: string(at)})
		d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodPassword})
		return d.post(v, id, journey.StepProve, journey.Form{Password: password})
	}
	for _, wait := range []time.Duration{0, 0, 0, 0, 30 * time.Second} {
		d.wantsWrong(try(directory.Tech, "wrong"), wait)
		d.wants(try(directory.Client, plain), journey.StepStay)
	}
	d.wantsWait(try(directory.Tech, plain), "password", 30*time.Second)
}

// leaving is a limit.Store for somebody who leaves as soon as their try was
// counted, as the browser of a double click does.
type leaving struct {
	limit.Store
	leave func()
}

func (l leaving) UpdateCounters(ctx context.Context, keys []string, change func([]limit.Counter)) error {
	defer l.leave()
	return l.Store.UpdateCounters(ctx, keys, change)
}

// TestClickedAgain: who clicks again while the password waits for its turn to be
// checked has tried nothing.
func TestClickedAgain(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.atPassword(v, "ann@acme.example")
	for range 6 {
		ctx, cancel := context.WithCancel(t.Context())
		d.Limits.Store = leaving{d.store, cancel}
		if _, err := d.Answer(ctx, v, id, journey.StepProve, journey.Form{Password: plain}); !errors.Is(err, context.Canceled) {
			t.Fatalf("error %v", err)
		}
		d.Limits.Store = d.store
	}
	for range 4 {
		d.wantsWrong(d.post(v, id, journey.StepProve, journey.Form{Password: "wrong"}), 0)
	}
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Password: plain}), journey.StepStay)
}

// TestOtherMethodsStayOpen while a password waits, and a sign-in by one of them
// does not end the wait: it says nothing of who guesses at the password.
func TestOtherMethodsStayOpen(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	id := d.begin(v, "ann@acme.example").Journey.ID
	d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodPassword})
	for range 5 {
		d.post(v, id, journey.StepProve, journey.Form{Password: "wrong"})
	}
	d.wantsWait(d.post(v, id, journey.StepProve, journey.Form{Password: plain}), "password", 30*time.Second)

	other := d.browser(directory.Client)
	_, location := d.toProvider(other, "ann@acme.example")
	out, err := d.Callback(t.Context(), other, d.pick(location, oidAnn))
	if err != nil {
		t.Fatal(err)
	}
	d.wants(out, journey.StepStay)
	d.wants(d.prove(d.browser(directory.Client), "ann@acme.example"), journey.StepStay)

	d.wantsWait(d.post(v, id, journey.StepProve, journey.Form{Password: plain}), "password", 30*time.Second)
	d.post(v, id, journey.StepMethod, journey.Form{}) // and from the very page that waits
	d.wants(d.post(v, id, journey.StepMethod, journey.Form{Method: directory.MethodEmailToken}), journey.StepProve)
	code, _ := d.mails.newest(t)
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepStay)
}

// TestGuessesAtOnce: any number of posts at once gets no more tries than one
// after the other.
func TestGuessesAtOnce(t *testing.T) {
	d := newDesk(t)
	visits, ids := make([]journey.Visit, 100), make([]string, 100)
	for i := range visits {
		visits[i] = d.at(fmt.Sprintf("203.0.113.%d", i))
		ids[i] = d.begin(visits[i], "ann@acme.example").Journey.ID
		d.post(visits[i], ids[i], journey.StepMethod, journey.Form{Method: directory.MethodPassword})
	}
	for _, want := range []int{5, 1} {
		var mu sync.Mutex
		problems := map[string]int{}
		atOnce(len(visits), func(i int) {
			out, err := d.Answer(t.Context(), visits[i], ids[i], journey.StepProve, journey.Form{Password: "wrong"})
			if err != nil || out.Problem == nil {
				t.Errorf("%+v, %v", out.Problem, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			problems[strings.TrimSuffix(out.Problem.Key, "_wait")]++
		})
		if judged := problems["problem.password_wrong"]; judged != want || judged+problems["problem.too_many"] != len(visits) {
			t.Errorf("%v of 100 guesses at once, want %d judged", problems, want)
		}
		d.advance(30 * time.Second)
	}
}

// TestWrongPasswordsPerNetwork: a guesser who tries many people from one place.
func TestWrongPasswordsPerNetwork(t *testing.T) {
	d := newDesk(t)
	d.crowd(20)
	try := func(ip string, i int, password string) journey.Outcome {
		t.Helper()
		return d.tryPassword(d.at(ip), fmt.Sprintf("p%d@acme.example", i), password)
	}
	for i := range 59 {
		d.wantsWrong(try(fmt.Sprintf("2001:db8::%d", i), i/4, "wrong"), 0)
		d.wants(try("2001:db8::abcd", 16, plain), journey.StepStay) // right ones do not count, and clear nothing
	}
	d.wantsWrong(try("2001:db8::ffff", 15, "wrong"), 30*time.Second)
	d.wantsWait(try("2001:db8::ffff", 16, plain), "password", 30*time.Second)
	d.wantsWrong(try("2001:db8:0:1::1", 16, "wrong"), 0) // another network
	d.advance(30 * time.Second)
	d.wantsWrong(try("2001:db8::1", 17, "wrong"), time.Minute)
	d.advance(time.Minute)
	d.wants(try("2001:db8::1", 17, plain), journey.StepStay)
	d.wants(try("2001:db8::2", 17, plain), journey.StepStay) // a right one has nobody wait
	d.wantsWrong(try("2001:db8::1", 17, "wrong"), 2*time.Minute)
	d.advance(time.Hour)
	d.wantsWrong(try("2001:db8::1", 18, "wrong"), 0)
}

// TestOfficeThatMistypes: people who mistype one password or another all day
// never have their office wait.
func TestOfficeThatMistypes(t *testing.T) {
	d := newDesk(t)
	d.crowd(100)
	for i := range 300 {
		d.wantsWrong(d.tryPassword(d.at("203.0.113.7"), fmt.Sprintf("p%d@acme.example", i%100), "mistyped"), 0)
		d.wants(d.tryPassword(d.at("203.0.113.7"), fmt.Sprintf("p%d@acme.example", i%100), plain), journey.StepStay)
		d.advance(time.Minute)
	}
}

// TestWrongCodesPerClient: clients are counted for each method apart.
func TestWrongCodesPerClient(t *testing.T) {
	d := newDesk(t)
	d.crowd(4)
	d.Settings.Limits.FailuresPerClient = 12
	for i := range 2 {
		d.wrongCodes(d.at("203.0.113.7"), fmt.Sprintf("p%d@acme.example", i))
	}
	v := d.at("203.0.113.7")
	id := d.askForCode(v, "p2@acme.example")
	code, _ := d.mails.newest(t)
	for range 2 {
		d.wantsProblem(d.post(v, id, journey.StepProve, journey.Form{Code: another(code)}), "code", "code_wrong")
	}
	d.wantsWait(d.post(v, id, journey.StepProve, journey.Form{Code: code}), "code", 15*time.Minute)
	d.wants(d.prove(d.at("203.0.113.8"), "p2@acme.example"), journey.StepStay)
	d.wants(d.tryPassword(v, "p2@acme.example", plain), journey.StepStay)
	d.advance(15 * time.Minute)
	d.wants(d.prove(v, "p3@acme.example"), journey.StepStay)
}

func TestMailsPerPerson(t *testing.T) {
	d := newDesk(t)
	d.crowd(0)
	var v journey.Visit
	var id string
	for i, address := range []string{"ann@acme.example", "ann+shop@acme.example", "ANN@acme.example", "ann@acme.example", "Ann+SHOP@acme.example"} {
		v = d.at(fmt.Sprintf("203.0.113.%d", i))
		id = d.askForCode(v, address)
	}
	for range 40 { // trying on does not close the day
		d.wantsWait(d.post(v, id, journey.StepProve, d.resend(id)), "", 10*time.Minute)
	}
	d.wantsWait(d.askForMail(d.browser(directory.Client), "ann@acme.example"), "", 10*time.Minute)
	if n := d.mails.count(); n != 5 {
		t.Fatalf("%d mails were sent", n)
	}
	code, _ := d.mails.newest(t)
	d.wants(d.post(v, id, journey.StepProve, journey.Form{Code: code}), journey.StepStay) // the last one is good
	d.wantsWait(d.askForMail(v, "ann@acme.example"), "", 10*time.Minute)                  // and still fills the mailbox
	d.advance(10 * time.Minute)
	d.askForCode(v, "ann@acme.example")
}

func TestMailsPerDay(t *testing.T) {
	d := newDesk(t)
	for range 30 {
		d.askForCode(d.browser(directory.Client), "ann@acme.example")
		d.advance(5 * time.Minute)
	}
	d.wantsWait(d.askForMail(d.browser(directory.Client), "ann@acme.example"), "", 21*time.Hour+30*time.Minute)
	d.advance(22 * time.Hour)
	d.askForCode(d.browser(directory.Client), "ann@acme.example")
}

// TestUnusedMailsPerClient: an office may have any number of mails sent that
// are used, by code or by link; those that are not are counted.
func TestUnusedMailsPerClient(t *testing.T) {
	d := newDesk(t)
	d.crowd(50)
	d.Settings.Limits.FailuresPerClient = 10
	office := func(i int) (journey.Visit, string) { return d.at("203.0.113.7"), fmt.Sprintf("p%d@acme.example", i) }
	for i := range 30 {
		v, address := office(i)
		id := d.askForCode(v, address)
		code, link := d.mails.newest(t)
		form := journey.Form{Code: code}
		if i%2 == 0 {
			form = journey.Form{Token: link}
		}
		d.wants(d.post(v, id, journey.StepProve, form), journey.StepStay)
	}
	for i := range 9 {
		v, address := office(30 + i)
		d.askForCode(v, address)
	}
	v, address := office(40)
	id := d.askForCode(v, address)
	code, _ := d.mails.newest(t)
	refused, other := office(41)
	d.wantsWait(d.askForMail(refused, other), "", 15*time.Minute)
	d.askForCode(d.at("203.0.113.8"), other)

	// However often a code is posted, it makes room for one mail.
	atOnce(10, func(int) {
		if _, err := d.Answer(t.Context(), v, id, journey.StepProve, journey.Form{Code: code}); err != nil {
			t.Error(err)
		}
	})
	v, address = office(42)
	d.askForCode(v, address)
	v, address = office(43)
	d.wantsWait(d.askForMail(v, address), "", 15*time.Minute)
	d.advance(15 * time.Minute)
	d.askForCode(v, address)
}

// TestRightAnswersAreNotCounted: neither right passwords nor right codes close
// anything to a person.
func TestRightAnswersAreNotCounted(t *testing.T) {
	d := newDesk(t)
	for range 15 {
		d.wants(d.tryPassword(d.browser(directory.Client), "ann@acme.example", plain), journey.StepStay)
		d.wants(d.prove(d.browser(directory.Client), "ann@acme.example"), journey.StepStay)
		d.advance(2 * time.Minute)
	}
}

// TestUnknownAddressesPerNetwork: a stranger who tries addresses is slowed, and
// leaves nothing behind.
func TestUnknownAddressesPerNetwork(t *testing.T) {
	d := newDesk(t)
	begin := func(ip, address string) journey.Outcome {
		t.Helper()
		out, err := d.Begin(t.Context(), d.at(ip), address, "/")
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for range 60 {
		out := begin("203.0.113.7", "x@nowhere.example")
		d.wantsProblem(out, "email", "email_unregistered")
		if out.Problem.Args["support"] != "help@msp.example" || out.Journey.ID != "" {
			t.Fatalf("problem %+v, journey %q", out.Problem, out.Journey.ID)
		}
	}
	d.wantsWait(begin("203.0.113.7", "x@nowhere.example"), "email", 15*time.Minute)
	d.wantsProblem(begin("203.0.113.8", "x@nowhere.example"), "email", "email_unregistered")
	// Who is known is slowed too: the answer tells nothing of the address.
	d.wantsWait(begin("203.0.113.7", "ann@acme.example"), "email", 15*time.Minute)
	d.begin(d.at("203.0.113.9"), "ann@acme.example") // from elsewhere they go on
	d.advance(15 * time.Minute)
	d.wantsProblem(begin("203.0.113.7", "x@nowhere.example"), "email", "email_unregistered")
	if n, err := d.store.SweepJourneys(t.Context(), d.clock().Add(24*time.Hour), 1000); n != 1 || err != nil {
		t.Errorf("%d journeys were kept, %v", n, err)
	}
}

// countsLater is a limit.Store that counts nothing before it is told to.
type countsLater struct {
	limit.Store
	now chan struct{}
}

func (c countsLater) UpdateCounters(ctx context.Context, keys []string, change func([]limit.Counter)) error {
	<-c.now
	return c.Store.UpdateCounters(ctx, keys, change)
}

// TestUnknownAddressesAtOnce: of any number of addresses that a stranger tries at
// once no more are told apart than one after the other. Who comes from elsewhere waits
// for nobody.
func TestUnknownAddressesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.Settings.Limits.UnknownAddressesPerClient = 10
		later := countsLater{d.store, make(chan struct{})}
		d.Limits.Store = later
		begin := func(ip, address string) <-chan journey.Outcome {
			done := make(chan journey.Outcome, 1)
			go func() {
				out, err := d.Begin(t.Context(), d.at(ip), address, "/")
				if err != nil {
					t.Error(err)
				}
				done <- out
			}()
			synctest.Wait() // until it can do no more
			return done
		}
		var unknown []<-chan journey.Outcome
		for range 20 {
			unknown = append(unknown, begin("2001:db8:1:1::1", "x@nowhere.example"))
		}
		known := begin("2001:db8:1:1::1", "ann@acme.example")
		elsewhere := begin("2001:db8:2::1", "x@nowhere.example")
		close(later.now)
		for i, done := range unknown {
			if out := <-done; (waits(out) > 0) != (i >= 10) {
				t.Errorf("unknown address %d: %+v", i, out.Problem)
			}
		}
		d.wantsWait(<-known, "email", 15*time.Minute)
		d.wantsProblem(<-elsewhere, "email", "email_unregistered")
	})
}

func TestSignInsPerClient(t *testing.T) {
	d := newDesk(t)
	d.Settings.Limits.SignInsPerClient = 10
	for range 10 {
		d.begin(d.at("203.0.113.7"), "ann@acme.example")
	}
	out, err := d.Begin(t.Context(), d.at("203.0.113.7"), "ann@acme.example", "/")
	if err != nil {
		t.Fatal(err)
	}
	d.wantsWait(out, "email", 10*time.Minute)
	d.begin(d.at("203.0.113.8"), "ann@acme.example")
}

// TestNetworkIsOneClient: whoever holds a /64 of IPv6 is no more clients than
// one, whatever is counted.
func TestNetworkIsOneClient(t *testing.T) {
	begins := func(address string) func(*desk, journey.Visit, int) journey.Outcome {
		return func(d *desk, v journey.Visit, _ int) journey.Outcome {
			out, err := d.Begin(t.Context(), v, address, "/")
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
	}
	for name, try := range map[string]func(*desk, journey.Visit, int) journey.Outcome{
		"unknown addresses": begins("x@nowhere.example"),
		"sign-ins":          begins("ann@acme.example"),
		"mails": func(d *desk, v journey.Visit, i int) journey.Outcome {
			return d.askForMail(v, fmt.Sprintf("p%d@acme.example", i))
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.crowd(12)
			d.Settings.Limits.UnknownAddressesPerClient, d.Settings.Limits.FailuresPerClient = 10, 10
			if name == "sign-ins" {
				d.Settings.Limits.SignInsPerClient = 10
			}
			refused := func(ip string, i int) bool {
				out := try(d, d.at(ip), i)
				return out.Problem != nil && out.Problem.Key == "problem.too_many"
			}
			for i := range 10 {
				if refused(fmt.Sprintf("2001:db8::%x", i+1), i) {
					t.Fatalf("number %d was refused", i)
				}
			}
			if !refused("2001:db8::ffff:ffff", 10) {
				t.Error("another address of the network was not refused")
			}
			if refused("2001:db8:0:1::1", 11) {
				t.Error("another network was refused")
			}
		})
	}
}

// TestEntriesPerClient: one journey sends to another origin any number of times,
// and each time begins one there.
func TestEntriesPerClient(t *testing.T) {
	d := newDesk(t)
	d.Settings.Limits.SignInsPerClient = 10
	here, there := d.browser(directory.Client), d.browser(directory.Tech)
	id := d.begin(here, "both@acme.example").Journey.ID
	enter := func() journey.Outcome {
		away := d.post(here, id, journey.StepPlatform, journey.Form{Platform: "tech"}).Location
		out, err := d.Enter(t.Context(), there, journey.TicketEnter, parameter(t, away, "ticket"))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for range 9 {
		d.wants(enter(), journey.StepMethod)
	}
	d.wantsWait(enter(), "email", 10*time.Minute)
}

// TestCeilings: once what is counted for all people together is reached, who has
// done a tenth of what they may waits, and everybody else goes on; the
// operator is told, and all other methods are open.
func TestCeilings(t *testing.T) {
	password := func(d *desk, ip, address string) journey.Outcome { return d.tryPassword(d.at(ip), address, plain) }
	code := func(d *desk, ip, address string) journey.Outcome { return d.prove(d.at(ip), address) }
	mail := func(d *desk, ip, address string) journey.Outcome { return d.askForMail(d.at(ip), address) }
	begin := func(d *desk, ip, address string) journey.Outcome { return d.tryBegin(ip, address) }
	const fresh = "198.51.100.1"
	for _, tt := range []struct {
		name, field, option string
		over                time.Duration // until the ceiling is
		fill                func(d *desk, i int)
		try, open           func(d *desk, ip, address string) journey.Outcome
		address             string        // of somebody who has done nothing yet
		busyIP, busyAddress string        // of somebody who has
		wait                time.Duration // of the latter
	}{
		{"wrong passwords, of a person", "password", "failures_overall", time.Hour, wrongPassword,
			password, code, "ann@acme.example", fresh, "p0@acme.example", 30 * time.Second},
		{"wrong passwords, of a client", "password", "failures_overall", time.Hour, func(d *desk, i int) {
			d.tryPassword(d.at(inHouse(i/6)), fmt.Sprintf("p%d@acme.example", i), "wrong")
		}, password, code, "ann@acme.example", inHouse(0), "two@acme.example", 30 * time.Second},
		{"wrong codes", "code", "failures_overall", time.Hour, func(d *desk, i int) {
			if i%5 == 0 { // they are five each
				d.wrongCodes(d.at(ofTwo(i)), fmt.Sprintf("p%d@acme.example", i))
			}
		}, code, password, "ann@acme.example", fresh, "p0@acme.example", time.Hour},
		{"mails", "", "mails_overall", 10 * time.Minute, func(d *desk, i int) {
			d.askForCode(d.at(ofTwo(i)), fmt.Sprintf("p%d@acme.example", i))
		}, mail, password, "ann@acme.example", fresh, "p0@acme.example", 10 * time.Minute},
		{"unknown addresses", "email", "unknown_addresses_overall", 15 * time.Minute, func(d *desk, i int) {
			d.tryBegin(inHouse(i/6), "x@nowhere.example")
		}, begin, nil, "ann@acme.example", inHouse(0), "ann@acme.example", 15 * time.Minute},
		{"sign-ins begun", "email", "sign_ins_overall", 10 * time.Minute, func(d *desk, i int) {
			d.tryBegin(inHouse(i), "ann@acme.example")
		}, begin, nil, "ann@acme.example", inHouse(0), "ann@acme.example", 10 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			var log strings.Builder
			d.Limits.Log = slog.New(slog.NewTextHandler(&log, nil))
			d.crowd(200)
			hash := d.wantsPassword(annOwner, plain)
			d.edit(func(e directory.Editor) error {
				return e.SetPassword(directory.PasswordOwner{Address: "two@acme.example", Kind: directory.KindContact}, hash)
			})
			l := &d.Settings.Limits
			l.FailuresOverall, l.MailsOverall, l.UnknownAddressesOverall, l.SignInsOverall = 100, 100, 100, 10_000
			if tt.option == "sign_ins_overall" {
				l.SignInsOverall, l.SignInsPerClient = 100, 10
			}
			for i := range 100 {
				tt.fill(d, i)
			}
			for range 3 {
				d.wantsWait(tt.try(d, tt.busyIP, tt.busyAddress), tt.field, tt.wait)
			}
			if out := tt.try(d, fresh, tt.address); out.Problem != nil {
				t.Fatalf("somebody who has done nothing yet: %+v", out.Problem)
			}
			if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), `option="limits `+tt.option+`"`) {
				t.Errorf("log:\n%s", log.String())
			}
			if tt.open != nil {
				d.wants(tt.open(d, fresh, "p199@acme.example"), journey.StepStay)
			}
			d.advance(tt.over)
			if out := tt.try(d, "198.51.100.3", "ann@acme.example"); out.Problem != nil {
				t.Errorf("after %s: %+v", tt.over, out.Problem)
			}
		})
	}
}

// TestCeilingsThatClose: mails and sign-ins use up what is everybody's, and end
// at twice the number, whoever comes.
func TestCeilingsThatClose(t *testing.T) {
	for name, try := range map[string]func(d *desk, ip, address string) journey.Outcome{
		"mails":          func(d *desk, ip, address string) journey.Outcome { return d.askForMail(d.at(ip), address) },
		"sign-ins begun": func(d *desk, ip, address string) journey.Outcome { return d.tryBegin(ip, address) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.crowd(25)
			d.Settings.Limits.MailsOverall = 10
			if name == "sign-ins begun" {
				d.Settings.Limits.SignInsOverall = 10
			}
			for i := range 25 {
				out := try(d, fmt.Sprintf("203.%d.113.1", i), fmt.Sprintf("p%d@acme.example", i))
				if refused := out.Problem != nil; refused != (i >= 20) {
					t.Fatalf("number %d: %+v", i+1, out.Problem)
				}
			}
			d.advance(10 * time.Minute)
			if out := try(d, "203.24.113.1", "p24@acme.example"); out.Problem != nil {
				t.Errorf("when it is over: %+v", out.Problem)
			}
		})
	}
}

// TestFinishedSignInsLeaveTheCeiling: however many sign in, the sign-ins of
// others do not end.
func TestFinishedSignInsLeaveTheCeiling(t *testing.T) {
	d := newDesk(t)
	d.crowd(30)
	d.Settings.Limits.SignInsOverall = 10
	for i := range 30 {
		d.signIn(d.at(fmt.Sprintf("203.0.113.%d", i)), fmt.Sprintf("p%d@acme.example", i), "no", "")
	}
}

// TestClientsWithoutAddress, as behind a unix socket, do not share the limit of
// one client, and are not without limit.
func TestClientsWithoutAddress(t *testing.T) {
	for _, ip := range []string{"", "@"} {
		t.Run(ip, func(t *testing.T) {
			d := newDesk(t)
			l := &d.Settings.Limits
			l.UnknownAddressesPerClient, l.SignInsPerClient, l.FailuresPerClient = 1, 1, 1
			l.UnknownAddressesOverall, l.SignInsOverall, l.FailuresOverall, l.MailsOverall = 10, 10, 5, 2
			for i := range 21 {
				if out := d.tryBegin(ip, "x@nowhere.example"); (out.Problem.Wait > 0) != (i >= 20) {
					t.Fatalf("unknown address number %d: %+v", i+1, out.Problem)
				}
			}
			d.advance(15 * time.Minute)
			for i := range 21 {
				if out := d.tryBegin(ip, "ann@acme.example"); (out.Problem != nil) != (i >= 20) {
					t.Fatalf("sign-in number %d: %+v", i+1, out.Problem)
				}
			}
			d.advance(15 * time.Minute)
			d.crowd(12)
			for i := range 11 {
				out := d.tryPassword(d.at(ip), fmt.Sprintf("p%d@acme.example", i), "wrong")
				if (out.Problem.Wait > 0) != (i >= 10) {
					t.Fatalf("wrong password number %d: %+v", i+1, out.Problem)
				}
			}
			for i := range 5 {
				if out := d.askForMail(d.at(ip), fmt.Sprintf("p%d@acme.example", i)); (out.Problem != nil) != (i >= 4) {
					t.Fatalf("mail number %d: %+v", i+1, out.Problem)
				}
			}
			if n := strings.Count(d.log.String(), "set trusted_proxies_unix"); n != 1 {
				t.Errorf("the operator was told %d times", n)
			}
		})
	}
}

// TestAnswersTurnedDown: a client whose answers the provider turns down is
// refused before the provider is asked again; what it does not turn down is not
// counted, and its other methods stay open.
func TestAnswersTurnedDown(t *testing.T) {
	d := newDesk(t)
	d.Settings.Limits.FailuresPerClient = 10
	back := func(v journey.Visit, person string, forge bool) (journey.Outcome, error) {
		t.Helper()
		_, location := d.toProvider(v, "ann@acme.example")
		answer := d.pick(location, person)
		if forge {
			answer.Response.Code = "made-up"
		}
		return d.Callback(t.Context(), v, answer)
	}
	v := d.at("203.0.113.7")
	for range 12 {
		out, err := back(v, oidAnn, false)
		if err != nil || out.Step.Name != journey.StepStay {
			t.Fatalf("step %s, %v", out.Step.Name, err)
		}
		if out, err = back(v, "", false); err != nil || out.Journey.Notice != "notice.provider_cancelled" {
			t.Fatalf("notice %s, %v", out.Journey.Notice, err)
		}
	}
	for range 10 {
		if out, err := back(v, oidAnn, true); err != nil || out.Journey.Notice != "notice.provider_failed" {
			t.Fatalf("notice %s, %v", out.Journey.Notice, err)
		}
	}
	var tooMany *journey.TooManyError
	if _, err := back(v, oidAnn, false); !errors.As(err, &tooMany) || tooMany.Wait != 15*time.Minute || !strings.Contains(tooMany.Back, "step=method") {
		t.Fatalf("error %v", err)
	}
	d.wants(d.prove(v, "ann@acme.example"), journey.StepStay)
	if out, err := back(d.at("203.0.113.8"), oidAnn, false); err != nil || out.Step.Name != journey.StepStay {
		t.Fatalf("from elsewhere: step %s, %v", out.Step.Name, err)
	}
}

// slowing is a transport to a provider that answers no request for tokens any more,
// since there were too many, or some that looked like an attack.
type slowing struct {
	handlerTransport
	status, asked int
}

func (s *slowing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost {
		return s.handlerTransport.RoundTrip(r)
	}
	s.asked++
	w := httptest.NewRecorder()
	w.WriteHeader(s.status)
	return w.Result(), nil
}

// TestProviderThatSlowsUs is left alone by each client after so many answers: one
// alone could have it go on slowing everybody down for as long as they like.
func TestProviderThatSlowsUs(t *testing.T) {
	for name, status := range map[string]int{"too many": http.StatusTooManyRequests, "a firewall": http.StatusForbidden} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.Settings.Limits.FailuresPerClient = 10
			slow := &slowing{handlerTransport: handlerTransport{d.idp}, status: status}
			d.through(slow)
			v := d.at("203.0.113.7")
			var err error
			for range 20 {
				_, location := d.toProvider(v, "ann@acme.example")
				answer := d.pick(location, oidAnn)
				answer.Response.Code = "made-up"
				var out journey.Outcome
				if out, err = d.Callback(t.Context(), v, answer); err == nil && out.Journey.Notice != "notice.provider_unavailable" {
					t.Fatalf("notice %q", out.Journey.Notice)
				}
			}
			if tooMany := (*journey.TooManyError)(nil); slow.asked != 10 || !errors.As(err, &tooMany) {
				t.Errorf("the provider was asked %d times, want 10; then %v", slow.asked, err)
			}
		})
	}
}

// TestTicketsPerClient: one journey does not fill the store with tickets that
// nobody uses.
func TestTicketsPerClient(t *testing.T) {
	d := newDesk(t)
	d.Settings.Limits.SignInsPerClient = 10
	v := d.browser(directory.Client)
	id := d.begin(v, "both@acme.example").Journey.ID
	for range 10 {
		d.post(v, id, journey.StepPlatform, journey.Form{Platform: "tech"})
	}
	_, err := d.Answer(t.Context(), v, id, journey.StepPlatform, journey.Form{Platform: "tech"})
	var tooMany *journey.TooManyError
	if !errors.As(err, &tooMany) || tooMany.Wait != 10*time.Minute {
		t.Errorf("error %v", err)
	}
}

// TestJourneysOfSessions: who is signed in begins no more journeys than others.
func TestJourneysOfSessions(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	from := d.signIn(v, "ann@acme.example", "no", "").Started.Session
	d.Settings.Limits.SignInsPerClient = 10
	var tooMany *journey.TooManyError
	for i := range 11 {
		_, err := d.SetPassword(t.Context(), v, from)
		if errors.As(err, &tooMany) != (i >= 9) { // one signed in
			t.Fatalf("number %d: %v", i+1, err)
		}
	}
}

// TestFloodLeavesTheOwner: however many journeys strangers begin with a person's
// address, the person's own goes on.
func TestFloodLeavesTheOwner(t *testing.T) {
	d := newDesk(t)
	owner := d.at("198.51.100.1")
	id := d.askForCode(owner, "ann@acme.example")
	code, _ := d.mails.newest(t)
	for i := range 500 {
		d.tryBegin(fmt.Sprintf("203.0.113.%d", i%250), "ann@acme.example")
	}
	d.wants(d.post(owner, id, journey.StepProve, journey.Form{Code: code}), journey.StepStay)
}

// TestSlash48IsOneSubscriber: the networks of one /48 have together ten times
// what one of them has, and no more.
func TestSlash48IsOneSubscriber(t *testing.T) {
	d := newDesk(t)
	d.Settings.Limits.UnknownAddressesPerClient = 2
	for i := range 21 {
		if out := d.tryBegin(fmt.Sprintf("2001:db8:7:%x::1", i), "x@nowhere.example"); (out.Problem.Wait > 0) != (i >= 20) {
			t.Fatalf("number %d: %+v", i+1, out.Problem)
		}
	}
	d.wantsProblem(d.tryBegin("2001:db8:8::1", "x@nowhere.example"), "email", "email_unregistered")
}

func wrongPassword(d *desk, i int) {
	d.tryPassword(d.at(ofTwo(i)), fmt.Sprintf("p%d@acme.example", i), "wrong")
}

// ofTwo are clients of two holders in turn, who reach a ceiling together.
func ofTwo(i int) string { return fmt.Sprintf("203.%d.113.%d", i%2, i) }

// inHouse are clients of a private network, which is no part of the net.
func inHouse(i int) string { return fmt.Sprintf("10.0.0.%d", i) }

// tryBegin is step 1 from a client, whatever comes of it.
func (d *desk) tryBegin(ip, address string) journey.Outcome {
	d.t.Helper()
	out, err := d.Begin(d.t.Context(), d.at(ip), address, "/")
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

// TestUsedMailsLeaveTheCeiling: mails that are used do not close the method to
// all, however many there are.
func TestUsedMailsLeaveTheCeiling(t *testing.T) {
	d := newDesk(t)
	d.crowd(30)
	d.Settings.Limits.MailsOverall = 10
	for i := range 30 {
		d.wants(d.prove(d.at(fmt.Sprintf("203.0.113.%d", i)), fmt.Sprintf("p%d@acme.example", i)), journey.StepStay)
	}
}

// TestRestartForgetsNothing: the counts outlive the process.
func TestRestartForgetsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "frontdesk.db")
	open := func() store.Store {
		s, err := bolt.Open(path, bolt.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	d := newDeskOn(t, open())
	for range 5 {
		d.tryPassword(d.browser(directory.Client), "ann@acme.example", "wrong")
	}
	for range 2 {
		d.wrongCodes(d.browser(directory.Client), "ann@acme.example")
	}
	for range 5 {
		d.askForCode(d.browser(directory.Client), "two@acme.example")
	}
	if err := d.store.Close(); err != nil {
		t.Fatal(err)
	}
	d = newDeskOn(t, open())
	d.wantsWait(d.tryPassword(d.browser(directory.Client), "ann@acme.example", plain), "password", 30*time.Second)
	d.wantsWait(d.prove(d.browser(directory.Client), "ann@acme.example"), "code", time.Hour)
	d.wantsWait(d.askForMail(d.browser(directory.Client), "two@acme.example"), "", 10*time.Minute)
}

// TestFailedMailsAreNotThePersons: an outage of the mail server leaves nobody
// waiting when it is over; the client's count stays, since each was an attempt.
func TestFailedMailsAreNotThePersons(t *testing.T) {
	d := newDesk(t)
	v := d.browser(directory.Client)
	d.mails.result = errors.New("421 not now")
	id := d.askForCode(v, "ann@acme.example")
	for range d.Settings.Limits.MailsPerPerson + 3 {
		if out := d.post(v, id, journey.StepProve, d.resend(id)); out.Problem != nil {
			t.Fatalf("problem %+v", out.Problem)
		}
	}
	d.mails.result = nil
	if out := d.post(v, id, journey.StepProve, d.resend(id)); out.Problem != nil || d.stored(id).Token.Mail != emailtoken.MailSent {
		t.Fatalf("problem %+v", out.Problem)
	}
	sent := d.mails.count()
	for range d.Settings.Limits.FailuresPerClient {
		d.post(v, id, journey.StepProve, d.resend(id))
	}
	if more := d.mails.count() - sent; more != d.Settings.Limits.MailsPerPerson-1 {
		t.Errorf("%d more mails were sent, want %d", more, d.Settings.Limits.MailsPerPerson-1)
	}
}
