package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	tests := []struct {
		in      string
		want    time.Duration
		written string
	}{
		{"90s", 90 * time.Second, "1m30s"}, {"10m", 10 * time.Minute, "10m"}, {"12h", 12 * time.Hour, "12h"}, {"1h30m", 90 * time.Minute, "1h30m"},
		{"24h", 24 * time.Hour, "24h"}, {"48h", 48 * time.Hour, "48h"}, {"30d", 720 * time.Hour, "30d"}, {"36500d", 36500 * 24 * time.Hour, "36500d"}, {"1h0m5s", time.Hour + 5*time.Second, "1h0m5s"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			d, err := ParseDuration(tt.in)
			if err != nil || time.Duration(d) != tt.want || d.String() != tt.written {
				t.Errorf("%v, %v, want %v, written %s", time.Duration(d), err, tt.want, tt.written)
			}
		})
	}
	for _, in := range []string{"", "0", "0s", "0d", "-5m", "-1d", "d", "soon", "10", "1.5d", "36501d", "99999999999999999999d", "1w", "1h30"} {
		want := fmt.Sprintf("%q is no duration: write it like 10m, 12h or 30d", in)
		if d, err := ParseDuration(in); err == nil || err.Error() != want {
			t.Errorf("%q: %v, error %v, want %s", in, d, err, want)
		}
	}
}

func TestDurationJSON(t *testing.T) {
	for in, want := range map[string]time.Duration{`"30d"`: 720 * time.Hour, `"10m"`: 10 * time.Minute, `600000000000`: 10 * time.Minute} {
		var d Duration
		if err := json.Unmarshal([]byte(in), &d); err != nil || time.Duration(d) != want {
			t.Errorf("%s: %v, %v", in, d, err)
		}
		written, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var again Duration
		if err := json.Unmarshal(written, &again); err != nil || again != d {
			t.Errorf("%s written as %s and read as %v, %v", in, written, again, err)
		}
	}
	for in, want := range map[string]string{
		`"soon"`: `"soon" is no duration: write it like 10m, 12h or 30d`,
		`[1]`:    `a duration is a text like "10m" or a number of nanoseconds`,
		`1.5`:    `a duration is a text like "10m" or a number of nanoseconds`,
	} {
		var d Duration
		if err := json.Unmarshal([]byte(in), &d); err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", in, err, want)
		}
	}
}

// everyText is a configuration whose every text is set, by Resolve's reach.
func everyText() *Config {
	c := &Config{
		Store: new(Store), Microsoft: &Microsoft{MemberTenants: []string{""}}, Mail: new(Mail), ContactCreation: new(ContactCreation), Brand: new(Brand),
		Platforms: map[string]*Platform{"client": {Origins: []string{"", ""}, Methods: []string{""}}},
		OIDC:      map[string]*OIDC{"google": new(OIDC)},
		Headers:   map[string]string{"Remote-User": ""},
	}
	return c
}

func TestParseSize(t *testing.T) {
	for _, tt := range []struct {
		in      string
		want    Size
		written string
	}{
		{"19MiB", 19 << 20, "19MiB"}, {"19 mib", 19 << 20, "19MiB"}, {"1GiB", 1 << 30, "1024MiB"}, {"0.5MiB", 512 << 10, "512KiB"},
		{"20MB", 20_000_000, "20000000B"}, {"19456KiB", 19 << 20, "19MiB"}, {"19922944", 19 << 20, "19MiB"}, {"7B", 7, "7B"},
	} {
		if got, err := ParseSize(tt.in); err != nil || got != tt.want || got.String() != tt.written {
			t.Errorf("%s: %d, %v, want %d, written %s", tt.in, got, err, tt.want, tt.written)
		}
	}
	for _, in := range []string{"", "0", "0MiB", "-1MiB", "much", "MiB", "19MiBs", "16EiB", "9.3EB", "NaN", "1e3"} {
		want := fmt.Sprintf("%q is no size: write it like 19MiB", in)
		if got, err := ParseSize(in); err == nil || err.Error() != want {
			t.Errorf("%q: %d, error %v, want %s", in, got, err, want)
		}
	}
}

// FuzzParseSize: what is accepted is positive, and means the same when it is
// written and read again, also as JSON.
func FuzzParseSize(f *testing.F) {
	for _, seed := range []string{"19MiB", "20 MB", "1.5GiB", "19,456KiB", "19922944", "0", "-1", "8EiB", "1e9", "0x10", "10m"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		size, err := ParseSize(in)
		if err != nil {
			return
		}
		again, err := ParseSize(size.String())
		if size <= 0 || err != nil || again != size {
			t.Fatalf("%q is %d, written %s, and read %d, %v", in, size, size, again, err)
		}
		var decoded Size
		text, err := json.Marshal(size.String())
		if err != nil || json.Unmarshal(text, &decoded) != nil || decoded != size {
			t.Fatalf("%s is %d, want %d, %v", text, decoded, size, err)
		}
	})
}

