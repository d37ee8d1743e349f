package emailtoken

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

var (
	now     = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	binding = Binding{Browser: []byte("the secret of a browser, 32 byte"), Journey: "J"}
)

func TestCheckCode(t *testing.T) {
	token, secrets := New(binding, now.Add(10*time.Minute), 5)
	code := secrets.Code
	wrong := "0" + code[1:]
	if wrong == code {
		wrong = "1" + code[1:]
	}
	spent := token
	spent.Left = 0
	nearly := token
	nearly.Left = 1
	wide := strings.Map(func(r rune) rune { return r - '0' + '\uff10' }, code)
	for _, c := range []struct {
		name    string
		token   Token
		binding Binding
		typed   string
		now     time.Time
		want    error
	}{
		{"right", token, binding, code, now, nil},
		{"with a space", token, binding, " " + code[:4] + " " + code[4:] + "\t", now, nil},
		{"with a hyphen", token, binding, code[:4] + "-" + code[4:], now, nil},
		{"with a typographic hyphen and a no-break space", token, binding, "\u00a0" + code[:4] + "\u2011" + code[4:], now, nil},
		{"full-width digits", token, binding, wide, now, nil},
		{"wrong", token, binding, wrong, now, ErrWrong},
		{"empty", token, binding, "", now, ErrWrong},
		{"too short", token, binding, code[1:], now, ErrWrong},
		{"twice", token, binding, code + code, now, ErrWrong},
		{"the link's secret", token, binding, secrets.Link, now, ErrWrong},
		{"another browser", token, Binding{bytes.Repeat([]byte{1}, 32), "J"}, code, now, ErrWrong},
		{"another journey", token, Binding{binding.Browser, "K"}, code, now, ErrWrong},
		{"last moment", token, binding, code, now.Add(10*time.Minute - 1), nil},
		{"expired", token, binding, code, now.Add(10 * time.Minute), ErrExpired},
		{"one wrong code short of spent", nearly, binding, code, now, nil},
		{"spent", spent, binding, code, now, ErrSpent},
		{"spent and expired", spent, binding, code, now.Add(time.Hour), ErrExpired},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.token.CheckCode(c.binding, c.typed, c.now); !errors.Is(err, c.want) {
				t.Errorf("%q: %v, want %v", c.typed, err, c.want)
			}
		})
	}
}

func TestCheckLink(t *testing.T) {
	token, secrets := New(binding, now.Add(10*time.Minute), 5)
	spent := token
	spent.Left = 0
	for _, c := range []struct {
		name  string
		token Token
		link  string
		now   time.Time
		want  error
	}{
		{"right", token, secrets.Link, now, nil},
		{"another", token, strings.Repeat("A", len(secrets.Link)), now, ErrWrong},
		{"with a space", token, secrets.Link + " ", now, ErrWrong},
		{"empty", token, "", now, ErrWrong},
		{"the code", token, secrets.Code, now, ErrWrong},
		{"expired", token, secrets.Link, now.Add(10 * time.Minute), ErrExpired},
		{"spent", spent, secrets.Link, now, ErrSpent},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.token.CheckLink(c.link, c.now); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

// TestNewKeepsNoSecret: what is kept must not tell what the mail said.
func TestNewKeepsNoSecret(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		token, secrets := New(binding, now, 5)
		if len(secrets.Code) != digits || strings.Trim(secrets.Code, "0123456789") != "" {
			t.Fatalf("code %q", secrets.Code)
		}
		if len(secrets.Link) != 43 || seen[secrets.Link] || token.Left != 5 || token.Mail != MailSending || !token.Expires.Equal(now) {
			t.Fatalf("link %q, token %+v", secrets.Link, token)
		}
		seen[secrets.Link] = true
		if kept := fmt.Sprintf("%+v %s %s", token, token.Link, token.Code); strings.Contains(kept, secrets.Code) || strings.Contains(kept, secrets.Link) {
			t.Fatal("the token holds a secret of the mail")
		}
	}
}

// FuzzCheckCode: no text but the code itself, in any spelling, passes.
func FuzzCheckCode(f *testing.F) {
	token, secrets := New(binding, now.Add(time.Hour), 5)
	f.Add(secrets.Code)
	f.Add("１２３４-5678\xff")
	f.Fuzz(func(t *testing.T, typed string) {
		err := token.CheckCode(binding, typed, now)
		if right := normalize(typed) == secrets.Code; right != (err == nil) {
			t.Errorf("%q: %v", typed, err)
		}
	})
}
