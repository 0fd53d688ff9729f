// Package project tests what concerns the repository as a whole.
package project

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every fuzz target is run by make fuzz, by a pattern that fits it and no other of its package, and make fuzz names no other.
func TestMakefileRunsEveryFuzzTarget(t *testing.T) {
	const root = "../.."
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	targets := map[string][]string{}
	target := regexp.MustCompile(`(?m)^func (Fuzz\w*)\(`)
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		for _, m := range target.FindAllSubmatch(src, -1) {
			targets["./"+filepath.ToSlash(folder)] = append(targets["./"+filepath.ToSlash(folder)], string(m[1]))
		}
		return err
	}))
	require.NotEmpty(t, targets)
	run := map[string]bool{}
	for _, m := range regexp.MustCompile(`test (\S+) .*-fuzz '?([\w$]+)`).FindAllStringSubmatch(string(makefile), -1) {
		pattern := regexp.MustCompile(strings.ReplaceAll(m[2], "$$", "$"))
		var fits []string
		for _, name := range targets[m[1]] {
			if pattern.MatchString(name) {
				fits = append(fits, name)
			}
		}
		if assert.Len(t, fits, 1, "%s -fuzz %s", m[1], m[2]) {
			run[m[1]+" "+fits[0]] = true
		}
	}
	for folder, names := range targets {
		for _, name := range names {
			assert.True(t, run[folder+" "+name], "make fuzz does not run %s of %s", name, folder)
		}
	}
}
