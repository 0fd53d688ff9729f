package run

import (
	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

// noDSCP stands for the code point of what is not IP.
const noDSCP = 64

// dscpOf returns the code point of each record, noDSCP where it has none.
func dscpOf(c *capture.Capture) []uint8 {
	list := make([]uint8, len(c.Records))
	for i := range c.Records {
		list[i] = header.DSCP(c.Records[i].Data)
		if h := header.Parse(c.Records[i].Data); h.Version == 0 {
			list[i] = noDSCP
		}
	}
	return list
}

// classify gives the packets of an entry their class in the traffic manager: that which the entry names, else that of the code
// point of each record, which is 0 for made-up packets.
func (in *input) classify(t *scenarios.TrafficManager) {
	switch {
	case t == nil:
		return
	case in.Class != "":
		in.class = t.Class(in.Class)
		return
	}
	byDSCP := t.ByDSCP()
	in.class = byDSCP[0] | asic.ByHeader
	if in.trace == nil {
		return
	}
	in.classes = make([]uint16, len(in.dscp))
	for i, p := range in.dscp {
		in.classes[i] = t.Class("")
		if p != noDSCP {
			in.classes[i] = byDSCP[p] | asic.ByHeader
		}
	}
}
