package table91

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

func TestFootprints(t *testing.T) {
	for share, want := range map[float64]string{0: "Minimal to nonexistent", 0.01: "Minimal to nonexistent", 0.011: "Low", 0.05: "Low",
		0.051: "High", 0.0999: "High", 0.1: "Very high", 0.25: "Very high", 1: "Very high"} {
		assert.Equal(t, want, FootprintOf(share), share)
	}
	f := Facts{ServerCores: 32, Row: row(map[string]float64{"host.cores": 4})}
	assert.Equal(t, result.Cell{Value: "Very high", Evidence: []string{"4 of the 32 cores of each server carry the services (host.cores): 12.5%"}}, footprint(&f, nil))
	f.ServerCores = 1024
	assert.Equal(t, "Minimal to nonexistent", footprint(&f, nil).Value)
	f.Row = nil
	assert.Equal(t, NotMeasured, footprint(&f, nil).Value)
}

// What the server's NIC changes decides between three answers.
func TestWhoDoesRDMA(t *testing.T) {
	why := []string{"RDMA: no path"}
	for _, c := range []struct {
		m    Memory
		want string
	}{
		{Memory{Ways: []string{"chip -> memory"}}, Yes},
		{Memory{With: why, Without: why}, No},
		{Memory{Without: why, NICDoes: true}, byTheNIC},
		{Memory{Without: why}, byTheNIC},
		{Memory{Err: "too many functions"}, NotKnown},
	} {
		got := rdmaAndStorage(&Facts{Memory: c.m}, nil)
		assert.Equal(t, c.want, got.Value, "%v", c.m)
		require.NotEmpty(t, got.Evidence)
	}
	does := rdmaAndStorage(&Facts{Memory: Memory{Without: why, NICDoes: true}}, nil)
	doesNot := rdmaAndStorage(&Facts{Memory: Memory{Without: why}}, nil)
	assert.Contains(t, does.Evidence[2], "so that they run here")
	assert.Contains(t, doesNot.Evidence[2], "so that they do not run here")
}

func TestPartsOfTheToR(t *testing.T) {
	bill := func(items ...prices.Item) *Facts {
		var b prices.Bill
		for _, i := range items {
			b.Add(i, 3)
		}
		return &Facts{Bill: Bill{Parts: b}}
	}
	port, special := needs(prices.ToRPort), needs(prices.ToRPremium)
	assert.Equal(t, result.Cell{Value: No, Evidence: []string{"the placement needs nothing"}}, port(bill(), nil))
	both := bill(prices.ToRPort, prices.ToRPremium)
	assert.Equal(t, Yes, port(both, nil).Value)
	assert.Equal(t, Yes, special(both, nil).Value)
	assert.Equal(t, []string{"the placement needs 3 x ToR premium for DSNs, 3 x ToR port"}, port(both, nil).Evidence)
	assert.Equal(t, No, special(bill(prices.ToRPort, prices.ToRSwitch), nil).Value)
	assert.Equal(t, No, port(bill(prices.ToRPremium), nil).Value)
	assert.Equal(t, NotKnown, port(&Facts{Bill: Bill{Err: "does not fit"}}, nil).Value)
}

