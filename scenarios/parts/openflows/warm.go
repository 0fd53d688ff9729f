package openflows

import (
	"github.com/dsnsim/dsnsim/scenarios/parts/services"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/traffic/ongoing"
)

// openFlows has tables and caches hold what they would if the sources had sent for long: the flows that are open when the run
// begins.
type openFlows struct {
	run     *trial.Simulation
	numbers []int // of the sources, by feed
}

func NewOpenFlows(run *trial.Simulation) trial.Part {
	if run.Scenario.Run.Cold || run.Idle {
		return nil
	}
	return &openFlows{run: run}
}

// Follow is called with the sources of traffic.
func (o *openFlows) Follow(_ *trial.Source, source int) { o.numbers = append(o.numbers, source) }

// Measure adds nothing.
func (o *openFlows) Measure() trial.Measurement { return nil }

// opener is the open flows of a source: n packets that stand for them.
type opener struct {
	feed      *trial.Source
	source, n int
	at        func(i int) traffic.Packet
}

// Ready shows the open flows to what is on their way. Those of all sources come in turn, in proportion, so that a cache that is
// too small for all has some of each.
func (o *openFlows) Ready() {
	list := o.openers()
	most := 0
	for i := range list {
		most = max(most, list[i].n)
	}
	const askEvery = 1024
	for turn := range most {
		if turn%askEvery == 0 && o.run.Stopped != nil && o.run.Stopped() {
			return // the run ends before its first packet
		}
		for i := range list {
			one := &list[i]
			for k := turn * one.n / most; k < (turn+1)*one.n/most; k++ {
				t := one.at(k)
				p := packet.Packet{Key: packet.MakeKey(one.source, 0)}
				one.feed.Fill(&p, &t)
				o.run.Engine.Warm(one.source, &p)
			}
		}
	}
	trial.Each(o.run.Parts, func(s *services.Services) {
		for _, p := range s.Programs {
			p.Begin()
		}
	})
}

// openers lists the open flows of each source.
func (o *openFlows) openers() (list []opener) {
	captures := o.inCaptures()
	for i, f := range o.run.Sources {
		switch {
		case f.Replay != nil:
			open := captures[i]
			list = append(list, opener{f, o.numbers[i], len(open), func(k int) traffic.Packet { return open[k] }})
		case f.Input.SYNFlood > 0, f.Reversed: // acknowledgements are of the flows whose data they answer
		default:
			frame := uint32(f.Input.Sizes[0].Size)
			list = append(list, opener{f, o.numbers[i], f.Synthetic.OpenCount(), func(k int) traffic.Packet {
				return traffic.Packet{Frame: frame, Record: -1, FlowID: f.Synthetic.Open(k)}
			}})
		}
	}
	return list
}

// inCaptures lists, by feed, packets that stand for flows that were open before the captures. Those of a server share
// their connections.
func (o *openFlows) inCaptures() map[int][]traffic.Packet {
	run := o.run
	found := map[int][]traffic.Packet{}
	for server := range run.Scenario.Rack.Servers {
		var of []int
		var sources []ongoing.Source
		connections := 0
		for i, f := range run.Sources {
			if f.Replay == nil || run.Rec.ServerOf[i] != server {
				continue
			}
			of, connections = append(of, i), f.Input.Connections
			sources = append(sources, ongoing.Source{Replay: f.Replay, Flows: f.Input.Trace.Tuples(), Connections: f.Input.ConnectionOf, Flags: f.Input.Flags})
		}
		for k, list := range ongoing.Open(sources, connections) {
			found[of[k]] = list
		}
	}
	return found
}
