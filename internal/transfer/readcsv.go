package transfer

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
)

// readCSV reads a header row and one record a row.
func (in *intake) readCSV(src *source) error {
	rows := csv.NewReader(src)
	rows.ReuseRecord = true
	src.grant()
	header, err := rows.Read()
	if err == io.EOF {
		return nil
	}
	if err != nil {
		return in.csvProblem(err, 1)
	}
	names := in.header(header)
	if in.broken {
		return nil
	}
	for {
		src.grant()
		cells, err := rows.Read()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			if err := in.csvProblem(err, src.line); err != nil || in.broken {
				return err
			}
		default:
			if err := in.takeRow(rows, names, cells); err != nil {
				return err
			}
		}
	}
}

// header checks the names of the columns and returns them.
func (in *intake) header(cells []string) []string {
	names := make([]string, len(cells))
	for i, c := range cells {
		names[i] = strings.ToLower(strings.TrimSpace(c))
		switch {
		case !slices.Contains(columns, names[i]):
			in.stop(1, "unknown column %s%s", quote(names[i]), didYouMean(names[i], columns))
		case slices.Contains(names[:i], names[i]):
			in.stop(1, "the column %q stands there twice", names[i])
		}
	}
	if !slices.Contains(names, "type") {
		in.stop(1, `the column "type" is missing; columns are separated by commas`)
	}
	return names
}

func (in *intake) takeRow(rows *csv.Reader, names, texts []string) error {
	e := entry{fields: in.fields[:0]}
	e.line, _ = rows.FieldPos(0)
	empty := true
	for i, c := range texts {
		c = strings.TrimSpace(c)
		line, _ := rows.FieldPos(i)
		switch {
		case c == "":
			continue
		case names[i] == "type":
			e.kind = c
		default:
			e.fields = append(e.fields, entryField{names[i], line, value{cells{}, c}})
		}
		empty = false
	}
	in.fields = e.fields
	if empty { // spreadsheets leave rows of nothing but commas
		return nil
	}
	return in.take(e)
}

// csvProblem tells of a row that cannot be read. Rows after it can, but for
// one that is too long. Other errors are returned.
func (in *intake) csvProblem(err error, line int) error {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, errTooLong):
		in.stop(line, "%v; a quotation mark may be open", errTooLong)
	case errors.Is(err, csv.ErrFieldCount) && errors.As(err, &parse):
		in.problems.add(parse.StartLine, "", "", "the row has more or fewer cells than the header")
	case errors.As(err, &parse):
		in.problems.add(parse.StartLine, "", "", "%v", parse.Err)
	default:
		return err
	}
	return nil
}
