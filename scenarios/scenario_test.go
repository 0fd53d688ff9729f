package scenarios_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/expect"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/services"
	"github.com/dsnsim/dsnsim/sim/units"
)

// minimal is the shortest valid scenario.
const minimal = "version: 1\ntraffic: [{sizes: imix, load: 30%}]\n"

func loaded(t testing.TB, src string, sets ...string) *scenarios.Scenario {
	t.Helper()
	s, err := load.Bytes("dir/some.yaml", []byte(src), sets)
	require.NoError(t, err)
	return s
}

func TestDefaults(t *testing.T) {
	s := loaded(t, minimal)
	s.SHA256 = ""
	assert.Equal(t, &scenarios.Scenario{
		Version: 1, Name: "some", File: "dir/some.yaml",
		Rack: scenarios.Rack{
			Servers: 1,
			Server: scenarios.Server{Virtualization: "kvm", VMs: 8, Cores: 32, PCIe: scenarios.PCIe{Gen: 4, Lanes: 16, Page: 4 * units.KiB}, Slot: "pcie",
				NIC: scenarios.NIC{Rate: 100 * units.Gbps, SRIOV: true, Driver: "poll", Interrupts: scenarios.Coalescing{8, 16}, Completions: scenarios.Coalescing{0, 1}, Tagging: "source-mac",
					VF: scenarios.VF{Queues: 1}}},
			Uplink:     100 * units.Gbps,
			Uplinks:    1,
			Cables:     scenarios.Cables{3 * units.Metre, 100 * units.Metre, 5 * units.Metre},
			Deployment: "greenfield",
		},
		DSN: scenarios.DSN{Profile: "reference-100g", Count: scenarios.Count{4, 4, 1}, Spread: "flow", Management: "network", Software: scenarios.Software{Auto: true, Cores: 4}, PCIeFirewall: true,
			Parser: scenarios.Parser{TooDeep: "pass", Fragments: "table"},
			Power:  scenarios.Power{Over: "violation", Domains: []string{"pipeline", "crypto"}, Ambient: 45 * units.Celsius}},
		Traffic: []demand.Traffic{{Name: "traffic0", Sizes: demand.Sizes{{Size: 64, Weight: 7}, {Size: 594, Weight: 4}, {Size: 1518, Weight: 1}}, Load: demand.Load{Ratio: 300_000, Set: true},
			Direction: "inbound", Loop: true, Flows: demand.Flows{Concurrent: 1000}, Position: strict.Position{Line: 2, Col: 11}}},
		Run:        scenarios.Run{Duration: 10 * units.Millisecond, Warmup: units.Millisecond, Seed: 1, Replications: 1},
		Placements: []string{"software", "nic", "bump-in-the-wire", "tor", "appliance"},
	}, s)
}

