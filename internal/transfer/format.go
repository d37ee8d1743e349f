package transfer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// Format is one of the three forms of a file.
type Format string

// The forms. The empty Format has [Import] look at the file's beginning.
const (
	JSON   Format = "json"
	NDJSON Format = "ndjson"
	CSV    Format = "csv"
)

// ParseFormat reads the name of a form.
func ParseFormat(s string) (Format, error) {
	switch f := Format(s); f {
	case JSON, NDJSON, CSV:
		return f, nil
	}
	return "", fmt.Errorf("unknown format %q: write json, ndjson or csv", s)
}

// FormatOf tells the form by a file's name; empty where the name does not say.
func FormatOf(path string) Format {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".json":
		return JSON
	case ".ndjson", ".jsonl":
		return NDJSON
	case ".csv":
		return CSV
	}
	return ""
}

// sniff tells the form by how a file begins: an object whose first name is a
// field of a record is the first line of NDJSON, any other object is JSON, and
// everything else is CSV.
func sniff(r *bufio.Reader) Format {
	head, _ := r.Peek(r.Size()) // an error shows again when the file is read
	if head = bytes.TrimSpace(head); len(head) == 0 || head[0] != '{' && head[0] != '[' {
		return CSV
	}
	dec := json.NewDecoder(bytes.NewReader(head))
	_, _ = dec.Token() // the brace or bracket seen above
	if name, err := dec.Token(); err == nil {
		if name, isText := name.(string); isText && (name == "type" || knownField(name)) {
			return NDJSON
		}
	}
	return JSON
}
