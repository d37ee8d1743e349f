// Command caddy is Caddy with its standard modules and Frontdesk.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	// The modules register themselves.
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/frontdesk-gateway/frontdesk/caddymodule"
)

func main() {
	caddycmd.Main()
}
