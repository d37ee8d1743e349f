// Package outbox is a real SMTP server that delivers nothing: it keeps the
// newest mails in memory and shows them on a web page. The demo uses it as its
// mail server, tests use it to see what was really sent. It is for loopback
// alone: anybody who reaches the page can read every sign-in code.
package outbox
