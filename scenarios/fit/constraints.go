package fit

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/units"
)

// assessment collects the findings about one place. Each method asks one constraint.
type assessment struct {
	*scenarios.Scenario
	hw     *profile.Profile
	place  *Place
	report Report
}

func (a *assessment) find(constraint string, answer Answer, why string, args ...any) {
	a.report = append(a.report, Finding{Constraint: constraint, Answer: answer, Why: fmt.Sprintf(why, args...)})
}

// fixed adds a No that no simulation can assume away.
func (a *assessment) fixed(constraint, why string, args ...any) {
	a.find(constraint, No, why, args...)
	a.report[len(a.report)-1].Fixed = true
}

// virtualisation: on bare metal the operator has no software on the host. source: book chapter 9.2.1, 9.1.6, 9.1.9
func (a *assessment) virtualisation() {
	v := a.Rack.Server.Virtualization
	switch {
	case !a.place.needsHost(a.Scenario):
		a.find(Virtualisation, Yes, "it needs no software of the operator on the server")
	case v != bareMetal:
		a.find(Virtualisation, Yes, "the operator owns the hypervisor (%s), where its software runs", v)
	case a.place.Where == management.HostMemory:
		a.find(Virtualisation, No, "a bare-metal server has no hypervisor and no virtual machine to run the DSN in")
	default:
		a.find(Virtualisation, No, "the host manages the DSN (dsn.management), and a bare-metal server runs no software of the operator")
	}
}

// cores: a DSN in software is given some of those that the server has.
func (a *assessment) cores() {
	if a.place.Cores > a.Rack.Server.Cores {
		a.fixed(Cores, "the DSN would need more cores than the server has")
	}
}

// functions: VMs reach a card through virtual functions, and it has a limited number. source: book chapter 8.4
func (a *assessment) functions() {
	server, vfs := &a.Rack.Server, a.hw.NIC.VFs.Value
	switch {
	case a.place.Where == management.HostMemory:
	case a.place.Carries && !server.NIC.SRIOV && server.Virtualization != bareMetal:
		a.fixed(Functions, "each VM needs a virtual function of the DSN, and rack.server.nic.sriov is false")
	case server.NIC.SRIOV && server.VMs > vfs:
		a.fixed(Functions, "each VM needs a virtual function: a card of the profile has %s, the server has %s VMs",
			units.Count(vfs), units.Count(server.VMs))
	}
}

// drivers: who uses a server needs one for the card that packets go through. source: book chapter 9.2.3
func (a *assessment) drivers() {
	if a.place.Carries {
		a.report = append(a.report, dsnDriver(a.Scenario))
		return
	}
	f, stated := driver(a.Scenario, "nic", a.Rack.Server.Drivers.NIC)
	if !stated {
		f.Why = "the server has an ordinary NIC, for which there are drivers everywhere"
	}
	a.report = append(a.report, f)
}

// dsnDriver is whether the user of a server gets a driver for a DSN in it.
func dsnDriver(s *scenarios.Scenario) Finding {
	f, stated := driver(s, "dsn", s.Rack.Server.Drivers.DSN)
	switch {
	case stated:
	case s.Rack.Server.Virtualization == bareMetal:
		f.Answer, f.Unstated = Possibly, true
		f.Why = "the tenant's operating system needs a driver for the DSN, and nobody says whether it has one (rack.server.drivers.dsn)"
	default:
		f.Why = "the operator, who owns the hypervisor, sees to the DSN's driver"
	}
	return f
}

// driver says who installs a driver in a given state, and whether it has one.
func driver(s *scenarios.Scenario, card, state string) (f Finding, stated bool) {
	find := func(a Answer, why string) (Finding, bool) {
		return Finding{Constraint: Driver, Answer: a, Why: fmt.Sprintf("%s (rack.server.drivers.%s: %s)", why, card, state)}, true
	}
	switch os := &s.Rack.Server.OS; {
	case state == "":
		return Finding{Constraint: Driver}, false
	case state == "none":
		return find(No, "there is no driver for the card that the server needs")
	case state == "in-box":
		return find(Yes, "the driver is in the server's operating system")
	case state == "upstreamed" && os.Legacy:
		return find(No, "the driver is in current operating systems only, and that of the servers is legacy")
	case state == "upstreamed":
		return find(Yes, "the driver is in current operating systems, as that of the servers is")
	case os.Certified:
		return find(No, "the driver would have to be installed, and the kernel is certified as it is")
	case s.Rack.Server.Virtualization == bareMetal:
		return find(Possibly, "the server's tenant must install the driver")
	}
	return find(Yes, "the operator installs the driver")
}

