package transfer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// readNDJSON reads one record a line; empty lines are passed over.
func (in *intake) readNDJSON(src *source) error {
	lines := bufio.NewScanner(src)
	lines.Buffer(nil, maxRecord)
	n := 0
	for lines.Scan() {
		n++
		if line := bytes.TrimSpace(lines.Bytes()); len(line) > 0 {
			if err := in.readLine(line, n); err != nil {
				return err
			}
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		in.stop(n+1, "%v", errTooLong)
		return nil
	}
	return lines.Err()
}

func (in *intake) readLine(line []byte, n int) error {
	if !json.Valid(line) {
		in.problems.add(n, "", "", "not JSON: %v", json.Unmarshal(line, new(json.RawMessage)))
		return nil
	}
	fields, err := in.objectFields(string(line), n)
	if err == nil {
		var kind string
		if kind, fields, err = takeType(fields); err == nil {
			return in.take(entry{kind, n, fields})
		}
	}
	in.problems.add(n, "", "", "%v", err)
	return nil
}

// takeType takes the field that names the kind out of the fields.
func takeType(fields []entryField) (kind string, rest []entryField, err error) {
	rest = fields[:0]
	for _, f := range fields {
		if f.name != "type" {
			rest = append(rest, f)
			continue
		}
		if kind != "" {
			return "", nil, errors.New("type stands there twice")
		}
		if kind, err = f.value.text(); err != nil {
			return "", nil, fmt.Errorf("type: %w", err)
		}
	}
	if kind == "" {
		return "", nil, errors.New(`the field "type" is missing: account, contact or member`)
	}
	return kind, rest, nil
}
