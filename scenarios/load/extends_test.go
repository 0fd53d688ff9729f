package load

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/sim/units"
)

// unpack writes the files of an archive into a new folder and makes that the working directory.
func unpack(t *testing.T, archive string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, f := range txtar.Parse([]byte(archive)).Files {
		write(t, f.Name, string(f.Data))
	}
}

const family = `
-- mine.yaml --
version: 1
extends: lib/rack.yaml
rack: {servers: 4, server: {nic: {rate: 25Gbps}}}
services: [route]
-- lib/rack.yaml --
version: 1
name: of the base
extends: [parts/_traffic.yaml, parts/_more.yaml]
rack:
  servers: 2
  server: {vms: 3, nic: {sriov: false}}
services: [ipsec, vxlan]
expect:
  - nic.loss.ratio == 0
-- lib/parts/_traffic.yaml --
rack: {server: {vms: 5, cores: 7}}
dsn: {profile: ./p.yaml}
traffic:
  - {pcap: a.pcap}
-- lib/parts/_more.yaml --
rack: {server: {cores: 9}, uplinks: 2}
`

// What a file says stands over its bases, a later base over an earlier one; mappings are merged, lists replaced; the name is not
// inherited; paths begin at the file that has them.
func TestExtends(t *testing.T) {
	unpack(t, family)
	s, err := File("mine.yaml", nil)
	require.NoError(t, err)
	assert.Equal(t, "mine", s.Name)
	assert.Equal(t, "mine.yaml", s.File)
	assert.Equal(t, []int{4, 3, 9, 2}, []int{s.Rack.Servers, s.Rack.Server.VMs, s.Rack.Server.Cores, s.Rack.Uplinks})
	assert.Equal(t, 25*units.Gbps, s.Rack.Server.NIC.Rate)
	assert.False(t, s.Rack.Server.NIC.SRIOV)
	require.Len(t, s.Services, 1, "a list is replaced")
	assert.Equal(t, chain.Service{Name: "route", Kind: &chain.Route, Position: strict.Position{Line: 4, Col: 12}}, s.Services[0])
	require.Len(t, s.Traffic, 1)
	assert.Equal(t, filepath.FromSlash("lib/parts/a.pcap"), s.Traffic[0].PCAP)
	assert.Equal(t, "lib/parts/p.yaml", filepath.ToSlash(filepath.Clean(s.DSN.Profile)))
	assert.Equal(t, filepath.FromSlash("lib/parts/_traffic.yaml"), s.FileOf(s.Traffic[0].File))
	assert.Equal(t, 4, s.Traffic[0].Line)
	assert.Equal(t, filepath.FromSlash("lib/rack.yaml"), s.Expect[0].File)
	assert.Equal(t, "mine.yaml", s.FileOf(s.Services[0].File))

	s, err = File("mine.yaml", []string{"rack.server.vms=1"})
	require.NoError(t, err)
	assert.Equal(t, 1, s.Rack.Server.VMs, "an override stands over all")
}

// The hash is of what is run: a file that extends another has that of one in which all is written out.
func TestExtendedHash(t *testing.T) {
	unpack(t, `
-- whole.yaml --
version: 1
rack: {servers: 2, uplinks: 3}
traffic: [{sizes: imix, load: 30%}]
-- part.yaml --
version: 1
extends: base.yaml
rack: {servers: 2}
-- base.yaml --
version: 1
name: other
rack: {servers: 1, uplinks: 3}
traffic: [{sizes: imix, load: 30%}]
`)
	hash := func(file string) string {
		s, err := File(file, nil)
		require.NoError(t, err)
		return s.SHA256
	}
	assert.Equal(t, hash("whole.yaml"), hash("part.yaml"))
	assert.NotEqual(t, hash("whole.yaml"), hash("base.yaml"))
}

