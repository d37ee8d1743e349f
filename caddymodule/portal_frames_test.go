package caddymodule

import (
	"slices"
	"strings"
	"testing"
)

// TestFramesAsTheyAreWritten sends what only HTTP/2 and HTTP/3 can say. A status
// of 0 says that the stream was ended, by Go's servers.
func TestFramesAsTheyAreWritten(t *testing.T) {
	s := besiege(t, "https", "")
	authority := s.clientHost()
	start := s.pseudo(sent{path: "/x"})
	with := func(more ...field) []field { return append(slices.Clone(start), more...) }
	without := func(name string, more ...field) []field {
		return append(slices.DeleteFunc(slices.Clone(start), func(f field) bool { return f.name == name }), more...)
	}
	replaced := func(name, value string) []field {
		header := slices.Clone(start)
		header[slices.IndexFunc(header, func(f field) bool { return f.name == name })].value = value
		return header
	}
	for _, c := range []struct {
		name     string
		header   []field
		trailers []field
		h2, h3   int
		kept     []string // on HTTP/3
	}{
		{"upper case", with(field{"Remote-User", "evil"}), nil, 0, 0, nil},
		{"a space in a name", with(field{"remote user", "evil"}), nil, 0, 0, nil},
		{"CR and LF in a value", with(field{"x-a", "b\r\nRemote-User: evil"}), nil, 0, 0, nil},
		{"LF in a value", with(field{"x-a", "b\nRemote-User: evil"}), nil, 0, 0, nil},
		{"NUL in a value", with(field{"x-a", "b\x00"}), nil, 0, 0, nil},
		{"CR and LF in a name", with(field{"x-a: b\r\nremote-user", "evil"}), nil, 0, 0, nil},
		{"connection", with(field{"connection", "remote-user"}), nil, 400, 0, nil},
		{"keep-alive", with(field{"keep-alive", "remote-user"}), nil, 400, 0, nil},
		{"proxy-connection", with(field{"proxy-connection", "remote-user"}), nil, 400, 0, nil},
		{"transfer-encoding", with(field{"transfer-encoding", "chunked"}), nil, 400, 0, nil},
		{"upgrade", with(field{"upgrade", "websocket"}), nil, 400, 0, nil},
		{"another te", with(field{"te", "gzip"}), nil, 400, 0, nil},
		{":path twice", with(field{":path", "/public"}), nil, 0, 0, nil},
		{":authority twice", append([]field{{":authority", "evil.example"}}, start...), nil, 0, 0, nil},
		{":method after a header", without(":method", field{"x-a", "b"}, field{":method", "GET"}), nil, 0, 0, nil},
		{"an unknown pseudo-header", append([]field{{":user", "evil"}}, start...), nil, 0, 0, nil},
		{":protocol without CONNECT", append([]field{{":protocol", "websocket"}}, start...), nil, 0, 0, nil},
		{"another host beside :authority", with(field{"host", "evil.example"}), nil, 0, 0, nil},
		{"two hosts beside :authority", with(field{"host", authority}, field{"host", "evil.example"}), nil, 0, 0, nil},
		{"a host instead of :authority", without(":authority", field{"host", authority}), nil, 200, 200, nil},
		{"another host", replaced(":authority", "evil.example"), nil, 421, 421, nil},
		{"a host in upper case", replaced(":authority", strings.ToUpper(authority)), nil, 200, 200, nil},
		{"a name in :authority", replaced(":authority", "ann@"+authority), nil, 0, 0, nil},
		{"a space in :authority", replaced(":authority", authority+" x"), nil, 0, 400, nil},
		{"an absolute :path", replaced(":path", "https://"+authority+"/x"), nil, 0, 0, nil},
		{"an absolute :path at another host", replaced(":path", "https://evil.example/x"), nil, 0, 0, nil},
		{"a :path with a request", replaced(":path", "/x HTTP/1.1\r\nRemote-User: evil\r\n"), nil, 0, 0, nil},
		{"an asterisk", replaced(":path", "*"), nil, 400, 0, nil},
		{"an opaque :path", replaced(":path", "x:admin"), nil, 0, 0, nil},
		{"an empty :path", replaced(":path", ""), nil, 0, 0, nil},
		{"a space in :path", replaced(":path", "/x?y HTTP/1.0"), nil, 400, 400, nil},
		{"another :scheme", replaced(":scheme", "ftp"), nil, 0, 200, nil},
		{":method with a request", replaced(":method", "GET /x HTTP/1.1\r\nRemote-User: evil\r\n\r\nGET"), nil, 0, 0, nil},
		{"CONNECT", []field{{":method", "CONNECT"}, {":authority", authority}}, nil, 501, 501, nil},
		{"CONNECT elsewhere", []field{{":method", "CONNECT"}, {":authority", "evil.example:443"}}, nil, 421, 421, nil},
		{"CONNECT with a path", replaced(":method", "CONNECT"), nil, 0, 0, nil},
		{"two lengths", with(field{"content-length", "0"}, field{"content-length", "1"}), nil, 200, 0, nil},
		{"a length that is not kept", with(field{"content-length", "5"}), nil, 200, 502, nil},
		{"a pseudo-header as a trailer", start, []field{{":path", "/public"}}, 0, 502, nil},
		{"a length as a trailer", start, []field{{"content-length", "5"}}, 200, 502, nil},
		{"a body that is asked for", with(field{"expect", "100-continue"}), nil, 200, 200, []string{"Expect: 100-continue"}},
	} {
		for version, send := range map[string]func([]field) int{
			"2.0": func(header []field) int { return s.frames(header, "", c.trailers) },
			"3.0": func(header []field) int { return s.framesH3(s.dialQUIC(), header, "", c.trailers) },
		} {
			s.run(t, c.name+"/"+version, func(t *testing.T) {
				status := send(append(slices.Clone(c.header), field{"cookie", s.cookie}))
				received := s.portal.take()
				wantStatus, kept := c.h2, []string(nil)
				if version == "3.0" {
					wantStatus, kept = c.h3, c.kept
				}
				if status != wantStatus || (len(received) == 1) != (status == 200) {
					t.Fatalf("status %d, want %d; received %q", status, wantStatus, received)
				}
				if status != 200 {
					return
				}
				if got, want := sorted(received[0]), s.expected(version, "GET /x", true, kept, ""); got != want {
					t.Errorf("received\n%s", lineDiff(got, want))
				}
			})
		}
	}
}
