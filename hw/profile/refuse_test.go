package profile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"github.com/dsnsim/dsnsim/internal/strict"
)

// where returns the line and column, from 1, of a piece of text that occurs once.
func where(t *testing.T, src, piece string) string {
	t.Helper()
	require.Equal(t, 1, strings.Count(src, piece), "%q must occur once", piece)
	before := src[:strings.Index(src, piece)]
	line := strings.Count(before, "\n") + 1
	return fmt.Sprintf("%d:%d", line, len(before)-strings.LastIndex(before, "\n"))
}

// A change to the reference profile that must be refused. at is the text in the changed file where the error points.
type fault struct {
	name, old, new, at, want string
}

// The shipped table of stalls without its ends, and its end.
const (
	middle = "        - {quantile: 96.8%, duration: 15.5us}\n        - {quantile: 96.8001%, duration: 150us}\n        - {quantile: 99%, duration: 187us}"
	tail   = "{quantile: 99%, duration: 187us}\n        - {quantile: 100%, duration: 3ms}"
)

var faults = []fault{
	{"no source", `corner_turn: {value: 4, source: "p4lang/p4c backends/tofino specs/power_spec.h", confidence: verified}`,
		"corner_turn: {value: 4}", "{value: 4}",
		"a constant needs a source (source: ..., confidence: ...) or a reason (assumed: ...)"},
	{"source and assumed", `corner_turn: {value: 4, source:`, `corner_turn: {value: 4, assumed: "why not", source:`,
		`{value: 4, assumed: "why not"`, "a constant is sourced or assumed, not both"},
	{"no confidence", `corner_turn: {value: 4, source: "p4lang/p4c backends/tofino specs/power_spec.h", confidence: verified}`,
		`corner_turn: {value: 4, source: "a book"}`, `{value: 4, source: "a book"}`,
		"a source needs a confidence: verified, recalled or derived"},
	{"sure of an assumption", `deparser_latency: {value: 20,`, `deparser_latency: {confidence: verified, value: 20,`,
		`{confidence: verified, value: 20`, "an assumption has no confidence; leave it out"},
	{"unknown confidence", `corner_turn: {value: 4, source: "p4lang/p4c backends/tofino specs/power_spec.h", confidence: verified}`,
		`corner_turn: {value: 4, source: "a book", confidence: sure}`, "sure}", `verified, recalled, derived`},
	{"no value", `corner_turn: {value: 4, source`, `corner_turn: {source`,
		`{source: "p4lang/p4c backends/tofino specs/power_spec.h", confidence: verified}
  ingress`, `missing key "value"`},
	{"zero clock", "clock: {value: 1GHz, low: 830MHz, high: 1.5GHz, assumed: \"between",
		"clock: {value: 0GHz, assumed: \"between", `{value: 0GHz`, "expected a value above 0"},
	{"zero stages", "stages: {value: 12, low: 6,", "stages: {value: 0,", "{value: 0, high: 20", "expected a value above 0"},
	{"zero ring", "ring_packets: {value: 1024, low: 256,", "ring_packets: {value: 0,", "{value: 0, high: 4096",
		"expected a value above 0"},
	{"negative cores", "    cores: {value: 2, low: 1,", "    cores: {value: -2,", "-2, high: 16", "expected a value of at least 0"},
	{"contexts nowhere", "context_home: {value: host,", "context_home: {value: moon,", "moon", "expected memory or host"},
	{"drives without lanes", "read_lanes: {value: 80, low: 32,", "read_lanes: {value: 0,", "{value: 0, high: 128", "expected a value above 0"},
	{"negative cycles", " parser_latency: {value: 20, low: 10,", " parser_latency: {value: -20,", "-20, high: 40",
		"expected a value of at least 0"},
	{"negative work", "milli_cycles_per_byte: {value: 100, low: 60,", "milli_cycles_per_byte: {value: -100,",
		"-100, high: 250", "expected a value of at least 0"},
	{"low above value", "fibre_per_metre: {value: 5ns, low: 4.9ns", "fibre_per_metre: {value: 5ns, low: 5.1ns",
		"5.1ns, high: 5ns", "low is 5.1ns, on the wrong side of the value 5ns"},
	{"high below value", "stages: {value: 12, low: 6, high: 20", "stages: {value: 12, low: 6, high: 11", "11, source",
		"high is 11, on the wrong side of the value 12"},
	{"unknown key", "  copper_max: {", "  copper_maximum: {value: 3m, assumed: why}\n  copper_max: {", "copper_maximum",
		`unknown key "copper_maximum"; did you mean "copper_max"?`},
	{"missing key", `  copper_max: {value: 5m, source: "reach of 25GBASE-CR and 100GBASE-CR4 direct attach copper (IEEE 802.3by, 802.3bj)", confidence: recalled}
`, "", "fibre_per_metre", `missing key "copper_max"`},
	{"no unit", "memory_write: {value: 233ns, low: 200ns", "memory_write: {value: 233, low: 200ns", "233, low", "unit"},
	{"wrong unit", "memory_write: {value: 233ns, low: 200ns", "memory_write: {value: 233B, low: 200ns", "233B, low", "233B"},
	{"negative time", "memory_write: {value: 233ns, low: 200ns", "memory_write: {value: -233ns, low: 200ns", "-233ns", "-233ns"},
	{"stalls that fall", tail, strings.Replace(tail, "187us", "30us", 1), "{quantile: 99%, duration: 30us}",
		"point 3 (99%=30us) does not rise above the one before"},
	{"quantiles that fall", tail, strings.Replace(tail, "99%", "96%", 1), "{quantile: 96%",
		"point 3 (96%=187us) does not rise above the one before"},
	{"stalls of no length", "value:\n        - {quantile: 0%, duration: 11us}", "value:\n        - {quantile: 0%, duration: 0us}",
		"{quantile: 0%, duration: 0us}", "point 0 (0%=0s) does not rise above the one before"},
	{"stalls for ever", "duration: 3ms}", "duration: 1000s}", "1000s}", "expected a value of at most 100s, got 1000s"},
	{"stalls without an end", "        - {quantile: 100%, duration: 3ms}\n", "",
		"- {quantile: 0%, duration: 11us}\n" + middle + "\n      low:", "expected at least two points, from quantile 0% to 100%"},
	{"stalls without a beginning", "value:\n        - {quantile: 0%, duration: 11us}\n", "value:\n",
		strings.TrimSpace(middle) + "\n        - {quantile: 100%, duration: 3ms}", "expected at least two points, from quantile 0% to 100%"},
	{"range of stalls that falls", "duration: 8.6ms}", "duration: 8us}", "{quantile: 100%, duration: 8us}",
		"point 4 (100%=8us) does not rise above the one before"},
	{"low stalls that fall", "{quantile: 97.8001%, duration: 150us}", "{quantile: 97.8001%, duration: 12us}", "{quantile: 97.8001%",
		"point 2 (97.8001%=12us) does not rise above the one before"},
	{"hollow source", `source: "copper twinax, velocity factor 0.65 to 0.80"`, `source: "recalled from memory"`, `"recalled from memory"`,
		`expected from what document, measurement or figures the value is recalled, got "recalled from memory"`},
	{"derived from nothing", `source: "copper twinax, velocity factor 0.65 to 0.80", confidence: recalled`, `source: derived, confidence: derived`,
		`derived, confidence`, `expected from what document, measurement or figures the value is derived, got "derived"`},
	{"hollow assumption", `assumed: "the other half of what rx_latency splits"`, `assumed: TODO`, `TODO`,
		`expected the reason for the assumption, such as "the clock of the chip", got "TODO"`},
	{"assumption without a reason", `assumed: "the other half of what rx_latency splits"`, `assumed: "an estimate: assumed."`, `"an estimate: assumed."`,
		`expected the reason for the assumption`},
	{"bare figure", `cut_through: {value: true, source: "Arista 7050SX data sheet", confidence: verified}`, "cut_through: true", "true\n",
		"expected a figure with its origin, {value: ..., source: ..., confidence: ...} or {value: ..., assumed: ...}, got"},
	{"endless cache", "entries: {value: 65536, low: 8192, high: 1048576", "entries: {value: 999999999", "999999999",
		"expected a value of at most 134217728, got 999999999"},
	{"range without end", "mrrs: {value: 512B, low: 128B, high: 4096B", "mrrs: {value: 512B, low: 128B, high: 2TB", "2TB",
		"expected a value of at most 1024GiB, got 2TB"},
	{"payload of no link", "mps: {value: 256B, low: 128B", "mps: {value: 200B, low: 128B", "200B, low", "expected 128B, 256B, 512B, 1KiB, 2KiB or 4KiB, got 200B"},
	{"request of no link", "mrrs: {value: 512B, low: 128B, high: 4096B", "mrrs: {value: 8KiB", "8KiB", "expected 128B, 256B, 512B, 1KiB, 2KiB or 4KiB, got 8KiB"},
	{"boundary of no link", "rcb: {value: 64B, low: 64B", "rcb: {value: 96B, low: 64B", "96B, low: 64B, high: 128B", "expected 64B or 128B, got 96B"},
	{"room for nothing", "port_buffer: {value: 6.7MB, low: 5MB", "port_buffer: {value: 0B", "{value: 0B", "expected a value above 0"},
	{"a rate twice", "  - rate: 40Gbps", "  - rate: 25Gbps", "25Gbps\n    phy_tx: *asic_phy", "25Gbps is given twice"},
	{"no rate", "  - rate: 10Gbps", "  - rate: 0Gbps", "0Gbps\n    phy_tx: {value: 70ns", "expected a value above 0"},
	{"board link without figures", "switch_port_rate: {value: 200Gbps, low", "switch_port_rate: {value: 150Gbps, low", "150Gbps",
		"there are no Ethernet figures for 150Gbps"},
}

