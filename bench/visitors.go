package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// writeLines writes a file of lines.
func writeLines(path string, lines []string) error {
	file, err := os.Create(path) // #nosec G304 -- in the lab's folder
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	for _, line := range lines {
		fmt.Fprintln(out, strings.TrimSpace(line))
	}
	return out.Flush()
}

// readVisitors reads the file of a crowd: a line for each, of their cookie, a tab,
// and what the portal answers, which ends as the line does.
func readVisitors(path string) ([]visitor, error) {
	content, err := os.ReadFile(path) // #nosec G304 -- in the lab's folder
	if err != nil {
		return nil, err
	}
	var all []visitor
	for line := range strings.Lines(string(content)) {
		cookie, want, _ := strings.Cut(line, "\t")
		all = append(all, visitor{cookie, want})
	}
	return all, nil
}
