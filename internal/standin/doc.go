// Package standin is a stand-in for Microsoft Entra: an OpenID provider that
// behaves as Entra's v2.0 endpoints are documented to, for the demo's
// Microsoft button and for tests. It asks for no password: people pick who
// they are from a list of samples. It is not for production and listens where
// its caller listens, meant to be loopback.
//
// The addresses, below Config.BaseURL:
//
//	/{tenant}/v2.0/.well-known/openid-configuration
//	/{tenant}/oauth2/v2.0/authorize    the account chooser
//	/{tenant}/oauth2/v2.0/token
//	/{tenant}/oauth2/v2.0/logout       ends the browser's session
//	/{tenant}/discovery/v2.0/keys
//	/v1.0/me                           Graph's
//
// where tenant is common, organizations or the tenant id of a sample person.
// [Config.Forge] lets tests bend what it says.
package standin
