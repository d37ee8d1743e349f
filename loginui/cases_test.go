package loginui

import "time"

// pageCase is a page in one of the states that people meet it in.
type pageCase struct {
	name  string
	frame Frame
	page  Page
}

var (
	plainFrame   = Frame{Prefix: "/frontdesk", FormToken: "f0rm-T0k3n"}
	brandedFrame = Frame{
		Prefix: "/frontdesk", FormToken: "f0rm-T0k3n",
		Support: "help@msp.example",
		Brand:   Brand{Name: "MSP Help Desk", Accent: "#0b7a5b"},
	}
	logoFrame = Frame{
		Prefix: "/login", FormToken: "f0rm-T0k3n",
		Support: "help@msp.example",
		Brand:   Brand{Name: "MSP Help Desk", Logo: true, Accent: "#ffcc00"},
	}
)

const someone = "john.smith@contoso.example"

func journeyForm(step string, change ...func(*Form)) Form {
	f := Form{
		Action:  "/frontdesk/sign-in/j4mq7k2v?step=" + step,
		Step:    step,
		Restart: "/frontdesk/sign-in?return=%2Ftickets%3Fopen%3D1",
		Address: someone,
	}
	for _, c := range change {
		c(&f)
	}
	return f
}

func signedIn(f *Form) { f.Restart, f.Cancel = "", "/frontdesk/session" }

func first(f *Form) { f.Restart, f.Address = "", "" }

func noted(key string) func(*Form) { return func(f *Form) { f.Notice = key } }

func problemAt(field, key string, args ...string) func(*Form) {
	p := &Problem{Field: field, Key: key, Args: map[string]string{}}
	for i := 0; i+1 < len(args); i += 2 {
		p.Args[args[i]] = args[i+1]
	}
	return func(f *Form) { f.Problem = p }
}

func referenced(f *Form) { f.Problem.Reference = "K7QF-29XD" }

var methods = []MethodChoice{
	{Name: "microsoft", Last: true},
	{Name: "google", Label: "Google"},
	{Name: "email_token"},
	{Name: "password"},
}

var accounts = []AccountChoice{
	{ID: "contoso", Name: "Contoso Ltd", Contact: "John Smith", Primary: true},
	{ID: "fabrikam", Name: "Fabrikam, Inc.", Contact: "John Smith"},
	{ID: "northwind", Name: "Northwind Traders International Logistics and Warehousing", Contact: "Johnny Smith"},
}

func contactSession() Session {
	switchable := append([]AccountChoice(nil), accounts...)
	switchable[0].Current = true
	at := time.Date(2026, time.March, 9, 8, 5, 0, 0, time.UTC)
	return Session{
		Name: "John Smith", Email: someone, Kind: "contact", Platform: "client", Account: "Contoso Ltd",
		Method: "email_token", SignedIn: at, Expires: at.Add(24 * time.Hour),
		Action: "/frontdesk/session", Accounts: switchable, Platforms: []string{"tech", "admin"},
		Others: []OtherSession{
			{ID: "s1", Platform: "client", Account: "Fabrikam, Inc.", Browser: "Firefox on Linux", ClientIP: "203.0.113.7", LastUsed: at.Add(-time.Hour)},
			{ID: "s2", Platform: "tech", ClientIP: "2001:db8::7", LastUsed: at.Add(-26 * time.Hour)},
		},
		More:     450,
		Password: PasswordChoice{Offer: "change", Changed: at.Add(-90 * 24 * time.Hour)},
		Home:     "/", SignOut: "/frontdesk/sign-out",
	}
}

func memberSession() Session {
	s := contactSession()
	s.Kind, s.Platform, s.Account, s.Method, s.MethodLabel = "member", "tech", "", "google", "Google"
	s.Persistent, s.Accounts, s.Platforms, s.Others, s.More, s.Password = true, nil, nil, nil, 0, PasswordChoice{}
	s.SignsOutOf = &Provider{Name: "google", Label: "Google"}
	return s
}

func firstPasswordSession() Session {
	s := memberSession()
	s.Password = PasswordChoice{Offer: "first"}
	return s
}

func passwordSetSession() Session {
	s := contactSession()
	s.Accounts, s.Platforms, s.Others, s.More, s.Notice = nil, nil, nil, 0, "notice.password_set"
	return s
}

func pageCases() []pageCase {
	return append(journeyCases(), otherCases()...)
}

