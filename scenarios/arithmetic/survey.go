package arithmetic

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// survey adds up how busy the offered load makes the resources of a placement.
type survey struct {
	*sim.Survey
	job     *trial.Job
	engine  *sim.Engine
	paths   [input.DirectionCount][][]int // by direction and server; one for each receiving server
	members int                           // the largest group of devices that a flow's hash chooses among
	loads   []burden                      // by resource
	offers  []result.Offer
	plan    power.Plan
	dsns    int
}

// burden is what the offered load takes of one resource.
type burden struct {
	visits, packets float64 // each second
	busy            float64 // server seconds each second
	bytes           float64 // that the resource counts, each second
	dirs            [input.DirectionCount]bool
}

// sample is packets that are alike, and their share of a source's.
type sample struct {
	packet.Packet
	Share float64
}

// add adds one traffic entry in one direction, from all servers.
func (v *survey) add(t *input.Input, dir input.Direction) error {
	samples, rate, err := SamplesOf(v.job, t, dir, v.members)
	if err != nil {
		return err
	}
	if v.loads == nil {
		v.loads = make([]burden, len(v.engine.Usages()))
	}
	frame, wire := 0.0, 0.0
	for i := range samples {
		frame += samples[i].Share * float64(samples[i].Bytes[packet.Plain])
		wire += samples[i].Share * float64(samples[i].Bytes[packet.Tunnelled])
	}
	from := v.pathsOf(t, dir)
	all := rate * float64(len(from))
	v.offers = append(v.offers, result.Offer{Class: t.Name, Direction: dir.String(), FrameMeanBytes: frame, WireMeanBytes: wire,
		Load: result.Load{Mpps: all / 1e6, Gbps: all * frame * 8 / 1e9}})
	population := populationOf(v.job, t, frame)
	var demands []sim.Demand
	for _, paths := range from {
		for _, path := range paths {
			for i := range samples {
				demands = v.Demands(demands[:0], path, &samples[i].Packet, population)
				v.take(demands, rate*samples[i].Share/float64(len(paths)), dir)
			}
		}
	}
	return nil
}

// take charges the demands of one packet, rate times a second.
func (v *survey) take(demands []sim.Demand, rate float64, dir input.Direction) {
	for i, d := range demands {
		l := &v.loads[d.Resource]
		visits := rate / float64(max(1, d.OneIn))
		l.visits += visits
		l.busy += visits * d.Hold.Seconds()
		l.bytes += visits * float64(d.MilliBytes) / 1000
		l.dirs[dir] = true
		if !slices.ContainsFunc(demands[:i], func(o sim.Demand) bool { return o.Resource == d.Resource }) {
			// A packet counts once where it comes itself; copies count where only they come.
			often := d.OneIn
			for _, o := range demands[i:] {
				if o.Resource == d.Resource {
					often = min(often, o.OneIn)
				}
			}
			l.packets += rate / float64(max(1, often))
		}
	}
}

// populationOf is what the caches of one device, or of a group of them, see.
func populationOf(j *trial.Job, t *input.Input, meanFrame float64) sim.Population {
	servers := int64(max(1, j.Placement.Serves(j.Scenario)))
	p := sim.Population{Flows: input.Flows(j.Inputs) * servers}
	used := [2]bool{}
	for _, in := range j.Inputs {
		for _, dir := range input.Directions(in.Traffic) {
			used[dir.Seen()] = true
			if dir == input.EastWest {
				used[input.Inbound] = true // they come to the other server as packets of the network
			}
		}
	}
	for _, u := range used {
		if u {
			p.SAs += int64(j.Tunnels()) * servers
		}
	}
	p.SAs = min(p.SAs, p.Flows)
	p.Polarised = j.Scenario.DSN.Spread == "polarised"
	if each := t.MeanFlow(); t.Trace == nil && each > 0 {
		p.Fresh = units.Ratio(min(1, meanFrame/each) * float64(units.Whole))
	}
	return p
}

