package asic

import (
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// punt is a general core of the chip that parses the packets whose headers the parser does not reach, or joins fragments. The others go past it,
// so a punted packet may be overtaken, even by packets of its own flow.
type punt struct {
	station.Server
	name string
	each units.Duration
}

func newPunt(chip string, p *profile.Parser) *punt {
	return &punt{station.NewServer(1, station.Room{Packets: p.PuntQueue.Value}), chip + ".punt", p.PuntTime.Value}
}

// Serve parses a packet that was punted; others pass.
func (c *punt) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	if p.Parsed != packet.Punted && p.Parsed != packet.PuntedPiece {
		return station.Visit{Start: at, Leave: at, Out: at}, true
	}
	start, ok := c.Start(at, p.Bytes[packet.Plain])
	if !ok {
		return station.Visit{}, false
	}
	leave := start.Add(c.each)
	c.Finish(at, start, leave)
	return station.Visit{Start: start, Leave: leave, Out: leave}, true
}

func (c *punt) Name() string { return c.name }

func (c *punt) DropReason() uint8 { return uint8(stats.DropParser) }

func (c *punt) Ordered() bool { return false }

func (c *punt) Usage() []station.Usage {
	return []station.Usage{c.Server.Usage(c.name, c.DropReason())}
}