func journeyCases() []pageCase {
	return []pageCase{
		{"email", plainFrame, Email{Form: journeyForm("email", first)}},
		{"email_branded", brandedFrame, Email{Form: journeyForm("email", first)}},
		{"email_logo", logoFrame, Email{Form: journeyForm("email", first)}},
		{"email_invalid", brandedFrame, Email{Form: journeyForm("email", first, problemAt("email", "problem.email_invalid")), Email: "john.smith@"}},
		{"email_unregistered", brandedFrame, Email{Form: journeyForm("email", first, problemAt("email", "problem.email_unregistered", "support", "help@msp.example"), referenced), Email: "a@nowhere.example"}},
		{"email_unregistered_without_support", plainFrame, Email{Form: journeyForm("email", first, problemAt("", "problem.email_unregistered")), Email: "a@nowhere.example"}},
		{"email_too_many", plainFrame, Email{Form: journeyForm("email", first, problemAt("", "problem.too_many", "wait", "30s"))}},
		{"platform", brandedFrame, Platform{Form: journeyForm("platform"), Choices: []string{"client", "tech", "admin"}}},
		{"platform_problem", plainFrame, Platform{Form: journeyForm("platform", problemAt("platform", "problem.choose")), Choices: []string{"client", "tech"}}},
		{"method", brandedFrame, Method{Form: journeyForm("method"), Choices: methods, Platform: "client"}},
		{"method_notice", plainFrame, Method{Form: journeyForm("method", noted("notice.provider_failed")), Choices: methods[1:], Platform: "tech"}},
		{"method_account", plainFrame, Method{Form: journeyForm("method"), Choices: methods[:1], Platform: "client", Account: "Contoso Ltd"}},
		{"code", brandedFrame, Code{Form: journeyForm("code"), Token: "0a1b2c3d", Mail: "sent", Minutes: 10, Others: true}},
		{"code_confirms", plainFrame, Code{Form: journeyForm("code"), Token: "0a1b2c3d", Mail: "sent", Minutes: 10, Confirms: "microsoft", Others: true}},
		{"code_sending", plainFrame, Code{Form: journeyForm("code"), Token: "0a1b2c3d", Minutes: 10}},
		{"code_resent", brandedFrame, Code{Form: journeyForm("code", noted("notice.mail_resent")), Token: "0a1b2c3d", Mail: "sent", Minutes: 10, Others: true}},
		{"code_failed", plainFrame, Code{Form: journeyForm("code"), Token: "0a1b2c3d", Mail: "failed", Minutes: 10, Others: true}},
		{"code_none", plainFrame, Code{Form: journeyForm("code", problemAt("", "problem.too_many", "wait", "10m0s")), Token: "none", Mail: "none", Minutes: 10, Others: true}},
		{"code_more", plainFrame, Code{Form: journeyForm("code", signedIn), Token: "0a1b2c3d", Mail: "sent", Minutes: 10, More: true}},
		{"code_wrong", brandedFrame, Code{Form: journeyForm("code", problemAt("code", "problem.code_wrong")), Token: "0a1b2c3d", Mail: "sent", Minutes: 10, Others: true}},
		{"link", plainFrame, Link{Form: journeyForm("link"), Token: "Zm9vYmFy"}},
		{"link_more", plainFrame, Link{Form: journeyForm("link", signedIn), Token: "Zm9vYmFy", More: true}},
		{"link_wrong", plainFrame, Link{Form: journeyForm("link", problemAt("token", "problem.code_expired")), Token: "Zm9vYmFy"}},
		{"link_elsewhere", plainFrame, LinkElsewhere{}},
		{"password", brandedFrame, Password{Form: journeyForm("password"), Others: true, Forgot: true}},
		{"password_wrong", plainFrame, Password{Form: journeyForm("password", problemAt("password", "problem.password_wrong"), referenced)}},
		{"password_wrong_wait", plainFrame, Password{Form: journeyForm("password", problemAt("password", "problem.password_wrong_wait", "wait", "1m0s"))}},
		{"new_password", brandedFrame, NewPassword{Form: journeyForm("new_password", signedIn), Current: true, Forgot: true, Characters: 15}},
		{"new_password_required", plainFrame, NewPassword{Form: journeyForm("new_password"), Required: true, Characters: 8}},
		{"new_password_wrong", plainFrame, NewPassword{Form: journeyForm("new_password", signedIn, problemAt("password", "problem.field_required")), Current: true, Characters: 15}},
		{"new_password_short", plainFrame, NewPassword{Form: journeyForm("new_password", problemAt("new_password", "problem.password_too_short", "characters", "15")), Characters: 15}},
		{"create", brandedFrame, Create{Form: journeyForm("create"), Account: "Contoso Ltd"}},
		{"create_confirm", plainFrame, Create{Form: journeyForm("create"), Account: "Contoso Ltd", Confirm: true, GivenName: "John", FamilyName: "Smith", Phone: "+44 20 7946 0000", JobTitle: "Buyer"}},
		{"create_problem", plainFrame, Create{Form: journeyForm("create", problemAt("given_name", "problem.field_required")), Account: "Contoso Ltd", FamilyName: "Smith"}},
		{"stay", brandedFrame, Stay{Form: journeyForm("stay"), Days: 30}},
		{"stay_one_day", plainFrame, Stay{Form: journeyForm("stay"), Days: 1}},
		{"account", brandedFrame, Account{Form: journeyForm("account"), Choices: accounts}},
		{"enter", plainFrame, Enter{Form: journeyForm("enter"), Platform: "tech"}},
	}
}

