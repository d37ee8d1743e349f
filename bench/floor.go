package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/identity"
	"github.com/frontdesk-gateway/frontdesk/internal/keyring"
	"github.com/frontdesk-gateway/frontdesk/internal/store/memory"
)

// floor is the proxy alone, which sets the person's headers itself, to what it
// says in its configuration: what is left of a ratio are the headers, whoever sets
// them.
func floor(ctx context.Context, name string, headers ...string) (*variant, error) {
	values, err := personHeaders(ctx)
	var lines strings.Builder
	told := 0
	for header, value := range values {
		if slices.Contains(headers, header) {
			fmt.Fprintf(&lines, "\t\theader_up %s %q\n", header, value[0])
			told++
		}
	}
	return &variant{site: site{name: name, proxy: lines.String()}, path: portalPath, want: portalAnswer(benchUser, told)}, err
}

// personHeaders are those that the gateway sets for the bench's person.
func personHeaders(ctx context.Context) (http.Header, error) {
	now := time.Now()
	ring, err := keyring.Open(ctx, memory.New(), time.Hour, time.Now)
	if err != nil {
		return nil, err
	}
	facts := identity.Facts{
		Entity: directory.Entity{Kind: directory.KindContact, ID: benchUser, Email: benchEmail, Name: "Person 0 Of Company",
			Groups: []string{"users", "approvers"}, AccountID: "a-00000", AccountName: "Company 0 & Daughters"},
		Platform: directory.Client, Method: directory.MethodPassword, Session: strings.Repeat("S", 26),
	}
	origin := "http://" + host + ":10000"
	assertion, err := identity.Sign(facts, origin, origin, ring, now)
	if err != nil {
		return nil, err
	}
	h := http.Header{}
	values := facts.Values()
	identity.NewNames(nil).Set(h, &values, assertion)
	return h, nil
}
