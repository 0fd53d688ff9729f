package load

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/units"
)

const varied = `version: 1
name: m
traffic: [{sizes: imix, load: 30%}]
expect: [nic.loss.ratio == 0]
matrix:
  rack.server.nic.rate: [25Gbps, 100Gbps]
  services:
    - [ipsec, vxlan]
    - [route]
`

func names(list []*scenarios.Scenario) (out []string) {
	for _, s := range list {
		out = append(out, s.Name)
	}
	return out
}

func loadAll(t *testing.T, src string, sets ...string) []*scenarios.Scenario {
	t.Helper()
	list, err := AllBytes("some.yaml", []byte(src), sets)
	require.NoError(t, err)
	return list
}

// Every combination, the last key changing fastest, each a scenario with all that the file says.
func TestMatrix(t *testing.T) {
	list := loadAll(t, varied)
	assert.Equal(t, []string{"m/rate=25Gbps/services=ipsec+vxlan", "m/rate=25Gbps/services=route", "m/rate=100Gbps/services=ipsec+vxlan",
		"m/rate=100Gbps/services=route"}, names(list))
	for i, s := range list {
		assert.Equal(t, []units.Rate{25 * units.Gbps, 100 * units.Gbps}[i/2], s.Rack.Server.NIC.Rate)
		assert.Equal(t, []string{"ipsec", "route"}[i%2], s.Services[0].Name)
		assert.Len(t, s.Expect, 1)
		assert.Equal(t, strings.TrimPrefix(s.Name, "m/"), s.Variant)
	}
	_, err := Bytes("some.yaml", []byte(varied), nil)
	assert.EqualError(t, err, "some.yaml:1:1: the matrix makes 4 scenarios, and only one can be taken here; choose its values with --set")
}

// A variant has the hash of the scenario that says the same without a matrix.
func TestVariantHash(t *testing.T) {
	plain := varied[:strings.Index(varied, "matrix:")]
	list := loadAll(t, varied)
	alone, err := Bytes("some.yaml", []byte(plain), []string{"rack.server.nic.rate=100Gbps", "services=[route]"})
	require.NoError(t, err)
	assert.Equal(t, alone.SHA256, list[3].SHA256)
	assert.NotEqual(t, list[2].SHA256, list[3].SHA256)
}

// What --set says goes before the matrix.
func TestMatrixAndOverrides(t *testing.T) {
	list := loadAll(t, varied, "rack.server.nic.rate=40Gbps")
	assert.Equal(t, []string{"m/services=ipsec+vxlan", "m/services=route"}, names(list))
	assert.Equal(t, 40*units.Gbps, list[1].Rack.Server.NIC.Rate)

	list = loadAll(t, varied, "rack.server={vms: 2}")
	require.Len(t, list, 2, "what is around a key decides it too")
	assert.Equal(t, 2, list[0].Rack.Server.VMs)

	list = loadAll(t, varied, "services.0={ipsec: {tunnels: 7}}", "run.seed=9")
	require.Len(t, list, 4)
	for _, s := range list {
		assert.Equal(t, units.Count(7), s.Services[0].Tunnels, "a path inside a value is set in each variant")
		assert.Equal(t, uint64(9), s.Run.Seed)
	}

	list = loadAll(t, varied, "rack.server.nic.rate=40Gbps", "services=[route]")
	assert.Equal(t, []string{"m"}, names(list), "nothing is left to vary")
	s, err := Bytes("some.yaml", []byte(varied), []string{"rack.server.nic.rate=40Gbps", "services=[route]"})
	require.NoError(t, err)
	assert.Equal(t, "m", s.Name)
	assert.Empty(t, s.Variant)
}

// --set can give a matrix, or take one away.
func TestMatrixFromTheCommandLine(t *testing.T) {
	assert.Len(t, loadAll(t, minimal, "matrix={rack.servers: [1, 2, 3]}", "run.seed=4"), 3)
	assert.Equal(t, []string{"m"}, names(loadAll(t, varied, "matrix=")))
	_, err := AllBytes("some.yaml", []byte(minimal), []string{"extends=a.yaml", "matrix=3"})
	assert.EqualError(t, err, "--set matrix: expected lists of values by path, such as {rack.server.nic.rate: [25Gbps, 100Gbps]}, got 3")
	_, err = AllBytes("some.yaml", []byte(minimal), []string{"extends=a.yaml"})
	assert.EqualError(t, err, "--set extends: a file cannot be extended from the command line; write a file with extends: in it")
	_, err = AllBytes("some.yaml", []byte(minimal+"extend: a.yaml\n"), nil)
	assert.ErrorContains(t, err, `did you mean "extends"?`)
}

