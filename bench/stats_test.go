package main

import "testing"

func TestQuantile(t *testing.T) {
	for name, c := range map[string]struct {
		sorted []float64
		q      float64
		want   float64
	}{
		"one value":            {[]float64{7}, 0.99, 7},
		"the median of two":    {[]float64{1, 2}, 0.5, 1},
		"the median of three":  {[]float64{1, 2, 3}, 0.5, 2},
		"the first quartile":   {[]float64{1, 2, 3, 4}, 0.25, 1},
		"the third quartile":   {[]float64{1, 2, 3, 4}, 0.75, 3},
		"nothing lies below 0": {[]float64{1, 2}, 0, 1},
		"all lie below 1":      {[]float64{1, 2}, 1, 2},
	} {
		if got := quantile(c.sorted, c.q); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestReplaceResults(t *testing.T) {
	const page = "a\n<!-- bench cpu -->\nold\n<!-- end -->\nb\n<!-- bench reload -->\n<!-- end -->\n"
	for name, c := range map[string]struct{ part, want string }{
		"in its place":      {"cpu", "a\n<!-- bench cpu -->\n\nnew\n\n<!-- end -->\nb\n<!-- bench reload -->\n<!-- end -->\n"},
		"in the last place": {"reload", "a\n<!-- bench cpu -->\nold\n<!-- end -->\nb\n<!-- bench reload -->\n\nnew\n\n<!-- end -->\n"},
		"nowhere":           {"signin", ""},
	} {
		got, err := replaceResults(page, c.part, "new\n")
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestPersonEmail: no two people have one address, which would make them wait for
// each other's mails.
func TestPersonEmail(t *testing.T) {
	seen := map[string]int{}
	for n := range 1000 {
		email := personEmail(n)
		if other, taken := seen[email]; taken {
			t.Fatalf("persons %d and %d are both %s", other, n, email)
		}
		seen[email] = n
	}
	if last := 999/49*50 + 999%49; last >= contactsOf(1000) {
		t.Errorf("person 999 is contact %d of %d", last, contactsOf(1000))
	}
}
