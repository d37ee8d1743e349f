// Package loginui owns what people read: the pages, styles, texts and mails of
// the sign-in, embedded and rendered on the server. It decides nothing: a
// typed page goes in, bytes come out. Every text stands in the catalogue.
package loginui
