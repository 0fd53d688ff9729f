package input

import (
	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

// noDSCP stands for the code point of what is not IP.
const noDSCP = 64

// DscpOf returns the code point of each record, noDSCP where it has none.
func DscpOf(c *capture.Capture) []uint8 {
	list := make([]uint8, len(c.Records))
	for i := range c.Records {
		list[i] = header.DSCP(c.Records[i].Data)
		if h := header.Parse(c.Records[i].Data); h.Version == 0 {
			list[i] = noDSCP
		}
	}
	return list
}

// Classify gives the packets of an entry their class in the traffic manager: the one that the entry names, else the one of the code
// point of each record, which is 0 for made-up packets.
func (in *Input) Classify(t *scenarios.TrafficManager) {
	switch {
	case t == nil:
		return
	case in.Class != "":
		in.Queue = t.Class(in.Class)
		return
	}
	byDSCP := t.ByDSCP()
	in.Queue = byDSCP[0] | asic.ByHeader
	if in.Trace == nil {
		return
	}
	in.Queues = make([]uint16, len(in.Dscp))
	for i, p := range in.Dscp {
		in.Queues[i] = t.Class("")
		if p != noDSCP {
			in.Queues[i] = byDSCP[p] | asic.ByHeader
		}
	}
}
