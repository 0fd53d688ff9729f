package placement

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/units"
)

const managed = "dsn.traffic_manager={buffer: 100kB, classes: [{name: gold, priority: strict, reserve: 5kB}, {name: bulk}]}"

// always are the places where packets take turns with a traffic manager or without: functions, a slot, host cores, and the parser and
// the crypto cores of a chip that ciphers.
var always = regexp.MustCompile(`^(nic\.scheduler|pcie\.up|host)\[0\]|(parser|crypto)$`)

// scheduled lists the names of the places of a way that are scheduled.
func scheduled(r *Rack, w *PathBuilder) []string {
	var list []string
	for i := range w.Hops {
		if h := &w.Hops[i]; h.Op == sim.OpQueue && !always.MatchString(r.NameAt(h, 0)) {
			list = append(list, r.NameAt(h, 0))
		}
	}
	return list
}

// A traffic manager schedules the ports through which packets leave the DSN, and no other.
func TestScheduledPorts(t *testing.T) {
	for placement, want := range map[string][2][]string{
		"software":         {nil, {"server.port[0]"}},
		"nic":              {{"dsn.host-port[0]"}, {"server.port[0]"}},
		"bump-in-the-wire": {{"dsn.port[0]"}, {"server.port[0]"}},
		"tor":              {{"tor.dsn-return[0]"}, {"tor.dsn-return[0]"}},
		"appliance":        {{"appliance.arm-server[0]"}, {"appliance.arm-spine[0]"}},
	} {
		r := rack(t, nil, scenario(t, full, managed), calm(t))
		in, out := ways(t, placement, r)
		assert.Equal(t, want, [2][]string{scheduled(r, in), scheduled(r, out)}, placement)
		plain := rack(t, nil, scenario(t, full), calm(t))
		in, out = ways(t, placement, plain)
		assert.Empty(t, append(scheduled(plain, in), scheduled(plain, out)...), "without a traffic manager no port is scheduled")
	}
}

// The ports of a chip share its buffer, and each chip has one of its own.
func TestChipsHaveBuffersOfTheirOwn(t *testing.T) {
	const reserved = 5000
	for placement, want := range map[string]int{"nic": 2, "bump-in-the-wire": 2, "tor": 1, "appliance": 2} {
		r := rack(t, nil, scenario(t, full, managed, "dsn.count={tor: 3, appliance: 3}", "rack.servers=3"), calm(t))
		for server := range 3 {
			p, _ := Find(placement)
			r.Build(p, server)
		}
		assert.Len(t, r.queues.buffers, 3, placement)
		for chip, b := range r.queues.buffers {
			assert.Equal(t, 100_000-units.Bytes(want)*reserved, b.Free(), "%s: the reserves of the ports of %s", placement, chip)
		}
	}
}

// A profile's buffer may be too small for the reserves, which only shows when both are known.
func TestReservesMustFitTheProfile(t *testing.T) {
	s := scenario(t, full, "dsn.traffic_manager={classes: [{name: a, reserve: 3MiB}]}")
	_, err := NewRack(sim.NewEngine(nil), s, calm(t), nil)
	var input scenarios.InputError
	require.ErrorAs(t, err, &input)
	assert.Equal(t, "test.yaml", input.File)
	assert.Contains(t, input.Msg, "more than the buffer of 4MiB")
}
