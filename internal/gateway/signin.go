package gateway

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/provider"
	"github.com/frontdesk-gateway/frontdesk/loginui"
)

// getSignIn shows step 1, or what the address names: a journey's page, the
// page of a mail's link, a ticket. Only a ticket changes anything.
func (v *visit) getSignIn() {
	switch {
	case v.query.Get("ticket") != "":
		v.enter(journey.TicketEnter, v.query.Get("ticket"))
	case v.query.Get("switch") != "":
		v.enter(journey.TicketSwitch, v.query.Get("switch"))
	case v.query.Get("ask") != "":
		v.takeUp(v.query.Get("ask"))
	case v.query.Get("journey") != "" && v.query.Get("token") != "":
		v.linkPage(v.query.Get("journey"), v.query.Get("token"))
	case v.query.Get("journey") != "":
		v.journeyPage(v.query.Get("journey"), journey.StepName(v.query.Get("step")))
	default:
		v.emailPage(cleanDestination(v.query.Get("return"), v.settings.Prefix))
	}
}

// emailPage is step 1. Who is signed in has nothing to do there.
func (v *visit) emailPage(destination string) {
	if v.session != nil {
		v.redirect(v.origin.String() + destination)
		return
	}
	if err := v.ensureBrowser(); err != nil {
		v.unavailable(err)
		return
	}
	v.showEmail(http.StatusOK, destination, "", nil)
}

func (v *visit) showEmail(status int, destination, typed string, problem *loginui.Problem) {
	action := v.signInURL(destination)
	if v.again() {
		action = v.signInAgainURL(destination)
	}
	v.render(status, true, loginui.Email{
		Form:  loginui.Form{Action: action, Step: string(journey.StepEmail), Problem: problem},
		Email: typed,
	})
}

// postSignIn takes the answer to a step: of a journey, or step 1, which begins
// one.
func (v *visit) postSignIn() {
	if id := v.query.Get("journey"); id != "" {
		out, err := v.journeys.Answer(v.ctx(), v.visiting(), id, journey.StepName(v.posted("step")), v.form())
		v.answer(out, err)
		return
	}
	v.begin(cleanDestination(v.query.Get("return"), v.settings.Prefix))
}

func (v *visit) begin(destination string) {
	typed, visiting := v.posted("email"), v.visiting()
	visiting.Again = v.again()
	out, err := v.journeys.Begin(v.ctx(), visiting, typed, destination)
	if err == nil && out.Problem != nil {
		v.showEmail(v.problemStatus(out.Problem), destination, typed, v.problemOf(out.Problem))
		return
	}
	v.answer(out, err)
}

// signInAgainURL is signInURL for who came back from a provider as somebody
// else: a provider whose session goes on would do the same again, unasked.
func (v *visit) signInAgainURL(destination string) string {
	return v.signInURL(destination) + "&again=yes"
}

func (v *visit) again() bool { return v.query.Get("again") != "" }

// posted is a field of the form, never of the address.
func (v *visit) posted(name string) string { return v.r.PostForm.Get(name) }

func (v *visit) form() journey.Form {
	return journey.Form{
		Platform: v.posted("platform"), Method: v.posted("method"), Code: v.posted("code"), Resend: v.posted("resend"),
		Token: v.posted("token"), Password: v.posted("password"), NewPassword: v.posted("new_password"), Forgot: v.posted("forgot") == "yes", Stay: v.posted("stay"), Account: v.posted("account"),
		Profile: journey.Profile{
			GivenName: v.posted("given_name"), FamilyName: v.posted("family_name"), Phone: v.posted("phone"), JobTitle: v.posted("job_title"),
		},
	}
}

// visiting describes the browser and the site to the journey. The browser's
// secret is zero where it has none yet: no journey is such a browser's.
func (v *visit) visiting() journey.Visit {
	secret, _ := v.browser()
	visit := journey.Visit{
		Browser: secret, Origin: v.origin, Site: v.site, ClientIP: v.client.IP,
		UserAgent: v.r.UserAgent(), Languages: v.r.Header.Get("Accept-Language"), Replaces: v.sessionKeys(),
	}
	if v.session != nil {
		visit.Current = &v.session.Key
	}
	return visit
}

// answer shows what a journey's answer led to: the same page with a problem,
// the portal, another origin, or, by way of its own address, the next step.
func (v *visit) answer(out journey.Outcome, err error) {
	switch {
	case errors.Is(err, journey.ErrFinished):
		v.finished(out.Journey)
	case err != nil:
		v.fail(err)
	case out.Problem != nil:
		v.showStep(v.problemStatus(out.Problem), out)
	case out.Started != nil:
		v.signedIn(out)
	case out.Location != "":
		v.redirect(out.Location)
	default:
		v.redirect(v.stepURL(out))
	}
}

func (v *visit) stepURL(out journey.Outcome) string {
	return v.journeys.Page(out.Journey, out.Step.Name)
}

// signedIn hands the browser its session and sends it where it was going.
func (v *visit) signedIn(out journey.Outcome) {
	maxAge := 0
	if s := out.Started.Session; s.Persistent {
		maxAge = max(int(s.Expires.Sub(v.clock.Now()).Seconds()), 1)
	}
	if err := v.setCookie(sessionCookie(v.origin), out.Started.Secret, maxAge); err != nil {
		v.unavailable(err)
		return
	}
	v.rememberMethods(out.Started.Session)
	// What the browser keeps may be another account's or person's. No cookie need tell of
	// them: one ends with the browser, in which nobody signed out, and its cache does not.
	v.clearCache()
	v.land(out.Journey, out.Location)
}