func TestBadProfilesAreRefused(t *testing.T) {
	src := text(t)
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(src, f.old), "the reference changed; %q must occur once", f.old)
			bad := strings.Replace(src, f.old, f.new, 1)
			_, err := Parse("bad.yaml", []byte(bad))
			require.Error(t, err)
			var faults strict.Errors
			require.ErrorAs(t, err, &faults)
			require.Len(t, faults, 1, "one fault, one message")
			assert.Contains(t, faults[0].Msg, f.want)
			assert.True(t, strings.HasPrefix(err.Error(), "bad.yaml:"+where(t, bad, f.at)+": "), "at %s, got %v", where(t, bad, f.at), err)
		})
	}
}

// Two faults come at once.
func TestAllFaultsComeAtOnce(t *testing.T) {
	bad := strings.NewReplacer("copper_max:", "copper_maximum:", "corner_turn: {value: 4,", "corner_turn: {value: -4,").Replace(text(t))
	_, err := Parse("bad.yaml", []byte(bad))
	require.ErrorContains(t, err, `unknown key "copper_maximum"`)
	require.ErrorContains(t, err, `missing key "copper_max"`)
	require.ErrorContains(t, err, "expected a value of at least 0")
}

// What is not a profile is an error, never a panic.
func TestHostileText(t *testing.T) {
	for _, src := range []string{"", "[]", "42", "name: x", "\x00", "ethernet: {}", "{", "host: [1]", "dsn: {clock: 1GHz}"} {
		_, err := Parse("bad.yaml", []byte(src))
		require.Error(t, err, "%q", src)
	}
}

