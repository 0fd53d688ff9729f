package scenarios

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

func TestFind(t *testing.T) {
	t.Chdir(t.TempDir())
	for file, text := range map[string]string{
		"s/b.yaml": "# a comment\nname: b\nversion: 1\n", "s/a.yml": "version: 1", "s/z/late.YAML": "'version' : 1\r\n", "s/broken.yaml": "version: [",
		"s/profile.yaml": "name: x\nstage:\n  version: 3\n", "s/empty.yaml": "", "s/readme.md": "version: 1", "s/.hidden.yaml": "version: 1",
		"s/_base.yaml": "version: 1", "s/.git/c.yaml": "version: 1", "s/_parts/d.yaml": "version: 1", "s/testdata/f.yaml": "version: 1", "other.yaml": "services: []",
		"none/x.yaml": "a: 1", "none/y.txt": "version: 1", "_named/.e.yaml": "version: 1",
	} {
		write(t, file, text)
	}
	found, err := Find([]string{"s"})
	require.NoError(t, err)
	assert.Equal(t, []string{"s/a.yml", "s/b.yaml", "s/broken.yaml", "s/z/late.YAML"}, found.Files)
	assert.Equal(t, []string{"s/empty.yaml", "s/profile.yaml"}, found.Skipped)

	// What is named is a scenario, in the order that it is named, and once.
	found, err = Find([]string{"other.yaml", "_named/.e.yaml", "s/z", "./other.yaml", "s/z/late.YAML"})
	require.NoError(t, err)
	assert.Equal(t, []string{"other.yaml", "_named/.e.yaml", "s/z/late.YAML"}, found.Files)

	_, err = Find([]string{"othr.yaml", "s", "gone"})
	assert.EqualError(t, err, "scenario othr.yaml: file does not exist; did you mean other.yaml?\nscenario gone: file does not exist")

	_, err = Find([]string{"s", "none"})
	assert.EqualError(t, err, "none: the folder has no scenarios; expected *.yaml or *.yml with version: 1 (no scenario: none/x.yaml)")
	_, err = Find([]string{"_named"})
	assert.EqualError(t, err, "_named: the folder has no scenarios; expected *.yaml or *.yml with version: 1")
}

// Every scenario that is shipped is found in its folder, and nothing else is.
func TestFindShipped(t *testing.T) {
	shipped, err := filepath.Glob("*.yaml")
	require.NoError(t, err)
	starters, err := filepath.Glob("starters/*.yaml")
	require.NoError(t, err)
	shipped = append(shipped, starters...)
	slices.Sort(shipped)
	found, err := Find([]string{"."})
	require.NoError(t, err)
	assert.Equal(t, shipped, found.Files)
	assert.Empty(t, found.Skipped)
}
