package load

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/internal/infile"
)

// Found is what a list of files and folders holds.
type Found struct {
	// Files are the scenarios: the files that were named, as they were named, and the folders' files, each folder's in path order.
	Files []string
	// Alike are files in folders that look like scenarios and have no version: parts that others extend, or mistakes.
	Alike []string
	// Skipped are the YAML files in folders that are no scenarios, and links to folders, which are not followed.
	Skipped []string
}

// Find lists the scenarios that files and folders hold. A file that is named is always one. Folders are searched with all
// that is in them for *.yaml and *.yml that have a version, which profiles, prices and the files of other programs have not; what begins with "." or "_", and folders named testdata, are passed over. A file that is met
// twice is listed once. What is not there, or a folder without a scenario, is an error.
func Find(files infile.Files, paths []string) (Found, error) {
	var found Found
	var gone []error
	seen := map[string]bool{}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			if _, why := read(infile.Files{}, path); why != nil {
				err = why // it knows a neighbour that may be meant
			}
			gone = append(gone, fmt.Errorf("scenario %w", err))
			continue
		}
		if !info.IsDir() {
			found.add(path, seen)
			continue
		}
		before, skipped := len(seen)+len(found.Alike), len(found.Skipped)
		if err := found.search(files, path, seen); err != nil {
			return found, err
		}
		if len(seen)+len(found.Alike) == before {
			return found, fmt.Errorf("%s: the folder has no scenarios; expected *.yaml or *.yml with version: 1%s", path, skippedNote(found.Skipped[skipped:]))
		}
	}
	return found, errors.Join(gone...)
}

func skippedNote(skipped []string) string {
	if len(skipped) == 0 {
		return ""
	}
	return " (no scenario: " + strings.Join(skipped[:min(3, len(skipped))], ", ") + ")"
}

func (f *Found) add(path string, seen map[string]bool) {
	if key := filepath.Clean(path); !seen[key] {
		seen[key] = true
		f.Files = append(f.Files, path)
	}
}

// search walks a folder in the order of names.
func (f *Found) search(files infile.Files, folder string, seen map[string]bool) error {
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); path != folder && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || d.IsDir() && name == "testdata") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.Type()&fs.ModeSymlink != 0 && isFolder(path) {
			f.Skipped = append(f.Skipped, path)
			return nil
		}
		if d.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, strings.ToLower(filepath.Ext(path))) {
			return nil
		}
		switch sniff(files, path) {
		case isScenario:
			f.add(path, seen)
		case alike:
			f.Alike = append(f.Alike, path)
		default:
			f.Skipped = append(f.Skipped, path)
		}
		return nil
	})
}
