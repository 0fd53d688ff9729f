package alloc

import (
	"fmt"
	"math/bits"

	"github.com/dsnsim/dsnsim/sim/units"
)

// latency works out what each stage adds to the time of a packet. source: p4lang/p4c backends/tofino/bf-p4c
// mau/determine_power_usage.cpp (find_stage_dependencies) and mau/mau_power.cpp (compute_pipe_latency).
func (p *placement) latency() {
	stages := p.m.Stages
	for s := range stages {
		stages[s].Kind = p.kind(s)
	}
	p.m.Latency = p.chip.CornerTurn
	for s := range stages {
		switch stages[s].Kind {
		case OnMatch:
			stages[s].Latency = p.lookup(s)
		case Action:
			stages[s].Latency = p.chip.Action
		default:
			stages[s].Latency = p.chip.Independent
		}
		p.m.Latency += stages[s].Latency
	}
}

// kind returns the strictest dependency of a stage's tables on those before it, back to the last stage that waited for
// a whole look-up: what is before that one is known by then.
func (p *placement) kind(s int) Kind {
	if s == 0 || p.chip.Seam > 0 && s == p.chip.Seam {
		return OnMatch
	}
	strictest := Successor
	for before := s - 1; before >= 0; before-- {
		for _, part := range p.m.Stages[s].Parts {
			for _, d := range p.items[part.item].needs {
				if p.holds(before, d.On) {
					strictest = max(strictest, d.Kind)
				}
			}
		}
		if p.m.Stages[before].Kind == OnMatch {
			break
		}
	}
	return strictest
}

// holds reports whether a stage has a part of an item.
func (p *placement) holds(stage, item int) bool {
	for _, part := range p.m.Stages[stage].Parts {
		if part.item == item {
			return true
		}
	}
	return false
}

// lookup returns the time of a whole look-up in a stage. Stages that follow without waiting for it run in step with it,
// so it is as long as the longest of them needs: with a TCAM or with state in any.
func (p *placement) lookup(s int) units.Cycles {
	var tcam, stateful units.Cycles
	for i := s; i < len(p.m.Stages); i++ {
		if i > s && p.m.Stages[i].Kind == OnMatch {
			break
		}
		for _, part := range p.m.Stages[i].Parts {
			if p.items[part.item].shape == tcamShape {
				tcam = p.chip.TCAM
			}
			if p.items[part.item].stateful {
				stateful = p.chip.Stateful
			}
		}
	}
	return p.chip.Match + tcam + stateful
}

// energy adds up the block accesses of one packet. A table in several stages is searched in each, but only one of them
// has the entry whose action is read, or whose state is written. source: p4lang/p4c backends/tofino/bf-p4c
// mau/determine_power_usage.cpp: an exact table reads the width of each way, a ternary one searches all its blocks.
func (p *placement) energy() {
	done := make([]bool, len(p.items))
	for s := range p.m.Stages {
		for _, part := range p.m.Stages[s].Parts {
			reads, writes := part.Reads, part.Writes
			if done[part.item] {
				writes = 0
				if p.items[part.item].shape != hashed {
					reads = 0
				}
			}
			done[part.item] = true
			p.m.Reads, p.m.Writes, p.m.Searches = p.m.Reads+reads, p.m.Writes+writes, p.m.Searches+part.Searches
		}
	}
	p.m.Energy = units.Energy(p.m.Reads)*p.chip.SRAMRead + units.Energy(p.m.Writes)*p.chip.SRAMWrite +
		units.Energy(p.m.Searches)*p.chip.TCAMSearch
}

// Power returns what the memories of the stages take at a rate of packets, in whole milliwatts rounded down.
func (m *Map) Power(packets units.Freq) units.Power {
	const fJPerMilliwattSecond = 1e12
	hi, lo := bits.Mul64(uint64(m.Energy), uint64(packets))
	q, _ := bits.Div64(hi, lo, fJPerMilliwattSecond)
	return units.Power(q)
}

// overPower refuses tables whose look-ups take more than the chip allows at a packet a clock. source: p4lang/p4c
// backends/tofino specs/power_spec.h and mau/mau_power.cpp.
func (m *Map) overPower() error {
	c := &m.Chip
	if w := m.Power(c.Clock); c.PowerBudget > 0 && w > c.PowerBudget {
		return &Refusal{Resource: "power", text: fmt.Sprintf("the tables' look-ups take %.3f nJ a packet, which is %.3f W at a packet a clock of %s; "+
			"profile %s allows %s", float64(m.Energy)/float64(units.Nanojoule), float64(w)/float64(units.Watt), c.Clock, c.Name, c.PowerBudget)}
	}
	return nil
}
