package caddymodule

// nearest is the known name that a mistyped one was meant to be: the one at
// the smallest edit distance, if that is at most a third of its length. Of
// several it is the first; empty where none is near.
func nearest(name string, known []string) string {
	best, least := "", 0
	for _, candidate := range known {
		d := editDistance(name, candidate)
		if d <= max(len(candidate)/3, 1) && (best == "" || d < least) {
			best, least = candidate, d
		}
	}
	return best
}

// editDistance counts the insertions, deletions, replacements and swaps of
// neighbours that lead from a to b (optimal string alignment).
func editDistance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+differ(a[i], b[j]))
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

func differ(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}