func TestEveryKey(t *testing.T) {
	s, err := load.File("testdata/full.yaml", nil)
	require.NoError(t, err)
	assert.Len(t, s.SHA256, 64)
	s.SHA256 = ""
	budget, _ := power.FindBudget("ocp-15w")
	assert.Equal(t, &scenarios.Scenario{
		Version: 1, Name: "everything", File: "testdata/full.yaml",
		Rack: scenarios.Rack{
			Servers: 24,
			Server: scenarios.Server{Virtualization: "bare-metal", VMs: 1, Cores: 2, PCIe: scenarios.PCIe{Gen: 5, Lanes: 8, IOMMU: true, Page: 2 * units.MiB}, Slot: "ocp",
				NIC: scenarios.NIC{Rate: 25 * units.Gbps, Driver: "interrupt", Interrupts: scenarios.Coalescing{3, 0}, Completions: scenarios.Coalescing{1, 4}, Tagging: "source-mac",
					VF: scenarios.VF{Queues: 1}}},
			Uplink:     400 * units.Gbps,
			Uplinks:    3,
			Cables:     scenarios.Cables{1500 * units.Millimetre, 2_000_000 * units.Millimetre, 0},
			Deployment: "brownfield",
		},
		DSN: scenarios.DSN{Profile: "other", ProfileAt: strict.Position{Line: 11, Col: 12}, Count: scenarios.Count{1, 8, 2}, Spread: "server", Management: "host", Software: scenarios.Software{Cores: 2},
			Parser: scenarios.Parser{TooDeep: "drop", Fragments: "table"},
			Power: scenarios.Power{Budget: scenarios.Budgets{"nic": budget, "tor": {Name: "55W", Power: 55 * units.Watt, Given: true, Source: "the scenario"}},
				Over: "throttle", Domains: []string{"crypto"}, Ambient: 30 * units.Celsius}},
		Services: services.Chain{{Name: "ipsec", Kind: &chain.IPsec, Tunnels: 2000, Position: strict.Position{Line: 20, Col: 6}}, {Name: "vxlan", Kind: &chain.VXLAN, Position: strict.Position{Line: 21, Col: 5}},
			{Name: "firewall", Kind: &chain.Firewall, Rules: 100_000, Stateful: true, Tracks: true, Position: strict.Position{Line: 22, Col: 6}}, {Name: "route", Kind: &chain.Route, Routes: 1_000_000, Position: strict.Position{Line: 23, Col: 5}}},
		Traffic: []demand.Traffic{
			{Name: "web-2024", PCAP: filepath.FromSlash("captures/web.2024.pcap.gz"), Direction: "inbound", Flows: demand.Flows{Concurrent: 1000},
				OnWire: true, Arrivals: "recorded", Position: strict.Position{Line: 27, Col: 5}},
			{Name: "abs", PCAP: "/data/a.pcap", VMs: []int{0}, Servers: []int{0, 23}, Load: demand.Load{Rate: 20 * units.Gbps, Set: true}, Direction: "outbound", Loop: true,
				Flows: demand.Flows{Concurrent: 1000}, Position: strict.Position{Line: 28, Col: 5}},
			{Name: "weights", Sizes: demand.Sizes{{Size: 1518, Weight: 1}, {Size: 64, Weight: 7}}, Load: demand.Load{Packets: 5_000_000, Set: true}, Direction: "both", Loop: true,
				Arrivals: "constant", Flows: demand.Flows{Concurrent: 1_000_000, Size: 1_000_000}, Position: strict.Position{Line: 29, Col: 5}},
			{Name: "list", Sizes: demand.Sizes{{Size: 64, Weight: 1}, {Size: 9218, Weight: 1}}, Load: demand.Load{Ratio: 2_000_000, Set: true}, Direction: "inbound", Loop: true,
				Flows: demand.Flows{Concurrent: 1000}, Position: strict.Position{Line: 35, Col: 5}},
			{Name: "traffic4", Sizes: demand.Sizes{{Size: 400, Weight: 1}}, Load: demand.Load{Ratio: 1, Set: true}, Direction: "inbound", Loop: true,
				Flows: demand.Flows{Concurrent: 1000}, Position: strict.Position{Line: 36, Col: 5}},
		},
		Run: scenarios.Run{Duration: 5 * units.Millisecond, Seed: 18446744073709551615, Replications: 5},
		Expect: []expect.Expectation{{Text: "web-2024.latency.p99 < 10us", Op: "<", Position: strict.Position{Line: 39, Col: 5},
			Left: expect.Operand{Class: "web-2024", Metric: "latency.p99"}, Right: expect.Operand{Value: 10_000}}},
		Placements: []string{"tor", "nic"},
	}, s)
}

func TestPacing(t *testing.T) {
	for src, want := range map[string]string{
		"{pcap: a.pcap}": "recorded", "{pcap: a.pcap, load: 5%}": "constant", "{sizes: imix, load: 5%}": "poisson",
		"{pcap: a.pcap, load: 5%, arrivals: recorded}": "recorded", "{sizes: imix, load: 5%, arrivals: constant}": "constant",
	} {
		s := loaded(t, "version: 1\ntraffic: ["+src+"]")
		assert.Equal(t, want, s.Traffic[0].Pacing(), src)
	}
}

func TestSoftwareCoresGiveWay(t *testing.T) {
	s := loaded(t, minimal, "rack.server.cores=2")
	assert.Equal(t, 2, s.DSN.Software.Cores)
	_, err := load.Bytes("f.yaml", []byte(minimal), []string{"rack.server.cores=2", "dsn.software.cores=3"})
	assert.EqualError(t, err, "--set dsn.software.cores: expected at most the server's 2 cores, got 3")
}

func TestClassNamesFromCaptures(t *testing.T) {
	for path, want := range map[string]string{
		"web.pcap": "web", "a/b/web.2024.pcapng": "web-2024", "x y.pcap.gz": "x-y", "latency.pcap": "traffic0", "nic.pcap": "traffic0",
		"日本.pcap": "traffic0", strings.Repeat("a", 60) + ".pcap": strings.Repeat("a", 40), "noending": "noending",
	} {
		s := loaded(t, "version: 1\ntraffic: [{pcap: '"+path+"'}]")
		assert.Equal(t, want, s.Traffic[0].Name, path)
	}
}

