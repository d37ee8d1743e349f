// Package demo owns what `caddy frontdesk demo` shows: sample people, three
// sample portals that show what they receive, the start page, and around them
// the stand-in for Microsoft, the outbox that takes all mail, and the Caddyfile
// that puts the gateway in front. Everything is on this machine, and nothing
// in it is secret.
//
// It knows nothing of Caddy: [Start] makes all the servers but the gateway's
// own and writes the Caddyfile to run.
package demo
