package caddymodule

import (
	"crypto/rand"
	"net/url"
	"strings"
	"testing"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

func TestAdvisoriesOfZitadel(t *testing.T) {
	w := newWorld(t, pat)
	w.methods = "methods microsoft email_token password other"
	w.options = "oidc other {\n issuer " + w.authority + "/" + tenantAcme + "/v2.0\n client_id frontdesk\n client_secret hush\n}"
	w.start()
	loginAttacks{
		"CVE-2023-49097: mails built from a header of the request":        mailsOfAHost,
		"CVE-2025-46815: a provider's answer taken again":                 callbackAgain,
		"CVE-2025-48936: mails built from the scheme of a header":         mailsOfAHost,
		"CVE-2025-64101: mails built from the header Forwarded":           mailsOfAHost,
		"CVE-2025-64103: session good with half its proofs":               halfProved,
		"CVE-2026-29067: mails built from a header of the request, again": mailsOfAHost,
		"CVE-2026-55672: answer for one provider taken by another":        callbackOfAnotherProvider,
		"CVE-2026-85056: session reused where another proof is needed":    halfProved,
		"CVE-2026-105207: identity linked before the proof":               linkedBeforeTheProof,
		"CVE-2026-105208: a provider's answer altered":                    alteredState,
		"CVE-2026-109372: answer of one provider taken for another's":     callbackOfAnotherProvider,
		"CVE-2026-135175: trusted host before the @ of another":           hostBeforeAnAt,
	}.run(t, w)
}

// newContact is somebody of acme whom no other test mails.
func newContact(t *testing.T, name string) (address string) {
	t.Helper()
	importNow(t, `{"contacts": [{"id": "c-`+name+`", "email": "`+name+`@acme.example", "account": "acme"}]}`)
	return name + "@acme.example"
}

// mailsOfAHost: links are built from configuration, and no mail is sent for a
// host that is not configured.
func mailsOfAHost(t *testing.T, w *world) {
	address := newContact(t, strings.ToLower(rand.Text()))
	v := w.visitor()
	headers := map[string]string{}
	for _, name := range []string{"X-Forwarded-Host", "X-Forwarded-Server", "X-Host", "X-Original-Host", "X-HTTP-Host-Override", "X-Forwarded-Proto", "X-Zitadel-Forward-Host", "X-Zitadel-Public-Host"} {
		headers[name] = "evil.example"
	}
	headers["Forwarded"], headers["X-Forwarded-Port"] = "host=evil.example;proto=https", "666"
	p := v.get(w.origin("client") + "/")
	p = v.postWith(p, headers, "email", "email", address).wants(t, 200, `name="method"`)
	p = v.postWith(p, headers, "method", "method", "email_token").wants(t, 200, `name="code"`)
	mail := w.mail(address)
	if !strings.HasPrefix(mail.Link(), w.origin("client")+"/frontdesk/") || strings.Contains(mail.Text+mail.HTML, "evil.example") || strings.Contains(mail.Text, ":666") {
		t.Errorf("link %s in\n%s", mail.Link(), mail.Text)
	}
	p.lacks(t, "evil.example")
	sent := len(w.outbox.Mails())
	other := strings.Replace(p.Request.URL.String(), "client.localhost", "evil.localhost", 1)
	v.postTo(other, url.Values{"step": {"method"}, "method": {"email_token"}}).wants(t, 421)
	if now := len(w.outbox.Mails()); now != sent {
		t.Errorf("%d mails for another host", now-sent)
	}
}

// hostBeforeAnAt: hosts and targets that name a trusted host somewhere.
func hostBeforeAnAt(t *testing.T, w *world) {
	ours := "client.localhost:" + portOf(w)
	for _, host := range []string{ours + "@evil.example", "evil.example@" + ours, "evil.example#" + ours, "evil.example?" + ours, "evil.example/" + ours, ours + "#@evil.example", "evil.example, " + ours, ours + " evil.example", "evil.example\\" + ours} {
		for _, target := range []string{"/private", "http://" + host + "/private"} {
			answer := w.raw("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nAccept: text/html\r\nConnection: close\r\n\r\n")
			if strings.Contains(answer, "portal ") || strings.Contains(answer, "\r\nLocation: http") || strings.Contains(answer, "\r\nLocation: //") {
				t.Errorf("host %s, target %s: %.300s", host, target, answer)
			}
		}
	}
}

// callbackAgain: by the same browser before and after its session ended, and by
// another.
func callbackAgain(t *testing.T, w *world) {
	newContact(t, "pat")
	v := w.visitor()
	back := v.pickedCallback(v.toMicrosoft("pat@acme.example"), oidPat)
	thief := w.visitor()
	thief.get(w.origin("client") + "/")
	thief.get(back.String()).wants(t, 410)
	p := v.get(back.String()).wants(t, 200, `name="stay"`)
	v.get(back.String()).wants(t, 410)
	v.post(p, "stay", "stay", "no").wants(t, 200, "Remote-User: c-pat\n")
	v.postTo(w.origin("client")+"/frontdesk/sign-out", url.Values{}).wants(t, 200)
	v.get(back.String()).wants(t, 410)
	v.post(p, "stay", "stay", "no").wants(t, 410)
	v.get(w.origin("client")+"/").wants(t, 200, `name="email"`)
	thief.get(w.origin("client")+"/").wants(t, 200, `name="email"`)
}

// halfProved: an account that asks for Microsoft is not open by a code, nor by
// the session that the code left behind at another.
func halfProved(t *testing.T, w *world) {
	v := w.visitor()
	importNow(t, `{"contacts": [{"id": "c-half-acme", "email": "half@acme.example", "account": "acme", "primary": true}, {"id": "c-half-strict", "email": "half@acme.example", "account": "strict"}]}`)
	p := v.signInByCode(t, w.origin("client")+"/", "half@acme.example")
	chosen := v.post(p, "stay", "stay", "no").wants(t, 200, `name="account"`)
	v.post(chosen, "account", "account", "strict").lacks(t, "Remote-User")
	v.get(w.origin("client")+"/").lacks(t, "Remote-User")
	v.post(chosen, "stay", "stay", "yes").lacks(t, "Remote-User")
	v.get(w.origin("client")+"/").lacks(t, "Remote-User")
	v.post(chosen, "account", "account", "acme").wants(t, 200, "Remote-User: c-half-acme\n")
	v.postTo(w.origin("client")+"/frontdesk/session", url.Values{"account": {"strict"}}).lacks(t, "Remote-User")
	v.get(w.origin("client")+"/").wants(t, 200, "Remote-User: c-half-acme\n")
}

// callbackOfAnotherProvider: an answer counts at the provider that was asked.
func callbackOfAnotherProvider(t *testing.T, w *world) {
	newContact(t, "pat")
	v := w.visitor()
	back := v.pickedCallback(v.toMicrosoft("pat@acme.example"), oidPat)
	mixed := strings.Replace(back.String(), "/callback/microsoft", "/callback/other", 1)
	v.get(mixed).wants(t, 410)
	v.get(w.origin("client")+"/").wants(t, 200, `name="email"`)
	v.get(back.String()).wants(t, 200, `name="stay"`) // which spent nothing
}

// linkedBeforeTheProof: an identity that only claims an address is written down
// with nobody before the address was proved and the journey ended.
func linkedBeforeTheProof(t *testing.T, w *world) {
	d, err := runningDesk()
	if err != nil {
		t.Fatal(err)
	}
	linked := func() int {
		t.Helper()
		people, err := d.store.People(t.Context(), "two@acme.example")
		if err != nil || len(people.Contacts) != 2 {
			t.Fatalf("%+v, %v", people, err)
		}
		return len(people.Contacts[0].Links) + len(people.Contacts[1].Links)
	}
	eve := w.visitor()
	p := eve.pick(eve.toMicrosoft("two@acme.example"), oidLoose).wants(t, 200, `name="code"`)
	for _, step := range []string{"stay", "account", "done", "method", "create"} {
		eve.post(p, step, "stay", "yes", "account", "acme", "method", "microsoft")
	}
	eve.get(w.origin("client")+"/").wants(t, 200, `name="email"`)
	if n := linked(); n != 0 {
		t.Errorf("%d links of an identity that nobody vouched for", n)
	}
	again := w.visitor()
	again.pick(again.toMicrosoft("two@acme.example"), oidLoose).wants(t, 200, `name="code"`).lacks(t, `name="stay"`)
	if all, err := d.store.SessionsOf(t.Context(), directory.KindContact, "c-two-acme"); err != nil || len(all) != 0 {
		t.Errorf("%d sessions, %v", len(all), err)
	}
}

// alteredState: of a provider's answer no character may change, and no other
// journey's be taken.
func alteredState(t *testing.T, w *world) {
	newContact(t, "pat")
	v, other := w.visitor(), w.visitor()
	back := v.pickedCallback(v.toMicrosoft("pat@acme.example"), oidPat)
	theirs := other.pickedCallback(other.toMicrosoft("pat@acme.example"), oidPat)
	state := back.Query().Get("state")
	id, secret, _ := strings.Cut(state, ".")
	theirID, theirSecret, _ := strings.Cut(theirs.Query().Get("state"), ".")
	flip := map[bool]string{true: "B", false: "A"}[secret[0] == 'A']
	for _, changed := range []string{"", ".", id, id + ".", "." + secret, id + "." + secret[1:], id + "." + flip + secret[1:], state + "A", id + "." + theirSecret, theirID + "." + secret, theirID + "." + theirSecret} {
		query := back.Query()
		query.Set("state", changed)
		altered := *back
		altered.RawQuery = query.Encode()
		v.get(altered.String()).wants(t, 410)
	}
	v.get(back.String()).wants(t, 200, `name="stay"`)
}
