package shareddata

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A sample is the shared file, byte for byte, and its source is told.
func TestSamplesAreTheSharedFiles(t *testing.T) {
	root := project(t)
	told, err := os.ReadFile(filepath.Join(samples(root), "README.md"))
	require.NoError(t, err)
	require.NoError(t, filepath.WalkDir(samples(root), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "README.md" {
			return err
		}
		name, err := filepath.Rel(samples(root), path)
		require.NoError(t, err)
		assert.True(t, strings.Contains(string(told), filepath.ToSlash(name)) || filepath.Ext(name) == ".dat", "%s: source", name)
		shared, err := os.ReadFile(filepath.Join(beside(root), name))
		if err != nil {
			t.Logf("%s: not compared: %v", name, err)
			return nil
		}
		sample, err := os.ReadFile(path)
		assert.Equal(t, shared, sample, name)
		return err
	}))
}

func TestASampleStandsInForTheSharedFile(t *testing.T) {
	t.Setenv("DSNSIM_SHARED", t.TempDir())
	assert.FileExists(t, Path(t, "data", "vectors", "toeplitz_rss.csv"))
}
