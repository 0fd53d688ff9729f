package traffic

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/rss"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Each record's flow has the headers of the record; a fragment has no ports, other frames no headers.
func TestTuplesOfATrace(t *testing.T) {
	fragment := udpFrame(1, 9, 1000, 2000)
	fragment[14+6] = 0x20 // more fragments
	arp := make([]byte, 42)
	arp[12], arp[13] = 0x08, 0x06
	c := capture.Capture{File: "made-up.pcap"}
	for _, data := range [][]byte{udpFrame(1, 2, 1000, 2000), udpFrame(2, 1, 2000, 1000), fragment, arp, udpFrame(1, 2, 1000, 2000)} {
		c.Records = append(c.Records, capture.Record{Wire: 60, Data: data})
	}
	trace, err := NewTrace(&c, nil)
	require.NoError(t, err)
	flows, tuples := trace.FlowOfRecords(), trace.Tuples()
	require.Equal(t, []uint32{0, 1, 2, 3, 0}, flows)
	require.Len(t, tuples, 4)
	for record, flow := range flows {
		s := header.Parse(c.Records[record].Data)
		want := Tuple{Key: s.Key, IP: true}
		switch record {
		case 2:
			want.SrcPort, want.DstPort, want.Reading = 0, 0, header.Lost
		case 3:
			want.IP, want.Reading = false, header.NotAnIPPacket
		}
		assert.Equal(t, want, tuples[flow])
	}
	seen := trace.Readings()
	assert.Equal(t, []int{3, 1, 1}, []int{seen[header.Read], seen[header.NotAnIPPacket], seen[header.Lost]})
}

// A made-up packet's RSS hash is that of its flow's headers, whenever one asks.
func TestTuplesOfASynthetic(t *testing.T) {
	c := imix(WireLoad(10*units.Gbps), Poisson)
	c.FlowSize = 10_000
	s, err := NewSynthetic(c)
	require.NoError(t, err)
	toeplitz := rss.NewToeplitz(rss.DefaultKey())
	for range 5000 {
		p, _ := s.Next()
		u := s.Tuple(p.Flow)
		require.True(t, u.IP)
		require.Equal(t, p.Hash, toeplitz.SumOf(&header.Summary{Key: u.Key, Version: 4, L4: 34, HeaderBytes: 54}))
	}
	assert.Greater(t, s.Flows(), int64(DefaultFlows))
}