func TestOverrides(t *testing.T) {
	src := "version: 1\ntraffic: [{pcap: a/b.pcap}]\n"
	assert.Equal(t, filepath.FromSlash("dir/a/b.pcap"), loaded(t, src).Traffic[0].PCAP, "relative to the scenario")
	assert.Equal(t, "/x/y.pcap", loaded(t, src, "traffic.0.pcap=/x/y.pcap").Traffic[0].PCAP)
	assert.Equal(t, "x/y.pcap", loaded(t, src, "traffic.0.pcap=x/y.pcap").Traffic[0].PCAP, "relative to the working directory")

	s := loaded(t, src, "rack.server.nic.rate=10Gbps", "dsn.count.tor=2", "rack.server.nic.rate=40Gbps",
		"services=[ipsec, {firewall: {rules: 5}}]", "traffic.0.load=5Mpps", "expect=[nic.latency.p99 < 1us]", "run={duration: 1ms}")
	assert.Equal(t, 40*units.Gbps, s.Rack.Server.NIC.Rate, "the last one wins")
	assert.Equal(t, 2, s.DSN.Count.ToR)
	assert.Equal(t, 4, s.DSN.Count.Appliance)
	assert.Equal(t, services.Chain{{Name: "ipsec", Kind: &chain.IPsec}, {Name: "firewall", Kind: &chain.Firewall, Rules: 5, Stateful: true}}, s.Services)
	assert.Equal(t, demand.Load{Packets: 5_000_000, Set: true}, s.Traffic[0].Load)
	assert.Equal(t, scenarios.Run{Duration: units.Millisecond, Warmup: 100 * units.Microsecond, Seed: 1, Replications: 1}, s.Run)
	assert.Equal(t, "nic", s.Expect[0].Left.Placement)
}

func TestHashIsOfWhatRan(t *testing.T) {
	base := loaded(t, minimal).SHA256
	assert.Equal(t, base, loaded(t, "# comment\ntraffic:\n  - load: 30%\n    sizes: imix\nversion: 1\n").SHA256)
	assert.NotEqual(t, base, loaded(t, minimal, "run.seed=2").SHA256)
	assert.Equal(t, loaded(t, minimal+"run: {seed: 2}").SHA256, loaded(t, minimal, "run.seed=2").SHA256)
}

// TestRoundTrip reads each scenario again from its normal form: only positions may differ.
func TestRoundTrip(t *testing.T) {
	for _, file := range []string{"quickstart.yaml", "testdata/full.yaml"} {
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		first, err := load.Bytes(file, src, nil)
		require.NoError(t, err)
		doc, err := strict.Parse(file, src)
		require.NoError(t, err)
		again, err := load.Bytes(file, doc.Canonical(), nil)
		require.NoError(t, err)
		assert.Equal(t, withoutPositions(first), withoutPositions(again), file)
	}
}

func withoutPositions(s *scenarios.Scenario) *scenarios.Scenario {
	out := *s
	out.DSN.ProfileAt = strict.Position{}
	for i := range out.Services {
		out.Services[i].Position = strict.Position{}
	}
	for i := range out.Traffic {
		out.Traffic[i].Position = strict.Position{}
		// The normal form sorts keys, and so a mix of sizes, whose order says nothing.
		if len(out.Traffic[i].Sizes) > 0 {
			out.Traffic[i].Sizes = nil
		}
	}
	for i := range out.Expect {
		out.Expect[i].Position = strict.Position{}
	}
	return &out
}

func TestQuickstart(t *testing.T) {
	s, err := load.File("quickstart.yaml", nil)
	require.NoError(t, err)
	assert.Equal(t, "quickstart", s.Name)
	assert.Equal(t, scenarios.AllPlacements(), s.Placements)
	assert.Equal(t, 25*units.Gbps, s.Rack.Server.NIC.Rate)
	assert.Equal(t, filepath.FromSlash("captures/mix.pcap"), s.Traffic[0].PCAP)
	assert.Equal(t, "both", s.Traffic[0].Direction)
	assert.Equal(t, 12*units.Millisecond, s.Run.Duration)
	assert.Equal(t, 5, s.Run.Replications)
	assert.Len(t, s.Expect, 4)
}

