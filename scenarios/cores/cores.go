// Package cores works out how many host cores a DSN in software needs for a load, without simulating it.
//
// First comes the work: the packets of each source take so long, and their flows are spread over the cores by their hashes. The
// number of cores rises until the busiest has time to spare. A flow has one core: what it asks of that is the same however many
// there are, and where flows are few and large two of them meet on one core with any number. Then comes what is lost while cores are taken away and their rings fill, with that many cores; more cores or
// longer rings make it less. Neither decides about the other.
package cores

import (
	"math"

	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
)

// The limits. The headroom is for what arithmetic leaves out: bursts, and how the flows of further replications spread.
// assumed: a tenth of the time, and half of the loss of one packet in a thousand
const (
	MostBusy = 0.9
	MostLost = 0.0005
)

// The searches end here. source: the bounds of dsn.software in a scenario
const (
	mostCores = 1024
	mostRing  = 1 << 16
)

// Sample is packets that are alike, and their share of a source's.
type Sample struct {
	packet.Packet
	Share float64
}

// Load is what one source of a server brings to its cores.
type Load struct {
	Samples    []Sample
	PPS        float64 // all of them
	Population sim.Population
	// Draws are hashes of flows that are equally likely, of several servers or replications; nil where samples have their own.
	Draws [][]uint32
	// Evenness is how much less uneven the flows are than these, which may be a part of them.
	Evenness float64
	// Flow is the largest share that one flow has of the packets.
	Flow float64
}

// Server is the software of one server, with any number of cores.
type Server struct {
	Loads []Load
	// Cores returns n of them.
	Cores func(n int) ([]*hw.Core, error)
	// Ring is how many packets wait for a core.
	Ring int
}

// Needed returns how many cores the load needs.
func (s *Server) Needed() (*result.Cores, error) {
	c := &result.Cores{MostBusy: MostBusy, MostLost: MostLost, Ring: s.Ring}
	one, err := s.Cores(1)
	if err != nil {
		return nil, err
	}
	for i := range s.Loads {
		c.Flow = max(c.Flow, s.Loads[i].Flow*s.Loads[i].busy(one[0], 1))
	}
	// A flow that asks for more than that has its core for itself, more or less.
	limit := max(MostBusy, c.Flow+1-MostBusy)
	var b busiest
	c.Needed, err = s.least(1, func(cores []*hw.Core) bool {
		b = s.on(cores)
		return b.busy <= limit
	})
	if err != nil {
		return nil, err
	}
	c.Work = b.sum
	if b.busy > limit {
		if b, err = s.uneven(c); err != nil {
			return nil, err
		}
	}
	c.Busiest = b.busy
	c.Lost = b.lost(s.Ring)
	return c, s.budget(c, b)
}

// uneven says how many cores would do the work if it could be spread, where no number does: two flows meet on one core.
func (s *Server) uneven(c *result.Cores) (busiest, error) {
	c.Uneven, c.Needed = true, int(math.Ceil(c.Work/MostBusy))
	cores, err := s.Cores(c.Needed)
	if err != nil {
		return busiest{}, err
	}
	return s.on(cores), nil
}

// least returns the smallest number of cores that will do, from a first one on, as far as the search goes.
func (s *Server) least(n int, enough func([]*hw.Core) bool) (int, error) {
	for ; ; n = min(mostCores, n+max(1, n/16)) {
		cores, err := s.Cores(n)
		if err != nil || enough(cores) || n >= mostCores {
			return n, err
		}
	}
}

// budget says what keeps the loss within its limit while cores are taken away: a longer ring, or more cores. 0 is neither.
func (s *Server) budget(c *result.Cores, b busiest) error {
	if c.Lost <= MostLost || b.busy >= 1 {
		return nil
	}
	for ring := 2 * s.Ring; ring <= mostRing && c.RingFor == 0; ring *= 2 {
		if b.lost(ring) <= MostLost {
			c.RingFor = ring
		}
	}
	lost := c.Lost
	n, err := s.least(c.Needed+1, func(cores []*hw.Core) bool {
		b := s.on(cores)
		lost = b.lost(s.Ring)
		return lost <= MostLost
	})
	if lost <= MostLost {
		c.CoresFor = n
	}
	return err
}

// busiest is the core of a server that has least time to spare.
type busiest struct {
	core *hw.Core
	pps  float64
	busy float64 // the share of its time
	sum  float64 // of all cores
}

// lost returns the share of packets that it loses with a ring of n places.
func (b *busiest) lost(ring int) float64 { return b.core.Lost(b.pps, b.busy, ring) }

// on spreads the loads over cores and returns the busiest in any of the draws.
func (s *Server) on(cores []*hw.Core) busiest {
	draws := 1
	for i := range s.Loads {
		draws = max(draws, len(s.Loads[i].Draws))
	}
	most := busiest{core: cores[0]}
	for draw := range draws {
		pps, busy, sum := make([]float64, len(cores)), make([]float64, len(cores)), 0.0
		for i := range s.Loads {
			s.Loads[i].spread(draw, cores, pps, busy)
		}
		at := 0
		for i := range cores {
			if sum += busy[i]; busy[i] > busy[at] {
				at = i
			}
		}
		if draw == 0 || busy[at] > most.busy {
			most = busiest{cores[at], pps[at], busy[at], sum}
		}
	}
	return most
}

// spread adds what comes to each core: packets a second, and seconds of work.
func (l *Load) spread(draw int, cores []*hw.Core, pps, busy []float64) {
	n := len(cores)
	if len(l.Draws) == 0 {
		of := l.population(n)
		for s := range l.Samples {
			at := l.Samples[s].Hash
			core := int(uint64(at) * uint64(n) >> 32)
			rate := l.PPS * l.Samples[s].Share
			pps[core] += rate
			busy[core] += rate * cores[core].Holds(&l.Samples[s].Packet, of)[0].Seconds()
		}
		return
	}
	hashes := l.Draws[draw%len(l.Draws)]
	shares := make([]float64, n)
	for _, h := range hashes {
		shares[uint64(h)*uint64(n)>>32] += 1 / float64(len(hashes))
	}
	even := 1 / float64(n)
	for core := range cores {
		share := even + (shares[core]-even)*l.Evenness
		pps[core] += l.PPS * share
		busy[core] += share * l.busy(cores[core], n)
	}
}

// busy returns the seconds a second that all packets of the load would take on a core that is one of n.
func (l *Load) busy(core *hw.Core, n int) (sum float64) {
	of := l.population(n)
	for s := range l.Samples {
		sum += l.PPS * l.Samples[s].Share * core.Holds(&l.Samples[s].Packet, of)[0].Seconds()
	}
	return sum
}

// population is what one of n cores sees of the flows.
func (l *Load) population(n int) sim.Population {
	of := l.Population
	of.Flows, of.SAs = (of.Flows+int64(n)-1)/int64(n), (of.SAs+int64(n)-1)/int64(n)
	return of
}
