package journey

import (
	"context"
	"errors"
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// Form is what a step's form posted.
type Form struct {
	Platform string
	Method   string
	Code     string
	Resend   string // name of the token that the page was about
	Token    string // of the emailed link
	Password string
	// NewPassword and Forgot answer about the password itself.
	NewPassword string
	Forgot      bool
	Profile     Profile
	Stay        string
	Account     string
}

// turn is one answer on its way through the service.
type turn struct {
	visit   Visit
	journey Journey
	facts   Facts
	step    Step // the one that the answer is for, as Next sees it
	form    Form
	again   bool // a method is taken up after one that did not work out
}

// answer applies a form to a journey. It returns the journey as it was stored,
// or a problem with the form.
type answer func(s *Service, ctx context.Context, t turn) (Outcome, error)

// answers are the steps that take an answer.
var answers = map[StepName]answer{
	StepPlatform:    (*Service).answerPlatform,
	StepEnter:       (*Service).handOver,
	StepMethod:      (*Service).answerMethod,
	StepProve:       (*Service).answerProve,
	StepNewPassword: (*Service).answerNewPassword,
	StepCreate:      (*Service).answerCreate,
	StepStay:        (*Service).answerStay,
	StepAccount:     (*Service).answerAccount,
	StepDone:        (*Service).finish, // after an interrupted last answer
}

// reopened returns the journey with the answer to a step taken back, so that
// Next tells whether that step may be answered (again). Before the proof all
// answers can be changed; what was proved cannot.
//
// What is posted to prove tells its method: a mail's link and code are good
// whatever was chosen since, in another tab perhaps.
func (j Journey) reopened(name StepName, form Form) Journey {
	switch name {
	case StepProve:
		switch {
		case j.Token != nil && form.Token+form.Code+form.Resend != "":
			j.Method = directory.MethodEmailToken
		case form.Password != "" || form.Forgot:
			j.Method = directory.MethodPassword
		}
	case StepPlatform:
		if len(j.Proofs) == 0 {
			j.Platform = ""
		}
	case StepMethod:
		j.Method = ""
	case StepNewPassword: // who was signed in may remember the present one after all
		if j.From != nil && j.Password == ResetPassword && !j.provedByMail() {
			j.Password = ChangePassword
		}
	case StepStay:
		if j.From == nil { // a switch keeps the answer of its session
			j.Stay = Unanswered
		}
	case StepAccount:
		j.Account = ""
	}
	return j
}

// Answer applies what the form of a step posted, and goes on to the next step.
// An answer to a step that is not open changes nothing: the outcome is the
// step that is, with a notice.
func (s *Service) Answer(ctx context.Context, v Visit, id string, name StepName, form Form) (Outcome, error) {
	const tries = 4
	for range tries {
		out, err := s.answer(ctx, v, id, name, form)
		switch {
		case errors.Is(err, ErrFinished):
			return s.handAgain(ctx, v, out.Journey)
		case !errors.Is(err, errMoved):
			return out, err
		}
	}
	return s.Load(ctx, v, id) // others were faster: the page shows where they led
}

func (s *Service) answer(ctx context.Context, v Visit, id string, name StepName, form Form) (Outcome, error) {
	t, err := s.open(ctx, v, id)
	if err != nil {
		return Outcome{Journey: t.journey}, err
	}
	judged := t.journey.reopened(name, form)
	step := Next(judged, t.facts)
	apply := answers[name]
	if apply == nil || step.Name != name {
		return s.elsewhere(ctx, t)
	}
	t.journey.Method, t.step, t.form = judged.Method, step, form
	out, err := apply(s, ctx, t)
	if err != nil || out.Problem != nil || out.Location != "" || out.Started != nil {
		return out, err
	}
	return s.advance(ctx, v, out.Journey)
}

// elsewhere answers a form of a step that is not open. Where nothing is left to
// ask, it is the second click on what was asked last.
func (s *Service) elsewhere(ctx context.Context, t turn) (Outcome, error) {
	if t.step.Name == StepDone {
		return s.finish(ctx, t)
	}
	j, err := s.notice(ctx, t.journey, "notice.step_again")
	return Outcome{Journey: j, Step: t.step}, err
}

// notice has the next page of a journey show a note. One that it shows already
// is not written again, however often a form is posted.
func (s *Service) notice(ctx context.Context, j Journey, key string) (Journey, error) {
	if j.Notice == key {
		return j, nil
	}
	return s.update(ctx, j, func(j *Journey) { j.Notice = key })
}

// advance dispatches: it asks Next for the step, does what needs nobody's
// answer, and returns what does.
func (s *Service) advance(ctx context.Context, v Visit, j Journey) (Outcome, error) {
	f, err := s.facts(ctx, j)
	if err != nil {
		return Outcome{}, err
	}
	step := Next(j, f)
	t := turn{visit: v, journey: j, facts: f, step: step}
	switch {
	case step.Name == StepEnter:
		return s.handOver(ctx, t)
	case step.Name == StepMethod && len(step.Methods) == 1:
		return s.startMethod(ctx, t, step.Methods[0])
	case step.Name == StepDone:
		return s.finish(ctx, t)
	}
	return Outcome{Journey: j, Step: step}, nil
}

// save applies a change and hands the journey on to the dispatcher.
func (s *Service) save(ctx context.Context, t turn, change func(*Journey)) (Outcome, error) {
	j, err := s.update(ctx, t.journey, func(j *Journey) {
		j.Notice = ""
		change(j)
	})
	return Outcome{Journey: j}, err
}

// problem shows the step again.
func (t turn) problem(field, key string, args map[string]string) Outcome {
	return Outcome{Journey: t.journey, Step: t.step, Problem: &Problem{Field: field, Key: "problem." + key, Args: args}}
}

// busy shows it again where too many passwords wait to be hashed.
func (t turn) busy() Outcome {
	out := t.problem("", "busy", nil)
	out.Problem.Busy = true
	return out
}

func (s *Service) answerPlatform(ctx context.Context, t turn) (Outcome, error) {
	i := slices.IndexFunc(t.step.Platforms, func(p directory.Platform) bool { return string(p) == t.form.Platform })
	if i < 0 {
		return t.problem("platform", "choose", nil), nil
	}
	return s.save(ctx, t, func(j *Journey) {
		j.Platform, j.Method, j.Token, j.Provider = t.step.Platforms[i], "", nil, nil
	})
}

func (s *Service) answerMethod(ctx context.Context, t turn) (Outcome, error) {
	if t.form.Method == "" { // "use another method": choose anew
		return s.chooseAnew(ctx, t)
	}
	if !slices.Contains(t.step.Methods, t.form.Method) {
		return t.problem("method", "choose", nil), nil
	}
	return s.startMethod(ctx, t, t.form.Method)
}

// chooseAnew leaves the method in progress, a claim that was to be confirmed, and
// the password that was forgotten as it is; the dispatcher would start an only method again at once, so the
// outcome is the page itself.
func (s *Service) chooseAnew(ctx context.Context, t turn) (Outcome, error) {
	j, err := s.update(ctx, t.journey, func(j *Journey) {
		j.Method, j.Notice = "", ""
		if t.step.Confirms != "" && t.step.Account.ID == "" { // nothing was proved but by such a claim
			j.Proofs = nil
		}
		if j.From == nil {
			j.Password = NoPasswordWish
		}
	})
	return Outcome{Journey: j, Step: t.step, Location: s.Page(j, StepMethod)}, err
}

func (s *Service) answerProve(ctx context.Context, t turn) (Outcome, error) {
	return s.method(t.journey.Method).answer(ctx, t)
}

func (s *Service) answerStay(ctx context.Context, t turn) (Outcome, error) {
	stay := Answer(t.form.Stay)
	if stay != Yes && stay != No {
		return t.problem("stay", "choose", nil), nil
	}
	return s.save(ctx, t, func(j *Journey) { j.Stay = stay })
}

func (s *Service) answerAccount(ctx context.Context, t turn) (Outcome, error) {
	for _, contact := range t.step.Contacts {
		if contact.Account == t.form.Account {
			return s.save(ctx, t, func(j *Journey) { j.Account, j.Method = contact.Account, "" })
		}
	}
	return t.problem("account", "choose", nil), nil
}