func TestExcludeAndInclude(t *testing.T) {
	list := loadAll(t, varied+`
  exclude:
    - {rack.server.nic.rate: 100Gbps, services: [route]}
  include:
    - {rack.server.nic.rate: 400Gbps, rack.server.vms: 3}
`)
	assert.Equal(t, []string{"m/rate=25Gbps/services=ipsec+vxlan", "m/rate=25Gbps/services=route", "m/rate=100Gbps/services=ipsec+vxlan",
		"m/rate=400Gbps/vms=3"}, names(list))
	assert.Equal(t, 400*units.Gbps, list[3].Rack.Server.NIC.Rate)
	assert.Empty(t, list[3].Services)

	list = loadAll(t, minimal+"matrix: {include: [{rack.server.vms: 2}, {rack.server.vms: 3}]}\n")
	assert.Equal(t, []string{"some/vms=2", "some/vms=3"}, names(list), "without keys there is no combination")
}

func TestNamesOfVariants(t *testing.T) {
	for matrix, want := range map[string][]string{
		"{traffic.0.load: [10%, 20%]}":                                       {"load=10%", "load=20%"},
		"{rack.server.vms: [1, 2], rack.server.nic.vf.queues: [1]}":          {"vms=1/queues=1", "vms=2/queues=1"},
		"{dsn.count.tor: [1], rack.cables.server_tor: [3m]}":                 {"tor=1/server_tor=3m"},
		"{services: [[], [{firewall: {rules: 5}}], [ipsec, route]]}":         {"services=none", "services=firewall", "services=ipsec+route"},
		"{services: [[{firewall: {rules: 5}}], [{firewall: {rules: 6}}]]}":   {"services=1", "services=2"},
		"{services: [[ipsec, geneve, firewall, telemetry, route], [route]]}": {"services=1", "services=2"},
		"{dsn.software.mode: [interrupt], rack.server.nic.rate: [25Gbps]}":   {"mode=interrupt/rate=25Gbps"},
		"{traffic: [[{pcap: a/b.pcap}], [{sizes: imix, load: 1%}]]}":         {"traffic=pcap", "traffic=sizes+load"},
		"{dsn.profile: [a/x.yaml, 'b\\y.yaml', reference-25g]}":              {"profile=x.yaml", "profile=y.yaml", "profile=reference-25g"},
		"{rack.uplinks: [1, 2], x-note.uplinks: [a]}":                        {"rack.uplinks=1/x-note.uplinks=a", "rack.uplinks=2/x-note.uplinks=a"},
		"{prices: [~, {}, reference]}":                                       {"prices=1", "prices=2", "prices=3"},
	} {
		src := minimal
		if strings.Contains(matrix, "traffic:") {
			src = "version: 1\n"
		}
		list, err := AllBytes("some.yaml", []byte(src+"matrix: "+matrix), nil)
		require.NoError(t, err, matrix)
		var got []string
		for _, s := range list {
			got = append(got, s.Variant)
		}
		assert.Equal(t, want, got, matrix)
	}
	// A name that no report has room for gives way to a number.
	long := loadAll(t, "version: 1\nname: "+strings.Repeat("n", 75)+"\ntraffic: [{sizes: imix, load: 30%}]\nmatrix: {rack.server.vms: [1, 2]}")
	assert.Equal(t, strings.Repeat("n", 75)+"/2", long[1].Name)
}

// validKeys is the end of a message that lists what the schema knows, which grows.
var validKeys = regexp.MustCompile(` \(valid: [^)]*\)`)

func withoutKeys(err error) string { return validKeys.ReplaceAllString(err.Error(), "") }

