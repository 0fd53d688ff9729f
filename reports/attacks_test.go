package reports

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

func ref[T any](v T) *T { return &v }

// besiegedReport is an attack that is refused on a card, lets nobody through in software, and has no path to the ToR; and
// one that only software lets in.
func besiegedReport() *result.Report {
	r := newReport([]part{{result.All, result.All, 1}}, 2)
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

// The table says for each placement what was tried and what came of it, in words.
func TestAttacksInWords(t *testing.T) {
	g, items := attacks(besiegedReport())
	require.NotNil(t, g)
	assert.Equal(t, []string{"software", "nic", "tor"}, g.heads)
	var lines [][]string
	for _, r := range g.rows {
		line := []string{r.label}
		for _, c := range r.cells {
			line = append(line, c.text)
		}
		lines = append(lines, line)
	}
	assert.Equal(t, [][]string{
		{"rogue_vf, VF 3 of server 0"},
		{"bar", "no path", "refused", "no path"},
		{"tried", "-", "1000", "-"},
		{"refused", "-", "1000", "-"},
		{"succeeded", "-", "0", "-"},
		{"answers", "-", "UR 500, dropped 500", "-"},
		{"others' p99", "-", "+3.3% ±0.2", "-"},
		{"others' throughput", "-", "+0.0%", "-"},
		{"compromised_host, server 0"},
		{"keys", "succeeded", "refused", "no path"},
		{"tried", "20", "20", "-"},
		{"refused", "0", "20", "-"},
		{"succeeded", "20", "0", "-"},
		{"answers", "-", "CA 20", "-"},
		{"others' p99", "too few arrived", "+0.0%", "-"},
		{"others' throughput", "-90.0%", "+0.0%", "-"},
	}, lines)
	assert.Equal(t, []item{
		{term: "software", text: "compromised_host, server 0: the keys are known (kernel -> keys)", bad: true},
		{term: "software", text: "no path: VMs have no function"},
		{term: "tor", text: "no path: no PCIe function"},
	}, items)
}

// Table and Markdown have the section where there are attacks, and not where there are none; JSON has a list always.
func TestAttacksInEveryFormat(t *testing.T) {
	r := besiegedReport()
	for _, name := range []string{"table", "markdown"} {
		text := render(t, name, r, Options{})
		assert.Contains(t, text, "Attacks, each by itself", name)
		assert.Contains(t, text, "no PCIe function", name)
		r := *r
		r.Attacks = nil
		assert.NotContains(t, render(t, name, &r, Options{}), "Attacks", name)
	}
	var back result.Report
	text := render(t, "json", r, Options{})
	require.NoError(t, json.Unmarshal([]byte(text), &back))
	assert.Equal(t, r.Attacks, back.Attacks)
	assert.NotContains(t, text, "null")
}

// A figure that no format can tell is refused with the attack that it is of.
func TestAttacksMustBeFinite(t *testing.T) {
	for name, spoil := range map[string]func(*result.Attack){
		"count":  func(a *result.Attack) { a.Tried = math.NaN() },
		"target": func(a *result.Attack) { a.Targets[0].Refused = math.Inf(1) },
		"victim": func(a *result.Attack) { a.Victims.LatencyP99Change = ref(math.Inf(1)) },
	} {
		r := besiegedReport()
		spoil(&r.Attacks[2])
		var out bytes.Buffer
		err := Write(&out, "json", r, Options{})
		assert.ErrorContains(t, err, "attack rogue_vf, VF 3 of server 0 in nic", name)
		assert.Zero(t, out.Len())
	}
}
