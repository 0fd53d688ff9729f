package load

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios"
)

// contents hashes files, each once for all scenarios of a file.
type contents struct {
	files  infile.Files
	hashes map[string]string
}

func newContents(files infile.Files) contents { return contents{files, map[string]string{}} }

// hash returns the hex hash of a scenario: of its normal form, and of what is in the files that it names, since a scenario that
// says the same with another capture or profile gives another result.
func (c contents) hash(doc *strict.Document, s *scenarios.Scenario) string {
	h := sha256.New()
	h.Write(doc.Canonical())
	for _, path := range s.NamedFiles() {
		if _, known := c.hashes[path]; !known {
			c.hashes[path] = contentOf(c.files, path)
		}
		fmt.Fprintf(h, "%s\n", c.hashes[path])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// maxHashed bounds how much of a file is hashed: 2 GiB take some 5 s, and no file that is longer is read as a whole.
const maxHashed = 2 << 30

// contentOf returns the hash of a regular file, "" where there is none: what cannot be read is a fault of the run, which tells it.
// Standard input can be read only once, and is left to it.
func contentOf(files infile.Files, path string) string {
	if infile.Standard(path) {
		return ""
	}
	f, err := files.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, io.LimitReader(f, maxHashed)); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}