func TestSizeJSON(t *testing.T) {
	for in, want := range map[string]Size{`"19MiB"`: 19 << 20, `19922944`: 19 << 20} {
		var s Size
		if err := json.Unmarshal([]byte(in), &s); err != nil || s != want {
			t.Errorf("%s: %v, %v", in, s, err)
		}
	}
	for in, want := range map[string]string{
		`"much"`: `"much" is no size: write it like 19MiB`,
		`[1]`:    `a size is a text like "19MiB" or a number of bytes`,
		`1.5`:    `a size is a text like "19MiB" or a number of bytes`,
	} {
		var s Size
		if err := json.Unmarshal([]byte(in), &s); err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", in, err, want)
		}
	}
}

// TestResolveReachesEveryText finds a text that was added to Config but not to
// Resolve.
func TestResolveReachesEveryText(t *testing.T) {
	c := everyText()
	if err := c.Resolve(func(string) (string, error) { return "x", nil }); err != nil {
		t.Fatal(err)
	}
	eachText(reflect.ValueOf(c), "Config", func(path, text string) {
		if text != "x" {
			t.Errorf("%s is %q", path, text)
		}
	})
}

func eachText(v reflect.Value, path string, visit func(path, text string)) {
	switch v.Kind() {
	case reflect.String:
		visit(path, v.String())
	case reflect.Pointer:
		if !v.IsNil() {
			eachText(v.Elem(), path, visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachText(v.Index(i), fmt.Sprintf("%s[%d]", path, i), visit)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			eachText(v.MapIndex(key), path+"."+key.String(), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			eachText(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	}
}

func TestResolveNamesTheOption(t *testing.T) {
	c := everyText()
	c.Platforms["tech"], c.OIDC["other"] = nil, nil
	err := c.Resolve(func(s string) (string, error) { return "", errors.New("not set") })
	var errs Errors
	if !errors.As(err, &errs) {
		t.Fatalf("error %v, want Errors", err)
	}
	var options []string
	for _, e := range errs {
		options = append(options, e.Option)
	}
	want := []string{"prefix", "support_email", "store", "store", "platform client", "platform client", "platform client methods",
		"microsoft client_id", "microsoft client_secret", "microsoft tenant", "microsoft authority", "microsoft member_tenants",
		"oidc google issuer", "oidc google client_id", "oidc google client_secret", "oidc google label",
		"mail from", "mail smtp", "mail smtp tls", "mail smtp username", "mail smtp password",
		"contact_creation", "contact_creation catch_all", "brand name", "brand logo", "brand accent", "headers Remote-User"}
	if !slices.Equal(options, want) {
		t.Errorf("options\n%q\nwant\n%q", options, want)
	}
	if got := errs[0].Error(); got != "prefix: not set" {
		t.Errorf("first error %q", got)
	}
}

func TestResolveKeepsWhatItCannot(t *testing.T) {
	c := least(withMicrosoft)
	c.Microsoft.ClientSecret = "{env.SECRET}"
	err := c.Resolve(func(s string) (string, error) {
		if s == "{env.SECRET}" {
			return "", errors.New("not set")
		}
		return s, nil
	})
	if err == nil || err.Error() != "microsoft client_secret: not set" {
		t.Errorf("error %v", err)
	}
	if c.Microsoft.ClientSecret != "{env.SECRET}" {
		t.Errorf("secret is %q", c.Microsoft.ClientSecret)
	}
}

func TestCheckHeaders(t *testing.T) {
	got, err := CheckHeaders("site headers", map[string]string{"REMOTE-USER": "X-User", "X-Frontdesk-Session": "off", "Remote-Email": "X-Frontdesk-Session"})
	want := map[string]string{"Remote-User": "X-User", "X-Frontdesk-Session": "off", "Remote-Email": "X-Frontdesk-Session"}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	_, err = CheckHeaders("site headers", map[string]string{"Remote-User": "Cookie"})
	if want := `site headers Remote-User: "Cookie" has a meaning in HTTP or to proxies: write another name, like X-User`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestReadLogo(t *testing.T) {
	folder := t.TempDir()
	write := func(name string, size int) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(strings.Repeat("x", size)), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, want := range map[string]string{"a.svg": "image/svg+xml", "a.PNG": "image/png", "a.jpg": "image/jpeg", "a.jpeg": "image/jpeg", "a.webp": "image/webp"} {
		mediaType, body, err := ReadLogo(write(name, maxLogo))
		if err != nil || mediaType != want || len(body) != maxLogo {
			t.Errorf("%s: %s, %d bytes, %v", name, mediaType, len(body), err)
		}
	}
	if _, _, err := ReadLogo(write("big.svg", maxLogo+1)); err == nil || err.Error() != "brand logo: is larger than 512 KiB: name a smaller file" {
		t.Errorf("too large: %v", err)
	}
	var e *Error
	if _, _, err := ReadLogo(filepath.Join(folder, "none.svg")); !errors.As(err, &e) || e.Option != "brand logo" || !strings.HasPrefix(e.Reason, "cannot be read: open ") {
		t.Errorf("missing: %v", err)
	}
}