// land sends the browser to where a journey ends: to the session's page, where
// it was begun there to set a password; to its destination otherwise, which is
// judged once more.
func (v *visit) land(j journey.Journey, location string) {
	if j.Password == journey.PasswordChanged {
		v.redirect(v.origin.String() + v.sessionPath() + "?" + passwordSet)
		return
	}
	v.redirect(v.origin.String() + cleanDestination(strings.TrimPrefix(location, v.origin.String()), v.settings.Prefix))
}

// finished answers for a journey that left a session behind, as after a second
// click or the back button.
func (v *visit) finished(j journey.Journey) {
	if v.session != nil {
		v.land(j, journey.Landing(j, v.session.Platform))
		return
	}
	v.message(http.StatusGone, loginui.Message{Key: "finished", Link: v.signInURL(cleanDestination(j.Destination, v.settings.Prefix)), LinkKey: "action.start_again"})
}

// journeyPage shows a step of a journey: the one that is asked for where it is
// open. Otherwise it leads to the next.
func (v *visit) journeyPage(id string, step journey.StepName) {
	out, err := v.journeys.LoadAt(v.ctx(), v.visiting(), id, step)
	switch {
	case errors.Is(err, journey.ErrFinished):
		v.finished(out.Journey)
	case err != nil:
		v.fail(err)
	case out.Step.Name != step:
		v.redirect(v.stepURL(out))
	default:
		v.showStep(http.StatusOK, out)
	}
}

// linkPage is what a mail's link opens. It spends nothing: in the browser that
// asked it has a button, in any other it says where to type the code.
func (v *visit) linkPage(id, token string) {
	out, err := v.journeys.Load(v.ctx(), v.visiting(), id)
	switch {
	case errors.Is(err, journey.ErrFinished):
		v.finished(out.Journey)
	case errors.Is(err, journey.ErrNotFound):
		v.render(http.StatusOK, false, loginui.LinkElsewhere{})
	case err != nil:
		v.fail(err)
	case out.Journey.Token == nil || len(token) > maxLinkToken || !slices.Contains(out.Step.Methods, directory.MethodEmailToken):
		v.redirect(v.stepURL(out))
	default:
		out.Step.Name = journey.StepProve // whatever method was chosen since
		v.render(http.StatusOK, true, loginui.Link{Form: v.stepForm(out), Token: token, More: out.Journey.SetsPassword()})
	}
}

// enter begins a journey that another origin sent here.
func (v *visit) enter(kind journey.TicketKind, secret string) {
	if !v.mayAct() {
		return
	}
	if err := v.ensureBrowser(); err != nil {
		v.unavailable(err)
		return
	}
	v.answer(v.journeys.Enter(v.ctx(), v.visiting(), kind, secret))
}

// takeUp asks, from this origin and for this browser, for a switch that was
// begun at another.
func (v *visit) takeUp(secret string) {
	if !v.mayAct() {
		return
	}
	if err := v.ensureBrowser(); err != nil {
		v.unavailable(err)
		return
	}
	location, err := v.journeys.TakeUp(v.ctx(), v.visiting(), secret)
	if err != nil {
		v.fail(err)
		return
	}
	v.redirect(location)
}

// callback takes a provider's answer.
func (v *visit) callback(name string) {
	if !v.mayAct() {
		return
	}
	for _, values := range v.query {
		if len(values) > 1 || len(values[0]) > maxCallback { // RFC 6749, 3.1: not more than once
			v.expired()
			return
		}
	}
	out, err := v.journeys.Callback(v.ctx(), v.visiting(), journey.Callback{
		Provider: name, State: v.query.Get("state"),
		Response: provider.Response{
			Code: v.query.Get("code"), Issuer: v.query.Get("iss"), Error: v.query.Get("error"), ErrorDescription: v.query.Get("error_description"),
		},
	})
	v.answer(out, err)
}

// problemStatus is the status of a page that says what is wrong with a form: 429
// where it was not judged because there were too many (RFC 6585, 4), 503 where
// we have too much to do.
func (v *visit) problemStatus(p *journey.Problem) int {
	switch {
	case p.Busy:
		v.retryAfter(2 * time.Second)
		return http.StatusServiceUnavailable
	case p.Wait > 0:
		v.retryAfter(p.Wait)
		return http.StatusTooManyRequests
	}
	return http.StatusUnprocessableEntity
}

func (v *visit) retryAfter(wait time.Duration) {
	seconds := int64((wait + time.Second - 1) / time.Second)
	v.w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
}

// problemOf is what a page says of a form. One that was not judged has failed,
// whatever was typed, and gets a reference.
func (v *visit) problemOf(p *journey.Problem) *loginui.Problem {
	if p == nil {
		return nil
	}
	problem := &loginui.Problem{Field: p.Field, Key: p.Key, Args: p.Args}
	if status := v.problemStatus(p); status != http.StatusUnprocessableEntity {
		problem.Reference = v.failed(status, p.Key)
	}
	return problem
}
