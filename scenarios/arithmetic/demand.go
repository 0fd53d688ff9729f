package arithmetic

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/offered"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
)

// demand adds up how busy the offered load makes the resources of a placement.
type demand struct {
	*sim.Resources
	*trial.Setup
	engine  *sim.Engine
	paths   [input.DirectionCount][][]int // by direction and server; one for each receiving server
	members int                           // the largest group of devices that a flow's hash chooses among
	loads   []resourceLoad                // by resource
	offers  []Offer
	plan    power.Plan
	dsns    int
}

// resourceLoad is the offered load's demand on one resource.
type resourceLoad struct {
	visits, packets float64 // each second
	busy            float64 // server seconds each second
	bytes           float64 // that the resource counts, each second
	dirs            [input.DirectionCount]bool
}

// add adds one traffic entry in one direction, from all servers.
func (v *demand) add(t *input.Input, dir input.Direction) error {
	samples, rate, err := offered.Samples(v.Setup, t, dir, v.members)
	if err != nil {
		return err
	}
	if v.loads == nil {
		v.loads = make([]resourceLoad, len(v.engine.Usages()))
	}
	frame, wire := 0.0, 0.0
	for i := range samples {
		frame += samples[i].Share * float64(samples[i].Bytes[packet.Plain])
		wire += samples[i].Share * float64(samples[i].Bytes[packet.Tunnelled])
	}
	from := v.pathsOf(t, dir)
	all := rate * float64(len(from))
	v.offers = append(v.offers, Offer{Class: t.Name, Direction: dir.String(), FrameMeanBytes: frame, WireMeanBytes: wire,
		Load: result.Load{Mpps: all / 1e6, Gbps: all * frame * 8 / 1e9}})
	population := offered.Population(v.Setup, t, frame)
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
func (v *demand) take(demands []sim.Demand, rate float64, dir input.Direction) {
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

// offered adds up the offers.
func (v *demand) offered() result.Load {
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
func (v *demand) stations() []Capacity {
	list := []Capacity{}
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
	slices.SortStableFunc(list, func(a, b Capacity) int { return cmp.Compare(b.Utilization, a.Utilization) })
	return list
}

// capacity describes one resource.
func (l *resourceLoad) capacity(u station.Usage) Capacity {
	c := Capacity{Name: u.Name, Alike: 1, Servers: u.Servers, Direction: "both", Visits: l.visits / l.packets,
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

// cross adds the paths between VMs that some traffic takes.
func (v *demand) cross(e *sim.Engine, ways *trial.Crossings) {
	used := map[input.Direction]bool{}
	for _, t := range v.Inputs {
		for _, dir := range input.Directions(t.Traffic) {
			used[dir] = dir.Across()
		}
	}
	servers := v.Scenario.Rack.Servers
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
func (v *demand) pathsOf(t *input.Input, dir input.Direction) [][]int {
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
