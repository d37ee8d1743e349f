package main

import (
	"fmt"
	"os"
	"strings"
)

// table is one table of results.
type table struct {
	title   string // a sentence above it
	columns []string
	rows    [][]string
	note    string // below it
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) markdown(out *strings.Builder) {
	fmt.Fprintf(out, "%s\n\n", t.title)
	row := func(cells []string) { fmt.Fprintf(out, "| %s |\n", strings.Join(cells, " | ")) }
	row(t.columns)
	row(append([]string{"---"}, slicesOf("---:", len(t.columns)-1)...))
	for _, cells := range t.rows {
		row(cells)
	}
	if t.note != "" {
		fmt.Fprintf(out, "\n%s\n", t.note)
	}
	out.WriteString("\n")
}

func slicesOf(s string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s
	}
	return all
}

// results are tables as Markdown, with where and of what they are.
func (l *lab) results(tables []table) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n\n", l.machine())
	for _, t := range tables {
		t.markdown(&out)
	}
	return out.String()
}

// putResults puts a part's results into a file, between the markers of the
// part: <!-- bench NAME --> and <!-- end -->.
func putResults(file, name, text string) error {
	content, err := os.ReadFile(file) // #nosec G304 -- named on the command line
	if err != nil {
		return err
	}
	replaced, err := replaceResults(string(content), name, text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, []byte(replaced), 0o644) // #nosec G306 G703 -- a page of the documentation
}

func replaceResults(content, name, text string) (string, error) {
	begin, end := "<!-- bench "+name+" -->\n", "<!-- end -->"
	before, rest, found := strings.Cut(content, begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return "", fmt.Errorf("no place for the results: write %s%s", begin, end)
	}
	return before + begin + "\n" + strings.TrimSpace(text) + "\n\n" + end + after, nil
}
