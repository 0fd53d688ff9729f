package services

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios/chain"
)

// Each service has a name of its own and costs something in software: what the profile says of it.
func TestEachServiceCostsSomethingInSoftware(t *testing.T) {
	p, err := profile.Load("reference-100g")
	require.NoError(t, err)
	s := &p.Host.Software
	want := map[string]profile.Work{"ipsec": s.IPsec, "vxlan": s.VXLAN, "geneve": s.Geneve, "gre": s.GRE, "telemetry": s.Telemetry, "nat": s.NAT,
		"lb": s.LB, "firewall": s.Firewall, "route": s.Route, "policer": s.Policer, "mirror": s.Mirror}
	seen := map[string]bool{}
	for _, k := range All {
		name := k.Chip.Name
		assert.False(t, seen[name], name)
		seen[name] = true
		work := k.Work(s, &chain.Service{})
		assert.Positive(t, work.Cycles.Value, name)
		if known, ok := want[name]; ok {
			assert.Equal(t, known, work, name)
		}
	}
	assert.Equal(t, s.IPsec256, chain.IPsec.Work(s, &chain.Service{KeyBits: 256}))
}
