package devices

import (
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/trial"
)

// layout is what a placement takes of the rack, and how busy its devices are.
type layout struct{ run *trial.Simulation }

// NewLayout makes the part that measures the devices on the way rather than the packets.
func NewLayout(run *trial.Simulation) trial.Part { return &layout{run} }

// laidOut is what is known of a placement's way without its packets.
type laidOut struct {
	ports, cores     int
	oversubscription float64                   // of the rack's uplinks
	crossings        [input.DirectionCount]int // of links, away from a box and back to it
}

// Measure looks at the rack as it is laid out.
func (l *layout) Measure() trial.Measurement {
	m := &laidOut{ports: l.run.Rack.ExtraPorts, cores: l.run.Rack.Cores, oversubscription: l.run.Scenario.Rack.Oversubscription()}
	for i, s := range l.run.Sources {
		m.crossings[s.Dir] = l.run.Trombones[i]
	}
	return m
}

// Metrics adds what the placement takes, and how busy the devices on the way of a row are.
func (l *laidOut) Metrics(m map[string]float64, r *trial.RowData) {
	var pcie float64
	var cryptoBytes int64
	for i := range r.Outcome.Usages {
		u := &r.Outcome.Usages[i]
		if !r.Outcome.Passes(r.Selection, i) {
			continue
		}
		if strings.HasSuffix(u.Name, ".crypto") {
			cryptoBytes += u.Bytes
		}
		if strings.HasPrefix(u.Name, "pcie.") {
			pcie = max(pcie, trial.Utilization(u, r.Window))
		}
	}
	m["host.cores"], m["tor.extra_ports"] = float64(l.cores), float64(l.ports)
	m["pcie.utilization"], m["uplink.oversubscription"] = pcie, l.oversubscription
	if cryptoBytes > 0 {
		m["crypto.gbps"] = float64(cryptoBytes) * 8 / r.Window.Ns()
	}
	if len(r.Dirs) > 0 {
		m["tromboning.link_crossings"] = l.crossed(r)
	}
}

// crossed returns the link crossings of a packet that lead away from a box and back to it, in the mean over what is sent.
func (l *laidOut) crossed(r *trial.RowData) float64 {
	crossings, packets := 0.0, 0.0
	for _, i := range r.Indices {
		_, dir := trial.ClassAndDirection(i)
		n := float64(r.Outcome.Counters[i].Offered.Packets)
		crossings += n * float64(l.crossings[dir])
		packets += n
	}
	first := l.crossings[r.Dirs[0]]
	alike := !slices.ContainsFunc(r.Dirs, func(d input.Direction) bool { return l.crossings[d] != first })
	if alike || packets == 0 {
		return float64(first)
	}
	return crossings / packets
}
