package load

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/infile"
)

// minimal is the shortest valid scenario.
const minimal = "version: 1\ntraffic: [{sizes: imix, load: 30%}]\n"

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
	found, err := Find(infile.Files{}, []string{"s"})
	require.NoError(t, err)
	assert.Equal(t, []string{"s/a.yml", "s/b.yaml", "s/broken.yaml", "s/z/late.YAML"}, found.Files)
	assert.Equal(t, []string{"s/empty.yaml", "s/profile.yaml"}, found.Skipped)

	// What is named is a scenario, in the order that it is named, and once.
	found, err = Find(infile.Files{}, []string{"other.yaml", "_named/.e.yaml", "s/z", "./other.yaml", "s/z/late.YAML"})
	require.NoError(t, err)
	assert.Equal(t, []string{"other.yaml", "_named/.e.yaml", "s/z/late.YAML"}, found.Files)

	assert.Empty(t, found.Alike)

	_, err = Find(infile.Files{}, []string{"othr.yaml", "s", "gone"})
	assert.EqualError(t, err, "scenario othr.yaml: file does not exist; did you mean other.yaml?\nscenario gone: file does not exist")

	_, err = Find(infile.Files{}, []string{"s", "none"})
	assert.EqualError(t, err, "none: the folder has no scenarios; expected *.yaml or *.yml with version: 1 (no scenario: none/x.yaml)")
	_, err = Find(infile.Files{}, []string{"_named"})
	assert.EqualError(t, err, "_named: the folder has no scenarios; expected *.yaml or *.yml with version: 1")
}

// Every scenario that is shipped is found in its folder, and nothing else is.
func TestFindShipped(t *testing.T) {
	shipped, err := filepath.Glob("../*.yaml")
	require.NoError(t, err)
	starters, err := filepath.Glob("../starters/*.yaml")
	require.NoError(t, err)
	shipped = append(shipped, starters...)
	slices.Sort(shipped)
	found, err := Find(infile.Files{}, []string{".."})
	require.NoError(t, err)
	assert.Equal(t, shipped, found.Files)
	assert.Empty(t, found.Skipped)
}

// What looks like a scenario is not passed over in silence, however it is written; what is clearly something else is.
func TestSniff(t *testing.T) {
	flow := `{version: 1, traffic: [{sizes: imix, load: 10%}]}`
	utf16 := func(text string, order binary.AppendByteOrder, mark bool) string {
		var out []byte
		if mark {
			out = order.AppendUint16(out, 0xfeff)
		}
		for _, r := range text {
			out = order.AppendUint16(out, uint16(r))
		}
		return string(out)
	}
	for text, want := range map[string]likeness{
		minimal: isScenario, "\ufeff" + minimal: isScenario, flow: isScenario, strings.ReplaceAll(minimal, "\n", "\r\n"): isScenario,
		strings.ReplaceAll(minimal, "\n", "\r"): isScenario, "---\n" + minimal: isScenario, "# x\n" + flow: isScenario,
		utf16(minimal, binary.LittleEndian, true): isScenario, utf16(minimal, binary.BigEndian, true): isScenario,
		utf16(flow, binary.LittleEndian, false): isScenario, utf16(flow, binary.BigEndian, false): isScenario,
		"verison: 1\ntraffic: [{sizes: imix, load: 10%}]": alike, "Version: 1\nservices: [route]": alike, "trafic: []": alike,
		"version = 1\ntraffic: [": alike, "placements: [nic]\n": alike, "rack: {}\nrun: {}": alike, "expect: [\n": alike,
		"": unlike, "# only a comment": unlike, "name: x\nsummary: y\nhost: {}": unlike, "services: {web: {image: x}}": unlike,
		"on: push\njobs: {}": unlike, "- a\n- b": unlike, "a: [": unlike, "\x00\x01": unlike, "run: tests": unlike,
	} {
		assert.Equal(t, want, likenessOf([]byte(text)), "%q", text)
	}
	for _, folder := range []string{"../../hw/profiles", "../../hw/prices"} {
		files, err := filepath.Glob(folder + "/*.yaml")
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			assert.Equal(t, unlike, sniff(infile.Files{}, file), file)
		}
	}
	for _, text := range []string{"\ufeff" + minimal, utf16(minimal, binary.LittleEndian, true), utf16(minimal, binary.BigEndian, false)} {
		_, err := Bytes("a.yaml", []byte(text), nil)
		assert.NoError(t, err)
	}
}
