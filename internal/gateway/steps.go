package gateway

import (
	"net/http"
	"slices"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
	"github.com/frontdesk-gateway/frontdesk/loginui"
)

// showStep renders the page of a journey's step.
func (v *visit) showStep(status int, out journey.Outcome) {
	switch out.Step.Name {
	case journey.StepEmail: // a ticket that came too often
		v.showEmail(status, cleanDestination(out.Journey.Destination, v.settings.Prefix), "", v.problemOf(out.Problem))
	case journey.StepPlatform:
		v.render(status, true, loginui.Platform{Form: v.stepForm(out), Choices: names(out.Step.Platforms)})
	case journey.StepEnter, journey.StepDone:
		v.render(status, true, loginui.Enter{Form: v.stepForm(out), Platform: string(out.Step.Platform)})
	case journey.StepMethod:
		v.render(status, true, v.methodPage(out))
	case journey.StepProve:
		v.showProve(status, out)
	case journey.StepNewPassword:
		v.render(status, true, loginui.NewPassword{
			Form: v.stepForm(out), Current: out.Step.Current, Forgot: out.Step.Forgot, Characters: v.settings.MinLength,
			Required: out.Step.Required,
		})
	case journey.StepCreate:
		v.render(status, true, v.createPage(out))
	case journey.StepStay:
		v.render(status, true, loginui.Stay{Form: v.stepForm(out), Days: days(v.settings.Persistent)})
	case journey.StepAccount:
		v.render(status, true, loginui.Account{Form: v.stepForm(out), Choices: v.accountChoices(out)})
	default:
		v.showRefusal(out)
	}
}

// showProve renders the page of the method in progress.
func (v *visit) showProve(status int, out journey.Outcome) {
	form, others := v.stepForm(out), len(out.Step.Methods) > 1 || out.Step.Confirms != ""
	switch out.Journey.Method {
	case directory.MethodEmailToken:
		mail := "none" // too many were sent
		if token := out.Journey.Token; token != nil {
			mail = string(token.Mail)
		}
		v.render(status, true, loginui.Code{
			Form: form, Token: out.Journey.Token.Name(), Mail: mail, Minutes: int(v.settings.TokenLifetime / time.Minute), Others: others,
			Confirms: out.Step.Confirms, ConfirmsLabel: v.journeys.Label(out.Step.Confirms), More: out.Journey.SetsPassword(),
		})
	case directory.MethodPassword:
		v.render(status, true, loginui.Password{Form: form, Others: others, Forgot: out.Step.Forgot})
	default: // back from a provider by the back button: choose again
		form.Step = string(journey.StepMethod)
		page := v.methodPage(out)
		page.Form = form
		v.render(status, true, page)
	}
}

func (v *visit) methodPage(out journey.Outcome) loginui.Method {
	page := loginui.Method{Form: v.stepForm(out), Platform: string(out.Step.Platform), Account: out.Step.Account.Name}
	last, _ := v.lastMethods()
	for _, method := range out.Step.Methods {
		page.Choices = append(page.Choices, loginui.MethodChoice{Name: method, Label: v.journeys.Label(method), Last: method == last})
	}
	return page
}

func (v *visit) createPage(out journey.Outcome) loginui.Create {
	p := out.Journey.Profile
	proofs := out.Journey.Proofs
	return loginui.Create{
		Form: v.stepForm(out), Account: out.Step.Account.Name,
		Confirm:   slices.ContainsFunc(proofs, session.Proof.OfIdentity),
		GivenName: p.GivenName, FamilyName: p.FamilyName, Phone: p.Phone, JobTitle: p.JobTitle,
	}
}

func (v *visit) accountChoices(out journey.Outcome) []loginui.AccountChoice {
	var choices []loginui.AccountChoice
	for _, contact := range out.Step.Contacts {
		choices = append(choices, loginui.AccountChoice{
			ID: contact.Account, Name: out.Step.Accounts[contact.Account].Name, Contact: contact.DisplayName(), Primary: contact.Primary,
		})
	}
	return choices
}

// stepForm is what the forms of a journey share. Who is signed in cannot begin
// again with another address, but leave everything as it is.
func (v *visit) stepForm(out journey.Outcome) loginui.Form {
	form := loginui.Form{
		Action: v.stepURL(out), Step: string(out.Step.Name),
		Address: string(out.Journey.Address), Problem: v.problemOf(out.Problem), Notice: out.Journey.Notice,
	}
	if out.Journey.From != nil {
		form.Cancel = v.sessionPath()
	} else {
		form.Restart = v.signInURL(out.Journey.Destination)
	}
	return form
}

// showRefusal says why a journey ends.
func (v *visit) showRefusal(out journey.Outcome) {
	key := map[journey.Refusal]string{
		journey.RefusedUnregistered: "not_created", journey.RefusedNotCreated: "not_created",
		journey.RefusedInactive: "inactive", journey.RefusedNoMethod: "no_method",
	}[out.Step.Refusal]
	v.message(http.StatusForbidden, loginui.Message{
		Key: key, Args: map[string]string{"support": string(v.settings.Support)},
		Reference: v.refused("a journey", out.Step.Refusal), Link: v.signInURL(out.Journey.Destination), LinkKey: "action.start_again",
	})
}

func names(platforms []directory.Platform) []string {
	out := make([]string, len(platforms))
	for i, p := range platforms {
		out[i] = string(p)
	}
	return out
}

func days(d time.Duration) int { return max(int(d/(24*time.Hour)), 1) }
