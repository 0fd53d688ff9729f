package load

import (
	"errors"
	"io"
	"regexp"
	"slices"

	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
)

// likeness is how much a YAML file is like a scenario.
type likeness int

const (
	unlike     likeness = iota // clearly something else: a profile, a price list, a file of another program
	alike                      // has what only scenarios have, but no version: a part of one, or one that is mistyped
	isScenario                 // has a version
)

// Keys that tell scenarios from other files. One of the first suffices, since no other program that we know has it at the top of a
// file; of the second, which others have too (docker compose has services), it takes two.
var (
	tellingKeys = []string{"traffic", "placements", "workloads", "attacks", "expect"}
	commonKeys  = []string{"services", "rack", "run", "matrix", "extends", "target"}
)

// versionLine is what makes a YAML file a scenario, whatever else is wrong with it.
var versionLine = regexp.MustCompile(`(?m)^["']?version["']?[ \t]*:`)

// tellingLine finds a key of a scenario in a file that is not even YAML.
var tellingLine = regexp.MustCompile(`(?mi)^[ \t{]*["']?(version|traffic|placements|workloads|attacks|expect)["']?[ \t]*[:=]`)

// sniff tells what a file in a folder is. One that cannot be read is taken for a scenario, so that loading it says why.
func sniff(files infile.Files, path string) likeness {
	in, err := files.Open(path)
	if err != nil {
		return isScenario
	}
	defer in.Close()
	src, err := io.ReadAll(infile.Bounded(in, strict.MaxSource))
	if err != nil && !errors.As(err, &infile.TooLong{}) {
		return isScenario
	}
	return likenessOf(src)
}

func likenessOf(src []byte) likeness {
	src = strict.Plain(src)
	if versionLine.Match(src) {
		return isScenario
	}
	doc, err := strict.Parse("", src)
	if err != nil {
		if tellingLine.Match(src) {
			return alike
		}
		return unlike
	}
	telling, common, version := 0, 0, false
	for _, f := range doc.Root().Fields() {
		switch {
		case f.Name == "version":
			return isScenario
		case meant(f.Name, tellingKeys):
			telling++
		case meant(f.Name, commonKeys):
			common++
		case meant(f.Name, []string{"version"}):
			version = true
		}
	}
	if telling > 0 || common > 1 || version && common > 0 {
		return alike
	}
	return unlike
}

// meant reports whether a key is one of a list, or mistyped one.
func meant(key string, list []string) bool {
	return slices.Contains(list, key) || spell.Nearest(key, list) != ""
}
