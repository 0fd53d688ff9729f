package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const readme = "../../README.md"

// quotedRows are the rows of the main job's table that the README shows.
var quotedRows = []string{
	"throughput, Gbps", "loss, %", "latency mean, us", "latency p99, us", "host cores", "power of the rack, W", "extra ToR ports",
	"extra link crossings",
}

// excerpt is the head of the main job's table, and its rows that the README shows, indented as Markdown's code.
func excerpt(t *testing.T, out string) string {
	t.Helper()
	head, body, found := strings.Cut(out, "---\n")
	require.True(t, found)
	_, head, found = strings.Cut(head, "\n\n")
	require.True(t, found)
	lines := strings.Split(head+"---", "\n")
	shown := map[string]bool{}
	row := ""
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, "*") {
			break
		}
		if !strings.HasPrefix(line, " ") { // what is indented goes on with the row before
			row = ""
			for _, r := range quotedRows {
				if strings.HasPrefix(line, r) {
					row, shown[r] = r, true
				}
			}
		}
		if row != "" {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	require.Len(t, shown, len(quotedRows), "rows that the report has")
	return "    " + strings.Join(lines, "\n    ") + "\n"
}

// The rows that the README quotes are what the main job prints.
func TestReadmeQuotesTheMainJob(t *testing.T) {
	code, out, errs := invoke(t, t.Context(), "compare", "../../scenarios/quickstart.yaml", "--quiet")
	require.Equal(t, exit.OK, code, errs)
	assert.NotRegexp(t, `.{81}|\x1b`, out, "as wide as a terminal, and without colours where there is none")
	quoted := regexp.MustCompile(`(?m)^     +software .*\n(    [^\n]*\n)*`)
	text, err := os.ReadFile(readme)
	require.NoError(t, err)
	want := excerpt(t, out)
	if *update {
		require.NoError(t, os.WriteFile(readme, []byte(strings.Replace(string(text), quoted.FindString(string(text)), want, 1)), 0o644))
		return
	}
	assert.Equal(t, want, quoted.FindString(string(text)), "run make golden")
}

// Every command line of the README is one that the program takes, with files that are shipped or made by a line before; and every
// shipped scenario is in one of them.
func TestCommandsOfTheReadme(t *testing.T) {
	text, err := os.ReadFile(readme)
	require.NoError(t, err)
	made := map[string]bool{"my.yaml": true, "main.json": true}
	named := map[string]bool{}
	found := regexp.MustCompile(`(?m)^    (dsnsim [^#\n]*)`).FindAllStringSubmatch(string(text), -1)
	require.GreaterOrEqual(t, len(found), 20)
	for _, m := range found {
		c, rest, err := commandTree().Find(strings.Fields(m[1])[1:])
		require.NoError(t, err, m[1])
		require.NoError(t, c.ParseFlags(rest), m[1])
		require.NoError(t, c.Args(c, c.Flags().Args()), m[1])
		for _, file := range c.Flags().Args() {
			if strings.Contains(file, ".") && !made[file] {
				assert.FileExists(t, filepath.Join("../..", file), m[1])
				named[filepath.Base(file)] = true
			}
		}
	}
	shipped, err := filepath.Glob("../../scenarios/*.yaml")
	require.NoError(t, err)
	for _, file := range shipped {
		assert.True(t, named[filepath.Base(file)], "%s is in no command of the README", file)
	}
}
