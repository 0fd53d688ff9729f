// Package shareddata finds the captures, vectors and measurements of others that tests compare with. Small ones are shipped in
// samples; the rest lies beside the project, which itself never needs any of them.
package shareddata

import (
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of a file or folder of the shared data: in $DSNSIM_SHARED, or in ../shared seen from the project's root, or
// among the shipped samples. It skips the test, saying so, where it is in none of them.
func Path(t testing.TB, elem ...string) string {
	t.Helper()
	name, root := filepath.Join(elem...), project(t)
	for _, folder := range []string{beside(root), samples(root)} {
		path := filepath.Join(folder, name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Skipf("needs %s of the shared test data, which is not beside this checkout (set DSNSIM_SHARED)", name)
	return ""
}

// beside is the folder of all shared data.
func beside(root string) string {
	if dir := os.Getenv("DSNSIM_SHARED"); dir != "" {
		return dir
	}
	return filepath.Join(filepath.Dir(root), "shared")
}

func samples(root string) string { return filepath.Join(root, "internal", "shareddata", "samples") }

// project is the folder of go.mod: a test runs in its package's folder.
func project(t testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = parent
	}
}
