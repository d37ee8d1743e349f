package demo

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/transfer"
)

// peopleFile is the sample people in the form that `caddy frontdesk import`
// reads. The hashes in it are those of the passwords below.
//
//go:embed people.json
var peopleFile []byte

// Passwords of the sample people. They stand on the start page for everybody to
// read.
const (
	benPassword  = "two croissants please"
	finnPassword = "have you rebooted it?"
)

// seed imports the sample people. It may be repeated: whoever was created at
// sign-in in the meantime stays.
func seed(ctx context.Context, store directory.Store) error {
	methods := map[string]bool{directory.MethodMicrosoft: true, directory.MethodEmailToken: true, directory.MethodPassword: true}
	_, err := transfer.Import(ctx, store, bytes.NewReader(peopleFile), transfer.Options{
		Format:      transfer.JSON,
		CheckHash:   password.ParseHash,
		KnownMethod: func(name string) bool { return methods[name] },
	})
	if err != nil {
		return fmt.Errorf("importing the sample people: %w", err)
	}
	return nil
}