// Faults are told where they stand, and which variants have them when not all do.
func TestFaultsOfMatrix(t *testing.T) {
	for src, want := range map[string]string{
		"[1]":                           "some.yaml:3:9: expected lists of values by path, such as {rack.server.nic.rate: [25Gbps, 100Gbps]}, got a list",
		"{rack.servers: 3}":             "some.yaml:3:24: expected a list of values for rack.servers, such as [25Gbps, 100Gbps], got 3",
		"{rack.servers: []}":            "some.yaml:3:24: expected a list of values for rack.servers, such as [25Gbps, 100Gbps], got a list",
		"{rack.servers: [1, 49]}":       "some.yaml:3:28: expected a whole number from 1 to 48, got 49 (in variant servers=49)",
		"{rack.servers: [1, 49, 50]}":   "some.yaml:3:28: expected a whole number from 1 to 48, got 49 (in variant servers=49)\nsome.yaml:3:32: expected a whole number from 1 to 48, got 50 (in variant servers=50)",
		"{rack.servrs: [1, 2]}":         "some.yaml:3:10: unknown key \"servrs\"; did you mean \"servers\"?",
		"{traffic.3.load: [1%, 2%]}":    "some.yaml:3:10: traffic is a list of 1; expected an index from 0 to 0, got \"3\"",
		"{rack..servers: [1, 2]}":       "some.yaml:3:10: expected names separated by dots, such as traffic.0.load, got \"rack..servers\"",
		"{name: [a, b], matrix.x: [1]}": "some.yaml:3:10: name cannot vary\nsome.yaml:3:24: matrix cannot vary",
		"{rack.servers: [1, 1]}":        "some.yaml:3:28: duplicate value 1",
		"{include: 3, exclude: [1]}":    "some.yaml:3:19: expected a list such as [{rack.server.nic.rate: 25Gbps}], got 3\nsome.yaml:3:32: expected values by path, such as {rack.server.nic.rate: 25Gbps}, got 1",
		"{rack.servers: [1, 2], exclude: [{traffic.0.load: 30%}]}":               "some.yaml:3:9: the matrix makes no scenario: exclude takes all of them away",
		"{rack.server.vms: [1, 8], dsn.count.tor: [1, 2, 3]}\nrack: {servrs: 1}": "some.yaml:4:8: unknown key \"servrs\"; did you mean \"servers\"?",
		"{dsn.software.cores: [4, 40], rack.servers: [1, 2]}":                    "some.yaml:3:34: expected at most the server's 32 cores, got 40 (in variant cores=40/servers=1 and 1 more)",
	} {
		_, err := AllBytes("some.yaml", []byte(minimal+"matrix: "+src), nil)
		if assert.Error(t, err, src) {
			assert.Equal(t, want, withoutKeys(err), src)
		}
	}
	_, err := AllBytes("some.yaml", []byte(varied), []string{"rack.server.nic.rate=1Gbps", "broken"})
	assert.EqualError(t, err, "--set rack.server.nic.rate: expected one of 10Gbps 25Gbps 40Gbps 50Gbps 100Gbps 200Gbps 400Gbps 800Gbps, got 1Gbps\n"+
		"--set broken: expected path=value, such as traffic.0.load=40%")
}

func TestMatrixIsBounded(t *testing.T) {
	axis := func(key string, n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprint(i+1))
		}
		return "  " + key + ": [" + strings.Join(list, ", ") + "]\n"
	}
	src := minimal + "matrix:\n" + axis("rack.servers", 16)
	list := loadAll(t, src+axis("rack.server.vms", 16))
	assert.Len(t, list, maxVariants)
	_, err := AllBytes("some.yaml", []byte(src+axis("rack.server.vms", 17)), nil)
	assert.EqualError(t, err, "some.yaml:4:3: the matrix makes too many scenarios: more than 256")
	for i := range 60 {
		src += axis(fmt.Sprintf("x-%d", i), 100)
	}
	_, err = AllBytes("some.yaml", []byte(src), nil)
	assert.ErrorContains(t, err, "more than 256", "nor does their number overflow")
	// Hostile ones are refused at once: no comparison of each with each, no names for each.
	_, err = AllBytes("some.yaml", []byte(minimal+"matrix:\n"+axis("run.seed", 20_000)), nil)
	assert.EqualError(t, err, "some.yaml:4:13: the matrix makes too many scenarios: more than 256")
	src = minimal + "matrix:\n"
	for i := range 5_000 {
		src += axis(fmt.Sprintf("x-%d", i), 1)
	}
	_, err = AllBytes("some.yaml", []byte(src), nil)
	assert.EqualError(t, err, "some.yaml:104:3: the matrix has too many keys: more than 100")
	big := minimal + "x-list: [" + strings.Repeat("1, ", 20_000) + "1]\nmatrix:\n" + axis("rack.servers", 48) + axis("rack.server.vms", 5)
	_, err = AllBytes("some.yaml", []byte(big), nil)
	assert.ErrorContains(t, err, "too many scenarios of this size: 240 of ")
}

