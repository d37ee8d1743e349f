package journey

import (
	"crypto/sha256"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/emailtoken"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// Journey is one attempt to sign in, as it is stored between two requests. It
// holds answers and proofs only: which step comes next is derived by [Next].
type Journey struct {
	// Version counts the changes, so that an answer is never applied to a state
	// other than the one it was judged by.
	Version uint64
	ID      string // stands in addresses and forms; worth nothing without the browser
	Browser session.Browser
	Created time.Time
	Expires time.Time

	Origin      string             // the configured origin where this journey runs
	Site        directory.Platform // platform of the site that was asked for; empty on a shared one
	Destination string             // path and query, checked when stored and when used

	Address  directory.Address  // step 1
	Platform directory.Platform // step 2, where it was asked or came by ticket
	Again    bool               // a provider named somebody else before
	Method   string             // step 3: the method in progress, empty between methods
	Token    *Token             // the emailed token in force
	Provider *Provider          // the request sent to an OpenID provider
	Proofs   []session.Proof    // methods that proved the address, in order
	Profile  Profile            // what the provider says of the person, then what they typed
	Stay     Answer             // step 5
	Account  string             // step 6
	Password PasswordWish       // what the person wants with their password

	// From is the session that this journey switches from; its proofs came
	// along, and it must still live at the end.
	From     *session.Key
	Replaces bool // the switch ends that session
	// Began and Ends are the beginning and the absolute end that a switch carries
	// over; zero otherwise.
	Began time.Time
	Ends  time.Time
	// Finished is the public id of the session that the journey left behind; a
	// finished journey never moves again.
	Finished string
	// Notice is shown until the next answer: a key of loginui's catalogue.
	Notice string
}

// Answer is a yes or no that may not have been given yet.
type Answer string

// The answers.
const (
	Unanswered Answer = ""
	Yes        Answer = "yes"
	No         Answer = "no"
)

// PasswordWish is what a person wants to do with their password on the way.
type PasswordWish string

// The wishes.
const (
	NoPasswordWish PasswordWish = ""
	// ChangePassword replaces the present one, which is asked for, or sets a
	// first one.
	ChangePassword PasswordWish = "change"
	// ResetPassword replaces a forgotten one, by the emailed token.
	ResetPassword PasswordWish = "reset"
	// PasswordChanged is the wish fulfilled of somebody who was signed in: the
	// journey ends where it began, at the session's page.
	PasswordChanged PasswordWish = "changed"
)

// SetsPassword reports whether the person is about to set a password.
func (j Journey) SetsPassword() bool {
	return j.Password == ChangePassword || j.Password == ResetPassword
}

// Pending reports whether somebody could finish the journey without being asked anew
// who they are: it waits for a mailed token, or something is proved in it.
func (j Journey) Pending() bool {
	return j.Finished == "" && (j.Token != nil || len(j.Proofs) > 0)
}

// Token is the emailed token in force.
type Token = emailtoken.Token

// MailStatus tells how far the mail with a token came.
type MailStatus = emailtoken.MailStatus

// Provider is an authorization request on its way. Nonce and PKCE verifier are
// derived from the browser's secret and the state, and kept nowhere.
type Provider struct {
	Name   string
	Client string            // whom the request was sent to, and as whom (see provider.Client)
	State  [sha256.Size]byte // hash of the state parameter
}

// Profile are the details of a person that step 4 asks for.
type Profile struct {
	GivenName  string
	FamilyName string
	Phone      string
	JobTitle   string
}

// Ticket carries a person to another origin, once. What it holds depends on
// the kind.
type Ticket struct {
	Hash    [sha256.Size]byte // SHA-256 of the secret in the address
	Kind    TicketKind
	Origin  string // where alone it is good
	Expires time.Time

	Platform directory.Platform
	// TicketEnter carries these besides, and nothing else.
	Address     directory.Address
	Destination string

	// A wish to switch: the session whose person made it, and the browser at
	// the other origin that asked for it.
	Session session.Key
	Browser session.Browser
	Onward  string // the origin that the browser is sent to next
}

// TicketKind says what a ticket is good for.
type TicketKind string

// The kinds of ticket.
const (
	// TicketEnter begins a journey at another platform's origin.
	TicketEnter TicketKind = "enter"
	// TicketAsk names a wish to switch, for the browser at the other origin.
	TicketAsk TicketKind = "ask"
	// TicketGrant is the wish that the browser there took up and brings back.
	TicketGrant TicketKind = "grant"
	// TicketSwitch is the wish granted: it begins a journey with the proofs of
	// the session elsewhere.
	TicketSwitch TicketKind = "switch"
)
