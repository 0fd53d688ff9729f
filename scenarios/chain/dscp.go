package chain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
)

// DSCP is a differentiated services code point, 0 to 63: a number, or a name of RFC 2474, 2597, 3246 or 5865.
type DSCP uint8

// MaxDSCP is the highest code point: the field has 6 bits.
const MaxDSCP = 63

// DSCPNames lists the names: class selectors, assured forwarding by class and drop precedence, and the single ones.
func DSCPNames() (names []string, values []DSCP) {
	add := func(name string, v DSCP) { names, values = append(names, name), append(values, v) }
	add("be", 0)
	for class := range DSCP(8) {
		add(fmt.Sprintf("cs%d", class), class<<3)
	}
	for class := DSCP(1); class <= 4; class++ {
		for precedence := DSCP(1); precedence <= 3; precedence++ {
			add(fmt.Sprintf("af%d%d", class, precedence), class<<3|precedence<<1)
		}
	}
	add("ef", 46)
	add("va", 44)
	return names, values
}

// BadDSCP stands for what could not be read.
const BadDSCP DSCP = MaxDSCP + 1

// UnmarshalText sets d, or says what is wrong with the text.
func (d *DSCP) UnmarshalText(text []byte) error {
	names, values := DSCPNames()
	if i := slices.Index(names, strings.ToLower(string(text))); i >= 0 {
		*d = values[i]
		return nil
	}
	n, err := strconv.ParseUint(string(text), 10, 8)
	*d = BadDSCP
	if zeros := strict.LeadingZeros(string(text)); zeros != nil {
		return zeros
	}
	if err != nil || n > MaxDSCP {
		return fmt.Errorf("expected a DSCP such as af12, cs1 or a number from 0 to %d, got %q%s", MaxDSCP, text,
			spell.DidYouMean(string(text), names))
	}
	*d = DSCP(n)
	return nil
}
