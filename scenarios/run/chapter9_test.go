package run

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/expect"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/table91"
)

// chapterTable is Table 9-1 as the chapter prints it, by placement in the order of chapterColumns.
var chapterTable = map[string][5]string{
	table91.Applicability: {"Greenfield and Brownfield", "Greenfield", "Greenfield and possibly Brownfield", "Brownfield and Greenfield", "Brownfield and Greenfield"},
	table91.BareMetal: {"No support", "Good support, if drivers are available", "Optimal support, independent of driver availability",
		"Optimal support, independent of driver availability", "Optimal support, independent of driver availability"},
	table91.Performance: {"Low", "Highest", "Highest", "High", "Intermediate"},
	table91.Footprint:   {"Very high", "Minimal to nonexistent", "Minimal to nonexistent", "Minimal to nonexistent", "Minimal to nonexistent"},
	table91.RDMAStorage: {"Dependent on the server NIC", "Yes", "Yes", "No", "No"},
	table91.ExtraPort:   {"No", "No", "No", "No", "Yes"},
	table91.SpecialToR:  {"No", "No", "No", "Yes", "No"},
	table91.Compromised: {"Yes", "No", "No", "No", "No"},
}

var chapterColumns = []string{"software", "nic", "bump-in-the-wire", "tor", "appliance"}

// asSet sorts what a cell joins with "and", since the chapter's order says nothing.
func asSet(value string) string {
	parts := strings.Split(value, " and ")
	slices.Sort(parts)
	return strings.Join(parts, " and ")
}

// chapter9 reads a shipped scenario of the chapter.
func chapter9(t testing.TB, name string, sets ...string) *scenarios.Scenario {
	t.Helper()
	s, err := load.File("../"+name+".yaml", sets)
	require.NoError(t, err)
	return s
}

// The shipped scenario gives the chapter's table, all forty cells, and all that it expects holds.
func TestChapter9(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates a rack of 40 servers for seconds")
	}
	s := chapter9(t, "chapter-9")
	r, _, err := Scenario(t.Context(), s, Options{Jobs: 4, TraceSeq: -1, Table91: true})
	require.NoError(t, err)
	cells := 0
	for _, p := range r.Table91.Properties {
		want, known := chapterTable[p.Key]
		require.True(t, known, p.Key)
		for i, c := range p.Cells {
			assert.Equal(t, asSet(want[i]), asSet(c.Value), "%s/%s: %v", p.Key, chapterColumns[i], c.Evidence)
			assert.NotEmpty(t, c.Evidence)
			cells++
		}
	}
	assert.Equal(t, chapterColumns, r.Table91.Placements)
	assert.Equal(t, 40, cells)
	require.NotEmpty(t, r.Expectations)
	for _, e := range r.Expectations {
		assert.Equal(t, expect.Holds, e.Verdict, "%s: %s", e.Text, e.Why)
	}
	assert.Contains(t, why(t, r.Table91, table91.Compromised, "software"), "keys: succeeded, by the runs")
	assert.Contains(t, why(t, r.Table91, table91.Compromised, "nic"), "policy: refused, by the runs")
}

// A chip in the ToR has the 4 million routes and ACLs of section 9.1.2, one in a server 100,000; 100 Gbps of flows of 1 Mbit
// are 100,000 new flows a second, and packets have 400 B on average.
func TestChapter9Tables(t *testing.T) {
	s := chapter9(t, "chapter-9")
	x, err := arithmetic.Explain(s)
	require.NoError(t, err)
	for _, p := range x.Placements {
		want := map[string]int64{"nic": 100_000, "bump-in-the-wire": 100_000, "tor": 4_000_000, "appliance": 4_000_000}[p.Placement]
		if want == 0 {
			continue
		}
		require.Equal(t, result.OK, p.Status, p.Reasons)
		entries := map[string]int64{}
		for _, table := range p.Pipeline.Memory.Tables {
			entries[table.Table] = table.Entries
		}
		assert.Equal(t, want, entries["acl"], p.Placement)
		assert.Equal(t, want, entries["lpm"], p.Placement)
		assert.Less(t, p.Pipeline.Memory.Bytes.Used, p.Pipeline.Memory.Bytes.Available, p.Placement)
	}
	for _, o := range x.Offers {
		assert.InDelta(t, 400, o.FrameMeanBytes, 1e-9)
	}
	assert.EqualValues(t, 1_000_000, s.Traffic[0].Flows.Size)
}

// Line rate at 100 and at 25 Gbps, with 400 B on average in the tunnels.
func TestChapter9LineRate(t *testing.T) {
	for _, rate := range []struct {
		set  string
		mpps float64
	}{{"100Gbps", 100e3 / (8 * 420)}, {"25Gbps", 25e3 / (8 * 420)}} {
		s := chapter9(t, "chapter-9-line-rate", "rack.server.nic.rate="+rate.set, "placements=[nic, bump-in-the-wire, tor, appliance]")
		r := simulate(t, s)
		for _, p := range s.Placements {
			m := row(t, r, p, result.All, result.All).Metrics
			assert.Zero(t, m["loss.ratio"], "%s %s", p, rate.set)
			assert.InEpsilon(t, 2*rate.mpps, m["throughput.mpps"], 0.02, "%s %s: both directions", p, rate.set)
			assert.Less(t, m["chain.latency.p999"], 10_000.0)
		}
		for _, e := range r.Expectations {
			if rate.set == "100Gbps" && !strings.HasPrefix(e.Text, "software") {
				assert.Equal(t, expect.Holds, e.Verdict, "%s: %s", e.Text, e.Why)
			}
		}
	}
}

// Changes of the chapter's rack change the cells that they are about.
func TestChapter9Changed(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates a rack of 40 servers several times")
	}
	short := []string{"run.duration=600us", "run.warmup=300us", "traffic.0.arrivals=constant", "expect=[]"}
	for _, c := range []struct{ set, property, placement, want string }{
		{"dsn.count.tor=2", table91.Performance, "tor", "Intermediate"},
		{"dsn.management=host", table91.Compromised, "bump-in-the-wire", "Yes"},
		{"traffic.0.load=2%", table91.Footprint, "software", "Low"}, // one core
		{"rack.tor.free_ports=0", table91.ExtraPort, "appliance", "Yes, but too few are free"},
		{"dsn.count.appliance=3", table91.Applicability, "appliance", "None"},
		{"rack.server.nic.dsn_capable=true", table91.Applicability, "nic", "Greenfield and Brownfield"},
	} {
		got := derived(t, chapter9(t, "chapter-9", append(short, c.set, "services.2.firewall.rules=1k", "services.3.route.routes=1k",
			"services.2.firewall.stateful=false")...), nil)
		assert.Equal(t, c.want, value(t, got, c.property, c.placement), "%s: %s", c.set, why(t, got, c.property, c.placement))
	}
}
