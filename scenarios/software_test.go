package scenarios_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Without options nothing is asked of the software, and it polls.
func TestSoftwareDefaults(t *testing.T) {
	s := loaded(t, minimal)
	assert.Equal(t, scenarios.Software{Auto: true, Cores: 4}, s.DSN.Software)
	assert.False(t, s.DSN.Software.Sleeps())
	assert.False(t, s.OffloadsTunnels(), "there are none")
}

func TestSoftwareOptions(t *testing.T) {
	apart := 5 * units.Microsecond
	s := loaded(t, minimal, "services=[ipsec, vxlan, firewall]", "dsn.software={cores: auto, mode: interrupt, moderation: 5us, batch: 8, "+
		"flow_cache: {entries: 1k}, numa: {nodes: 4}, offload: [ipsec, vxlan, flows], shared: true}")
	assert.Equal(t, scenarios.Software{Cores: 1, Auto: true, SoftwareOptions: scenarios.SoftwareOptions{Mode: "interrupt", Batch: 8, Moderation: &apart,
		FlowCache: &scenarios.SwitchCache{Entries: 1000, Megaflows: 200_000, Threads: 1}, NUMA: &scenarios.Sockets{Nodes: 4, Remote: 75 * units.Percent},
		Offload: []string{"ipsec", "vxlan", "flows"}, Shared: true, Tenants: 50 * units.Percent}}, s.DSN.Software)
	assert.True(t, s.DSN.Software.Sleeps())
	assert.True(t, s.OffloadsTunnels())
	assert.False(t, loaded(t, minimal, "services=[ipsec, vxlan]", "dsn.software.offload=[ipsec]").OffloadsTunnels())
	s = loaded(t, minimal, "dsn.software.numa={remote: 30%}")
	for cores, remote := range map[int]int{1: 0, 2: 1, 3: 1, 4: 1, 10: 3} {
		assert.Equal(t, remote, s.DSN.Software.NUMA.RemoteOf(cores), "%d cores", cores)
	}
}

// The NIC opens tunnels from the outside.
func TestOffloadReachesTunnelsFromOutside(t *testing.T) {
	_, err := load.Bytes("f.yaml", []byte(minimal), []string{"services=[ipsec, vxlan]", "dsn.software.offload=[vxlan]"})
	require.EqualError(t, err, "--set dsn.software.offload: the NIC cannot reach vxlan inside ipsec, which it does not take over")
	_, err = load.Bytes("f.yaml", []byte(minimal), []string{"services=[vxlan]", "dsn.software.offload=[ipsec]"})
	require.EqualError(t, err, "--set dsn.software.offload: the chain has no ipsec for the NIC to take over")
}
