package directory

import (
	"errors"
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	local64, label63 := strings.Repeat("l", 64), strings.Repeat("d", 63)
	long := label63 + "." + label63 + "." + label63 // 191 bytes: with a local part of 62, 254 in all
	for _, c := range []struct {
		name, in string
		want     Address // empty: refused
	}{
		{"plain", "ann@acme.example", "ann@acme.example"},
		{"outer white space", " \t\r\n ann@acme.example\u00a0\u2003", "ann@acme.example"},
		{"local part keeps its case", "Ann.Archer@ACME.Example", "Ann.Archer@acme.example"},
		{"every atext", "!#$%&'*+-/=?^_`{|}~@acme.example", "!#$%&'*+-/=?^_`{|}~@acme.example"},
		{"plus tag", "ann+tag@acme.example", "ann+tag@acme.example"},
		{"trailing dot of the domain", "ann@acme.example.", "ann@acme.example"},
		{"IDN", "ann@BÜCHER.example", "ann@xn--bcher-kva.example"},
		{"IDN, non-transitional", "ann@straße.example", "ann@xn--strae-oqa.example"},
		{"IDN, already ASCII", "ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"},
		{"full-width domain", "ann@ａｃｍｅ．ｅｘａｍｐｌｅ", "ann@acme.example"},
		{"ideographic full stop", "ann@acme。example", "ann@acme.example"},
		{"local part of 64", local64 + "@acme.example", Address(local64 + "@acme.example")},
		{"254 in all", strings.Repeat("l", 62) + "@" + long, Address(strings.Repeat("l", 62) + "@" + long)},

		{"empty", "", ""},
		{"white space only", " \t ", ""},
		{"no @", "ann.acme.example", ""},
		{"two @", "ann@b@acme.example", ""},
		{"full-width @ alone", "ann＠acme.example", ""},
		{"full-width @ in the domain", "ann@b＠acme.example", ""},
		{"small commercial at", "ann@b﹫acme.example", ""},
		{"no local part", "@acme.example", ""},
		{"no domain", "ann@", ""},
		{"display name", "Ann <ann@acme.example>", ""},
		{"angle brackets", "<ann@acme.example>", ""},
		{"comment", "ann(work)@acme.example", ""},
		{"list", "ann@acme.example, bob@acme.example", ""},
		{"mailto", "mailto:ann@acme.example", ""},
		{"quoted local part", `"ann"@acme.example`, ""},
		{"quoted space", `"ann archer"@acme.example`, ""},
		{"white space before the @", "ann @acme.example", ""},
		{"white space after the @", "ann@ acme.example", ""},
		{"white space in the domain", "ann@acme .example", ""},
		{"new line inside", "ann@acme.example\nBcc: x@evil.example", ""},
		{"NUL", "ann\x00@acme.example", ""},
		{"dot first", ".ann@acme.example", ""},
		{"dot last", "ann.@acme.example", ""},
		{"two dots", "ann..archer@acme.example", ""},
		{"backslash", `ann\@acme.example`, ""},
		{"non-ASCII local part", "änn@acme.example", ""},
		{"Cyrillic а in the local part", "аnn@acme.example", ""},
		{"full-width local part", "ａnn@acme.example", ""},
		{"Kelvin sign", "\u212aen@acme.example", ""},
		{"zero-width space in the local part", "an\u200bn@acme.example", ""},
		{"zero-width joiner in the local part", "an\u200dn@acme.example", ""},
		{"soft hyphen in the local part", "an\u00adn@acme.example", ""},
		{"right-to-left override", "\u202eann@acme.example", ""},
		{"right-to-left override in the domain", "ann@acme\u202e.example", ""},
		{"byte order mark", "\ufeffann@acme.example", ""},
		{"zero-width joiner in the domain", "ann@ac\u200dme.example", ""},
		{"invalid UTF-8", "ann@acme\xff.example", ""},
		{"one label", "ann@localhost", ""},
		{"address literal", "ann@[127.0.0.1]", ""},
		{"IPv4 address", "ann@127.0.0.1", ""},
		{"number as last label", "ann@acme.1", ""},
		{"only dots", "ann@.", ""},
		{"leading dot of the domain", "ann@.acme.example", ""},
		{"two trailing dots", "ann@acme.example..", ""},
		{"empty label", "ann@acme..example", ""},
		{"leading hyphen", "ann@-acme.example", ""},
		{"trailing hyphen", "ann@acme-.example", ""},
		{"underscore", "ann@ac_me.example", ""},
		{"port", "ann@acme.example:25", ""},
		{"percent", "ann@acme%2eexample", ""},
		{"broken punycode", "ann@xn--a.example", ""},
		{"local part of 65", local64 + "l@acme.example", ""},
		{"label of 64", "ann@" + label63 + "d.example", ""},
		{"255 in all", strings.Repeat("l", 63) + "@" + long, ""},
		{"huge", strings.Repeat(" ", 1<<20) + "ann@acme.example", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseAddress(c.in)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Fatalf("ParseAddress(%q) = %q, %v; want %q", c.in, got, err, c.want)
			}
			if err != nil && !errors.Is(err, ErrAddress) {
				t.Errorf("error %v does not wrap ErrAddress", err)
			}
		})
	}
}

