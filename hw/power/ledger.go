// Package power is what the hardware takes from its supply and gives off as heat: an energy ledger, the budgets of the
// places where a DSN can sit, the temperature of a package, and the governor that slows its clocks.
//
// The ledger charges operations, and counts them where time is charged too: a charge names a station and what each of its
// visits, bytes and busy picoseconds takes. So nothing can cost time and no energy by being forgotten in one of two models.
package power

import (
	"github.com/dsnsim/dsnsim/sim/units"
)

// Component is a part that takes power.
type Component uint8

// The components: first the DSN's, then the server's, then the rack's.
const (
	Static    Component = iota // of the chip: leakage, clock trees, management cores
	Parser                     // parser, PHV and deparser
	Stages                     // SRAM and TCAM of the match-action stages
	Memory                     // HBM or DDR behind the chip
	Crypto                     // cipher cores and the engine for handshakes
	ARM                        // general cores of the chip
	Buffer                     // packets in the traffic manager's buffer
	Ethernet                   // SerDes and modules of the DSN's ports
	PCIe                       // SerDes of the DSN's slot
	HostCores                  // cores that run the DSN, or its drivers
	HostNIC                    // the ordinary NIC beside a DSN that is elsewhere
	Chassis                    // of an appliance: fans, management, losses of the supply
	ToRPorts                   // ports of the merchant switch that the placement needs beside the servers' ports

	components = int(ToRPorts) + 1
)

// Side says whose supply feeds a component.
type Side uint8

// The sides.
const (
	DSN Side = iota
	Host
	Rack
)

// String returns the name in reports.
func (s Side) String() string { return [...]string{"dsn", "host", "rack"}[s] }

// known has the name in reports and the side of each component.
var known = [components]struct {
	name string
	side Side
}{
	Static: {"static", DSN}, Parser: {"parser", DSN}, Stages: {"stages", DSN}, Memory: {"memory", DSN}, Crypto: {"crypto", DSN},
	ARM: {"arm", DSN}, Buffer: {"buffer", DSN}, Ethernet: {"ethernet", DSN}, PCIe: {"pcie", DSN},
	HostCores: {"host cores", Host}, HostNIC: {"host nic", Host}, Chassis: {"chassis", Rack}, ToRPorts: {"tor ports", Rack},
}

// String returns the name in reports.
func (c Component) String() string { return known[c].name }

// Side returns whose supply feeds the component.
func (c Component) Side() Side { return known[c].side }

// Components lists all components.
func Components() []Component {
	list := make([]Component, components)
	for i := range list {
		list[i] = Component(i)
	}
	return list
}

// Charge is what an operation takes, and where it is counted.
type Charge struct {
	// Operation is the name in reports, such as "AES-GCM".
	Operation string
	Component Component
	// Owner numbers the DSN, or the server, that the component belongs to.
	Owner int
	// Resource names the station that counts.
	Resource string
	// What one visit takes, one byte served, and the station's servers while they are busy.
	PerVisit, PerByte units.Energy
	PerBusy           units.Power
}

// Count is what a resource did.
type Count struct {
	Visits, Bytes int64
	Busy          units.Duration
}

// Of returns what the operation took.
func (c *Charge) Of(n Count) Sum {
	var s Sum
	s.Add(c.PerVisit, n.Visits)
	s.Add(c.PerByte, n.Bytes)
	s.Hold(c.PerBusy, n.Busy)
	return s
}

// Draw is a power that is there whether packets come or not.
type Draw struct {
	Operation string
	Component Component
	Owner     int
	Power     units.Power
}

// Plan lists what takes power in a model.
type Plan struct {
	Charges []Charge
	Draws   []Draw
}

// Of returns the part of a plan that concerns one owner on a side.
func (p *Plan) Of(s Side, owner int) Plan {
	var part Plan
	for _, d := range p.Draws {
		if d.Owner == owner && d.Component.Side() == s {
			part.Draws = append(part.Draws, d)
		}
	}
	for _, c := range p.Charges {
		if c.Owner == owner && c.Component.Side() == s {
			part.Charges = append(part.Charges, c)
		}
	}
	return part
}

// Rest returns what is drawn at rest.
func (p *Plan) Rest() units.Power {
	var sum units.Power
	for _, d := range p.Draws {
		sum += d.Power
	}
	return sum
}

// Entry is a line of the ledger: what one operation took in all.
type Entry struct {
	Operation string
	Component Component
	Owner     int
	// Events counts the visits that were charged, 0 for what is drawn all the time.
	Events int64
	Energy Sum
	Draw   bool
}

// Ledger is what was taken in a span of time, in the order of the plan: draws first.
type Ledger struct {
	Span    units.Duration
	Entries []Entry
}

// Charge bills the counts of resources over a span. It panics on a charge for a resource that is not among them: that is
// the author's bug.
func (p *Plan) Charge(span units.Duration, counts map[string]Count) *Ledger {
	l := &Ledger{Span: span}
	for i := range p.Draws {
		d := &p.Draws[i]
		e := Entry{Operation: d.Operation, Component: d.Component, Owner: d.Owner, Draw: true}
		e.Energy.Hold(d.Power, span)
		l.Entries = append(l.Entries, e)
	}
	for i := range p.Charges {
		c := &p.Charges[i]
		n, ok := counts[c.Resource]
		if !ok {
			panic("power: a charge for " + c.Resource + ", which is not there")
		}
		l.Entries = append(l.Entries, Entry{Operation: c.Operation, Component: c.Component, Owner: c.Owner, Events: n.Visits, Energy: c.Of(n)})
	}
	return l
}

// Total returns the sum of the entries that a condition holds for; nil is all of them.
func (l *Ledger) Total(of func(*Entry) bool) Sum {
	var s Sum
	for i := range l.Entries {
		if of == nil || of(&l.Entries[i]) {
			s.Plus(l.Entries[i].Energy)
		}
	}
	return s
}

// Component returns what a component took, over all owners.
func (l *Ledger) Component(c Component) Sum {
	return l.Total(func(e *Entry) bool { return e.Component == c })
}

// Side returns what the components of a side took, over all owners.
func (l *Ledger) Side(s Side) Sum {
	return l.Total(func(e *Entry) bool { return e.Component.Side() == s })
}

// Of returns what a component of one owner took.
func (l *Ledger) Of(c Component, owner int) Sum {
	return l.Total(func(e *Entry) bool { return e.Component == c && e.Owner == owner })
}

// Dynamic returns what operations took: all but what is drawn the whole time.
func (l *Ledger) Dynamic() Sum { return l.Total(func(e *Entry) bool { return !e.Draw }) }

// Hungriest returns the owner on a side that took most, the first of equals, and its energy; -1 without any.
func (l *Ledger) Hungriest(s Side) (owner int, energy Sum) {
	owner = -1
	for i := range l.Entries {
		o := l.Entries[i].Owner
		if l.Entries[i].Component.Side() != s || o == owner {
			continue
		}
		sum := l.Total(func(e *Entry) bool { return e.Owner == o && e.Component.Side() == s })
		if owner < 0 || energy.Less(sum) {
			owner, energy = o, sum
		}
	}
	return owner, energy
}
