package sim

import (
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Trace is the way of one packet, hop by hop, without gaps: each row starts where the one before it ended.
type Trace struct {
	Source int
	Seq    uint64
	Path   string
	Bytes  [2]uint32
	Sent   units.Time
	Rows   []TraceRow
}

// TraceRow is one hop: the packet arrives, waits, is served, and after a fixed latency is at the next door.
type TraceRow struct {
	Name                   string
	Arrive                 units.Time
	Wait, Service, Latency units.Duration
	Leave                  units.Time
	// Uses lists what the visit took of each resource of the place.
	Uses []Use
}

// Use is what one visit took of a resource.
type Use struct {
	Resource string
	Bytes    int64
	Busy     units.Duration
}

// Traces returns the ways of the packets that TraceSeq named, in the order of their sources.
func (e *Engine) Traces() []Trace { return e.traces }

// traced reports whether the way of a packet is kept.
func (e *Engine) traced(p *packet.Packet) bool { return p.Seq() == uint64(e.TraceSeq) && p.Copy == 0 }

// resources reports the resources of the place that serves a packet at a hop, if its way is kept.
func (e *Engine) resources(p *packet.Packet, h *Hop) []station.Usage {
	if !e.traced(p) {
		return nil
	}
	n := h.Node + int32(p.Member)*h.Stride
	switch h.Op {
	case OpVisit:
		return []station.Usage{e.stations[n].Usage()}
	case OpStation:
		return e.specials[n].Usage()
	case OpQueue:
		if by := e.schedulers[n].by; by != nil {
			return by.Usage()
		}
		return []station.Usage{e.schedulers[n].Usage()}
	}
	return nil
}

// uses compares the resources of a place before and after a visit.
func uses(before, after []station.Usage) []Use {
	var list []Use
	for i := range after {
		if u := &after[i]; i >= len(before) || u.Last.Visit != before[i].Last.Visit {
			list = append(list, Use{u.Name, u.Last.Bytes, u.Last.Busy})
		}
	}
	return list
}

func (e *Engine) trace(p *packet.Packet, h *Hop, at units.Time, v station.Visit, before []station.Usage) {
	row := TraceRow{Name: e.labels.names[h.Name], Arrive: at, Leave: v.Out, Latency: v.Out.Sub(at)}
	switch h.Op {
	case OpVisit, OpStation, OpQueue, OpGather:
		row.Name = e.NameAt(h, p.Member)
	case OpSelect, OpReceive, OpEnterChain, OpLeaveChain:
		return
	}
	if h.Op.Serves() {
		row.Uses = uses(before, e.resources(p, h))
		row.Wait, row.Service, row.Latency = v.Start.Sub(at), v.Leave.Sub(v.Start), v.Out.Sub(v.Leave)
	}
	t := e.traceOf(p)
	t.Rows = append(t.Rows, row)
}

func (e *Engine) traceOf(p *packet.Packet) *Trace {
	i := 0
	for ; i < len(e.traces) && e.traces[i].Source <= p.Source(); i++ {
		if e.traces[i].Source == p.Source() {
			return &e.traces[i]
		}
	}
	t := Trace{Source: p.Source(), Seq: p.Seq(), Path: e.paths.names[p.Path], Bytes: [2]uint32(p.Bytes), Sent: p.Sent}
	e.traces = append(e.traces[:i], append([]Trace{t}, e.traces[i:]...)...)
	return &e.traces[i]
}
