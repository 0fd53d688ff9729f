package sim

import (
	"github.com/dsnsim/dsnsim/sim/packet"
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
}

// Traces returns the ways of the packets that TraceSeq named, in the order of their sources.
func (e *Engine) Traces() []Trace { return e.traces }

func (e *Engine) trace(p *packet.Packet, h *Hop, at units.Time, v Visit) {
	row := TraceRow{Name: h.Name, Arrive: at, Leave: v.Out, Latency: v.Out.Sub(at)}
	switch h.Op {
	case OpVisit, OpSpecial:
		row.Name = e.NameAt(h, p.Member)
	case OpSelect, OpEnterChain, OpLeaveChain:
		return
	}
	if h.Op <= OpSpecial {
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
	t := Trace{Source: p.Source(), Seq: p.Seq(), Path: e.paths[p.Path].Name, Bytes: [2]uint32(p.Bytes), Sent: p.Sent}
	e.traces = append(e.traces[:i], append([]Trace{t}, e.traces[i:]...)...)
	return &e.traces[i]
}
