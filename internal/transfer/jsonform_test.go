package transfer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"testing/iotest"
)

// standardFields takes an object apart as encoding/json does.
func standardFields(raw []byte) (fields []string) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	_, _ = dec.Token() // the brace
	for dec.More() {
		name, _ := dec.Token()
		line := 1 + bytes.Count(raw[:dec.InputOffset()], newline)
		var v json.RawMessage
		_ = dec.Decode(&v)
		fields = append(fields, describe(name.(string), line, v))
	}
	return fields
}

// describe tells a field by all that is asked of it.
func describe(name string, line int, v json.RawMessage) string {
	var s string
	textErr := json.Unmarshal(v, &s)
	var items []*string
	listErr := json.Unmarshal(v, &items)
	list := []string{}
	for _, item := range items {
		if item == nil {
			listErr = errList
			break
		}
		list = append(list, *item)
	}
	if listErr != nil || string(v) == "null" {
		list = nil
	}
	flag := string(v)
	return fmt.Sprintf("%q %d %s %q %v %q %v", name, line, v, s, textErr != nil, list, flag == "true" || flag == "false")
}

// FuzzObjectFields: an object is taken apart as encoding/json does it.
func FuzzObjectFields(f *testing.F) {
	for _, raw := range []string{
		`{}`, ` { } `, `{"a":1}`, `{"a" : -1.5e+3 ,"b":true,"c":null , "d":[ ],"e":{}}`, `{"a":"","\u0061":"\n\"\\\/","ß":"ß\ud83d\ude00"}`,
		"{\n\"a\"\n:\n[\n\"x\"\n,\"]\",\"\\\\\"\n]\n,\"b\":\t{\"c\":[{\"d\":\"}\"}]}\r\n}", `{"a":["x",null]}`, `{"a":["x",1,["y"]]}`, "{\"\xff\":\"\xff\"}",
		`{"a":[null,"x"]}`, `{"a":{"b":"c"},"d":"e"}`, `[]`, `"{"`, `0`,
	} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		raw = bytes.TrimSpace(raw)
		if !json.Valid(raw) {
			return
		}
		fields, err := new(intake).objectFields(string(raw), 1)
		if raw[0] != '{' {
			if err == nil {
				t.Errorf("%s was taken for an object", raw)
			}
			return
		}
		want := standardFields(raw)
		if err != nil {
			if len(want) <= maxFields {
				t.Errorf("%s: %v", raw, err)
			}
			return
		}
		var got []string
		for _, field := range fields {
			s, textErr := field.value.text()
			list, listErr := field.value.list()
			if listErr != nil {
				list = nil
			}
			_, flagErr := field.value.flag()
			got = append(got, fmt.Sprintf("%q %d %s %q %v %q %v", field.name, field.line, field.value.raw, s, textErr != nil, list, flagErr == nil))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got\n%q\nwant\n%q", raw, got, want)
		}
	})
}

// TestSource: lines are counted, and such that are not UTF-8 found, wherever
// reads happen to end.
func TestSource(t *testing.T) {
	for name, file := range map[string]string{
		"empty": "", "ascii": "a\nb\n\nc", "runes": "ß\n😀\nü", "invalid": "a\xff\n\xe2\x82\nok\n\xf0\x9f\x98", "cut at the end": "a\nß\n\xc3",
	} {
		t.Run(name, func(t *testing.T) {
			whole, single := newSource(reader(file)), newSource(iotest.OneByteReader(reader(file)))
			for _, s := range []*source{whole, single} {
				s.numbered = true
				if err := iotest.TestReader(s, []byte(file)); err != nil {
					t.Fatal(err)
				}
			}
			want := 1 + bytes.Count([]byte(file), newline)
			if whole.line != want || single.line != want || !slices.Equal(whole.invalid, single.invalid) {
				t.Errorf("lines %d and %d, want %d; invalid %v and %v", whole.line, single.line, want, whole.invalid, single.invalid)
			}
			if wrong := len(whole.invalid) > 0; wrong != bytes.ContainsRune([]byte(file), 0xfffd) {
				t.Errorf("invalid: %v", whole.invalid)
			}
			if !slices.Equal(whole.newlines, single.newlines) || len(whole.newlines) != want-1 {
				t.Errorf("newlines at %v and %v", whole.newlines, single.newlines)
			}
		})
	}
}