func TestParseDomain(t *testing.T) {
	label63 := strings.Repeat("d", 63)
	four := strings.Join([]string{label63, label63, label63, label63[:61]}, ".") // 253 bytes
	for _, c := range []struct{ name, in, want string }{
		{"lower case", "ACME.Example", "acme.example"},
		{"sub-domain is its own", "mail.acme.example", "mail.acme.example"},
		{"trailing dot", "acme.example.", "acme.example"},
		{"IDN", "BÜCHER.example", "xn--bcher-kva.example"},
		{"IDN in upper-case ASCII", "XN--BCHER-KVA.example", "xn--bcher-kva.example"},
		{"253 bytes", four, four},
		{"254 bytes", "a" + four[:60] + "d" + four[60:], ""},
		{"white space is not trimmed", " acme.example", ""},
		{"wildcard", "*.acme.example", ""},
		{"with @", "@acme.example", ""},
		{"URL", "https://acme.example", ""},
		{"one label", "example", ""},
		{"empty", "", ""},
		{"number", "10.0.0.1", ""},
		{"huge", strings.Repeat("a.", 1<<16) + "example", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseDomain(c.in)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Fatalf("ParseDomain(%q) = %q, %v; want %q", c.in, got, err, c.want)
			}
			if err != nil && !errors.Is(err, ErrAddress) {
				t.Errorf("error %v does not wrap ErrAddress", err)
			}
		})
	}
}

func TestAddressComparison(t *testing.T) {
	a, b := Address("Ann@acme.example"), Address("aNN@acme.example")
	if !a.Equal(b) || a.Key() != b.Key() || a.Key() != "ann@acme.example" {
		t.Errorf("%q and %q are one person's: keys %q, %q", a, b, a.Key(), b.Key())
	}
	if a.Equal("ann@other.example") || Address("").Equal("") {
		t.Error("two people, or nobody twice, count as one")
	}
	if a.Domain() != "acme.example" || Address("").Domain() != "" {
		t.Errorf("domain %q", a.Domain())
	}
}

func TestMailbox(t *testing.T) {
	for _, c := range []struct {
		name string
		in   Address
		want string
	}{
		{"plain", "ann@acme.example", "ann@acme.example"},
		{"spelling", "Ann@acme.example", "ann@acme.example"},
		{"tag", "Ann+Shop@acme.example", "ann@acme.example"},
		{"another tag", "ann+1@acme.example", "ann@acme.example"},
		{"two tags", "ann+shop+1@acme.example", "ann@acme.example"},
		{"empty tag", "ann+@acme.example", "ann@acme.example"},
		{"nothing but a tag", "+1@acme.example", "+1@acme.example"},
		{"another person", "ann.archer+1@acme.example", "ann.archer@acme.example"},
		{"another domain", "ann+1@acme.test", "ann@acme.test"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.in.Mailbox(); got != c.want {
				t.Errorf("mailbox of %q is %q, want %q", c.in, got, c.want)
			}
		})
	}
}

// FuzzParseAddress holds what is accepted to the form that everything else
// relies on: parsing it again changes nothing, and it is safe in a mail header.
func FuzzParseAddress(f *testing.F) {
	for _, seed := range []string{"ann@acme.example", " Ann@BÜCHER.example. ", "a@b＠c.de", "a@xn--bcher-kva.example", "a@ａ。ｂ", `"a"@b.cd`, "a@1.2", "ann\r\n@b.cd"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		a, err := ParseAddress(in)
		if err != nil {
			return
		}
		again, err := ParseAddress(string(a))
		if err != nil || again != a {
			t.Fatalf("%q became %q, and that %q, %v", in, a, again, err)
		}
		byKey, err := ParseAddress(a.Key())
		if err != nil || byKey.Key() != a.Key() || string(byKey) != a.Key() {
			t.Fatalf("key %q of %q is no address of the same key: %q, %v", a.Key(), in, byKey, err)
		}
		if len(a) > MaxAddress || strings.Count(string(a), "@") != 1 || a.Domain() != strings.ToLower(a.Domain()) {
			t.Fatalf("%q became %q", in, a)
		}
		if box := Address(a.Mailbox()); box.Mailbox() != string(box) || box.Domain() != a.Domain() || !strings.HasPrefix(a.Key(), strings.TrimSuffix(string(box), "@"+a.Domain())) {
			t.Fatalf("%q has the mailbox %q", a, box)
		}
		for _, c := range []byte(a) {
			if c <= ' ' || c > '~' || strings.IndexByte(`"(),:;<>[\]`, c) >= 0 {
				t.Fatalf("%q became %q, with %q", in, a, c)
			}
		}
	})
}
