package demo

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/transfer"
)

// peopleFile is the sample people in the form that `caddy frontdesk import`
// reads.
//
//go:embed people.json
var peopleFile []byte

// Passwords of the sample people, by the id of their record. They stand on the
// start page for everybody to read.
var (
	contactPasswords = map[string]string{"ben": "two croissants please"}
	memberPasswords  = map[string]string{"m-finn": "have you rebooted it?"}
)

// seed imports the sample people. It may be repeated: whoever was created at
// sign-in in the meantime stays.
func seed(ctx context.Context, store directory.Store) error {
	if err := importFile(ctx, store, peopleFile); err != nil {
		return err
	}
	passwords, err := passwordFile(ctx)
	if err != nil {
		return err
	}
	return importFile(ctx, store, passwords)
}

func importFile(ctx context.Context, store directory.Store, file []byte) error {
	methods := map[string]bool{directory.MethodMicrosoft: true, directory.MethodEmailToken: true, directory.MethodPassword: true}
	_, err := transfer.Import(ctx, store, bytes.NewReader(file), transfer.Options{
		Format:      transfer.JSON,
		CheckHash:   password.ParseHash,
		KnownMethod: func(name string) bool { return methods[name] },
	})
	if err != nil {
		return fmt.Errorf("importing the sample people: %w", err)
	}
	return nil
}

// hashRecord is a record of an import file that sets a password and keeps all
// else.
type hashRecord struct {
	ID   string `json:"id"`
	Hash string `json:"password_hash"`
}

// passwordFile is an import file with fresh hashes of the sample passwords.
func passwordFile(ctx context.Context) ([]byte, error) {
	hasher := password.New(password.Options{})
	var file struct {
		Contacts []hashRecord `json:"contacts"`
		Members  []hashRecord `json:"members"`
	}
	var err error
	if file.Contacts, err = hashAll(ctx, hasher, contactPasswords); err != nil {
		return nil, err
	}
	if file.Members, err = hashAll(ctx, hasher, memberPasswords); err != nil {
		return nil, err
	}
	return json.Marshal(file)
}

func hashAll(ctx context.Context, hasher *password.Hasher, passwords map[string]string) ([]hashRecord, error) {
	var records []hashRecord
	for id, text := range passwords {
		hash, err := hasher.Hash(ctx, text)
		if err != nil {
			return nil, err
		}
		records = append(records, hashRecord{id, hash})
	}
	return records, nil
}
