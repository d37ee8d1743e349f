// Package mail sends the gateway's own mails over SMTP: [Sender] one at a time
// with typed errors, [Queue] off the request with retries. Texts come from
// loginui; who may be mailed, and how often, is decided elsewhere.
package mail
