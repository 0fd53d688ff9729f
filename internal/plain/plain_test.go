package plain

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestLine(t *testing.T) {
	for text, want := range map[string]string{
		"a.yaml:2:1: fine, 日本 µs ±": "a.yaml:2:1: fine, 日本 µs ±", "::error::x": `\::error::x`, "  ::error::x": `  \::error::x`, "a ::b": "a ::b",
		"##[error]x": `##\[error]x`, "a##vso[x]": `a##vso\[x]`, "\x1b[2J": `\x1b[2J`, "a\r::error::b": `a\r::error::b`, "a\u202eb": `a\u202eb`,
		"a\u0085b\u2028c": `a\u0085b\u2028c`, "\xff": "\ufffd", "a\tb": "a b", "a\nb": `a\nb`,
	} {
		assert.Equal(t, want, Line(text), "%q", text)
	}
	assert.Equal(t, "a\n\\::error::b", Lines("a\n::error::b"))
	for text, want := range map[string]string{"": "", "a": "a", "=cmd": "'=cmd", "@a": "'@a", "-1": "'-1", "::error": "'::error", "##vso[task.x]": `##vso\[task.x]`, "=##[error]": `'=##\[error]`} {
		assert.Equal(t, want, Cell(text))
	}
	assert.Equal(t, "a-::error", Name("a\n::error"))
	assert.Equal(t, "日本-[31m-b", Name("日本\x1b[31m\u202eb"))
}

// Nothing that a terminal or a CI system acts upon is left, and what was made harmless stays as it is.
func TestLineIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"::", "##[", "##vso[", " ", "\n", "\r", "\x1b", "#"}))).Draw(t, "parts")
		got := Line(strings.Join(parts, ""))
		for _, r := range got {
			if !unicode.IsPrint(r) && r != unicode.ReplacementChar {
				t.Fatalf("%q", got)
			}
		}
		if strings.HasPrefix(strings.TrimSpace(got), "::") || strings.Contains(got, "##[") || strings.Contains(got, "##vso[") {
			t.Fatalf("%q", got)
		}
		if again := Line(got); again != got {
			t.Fatalf("%q, again %q", got, again)
		}
	})
}
