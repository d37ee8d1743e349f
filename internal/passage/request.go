package passage

// Request is what a request turned out to be.
type Request uint8

const (
	Plain         Request = iota // goes on
	WebSocket                    // may become a tunnel: the caller looks at its Origin
	UnknownMethod                // 501 (RFC 9110, 9.1)
	BadTarget                    // 400 (RFC 9112, 3.2)
	TooEarly                     // 425 (RFC 8470, 5.2)
)
