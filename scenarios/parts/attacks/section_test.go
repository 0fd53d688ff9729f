package attacks

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/golden"
	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

func ref[T any](v T) *T { return &v }

// attackedReport is an attack that is refused on a card, lets nobody through in software, and has no path to the ToR; and
// one that only software lets in.
func attackedReport() *result.Report {
	r := &result.Report{Complete: true}
	for _, name := range []string{"software", "nic", "tor"} {
		r.Results = append(r.Results, result.Result{Placement: name, Class: result.All, Direction: result.All, Status: result.OK, Metrics: map[string]float64{"loss.ratio": 0}})
	}
	r.Attacks = []result.Attack{
		{Placement: "software", Number: 0, Kind: "rogue_vf", VF: ref(3), Outcome: result.NoPath, Why: "VMs have no function",
			Targets: []result.AttackTarget{{Target: "bar", Outcome: result.NoPath, Why: "VMs have no function"}}},
		{Placement: "software", Number: 1, Kind: "compromised_host", Outcome: result.BreachedHow, Tried: 20, Succeeded: 20,
			Targets: []result.AttackTarget{{Target: "keys", Outcome: result.BreachedHow, Way: "kernel -> keys", Tried: 20, Succeeded: 20,
				Effect: "the keys are known"}},
			Victims: &result.Victims{ThroughputGbps: 1, ThroughputWithoutGbps: 10, ThroughputChange: -0.9}},
		{Placement: "nic", Number: 0, Kind: "rogue_vf", VF: ref(3), Outcome: result.RefusedHow, Tried: 1000.4, Refused: 1000.4, Reported: 17, Silent: 983,
			Targets: []result.AttackTarget{{Target: "bar", Outcome: result.RefusedHow, Way: "VM 3 -> bar", Tried: 1000.4, Refused: 1000.4,
				UnsupportedRequests: 500, DroppedWrites: 500.4}},
			Victims: &result.Victims{LatencyP99Ns: ref(3100.0), LatencyP99WithoutNs: ref(3000.0), LatencyP99Change: ref(0.0333),
				LatencyP99ChangeCI95: ref(0.002), ThroughputChange: -0.0001}},
		{Placement: "nic", Number: 1, Kind: "compromised_host", Outcome: result.RefusedHow, Tried: 20, Refused: 20,
			Targets: []result.AttackTarget{{Target: "keys", Outcome: result.RefusedHow, Tried: 20, Refused: 20, CompleterAborts: 20}},
			Victims: &result.Victims{LatencyP99Change: ref(0.0)}},
		{Placement: "tor", Number: 0, Kind: "rogue_vf", VF: ref(3), Outcome: result.NoPath, Why: "no PCIe function",
			Targets: []result.AttackTarget{{Target: "bar", Outcome: result.NoPath, Why: "no PCIe function"}}},
		{Placement: "tor", Number: 1, Kind: "compromised_host", Outcome: result.NoPath, Why: "no PCIe function",
			Targets: []result.AttackTarget{{Target: "keys", Outcome: result.NoPath, Why: "no PCIe function"}}},
	}
	return r
}

// sections are those of the placements of a report, by name.
func sectionsOf(r *result.Report) map[string]result.Section {
	m := map[string]result.Section{}
	for _, name := range []string{"software", "nic", "tor"} {
		m[name] = sectionOf(slices.DeleteFunc(slices.Clone(r.Attacks), func(a result.Attack) bool { return a.Placement != name }))
	}
	return m
}

// The table says for each placement what was tried and what came of it, in words; without a path there are no figures.
func TestAttacksInWords(t *testing.T) {
	lines := map[string][]string{}
	sections := sectionsOf(attackedReport())
	for name, s := range sections {
		for _, r := range s.Rows {
			line := r.Label
			for _, v := range r.Values {
				line += ": " + v.(string)
			}
			lines[name] = append(lines[name], line)
		}
	}
	assert.Equal(t, map[string][]string{
		"software": {"rogue_vf, VF 3 of server 0", "bar: no path", "compromised_host, server 0", "keys: succeeded", "tried: 20", "refused: 0", "succeeded: 20",
			"answers: -", "others' p99: too few arrived", "others' throughput: -90.0%"},
		"nic": {"rogue_vf, VF 3 of server 0", "bar: refused", "tried: 1000", "refused: 1000", "succeeded: 0", "answers: UR 500, dropped 500",
			"others' p99: +3.3% ±0.2", "others' throughput: +0.0%", "compromised_host, server 0", "keys: refused", "tried: 20", "refused: 20", "succeeded: 0",
			"answers: CA 20", "others' p99: +0.0%", "others' throughput: +0.0%"},
		"tor": {"rogue_vf, VF 3 of server 0", "bar: no path", "compromised_host, server 0", "keys: no path"},
	}, lines)
	assert.Equal(t, []result.Item{{Text: "compromised_host, server 0: the keys are known (kernel -> keys)", Bad: true}, {Text: "no path: VMs have no function"}}, sections["software"].Items)
	assert.Equal(t, []result.Item{{Text: "no path: no PCIe function"}}, sections["tor"].Items)
}

// The placements stand side by side, and what is said of one names it.
func TestAttacksInAReport(t *testing.T) {
	r := attackedReport()
	for name, s := range sectionsOf(r) {
		r.Row(name, result.All, result.All).Sections = []result.Section{s}
	}
	var out strings.Builder
	require.NoError(t, reports.Write(&out, "table", r, reports.Options{}))
	from := strings.Index(out.String(), "Attacks, each by itself")
	require.Positive(t, from)
	golden.Equal(t, "attacks.txt", out.String()[from:])
}
