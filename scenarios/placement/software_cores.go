package placement

import (
	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/keying"
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/units"
)

// softHost is the software of all servers: what is measured of it, and what packets pass behind the cores.
type softHost struct {
	cores []*hw.Core
	slow  []*hw.SlowPath
	// behind lists the hops after the cores, by the number of the first core.
	behind map[int32][]sim.Hop
}

// soften gives the cores of a server what the scenario asks of its software; first is the number of the first one.
func (r *Rack) soften(server int, first int32, cores []*hw.Core) {
	o := &r.Scenario.DSN.Software
	host := &r.Profile.Host
	r.soft.cores = append(r.soft.cores, cores...)
	remote := 0
	if o.NUMA != nil {
		remote = o.NUMA.RemoteOf(len(cores))
	}
	card := r.nicFlows(len(cores))
	relief := r.relief()
	for i, c := range cores {
		c.Relief = relief
		c.Plain = r.Scenario.OffloadsTunnels()
		if i >= len(cores)-remote {
			c.Remote = host.NUMA.Access.Value * units.Duration(host.NUMA.Accesses.Value)
		}
		c.NIC, c.Shared = card, c.Shared || card != nil && len(cores) > 1
		if o.Shared {
			c.Contend(r.contention(), &host.Contention, rng.New(r.Seed, r.Replication, c.Name()+".tenants"))
		}
	}
	r.turns(first, cores)
	r.cacheFlows(server, first, cores)
}

// nicFlows makes the flow table of a server's NIC, if the scenario has the NIC switch for so many cores.
func (r *Rack) nicFlows(cores int) *hw.NICFlows {
	if !r.Scenario.DSN.Software.Offloads("flows") {
		return nil
	}
	o := &r.Profile.NIC.Offload
	n := &hw.NICFlows{Table: hw.NewCache(o.Flows.Value, nicFlowWays), Of: cores,
		Switching: r.span(2 * r.Profile.Host.Software.VSwitch.Cycles.Value), Insert: r.span(o.InsertCycles.Value)}
	return n
}

// nicFlowWays is how many flows share a set of a NIC's table.
// assumed: as dsn.flow_cache.ways
const nicFlowWays = 8

// span is the time of some cycles of the host.
func (r *Rack) span(n units.Cycles) units.Duration { return r.Profile.Host.Clock.Value.Span(n) }

// contention is with whom a core is shared: the VMs are taken to be spread over the server's cores, with one virtual CPU each.
func (r *Rack) contention() hw.Contention {
	s := &r.Scenario.Rack.Server
	return hw.Contention{Load: r.Scenario.DSN.Software.Tenants, Others: max(1, (s.VMs+s.Cores-1)/s.Cores)}
}

// turns has cores take batches or sleep, if the scenario asks for either.
func (r *Rack) turns(first int32, cores []*hw.Core) {
	o, host := &r.Scenario.DSN.Software, &r.Profile.Host
	if o.Batch == 0 && !o.Sleeps() {
		return
	}
	each := r.span(host.Batching.Cycles.Value + host.Batching.ServiceCycles.Value*units.Cycles(r.nodes()))
	for _, c := range cores {
		t := &hw.Turns{Most: o.Batch, Each: each, Poll: host.Poll.Value, Together: o.Batch > 0}
		if o.Sleeps() {
			t.Sleeps, t.Waking, t.Apart, t.Idle = true, r.span(host.Wakeup.Cycles.Value), host.Wakeup.Moderation.Value, host.Wakeup.IdleStates.Value
			t.Latency = host.Wakeup.Latency.Value + host.Interrupt.Value
			if o.Moderation != nil {
				t.Apart = *o.Moderation
			}
			if t.Most == 0 {
				t.Most = host.Wakeup.Budget.Value
			}
		}
		c.Turns, c.Saved = t, each/units.Duration(host.Batching.Full.Value)
		c.Shared = c.Shared || t.Together
	}
	if o.Batch > 0 {
		r.follow(first, r.bursts(cores))
	}
}

// nodes is how many parts of the software a batch passes: the services that are left to the cores, and the virtual switch twice.
func (r *Rack) nodes() int {
	n := 2
	for i := range r.Scenario.Services {
		if r.kept(r.Scenario.Services[i].Kind) {
			n++
		}
	}
	return n
}

// bursts adds what the packets of each core wait for, and returns the hop.
func (r *Rack) bursts(cores []*hw.Core) sim.Hop {
	hop := sim.Hop{Op: sim.OpStation, Stride: 1}
	for i, c := range cores {
		node := r.AddStation(hw.NewBurst(c.Name()+".burst", c.Turns))
		if i == 0 {
			hop.Node = node
		}
	}
	return hop
}

// cacheFlows has the cores of a server look for flows, if the scenario asks for it.
func (r *Rack) cacheFlows(server int, first int32, cores []*hw.Core) {
	o, host := r.Scenario.DSN.Software.FlowCache, &r.Profile.Host
	if o == nil {
		return
	}
	all := hw.NewMegaflows(int(o.Megaflows))
	exact := hw.NewCache(int(o.Entries), host.Flows.Ways.Value)
	for i, c := range cores {
		if i > 0 && !o.Shared {
			exact = hw.NewCache(int(o.Entries), host.Flows.Ways.Value)
		}
		c.Flows = &hw.FlowCache{Exact: exact, All: all, Of: len(cores), Cold: o.Cold, Search: r.span(host.Flows.MegaflowCycles.Value)}
		if o.Shared {
			c.Flows.ExactOf = len(cores)
		}
		c.Shared = true
	}
	slow := hw.NewSlowPath(of("host", server)+".upcall", o.Threads, host.Flows.Queue.Value, r.span(host.Flows.UpcallCycles.Value), all)
	r.soft.slow = append(r.soft.slow, slow)
	r.follow(first, sim.Hop{Op: sim.OpStation, Node: r.AddStation(slow)})
	r.Power.Charges = append(r.Power.Charges, power.Charge{Operation: "slow path", Component: power.HostCores, Owner: server,
		Resource: slow.Name(), PerBusy: r.Profile.Power.HostCore.Value})
}

