package input

import (
	"fmt"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/twoway"
)

// directionsOf tells which way each record goes that an entry sends, nil where it sends all of them in each of its directions. Copies go
// the way of their record.
func directionsOf(t *demand.Traffic, records []capture.Record) []twoway.Direction {
	if !t.Inside.Given() {
		return nil
	}
	list := t.Inside.Split(records)
	if t.Multiply <= 1 {
		return list
	}
	all := make([]twoway.Direction, 0, len(list)*t.Multiply)
	for _, w := range list {
		for range t.Multiply {
			all = append(all, w)
		}
	}
	return all
}

// parted is a capture that is split into its directions: each has its own records, and its part of the load.
type parted struct {
	only    [2][]bool // by direction and record
	Packets [2]int
	ofWire  [2]float64 // the part of the bits on the wire
	All     int
	counts  [twoway.Ways]int // of records
}

// splitDirections splits the capture of an entry that says what is inside.
func (t *Input) splitDirections(s *scenarios.Scenario) error {
	if t.ways == nil {
		return nil
	}
	p := &parted{All: t.Trace.Packets()}
	for i := range p.only {
		p.only[i] = make([]bool, len(t.ways))
	}
	for i, w := range t.ways {
		p.counts[w]++
		if w <= twoway.Out {
			p.only[w][i] = true
		}
	}
	if p.counts[twoway.In]+p.counts[twoway.Out] == 0 {
		msg := fmt.Sprintf("no packet of %s goes to or from %s", t.PCAP, t.Inside.Text)
		if n := p.counts[twoway.WithinInside]; n > 0 {
			msg = fmt.Sprintf("%d of the %d packets of %s have both ends in %s, and none has one", n, p.All, t.PCAP, t.Inside.Text)
		}
		return s.Fault(t.Position, msg+"; inside names the addresses of the VMs in the capture")
	}
	wire := func(packets int, bytes int64) float64 { return float64(int64(packets)*traffic.Overhead + bytes) }
	for i := range p.only {
		packets, bytes := t.Trace.Part(p.only[i])
		p.Packets[i], p.ofWire[i] = packets, wire(packets, int64(bytes))/wire(p.All, int64(t.Trace.Bytes()))
	}
	t.Parted = p
	return nil
}

// Of returns the records that go one way, nil for all.
func (p *parted) Of(dir Direction) []bool {
	if p == nil {
		return nil
	}
	return p.only[dir]
}

// PassOf returns how many packets a lap of an entry's capture sends in a direction.
func (t *Input) PassOf(dir Direction) int {
	if t.Parted == nil {
		return t.Trace.Packets()
	}
	return t.Parted.Packets[dir]
}

// WireShare returns the part of an entry's load, in bits of the wire, that goes in a direction.
func (t *Input) WireShare(dir Direction) float64 {
	if t.Parted == nil {
		return 1
	}
	return t.Parted.ofWire[dir]
}

// Notes tells how the packets of a capture divide into directions.
func (p *parted) Notes(t *Input) []string {
	if p == nil {
		if t.Trace != nil && t.Direction == "both" {
			return []string{"direction: both sends the whole capture inbound and the whole of it outbound; inside: 10.0.0.0/8, the prefix of its VMs, would split it"}
		}
		return nil
	}
	text := fmt.Sprintf("of the %d records of the capture %d go to %s and %d come from there", len(t.ways), p.counts[twoway.In], t.Inside.Text, p.counts[twoway.Out])
	if within, without := p.counts[twoway.WithinInside], p.counts[twoway.WithinOutside]; within+without > 0 {
		text += fmt.Sprintf("; left out are %d that stay inside and %d that stay outside or do not tell", within, without)
	}
	return []string{text}
}
