package placement

import (
	"github.com/dsnsim/dsnsim/asic/keying"
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// keyed says how the tunnels of a scenario get keys, nil where they have them.
func keyed(s *scenarios.Scenario) *keying.Spec {
	for i := range s.Services {
		if v := &s.Services[i]; v.Setup != "" {
			return &keying.Spec{Tunnels: s.TunnelsEach(), AtStart: v.Setup == "at_start", Rekey: v.Rekey}
		}
	}
	return nil
}

// hostKeys makes the handshakes of one server in software: a core makes the one that its packet needs, and the packets behind
// wait with it. Packets of the tunnel on other cores have the keys from then on. Keys are renewed when the first packet
// after their time comes.
type hostKeys struct {
	spec     *keying.Spec
	each     units.Duration
	due      map[uint32]units.Time // by tunnel: when it needs the next handshake
	asked    units.Time            // when the one under way was asked for
	started  units.Time            // when those of the start are made
	from, to units.Time
	counts   keying.Counts
}

// keys has the cores of a server make the keys of its tunnels.
func (r *Rack) keys(cores []*hw.Core) {
	spec := keyed(r.Scenario)
	if spec == nil {
		return
	}
	run := &r.Scenario.Run
	k := &hostKeys{spec: spec, each: r.Profile.Host.Clock.Value.Span(r.Profile.Host.HandshakeCycles.Value),
		due: map[uint32]units.Time{}, from: units.At(run.Warmup), to: units.At(run.Duration)}
	r.hostKeys = append(r.hostKeys, k)
	for i, c := range cores {
		c.Keying, c.Shared = k, c.Shared || len(cores) > 1
		if spec.AtStart {
			c.Backlog = k.each * units.Duration(k.start(len(cores), i))
			k.started = units.Later(k.started, units.At(c.Backlog))
		}
	}
}

// start counts the handshakes that one of a number of cores makes at the start, and returns how many they are.
func (k *hostKeys) start(cores, core int) int {
	share := (int(k.spec.Tunnels) + cores - 1 - core) / cores
	for i := range share {
		k.counts.Note(k.from, k.to, units.Time{}, units.At(k.each*units.Duration(i+1)))
	}
	return share
}

// Due is hw.Keying.
func (k *hostKeys) Due(at units.Time, p *packet.Packet) units.Duration {
	due, known := k.due[k.spec.Tunnel(p.SA)]
	if !known && k.spec.AtStart {
		due = k.after(k.started)
		k.due[k.spec.Tunnel(p.SA)] = due
	}
	if at.Before(due) {
		return 0
	}
	k.asked = at
	return k.each
}

// after returns when keys made at an instant are to be renewed.
func (k *hostKeys) after(ready units.Time) units.Time {
	if k.spec.Rekey == 0 {
		return units.Forever
	}
	return ready.Add(k.spec.Rekey)
}

// Done is hw.Keying.
func (k *hostKeys) Done(p *packet.Packet, at units.Time) {
	k.due[k.spec.Tunnel(p.SA)] = k.after(at)
	k.counts.Note(k.from, k.to, k.asked, at)
}

// Handshakes returns how many handshakes were complete in the measured window, or false where tunnels have keys from the
// start.
func (r *Rack) Handshakes() (sum keying.Counts, ok bool) {
	for _, k := range r.hostKeys {
		sum.Add(k.counts)
	}
	for _, d := range r.keyed {
		c, _ := d.Handshakes()
		sum.Add(c)
	}
	return sum, len(r.hostKeys)+len(r.keyed) > 0
}
