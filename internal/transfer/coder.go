package transfer

import (
	"encoding/binary"
	"errors"
	"time"
)

// coded is a record that can be kept aside: code passes its fields to the coder,
// one after the other.
type coded interface{ code(*coder) }

// coder writes fields, or reads them back into where they came from: one code
// method serves both ways, so that they cannot differ.
type coder struct {
	reading bool
	out     []byte
	in      string
	damaged bool
}

var errDamaged = errors.New("what was kept aside is damaged")

// encode returns the record's coded form; it is good until the next.
func (c *coder) encode(r coded) []byte {
	c.reading, c.out = false, c.out[:0]
	r.code(c)
	return c.out
}

// decode reads a coded record. Its texts are parts of one string.
func (c *coder) decode(data []byte, r coded) error {
	c.reading, c.in, c.damaged = true, string(data), false
	r.code(c)
	if c.damaged || c.in != "" {
		return errDamaged
	}
	return nil
}

func (c *coder) number(n *int64) {
	if !c.reading {
		c.out = binary.AppendVarint(c.out, *n)
		return
	}
	v, size := varint(c.in)
	if c.damaged = c.damaged || size <= 0; !c.damaged {
		*n, c.in = v, c.in[size:]
	}
}

// varint is binary.Varint for a string, which need not become bytes again.
func varint(s string) (v int64, size int) {
	var u uint64
	for i := 0; i < len(s) && i < binary.MaxVarintLen64; i++ {
		u |= uint64(s[i]&0x7f) << (7 * i)
		if s[i] < 0x80 {
			return int64(u>>1) ^ -int64(u&1), i + 1 // #nosec G115 -- zigzag
		}
	}
	return 0, 0
}

func (c *coder) text(s *string) {
	size := int64(len(*s))
	c.number(&size)
	switch {
	case !c.reading:
		c.out = append(c.out, *s...)
	case c.damaged || size < 0 || size > int64(len(c.in)):
		c.damaged = true
	default:
		*s, c.in = c.in[:size], c.in[size:]
	}
}

func (c *coder) flag(b *bool) {
	n := int64(0)
	if *b {
		n = 1
	}
	c.number(&n)
	if c.reading {
		*b = n == 1
	}
}

func (c *coder) time(t *time.Time) {
	seconds, nanos := t.Unix(), int64(t.Nanosecond())
	c.number(&seconds)
	c.number(&nanos)
	if c.reading {
		*t = time.Unix(seconds, nanos).UTC()
	}
}

// codeList codes a list; an empty one is read back as nil.
func codeList[T any](c *coder, list *[]T, item func(*coder, *T)) {
	size := int64(len(*list))
	c.number(&size)
	if c.reading {
		if *list = nil; size < 0 || size > int64(len(c.in)) { // each item takes a byte
			c.damaged = true
		}
		if size == 0 || c.damaged {
			return
		}
		*list = make([]T, size)
	}
	for i := range *list {
		item(c, &(*list)[i])
	}
}

// codeText is for texts of any type.
func codeText[T ~string](c *coder, s *T) {
	t := string(*s)
	c.text(&t)
	*s = T(t)
}

func codeTexts[T ~string](c *coder, list *[]T) { codeList(c, list, codeText[T]) }

// codeOpt codes a field of a row. Most are on the row's line.
func codeOpt[T any](c *coder, line int, o *opt[T], value func(*coder, *T)) {
	n := int64(o.state)
	c.number(&n)
	o.state = state(n) // #nosec G115 -- it was one
	if o.state == absent {
		return
	}
	below := int64(o.line) - int64(line)
	c.number(&below)
	o.line = int32(int64(line) + below) // #nosec G115 -- it was one
	value(c, &o.value)
}