// follow puts a hop behind the cores of which the first has a number.
func (r *Rack) follow(first int32, h sim.Hop) {
	if r.soft.behind == nil {
		r.soft.behind = map[int32][]sim.Hop{}
	}
	r.soft.behind[first] = append(r.soft.behind[first], h)
}

// chargeSoftware draws the host cores of one server's software: those that poll all the time, those that sleep while they work.
func (r *Rack) chargeSoftware(server, cores int) {
	if !r.Scenario.DSN.Software.Sleeps() {
		r.Account.Cores(server, cores)
		return
	}
	r.Bill.Add(prices.HostCore, cores)
	for i := range cores {
		r.Power.Charges = append(r.Power.Charges, power.Charge{Operation: "core at work", Component: power.HostCores, Owner: server,
			Resource: of(of("host", server)+".core", i), PerBusy: r.Profile.Power.HostCore.Value})
	}
}

// SoftCounts is what the software of all servers did in the measured window.
type SoftCounts struct {
	// Cores is how many cores a server gives in the mean: those that poll, and of those that sleep the share of the time in which
	// they work. The slow path sleeps.
	Cores float64
	// Packets are those that cores took, and Cycles what they spent on one in the mean.
	Packets int64
	Cycles  float64
	// Cached says that flows are looked up; Looked, Hit and Upcalls count that.
	Cached               bool
	Looked, Hit, Upcalls int64
	// Relieves says that the NIC takes something over; Relieved are the cycles of a packet that a core does not spend for it.
	Relieves bool
	Relieved float64
}

// Software counts what the software did in a measured window of a length; false where there is none.
func (r *Rack) Software(window units.Duration) (SoftCounts, bool) {
	s, work, relieved := SoftCounts{}, units.Duration(0), units.Duration(0)
	if len(r.soft.cores) == 0 {
		return s, false
	}
	servers := float64(r.Scenario.Rack.Servers)
	for _, c := range r.soft.cores {
		s.Packets += c.Spent.Packets
		work += c.Spent.Work
		relieved += c.Spent.Relieved
		s.Relieves = s.Relieves || c.Relief != nil || c.NIC != nil
		if f := c.Flows; f != nil {
			s.Cached = true
			s.Looked, s.Hit, s.Upcalls = s.Looked+f.Looked, s.Hit+f.Hit, s.Upcalls+f.Upcalls
		}
	}
	if s.Packets > 0 {
		hz := float64(r.Profile.Host.Clock.Value)
		s.Cycles, s.Relieved = work.Seconds()*hz/float64(s.Packets), relieved.Seconds()*hz/float64(s.Packets)
	}
	s.Cores = float64(r.Cores)
	if r.Scenario.DSN.Software.Sleeps() {
		s.Cores = work.Seconds() / window.Seconds() / servers
	}
	for _, slow := range r.soft.slow {
		s.Cores += slow.Usage()[0].Busy.Seconds() / window.Seconds() / servers
	}
	return s, true
}

// ModelCores adds the cores of a server's software, and what the scenario asks of them, without a way to them.
func (r *Rack) ModelCores() []*hw.Core {
	r.addCores(0, r.Scenario.DSN.Software.Cores)
	return r.soft.cores
}

// keyMakers is what makes the handshakes of tunnels.
type keyMakers struct {
	chips []*asic.DSN
	hosts []*keying.Host
}

// keyed says how the tunnels of a scenario get keys, nil where they have them.
func keyed(s *scenarios.Scenario) *keying.Spec {
	for i := range s.Services {
		if v := &s.Services[i]; v.Setup != "" {
			return &keying.Spec{Tunnels: s.TunnelsEach(), AtStart: v.Setup == "at_start", Rekey: v.Rekey}
		}
	}
	return nil
}

// makeKeys has the cores of a server make the keys of its tunnels.
func (r *Rack) makeKeys(cores []*hw.Core) {
	spec := keyed(r.Scenario)
	if spec == nil {
		return
	}
	run := &r.Scenario.Run
	k := keying.NewHost(spec, r.span(r.Profile.Host.HandshakeCycles.Value), units.At(run.Warmup), units.At(run.Duration))
	r.keying.hosts = append(r.keying.hosts, k)
	for i, c := range cores {
		c.Keying, c.Shared = k, c.Shared || len(cores) > 1
		if spec.AtStart {
			c.Backlog = k.Start(len(cores), i)
		}
	}
}

// Handshakes returns how many handshakes were complete in the measured window, or false where tunnels have keys from the
// start.
func (r *Rack) Handshakes() (sum keying.Counts, ok bool) {
	for _, k := range r.keying.hosts {
		sum.Add(k.Counts())
	}
	for _, d := range r.keying.chips {
		c, _ := d.Handshakes()
		sum.Add(c)
	}
	return sum, len(r.keying.hosts)+len(r.keying.chips) > 0
}
