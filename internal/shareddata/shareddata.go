// Package shareddata finds the captures, vectors and measurements that lie beside the project, for tests only.
// The project itself never needs them.
package shareddata

import (
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of a file or folder below the shared data folder. It skips the test, saying so, where the
// folder is absent. The folder is $DSNSIM_SHARED, or ../shared seen from the project's root.
func Path(t testing.TB, elem ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{folder(t)}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("needs %s of the shared test data, which is not beside this checkout (set DSNSIM_SHARED)", filepath.Join(elem...))
	}
	return path
}

func folder(t testing.TB) string {
	if dir := os.Getenv("DSNSIM_SHARED"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(filepath.Dir(dir), "shared")
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "shared"
		}
		dir = parent
	}
}
