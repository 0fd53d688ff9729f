package traffic

import (
	"encoding/binary"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/units"
)

// udpFrame returns the headers of an untagged IPv4 UDP frame between two hosts of 10.0.0.0/8.
func udpFrame(src, dst byte, srcPort, dstPort uint16) []byte {
	f := make([]byte, 42)
	f[12], f[13] = 0x08, 0x00
	ip := f[14:]
	ip[0], ip[3], ip[8], ip[9] = 0x45, 28, 64, 17
	ip[12], ip[15] = 10, src
	ip[16], ip[19] = 10, dst
	binary.BigEndian.PutUint16(ip[20:], srcPort)
	binary.BigEndian.PutUint16(ip[22:], dstPort)
	binary.BigEndian.PutUint16(ip[24:], 8)
	return f
}

// recordOf is one record of a capture that a test makes.
type recordOf struct {
	ns   int64
	wire int
	flow byte
}

func traceOf(t require.TestingT, records ...recordOf) *Trace {
	c := capture.Capture{File: "made-up.pcap"}
	for _, r := range records {
		c.Records = append(c.Records, capture.Record{TimeNs: r.ns, Wire: r.wire, Data: udpFrame(1, r.flow, 1000, 2000)})
	}
	trace, err := NewTrace(&c, nil)
	require.NoError(t, err)
	return trace
}

// mixedTrace has 100 records of five sizes and seven flows, 1 us apart on average.
func mixedTrace(t require.TestingT) *Trace {
	records := make([]recordOf, 100)
	sizes := []int{60, 590, 1514, 128, 9000}
	ns := int64(1_700_000_000_000_000_000)
	for i := range records {
		records[i] = recordOf{ns, sizes[i*i%5], byte(i % 7)}
		ns += int64(i*37%2000) + 1
	}
	return traceOf(t, records...)
}

func base(load Load, pacing Pacing) Config {
	return Config{Name: "test", Seed: 1, LineRate: 100 * units.Gbps, Load: load, Pacing: pacing}
}

func imix(load Load, pacing Pacing) SyntheticConfig {
	return SyntheticConfig{Config: base(load, pacing), Sizes: IMIX()}
}

func mustSynthetic(t require.TestingT, c SyntheticConfig) *Synthetic {
	s, err := NewSynthetic(c)
	require.NoError(t, err)
	return s
}

func mustReplay(t require.TestingT, c ReplayConfig, trace *Trace) *Replay {
	r, err := NewReplay(c, trace)
	require.NoError(t, err)
	return r
}

// source is what the tests need of either.
type source interface {
	Next() (Packet, bool)
	Stats() Stats
}

func take(s source, n int) []Packet {
	var packets []Packet
	for range n {
		p, ok := s.Next()
		if !ok {
			break
		}
		packets = append(packets, p)
	}
	return packets
}

// starts returns the start of each packet in ps.
func starts(packets []Packet) []int64 {
	at := make([]int64, len(packets))
	for i, p := range packets {
		at[i] = p.At.Ps()
	}
	return at
}

// FixedSize is the mix of one size, in bytes with the FCS.
func FixedSize(frame units.Bytes) []WeightedSize { return []WeightedSize{{Frame: frame, Weight: 1}} }
