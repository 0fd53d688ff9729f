package workloads

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic/rdma"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/queue"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// workSet is the workloads of a run: their sources follow all others.
type workSet struct {
	run      *trial.Simulation
	runs     []bool    // by workload: whether its card reaches the server's memory
	size     int       // which of the sizes they have
	first    int       // source
	legs     []*sender // by source from the first on; nil for the source that begins messages
	works    []*workload
	counters []*counters // by workload of the scenario; nil for one that does not run here
	bays     []*placement.RDMAEndpoint
}

// Ended is owner.
func (s *workSet) Ended(p *packet.Packet, at units.Time, delivered bool) {
	s.legs[p.Source()-s.first].Ended(p, at, delivered)
}

// Furnish lays out what the workloads of a server take, right behind its paths.
func (s *workSet) Furnish(server int) {
	pairs := 0
	for i := range s.run.Scenario.Workloads {
		n, _ := s.run.Scenario.Workloads[i].Pairs()
		pairs += n
	}
	s.bays = append(s.bays, s.run.Rack.RDMAEndpoint(s.run.Placement, server, pairs))
}

// Start adds the sources of all workloads.
func (s *workSet) Start() error {
	run := s.run
	s.first = len(run.Rec.CountersOf)
	run.Rec.Others = s
	s.counters = make([]*counters, len(run.Scenario.Workloads))
	for server, bay := range s.bays {
		first := bay.FirstPair()
		for i := range run.Scenario.Workloads {
			spec := &run.Scenario.Workloads[i]
			if s.runs[i] {
				if s.counters[i] == nil {
					from, to := run.Rec.From, run.Rec.To
					s.counters[i] = &counters{latency: stats.NewHistogram(), Sent: trial.NewTimeline(from, to), Ended: trial.NewTimeline(from, to)}
				}
				s.add(bay, spec, server, uint32(first), s.counters[i])
			}
			n, _ := spec.Pairs()
			first += n
		}
	}
	for _, w := range s.works {
		w.Start()
	}
	return nil
}

// Uses is pathUser.
func (s *workSet) Uses(use func(path uint16, source int)) {
	for _, l := range s.legs {
		if l != nil {
			use(l.path, l.number)
		}
	}
}

// add adds the sources of one workload of one server.
func (s *workSet) add(bay *placement.RDMAEndpoint, spec *demand.Workload, server int, first uint32, tally *counters) {
	run, e := s.run, s.run.Engine
	name := fmt.Sprintf("%s/server[%d]", spec.Name, server)
	pairs, depth := spec.Pairs()
	p := &run.Profile.PCIe
	w := &workload{engine: e, spec: spec, size: spec.Lengths()[min(s.size, len(spec.Lengths())-1)], pairs: make([]pairQueue, pairs),
		depth: depth, mix: float64(spec.Mix) / float64(units.Whole), rng: rng.New(run.Scenario.Run.Seed, run.Replication, name),
		end: run.End, from: run.Rec.From, to: run.Rec.To, retry: run.Profile.RDMA.Retry.Value, tags: max(1, p.OutstandingReads.Value),
		buffer: max(1, int64(p.Queue.Value)), firstPair: first, seed: uint64(first), counters: tally}
	if t := run.Scenario.DSN.TrafficManager; t != nil {
		w.class = t.Class("")
	}
	w.due, w.alarm = queue.NewHeap(earlierWakeup), sim.Alarm{Engine: e, Responder: e.AddResponder(w)}
	s.legs = append(s.legs, nil)
	c := &verbs{set: s, run: run, work: w, bay: bay, name: name, legs: map[string]*sender{}}
	if spec.NVMe != "" {
		c.commands()
	} else {
		c.messages()
	}
	if spec.Load.Set {
		w.mean = c.spacing(spec.Load.Load)
	}
	s.works = append(s.works, w)
}

// verbs lays out the stages of a workload's messages.
type verbs struct {
	set  *workSet
	run  *trial.Simulation
	work *workload
	bay  *placement.RDMAEndpoint
	name string
	legs map[string]*sender
}

// leg returns the leg of a name, adding its path and source the first time. bounded says that its packets are read requests
// of the card.
func (c *verbs) leg(name string, hops func() []sim.Hop, bounded bool) *sender {
	if l := c.legs[name]; l != nil {
		return l
	}
	e, w := c.work.engine, c.work
	l := &sender{work: w, bounded: bounded, places: w.tags, room: w.buffer, perRead: int64(c.run.Profile.PCIe.MRRS.Value)}
	l.path = uint16(e.AddPath(sim.Path{Name: c.name + " " + name, Hops: hops()}))
	l.number = e.AddResponder(l)
	l.due, l.alarm = queue.NewHeap(before), sim.Alarm{Engine: e, Responder: l.number}
	c.legs[name] = l
	c.set.legs = append(c.set.legs, l)
	return l
}

// one is the sizes of a single packet.
func one(memory, network units.Bytes) [][2]uint32 {
	return [][2]uint32{{uint32(memory), uint32(network)}}
}

// packets returns the sizes of the packets that carry a message's data, and the bytes of it that cross the network. With
// frames, the sizes on the network are of frames, else of their payload.
func (w *workload) packets(verb rdma.Verb, bytes units.Bytes, frames bool) [][2]uint32 {
	mtu := w.spec.MTU
	n := rdma.Packets(bytes, mtu)
	list := make([][2]uint32, n)
	for i := range list {
		share := w.size*units.Bytes(i+1)/units.Bytes(n) - w.size*units.Bytes(i)/units.Bytes(n)
		if bytes == w.size {
			share = rdma.Payload(bytes, mtu, i)
		}
		network := rdma.Payload(bytes, mtu, i)
		if frames {
			network = verb.Frame(bytes, mtu, i)
		}
		list[i] = [2]uint32{uint32(share), uint32(network)}
	}
	return list
}