// Every fault is told at the file, line and column that the value stands at.
func TestFaultsOfExtends(t *testing.T) {
	const rest = "\ntraffic: [{sizes: imix, load: 30%}]\n"
	for name, c := range map[string]struct{ files, want string }{
		"in the base":      {"-- a.yaml --\nversion: 1\nextends: b.yaml\n-- b.yaml --\nrack: {servrs: 2}" + rest, `b.yaml:1:8: unknown key "servrs"; did you mean "servers"?`},
		"in the middle":    {"-- a.yaml --\nversion: 1\nextends: x/b.yaml\n-- x/b.yaml --\nextends: c.yaml\n-- x/c.yaml --\nrack: {servers: 0}" + rest, "x/c.yaml:1:17: expected a whole number from 1 to 48, got 0"},
		"of both":          {"-- a.yaml --\nversion: 1\nextends: b.yaml\nnmae: x\n-- b.yaml --\nrack: {servers: 0}" + rest, "a.yaml:3:1: unknown key \"nmae\"; did you mean \"name\"?\nb.yaml:1:17: expected a whole number from 1 to 48, got 0"},
		"value put right":  {"-- a.yaml --\nversion: 1\nextends: b.yaml\nrack: {servers: 3}\n-- b.yaml --\nrack: {servers: 0}" + rest, ""},
		"circle":           {"-- a.yaml --\nversion: 1\nextends: b.yaml\n-- b.yaml --\nextends: c.yaml\n-- c.yaml --\nextends: ./b.yaml\n", "c.yaml:1:10: files extend each other in a circle: b.yaml -> c.yaml -> b.yaml"},
		"itself":           {"-- a.yaml --\nversion: 1\nextends: a.yaml\n", "a.yaml:2:10: files extend each other in a circle: a.yaml -> a.yaml"},
		"not there":        {"-- a.yaml --\nversion: 1\nextends: base/b.yaml\n-- base/bb.yaml --\n", "a.yaml:2:10: cannot extend base/b.yaml: file does not exist; did you mean base/bb.yaml?"},
		"broken base":      {"-- a.yaml --\nversion: 1\nextends: [b.yaml, c.yaml]\n-- b.yaml --\nrack: [\n-- c.yaml --\nx\n", "b.yaml:2:1: did not find expected node content while parsing a flow node\nc.yaml:1:1: expected a mapping, got the text \"x\""},
		"twice in base":    {"-- a.yaml --\nversion: 1\nextends: b.yaml\n-- b.yaml --\nrun: {seed: 1}\nrun: {seed: 2}" + rest, `b.yaml:2:1: duplicate key "run"; the first is at 1:1`},
		"no version":       {"-- a.yaml --\nextends: b.yaml\n-- b.yaml --\nversion: 1" + rest, `a.yaml:1:1: missing key "version"`},
		"other version":    {"-- a.yaml --\nversion: 1\nextends: b.yaml\n-- b.yaml --\nversion: 2" + rest, "b.yaml:1:10: expected 1, got 2"},
		"no file":          {"-- a.yaml --\nversion: 1\nextends: []\n", "a.yaml:2:10: expected a file to extend, such as base.yaml, or a list of them"},
		"not a path":       {"-- a.yaml --\nversion: 1\nextends: [{a: b}]\n", "a.yaml:2:11: expected the path of a file to extend, such as base.yaml, got a mapping"},
		"across files":     {"-- a.yaml --\nversion: 1\nextends: b.yaml\nrack: {server: {vms: 2}}\n-- b.yaml --\ntraffic: [{sizes: imix, load: 30%, vms: [3]}]\n", "b.yaml:1:41: expected the number of a VM from 0 to 1, got 3"},
		"a base's circle":  {"-- a.yaml --\nversion: 1\nextends: [b.yaml, b.yaml]\n-- b.yaml --\nrack: {servers: 3}" + rest, ""},
		"a folder":         {"-- a.yaml --\nversion: 1\nextends: dir\n-- dir/b.txt --\n", "a.yaml:2:10: cannot extend dir: is a directory; expected a scenario file"},
		"kinds that clash": {"-- a.yaml --\nversion: 1\nextends: b.yaml\nrack: [1]\n-- b.yaml --\nrack: {servers: 3}" + rest, "a.yaml:3:7: expected a mapping, got a list"},
	} {
		t.Run(name, func(t *testing.T) {
			unpack(t, c.files)
			_, err := File("a.yaml", nil)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			assert.Equal(t, filepath.FromSlash(c.want), withoutKeys(err))
			var errs strict.Errors
			assert.True(t, errors.As(err, &errs))
		})
	}
}

