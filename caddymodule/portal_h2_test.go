package caddymodule

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// frames sends a request as HTTP/2 frames, each list of fields as it stands. It
// returns the status of the answer, 0 where the stream or the connection was
// ended instead.
func (w *world) frames(header []field, body string, trailers []field) int {
	w.t.Helper()
	conn := w.dial("h2")
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		w.t.Fatal(err)
	}
	framer := http2.NewFramer(conn, conn)
	framer.AllowIllegalWrites = true
	encoded := &bytes.Buffer{}
	encoder := hpack.NewEncoder(encoded)
	send := func(fields []field, end bool) {
		encoded.Reset()
		for _, f := range fields {
			if err := encoder.WriteField(hpack.HeaderField{Name: f.name, Value: f.value}); err != nil {
				w.t.Fatal(err)
			}
		}
		if err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: encoded.Bytes(), EndHeaders: true, EndStream: end}); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := framer.WriteSettings(); err != nil {
		w.t.Fatal(err)
	}
	send(header, body == "" && trailers == nil)
	if body != "" {
		if err := framer.WriteData(1, trailers == nil, []byte(body)); err != nil {
			w.t.Fatal(err)
		}
	}
	if trailers != nil {
		send(trailers, true)
	}
	return readStatus(framer)
}

func readStatus(framer *http2.Framer) (status int) {
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return 0
		}
		switch f := frame.(type) {
		case *http2.MetaHeadersFrame:
			status, _ = strconv.Atoi(f.PseudoValue("status"))
			if f.StreamEnded() {
				return status
			}
		case *http2.DataFrame:
			if f.StreamEnded() {
				return status
			}
		case *http2.RSTStreamFrame:
			if f.ErrCode == http2.ErrCodeNo {
				return status // the answer was whole before the request was
			}
			return 0
		case *http2.GoAwayFrame:
			return 0
		}
	}
}

// pseudo begins the header of a request on HTTP/2 and HTTP/3.
func (w *world) pseudo(s sent) []field {
	header := []field{{":method", s.verb()}, {":scheme", "https"}, {":authority", w.clientHost()}, {":path", s.path}}
	for _, f := range s.fields {
		header = append(header, field{strings.ToLower(f.name), f.value})
	}
	return header
}

func lower(fields []field) (lowered []field) {
	for _, f := range fields {
		lowered = append(lowered, field{strings.ToLower(f.name), f.value})
	}
	return lowered
}

// TestPortalHTTP2: what of a request reaches a portal.
func TestPortalHTTP2(t *testing.T) {
	attackAll(t, "2.0", func(w *world, s sent) int { return w.frames(w.pseudo(s), s.body, lower(s.trailers)) })
}
