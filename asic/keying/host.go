package keying

import (
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Host makes the handshakes of one server in software: a core makes the one that its packet needs, and the packets behind
// wait with it. Packets of the tunnel on other cores have the keys from then on. Keys are renewed when the first packet
// after their time comes.
type Host struct {
	spec     *Spec
	each     units.Duration
	due      map[uint32]units.Time // by tunnel: when it needs the next handshake
	asked    units.Time            // when the one under way was asked for
	started  units.Time            // when those of the start are made
	from, to units.Time
	counts   Counts
}

// NewHost returns what makes the handshakes of a server that take a core so long each. Those of a measured window are counted.
func NewHost(spec *Spec, each units.Duration, from, to units.Time) *Host {
	return &Host{spec: spec, each: each, due: map[uint32]units.Time{}, from: from, to: to}
}

// Start has one of a number of cores make its share of the handshakes of the start, and returns how long that takes it.
func (k *Host) Start(cores, core int) units.Duration {
	took := k.each * units.Duration(k.start(cores, core))
	k.started = units.Later(k.started, units.At(took))
	return took
}

// start counts the handshakes that one of a number of cores makes at the start, and returns how many they are.
func (k *Host) start(cores, core int) int {
	share := (int(k.spec.Tunnels) + cores - 1 - core) / cores
	for i := range share {
		k.counts.Note(k.from, k.to, units.Time{}, units.At(k.each*units.Duration(i+1)))
	}
	return share
}

// Due implements hw.Keying.
func (k *Host) Due(at units.Time, p *packet.Packet) units.Duration {
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
func (k *Host) after(ready units.Time) units.Time {
	if k.spec.Rekey == 0 {
		return units.Forever
	}
	return ready.Add(k.spec.Rekey)
}

// Done implements hw.Keying.
func (k *Host) Done(p *packet.Packet, at units.Time) {
	k.due[k.spec.Tunnel(p.SA)] = k.after(at)
	k.counts.Note(k.from, k.to, k.asked, at)
}

// Counts returns the handshakes of the measured window.
func (k *Host) Counts() Counts { return k.counts }
