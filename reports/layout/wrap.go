package layout

import (
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// Width returns how many terminal columns a text takes, whatever the locale.
func Width(s string) int { return twwidth.WidthWithOptions(s, twwidth.Options{}) }

// wrap breaks a text at spaces into lines of at most that width; a word that is longer is broken as chop does. It returns
// at least one line.
func wrap(text string, most int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(Clean(text)) {
		if line != "" && Width(line)+1+Width(word) <= most {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		pieces := chop(word, most)
		line = pieces[len(pieces)-1]
		lines = append(lines, pieces[:len(pieces)-1]...)
	}
	return append(lines, line)
}

// chop breaks a word into pieces of at most that width: after punctuation where that gives pieces, anywhere else where
// it does not.
func chop(word string, most int) []string {
	var pieces []string
	for Width(word) > most {
		end, after := 0, 0
		for i, r := range word {
			next := i + len(string(r))
			if end > 0 && Width(word[:next]) > most {
				break
			}
			end = next
			if strings.ContainsRune("-./_:,]", r) {
				after = next
			}
		}
		if after > 0 {
			end = after
		}
		pieces = append(pieces, word[:end])
		word = word[end:]
	}
	if word == "" && pieces != nil {
		return pieces
	}
	return append(pieces, word)
}
