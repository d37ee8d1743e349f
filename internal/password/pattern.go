package password

// repeats tells for each character how many from there on have stood earlier,
// in the same order. The earlier ones may reach into the later: of "abababab"
// all but the first two are a repetition.
func repeats(text []rune) []int {
	longest := make([]int, len(text))
	same := make([]int, len(text)+1) // by the earlier beginning, how many are the same from the two on
	for from := len(text) - 1; from > 0; from-- {
		for earlier := range from {
			if text[earlier] == text[from] {
				same[earlier] = same[earlier+1] + 1
			} else {
				same[earlier] = 0
			}
			longest[from] = max(longest[from], same[earlier])
		}
	}
	return longest
}

// row is the number of characters from the first on that follow each other in
// the alphabet, all forwards or all backwards.
func row(text []rune) int {
	if len(text) < 2 {
		return len(text)
	}
	step := text[1] - text[0]
	if step != 1 && step != -1 {
		return 1
	}
	n := 2
	for n < len(text) && text[n]-text[n-1] == step {
		n++
	}
	return n
}
