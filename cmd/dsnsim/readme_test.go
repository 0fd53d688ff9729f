package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The table that the README quotes is what the main job prints.
func TestReadmeQuotesTheMainJob(t *testing.T) {
	const file = "../../README.md"
	code, out, errs := invoke(t, t.Context(), "compare", "../../scenarios/quickstart.yaml", "--quiet")
	require.Equal(t, exitOK, code, errs)
	assert.NotRegexp(t, `.{81}|\x1b`, out, "as wide as a terminal, and without colours where there is none")
	table, _, found := strings.Cut(out, "\n\nPairwise")
	require.True(t, found)
	lines := strings.Split(table, "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = "    " + line
		}
	}
	quoted := regexp.MustCompile(`(?ms)^    quickstart: .*?\n(\n?    [^\n]*\n)*`)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	want := strings.Join(lines, "\n") + "\n"
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(text), quoted.FindString(string(text)), want, 1)), 0o644))
		return
	}
	assert.Equal(t, want, quoted.FindString(string(text)), "run make golden")
}
