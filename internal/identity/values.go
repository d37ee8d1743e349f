package identity

import (
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
)

// Values are those of the headers of one person, in the order of [HeaderNames]; an
// empty one is not sent. The facts can be read from them, so that nothing else has
// to be held of who is signed in.
type Values [MostHeaders]string

// Values are the facts as headers carry them. The assertion is not among them: it
// is signed, and for a while only.
func (f Facts) Values() Values {
	return Values{
		atUser: EncodeValue(f.ID), atEmail: EncodeValue(string(f.Email)), atName: EncodeValue(f.Name), atGroups: joinGroups(f.Groups, EncodeValue),
		atPlatform: EncodeValue(string(f.Platform)), atEntity: EncodeValue(string(f.Kind)), atAccountID: EncodeValue(f.AccountID),
		atAccountName: EncodeValue(f.AccountName), atMethod: EncodeValue(f.Method), atSession: EncodeValue(f.Session), atImpersonator: EncodeValue(f.Impersonator),
	}
}

// Facts undoes [Facts.Values].
func (v *Values) Facts() Facts {
	return Facts{
		Entity: directory.Entity{
			Kind: directory.Kind(DecodeValue(v[atEntity])), ID: DecodeValue(v[atUser]), Email: directory.Address(DecodeValue(v[atEmail])),
			Name: DecodeValue(v[atName]), Groups: splitGroups(v[atGroups]), AccountID: DecodeValue(v[atAccountID]), AccountName: DecodeValue(v[atAccountName]),
		},
		Platform: directory.Platform(DecodeValue(v[atPlatform])), Method: DecodeValue(v[atMethod]), Session: DecodeValue(v[atSession]),
		Impersonator: DecodeValue(v[atImpersonator]),
	}
}

// FactNames are those of the facts as placeholders, {http.auth.user.NAME}, and
// wherever else they are not headers; in the order of [HeaderNames].
var FactNames = factNames[:]

var factNames = [...]string{
	atUser: "id", atEmail: "email", atName: "name", atGroups: "groups", atPlatform: "platform", atEntity: "entity",
	atAccountID: "account_id", atAccountName: "account_name", atMethod: "method", atSession: "session", atImpersonator: "impersonator",
}

// Fact returns one fact by its name, as placeholders give it: plain, but for the
// commas inside groups.
func (v *Values) Fact(name string) (value string, ok bool) {
	switch at := slices.Index(FactNames, name); at {
	case -1:
		return "", false
	case atGroups:
		return joinGroups(splitGroups(v[at]), plain), true
	default:
		return DecodeValue(v[at]), true
	}
}
