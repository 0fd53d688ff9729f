package trial

import (
	"fmt"

	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/tap"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
)

// Peers says where in the rack the packets of a source from VM to VM go. A flow has one receiver.
type Peers struct {
	Server, Servers int
	Same            bool     // VMs of the same server
	Only            int      // the one server that gets the packets, or -1
	Paths           []uint16 // by receiving server
	// tunnels is how many security associations a server has in one direction; see Source.
	Tunnels   uint32
	Functions input.Functions
}

// Fill sets a packet's receiver.
func (to *Peers) Fill(p *packet.Packet, hash uint32) {
	drawn := rng.Choose(hash, rng.Receiver)
	other := to.Server
	vms := uint32(to.Functions.All)
	vm := uint32(p.VF)
	if to.Same {
		vm = (vm + 1 + uint32(uint64(drawn)*uint64(vms-1)>>32)) % vms
	} else {
		if to.Only >= 0 {
			other = to.Only
		} else if other = int(uint64(drawn) * uint64(to.Servers-1) >> 32); other >= to.Server {
			other++
		}
		vm = uint32(uint64(rng.Choose(hash, rng.ReceiverVM)) * uint64(vms) >> 32)
	}
	p.To, p.Peer, p.Path = uint16(other), uint16(vm), to.Paths[other]
	p.PeerSA = uint32(2*other+int(input.Inbound))*to.Tunnels + uint32(uint64(vm)*uint64(to.Tunnels)/uint64(vms))
}

// addAcross adds the sources of packets from VM to VM.
func (s *Simulation) addAcross() error {
	ways := NewCrossings(s.Engine, s.Rack, s.Placement)
	for server := range s.Scenario.Rack.Servers {
		for class, t := range s.Inputs {
			for _, dir := range input.Directions(t.Traffic) {
				if !dir.Across() || !t.On(server) {
					continue
				}
				if err := s.addSender(ways, class, server, dir); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// addSender adds what the VMs of one server send to others.
func (s *Simulation) addSender(ways *Crossings, class, server int, dir input.Direction) error {
	t := s.Inputs[class]
	f, err := s.NewSource(t, server, dir)
	if err != nil {
		return err
	}
	servers := s.Scenario.Rack.Servers
	f.Peers = &Peers{Server: server, Servers: servers, Same: dir == input.SameServer, Only: -1, Paths: make([]uint16, servers), Tunnels: f.tunnels,
		Functions: f.functions}
	if t.Incast != nil {
		f.Peers.Only = t.Incast.To
	}
	trombone := 0
	for to := range servers {
		if f.Peers.reaches(to) {
			var path int
			path, trombone = ways.Path(server, to)
			f.Peers.Paths[to], f.Path = uint16(path), uint16(path)
		}
	}
	s.addSource(f, class, trombone)
	if s.Tap != nil {
		s.Tap.AddSource(tap.Source{Server: server, Outbound: true, Path: int(f.Path), FirstSA: f.FirstSA, Unseen: true})
	}
	return nil
}

// Crossings are the paths between VMs, which all sources share.
type Crossings struct {
	engine    *sim.Engine
	rack      *placement.Rack
	placement placement.Placement
	made      map[[2]int]crossing
}

// crossing is a path from a server to another, and the link crossings of its trombone.
type crossing struct{ path, trombone int }

func NewCrossings(e *sim.Engine, rack *placement.Rack, p placement.Placement) *Crossings {
	return &Crossings{e, rack, p, map[[2]int]crossing{}}
}

// Path returns the path from a server to another, or to itself, adding it the first time, and how much it trombones.
func (c *Crossings) Path(from, to int) (path, trombone int) {
	at := [2]int{from, to}
	x, ok := c.made[at]
	if !ok {
		way := c.rack.Across(c.placement, from, to)
		x.path = c.engine.AddPath(sim.Path{Name: fmt.Sprintf("server[%d] to server[%d]", from, to), Hops: way.Hops})
		x.trombone = way.Trombone()
		c.made[at] = x
	}
	return x.path, x.trombone
}

// reaches reports whether packets go to a server.
func (to *Peers) reaches(server int) bool {
	switch {
	case to.Same:
		return server == to.Server
	case to.Only >= 0:
		return server == to.Only
	}
	return server != to.Server
}

// pathsOf lists the paths of a source.
func (f *Source) pathsOf() []int {
	if f.Peers == nil {
		return []int{int(f.Path)}
	}
	var list []int
	for to, path := range f.Peers.Paths {
		if f.Peers.reaches(to) {
			list = append(list, int(path))
		}
	}
	return list
}
