package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// The shape of a directory: as many contacts in each account, each of which has
// one domain; some people have a contact in two accounts.
const (
	perAccount = 20
	members    = 50
)

func contactID(i int) string { return fmt.Sprintf("c-%07d", i) }
func accountID(i int) string { return fmt.Sprintf("a-%06d", i) }
func domainOf(i int) string  { return fmt.Sprintf("company%d.example", i) }
func contactEmail(i int) string {
	return fmt.Sprintf("person%d@%s", bearer(i), domainOf(bearer(i)/perAccount))
}

// bearer is the contact whose address a contact has: every fiftieth is that of
// somebody who has one in the account before, too.
func bearer(i int) int {
	if i%50 == 49 {
		return i - perAccount
	}
	return i
}

// personEmail is the address of the n-th person, who has contacts in one account
// or two.
func personEmail(n int) string { return contactEmail(n/49*50 + n%49) }

// contactsOf are as many contacts as so many people have, at least.
func contactsOf(people int) int { return people/49*50 + 50 }

// stride has the contacts written in an order that is none of their keys': a
// prime, and so one that passes by each.
const stride = 15_485_863

// writePeople writes an import file in NDJSON. hash is that of the passwords of
// all; empty: none has one.
func writePeople(w io.Writer, contacts int, hash string) error {
	out := bufio.NewWriterSize(w, 1<<20)
	for i := range (contacts + perAccount - 1) / perAccount {
		fmt.Fprintf(out, `{"type":"account","id":%q,"name":"Company %d & Daughters","domains":[%q]}`+"\n", accountID(i), i, domainOf(i))
	}
	if hash != "" {
		hash = fmt.Sprintf(`,"password_hash":%q`, hash)
	}
	for n := range contacts {
		i := n * stride % contacts
		fmt.Fprintf(out, `{"type":"contact","id":%q,"email":%q,"given_name":"Person","family_name":"Number %d","phone":"+49 30 %07d","job_title":"Engineer","account":%q,"groups":["users","approvers"]%s}`+"\n",
			contactID(i), contactEmail(i), i, i, accountID(i/perAccount), hash)
	}
	for i := range members {
		fmt.Fprintf(out, `{"type":"member","id":"m-%03d","email":"member%d@msp.example","name":"Member %d","groups":["dispatch"]}`+"\n", i, i, i)
	}
	return out.Flush()
}

// imported is a directory in a store, and what it took to bring it there.
type imported struct {
	File  string // the import file; removed by now
	Store string

	FileSize, StoreSize int64 // bytes
	Took, CPU           time.Duration
	PeakHeap            uint64 // bytes in use at once
}

// directory returns a directory of so many contacts. It is made once, and not
// to be changed: see copied.
func (l *lab) directory(ctx context.Context, contacts int) (*imported, error) {
	if d := l.directories[contacts]; d != nil {
		return d, nil
	}
	d, err := l.makeDirectory(ctx, contacts, "")
	if err == nil {
		l.directories[contacts] = d
	}
	return d, err
}

// makeDirectory imports a directory in a process of its own.
func (l *lab) makeDirectory(ctx context.Context, contacts int, hash string) (_ *imported, err error) {
	d := &imported{File: l.place("people.ndjson"), Store: l.place("frontdesk.db")}
	file, err := os.Create(d.File) // #nosec G304 -- in the lab's folder
	if err != nil {
		return nil, err
	}
	if err := errors.Join(writePeople(file, contacts, hash), file.Close()); err != nil {
		return nil, err
	}
	importer, err := engage(ctx, "import")
	if err != nil {
		return nil, err
	}
	if err := errors.Join(importer.ask(d, d), importer.close()); err != nil {
		return nil, err
	}
	return d, os.Remove(d.File)
}
