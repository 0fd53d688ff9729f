package trial

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/load"
)

// What a run would refuse of made-up traffic is refused without one, for each entry, where it stands.
func TestCheckSources(t *testing.T) {
	const rack = "version: 1\nname: t\nrack: {server: {nic: {rate: 10Gbps}}}\nrun: {duration: 100us}\ntraffic:\n"
	for traffic, want := range map[string]string{
		"- {name: a, sizes: 400B, load: 5Gbps}\n":                                                   "",
		"- {name: a, sizes: 400B, load: 5Gbps, flows: {concurrent: 100M}}\n":                        "",
		"- {name: a, sizes: 400B, load: 5Gbps, flows: {distribution: websearch, rate: 1bps}}\n":     "test.yaml:6:3: traffic a/server[0]/inbound: flows that send at 1 bit/s each",
		"- {name: a, sizes: 400B, load: 200%, direction: outbound, arrivals: constant}\n":           "of the wire, which the line of 10Gbps cannot carry",
		"- {name: a, tcp: {connections: 4}, sizes: 1518B}\n- {name: b, sizes: 64B, load: 100pps}\n": "",
	} {
		s, err := load.Bytes("test.yaml", []byte(rack+traffic), nil)
		require.NoError(t, err, traffic)
		if err = CheckSources(s); want == "" {
			assert.NoError(t, err, traffic)
		} else {
			assert.ErrorContains(t, err, want, traffic)
		}
	}
}
