package config

import (
	"slices"
	"strings"
	"testing"
)

func TestParseOrigin(t *testing.T) {
	tests := []struct {
		in   string
		want string // as browsers send it
	}{
		{"https://portal.example.com", "https://portal.example.com"},
		{"HTTPS://Portal.Example.COM/", "https://portal.example.com"},
		{"https://portal.example.com:443", "https://portal.example.com"},
		{"https://portal.example.com:0443", "https://portal.example.com"},
		{"https://portal.example.com:", "https://portal.example.com"},
		{"https://portal.example.com:8443", "https://portal.example.com:8443"},
		{"https://portal.example.com:80", "https://portal.example.com:80"},
		{"https://bücher.example", "https://xn--bcher-kva.example"},
		{"https://intranet", "https://intranet"},
		{"https://192.0.2.7", "https://192.0.2.7"},
		{"https://[2001:DB8:0:0::1]:8443", "https://[2001:db8::1]:8443"},
		{"http://localhost:80", "http://localhost"},
		{"http://client.localhost:8080", "http://client.localhost:8080"},
		{"http://127.0.0.2", "http://127.0.0.2"},
		{"http://[::1]:8080", "http://[::1]:8080"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			o, err := ParseOrigin(tt.in)
			if err != nil || o.String() != tt.want {
				t.Errorf("%v, %v, want %s", o, err, tt.want)
			}
			if again, err := ParseOrigin(o.String()); err != nil || again != o {
				t.Errorf("read again: %v, %v", again, err)
			}
		})
	}
}

func TestParseOriginRefuses(t *testing.T) {
	const (
		form  = " is no origin: write it like https://portal.example.com"
		plain = ": plain http is for loopback (localhost, *.localhost, 127.0.0.1): write https"
		whole = ": name the host whole: letters, digits and -, without *, _ or a dot at the end"
		port  = ": a port is a number from 1 to 65535"
	)
	tests := []struct{ in, want string }{
		{"", `""` + form},
		{"portal.example.com", `"portal.example.com"` + form},
		{"portal.example.com:443", `"portal.example.com:443"` + form},
		{"https:portal.example.com", `"https:portal.example.com"` + form},
		{"https://user@portal.example.com", `"https://user@portal.example.com"` + form},
		{"https://portal example", `"https://portal example"` + form},
		{"https://portal.example.com:x", `"https://portal.example.com:x"` + form},
		{"//portal.example.com", `"//portal.example.com": the scheme must be https`},
		{"wss://portal.example.com", `"wss://portal.example.com": the scheme must be https`},
		{"https://:443", `"https://:443": the host is missing`},
		{"http://portal.example.com", `"http://portal.example.com"` + plain},
		{"http://localhost.example.com", `"http://localhost.example.com"` + plain},
		{"http://10.0.0.1", `"http://10.0.0.1"` + plain},
		{"https://portal.example.com/app", `"https://portal.example.com/app" has a path: an origin is scheme and host only, like https://portal.example.com`},
		{"https://portal.example.com?", `"https://portal.example.com?" has a path: an origin is scheme and host only, like https://portal.example.com`},
		{"https://portal.example.com#x", `"https://portal.example.com#x" has a path: an origin is scheme and host only, like https://portal.example.com`},
		{"https://*.example.com", `"https://*.example.com"` + whole},
		{"https://my_portal.example.com", `"https://my_portal.example.com"` + whole},
		{"https://portal.example.com.", `"https://portal.example.com."` + whole},
		{"https://[fe80::1%25eth0]", `"https://[fe80::1%25eth0]"` + whole},
		{"https://portal.example.com:0", `"https://portal.example.com:0"` + port},
		{"https://portal.example.com:65536", `"https://portal.example.com:65536"` + port},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			if o, err := ParseOrigin(tt.in); err == nil || err.Error() != tt.want {
				t.Errorf("%v, error\n%v\nwant\n%s", o, err, tt.want)
			}
		})
	}
}

func TestOriginMatchesHost(t *testing.T) {
	tests := []struct {
		origin string
		yes    []string
		no     []string
	}{
		{
			"https://portal.example.com",
			[]string{"portal.example.com", "PORTAL.example.com", "portal.example.com:443", "portal.example.com:"},
			[]string{"", ":443", "portal.example.com:80", "portal.example.com:8443", "portal.example.com.", "x.portal.example.com", "example.com",
				"[portal.example.com]", "[portal.example.com]:443", "portal.example.com:443:443", "portal.example.com, other.example"},
		},
		{
			"https://portal.example.com:8443",
			[]string{"portal.example.com:8443"},
			[]string{"portal.example.com", "portal.example.com:443", "portal.example.com:"},
		},
		{
			"http://localhost",
			[]string{"localhost", "localhost:80"},
			[]string{"localhost:443", "localhost:8080", "127.0.0.1"},
		},
		{
			"http://[::1]:8080",
			[]string{"[::1]:8080"},
			[]string{"[::1]", "::1", "::1:8080", "[::1]:80", "[::2]:8080"},
		},
		{
			"https://[2001:db8::1]",
			[]string{"[2001:db8::1]", "[2001:DB8::1]:443"},
			[]string{"2001:db8::1", "[2001:db8::1", "[2001:db8::1]x"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.origin, func(t *testing.T) {
			o, err := ParseOrigin(tt.origin)
			if err != nil {
				t.Fatal(err)
			}
			for _, host := range tt.yes {
				if !slices.Contains(o.hostHeaders(), strings.ToLower(host)) {
					t.Errorf("%q does not match", host)
				}
			}
			for _, host := range tt.no {
				if slices.Contains(o.hostHeaders(), strings.ToLower(host)) {
					t.Errorf("%q matches", host)
				}
			}
		})
	}
}

func TestIsLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "tech.localhost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true,
		"": false, "localhost.example": false, "mylocalhost": false, "128.0.0.1": false, "::2": false, "0.0.0.0": false,
	} {
		if got := IsLoopback(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}

func FuzzOrigin(f *testing.F) {
	for _, seed := range []string{"https://portal.example.com:8443", "http://[::1]", "https://bücher.example", "https://a%41.example", "https://1.2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, err := ParseOrigin(s)
		if err != nil {
			return
		}
		if again, err := ParseOrigin(o.String()); err != nil || again != o {
			t.Errorf("%q is %v, and read again %v, %v", s, o, again, err)
		}
		if !slices.Contains(o.hostHeaders(), o.HostPort()) {
			t.Errorf("%q does not match its own host", s)
		}
	})
}
