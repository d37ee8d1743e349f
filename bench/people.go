package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/frontdesk-gateway/frontdesk/internal/password"
	"github.com/frontdesk-gateway/frontdesk/internal/store/bolt"
	"github.com/frontdesk-gateway/frontdesk/internal/transfer"
)

// The person who asks for pages in parts that need one only.
const (
	benchUser     = "c-0000000"
	benchEmail    = "person0@company0.example"
	benchPassword = "four bench marks please"
)

// onePerson is an import file with that person, who has a fact for each header.
func onePerson(ctx context.Context) (string, error) {
	hash, err := password.New(password.Options{}).Hash(ctx, benchPassword)
	return fmt.Sprintf(`{"accounts": [{"id": "a-00000", "name": "Company 0 & Daughters", "domains": ["company0.example"]}],
"contacts": [{"id": %q, "email": %q, "name": "Person 0 Of Company", "account": "a-00000", "groups": ["users", "approvers"], "password_hash": %q}]}`,
		benchUser, benchEmail, hash), err
}

// makeStore makes a store with that person in it.
func (l *lab) makeStore(ctx context.Context) (path string, err error) {
	file, err := onePerson(ctx)
	if err != nil {
		return "", err
	}
	path = l.place("frontdesk.db")
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return "", err
	}
	_, err = transfer.Import(ctx, s, strings.NewReader(file), transfer.Options{Format: transfer.JSON, CheckHash: password.ParseHash})
	return path, errors.Join(err, s.Close())
}
