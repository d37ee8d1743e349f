package loginui

import "time"

// Page is one typed page: it names its template.
type Page interface {
	template() string
}

// Frame is what every page shows around its card.
type Frame struct {
	Brand   Brand
	Prefix  string // path of the pages, "/frontdesk"
	Support string // support address; may be empty
	// FormLeaves admits https: (http: on loopback) in the form-action of the
	// page's CSP: Chromium checks it along the redirects after a POST, and this
	// page's POST can end at a provider, another origin or the portal.
	FormLeaves bool
	Loopback   bool
	// FormToken is the hidden field "form_token" of each form: what tells a form
	// of these pages from one of another page of their origin.
	FormToken string
	// Standalone puts the style into the page and leaves the images out, for a
	// host that serves no assets.
	Standalone bool
}

// Brand is the operator's.
type Brand struct {
	Name   string // "" stands for the catalogue's default
	Logo   bool   // served at PREFIX/assets/logo
	Accent string // #rrggbb; "" for the default
}

// Form is what the forms of a journey share.
type Form struct {
	Action string // address to post to: this page's own
	Step   string // hidden field "step": which step the form answers
	// Restart leads back to step 1 with the same destination; empty on step 1.
	Restart string
	// Cancel leads back to the session that the journey goes on from; empty
	// where somebody signs in.
	Cancel string
	// Address is the address typed in step 1, shown on every later step.
	Address string
	// Problem is what was wrong with the last post; nil for none.
	Problem *Problem
	// Notice is a note on top of the page that is no field's fault: a key of
	// the catalogue ("notice.*"); empty for none.
	Notice string
}

// Problem is an error about one field, or about the form as a whole.
type Problem struct {
	Field string // name of the field; empty for the whole form
	Key   string // catalogue key, "problem.*"
	// Args fill the text's placeholders by name.
	Args map[string]string
	// Reference names the failure in the audit trail; empty: not shown.
	Reference string
}

// Email is step 1: field "email".
type Email struct {
	Form
	Email string // as typed
}

// Platform is step 2: one button each, name "platform".
type Platform struct {
	Form
	Choices []string // client, tech, admin, in the order to show
}

// Method is step 3: one button each, name "method".
type Method struct {
	Form
	Choices []MethodChoice
	// Platform being entered, for the heading.
	Platform string
	// Admitted narrows why: the name of the account that asks for one of these
	// methods although another was proved already; empty otherwise.
	Account string
}

// MethodChoice is a sign-in method to offer.
type MethodChoice struct {
	Name  string // value posted: microsoft, email_token, password, or a provider's
	Label string // label of a further provider; empty: the catalogue's for Name
	Last  bool   // the one this browser used last
}

// Code is the page of the emailed token: field "code", and a button named
// "resend" (value Token).
type Code struct {
	Form
	Token   string // name of the token that was sent; no secret
	Mail    string // "" where it is on its way, "sent", "failed", or "none" where there is none
	Minutes int    // how long the code is good for
	// Confirms is the provider that named the address without a proof: a method's
	// name, and its label; empty where the code is the whole sign-in.
	Confirms      string
	ConfirmsLabel string
	Others        bool // other methods are offered
	More          bool // the person is not signed in by it: a new password is asked for
}

// Link is what the mail's link opens in the browser that asked: a button that
// posts the hidden field "token".
type Link struct {
	Form
	Token string
	More  bool // as on [Code]
}

// LinkElsewhere is the link's page in any other browser: it says only where to
// type the code.
type LinkElsewhere struct{}

// Password is the password's page: fields "email" (as username, read only) and
// "password"; a button named "forgot" (yes).
type Password struct {
	Form
	Others bool // other methods are offered
	Forgot bool // an emailed token is offered in place of the password
}

// NewPassword asks for a new password: fields "email" as on [Password],
// "password" for the present one where that is asked for, and "new_password".
type NewPassword struct {
	Form
	Current    bool // ask for the present password
	Forgot     bool // offer an emailed token in its place
	Required   bool // an operator asks for it, not the person
	Characters int  // least length
}

