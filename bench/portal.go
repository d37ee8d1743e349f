package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/frontdesk-gateway/frontdesk/internal/identity"
)

// playPortal is a portal that says who is calling, and by how many headers it
// was told. It writes its address.
func playPortal(in *json.Decoder, out *json.Encoder) error {
	return serveRole(in, out, func(w http.ResponseWriter, r *http.Request) {
		told := 0
		for _, name := range identity.HeaderNames {
			if r.Header[name] != nil {
				told++
			}
		}
		answer := portalAnswer(r.Header.Get(identity.HeaderUser), told)
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		_, _ = w.Write([]byte(answer))
	})
}

// portalAnswer is what the portal answers to somebody, told by so many headers.
func portalAnswer(user string, told int) string {
	return fmt.Sprintf("user=%s told=%d\n", user, told)
}

// verifierHeaders are what the verifier has forward_auth hand on.
var verifierHeaders = map[string]string{
	identity.HeaderUser: benchUser, identity.HeaderEmail: benchUser + "@example.com",
	identity.HeaderName: "Vera Verified", identity.HeaderGroups: "users,approvers",
}

// playVerifier is a verifier for forward_auth that lets everybody in, and does
// nothing else.
func playVerifier(in *json.Decoder, out *json.Encoder) error {
	return serveRole(in, out, func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range verifierHeaders {
			w.Header().Set(name, value)
		}
	})
}

// serveRole serves on a free port of loopback, which it writes, until in ends.
func serveRole(in *json.Decoder, out *json.Encoder, handle http.HandlerFunc) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handle, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }() // it ends with the process
	if err := out.Encode(l.Addr().String()); err != nil {
		return err
	}
	return in.Decode(new(struct{}))
}
