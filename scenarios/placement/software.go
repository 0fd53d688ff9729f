package placement

import (
	"cmp"

	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/units"
)

// software: the DSN is a virtual machine on the host's CPU, behind an ordinary NIC and a virtual switch.
func software(r *Rack, server int) (inbound, outbound *Way) {
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
	r.chargeServerNIC(server)
	return inbound, outbound
}

// vswitch takes the packet through the virtual switch of a hypervisor whose VMs have no virtual functions, on cores that poll
// for it: as many as a DSN in software would have. Each packet is switched and copied once. from is the kind of visit to a core.
func (w *Way) vswitch(server int, from uint8) *Way {
	r := w.rack
	cores := r.Scenario.DSN.Software.Cores
	first, ok := r.names[of("vswitch", server)]
	if !ok {
		first = r.addVSwitch(server, cores)
		r.names[of("vswitch", server)] = first
		r.Cores = cores
		r.chargeCores(server, cores)
	}
	return w.choose(cores).steps([]sim.Hop{hw.OnCore(first, from, w.form)}).choose(1)
}

func (r *Rack) addVSwitch(server, cores int) (first int32) {
	costs := &r.Profile.Host.Software
	work := sim.Work{Cycles: costs.VSwitch.Cycles.Value + costs.VHost.Cycles.Value,
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
	r.keys(cores)
	r.soften(server, first, cores)
	return first
}

// softwareWork adds up what one packet costs: the virtual switch twice and a copy on each side of the DSN's machine,
// and each service of the chain that is asked for.
func (r *Rack) softwareWork(does func(k *chain.Kind) bool) sim.Work {
	var w sim.Work
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
func softwareAcross(r *Rack, from, to int) *Way {
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