// messages lays out RDMA.
func (c *verbs) messages() {
	w, b, r := c.work, c.bay, &c.run.Profile.RDMA
	arrive := c.leg("arrive", b.Arrive, false)
	leave := c.leg("leave", b.Leave, false)
	if w.spec.RDMA == "read" {
		fetch := c.leg("fetch", b.Fetch, true)
		w.plans = [][]stage{{
			{leg: arrive, sizes: one(0, rdma.RequestFrame)},
			{leg: fetch, sizes: w.packets(rdma.ReadResponse, w.size, false), each: true, staged: true},
			{leg: leave, sizes: w.packets(rdma.ReadResponse, w.size, true)},
		}}
		return
	}
	verb := rdma.Write
	store := stage{leg: c.leg("store", b.Store, false)}
	if w.spec.RDMA == "send" {
		verb = rdma.Send
		store.aside = []stage{{leg: c.leg("receive queue", b.Fetch, true), sizes: one(r.WQE.Value, r.WQE.Value)},
			{leg: store.leg, sizes: one(r.CQE.Value, r.CQE.Value)}}
	}
	store.sizes = w.packets(verb, w.size, false)
	w.plans = [][]stage{{
		{leg: arrive, sizes: w.packets(verb, w.size, true), each: true},
		store,
		{leg: leave, sizes: one(0, rdma.AckFrame)},
	}}
}

// What NVMe exchanges. source: NVM Express Base Specification: submission queue entries of 64 B, completions of 16 B, in
// capsules of the same sizes over RDMA
const (
	commandBytes    units.Bytes = 64
	completionBytes units.Bytes = 16
)

// commands lays out NVMe.
func (c *verbs) commands() {
	w := c.work
	read, write := w.spec.NVMe == "read", w.spec.NVMe == "write"
	mixed := w.spec.Mix < units.Whole
	if w.spec.Mix == 0 {
		read, write, mixed = !read, !write, false
	}
	if read || mixed {
		w.plans = append(w.plans, c.reading())
	}
	if write || mixed {
		w.plans = append(w.plans, c.writing())
	}
	if write && mixed {
		w.plans[0], w.plans[1] = w.plans[1], w.plans[0]
	}
}

func (c *verbs) engines() placement.Engines {
	return placement.Engines{Encrypt: c.work.spec.Encrypt, Compress: c.work.spec.Compress > 1000}
}

// stored is how many bytes of a command's data cross the network.
func (w *workload) stored() units.Bytes { return w.spec.Compress.Of(w.size) }

func (c *verbs) submit() stage {
	return stage{leg: c.leg("submit", c.bay.Submit, true), sizes: one(commandBytes, commandBytes)}
}

func (c *verbs) complete() stage {
	return stage{leg: c.leg("complete", c.bay.Complete, false), sizes: one(completionBytes, completionBytes)}
}

func (c *verbs) drive(name string, write bool) stage {
	w := c.work
	hops := func() []sim.Hop { return c.bay.Work(w.spec.Name, write, int(w.spec.Drives)) }
	return stage{leg: c.leg(name, hops, false), sizes: one(0, 0)}
}

func (c *verbs) move(each bool) stage {
	w := c.work
	hops := func() []sim.Hop { return c.bay.Move(w.spec.Name, int(w.spec.Drives)) }
	return stage{leg: c.leg("drives' bus", hops, false), sizes: w.packets(rdma.Write, w.stored(), false), each: each}
}

// reading is a command that reads: data and response come from the target.
func (c *verbs) reading() []stage {
	w, b := c.work, c.bay
	reply := c.leg("reply", b.Reply, false)
	move := c.move(true)
	move.aside = []stage{{leg: reply, sizes: one(0, rdma.Send.Frame(completionBytes, w.spec.MTU, 0))}}
	return []stage{
		c.submit(),
		{leg: c.leg("order", b.Order, false), sizes: one(0, rdma.Send.Frame(commandBytes, w.spec.MTU, 0))},
		c.drive("drives read", false),
		move,
		{leg: reply, sizes: w.packets(rdma.Write, w.stored(), true), each: true},
		{leg: c.leg("put", func() []sim.Hop { return b.Put(c.engines()) }, false), sizes: w.packets(rdma.Write, w.stored(), false)},
		c.complete(),
	}
}

// writing is a command that writes: the data go with it.
func (c *verbs) writing() []stage {
	w, b := c.work, c.bay
	order := w.packets(rdma.Send, w.stored(), true)
	order[0][packet.Tunnelled] += uint32(commandBytes)
	return []stage{
		c.submit(),
		{leg: c.leg("take", func() []sim.Hop { return b.Take(c.engines()) }, true), sizes: w.packets(rdma.Send, w.stored(), false), each: true, staged: true},
		{leg: c.leg("order", b.Order, false), sizes: order},
		c.move(false),
		c.drive("drives write", true),
		{leg: c.leg("reply", b.Reply, false), sizes: one(0, rdma.Send.Frame(completionBytes, w.spec.MTU, 0))},
		c.complete(),
	}
}

// spacing returns the mean time between messages of a load: it counts the bits of the packets that carry data, with
// preamble and gap.
func (c *verbs) spacing(l demand.Load) float64 {
	const onWire = 20
	link := c.run.Scenario.Rack.Server.NIC.Rate
	rate := float64(l.Rate)
	if l.Ratio > 0 {
		rate = float64(link) * float64(l.Ratio) / float64(units.Whole)
	}
	bytes := 0.0
	for _, p := range c.work.packets(rdma.Write, c.work.stored(), true) {
		bytes += float64(p[packet.Tunnelled]) + onWire
	}
	return bytes * 8 / rate * float64(units.Second)
}
