package caddymodule

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"strconv"
	"testing"
	"time"

	"github.com/quic-go/qpack"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/quicvarint"
)

// Frames of HTTP/3 (RFC 9114, 7.2).
const h3Data, h3Headers = 0x0, 0x1

// dialQUIC opens a connection by QUIC.
func (w *world) dialQUIC() *quic.Conn {
	w.t.Helper()
	conn, err := quic.DialAddr(w.t.Context(), fmt.Sprint("127.0.0.1:", w.port), w.quicTLS(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.CloseWithError(0, "") })
	return conn
}

func (w *world) quicTLS() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, ServerName: "client.localhost", NextProtos: []string{"h3"}}
}

// framesH3 sends a request as HTTP/3 frames over a connection, each list of
// fields as it stands. It returns the status of the answer, 0 where the stream
// was ended instead.
func (w *world) framesH3(conn *quic.Conn, header []field, body string, trailers []field) int {
	w.t.Helper()
	return readStatusH3(w.sendH3(conn, header, body, trailers))
}

func (w *world) sendH3(conn *quic.Conn, header []field, body string, trailers []field) *quic.Stream {
	w.t.Helper()
	stream, err := conn.OpenStream()
	if err != nil {
		w.t.Fatal(err)
	}
	message := appendFrame(nil, h3Headers, encodeFields(w.t, header))
	if body != "" {
		message = appendFrame(message, h3Data, []byte(body))
	}
	if trailers != nil {
		message = appendFrame(message, h3Headers, encodeFields(w.t, trailers))
	}
	if err := stream.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		w.t.Fatal(err)
	}
	if _, err := stream.Write(message); err != nil {
		return stream // reading says why
	}
	stream.Close()
	return stream
}

func appendFrame(to []byte, kind uint64, payload []byte) []byte {
	to = quicvarint.Append(quicvarint.Append(to, kind), uint64(len(payload)))
	return append(to, payload...)
}

func encodeFields(t testing.TB, fields []field) []byte {
	t.Helper()
	b := &bytes.Buffer{}
	encoder := qpack.NewEncoder(b)
	for _, f := range fields {
		if err := encoder.WriteField(qpack.HeaderField{Name: f.name, Value: f.value}); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// readStatusH3 reads an answer to its end.
func readStatusH3(stream io.Reader) (status int) {
	answer, err := io.ReadAll(stream)
	if err != nil {
		return 0
	}
	in := bytes.NewReader(answer)
	for in.Len() > 0 {
		kind, err := quicvarint.Read(in)
		if err != nil {
			return 0
		}
		size, err := quicvarint.Read(in)
		if err != nil || size > uint64(in.Len()) {
			return 0
		}
		payload := make([]byte, size)
		if _, err := io.ReadFull(in, payload); err != nil {
			return 0
		}
		if kind == h3Headers && status == 0 {
			status = statusOf(payload)
		}
	}
	return status
}

func statusOf(header []byte) (status int) {
	next := qpack.NewDecoder().Decode(header)
	for f, err := next(); err == nil; f, err = next() {
		if f.Name == ":status" {
			status, _ = strconv.Atoi(f.Value)
		}
	}
	return status
}

// TestPortalHTTP3: what of a request reaches a portal.
func TestPortalHTTP3(t *testing.T) {
	attackAll(t, "3.0", func(w *world, s sent) int {
		conn := w.dialQUIC()
		defer conn.CloseWithError(0, "")
		return w.framesH3(conn, w.pseudo(s), s.body, lower(s.trailers))
	})
}
