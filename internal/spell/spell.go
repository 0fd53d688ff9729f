// Package spell finds the word that a mistyped one may mean.
package spell

import (
	"fmt"
	"strings"
)

// longestGuess bounds the work of Nearest; no name of ours is near it.
const longestGuess = 64

// Nearest returns the candidate that word most likely misspells, or "" when none is near. Near means at most one
// edit (insert, delete, replace, swap of neighbours) per three letters begun, or that word begins the candidate. Case
// does not count, and the first of equally near candidates wins.
func Nearest(word string, candidates []string) string {
	w := []rune(strings.ToLower(word))
	if len(w) == 0 || len(w) > longestGuess {
		return ""
	}
	best, bestDistance := "", (len(w)+2)/3+1
	for _, c := range candidates {
		lower := strings.ToLower(c)
		d := editDistance(w, []rune(lower))
		if len(w) >= 3 && strings.HasPrefix(lower, string(w)) {
			d = min(d, 1)
		}
		// As many edits as letters is another word, not a misspelling.
		if d < bestDistance && d < max(len(w), len([]rune(c))) {
			best, bestDistance = c, d
		}
	}
	return best
}

// editDistance is the Damerau-Levenshtein distance in its optimal string alignment form: no substring is edited twice.
func editDistance(a, b []rune) int {
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}

// DidYouMean returns the end of a message about an unknown word: `; did you mean "x"? (valid: x, y, z)`, with
// the guess left out when nothing is near.
func DidYouMean(word string, candidates []string) string {
	hint := ""
	if near := Nearest(word, candidates); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	if len(candidates) == 0 {
		return hint
	}
	return hint + " (valid: " + strings.Join(candidates, ", ") + ")"
}
