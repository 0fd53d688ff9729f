package run

import (
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/traffic/ongoing"
)

// openFlows has tables and caches hold what they would if the sources had sent for long: the flows that are open when the run
// begins.
type openFlows struct {
	job     *job
	numbers []int // of the sources, by feed
}

func newOpenFlows(j *job) part {
	if j.scenario.Run.Cold || j.idle {
		return nil
	}
	return &openFlows{job: j}
}

// follow is told of the sources of traffic.
func (o *openFlows) follow(_ *feed, source int) { o.numbers = append(o.numbers, source) }

// measure adds nothing.
func (o *openFlows) measure() measurement { return nil }

// opener is the open flows of a source: n packets that stand for them.
type opener struct {
	feed      *feed
	source, n int
	at        func(i int) traffic.Packet
}

// ready shows the open flows to what is on their way. Those of all sources come in turn, in proportion, so that a cache that is
// too small for all has some of each.
func (o *openFlows) ready() {
	list := o.openers()
	most := 0
	for i := range list {
		most = max(most, list[i].n)
	}
	for turn := range most {
		for i := range list {
			one := &list[i]
			for k := turn * one.n / most; k < (turn+1)*one.n/most; k++ {
				t := one.at(k)
				p := packet.Packet{Key: packet.MakeKey(one.source, 0)}
				one.feed.fill(&p, &t)
				o.job.engine.Warm(one.source, &p)
			}
		}
	}
	each(o.job.parts, func(s *services) {
		for _, p := range s.programs {
			p.Begin()
		}
	})
}

// openers lists the open flows of each source.
func (o *openFlows) openers() (list []opener) {
	captures := o.inCaptures()
	for i, f := range o.job.feeds {
		switch {
		case f.replay != nil:
			open := captures[i]
			list = append(list, opener{f, o.numbers[i], len(open), func(k int) traffic.Packet { return open[k] }})
		case f.input.SYNFlood > 0, f.reversed: // acknowledgements are of the flows whose data they answer
		default:
			frame := uint32(f.input.Sizes[0].Size)
			list = append(list, opener{f, o.numbers[i], f.synthetic.Opened(), func(k int) traffic.Packet {
				return traffic.Packet{Frame: frame, Record: -1, FlowID: f.synthetic.Open(k)}
			}})
		}
	}
	return list
}

// inCaptures lists, by feed, packets that stand for flows that were open before the captures. Those of a server share
// their connections.
func (o *openFlows) inCaptures() map[int][]traffic.Packet {
	j := o.job
	found := map[int][]traffic.Packet{}
	for server := range j.scenario.Rack.Servers {
		var of []int
		var sources []ongoing.Source
		connections := 0
		for i, f := range j.feeds {
			if f.replay == nil || j.rec.serverOf[i] != server {
				continue
			}
			of, connections = append(of, i), f.input.connections
			sources = append(sources, ongoing.Source{Replay: f.replay, Flows: f.input.trace.Tuples(), Connections: f.input.connectionOf, Flags: f.input.flags})
		}
		for k, list := range ongoing.Open(sources, connections) {
			found[of[k]] = list
		}
	}
	return found
}