func otherCases() []pageCase {
	return []pageCase{
		{"session", brandedFrame, contactSession()},
		{"session_member", plainFrame, memberSession()},
		{"session_first_password", plainFrame, firstPasswordSession()},
		{"session_password_set", plainFrame, passwordSetSession()},
		{"sign_out", brandedFrame, SignOut{Action: "/frontdesk/sign-out", Name: "John Smith", Email: someone, Home: "/"}},
		{"sign_out_ended", plainFrame, SignOut{Action: "/frontdesk/sign-out"}},
		{"sign_out_gone", plainFrame, SignOut{Action: "/frontdesk/sign-out", Gone: true}},
		{"sign_out_provider", plainFrame, SignOut{Action: "/frontdesk/sign-out", Email: someone, SignsOutOf: &Provider{Name: "microsoft"}}},
		{"signed_out", brandedFrame, SignedOut{SignIn: "/frontdesk/sign-in"}},
		{"signed_out_everywhere", plainFrame, SignedOut{Everywhere: true, SignIn: "/frontdesk/sign-in"}},
		{"signed_out_still_at", plainFrame, SignedOut{SignIn: "/frontdesk/sign-in", StillAt: []Provider{{Name: "microsoft"}}}},
		{"message_expired", plainFrame, Message{Key: "expired", Reference: "K7QF-29XD", Link: "/frontdesk/sign-in", LinkKey: "action.start_again"}},
		{"message_unauthorized", brandedFrame, Message{Key: "unauthorized", Link: "/frontdesk/sign-in?return=%2F", LinkKey: "action.sign_in", WholeWindow: true}},
		{"message_not_created", brandedFrame, Message{Key: "not_created", Reference: "K7QF-29XD", Link: "/frontdesk/sign-in", LinkKey: "action.start_again"}},
		{"message_not_created_without_support", plainFrame, Message{Key: "not_created", Reference: "K7QF-29XD"}},
		{"message_other_address", plainFrame, Message{Key: "other_address", Args: map[string]string{"typed": someone, "proved": "js@fabrikam.example"}, Reference: "K7QF-29XD", Link: "/frontdesk/sign-in", LinkKey: "action.start_again"}},
		{"message_misdirected", plainFrame, Message{Key: "misdirected"}},
	}
}

func tokenMail() TokenMail {
	return TokenMail{
		Brand:    Brand{Name: "MSP Help Desk", Accent: "#0b7a5b"},
		Platform: "client", Origin: "https://portal.msp.example", Address: someone,
		Code: "12345678", Link: "https://portal.msp.example/frontdesk/sign-in/link?token=Zm9v&j=j4mq7k2v",
		Minutes: 10, Support: "help@msp.example", ClientIP: "203.0.113.7",
	}
}

func passwordMail() PasswordMail {
	return PasswordMail{
		Brand:    Brand{Name: "MSP Help Desk", Accent: "#0b7a5b"},
		Platform: "client", Origin: "https://portal.msp.example", Address: someone,
		At:      time.Date(2026, time.March, 9, 8, 5, 0, 0, time.UTC),
		Support: "help@msp.example", ClientIP: "203.0.113.7",
	}
}
