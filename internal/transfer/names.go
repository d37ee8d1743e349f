package transfer

import (
	"slices"
	"unicode/utf8"
)

// columns are the fields of all kinds, in the order in which CSV is written.
var columns = []string{
	"type", "id", "email", "name", "given_name", "family_name", "phone", "job_title",
	"account", "groups", "primary", "platforms", "domains", "tenants", "contact_creation",
	"methods", "force_public_domains", "self_registered", "password_hash", "active",
}

// knownField reports whether any kind of record has a field of that name.
func knownField(name string) bool {
	return name != "type" && slices.Contains(columns, name)
}

// quoteName shows a name of the file in a message; plain names stay plain.
func quoteName(name string) string {
	if utf8.RuneCountInString(name) <= 30 && plainName(name) {
		return name
	}
	return quote(name)
}

func plainName(name string) bool {
	for _, c := range []byte(name) {
		if !isAlphanumeric(c) && c != '_' {
			return false
		}
	}
	return name != ""
}

// didYouMean names the known name nearest to what was written, if any is near.
func didYouMean(name string, known []string) string {
	nearest, distance := "", 1+len(name)/3
	if len(name) > 40 {
		return ""
	}
	for _, k := range known {
		if d := editDistance(name, k); d <= distance && (nearest == "" || d < distance) {
			nearest, distance = k, d
		}
	}
	if nearest == "" {
		return ""
	}
	return `; did you mean "` + nearest + `"?`
}

// editDistance is Levenshtein's: the least number of bytes to insert, delete
// or replace to turn a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
