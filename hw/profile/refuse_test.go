package profile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/strict"
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
	{"negative cores", "cores: {value: 2, low: 1,", "cores: {value: -2,", "-2, high: 16", "expected a value of at least 0"},
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
	{"stalls that fall", "{quantile: 90%, duration: 120us}", "{quantile: 90%, duration: 30us}", "{quantile: 90%",
		"point 2 (90%=30us) does not rise above the one before"},
	{"quantiles that fall", "{quantile: 90%, duration: 120us}", "{quantile: 50%, duration: 120us}", "{quantile: 50%, duration: 120us",
		"point 2 (50%=120us) does not rise above the one before"},
	{"stalls of no length", "{quantile: 0%, duration: 10us}", "{quantile: 0%, duration: 0us}", "{quantile: 0%",
		"point 0 (0%=0s) does not rise above the one before"},
	{"stalls without an end", "        - {quantile: 100%, duration: 2ms}\n", "", "- {quantile: 0%",
		"expected at least two points, from quantile 0% to 100%"},
	{"stalls without a beginning", "        - {quantile: 0%, duration: 10us}\n", "", "- {quantile: 50%",
		"expected at least two points, from quantile 0% to 100%"},
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