// No prefix of a profile is a profile, and none panics.
func TestCutProfilesAreRefused(t *testing.T) {
	src := text(t)
	for n := 0; n < len(src)-200; n += 997 {
		_, err := Parse("cut.yaml", []byte(src[:n]))
		require.Error(t, err, "%d of %d bytes", n, len(src))
	}
}

// figure returns the constant at a path of a decoded file.
func figure(t *testing.T, doc map[string]any, path string) map[string]any {
	t.Helper()
	for _, key := range strings.Split(path, ".") {
		next, ok := doc[key].(map[string]any)
		require.True(t, ok, "%s: no %s", path, key)
		doc = next
	}
	return doc
}

// What a run divides by, and the room of every queue, is above zero.
func TestZeroIsRefused(t *testing.T) {
	zero := map[string]string{"Bytes": "0B", "Hz": "0Hz", "bps": "0bps", "n": "0"}
	for path, unit := range map[string]string{
		"switch.port_buffer": "Bytes", "nic.queue": "Bytes", "dsn.clock": "Hz", "dsn.parser_bytes_per_cycle": "n",
		"dsn.initiation_interval": "n", "dsn.stages": "n", "dsn.ingress_buffer": "Bytes", "dsn.switch_port_rate": "bps",
		"dsn.flow_cache.ways": "n", "dsn.memory.queue": "n", "dsn.crypto.clock": "Hz",
		"dsn.crypto.bytes_per_cycle": "n", "dsn.crypto.sa_ways": "n", "dsn.crypto.queue": "n", "pcie.descriptor_batch": "n",
		"pcie.outstanding_reads": "n", "pcie.queue": "Bytes", "host.clock": "Hz", "host.ring_packets": "n",
	} {
		var doc map[string]any
		require.NoError(t, yaml.Unmarshal([]byte(text(t)), &doc))
		f := figure(t, doc, path)
		delete(f, "low")
		f["value"] = zero[unit]
		if unit == "n" {
			f["value"] = 0
		}
		src, err := yaml.Marshal(doc)
		require.NoError(t, err)
		_, err = Parse("zero.yaml", src)
		require.ErrorContains(t, err, "expected a value above 0", path)
	}
}

// Zero is a figure where it means that a part is absent.
func TestAbsentPartsAreAllowed(t *testing.T) {
	for _, path := range []string{"dsn.crypto.cores", "dsn.crypto.sa_cache", "dsn.flow_cache.entries", "host.software.vxlan.cycles"} {
		var doc map[string]any
		require.NoError(t, yaml.Unmarshal([]byte(text(t)), &doc))
		f := figure(t, doc, path)
		delete(f, "low")
		f["value"] = 0
		src, err := yaml.Marshal(doc)
		require.NoError(t, err)
		_, err = Parse("zero.yaml", src)
		require.NoError(t, err, path)
	}
}
