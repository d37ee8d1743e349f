package caddymodule

import (
	"io"
	"net/http"
	"time"
)

// uploadPatience is how long a route waits for more of a request.
const uploadPatience = time.Minute

// patientBody is a request's body that may take its time, as long as something
// comes.
type patientBody struct {
	io.ReadCloser
	control *http.ResponseController
}

// unhurried lifts the ten seconds that Caddy's admin endpoint gives to reading a
// request. They end its context also where it was read long ago, and a directory
// of a million people takes longer, in or out. Where that cannot be lifted, they
// hold.
func unhurried(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	if r.Body == nil || r.Body == http.NoBody {
		_ = control.SetReadDeadline(time.Time{})
		return
	}
	_ = control.SetReadDeadline(time.Now().Add(uploadPatience))
	r.Body = patientBody{r.Body, control}
}

func (b patientBody) Read(p []byte) (int, error) {
	_ = b.control.SetReadDeadline(time.Now().Add(uploadPatience))
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF { // the answer may take its time; where nothing came any more, the server still looks for the rest
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}