// Runs decide what was attacked in them, the graph what was not.
func TestCompromise(t *testing.T) {
	closed, open := Reach{"policy", false, "refused on the way kernel -> PF"}, Reach{"keys", true, "kernel -> host memory -> keys"}
	attack := func(kind, target, outcome string, tried float64) result.Attack {
		return result.Attack{Kind: kind, Number: 1, Server: 2, Targets: []result.AttackTarget{{Target: target, Outcome: outcome, Tried: tried,
			Way: "kernel -> PF -> policy", Why: "there is no way"}}}
	}
	for _, c := range []struct {
		what string
		s    Security
		want string
		says []string
	}{
		{"nothing reached", Security{Reach: []Reach{closed}}, No, []string{"policy: closed, by the graph: refused on the way kernel -> PF"}},
		{"by the graph", Security{Reach: []Reach{closed, open}}, Yes, []string{"policy: closed, by the graph: refused on the way kernel -> PF",
			"keys: open, by the graph: kernel -> host memory -> keys"}},
		{"by a run", Security{Reach: []Reach{closed}, Attacks: []result.Attack{attack("compromised_host", "policy", result.BreachedHow, 100)}}, Yes,
			[]string{"policy: succeeded, by the runs of attack 1 on server 2: 0 of 100 accesses, 0 refused (kernel -> PF -> policy)"}},
		{"a run that the graph contradicts", Security{Reach: []Reach{open}, Attacks: []result.Attack{attack("compromised_host", "keys", result.RefusedHow, 1)}}, No,
			[]string{"keys: refused, by the runs of attack 1 on server 2: 0 of 1 accesses, 0 refused (kernel -> PF -> policy)"}},
		{"a run without a way", Security{Attacks: []result.Attack{attack("compromised_host", "keys", result.NoPath, 0)}}, No,
			[]string{"keys: no path, by the runs of attack 1 on server 2: there is no way"}},
		{"another kind of attack", Security{Reach: []Reach{open}, Attacks: []result.Attack{attack("rogue_vf", "keys", result.RefusedHow, 1)}}, Yes,
			[]string{"keys: open, by the graph: kernel -> host memory -> keys"}},
		{"not known", Security{Err: "too many functions"}, NotKnown, []string{"too many functions"}},
	} {
		assert.Equal(t, result.Cell{Value: c.want, Evidence: c.says}, compromised(&Facts{Security: c.s}, nil), c.what)
	}
}

// The table has every cell, each with evidence, and no cell knows the name of its placement.
func TestNamesDoNotMatter(t *testing.T) {
	facts := func(names ...string) (list []Facts) {
		for _, name := range names {
			list = append(list, Facts{Placement: name, ServerCores: 32, Security: Security{Reach: []Reach{{Resource: "keys"}}}, Row: row(map[string]float64{"offered.gbps": 1, "throughput.gbps": 1,
				"bottleneck.utilization": 0.5, "latency.p999": 1})})
		}
		return list
	}
	real, other := Of(facts("software", "tor")), Of(facts("x", "y"))
	require.Len(t, real.Properties, len(Keys()))
	for i := range real.Properties {
		for k := range real.Placements {
			assert.Equal(t, real.Properties[i].Cells[k].Value, other.Properties[i].Cells[k].Value)
			assert.NotEmpty(t, real.Properties[i].Cells[k].Evidence)
			assert.NotEmpty(t, real.Properties[i].Cells[k].Value)
		}
	}
}

// As JSON it is by property and placement, in the table's order.
func TestJSON(t *testing.T) {
	table := &result.Table91{Placements: []string{"tor", "nic"}, Properties: []result.Property{
		{Key: "z", Cells: []result.Cell{cell("<Yes>", "since & so"), cell("No")}}, {Key: "a", Cells: []result.Cell{cell("1"), cell("2")}}}}
	text, err := json.Marshal(table)
	require.NoError(t, err)
	assert.Equal(t, `{"z":{"tor":{"value":"\u003cYes\u003e","evidence":["since \u0026 so"]},"nic":{"value":"No","evidence":[]}},`+
		`"a":{"tor":{"value":"1","evidence":[]},"nic":{"value":"2","evidence":[]}}}`, string(text))
	var back result.Table91
	require.NoError(t, json.Unmarshal(text, &back))
	assert.Equal(t, table, &back)
	require.Error(t, json.Unmarshal([]byte(`{"z":{"tor":{"value":1}}}`), &back))
	require.Error(t, json.Unmarshal([]byte(`{"z":[1]}`), &back))
	c, known := table.Cell("a", "nic")
	assert.True(t, known)
	assert.Equal(t, "2", c.Value)
	_, known = table.Cell("a", "appliance")
	assert.False(t, known)
}
