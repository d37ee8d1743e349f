package caddymodule

import "slices"

// flow is what comes of requests that go through routes.
type flow struct {
	clean    bool       // some have not passed frontdesk by now
	passed   bool       // some have, and go on
	reached  []portal   // where those come that have not
	behind   []string   // the upstreams that those come to that have
	later    []*route   // for what the others answer
	answered bool       // by those it may be somebody who has not passed
	failing  [][]*route // lists for what fails from now on
	files               // that all of them come to
	asking              // of those that have not
}

// portal is a handler that may lead to one.
type portal struct {
	step
	by      *route
	always  bool // no matcher leads there
	answers bool // only for what somebody else has answered
	files   bool // it gives out the file that was asked for
}

func (f *flow) routes(list []*route, always bool) {
	kept, open := map[string]bool{}, map[string]bool{} // by group: some go on with the file that they asked for; that have not passed
	for _, r := range list {
		if f.clean {
			f.note("a matcher", r, r.asks)
		}
		before := *f
		f.match(r.match)
		for _, s := range r.steps {
			f.step(s, r, always && (len(r.match) == 0 || s.scripts && r.isForSuffixes()))
		}
		if len(f.failing) > len(before.failing) && r.ends() {
			f.failing = before.failing
		}
		if r.terminal {
			f.answer()
			f.clean, f.passed, f.asking = false, false, before.asking
		}
		if r.chooses() {
			goesOn, all := f.clean && !r.ends(), len(r.match) == 0 && !r.skips() && !r.partly // the last of its group: all have taken one
			kept[r.group] = r.group != "" && kept[r.group] || goesOn && !f.rewritten
			open[r.group] = open[r.group] || goesOn
			f.rewritten = !kept[r.group] && (before.rewritten || all)
			if f.clean = f.clean || before.clean; all {
				f.clean = open[r.group]
			}
			f.passed = f.passed || before.passed
		}
		f.pages = before.pages
	}
}

func (f *flow) step(s step, by *route, always bool) {
	before := *f
	f.rewrite(s.to)
	if f.clean {
		f.reached = append(f.reached, portal{step: s, by: by, always: always, files: s.name == "file_server" && !f.rewritten})
		f.ask(s, by)
	}
	if f.passed && !s.goesOn {
		f.behind = append(f.behind, s.upstreams...)
	}
	if s.gateway {
		f.clean, f.passed = false, before.passed || before.clean
	}
	f.routes(s.within, always)
	if before.clean && len(s.errors) > 0 {
		f.failing = append(slices.Clip(f.failing), s.errors)
	}
	if s.name == "intercept" {
		f.later = append(f.later, s.responses...)
		return
	}
	if aside := slices.Concat(s.errors, s.responses); len(aside) > 0 {
		after := *f
		f.clean, f.passed = before.clean, before.passed
		f.routes(aside, false)
		f.clean, f.passed = f.clean || after.clean, f.passed || after.passed
	}
	switch {
	case s.proxy, s.name == "static_response", s.name == "file_server":
		f.answer()
		f.passed = f.passed && s.falls
	case s.name == "error", s.name == "copy_response":
		f.passed = false
	}
}

// answer notes that some may be answered here.
func (f *flow) answer() { f.answered = f.answered || f.clean && len(f.later) > 0 }

// portals are where requests come that have not passed, also when they were answered.
func (f *flow) portals() []portal {
	later := flow{clean: f.answered, files: f.files}
	later.routes(f.later, false)
	for i := range later.reached {
		later.reached[i].answers = true
	}
	return slices.Concat(f.reached, later.reached)
}

// ask notes what a handler asks for. A map asks when others do, for what it fills in.
func (f *flow) ask(s step, by *route) {
	if s.fills == nil {
		f.note(s.name, by, s.asks)
	} else if f.asked(s.asks) != "" {
		f.filled = append(slices.Clip(f.filled), s.fills...)
	}
}

// judges reports whether all requests behind a handler have passed frontdesk.
func (s step) judges() bool {
	f := flow{clean: true}
	f.routes([]*route{{steps: []step{s}}}, true)
	return !f.clean
}

// onlyJudges reports whether a handler does what frontdesk does: all that come to it
// are judged, and go on behind it.
func (s step) onlyJudges() bool {
	f := flow{clean: true}
	f.routes([]*route{{steps: []step{s}}}, true)
	return !f.clean && f.passed && len(f.behind) == 0
}
