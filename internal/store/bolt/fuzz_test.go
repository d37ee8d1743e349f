package bolt

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/directory"
	"github.com/frontdesk-gateway/frontdesk/internal/emailtoken"
	"github.com/frontdesk-gateway/frontdesk/internal/journey"
	"github.com/frontdesk-gateway/frontdesk/internal/session"
)

// FuzzRecords: what lies in a file is a record or an error, and a record is
// the same when it is kept and read again, with the same index entries.
func FuzzRecords(f *testing.F) {
	start := time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC)
	link := directory.Links{{Provider: "microsoft", Identity: directory.Identity{Issuer: "i", Subject: "s"}, Address: "ann@acme.example"}}
	proof := session.Proof{Method: "password", At: start, Identity: link[0].Identity, Kind: directory.KindContact, Vouched: true}
	addRecord(f, accounts, directory.Account{ID: "a\xff", Domains: []string{"acme.example"}, Tenants: directory.Tenants{{Tenant: "t"}}, Active: true})
	addRecord(f, contacts, directory.Contact{ID: "c", Email: "Ann@acme.example", Account: "a", Groups: []string{"g"}, Links: link, Created: start})
	addRecord(f, members, directory.Member{ID: "m", Email: "ted@msp.example", Platforms: []directory.Platform{directory.Tech}, Links: link})
	addRecord(f, passwords, ownPassword{owner: directory.PasswordOwner{Address: "ann@acme.example", Kind: directory.KindContact}, Password: directory.Password{Hash: "$x"}})
	addRecord(f, journeys, journey.Journey{ID: "j", Proofs: []session.Proof{proof}, Token: &emailtoken.Token{Left: 3}, From: &session.Key{1}, Expires: start})
	addRecord(f, tickets, journey.Ticket{Hash: [32]byte{1}, Expires: start, Address: "ann@acme.example"})
	addRecord(f, sessions, session.Session{Key: session.Key{1}, ID: "S", Proofs: []session.Proof{proof}, Expires: start, LastUsed: start})
	addRecord(f, counters, counterRecord{Key: "k", Count: 3, Last: start})
	f.Add([]byte("\xa1bidCabc"))
	f.Add([]byte("\xbf\xff"))
	f.Add([]byte("\x9b\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		checkRecord(t, accounts, data)
		checkRecord(t, contacts, data)
		checkRecord(t, members, data)
		checkRecord(t, passwords, data)
		checkRecord(t, journeys, data)
		checkRecord(t, tickets, data)
		checkRecord(t, sessions, data)
		checkRecord(t, counters, data)
	})
}

func addRecord[T any](f *testing.F, in *table[T], v T) {
	f.Helper()
	data, err := in.encode(v)
	if err != nil {
		f.Fatal(err)
	}
	if got, err := in.decode(data); err != nil || !reflect.DeepEqual(got, v) {
		f.Fatalf("%s: %+v became %+v, %v", in.name, v, got, err)
	}
	f.Add(data)
}

func checkRecord[T any](t *testing.T, in *table[T], data []byte) {
	t.Helper()
	v, err := in.decode(data)
	if err != nil {
		return
	}
	kept, err := in.encode(v)
	if err != nil {
		t.Errorf("%s: %+v cannot be kept: %v", in.name, v, err)
		return
	}
	again, err := in.decode(kept)
	if err != nil {
		t.Errorf("%s: %+v cannot be read again: %v", in.name, v, err)
		return
	}
	if twice, err := in.encode(again); err != nil || !bytes.Equal(twice, kept) || !bytes.Equal(in.key(again), in.key(v)) {
		t.Errorf("%s: %+v became %+v, %v", in.name, v, again, err)
	}
	for _, ix := range in.indexes {
		before, after := ix.entries(v), ix.entries(again)
		if !bytes.Equal(bytes.Join(before, nil), bytes.Join(after, nil)) {
			t.Errorf("%s: entries %q became %q", ix.name, before, after)
		}
	}
}
