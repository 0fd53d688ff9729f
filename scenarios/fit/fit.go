// Package fit says whether a placement of a DSN can be deployed in a scenario, and why: deployment in a rack that is there
// already, servers without a hypervisor, drivers, slots, ports of the ToR. It simulates nothing and knows no placement
// by its name: it asks what a Place takes of a rack. source of the constraints: book chapter 9.2.
package fit

import (
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
)

// Place is what a placement needs of a rack.
type Place struct {
	// Where is where the DSN is, as seen from a server.
	Where management.Place
	// Carries says that the DSN is the server's NIC: its owner reaches the network through the DSN's own PCIe functions. A
	// card that does not carry is put beside an ordinary NIC.
	Carries bool
	// Cabled says that a PCIe link leads from a box into each server, which takes a card there.
	Cabled bool
	// ReplacesToR says that the box is the ToR.
	ReplacesToR bool
	// Ports is how many ports of the ToR it needs beside those of servers and uplink.
	Ports int
	// Cores is how many cores of each server the DSN is given.
	Cores int
	// Supply is what the place of a card supplies, which says what slots it takes. The zero value is a PCIe slot.
	Supply power.Budget
}

// Answer is whether a placement is possible. The larger, the worse.
type Answer uint8

// The answers. Possibly depends on what the scenario does not say: it can be deployed as far as is known.
const (
	Yes Answer = iota
	Possibly
	No
)

// String returns "yes", "possibly" or "no".
func (a Answer) String() string { return [...]string{"yes", "possibly", "no"}[a] }

// The names of the constraints, in the order of reports.
const (
	Virtualisation = "virtualisation"
	Cores          = "cores"
	Functions      = "functions"
	Driver         = "drivers"
	Deployment     = "deployment"
	Slot           = "slots"
	Port           = "ports"
)

// Finding is what one constraint says of a placement, or several of them together.
type Finding struct {
	Constraint string
	Answer     Answer
	// Why is the cause, in words that name the key of the scenario that decides.
	Why string
	// Fixed is set with No where a simulation cannot assume the constraint away either, as there would be nothing to simulate.
	Fixed bool
	// Unstated is set with Possibly where the scenario says nothing of what is asked.
	Unstated bool
}

// Report is what all constraints that concern a placement say, in a fixed order.
type Report []Finding

// Answer returns the worst answer.
func (r Report) Answer() Answer {
	worst := Yes
	for _, f := range r {
		worst = max(worst, f.Answer)
	}
	return worst
}

// Why returns the causes of an answer.
func (r Report) Why(a Answer) []string {
	var list []string
	for _, f := range r {
		if f.Answer == a {
			list = append(list, f.Why)
		}
	}
	return list
}

// Reasons returns why the placement cannot be deployed; nothing where it can.
func (r Report) Reasons() []string { return r.Why(No) }

// Conditions returns on what deployment hangs, as far as the scenario raises the question.
func (r Report) Conditions() []string {
	return slices.DeleteFunc(slices.Clone(r), func(f Finding) bool { return f.Unstated }).Why(Possibly)
}

// Fixed returns the reasons that also prevent a simulation.
func (r Report) Fixed() []string {
	var list []string
	for _, f := range r {
		if f.Answer == No && f.Fixed {
			list = append(list, f.Why)
		}
	}
	return list
}

// of returns the findings of some constraints.
func (r Report) of(constraints ...string) Report {
	return slices.DeleteFunc(slices.Clone(r), func(f Finding) bool { return !slices.Contains(constraints, f.Constraint) })
}

// together returns one finding for all of a report: the worst answer and its causes.
func (r Report) together(constraint string) Finding {
	f := Finding{Constraint: constraint, Answer: r.Answer(), Fixed: len(r.Fixed()) > 0}
	f.Why = strings.Join(r.Why(f.Answer), "; ")
	return f
}

// Assess asks every constraint that concerns a place, in a scenario and with the hardware of a profile.
func Assess(s *scenarios.Scenario, hw *profile.Profile, place Place) Report {
	a := assessment{s, hw, &place, nil}
	a.virtualisation()
	a.cores()
	a.functions()
	a.drivers()
	a.deployment()
	a.slots()
	a.ports()
	return a.report
}

// Applicability says whether a place is for a rack that is all new, and for one that is there already. Only what
// concerns the rack's hardware is asked: deployment, slots and ports.
func Applicability(s *scenarios.Scenario, hw *profile.Profile, place Place) (greenfield, brownfield Finding) {
	ask := func(deployment string) Finding {
		other := *s
		other.Rack.Deployment = deployment
		return Assess(&other, hw, place).of(Deployment, Slot, Port).together(deployment)
	}
	return ask("greenfield"), ask("brownfield")
}

// Support is on what a place depends for bare-metal servers.
type Support uint8

// The kinds of support.
const (
	// None: the DSN needs software of the operator on the server, whose owner gives it no place.
	None Support = iota
	// IfDrivers: the owner's operating system must have a driver for the DSN.
	IfDrivers
	// Independent: the owner sees an ordinary NIC, or nothing at all.
	Independent
)

// String returns the chapter's words.
func (s Support) String() string {
	return [...]string{"no support", "good support, if drivers are available", "optimal support, independent of driver availability"}[s]
}

// BareMetal says whether a place is for servers without a hypervisor: on what it depends, and what comes of it with the
// drivers that the scenario states.
func BareMetal(s *scenarios.Scenario, hw *profile.Profile, place Place) (Finding, Support) {
	other := *s
	other.Rack.Server.Virtualization = bareMetal
	f := Assess(&other, hw, place).of(Virtualisation, Driver).together(bareMetal)
	switch {
	case place.needsHost(s):
		return f, None
	case place.Carries:
		return f, IfDrivers
	}
	return f, Independent
}

const bareMetal = "bare-metal"

// WorkloadDriver says why who uses a server gets no driver for a DSN in it, through whose PCIe functions RDMA and storage
// go even where packets do not; "" where nothing says so.
func WorkloadDriver(s *scenarios.Scenario) string {
	if f := dsnDriver(s); f.Answer == No {
		return f.Why
	}
	return ""
}

// needsHost reports whether the DSN needs software of the operator on the server: it is such software, or is managed by it.
func (p *Place) needsHost(s *scenarios.Scenario) bool {
	hasFunction := p.Where == management.Card || p.Cabled
	return p.Where == management.HostMemory || hasFunction && s.DSN.Management == "host"
}
