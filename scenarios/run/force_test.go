package run

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/expect"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// insist simulates a scenario by force.
func insist(t *testing.T, s *scenarios.Scenario) *result.Report {
	t.Helper()
	r, _, err := Scenario(context.Background(), s, Options{Jobs: 4, TraceSeq: -1, Force: true})
	require.NoError(t, err)
	return r
}

// What is forced measures what it would where it can be deployed, and its reasons stay with every row.
func TestForceChangesNoFigure(t *testing.T) {
	const refusal = "rack.tor={free_ports: 0, replaceable: false}"
	sets := func(more ...string) []string { return allPlaces("20%", append(more, "rack.deployment=brownfield")...) }
	s := scenario(t, plainRack, sets(refusal, "rack.server.slots={free: 0}")...)
	plain, forced := simulate(t, s), insist(t, s)
	for _, name := range scenarios.AllPlacements() {
		row := row(t, plain, name, result.All, result.All)
		if name == "software" {
			assert.Equal(t, result.OK, row.Status)
			continue
		}
		assert.Equal(t, result.Undeployable, row.Status, name)
		assert.NotEmpty(t, row.Reasons)
		for i := range forced.Results {
			if f := &forced.Results[i]; f.Placement == name {
				assert.Equal(t, result.OK, f.Status)
				assert.True(t, f.Forced)
				assert.Equal(t, row.Reasons, f.Reasons)
			}
		}
	}
	open := insist(t, scenario(t, plainRack, allPlaces("20%")...))
	require.Len(t, open.Results, len(forced.Results))
	for i := range open.Results {
		a, b := open.Results[i], forced.Results[i]
		assert.False(t, a.Forced)
		assert.Empty(t, a.Reasons)
		assert.Equal(t, a.Metrics, b.Metrics, a.Placement)
		assert.Equal(t, a.Stations, b.Stations)
	}
}

// Without anything to refuse, force changes nothing at all.
func TestForceIsNothingWhereAllCanBeDeployed(t *testing.T) {
	s := scenario(t, plainRack, allPlaces("20%")...)
	assert.Equal(t, simulate(t, s), insist(t, s))
}

// Software on bare metal runs by force as if the tenant ran it.
func TestForcedSoftwareOnBareMetal(t *testing.T) {
	s := scenario(t, plainRack, "placements=[software]", "rack.server.virtualization=bare-metal")
	r := insist(t, s).Results[0]
	assert.True(t, r.Forced)
	assert.Positive(t, r.Metrics["throughput.gbps"])
	assert.Positive(t, r.Metrics["host.cores"])
	assert.Equal(t, []string{"a bare-metal server has no hypervisor and no virtual machine to run the DSN in"}, r.Reasons)
}

// What cannot be laid out stays refused, and says so; so does a chain that no chip can run.
func TestForceHasItsLimits(t *testing.T) {
	s := scenario(t, plainRack, "placements=[nic]", "rack.server.nic.sriov=false")
	r := insist(t, s).Results[0]
	assert.Equal(t, result.Undeployable, r.Status)
	assert.False(t, r.Forced)
	require.Len(t, r.Reasons, 2)
	assert.Contains(t, r.Reasons[1], "force is no help")

	s = scenario(t, plainRack, "placements=[nic]", "rack.deployment=brownfield", "services=[{route: {routes: 100M}}]", "dsn.profile=tofino-like")
	r = insist(t, s).Results[0]
	assert.Equal(t, result.Unsupported, r.Status)
	assert.False(t, r.Forced)
	require.Len(t, r.Reasons, 2, "why it cannot be deployed, and why no chip runs it")
	assert.Contains(t, r.Reasons[0], "rack.deployment")

	x, err := arithmetic.ExplainForced(s)
	require.NoError(t, err)
	assert.Equal(t, r.Reasons, x.Placements[0].Reasons)
	assert.Equal(t, result.Unsupported, x.Placements[0].Status)
}

// Explain answers as a run does.
func TestExplainForced(t *testing.T) {
	s := scenario(t, plainRack, "placements=[nic, bump-in-the-wire]", "rack.deployment=brownfield")
	x, err := arithmetic.Explain(s)
	require.NoError(t, err)
	assert.Equal(t, result.Undeployable, x.Placements[0].Status)
	assert.Empty(t, x.Placements[0].Stations)
	require.Len(t, x.Placements[1].Conditions, 1)
	assert.Contains(t, simulate(t, s).Notes, "bump-in-the-wire: possibly: "+x.Placements[1].Conditions[0])
	f, err := arithmetic.ExplainForced(s)
	require.NoError(t, err)
	assert.True(t, f.Placements[0].Forced)
	assert.Equal(t, x.Placements[0].Reasons, f.Placements[0].Reasons)
	assert.Positive(t, f.Placements[0].Scale)
}

// Expectations about the status are about deployment: that something was simulated by force does not make it deployable.
func TestExpectationsUnderForce(t *testing.T) {
	s := scenario(t, plainRack, "placements=[nic]", "rack.deployment=brownfield",
		"expect=[nic.status == undeployable, nic.status == ok, nic.throughput.gbps > 0Gbps]")
	var plain, forced []string
	for _, e := range simulate(t, s).Expectations {
		plain = append(plain, e.Verdict)
	}
	for _, e := range insist(t, s).Expectations {
		forced = append(forced, e.Verdict)
	}
	assert.Equal(t, []string{expect.Holds, expect.Fails, expect.Undecided}, plain, "a metric of what was not simulated decides nothing")
	assert.Equal(t, []string{expect.Holds, expect.Fails, expect.Holds}, forced)
}

// A card that carries no packets needs its driver for RDMA.
func TestWorkloadWithoutADriver(t *testing.T) {
	sets := []string{"placements=[bump-in-the-wire]", "workloads=[{name: w, rdma: write, size: 4KiB, outstanding: 1}]"}
	with := simulate(t, scenario(t, plainRack, sets...))
	assert.Equal(t, result.OK, row(t, with, "bump-in-the-wire", "w", result.All).Status)
	without := row(t, simulate(t, scenario(t, plainRack, append(sets, "rack.server.drivers.dsn=none")...)), "bump-in-the-wire", "w", result.All)
	assert.Equal(t, result.Unsupported, without.Status)
	require.Len(t, without.Reasons, 1)
	assert.Contains(t, without.Reasons[0], "rack.server.drivers.dsn: none")
}

// A NIC that is there and can be a DSN is not bought again.
func TestCapableNICIsNotBought(t *testing.T) {
	s := scenario(t, plainRack, "placements=[nic]", "rack.deployment=brownfield", "rack.server.nic.dsn_capable=true", "prices={}")
	r := row(t, simulate(t, s), "nic", result.All, result.All)
	assert.Equal(t, result.OK, r.Status)
	assert.Empty(t, r.Section("cost").Rows)
}