// Create is step 4: fields given_name, family_name, phone, job_title.
type Create struct {
	Form
	Account    string // name of the account that the contact will be of
	Confirm    bool   // details come from a provider and are shown to confirm
	GivenName  string
	FamilyName string
	Phone      string
	JobTitle   string
}

// Stay is step 5: buttons named "stay", values "yes" and "no".
type Stay struct {
	Form
	Days int // how long yes lasts
}

// Account is step 6: one button each, name "account".
type Account struct {
	Form
	Choices []AccountChoice
}

// AccountChoice is an account to choose.
type AccountChoice struct {
	ID      string
	Name    string
	Contact string // display name of the person there
	Primary bool
	Current bool // on the session page: the one in use
}

// Enter offers to go on at another platform's origin (after the back button).
type Enter struct {
	Form
	Platform string
}

// Session is /frontdesk/session.
type Session struct {
	Name, Email, Kind, Platform, Account string
	Method                               string // name of the method
	MethodLabel                          string // label of a further provider
	SignedIn                             time.Time
	Expires                              time.Time
	Persistent                           bool
	Action                               string          // where every form of the page posts
	Accounts                             []AccountChoice // to switch to, the current one among them; empty: no choice
	Platforms                            []string        // to switch to, the current one not among them
	Password                             PasswordChoice
	Notice                               string         // as in [Form]
	Others                               []OtherSession // the newest of them
	More                                 int            // that are not among Others
	Home                                 string         // back to the portal
	SignOut                              string         // where the sign-out form posts: field "everywhere" (yes) for all
	SignsOutOf                           *Provider
}

// Provider is a sign-in method whose provider has a session of its own in the
// browser, which ends with the one here; nil for none.
type Provider struct {
	Name  string // of the method
	Label string // of a further provider
}

// PasswordChoice is what the session's page offers about the password; its
// button posts the field "password" (change).
type PasswordChoice struct {
	Offer   string    // "change", "first" or "" for nothing
	Changed time.Time // when the present one was set
}

// OtherSession is another session of the same person; it can be ended by the
// field "end" with its id.
type OtherSession struct {
	ID, Platform, Account, Browser, ClientIP string
	LastUsed                                 time.Time
}

// SignOut asks before signing out (a GET never does): buttons post to Action,
// field "everywhere" = "yes" for all sessions.
type SignOut struct {
	Action     string
	Name       string
	Email      string
	Home       string // back to the portal, signed in; empty: no way back is shown
	SignsOutOf *Provider
	Gone       bool // nothing is known any more of whose session it was, who may have others
}

// SignedOut says that it is done.
type SignedOut struct {
	Everywhere bool
	SignIn     string
	StillAt    []Provider // were not asked to end their sessions
}

// Message is every page that only says something: what happened, what to do,
// and where to go on.
type Message struct {
	Key       string            // catalogue: "message.KEY.title" and "message.KEY.text"
	Args      map[string]string // fill placeholders by name
	Reference string
	Link      string // where the button leads; empty: no button
	LinkKey   string // catalogue key of its label, "action.*"
	// WholeWindow opens the link in the whole window, out of a frame.
	WholeWindow bool
}

// TokenMail is the mail with an emailed token.
type TokenMail struct {
	Brand    Brand
	Platform string // platform being entered
	Origin   string // its origin, as text: https://portal.msp.example
	Address  string
	Code     string // as typed: digits; shown in groups of four
	Link     string
	Minutes  int
	// Password says that the code is to set a password with, and not only to
	// sign in.
	Password bool
	// Confirms and ConfirmsLabel name the provider whose account the code ties
	// to the address; empty: none.
	Confirms, ConfirmsLabel string

	Support string
	// ClientIP is where the request came from, to tell people.
	ClientIP string
}

// PasswordMail tells a person that their password was set.
type PasswordMail struct {
	Brand    Brand
	Platform string // where it was set
	Origin   string // its origin, as text
	Address  string
	At       time.Time
	Support  string
	ClientIP string // where the request came from
}

// MailText is a rendered mail.
type MailText struct {
	Subject string
	Text    string
	HTML    string
}
