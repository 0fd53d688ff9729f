package placement

import (
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/scenarios/services"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// nicOpens is where the NIC of a server takes off the tunnels that it takes over from software.
func (w *Way) nicOpens(server int) *Way {
	w.offloaded(server)
	if w.rack.Scenario.OffloadsTunnels() {
		w.plain()
	}
	return w
}

// nicSeals is where it puts them on.
func (w *Way) nicSeals(server int) *Way { return w.tunnelled().offloaded(server) }

// inHost is how a packet that leaves lies in the memory of the host: with the tunnels that software has put on.
func (w *Way) inHost() *Way {
	if w.rack.Scenario.OffloadsTunnels() {
		return w.plain()
	}
	return w.tunnelled()
}

// offloaded is what the NIC does with a packet for the software: its cipher, which both directions share, and headers.
func (w *Way) offloaded(server int) *Way {
	o, n := &w.rack.Scenario.DSN.Software, &w.rack.Profile.NIC
	headers := units.Duration(0)
	for _, what := range o.Offload {
		if k := services.Find(what); k != nil && k.Chip.Ciphers() {
			w.visit(w.rack.station(sim.Spec{Name: of("nic.cipher", server), Cost: sim.Transfer{Rate: n.Offload.Rate.Value}.Cost(),
				Room: sim.Room{Bytes: n.Queue.Value}, Latency: n.Offload.Latency.Value, DropReason: uint8(stats.DropNICQueue)}))
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
func (r *Rack) relief() *sim.Cost {
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
