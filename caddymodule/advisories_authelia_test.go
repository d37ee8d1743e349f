package caddymodule

import (
	"strings"
	"testing"
)

func TestAdvisoriesOfAuthelia(t *testing.T) {
	w := newWorld(t)
	w.start()
	loginAttacks{
		"CVE-2021-32637: malformed address passes":                 malformedAddresses,
		"CVE-2026-48794: host in other letters meets another rule": hostInOtherLetters,
	}.run(t, w)
}

// malformedAddresses never reach the portal, by whoever they are refused.
func malformedAddresses(t *testing.T, w *world) {
	for _, target := range []string{
		"/%zz", "/%", "/%u002e", "/public%", "/public%zz", "/public/%2", "/assets/%", "/assets/\x01", "/assets/\x7f", "/\x00", "/a\\b", "/[", "/#", "//", "///public", "public", "*", "?", ":", "", "http:", "http://", "http:///private",
		"/assets/x#", "/assets/x\t", "/assets/%00", "/assets/%0d%0a", "/assets/%ff", "/assets/é",
	} {
		answer := w.raw("GET " + target + " HTTP/1.1\r\nHost: client.localhost:" + portOf(w) + "\r\nConnection: close\r\n\r\n")
		status, _, _ := strings.Cut(strings.TrimPrefix(answer, "HTTP/1.1 "), " ")
		if strings.Contains(answer, "portal ") || status < "400" && status != "303" {
			t.Errorf("%q: %.200s", target, answer)
		}
	}
}

// hostInOtherLetters is the same site, or none: its paths are public or not as
// they always are.
func hostInOtherLetters(t *testing.T, w *world) {
	for _, host := range []string{"CLIENT.localhost", "Client.Localhost", "client.LOCALHOST", "client.localhost.", "CLIENT.localhost."} {
		for _, path := range []string{"/private", "/PUBLIC", "/Assets/x"} {
			answer := w.raw("GET " + path + " HTTP/1.1\r\nHost: " + host + ":" + portOf(w) + "\r\nConnection: close\r\n\r\n")
			if !strings.HasPrefix(answer, "HTTP/1.1 401 ") && !strings.HasPrefix(answer, "HTTP/1.1 421 ") {
				t.Errorf("%s at %s: %.200s", path, host, answer)
			}
		}
	}
}
