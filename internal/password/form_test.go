package password

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// pbkdf2Of makes a hash with the standard library, in the form of passlib.
func pbkdf2Of(t *testing.T, password string) string {
	t.Helper()
	salt := []byte("0123456789abcdef")
	key, err := pbkdf2.Key(sha256.New, password, salt, 1000, 32)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("$pbkdf2-sha256$1000$%s$%s", adapted(salt), adapted(key))
}

func adapted(b []byte) string {
	return strings.ReplaceAll(base64.RawStdEncoding.EncodeToString(b), "+", ".")
}

func argonHash(params string) string {
	return "$argon2id$v=19$" + params + "$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg"
}

func TestParseHash(t *testing.T) {
	for name, c := range map[string]struct {
		encoded string
		wrong   string // part of the error; empty: accepted
	}{
		"argon2id":           {argonHash("m=65536,t=3,p=4"), ""},
		"argon2i":            {strings.Replace(argonHash("m=65536,t=3,p=4"), "2id", "2i", 1), ""},
		"bcrypt":             {bcryptOfU, ""},
		"pbkdf2":             {pbkdf2Of(t, "x"), ""},
		"argon2d":            {strings.Replace(argonHash("m=65536,t=3,p=4"), "2id", "2d", 1), "not spelled"},
		"argon2 old version": {strings.Replace(argonHash("m=64,t=3,p=1"), "v=19", "v=16", 1), "not spelled"},
		"argon2 memory":      {argonHash("m=4194304,t=1,p=1"), "m is 4194304"},
		"argon2 no memory":   {argonHash("m=0,t=1,p=1"), "m is 0"},
		"argon2 time":        {argonHash("m=64,t=1000000,p=1"), "t is 1000000"},
		"argon2 both":        {argonHash("m=262144,t=16,p=1"), "m times t"},
		"argon2 lanes":       {argonHash("m=262144,t=1,p=255"), "p is 255"},
		"argon2 twice":       {argonHash("m=64,t=1,p=1,m=4000000"), "not spelled"},
		"argon2 short key":   {"$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEy", "key has 3 bytes"},
		"argon2 short salt":  {"$argon2id$v=19$m=64,t=1,p=1$MDEy$MDEyMzQ1Njc4OWFiY2RlZg", "salt has 3 bytes"},
		"argon2 bad base64":  {"$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZ$MDEyMzQ1Njc4OWFiY2RlZg", "not encoded"},
		"bcrypt cost":        {strings.Replace(bcryptOfU, "$05$", "$31$", 1), "cost is 31"},
		"bcrypt 2x":          {strings.Replace(bcryptOfU, "$2a$", "$2x$", 1), "like bcrypt"},
		"bcrypt cut":         {bcryptOfU[:50], "not spelled"},
		"pbkdf2 iterations":  {strings.Replace(pbkdf2Of(t, "x"), "$1000$", "$999999999$", 1), "iterations"},
		"pbkdf2 negative":    {strings.Replace(pbkdf2Of(t, "x"), "$1000$", "$-1000$", 1), "not spelled"},
		"pbkdf2 long key":    {"$pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2RlZg$" + strings.Repeat("MDEy", 30), "key has 90 bytes"},
		"too long":           {argonHash("m=64,t=1,p=1") + strings.Repeat("A", 600), "longer than 512"},
		"unknown":            {"$5$rounds=1000$salt$key", "must begin"},
		"plain text":         {"hunter2", "must begin"},
		"empty":              {"", "must begin"},
	} {
		t.Run(name, func(t *testing.T) {
			err := ParseHash(c.encoded)
			if c.wrong == "" && err != nil {
				t.Fatalf("refused: %v", err)
			}
			if c.wrong != "" && (!errors.Is(err, ErrHash) || !strings.Contains(err.Error(), c.wrong)) {
				t.Errorf("got %v, want %q in it", err, c.wrong)
			}
			if err != nil && len(c.encoded) > 20 && strings.Contains(err.Error(), c.encoded[20:]) {
				t.Errorf("the error holds the hash: %v", err)
			}
		})
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add(bcryptOfU)
	f.Add(argonHash("m=64,t=1,p=1"))
	f.Add("$pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg")
	f.Fuzz(func(t *testing.T, encoded string) {
		digest, err := decode(encoded)
		if err != nil {
			if !errors.Is(err, ErrHash) {
				t.Errorf("%v is not ErrHash", err)
			}
			return
		}
		if len(encoded) > maxEncoded || len(digest.Key()) > maxKey {
			t.Errorf("accepted out of bounds: %q", encoded)
		}
	})
}
