package traffic

import (
	"fmt"
	"strings"

	"github.com/dsnsim/dsnsim/sim/units"
)

// genome lists the letters of an IMIX genome and their frame sizes with FCS. source: RFC 6985, section 3
var genome = []struct {
	letter byte
	frame  units.Bytes
}{{'a', 64}, {'b', 128}, {'c', 256}, {'d', 512}, {'e', 1024}, {'f', 1280}, {'g', 1518}, {'h', 2112}, {'i', 9000}, {'z', MaxStandard}}

// Genome reads an IMIX genome, such as aaaaaaadddg: the sizes of frames that follow each other, again and again. Of RFC
// 6985's letters j (16000 B) is longer than any frame here; z, the MTU, is a standard frame of 1518 B.
func Genome(text string) ([]units.Bytes, error) {
	var list []units.Bytes
	for i := range len(text) {
		found := false
		for _, g := range genome {
			if text[i] == g.letter {
				list, found = append(list, g.frame), true
			}
		}
		if !found {
			return nil, fmt.Errorf("expected letters a to i or z of an IMIX genome (RFC 6985), such as aaaaaaadddg, got %.40q", text)
		}
	}
	if len(list) == 0 || len(list) > maxGenome {
		return nil, fmt.Errorf("expected a genome of 1 to %d letters, got %d", maxGenome, len(list))
	}
	return list, nil
}

// maxGenome bounds a genome. Assumed: those that are published have a dozen letters.
const maxGenome = 10_000

// LooksLikeGenome reports whether a text is made of a genome's letters.
func LooksLikeGenome(text string) bool {
	return len(text) > 1 && strings.Trim(text, "abcdefghiz") == ""
}
