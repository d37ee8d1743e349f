package transfer

import (
	"encoding/binary"
	"iter"

	"github.com/frontdesk-gateway/frontdesk/internal/spool"
)

// heading is what the rows of all kinds begin with.
type heading struct {
	line  int
	id    opt[string]
	first int   // line of the row that had the id before; 0: there is none
	place int64 // in the roster; not kept
}

func (h *heading) head() *heading { return h }

func (h *heading) code(c *coder) {
	line, first := int64(h.line), int64(h.first)
	c.number(&line)
	c.number(&first)
	h.line, h.first = int(line), int(first)
	codeOpt(c, h.line, &h.id, codeText)
}

// roster keeps the rows of one kind aside, and finds them by their ids.
type roster[R any, P rowOf[R]] struct {
	rows  *spool.Log
	ids   *spool.Map // to places
	coder coder
	key   []byte
}

// rowOf is a pointer to what a file says of one record.
type rowOf[R any] interface {
	*R
	coded
	head() *heading
}

func newRoster[R any, P rowOf[R]](area *spool.Area) *roster[R, P] {
	return &roster[R, P]{rows: area.NewLog(), ids: area.NewMap(0)}
}

// add keeps a row, under its id if it gives one that no row before it has.
func (r *roster[R, P]) add(row P) (err error) {
	h := row.head()
	if h.id.state == given {
		first, err := r.find(h.id.value)
		if err != nil {
			return err
		}
		if first != nil {
			h.first = first.head().line
		}
	}
	if h.place, err = r.rows.Append(r.coder.encode(row)); err != nil {
		return err
	}
	if h.id.state == given && h.first == 0 {
		return r.name(h.id.value, h.place)
	}
	return nil
}

// name has the row at a place found by an id.
func (r *roster[R, P]) name(id string, place int64) error {
	r.key = append(r.key[:0], id...)
	return r.ids.Add(r.key, binary.AppendVarint(nil, place))
}

// at returns the row at a place.
func (r *roster[R, P]) at(place int64) (P, error) {
	data, err := r.rows.At(place)
	if err != nil {
		return nil, err
	}
	return r.read(place, data)
}

func (r *roster[R, P]) read(place int64, data []byte) (P, error) {
	row := P(new(R))
	row.head().place = place
	return row, r.coder.decode(data, row)
}

// find returns the row of an id, or nil.
func (r *roster[R, P]) find(id string) (P, error) {
	place, found, err := r.placeOf(id)
	if err != nil || !found {
		return nil, err
	}
	return r.at(place)
}

// has reports whether there is a row of that id.
func (r *roster[R, P]) has(id string) (bool, error) {
	_, found, err := r.placeOf(id)
	return found, err
}

func (r *roster[R, P]) placeOf(id string) (place int64, found bool, err error) {
	r.key = append(r.key[:0], id...)
	value, found, err := r.ids.Get(r.key)
	if found {
		place, _ = binary.Varint(value)
	}
	return place, found, err
}

// all yields the rows in the order of the file.
func (r *roster[R, P]) all() iter.Seq2[P, error] {
	return func(yield func(P, error) bool) {
		for record, err := range r.rows.All() {
			var row P
			if err == nil {
				row, err = r.read(record.At, record.Data)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func (r *roster[R, P]) len() int { return r.rows.Len() }
