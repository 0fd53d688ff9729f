package management

import (
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/asic/keystore"
	"github.com/dsnsim/dsnsim/pcie/firewall"
)

// Door is how a way reaches the DSN.
type Door uint8

// The doors.
const (
	NoDoor Door = iota
	HostBus
	PCIe
	Network
	Traffic // among the packets
)

// Route is a way from a principal to a resource.
type Route struct {
	Nodes []Node
	Door  Door
	// Requester is the function that a way through PCIe goes by, and Region where the resource is.
	Requester firewall.Function
	Region    Region
	// Locked says that the way asks for a credential that the principal does not have, Stored that it asks the key store.
	Locked, Stored bool
}

// String lists the nodes: "kernel -> PF -> chip -> policy".
func (r Route) String() string {
	names := make([]string, len(r.Nodes))
	for i, n := range r.Nodes {
		names[i] = n.String()
	}
	return strings.Join(names, " -> ")
}

// Routes lists the ways from a principal to a resource, in the order of the graph.
func (d *Domain) Routes(from, to Node) []Route {
	var list []Route
	d.walk(Route{Nodes: []Node{from}}, to, &list)
	return list
}

// walk goes on from the last node. The graph has no cycles.
func (d *Domain) walk(way Route, to Node, list *[]Route) {
	here := way.Nodes[len(way.Nodes)-1]
	if here == to {
		*list = append(*list, d.finish(way))
		return
	}
	for _, e := range d.edges {
		if e.from == here && (e.to.kind != target || e.to == to) {
			next := way
			next.Nodes = append(slices.Clone(way.Nodes), e.to)
			next.Locked = way.Locked || e.guard == credential
			next.Stored = way.Stored || e.guard == stored
			d.walk(next, to, list)
		}
	}
}

// finish notes by which door a way comes, and for one through PCIe who asks for which addresses.
func (d *Domain) finish(r Route) Route {
	last := r.Nodes[len(r.Nodes)-1]
	r.Region, _ = d.Region(last.resource, firewall.Function(last.n))
	for _, n := range r.Nodes {
		switch n.kind {
		case hostMemory:
			r.Door = HostBus
		case function:
			r.Door, r.Requester = PCIe, firewall.Function(n.n)
		case port:
			r.Door = Network
		case ports:
			r.Door = Traffic
		case store:
			r.Region = storeRegion()
		}
	}
	return r
}

// Memory returns the ways by which the DSN's chip reaches the server's memory by DMA; none where no PCIe link leads there.
func (d *Domain) Memory() []Route { return d.Routes(Chip(), Of(Buffers, firewall.PF)) }

// Outcome is what a principal achieves.
type Outcome uint8

// The outcomes, the better for an attacker the later.
const (
	NoPath  Outcome = iota // no way leads there
	Refused                // the windows refuse
	Open                   // the principal gets there
)

// Try tells what a principal achieves with a right on a resource, by the best of its ways, and which that is. Nothing is
// counted. A way that asks for a credential is none for who does not have it.
func (d *Domain) Try(from, to Node, right firewall.Right) (Outcome, Route) {
	best, way := NoPath, Route{}
	for _, r := range d.Routes(from, to) {
		outcome := Open
		switch {
		case r.Locked:
			outcome = NoPath
		case r.Door == PCIe && d.Firewall.Judge(r.Region.Access(r.Requester, right, 0, 8)) != firewall.Passed,
			r.Stored && !d.gives(r.Door, right):
			outcome = Refused
		}
		if outcome > best || way.Nodes == nil {
			best, way = outcome, r
		}
	}
	return best, way
}

// gives reports whether the key store lets who comes by a door read keys, or replace them.
func (d *Domain) gives(by Door, right firewall.Right) bool {
	who, op := keystore.Host, keystore.Replace
	if by == Network {
		who = keystore.NetworkManagement
	}
	if right == firewall.Read {
		op = keystore.Read
	}
	return keystore.Allowed(d.home(), who, op)
}

// Compromised lists what of the DSN's own a principal can take over: stop the process, read keys, change the rest.
// It is empty where the DSN goes on protecting others when that principal has turned hostile.
func (d *Domain) Compromised(by Node) []Resource {
	var list []Resource
	for _, r := range []Resource{Process, Policy, Windows, Keys, Memory} {
		right := firewall.Write
		if r == Keys {
			right = firewall.Read
		}
		if outcome, _ := d.Try(by, DSN(r), right); outcome == Open {
			list = append(list, r)
		}
	}
	return list
}

// WhyNoPath says in words why no way leads from a principal to a resource.
func (d *Domain) WhyNoPath(from, to Node) string {
	locked := false
	for _, r := range d.Routes(from, to) {
		locked = locked || r.Locked
	}
	why := ""
	switch {
	case to.resource == Process && d.setup.Place != HostMemory:
		return "the DSN is not software on the host"
	case d.setup.Place == Box:
		why = "the DSN has no PCIe function in the server"
	case d.setup.Place == HostMemory && from.kind == guest:
		why = "the DSN is software on the host, and gives its VMs no PCIe function"
	case to.resource == Windows && d.setup.Place == HostMemory:
		return "software has no PCIe firewall"
	case from.kind == guest && from.n >= d.setup.VFs:
		why = "the VM has no virtual function"
	default:
		why = "nothing leads there"
	}
	if locked {
		why += ", and its management port asks for the policy manager's credential"
	}
	return why
}