// SamplesOf returns packets like those that one server's source sends, and how many it sends each second.
func SamplesOf(j *trial.Job, t *input.Input, dir input.Direction, members int) ([]sample, float64, error) {
	few := *t
	if t.Trace == nil {
		// The source is made for its checks only.
		mix := *t.Traffic
		mix.Flows.Concurrent = 1
		few.Traffic = &mix
	}
	f, err := j.NewFeed(&few, 0, dir)
	if err != nil {
		return nil, 0, scenarios.InputError{File: j.Scenario.FileOf(t.File), Line: t.Line, Col: t.Col, Msg: err.Error() + trial.LineOf(dir)}
	}
	var list []sample
	recorded := 0.0
	if t.Trace != nil {
		list, recorded = lap(f, t.LapOf(dir))
	} else {
		list = MixOf(j, t, members)
		if j.Policy != nil {
			list = split(list, refusedShare(j, f, input.FlagsOfMix(t), int64(t.Flows.Concurrent)))
		}
	}
	if f.Synthetic != nil && f.Marks != nil {
		list = splitMarks(f.Marks, list, int64(t.Flows.Concurrent))
	}
	if j.Spec.Steers() {
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
	load, link := t.Load.InPattern(input.Share(t.Traffic, dir)), j.Scenario.Rack.Server.NIC.Rate
	if t.Parted != nil && load.Set { // the load is that of both directions
		whole := PacketRate(load, link, float64(t.Trace.Bytes())/float64(t.Parted.All), 0)
		return list, whole * float64(t.Parted.Packets[dir]) / float64(t.Parted.All), nil
	}
	return list, PacketRate(load, link, mean, recorded), nil
}

// PacketRate returns the packets of a load each second, given the mean frame that it counts and the recorded rate.
func PacketRate(l scenarios.Load, link units.Rate, meanFrame, recorded float64) float64 {
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

// hashBits is how finely flows of a capture are told apart by their hash, which is enough for 4,096 devices.
const hashBits = 12

// lap takes one lap of a capture from its source: packets that are alike together, and how many it sends each second.
func lap(f *trial.Feed, packets int) ([]sample, float64) {
	type kind struct {
		bytes   [2]uint32
		header  uint16
		hash    uint32
		refused uint32
		copies  uint8
	}
	at := map[kind]int{}
	var list []sample
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
			list = append(list, sample{Packet: p})
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

// MixOf returns a packet of each size for each of so many devices.
func MixOf(j *trial.Job, t *input.Input, members int) []sample {
	var list []sample
	weights := 0.0
	for _, w := range t.Sizes {
		weights += float64(w.Weight)
	}
	for _, w := range t.Sizes {
		for m := range members {
			list = append(list, sample{packet.Packet{Bytes: t.Forms.Of(uint32(w.Size)), Header: input.SyntheticHeader, Record: -1,
				Hash: uint32((uint64(2*m+1) << 31) / uint64(members))}, float64(w.Weight) / weights / float64(members)})
		}
	}
	return list
}

// refusedShare returns the share of a mix's flows that the policy refuses, of the first 4,096 at most.
func refusedShare(j *trial.Job, f *trial.Feed, flags uint16, open int64) float64 {
	const most = 4096
	n := uint32(min(open, most))
	refused := 0
	for flow := range n {
		t := f.Synthetic.Tuple(flow)
		if j.Policy.Refuse(&t, flags) != 0 {
			refused++
		}
	}
	return float64(refused) / float64(n)
}

// split marks a share of each sample as refused.
func split(list []sample, share float64) []sample {
	var out []sample
	for _, s := range list {
		denied := s
		denied.Share, denied.Refused = s.Share*share, 1
		s.Share -= denied.Share
		for _, part := range []sample{s, denied} {
			if part.Share > 0 {
				out = append(out, part)
			}
		}
	}
	return out
}

// offered adds up the offers.
func (v *survey) offered() result.Load {
	var sum result.Load
	for _, o := range v.offers {
		sum.Mpps += o.Mpps
		sum.Gbps += o.Gbps
	}
	return sum
}

// Numbered finds the number of a server, a chip or a core in a station's name.
var Numbered = regexp.MustCompile(`\[\d+\]`)

// stations lists the resources that packets visit, the busiest first. Of those that differ by their number only, it lists
// the busiest.
func (v *survey) stations() []result.Capacity {
	list := []result.Capacity{}
	at := map[string]int{}
	for i, u := range v.engine.Usages() {
		if i >= len(v.loads) || v.loads[i].packets == 0 {
			continue
		}
		c := v.loads[i].capacity(u)
		name := Numbered.ReplaceAllString(u.Name, "[]")
		k, known := at[name]
		switch {
		case !known:
			at[name] = len(list)
			list = append(list, c)
		case c.Utilization > list[k].Utilization:
			c.Alike = list[k].Alike
			list[k] = c
			fallthrough
		default:
			list[k].Alike++
		}
	}
	slices.SortStableFunc(list, func(a, b result.Capacity) int { return cmp.Compare(b.Utilization, a.Utilization) })
	return list
}

// capacity describes one resource.
func (l *burden) capacity(u sim.Usage) result.Capacity {
	c := result.Capacity{Name: u.Name, Alike: 1, Servers: u.Servers, Direction: "both", Visits: l.visits / l.packets,
		ServiceNs: l.busy / l.packets * 1e9, OfferedMpps: l.packets / 1e6, Utilization: l.busy / float64(u.Servers)}
	only, n := input.Inbound, 0
	for dir, used := range l.dirs {
		if used {
			only, n = input.Direction(dir), n+1
		}
	}
	switch {
	case n == 1:
		c.Direction = only.String()
	case l.dirs[input.EastWest] || l.dirs[input.SameServer]:
		c.Direction = result.All
	}
	if l.busy > 0 {
		c.CapacityMpps = float64(u.Servers) * l.packets / l.busy / 1e6
	}
	return c
}

// splitMarks divides samples of a mix among the mirrors that its flows match, by the first 4,096 flows at most.
func splitMarks(m *input.Marks, list []sample, open int64) []sample {
	const most = 4096
	shares := [1 << 8]float64{}
	n := uint32(min(open, most))
	for flow := range n {
		t := m.Made(flow)
		shares[input.Matching(m.Matchers, &t)&m.Mask] += 1 / float64(n)
	}
	var out []sample
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

// cross adds the paths between VMs that some traffic takes.
func (v *survey) cross(e *sim.Engine, ways *trial.Crossings) {
	used := map[input.Direction]bool{}
	for _, t := range v.job.Inputs {
		for _, dir := range input.Directions(t.Traffic) {
			used[dir] = dir.Across()
		}
	}
	servers := v.job.Scenario.Rack.Servers
	for from := range servers {
		for _, dir := range []input.Direction{input.EastWest, input.SameServer} {
			var paths []int
			for to := range servers {
				if used[dir] && (to == from) == (dir == input.SameServer) {
					path, _ := ways.Path(from, to)
					paths = append(paths, path)
					v.members = max(v.members, membersOf(e, path))
				}
			}
			v.paths[dir] = append(v.paths[dir], paths)
		}
	}
}

// pathsOf lists, by sending server, the paths of an entry's packets in a direction.
func (v *survey) pathsOf(t *input.Input, dir input.Direction) [][]int {
	var list [][]int
	for from, paths := range v.paths[dir] {
		switch {
		case !t.On(from):
		case t.Incast == nil:
			list = append(list, paths)
		default:
			to := t.Incast.To
			if to > from {
				to-- // a server has no path to itself
			}
			list = append(list, paths[to:to+1])
		}
	}
	return list
}
