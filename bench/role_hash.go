package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/password"
)

// playHash verifies passwords one after the other for as long as it is asked to,
// and does nothing else.
func playHash(in *json.Decoder, out *json.Encoder) error {
	ctx, hasher := context.Background(), password.New(password.Options{})
	hash, err := hasher.Hash(ctx, benchPassword)
	if err != nil {
		return err
	}
	for {
		var asked time.Duration
		if err := in.Decode(&asked); err != nil {
			return err
		}
		var o outcome
		begun := time.Now()
		for ; time.Since(begun) < asked; o.Guesses++ {
			if _, err := hasher.Verify(ctx, hash, "is it this one?"); err != nil {
				return err
			}
		}
		o.Took = time.Since(begun)
		if err := out.Encode(o); err != nil {
			return err
		}
	}
}
