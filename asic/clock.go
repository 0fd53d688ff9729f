package asic

import (
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Domains are the parts of a chip whose clocks a governor can slow.
type Domains struct{ Pipeline, Crypto bool }

// governed is what is needed to change the clocks of a DSN.
type governed struct {
	engine  *sim.Engine
	dsn     profile.DSN
	domains Domains
	name    string
}

// UseDomains prepares the chips for Tune: the stages' time is part of the parser's latency, since it changes with the parser's
// clock. It comes before Inbound and Outbound. The engine must hold parsers and crypto complexes (sim.Engine.Hold).
func (d *DSN) UseDomains(e *sim.Engine, p *profile.Profile, name string, domains Domains) {
	d.governed = &governed{e, p.DSN, domains, name}
	for chip := range d.complexes {
		d.Tune(chip, 1, 1)
	}
}

// Tune sets the clocks of one of the chips, of the domains that are governed, to a share of their full speed, for the
// packets that come from now on. A packet that is in a queue then already has its times: it is served at the clock that
// was there when it came.
func (d *DSN) Tune(chip int, numerator, denominator int64) {
	g := d.governed
	clock := func(f units.Freq, governed bool) units.Freq {
		if !governed {
			return f
		}
		return max(1, f*units.Freq(numerator)/units.Freq(denominator))
	}
	slow := g.dsn
	slow.Clock.Value = clock(slow.Clock.Value, g.domains.Pipeline)
	name := ChipName(g.name, chip, len(d.complexes))
	parser, deparser := parserSpec(name, &slow), deparserSpec(name, &slow)
	parser.LatencyCycles += d.chain.Latency
	parser.InOrder, deparser.InOrder = true, true
	if len(d.pipelines) > 0 {
		d.pipelines[chip].tune(&parser, &deparser)
	} else {
		g.engine.Retune(d.parser+int32(chip)*d.stride, parser)
	}
	g.engine.Retune(d.deparser+int32(chip)*d.stride, deparser)
	d.complexes[chip].tune(clock(g.dsn.Crypto.Clock.Value, g.domains.Crypto))
}

// Chips returns how many chips there are.
func (d *DSN) Chips() int { return len(d.complexes) }
