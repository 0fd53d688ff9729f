package placement

import (
	"cmp"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/scenarios/services"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// software: the DSN is a virtual machine on the host's CPU, behind an ordinary NIC and a virtual switch.
func software(r *Rack, server int) (inbound, outbound *PathBuilder) {
	cores := r.Scenario.DSN.Software.Cores
	r.Cores = cores
	first := r.addCores(server, cores)
	r.core = first

	inbound = r.fromSpine().
		toServer(server).
		nicOpens(server).
		nicReceive(server).
		entrance(server).steps([]sim.Hop{{Op: sim.OpEnterChain}}).choose(cores)
	inbound.steps(r.ruled(server, r.filtered(hw.OnCore(first, hw.FromNetwork, inbound.form))))

	outbound = r.from(of("server", server), packet.Plain).
		entrance(server).steps([]sim.Hop{{Op: sim.OpEnterChain}}).choose(cores).
		steps(r.ruled(server, r.filtered(hw.OnCore(first, hw.FromVM, packet.Plain)))).
		inHost().
		nicSend(server).
		nicSeals(server).
		dsnToToR(of("nic", server), server).
		toSpine()
	r.chargeSoftware(server, cores)
	r.Account.ServerNIC(server)
	return inbound, outbound
}

// vswitch takes the packet through the virtual switch of a hypervisor whose VMs have no virtual functions, on cores that poll
// for it: as many as a DSN in software would have. Each packet is switched and copied once. from is the kind of visit to a core.
func (w *PathBuilder) vswitch(server int, from uint8) *PathBuilder {
	r := w.rack
	cores := r.Scenario.DSN.Software.Cores
	first, ok := r.names[of("vswitch", server)]
	if !ok {
		first = r.addVSwitch(server, cores)
		r.names[of("vswitch", server)] = first
		r.Cores = cores
		r.Account.Cores(server, cores)
	}
	return w.choose(cores).steps([]sim.Hop{hw.OnCore(first, from, w.form)}).choose(1)
}

func (r *Rack) addVSwitch(server, cores int) (first int32) {
	costs := &r.Profile.Host.Software
	work := station.Work{Cycles: costs.VSwitch.Cycles.Value + costs.VHost.Cycles.Value,
		MilliCyclesPerByte: int64(costs.VSwitch.MilliCyclesPerByte.Value + costs.VHost.MilliCyclesPerByte.Value)}
	for i := range cores {
		name := of(of("host", server)+".vswitch", i)
		core := hw.NewCore(name, &r.Profile.Host, work, rng.New(r.Seed, r.Replication, name))
		node := r.AddScheduler(core.Rings(r.Profile.Host.RingPackets.Value))
		if i == 0 {
			first = node
		}
	}
	return first
}

// addCores adds the host cores that poll for the DSN of one server and returns the first.
func (r *Rack) addCores(server, n int) int32 {
	var first int32
	var cores []*hw.Core
	for i := range n {
		name := of(of("host", server)+".core", i)
		stream := rng.New(r.Seed, r.Replication, name)
		core := hw.NewCore(name, &r.Profile.Host, r.softwareWork(r.kept), stream)
		core.Without(r.softwareWork(noTunnel))
		r.load(core, i, n)
		core.Copying = r.copying()
		cores = append(cores, core)
		node := r.AddScheduler(core.Rings(cmp.Or(r.Scenario.DSN.Software.Ring, r.Profile.Host.RingPackets.Value)))
		if i == 0 {
			first = node
		}
	}
	r.makeKeys(cores)
	r.soften(server, first, cores)
	return first
}

// softwareWork adds up what one packet costs: the virtual switch twice and a copy on each side of the DSN's machine,
// and each service of the chain that is asked for.
func (r *Rack) softwareWork(does func(k *chain.Kind) bool) station.Work {
	var w station.Work
	add := func(cost profile.Work, times int) {
		w.Cycles += cost.Cycles.Value * units.Cycles(times)
		w.MilliCyclesPerByte += int64(cost.MilliCyclesPerByte.Value * times)
	}
	costs := &r.Profile.Host.Software
	add(costs.VSwitch, 2)
	add(costs.VHost, 2)
	for i := range r.Scenario.Services {
		if s := &r.Scenario.Services[i]; s.Kind.Work != nil && does(s.Kind) {
			add(s.Kind.Work(costs, s), 1)
		}
	}
	return w
}

// softwareAcross: in one server packets stay in the host's memory, and nobody puts them into a tunnel.
func softwareAcross(r *Rack, from, to int) *PathBuilder {
	if from != to {
		return r.betweenServers(from, to)
	}
	cores := r.Scenario.DSN.Software.Cores
	onCore := hw.OnCore(r.built[from].core, hw.WithoutTunnels, packet.Plain)
	w := r.from(of("server", from), packet.Plain)
	return w.entrance(from).steps([]sim.Hop{{Op: sim.OpEnterChain}}).choose(cores).
		steps(r.ruled(from, r.copied(from, r.filtered(onCore)))).
		turn()
}

func everyService(*chain.Kind) bool { return true }

// noTunnel leaves out the services that packets within a server do not need.
func noTunnel(k *chain.Kind) bool { return k.Chip.Tunnel == nil }

// nicOpens is where the NIC of a server takes off the tunnels that it takes over from software.
func (w *PathBuilder) nicOpens(server int) *PathBuilder {
	w.offloaded(server)
	if w.rack.Scenario.OffloadsTunnels() {
		w.plain()
	}
	return w
}

// nicSeals is where it puts them on.
func (w *PathBuilder) nicSeals(server int) *PathBuilder { return w.tunnelled().offloaded(server) }

// inHost is how a packet that leaves lies in the memory of the host: with the tunnels that software has put on.
func (w *PathBuilder) inHost() *PathBuilder {
	if w.rack.Scenario.OffloadsTunnels() {
		return w.plain()
	}
	return w.tunnelled()
}

// offloaded is what the NIC does with a packet for the software: its cipher, which both directions share, and headers.
func (w *PathBuilder) offloaded(server int) *PathBuilder {
	o, n := &w.rack.Scenario.DSN.Software, &w.rack.Profile.NIC
	headers := units.Duration(0)
	for _, what := range o.Offload {
		if k := services.Find(what); k != nil && k.Chip.Ciphers() {
			w.visit(w.rack.station(station.Spec{Name: of("nic.cipher", server), Cost: station.Transfer{Rate: n.Offload.Rate.Value}.Cost(),
				Room: station.Room{Bytes: n.Queue.Value}, Latency: n.Offload.Latency.Value, DropReason: uint8(stats.DropNICQueue)}))
			continue
		}
		headers += n.Offload.HeaderLatency.Value
	}
	if headers > 0 {
		w.delay("NIC, tunnels and flows", headers)
	}
	return w
}

// kept reports whether a service is left to the cores.
func (r *Rack) kept(k *chain.Kind) bool { return !r.Scenario.DSN.Software.Offloads(k.Chip.Name) }

// relief is the work for the services that the NIC takes over, nil without any.
func (r *Rack) relief() *station.Cost {
	all, kept := r.softwareWork(everyService), r.softwareWork(r.kept)
	if all == kept {
		return nil
	}
	all.Cycles -= kept.Cycles
	all.MilliCyclesPerByte -= kept.MilliCyclesPerByte
	all.Clock = r.Profile.Host.Clock.Value
	cost := all.Cost()
	return &cost
}

// load gives one of a number of cores its share of the services' state: that of the flows that are steered to it.
func (r *Rack) load(c *hw.Core, index, cores int) {
	if r.Program == nil {
		return
	}
	m := steps.Member{Index: index, Of: cores, Shared: true}
	encrypted, clear := r.Program(steps.Encrypted, m), r.Program(steps.Clear, m)
	c.Shared = cores > 1 && (encrypted.Shares() || clear.Shares())
	refuses, _ := asic.RefusedEncrypted(r.Scenario.Chain())
	both := &steps.BothSides{Encrypted: encrypted, Clear: clear, Refuses: refuses}
	switch {
	case encrypted == nil && clear == nil:
	case !encrypted.Keeps() && !clear.Keeps(): // nothing that an answer must find
		c.Taken = both
	default:
		c.Judge = both
		first, second := encrypted.Later(), clear.Later()
		if first || second {
			c.Taken = (*steps.TakenBySides)(both)
		}
	}
}

// filtered is the end of the chain in software: what a service refuses has cost the core as much as the rest.
func (r *Rack) filtered(onCore sim.Hop) []sim.Hop {
	hops := append([]sim.Hop{onCore}, r.soft.behind[onCore.Node]...)
	hops = append(hops, asic.CopyHops(r.Scenario.Chain(), steps.Encrypted)...)
	hops = append(hops, asic.CopyHops(r.Scenario.Chain(), steps.Clear)...)
	if opens(r.Scenario) || service.Filters(r.Scenario.Chain()) {
		hops = append(hops, sim.Hop{Op: sim.OpFilter, Name: r.Label("filter")})
	}
	return append(hops, sim.Hop{Op: sim.OpLeaveChain})
}
