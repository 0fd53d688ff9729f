package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// Each copy of a capture has as many flows as it, of other addresses, with both directions together and checksums as they were.
func TestMultipliedCapture(t *testing.T) {
	c, err := capture.Read("../captures/mix.pcap")
	require.NoError(t, err)
	one, err := traffic.NewTrace(c, nil)
	require.NoError(t, err)
	const n = 7
	many, err := input.Multiplied(c, n)
	require.NoError(t, err)
	all, err := traffic.NewTrace(many, nil)
	require.NoError(t, err)
	other := 0 // flows of what is not IP, which has no addresses to change
	for _, u := range one.Tuples() {
		if !u.IP {
			other++
		}
	}
	assert.Equal(t, n*one.Flows()-(n-1)*other, all.Flows())
	require.Len(t, many.Records, n*len(c.Records))
	for i := range c.Records {
		was := header.Parse(c.Records[i].Data)
		for k := range n {
			r := &many.Records[n*i+k]
			is := header.Parse(r.Data)
			require.Equal(t, c.Records[i].TimeNs, r.TimeNs)
			require.Equal(t, c.Records[i].Wire, r.Wire)
			require.Equal(t, [3]uint16{was.Key.SrcPort, was.Key.DstPort, uint16(was.Key.Proto)}, [3]uint16{is.Key.SrcPort, is.Key.DstPort, uint16(is.Key.Proto)})
			if was.Version == 4 && k > 0 {
				require.NotEqual(t, was.Key.Src, is.Key.Src)
				require.Equal(t, was.Key.Src[0], is.Key.Src[0])
				require.Zero(t, header.Checksum(r.Data[is.L2Len:is.L2Len+20]), "the header's checksum holds")
			}
		}
	}
	src := input.ShiftedAddress([16]byte{10, 1, 2, 3}, false, 5)
	assert.Equal(t, [16]byte{10, 1, 7, 3}, src)
	assert.Equal(t, [16]byte{10, 0, 1, 3}, input.ShiftedAddress([16]byte{10, 255, 255, 3}, false, 2), "it stays in 10.0.0.0/8")
	assert.Equal(t, [16]byte{0x20, 1, 0xd, 0xb8, 0, 0, 1, 2}, input.ShiftedAddress([16]byte{0x20, 1, 0xd, 0xb8, 0, 0, 0, 2}, true, 256))
	_, err = input.Multiplied(c, input.MaxCopies)
	assert.ErrorContains(t, err, "multiply")
}

// More flows fill a table that held those of the capture: the cause of a cliff, with the same bytes.
func TestMultipliedCaptureFillsTables(t *testing.T) {
	text := `version: 1
rack: {server: {nic: {rate: 25Gbps}}}
services: [{firewall: {stateful: true}}]
traffic: [{name: a, pcap: ../captures/mix.pcap, load: 90%}]
run: {duration: 20ms, warmup: 0s}
placements: [nic]
`
	few, many := metrics(t, text), metrics(t, text, "traffic.0.multiply=8")
	assert.InEpsilon(t, 8, many["flows.active"]/few["flows.active"], 0.1)
	assert.InEpsilon(t, few["offered.gbps"], many["offered.gbps"], 0.03, "the load is that which is asked for")
}