// TestErrors compares the errors of each file in testdata/errors with what the file says they should be.
func TestErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			require.NoError(t, err)
			parts := map[string]*txtar.File{}
			for i := range archive.Files {
				parts[archive.Files[i].Name] = &archive.Files[i]
			}
			var sets []string
			if p := parts["set"]; p != nil {
				sets = strings.Split(strings.TrimSpace(string(p.Data)), "\n")
			}
			_, err = load.Bytes("scenario.yaml", parts["scenario.yaml"].Data, sets)
			require.Error(t, err)
			if *scenarios.Update {
				parts["want"].Data = []byte(err.Error() + "\n")
				require.NoError(t, os.WriteFile(file, txtar.Format(archive), 0o644))
			}
			assert.Equal(t, string(parts["want"].Data), err.Error()+"\n")
		})
	}
}

func TestUnreadableFiles(t *testing.T) {
	dir := t.TempDir()
	_, err := load.File(filepath.Join(dir, "quikstart.yaml"), nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	assert.EqualError(t, err, "scenario "+filepath.Join(dir, "quikstart.yaml")+": file does not exist")

	there := filepath.Join(dir, "quickstart.yaml")
	require.NoError(t, os.WriteFile(there, []byte(minimal), 0o644))
	_, err = load.File(filepath.Join(dir, "quikstart.yaml"), nil)
	assert.ErrorContains(t, err, "file does not exist; did you mean "+there+"?")

	_, err = load.File(dir, nil)
	assert.EqualError(t, err, "scenario "+dir+": is a directory; expected a scenario file")

	big := filepath.Join(dir, "big.yaml")
	require.NoError(t, os.WriteFile(big, make([]byte, strict.MaxSource+100), 0o644))
	_, err = load.File(big, nil)
	assert.ErrorContains(t, err, "the file is too long")
}

// TestEveryPositionIsInTheFile breaks one value of a valid scenario at a time: there is an error, and it points at that line.
func TestEveryPositionIsInTheFile(t *testing.T) {
	src, err := os.ReadFile("testdata/full.yaml")
	require.NoError(t, err)
	lines := strings.Split(string(src), "\n")
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
		key, _, found := strings.Cut(lines[i], ": ")
		if !found || strings.Contains(key, "{") || strings.HasPrefix(key, "x-") {
			t.Skip("no value here, or part of a flow mapping, or ignored")
		}
		broken := append([]string{}, lines...)
		broken[i] = key + ": [[wrong]]"
		_, err := load.Bytes("f.yaml", []byte(strings.Join(broken, "\n")), nil)
		var errs strict.Errors
		require.True(t, errors.As(err, &errs), "line %d: %q gave %v", i+1, broken[i], err)
		var at []int
		for _, e := range errs {
			at = append(at, e.Line)
		}
		assert.Contains(t, at, i+1, "%v", err)
	})
}

func FuzzLoad(f *testing.F) {
	for _, file := range []string{"quickstart.yaml", "testdata/full.yaml"} {
		src, err := os.ReadFile(file)
		require.NoError(f, err)
		// Comments are most of a file, and changing them finds nothing.
		f.Add(regexp.MustCompile(`(?m)^ *#.*\n| +#.*$`).ReplaceAll(src, nil), "traffic.0.load=40%")
	}
	f.Add([]byte(minimal), "expect=[nic.latency.p99 < 1us]")
	f.Fuzz(func(t *testing.T, src []byte, set string) {
		// In a folder that is not there, so that no capture is found and hashed each time.
		s, err := load.Bytes("none/f.yaml", src, []string{set})
		if err != nil {
			var errs strict.Errors
			require.True(t, errors.As(err, &errs) && len(errs) > 0, "%v", err)
			return
		}
		require.NotEmpty(t, s.Traffic)
		require.Less(t, s.Run.Warmup, s.Run.Duration)
		require.NotEmpty(t, s.Placements)
		for _, class := range s.Traffic {
			require.True(t, class.PCAP != "" != (len(class.Sizes) > 0))
		}
		expect.Evaluate(s.Expect, nil)
	})
}

// A packet rate without a prefix is a packet rate, not a share.
func TestLoadInPlainPackets(t *testing.T) {
	s, err := load.File("quickstart.yaml", []string{"traffic.0.load=5000pps"})
	require.NoError(t, err)
	assert.Equal(t, demand.Load{Packets: 5000, Set: true}, s.Traffic[0].Load)
}