func TestExtendsIsBounded(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "f0.yaml", minimal)
	for i := 1; i <= maxChain; i++ {
		write(t, fmt.Sprintf("f%d.yaml", i), fmt.Sprintf("version: 1\nextends: f%d.yaml\n", i-1))
	}
	_, err := File(fmt.Sprintf("f%d.yaml", maxChain-1), nil)
	require.NoError(t, err)
	_, err = File(fmt.Sprintf("f%d.yaml", maxChain), nil)
	assert.ErrorContains(t, err, "f1.yaml:2:10: files extend each other too deeply: more than 16")

	// Each file extends the one below twice: 2^16 ways.
	for i := 1; i <= maxChain; i++ {
		write(t, fmt.Sprintf("f%d.yaml", i), fmt.Sprintf("version: 1\nextends: [f%d.yaml, f%d.yaml]\n", i-1, i-1))
	}
	_, err = File(fmt.Sprintf("f%d.yaml", maxChain-1), nil)
	assert.ErrorContains(t, err, "too many files are extended: more than 100")
	var errs strict.Errors
	require.ErrorAs(t, err, &errs)
	assert.LessOrEqual(t, len(errs), 200)
}

// Splitting a scenario over files changes nothing: each value is in the base, or in the file, or in both.
func TestSplitScenario(t *testing.T) {
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		set := func(label, full string) (base, top string) {
			switch rapid.IntRange(0, 2).Draw(t, label) {
			case 0:
				return full, ""
			case 1:
				return "", full
			}
			return full, full
		}
		var base, top []string
		for _, part := range []string{"rack: {servers: 3}", "dsn: {count: {tor: 2}}", "traffic: [{sizes: imix, load: 30%}]", "run: {seed: 5}", "placements: [nic]"} {
			b, o := set(part, part)
			if b != "" {
				base = append(base, b)
			}
			if o != "" {
				top = append(top, o)
			}
		}
		base = append(base, "x-base: 1")
		require.NoError(t, os.WriteFile(filepath.Join(folder, "base.yaml"), []byte(strings.Join(base, "\n")), 0o644))
		src := "version: 1\nextends: base.yaml\n" + strings.Join(top, "\n")
		s, err := Bytes(filepath.Join(folder, "top.yaml"), []byte(src), nil)
		require.NoError(t, err)
		assert.Equal(t, []int{3, 2, 4}, []int{s.Rack.Servers, s.DSN.Count.ToR, s.DSN.Count.Appliance})
		assert.Equal(t, uint64(5), s.Run.Seed)
		assert.Equal(t, []string{"nic"}, s.Placements)
		assert.Len(t, s.Traffic, 1)
	})
}

// The hash is also of what is in the files that a scenario names: the same hash is the same result.
func TestHashOfContents(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "s.yaml", `version: 1
dsn: {profile: ./p.yaml}
prices: {list: l.yaml}
services: [{firewall: {rules: r.rules, action: deny}}, {route: {routes: r.routes}}]
traffic: [{pcap: a.pcap, name: x}]
matrix: {rack.server.vms: [1, 2]}
`)
	hash := func() []string {
		list, err := All("s.yaml", nil)
		require.NoError(t, err)
		require.Len(t, list, 2)
		require.NotEqual(t, list[0].SHA256, list[1].SHA256)
		return []string{list[0].SHA256, list[1].SHA256}
	}
	last := hash()
	for _, file := range []string{"p.yaml", "l.yaml", "r.rules", "r.routes", "a.pcap"} {
		for _, text := range []string{"one", "two"} {
			write(t, file, text)
			now := hash()
			assert.Equal(t, now, hash(), "%s", file)
			assert.NotEqual(t, last[0], now[0], "%s: %s", file, text)
			assert.NotEqual(t, last[1], now[1], "%s: %s", file, text)
			last = now
		}
	}
	write(t, "other.txt", "what nobody names")
	assert.Equal(t, last, hash())
	assert.Empty(t, contentOf(infile.Files{}, "."), "a folder has no content")
	assert.Empty(t, contentOf(infile.Files{}, os.DevNull), "nor has a device")
}
