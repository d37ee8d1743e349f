// Package provider is the relying party for Microsoft Entra and any other
// OpenID provider. It proves addresses and knows nothing of pages, journeys,
// sessions or platforms: [Provider.AuthCodeURL] says where to send a browser,
// [Provider.Exchange] turns what came back into an [Identity], and
// [Provider.EndSessionURL] says where the provider signs a browser out.
//
// The flow is the authorization code flow of OpenID Connect Core 1.0 with PKCE
// (RFC 7636, S256), state, nonce and the issuer of the response (RFC 9207).
// Discovery and keys are fetched when they are first needed and kept for an
// hour. They are bounded in size and time, asked for by one request at a time
// and not again within seconds of a failure: a provider that is down costs its
// own method only and comes back by itself.
//
// Provider tokens and codes are neither kept, logged nor returned, and no
// error holds one.
package provider
