package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// browserHeaders is what a browser sends with each request, beside its cookies.
const browserHeaders = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n" +
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n" +
	"Accept-Language: en-US,en;q=0.5\r\n" +
	"Accept-Encoding: gzip, deflate, br, zstd\r\n" +
	"Upgrade-Insecure-Requests: 1\r\n" +
	"Sec-Fetch-Dest: document\r\n" +
	"Sec-Fetch-Mode: navigate\r\n" +
	"Sec-Fetch-Site: same-origin\r\n"

// otherCookies stand around the gateway's.
const otherCookies = "theme=dark; %sportal_session=0123456789abcdef0123456789abcdef"

// cookies are all that a visitor's browser sends.
func (v visitor) cookies() string {
	own := v.Cookie
	if own != "" {
		own += "; "
	}
	return fmt.Sprintf(otherCookies, own)
}

// http1 speaks HTTP/1.1 with as little work as it takes: it shares the machine
// with what it measures.
type http1 struct {
	target  target
	tls     *tls.Config // nil: none
	conn    net.Conn
	in      *bufio.Reader
	request []byte
	dials   int
}

func (c *http1) dialled() int { return c.dials }

// maxAttempts is how often a request is sent that gets no answer: a server that
// is shut down closes the connection that was kept, and may close without an
// answer another one that it took just before (net/http.Server.Shutdown).
const maxAttempts = 3

// ask sends a request, and sends it again on another connection where its own
// was closed before any of an answer (RFC 9110 9.2.2).
func (c *http1) ask(v visitor) error {
	c.write(v)
	for attempt := 1; ; attempt++ {
		answered, err := c.try(v)
		if err == nil {
			return nil
		}
		c.hangUp()
		if answered || attempt == maxAttempts {
			return fmt.Errorf("asking %s: %w", c.target.Addr, err)
		}
	}
}

// hangUp has the next request open a connection.
func (c *http1) hangUp() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

func (c *http1) try(v visitor) (answered bool, err error) {
	if c.conn == nil {
		if err := c.dial(); err != nil {
			return false, err
		}
	}
	if _, err := c.conn.Write(c.request); err != nil {
		return false, err
	}
	if _, err := c.in.Peek(1); err != nil {
		return false, err
	}
	return true, c.read(v.Want)
}

func (c *http1) dial() (err error) {
	c.dials++
	if c.conn, err = net.Dial("tcp", c.target.Addr); err != nil {
		c.conn = nil
		return err
	}
	if c.tls != nil {
		c.conn = tls.Client(c.conn, c.tls)
	}
	c.in = bufio.NewReader(c.conn)
	return nil
}

// write makes the request.
func (c *http1) write(v visitor) {
	b := append(c.request[:0], "GET "...)
	b = append(append(append(b, c.target.Path...), " HTTP/1.1\r\nHost: "...), c.target.Host...)
	b = append(append(b, "\r\n"+browserHeaders+"Cookie: "...), v.cookies()...)
	if c.target.Basic != "" {
		b = append(append(b, "\r\nAuthorization: "...), c.target.Basic...)
	}
	c.request = append(b, "\r\n\r\n"...)
}

// answerError is an answer that is not the one that was wanted.
type answerError struct{ status, body, want string }

func (e *answerError) Error() string {
	return fmt.Sprintf("the answer is %q with %q, not %q", e.status, e.body, e.want)
}

// read reads an answer that tells its length.
func (c *http1) read(want string) error {
	status, length, closes, err := c.head()
	if err != nil {
		return err
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(c.in, body); err != nil {
		return err
	}
	if closes {
		c.hangUp()
	}
	if !strings.Contains(status, " 200 ") || string(body) != want {
		return &answerError{status, string(body), want}
	}
	return nil
}

// head reads the lines before the body.
func (c *http1) head() (status string, length int, closes bool, err error) {
	for first := true; ; first = false {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return "", 0, false, err
		}
		line = bytes.TrimRight(line, "\r\n")
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case first:
			status = string(line)
		case len(line) == 0:
			return status, length, closes, nil
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return "", 0, false, err
			}
		case bytes.EqualFold(name, []byte("Connection")):
			closes = bytes.EqualFold(value, []byte("close"))
		}
	}
}
