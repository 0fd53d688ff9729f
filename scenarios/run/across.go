package run

import (
	"fmt"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/tap"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
)

// peers says where in the rack the packets of a source from VM to VM go. A flow has one receiver.
type peers struct {
	server, servers int
	same            bool     // VMs of the same server
	only            int      // the one server that gets the packets, or -1
	paths           []uint16 // by receiving server
	// tunnels is how many security associations a server has in one direction; see feed.
	tunnels   uint32
	functions functions
}

// fill sets a packet's receiver.
func (to *peers) fill(p *packet.Packet, hash uint32) {
	drawn := rng.Choose(hash, rng.Receiver)
	other := to.server
	vms := uint32(to.functions.all)
	vm := uint32(p.VF)
	if to.same {
		vm = (vm + 1 + uint32(uint64(drawn)*uint64(vms-1)>>32)) % vms
	} else {
		if to.only >= 0 {
			other = to.only
		} else if other = int(uint64(drawn) * uint64(to.servers-1) >> 32); other >= to.server {
			other++
		}
		vm = uint32(uint64(rng.Choose(hash, rng.ReceiverVM)) * uint64(vms) >> 32)
	}
	p.To, p.Peer, p.Path = uint16(other), uint16(vm), to.paths[other]
	p.PeerSA = uint32(2*other+int(inbound))*to.tunnels + uint32(uint64(vm)*uint64(to.tunnels)/uint64(vms))
}

// addAcross adds the sources of packets from VM to VM.
func (j *job) addAcross() error {
	ways := newCrossings(j.engine, j.rack, j.placement)
	for server := range j.scenario.Rack.Servers {
		for class, t := range j.inputs {
			for _, dir := range directions(t.Traffic) {
				if !dir.across() || !t.On(server) {
					continue
				}
				if err := j.addSender(ways, class, server, dir); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// addSender adds what the VMs of one server send to others.
func (j *job) addSender(ways *crossings, class, server int, dir direction) error {
	t := j.inputs[class]
	f, err := j.newFeed(t, server, dir)
	if err != nil {
		return scenarios.InputError{File: j.scenario.FileOf(t.File), Line: t.Line, Col: t.Col, Msg: err.Error() + lineOf(dir)}
	}
	servers := j.scenario.Rack.Servers
	f.peers = &peers{server: server, servers: servers, same: dir == sameServer, only: -1, paths: make([]uint16, servers), tunnels: f.tunnels,
		functions: f.functions}
	if t.Incast != nil {
		f.peers.only = t.Incast.To
	}
	var way *placement.Way
	for to := range servers {
		if f.peers.reaches(to) {
			var path int
			path, way = ways.path(server, to)
			f.peers.paths[to], f.path = uint16(path), uint16(path)
		}
	}
	j.addSource(f, class, way)
	if j.tap != nil {
		j.tap.AddSource(tap.Source{Server: server, Outbound: true, Path: int(f.path), FirstSA: f.firstSA, Unseen: true})
	}
	return nil
}

// crossings are the paths between VMs, which all sources share.
type crossings struct {
	engine    *sim.Engine
	rack      *placement.Rack
	placement placement.Placement
	paths     map[[2]int]int
	ways      map[[2]int]*placement.Way
}

func newCrossings(e *sim.Engine, rack *placement.Rack, p placement.Placement) *crossings {
	return &crossings{e, rack, p, map[[2]int]int{}, map[[2]int]*placement.Way{}}
}

// path returns the path from a server to another, or to itself, adding it the first time.
func (c *crossings) path(from, to int) (int, *placement.Way) {
	at := [2]int{from, to}
	if _, ok := c.paths[at]; !ok {
		c.ways[at] = c.rack.Across(c.placement, from, to)
		c.paths[at] = c.engine.AddPath(sim.Path{Name: fmt.Sprintf("server[%d] to server[%d]", from, to), Hops: c.ways[at].Hops})
	}
	return c.paths[at], c.ways[at]
}

// reaches reports whether packets go to a server.
func (to *peers) reaches(server int) bool {
	switch {
	case to.same:
		return server == to.server
	case to.only >= 0:
		return server == to.only
	}
	return server != to.server
}

// pathsOf lists the paths of a feed.
func (f *feed) pathsOf() []int {
	if f.peers == nil {
		return []int{int(f.path)}
	}
	var list []int
	for to, path := range f.peers.paths {
		if f.peers.reaches(to) {
			list = append(list, int(path))
		}
	}
	return list
}
