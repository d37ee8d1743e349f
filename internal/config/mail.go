package config

import (
	netmail "net/mail"
	"slices"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/mail"
)

func (k *checker) mail() {
	m := k.config.Mail
	if m == nil {
		return
	}
	k.require("mail from", m.From, `from "MSP Help Desk <desk@msp.example>"`)
	if m.From != "" && !isSender(m.From) {
		k.refuse("mail from", m.From, `%q is no sender: write it like "MSP Help Desk <desk@msp.example>"`, m.From)
	}
	k.require("mail smtp", m.Server, "smtp smtp.example.com:587")
	host, _, ok := mail.SplitServer(m.Server)
	if m.Server != "" && !ok {
		k.refuse("mail smtp", m.Server, "%q needs host and port, like smtp.example.com:587", m.Server)
	}
	switch tls := mail.TLSMode(m.TLS); {
	case !slices.Contains([]mail.TLSMode{"", mail.StartTLS, mail.Implicit, mail.Off}, tls):
		k.refuse("mail smtp tls", m.TLS, "unknown value %q: write starttls, implicit, or off", m.TLS)
	case tls == mail.Off && ok && !IsLoopback(host):
		k.refuse("mail smtp tls", m.Server, "off is for a server on loopback: write starttls or implicit for %s", host)
	}
	k.credentials(m)
	k.settings.Mail = &mail.Config{From: m.From, Server: m.Server, TLS: mail.TLSMode(m.TLS), Username: m.Username, Password: m.Password}
}

func isSender(s string) bool {
	from, err := netmail.ParseAddress(s)
	if err != nil {
		return false
	}
	_, err = directory.ParseAddress(from.Address)
	return err == nil
}

func (k *checker) credentials(m *Mail) {
	if m.Username == "" && m.Password != "" {
		k.refuse("mail smtp username", "", "is missing beside password: write username and the account's name")
	}
	if m.Username != "" && m.Password == "" {
		k.refuse("mail smtp password", "", "is missing beside username: write password {env.NAME} or {file.PATH}")
	}
}
