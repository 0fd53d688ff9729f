package scenarios

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/sim/strict"
)

// contents hashes files, each once for all scenarios of a file.
type contents struct {
	files  infile.Files
	hashes map[string]string
}

func newContents(files infile.Files) contents { return contents{files, map[string]string{}} }

// hash returns the hex hash of a scenario: of its normal form, and of what is in the files that it names, since a scenario that
// says the same with another capture or profile gives another result.
func (c contents) hash(doc *strict.Document, s *Scenario) string {
	h := sha256.New()
	h.Write(doc.Canonical())
	for _, path := range s.files() {
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

// files lists the files that a scenario names, in a fixed order.
func (s *Scenario) files() (list []string) {
	add := func(path string) {
		if path != "" {
			list = append(list, path)
		}
	}
	named := func(text string) string { // a profile or price list is a name or a path
		if strings.ContainsRune(text, '/') || strings.HasSuffix(text, ".yaml") || strings.HasSuffix(text, ".yml") {
			return text
		}
		return ""
	}
	add(named(s.DSN.Profile))
	if s.Prices != nil {
		add(named(s.Prices.List))
	}
	for i := range s.Services {
		add(s.Services[i].RuleFile)
		add(s.Services[i].RouteFile)
	}
	for i := range s.Traffic {
		add(s.Traffic[i].PCAP)
		add(s.Traffic[i].Keys)
		if strings.ContainsAny(s.Traffic[i].Flows.Distribution, "./") {
			add(s.Traffic[i].Flows.Distribution)
		}
	}
	return list
}
