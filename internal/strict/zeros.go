package strict

import (
	"fmt"
	"regexp"
	"strings"
)

// padded is a decimal number with zeros in front; those of hexadecimal numbers and of IPv6 addresses say nothing else.
var padded = regexp.MustCompile(`\b0+([0-9])`)

// LeadingZeros returns an error where a number in a text has leading zeros: in an address, its length, a port or a range of them.
// Programs read such numbers as octal or as decimal, so they are refused. It returns nil for all other texts.
func LeadingZeros(text string) error {
	plain := padded.ReplaceAllString(text, "$1")
	if strings.Count(text, ":") > 1 { // IPv6: its groups may have them
		address, length, _ := strings.Cut(text, "/")
		plain = address + "/" + padded.ReplaceAllString(length, "$1")
		if length == "" {
			plain = text
		}
	}
	if plain == text {
		return nil
	}
	return fmt.Errorf("expected numbers without leading zeros, which some read as octal, got %q; did you mean %s?", text, plain)
}
