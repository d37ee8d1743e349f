package demo

import "github.com/frontdesk-gateway/frontdesk/internal/directory"

// visitor is one address to try, with what the journey shows for it. Portals
// and Methods are what steps 2 and 3 offer.
type visitor struct {
	Address  string
	Who      string
	Sees     string
	Password string
	Begin    directory.Platform // where trying it begins
	Portals  []directory.Platform
	Methods  []string // at Begin
}

// guideSection is a part of the list on the start page.
type guideSection struct {
	Title, Intro string
	Visitors     []visitor
}

const (
	microsoft  = directory.MethodMicrosoft
	emailToken = directory.MethodEmailToken
	byPassword = directory.MethodPassword
)

var (
	onClient = []directory.Platform{directory.Client}
	onTech   = []directory.Platform{directory.Tech}
	onDesk   = []directory.Platform{directory.Tech, directory.Admin}
)

// portalMethods are the sign-in methods of each portal, the best first.
var portalMethods = map[directory.Platform][]string{
	directory.Client: {microsoft, emailToken, byPassword},
	directory.Tech:   {microsoft, byPassword},
	directory.Admin:  {microsoft},
}

// guide lists the sample people by what there is to see.
var guide = []guideSection{
	{"Customers", "They open the client portal.", []visitor{
		{Address: "ada@harbour-coffee.example", Who: "Ada Brandt, Harbour Coffee", Begin: directory.Client, Portals: onClient,
			Methods: []string{microsoft, emailToken},
			Sees:    "The shortest way: neither portal nor account is asked for. Choose the emailed code and read it in the outbox."},
		{Address: "ben@harbour-coffee.example", Who: "Ben Osei, Harbour Coffee", Begin: directory.Client, Portals: onClient,
			Methods: []string{microsoft, emailToken, byPassword}, Password: benPassword,
			Sees: "The same with a password. Forget it on the page that asks for it, or change it on the session page: a mail tells Ben."},
		{Address: "cleo@lumen.example", Who: "Cleo Marsh, Lumen Studios and Harbour Coffee", Begin: directory.Client, Portals: onClient,
			Methods: []string{microsoft, emailToken},
			Sees:    "Two accounts: the last step asks which one, the primary one first. The session page switches between them."},
		{Address: "dana@ledger-partners.example", Who: "Dana Weiss, Harbour Coffee and Meridian Bank", Begin: directory.Client, Portals: onClient,
			Methods: []string{microsoft, emailToken},
			Sees:    "Meridian Bank admits Microsoft only. Sign in with the emailed code, choose the bank, and Microsoft is asked for as well."},
		{Address: unvouched, Who: "Jon Reyes, Harbour Coffee", Begin: directory.Client, Portals: onClient,
			Methods: []string{microsoft, emailToken},
			Sees:    "Continue with Microsoft and pick Jon: it names his address without vouching for it, so an emailed code is asked for as well. Next time it is not."},
	}},
	{"Staff", "They open the tech and the admin portal, or one of them.", []visitor{
		{Address: "erin@northgate.example", Who: "Erin Kovač, staff and a customer’s contact at once", Begin: directory.Client,
			Portals: directory.Platforms, Methods: []string{microsoft, emailToken},
			Sees: "One address, three portals: the second step asks which one, that of the site you came to first."},
		{Address: "finn@northgate.example", Who: "Finn Løvås, technician", Begin: directory.Tech, Portals: onTech,
			Methods: []string{microsoft, byPassword}, Password: finnPassword,
			Sees: "The tech portal alone. Begin at the client portal with this address, and you are taken to the tech portal. It admits no emailed code, so none can replace a forgotten password."},
		{Address: "grace@northgate.example", Who: "Grace Tanaka, manager", Begin: directory.Admin, Portals: onDesk,
			Methods: []string{microsoft},
			Sees:    "Admin admits Microsoft only, so it is used at once. Switch to the tech portal afterwards: no second sign-in."},
	}},
	{"Newcomers", "Nobody has these addresses yet, but their company is a customer. A contact is created once the address is proved.", []visitor{
		{Address: "newcomer@harbour-coffee.example", Who: "anybody new at Harbour Coffee", Begin: directory.Client, Portals: onClient,
			Methods: []string{microsoft, emailToken},
			Sees:    "The emailed code proves the address, then a form asks for the details. Any other name before the @ does too."},
		{Address: "hana@lumen.example", Who: "Hana Sato, new at Lumen Studios", Begin: directory.Client, Portals: onClient,
			Methods: []string{microsoft, emailToken},
			Sees:    "Continue with Microsoft and pick Hana: her details are filled in already, to be confirmed."},
		{Address: "ivo@meridian.example", Who: "Ivo Duarte, new at Meridian Bank", Begin: directory.Client, Portals: onClient,
			Methods: []string{microsoft},
			Sees:    "The bank’s rule is tenant: the Microsoft tenant Ivo signs in from decides, not the address alone."},
	}},
	{"Turned away", "", []visitor{
		{Address: "sam@nowhere.example", Who: "a domain that no account has", Begin: directory.Client,
			Sees: "The address hasn’t been registered; the page names the support address."},
		{Address: "olive@orchard.example", Who: "Orchard Clinic, whose rule is off", Begin: directory.Client,
			Sees: "The same words: a stranger cannot tell that the clinic is a customer."},
		{Address: "kit@harbour-coffee.example", Who: "Kit Vance, switched off", Begin: directory.Client, Portals: onClient,
			Methods: []string{microsoft, emailToken},
			Sees:    "The steps go on to the proof, and only then say so."},
	}},
}
