package offered

import (
	"github.com/dsnsim/dsnsim/asic/steps"

	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Sample is packets that are alike, and their share of a source's.
type Sample struct {
	packet.Packet
	Share float64
}

// Samples returns packets like those that one server's source sends, and how many it sends each second.
func Samples(s *trial.Setup, t *input.Input, dir input.Direction, members int) ([]Sample, float64, error) {
	few := *t
	if t.Trace == nil {
		// The source is made for its checks only.
		mix := *t.Traffic
		mix.Flows.Concurrent = 1
		few.Traffic = &mix
	}
	f, err := s.NewSource(&few, trial.Origin{Dir: dir, End: units.Forever})
	if err != nil {
		return nil, 0, err
	}
	var list []Sample
	recorded := 0.0
	if t.Trace != nil {
		list, recorded = replayOnce(f, t.PassOf(dir))
	} else {
		list = Mix(t, members)
		if s.Policy != nil {
			list = split(list, refusedShare(s, f, input.FlagsOfMix(t), int64(t.Flows.Concurrent)))
		}
	}
	if f.Synthetic != nil && f.Metadata != nil {
		list = splitMirrored(f.Metadata, list, int64(t.Flows.Concurrent))
	}
	if s.Spec.Steers() {
		for i := range list {
			list[i].Refused &= steps.Unopened
		}
	}
	mean := 0.0
	for i := range list {
		form := packet.Plain
		if t.OnWire {
			form = packet.Tunnelled
		}
		mean += list[i].Share * float64(list[i].Bytes[form])
	}
	load, link := t.Load.InPattern(input.Share(t.Traffic, dir)), s.Scenario.Rack.Server.NIC.Rate
	if t.Parted != nil && load.Set { // the load is for both directions together
		whole := PacketRate(load, link, float64(t.Trace.Bytes())/float64(t.Parted.All), 0)
		return list, whole * float64(t.Parted.Packets[dir]) / float64(t.Parted.All), nil
	}
	return list, PacketRate(load, link, mean, recorded), nil
}

// PacketRate returns the packets of a load each second, given the mean frame that it counts and the recorded rate.
func PacketRate(l demand.Load, link units.Rate, meanFrame, recorded float64) float64 {
	bits := 8 * (meanFrame + traffic.Overhead)
	switch {
	case !l.Set:
		return recorded
	case l.Packets > 0:
		return float64(l.Packets)
	case l.Rate > 0:
		return float64(l.Rate) / bits
	}
	return float64(l.Ratio) / float64(units.Whole) * float64(link) / bits
}

// hashBits is how finely the hash tells the flows of a capture apart, enough for 4,096 devices.
const hashBits = 12

// replayOnce takes one pass of a capture from its source: packets that are alike together, and how many it sends each second.
func replayOnce(f *trial.Source, packets int) ([]Sample, float64) {
	type kind struct {
		bytes   [2]uint32
		header  uint16
		hash    uint32
		refused uint32
		copies  uint8
	}
	at := map[kind]int{}
	var list []Sample
	first, last := units.Forever, units.Time{}
	n := 0
	for range packets {
		var p packet.Packet
		if !f.Next(&p) {
			break
		}
		first, last = units.Earlier(first, p.Sent), p.Sent
		n++
		k := kind{p.Bytes, p.Header, p.Hash >> (32 - hashBits), p.Refused, p.Copies}
		i, known := at[k]
		if !known {
			i = len(list)
			at[k] = i
			list = append(list, Sample{Packet: p})
		}
		list[i].Share++
	}
	for i := range list {
		list[i].Share /= float64(n)
	}
	if n < 2 || !last.After(first) {
		return list, 0
	}
	return list, float64(n-1) / last.Sub(first).Seconds()
}

// Mix returns a packet of each size for each device.
func Mix(t *input.Input, members int) []Sample {
	var list []Sample
	weights := 0.0
	for _, w := range t.Sizes {
		weights += float64(w.Weight)
	}
	for _, w := range t.Sizes {
		for m := range members {
			list = append(list, Sample{packet.Packet{Bytes: t.Forms.Of(uint32(w.Size)), Header: input.SyntheticHeader, Record: -1,
				Hash: uint32((uint64(2*m+1) << 31) / uint64(members))}, float64(w.Weight) / weights / float64(members)})
		}
	}
	return list
}

// refusedShare returns the share of a mix's flows that the policy refuses, of the first 4,096 at most.
func refusedShare(s *trial.Setup, f *trial.Source, flags uint16, open int64) float64 {
	const most = 4096
	n := uint32(min(open, most))
	refused := 0
	for flow := range n {
		t := f.Synthetic.Tuple(flow)
		if s.Policy.Refuse(&t, flags) != 0 {
			refused++
		}
	}
	return float64(refused) / float64(n)
}

// split marks a share of each sample as refused.
func split(list []Sample, share float64) []Sample {
	var out []Sample
	for _, s := range list {
		denied := s
		denied.Share, denied.Refused = s.Share*share, 1
		s.Share -= denied.Share
		for _, part := range []Sample{s, denied} {
			if part.Share > 0 {
				out = append(out, part)
			}
		}
	}
	return out
}

// splitMirrored divides samples of a mix among the mirrors that its flows match, by the first 4,096 flows at most.
func splitMirrored(m *input.Metadata, list []Sample, open int64) []Sample {
	const most = 4096
	shares := [1 << 8]float64{}
	n := uint32(min(open, most))
	for flow := range n {
		t := m.Made(flow)
		shares[input.Matching(m.Matchers, &t)&m.Mask] += 1 / float64(n)
	}
	var out []Sample
	for _, s := range list {
		for copies, share := range shares {
			if share > 0 {
				part := s
				part.Share, part.Copies = s.Share*share, uint8(copies)
				out = append(out, part)
			}
		}
	}
	return out
}

// Population is what the caches of one device, or of a group of them, see.
func Population(s *trial.Setup, t *input.Input, meanFrame float64) sim.Population {
	servers := int64(max(1, s.Placement.Serves(s.Scenario)))
	p := sim.Population{Flows: input.Flows(s.Inputs) * servers}
	used := [2]bool{}
	for _, in := range s.Inputs {
		for _, dir := range input.Directions(in.Traffic) {
			used[dir.Seen()] = true
			if dir == input.EastWest {
				used[input.Inbound] = true // they come to the other server as packets of the network
			}
		}
	}
	for _, u := range used {
		if u {
			p.SAs += int64(s.Scenario.TunnelsEach()) * servers
		}
	}
	p.SAs = min(p.SAs, p.Flows)
	p.Polarised = s.Scenario.DSN.Spread == "polarised"
	if each := t.MeanFlow(); t.Trace == nil && each > 0 {
		p.Fresh = units.Ratio(min(1, meanFrame/each) * float64(units.Whole))
	}
	return p
}