// A matrix may come from a base, and reaches what the base says.
func TestMatrixInABase(t *testing.T) {
	unpack(t, "-- a.yaml --\nversion: 1\nextends: b/b.yaml\nmatrix: {rack.server.vms: [1, 2]}\n-- b/b.yaml --\nversion: 1\ntraffic: [{pcap: x.pcap}]\nmatrix: {traffic.0.pcap: [y.pcap, z.pcap]}\n")
	list, err := All("a.yaml", nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"a/vms=1/pcap=y.pcap", "a/vms=1/pcap=z.pcap", "a/vms=2/pcap=y.pcap", "a/vms=2/pcap=z.pcap"}, names(list))
	assert.Equal(t, filepath.FromSlash("b/z.pcap"), list[3].Traffic[0].PCAP, "relative to the file that says it")
	write(t, "c.yaml", "version: 1\nextends: a.yaml\nmatrix:\n")
	list, err = All("c.yaml", nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"c"}, names(list), "nothing instead of a matrix is none")
}

// Each variant is what --set makes of the file without the matrix.
func TestVariantsAreOverrides(t *testing.T) {
	values := map[string][]string{"rack.servers": {"1", "7"}, "traffic.0.load": {"10%", "2Gbps", "1Mpps"}, "dsn.count.tor": {"1", "2"},
		"services": {"[route]", "[ipsec, {firewall: {rules: 5}}]"}, "rack.server.nic.rate": {"25Gbps", "40Gbps"}}
	keys := []string{"rack.servers", "traffic.0.load", "dsn.count.tor", "services", "rack.server.nic.rate"}
	rapid.Check(t, func(t *rapid.T) {
		chosen := rapid.Permutation(keys).Draw(t, "keys")[:rapid.IntRange(1, 4).Draw(t, "axes")]
		src := minimal + "matrix:\n"
		want := [][]string{nil}
		for _, k := range chosen {
			src += "  " + k + ": [" + strings.Join(values[k], ", ") + "]\n"
			var next [][]string
			for _, sets := range want {
				for _, v := range values[k] {
					next = append(next, append(append([]string{}, sets...), k+"="+v))
				}
			}
			want = next
		}
		list, err := AllBytes("some.yaml", []byte(src), nil)
		require.NoError(t, err)
		require.Len(t, list, len(want))
		seen := map[string]bool{}
		for i, sets := range want {
			alone, err := Bytes("some.yaml", []byte(minimal), sets)
			require.NoError(t, err)
			assert.Equal(t, alone.SHA256, list[i].SHA256, "%v", sets)
			assert.False(t, seen[list[i].Name], list[i].Name)
			seen[list[i].Name] = true
			alone.Name, alone.Variant = list[i].Name, list[i].Variant
			forgetPositions(reflect.ValueOf(alone))
			forgetPositions(reflect.ValueOf(list[i]))
			assert.Equal(t, alone, list[i])
		}
	})
}

// forgetPositions takes out where things stand in the file.
func forgetPositions(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			forgetPositions(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			forgetPositions(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[strict.Position]() {
			v.SetZero()
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				forgetPositions(v.Field(i))
			}
		}
	}
}

func FuzzAll(f *testing.F) {
	f.Add([]byte(varied), "", "services.0=route")
	f.Add([]byte("version: 1\nextends: base.yaml\nmatrix: {rack.servers: [1, 2]}\n"), minimal, "rack={}")
	f.Add([]byte("version: 1\nextends: [base.yaml, base.yaml]\n"), "extends: main.yaml\n", "extends=x")
	f.Add([]byte(minimal+"matrix: {include: [{a: 1}], exclude: [{b.0: [1]}]}\n"), "", "matrix={}")
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, src []byte, base, set string) {
		if strings.Contains(string(src)+base, "/") {
			t.Skip("only the file beside")
		}
		require.NoError(t, os.WriteFile(filepath.Join(folder, "base.yaml"), []byte(base), 0o644))
		list, err := AllBytes(filepath.Join(folder, "main.yaml"), src, []string{set})
		if err != nil {
			var errs strict.Errors
			require.True(t, errors.As(err, &errs) && len(errs) > 0, "%v", err)
			return
		}
		require.NotEmpty(t, list)
		require.LessOrEqual(t, len(list), maxVariants)
		for _, s := range list {
			require.NotEmpty(t, s.Placements)
			require.True(t, len(s.Traffic)+len(s.Workloads) > 0)
		}
	})
}