// deployment: servers in production keep their hardware; boxes of the network are added or replaced. source: book chapter 9.2.2
func (a *assessment) deployment() {
	p := a.place
	switch brownfield := a.Rack.Deployment == "brownfield"; {
	case !brownfield:
		a.find(Deployment, Yes, "all is chosen for it")
	case p.Where == management.Card && p.Carries && a.Rack.Server.NIC.DSNCapable:
		a.find(Deployment, Yes, "the NIC that is there can be the DSN (rack.server.nic.dsn_capable)")
	case p.Where == management.Card && p.Carries:
		a.find(Deployment, No, "the servers are in production and keep their NIC, which is no DSN (rack.deployment: brownfield)")
	case p.addsCard() && a.Rack.Server.Slots == nil:
		a.find(Deployment, Possibly,
			"the servers are in production and keep their NIC, but each gets a second card, for which nobody says whether a slot is free (rack.server.slots)")
	case p.addsCard():
		a.find(Deployment, Yes, "the servers keep their NIC, and each gets a second card")
	case p.ReplacesToR && a.Rack.ToR.Replaceable != nil && !*a.Rack.ToR.Replaceable:
		a.find(Deployment, No, "the ToR is there already, and must not be replaced (rack.tor.replaceable: false)")
	case p.ReplacesToR:
		a.find(Deployment, Yes, "the servers stay as they are; the ToR is replaced")
	case p.Where == management.Box:
		a.find(Deployment, Yes, "servers and ToR stay as they are; a box is added to the network")
	default:
		a.find(Deployment, Yes, "the servers' hardware stays as it is")
	}
}

// addsCard reports whether each server gets a card beside its NIC.
func (p *Place) addsCard() bool { return p.Where == management.Card && !p.Carries || p.Cabled }

// slots: a second card needs a slot of its form, and a card of double width the one beside it. source: book chapter 9.2.5
func (a *assessment) slots() {
	have, double := a.Rack.Server.Slots, a.place.Where == management.Card && a.place.Supply.Double
	if have == nil || !a.place.addsCard() && !double {
		return
	}
	needs := "a free slot"
	if double {
		needs = "two adjacent slots (" + a.place.Supply.Name + ")"
	}
	switch {
	case have.Free == 0:
		a.find(Slot, No, "the DSN needs %s in each server, and none is free (rack.server.slots)", needs)
	case !a.place.fits(have.Form):
		a.find(Slot, No, "the DSN needs %s in each server, and what is free is %s (rack.server.slots)", a.place.form(), free(have.Form))
	default:
		a.find(Slot, Yes, "the DSN takes %s of those that are free in each server (rack.server.slots)", needs)
	}
}

// free names what rack.server.slots.form says.
func free(form string) string {
	switch form {
	case "pcie":
		return "single PCIe slots"
	case "ocp":
		return "OCP bays"
	}
	return "double PCIe slots"
}

// form names what a card takes.
func (p *Place) form() string {
	switch {
	case p.Cabled:
		return "a PCIe slot"
	case p.Supply.Double:
		return "two adjacent PCIe slots (" + p.Supply.Name + ")"
	case p.Supply.Form == power.OCP:
		return "an OCP bay (" + p.Supply.Name + ")"
	}
	return "a PCIe slot (" + p.Supply.Name + ")"
}

// fits reports whether the card that a place adds fits a free slot. If the scenario gives the card's power, the slot is assumed to be made for it.
func (p *Place) fits(form string) bool {
	switch {
	case p.Cabled:
		return form != "ocp"
	case p.Supply.Given:
		return true
	case p.Supply.Double:
		return form == "pcie-double"
	case p.Supply.Form == power.OCP:
		return form == "ocp"
	}
	return form != "ocp"
}

// ports: boxes beside the ToR are plugged into it. source: book chapter 9.4.5
func (a *assessment) ports() {
	if a.place.Ports == 0 {
		return
	}
	switch free, stated := a.Rack.FreeToRPorts(); {
	case !stated:
		a.find(Port, Yes, "it takes %d ports of the ToR; nobody says how many are free (rack.tor)", a.place.Ports)
	case free < a.place.Ports:
		a.find(Port, No, "it takes %d ports of the ToR, which has %d free (rack.tor)", a.place.Ports, free)
	default:
		a.find(Port, Yes, "it takes %d of the %d free ports of the ToR", a.place.Ports, free)
	}
}
