// Package caddymodule fits the gateway into Caddy: the app `frontdesk` (the
// global option), the HTTP handler of the same name (the directive), the admin
// routes and the commands. What they do is internal/gateway's and the other
// packages' work; here stands what has to do with Caddy's life cycle only.
package caddymodule
