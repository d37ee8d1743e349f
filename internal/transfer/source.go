package transfer

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"
	"unicode/utf8"
)

// maxRecord bounds one record of any form, in bytes.
const maxRecord = 1 << 20

var newline = []byte{'\n'}

var errTooLong = errors.New("the record is longer than 1 MiB")

// source is the file as the decoders read it. It skips a byte order mark,
// notes the lines that are not UTF-8, knows which line an offset is on, and
// ends with errTooLong where a decoder takes more than it was granted.
type source struct {
	r      *bufio.Reader
	budget int

	line    int    // of the next byte
	partial []byte // an unfinished rune at the end of what was read
	invalid []int  // lines that are not UTF-8, each once; bounded

	read     int64
	numbered bool    // lineAt is going to be asked
	newlines []int64 // offsets of the newlines from lineAt's last offset on
	passed   int     // newlines before that
}

func newSource(r io.Reader) *source {
	s := &source{r: bufio.NewReaderSize(r, 64<<10), budget: math.MaxInt, line: 1}
	if bom, _ := s.r.Peek(3); bytes.Equal(bom, []byte("\uFEFF")) {
		_, _ = s.r.Discard(len(bom)) // it was read ahead
	}
	return s
}

// grant allows one more record to be read.
func (s *source) grant() { s.budget = maxRecord }

func (s *source) Read(p []byte) (int, error) {
	if s.budget <= 0 {
		return 0, errTooLong
	}
	n, err := s.r.Read(p[:min(len(p), s.budget)])
	s.budget -= n
	s.scan(p[:n])
	if err == io.EOF && len(s.partial) > 0 {
		s.partial = nil
		s.markInvalid()
	}
	return n, err
}

// scan looks at each rune once, over the borders of reads.
func (s *source) scan(b []byte) {
	start := s.read - int64(len(s.partial))
	s.read += int64(len(b))
	if len(s.partial) == 0 && utf8.Valid(b) {
		s.scanLines(b, start)
		return
	}
	b = append(s.partial, b...)
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			if !utf8.FullRune(b[i:]) {
				s.partial = bytes.Clone(b[i:])
				return
			}
			s.markInvalid()
		}
		s.scanLines(b[i:i+size], start+int64(i))
		i += size
	}
	s.partial = nil
}

// scanLines counts the newlines of b, which begins at an offset.
func (s *source) scanLines(b []byte, offset int64) {
	if !s.numbered {
		s.line += bytes.Count(b, newline)
		return
	}
	for i := range b {
		if b[i] == '\n' {
			s.line++
			s.newlines = append(s.newlines, offset+int64(i))
		}
	}
}

func (s *source) markInvalid() {
	n := len(s.invalid)
	if n <= maxProblems && (n == 0 || s.invalid[n-1] != s.line) {
		s.invalid = append(s.invalid, s.line)
	}
}

// lineAt returns the line of an offset that was read. Offsets must not
// decrease from call to call: what lies before the last one is forgotten.
func (s *source) lineAt(offset int64) int {
	n := 0
	for n < len(s.newlines) && s.newlines[n] < offset {
		n++
	}
	s.newlines = append(s.newlines[:0], s.newlines[n:]...)
	s.passed += n
	return s.passed + 1
}
