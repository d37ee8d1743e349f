package caddymodule

import (
	"net/url"
	"strings"
	"testing"
)

// TestJourneys walks the ways through the six steps without scripts, over real
// HTTP.
func TestJourneys(t *testing.T) {
	w := newWorld(t)
	w.start()

	t.Run("contact of one account, by code, back to a deep link", func(t *testing.T) {
		v := w.visitor()
		deep := w.origin("client") + "/tickets/7?sort=new&q=a%2Fb+c"
		p := v.get(deep).wants(t, 200, `name="email"`)
		p = v.post(p, "email", "email", " ann@ACME.example ").wants(t, 200, `name="method"`, `value="microsoft"`, `value="email_token"`, `value="password"`)
		p = v.post(p, "method", "method", "email_token").wants(t, 200, `name="code"`)
		p = v.post(p, "prove", "code", "00000000").wants(t, 422, "There is a problem")
		p = v.post(p, "prove", "code", " "+w.code("Ann@acme.example")+" ").wants(t, 200, `name="stay"`)
		p = v.post(p, "stay", "stay", "no").wants(t, 200, "portal GET /tickets/7?sort=new&q=a%2Fb+c\n",
			"Remote-User: c-ann\n", "Remote-Email: Ann@acme.example\n", "Remote-Name: Ann Archer\n", "Remote-Groups: users,a%2Cb\n",
			"X-Frontdesk-Platform: client\n", "X-Frontdesk-Entity: contact\n", "X-Frontdesk-Account-Id: acme\n", "X-Frontdesk-Account-Name: Acme Widgets\n",
			"X-Frontdesk-Method: email_token\n", "X-Frontdesk-Session: ", "X-Frontdesk-Assertion: ")
		p.lacks(t, "frontdesk=", "frontdesk-browser=")
		if got := p.Request.URL.String(); got != deep {
			t.Errorf("landed at %s, want %s", got, deep)
		}
	})

	t.Run("in the visitor's language, the mail too", func(t *testing.T) {
		v := w.visitor()
		v.language = "de-AT,de;q=0.9,en;q=0.5"
		p := v.get(w.origin("client")+"/").wants(t, 200, `<html lang="de"`, "E-Mail-Adresse")
		p = v.post(p, "email", "email", "ann@acme.example").wants(t, 200, "Code per E-Mail erhalten")
		v.post(p, "method", "method", "email_token").wants(t, 200, "Sehen Sie in Ihrem Postfach nach")
		if mail := w.mail("Ann@acme.example"); !strings.Contains(mail.Text, "Ihr Code lautet:") {
			t.Errorf("the mail is not in German:\n%s", mail.Text)
		}
	})

	t.Run("password", func(t *testing.T) {
		v := w.visitor()
		p := v.get(w.origin("client") + "/")
		p = v.post(p, "email", "email", "ann@acme.example")
		p = v.post(p, "method", "method", "password").wants(t, 200, `name="password"`, `autocomplete="current-password"`)
		p = v.post(p, "prove", "password", "wrong").wants(t, 422).lacks(t, `value="wrong"`)
		p = v.post(p, "prove", "password", testPassword).wants(t, 200, `name="stay"`)
		v.post(p, "stay", "stay", "yes").wants(t, 200, "Remote-User: c-ann\n", "X-Frontdesk-Method: password\n")
	})

	t.Run("two accounts, primary first", func(t *testing.T) {
		v := w.visitor()
		p := v.signInByCode(t, w.origin("client")+"/x", "two@acme.example")
		p = v.post(p, "stay", "stay", "no").wants(t, 200, `name="account"`)
		if strings.Index(p.body, `value="acme"`) > strings.Index(p.body, `value="borg"`) {
			t.Error("the primary contact's account is not first")
		}
		v.post(p, "account", "account", "closed").wants(t, 422)
		v.post(p, "account", "account", "borg").wants(t, 200, "GET /x\n", "Remote-User: c-two-borg\n", "X-Frontdesk-Account-Id: borg\n")
	})

	t.Run("contact and member: three platforms, entered at the other origin", func(t *testing.T) {
		v := w.visitor()
		p := v.get(w.origin("client") + "/deep")
		p = v.post(p, "email", "email", "both@msp.example").wants(t, 200, `value="client"`, `value="tech"`, `value="admin"`)
		p = v.post(p, "platform", "platform", "tech").wants(t, 200, `name="method"`)
		if p.Request.URL.Host != strings.TrimPrefix(w.origin("tech"), "http://") {
			t.Fatalf("the method is asked for at %s", p.Request.URL)
		}
		p = v.post(p, "method", "method", "password")
		p = v.post(p, "prove", "password", testPassword)
		v.post(p, "stay", "stay", "no").wants(t, 200, "portal GET /\n", "Remote-User: m-both\n", "X-Frontdesk-Platform: tech\n").lacks(t, "X-Frontdesk-Account-Id")
	})

	t.Run("member of tech only, coming to admin", func(t *testing.T) {
		v := w.visitor()
		p := v.get(w.origin("admin") + "/settings")
		p = v.post(p, "email", "email", "tech@msp.example").wants(t, 200, `name="method"`)
		if p.Request.URL.Host != strings.TrimPrefix(w.origin("tech"), "http://") {
			t.Fatalf("the method is asked for at %s", p.Request.URL)
		}
	})

	t.Run("microsoft", func(t *testing.T) {
		v := w.visitor()
		p := v.get(w.origin("client") + "/m")
		p = v.post(p, "email", "email", "ann@acme.example")
		p = v.post(p, "method", "method", "microsoft").wants(t, 200, oidAnn)
		p = v.pick(p, oidAnn).wants(t, 200, `name="stay"`)
		v.post(p, "stay", "stay", "no").wants(t, 200, "GET /m\n", "Remote-User: c-ann\n", "X-Frontdesk-Method: microsoft\n")
	})

	t.Run("microsoft: cancelled, then somebody else", func(t *testing.T) {
		v := w.visitor()
		p := v.get(w.origin("client") + "/")
		p = v.post(p, "email", "email", "ann@acme.example")
		form := v.post(p, "method", "method", "microsoft")
		p = v.postTo(form.Request.URL.String(), url.Values{"cancel": {"yes"}}).wants(t, 200, `name="method"`)
		p = v.post(p, "method", "method", "microsoft")
		v.pick(p, oidMixed).wants(t, 403, "ann@acme.example", "mixed@acme.example")
	})

	t.Run("microsoft: an address that the provider does not vouch for", func(t *testing.T) {
		v := w.visitor()
		p := v.get(w.origin("client") + "/")
		p = v.post(p, "email", "email", "two@acme.example")
		p = v.post(p, "method", "method", "microsoft")
		p = v.pick(p, oidLoose).wants(t, 200, "did not tell us that this address is yours", `name="code"`).lacks(t, `name="stay"`)
		p = v.post(p, "prove", "code", w.code("two@acme.example")).wants(t, 200, `name="stay"`)
		p = v.post(p, "stay", "stay", "no").wants(t, 200, `name="account"`)
		v.post(p, "account", "account", "borg").wants(t, 200, "Remote-User: c-two-borg\n", "X-Frontdesk-Method: microsoft\n")

		again := w.visitor() // known by now
		p = again.post(again.get(w.origin("client")+"/"), "email", "email", "two@acme.example")
		p = again.pick(again.post(p, "method", "method", "microsoft"), oidLoose).wants(t, 200, `name="stay"`)
		p = again.post(p, "stay", "stay", "no")
		again.post(p, "account", "account", "borg").wants(t, 200, "Remote-User: c-two-borg\n")
	})

	t.Run("creation by code", func(t *testing.T) {
		v := w.visitor()
		p := v.get(w.origin("client") + "/new")
		p = v.post(p, "email", "email", "first@acme.example").wants(t, 200, `value="email_token"`).lacks(t, `value="password"`)
		p = v.post(p, "method", "method", "email_token")
		p = v.post(p, "prove", "code", w.code("first@acme.example")).wants(t, 200, `name="given_name"`, "Acme Widgets")
		v.post(p, "create", "given_name", "", "family_name", "Person").wants(t, 422, `value="Person"`)
		p = v.post(p, "create", "given_name", "Fay", "family_name", "First", "phone", "1", "job_title", "CEO").wants(t, 200, `name="stay"`)
		v.post(p, "stay", "stay", "no").wants(t, 200, "GET /new\n", "Remote-Name: Fay First\n", "X-Frontdesk-Account-Id: acme\n")
	})

	t.Run("creation by microsoft", func(t *testing.T) {
		v := w.visitor()
		p := v.get(w.origin("client") + "/new")
		p = v.post(p, "email", "email", "newcomer@acme.example")
		p = v.post(p, "method", "method", "microsoft")
		p = v.pick(p, oidNew).wants(t, 200, `value="Nell"`, `value="New"`, `value="Engineer"`, `value="&#43;49 30 123456"`)
		p = v.post(p, "create", "given_name", "Nell", "family_name", "New").wants(t, 200, `name="stay"`)
		v.post(p, "stay", "stay", "no").wants(t, 200, "Remote-Name: Nell New\n", "Remote-Email: newcomer@acme.example\n")
	})

	t.Run("an account that asks for another method", func(t *testing.T) {
		v := w.visitor()
		p := v.signInByCode(t, w.origin("client")+"/", "mixed@acme.example")
		p = v.post(p, "stay", "stay", "no")
		p = v.post(p, "account", "account", "strict").wants(t, 200, oidMixed) // the one method is used at once
		v.pick(p, oidMixed).wants(t, 200, "Remote-User: c-mix-strict\n", "X-Frontdesk-Method: microsoft\n")
	})

	for _, c := range []struct{ name, email string }{
		{"nobody's domain", "x@nowhere.example"},
		{"rule off", "x@closed.example"},
		{"inactive account", "x@gone.example"},
		{"sub-domain", "x@sub.acme.example"},
	} {
		t.Run("refused at step 1: "+c.name, func(t *testing.T) {
			v := w.visitor()
			p := v.get(w.origin("client") + "/")
			v.post(p, "email", "email", c.email).wants(t, 422, "Your email address hasn't been registered and we're not able to automatically create an account for you. Send us an email at", "help@msp.example", `value="`+c.email+`"`)
		})
	}

	t.Run("an inactive contact is told after the proof only", func(t *testing.T) {
		v := w.visitor()
		p := v.get(w.origin("client") + "/")
		p = v.post(p, "email", "email", "off@acme.example").wants(t, 200, `name="method"`)
		p = v.post(p, "method", "method", "email_token")
		v.post(p, "prove", "code", w.code("off@acme.example")).wants(t, 403, "Reference").lacks(t, `name="stay"`)
	})
}

// signInByCode goes as far as step 5.
func (v *visitor) signInByCode(t *testing.T, address, email string) page {
	t.Helper()
	p := v.get(address)
	p = v.post(p, "email", "email", email)
	if strings.Contains(p.body, `value="email_token"`) {
		p = v.post(p, "method", "method", "email_token")
	}
	p.wants(t, 200, `name="code"`)
	return v.post(p, "prove", "code", v.world.code(email)).wants(t, 200, `name="stay"`)
}

// pick chooses a person at the stand-in provider.
func (v *visitor) pick(from page, objectID string) page {
	v.t.Helper()
	return v.postTo(from.Request.URL.String(), url.Values{"person": {objectID}})
}
