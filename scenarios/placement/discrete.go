package placement

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// discrete: each service of the chain sits in a box of its own, on ToR ports of its own, as before there were DSNs. A packet
// leaves the ToR for each box in turn and comes back (tromboning, book chapter 2.7.1 and 9.1.1): 2 link crossings a service.
func discrete(r *Rack, server int) (inbound, outbound *PathBuilder) {
	boxes := r.discreteBoxes()
	inbound = r.fromSpine()
	for _, b := range boxes {
		inbound.toBox(b, "spine", server).steps(b.own(b.Inbound())).sized(b.inside).fromBox(b, "server")
	}
	inbound.toServer(server).nicReceive(server)

	outbound = r.from(of("server", server), packet.Plain).nicSend(server).toToR(server)
	for _, b := range slices.Backward(boxes) {
		outbound.toBox(b, "server", server).steps(b.own(b.Outbound())).sized(b.outside).fromBox(b, "spine")
	}
	outbound.toSpine()
	r.Account.ServerNIC(server)
	return inbound, outbound
}

// discretePorts is how many ports of the ToR the boxes take.
func discretePorts(s *scenarios.Scenario) int {
	return applianceArms * s.DSN.Count.Discrete * len(s.Services)
}

// discreteAcross: packets between VMs go to each box but those of tunnels, which nobody needs on one network. Where servers are
// pinned to chips and the two servers' are not the same, they pass the sender's first and then the receiver's.
func discreteAcross(r *Rack, from, to int) *PathBuilder {
	w := r.from(of("server", from), packet.Plain).nicSend(from).toToR(from)
	pass := func(b *box, server int) {
		if b.service.Headers() == 0 {
			w.toBox(b, "server", server).steps(b.own(b.Within())).fromBox(b, "server")
		}
	}
	for _, b := range slices.Backward(r.made.boxes) {
		pass(b, from)
	}
	w.turn()
	sender, pinned := home(r.Scenario, from, r.Scenario.DSN.Count.Discrete)
	receiver, _ := home(r.Scenario, to, r.Scenario.DSN.Count.Discrete)
	if pinned && sender != receiver {
		for _, b := range r.made.boxes {
			pass(b, to)
		}
	}
	return w.toServer(to).nicReceive(to)
}

// noEndpoint: no workload runs in boxes that have no way to a server's memory, with or without cables.
func noEndpoint(*Rack, int) *RDMAEndpoint { return nil }

// box is one service on chips of its own.
type box struct {
	*asic.DSN
	name, chip string
	service    *service.Service
	// outside and inside are what packets are like on the network's side of the box and on the servers'.
	outside, inside size
	// others are the reasons for which other boxes refuse packets.
	others uint32
}

// size is which of a packet's sizes counts on a wire, and how many bytes more.
type size struct {
	form packet.Form
	more uint32
}

func (w *PathBuilder) sized(s size) *PathBuilder {
	w.form, w.more = s.form, s.more
	return w
}

// own has packets refused only for what the box looks at.
func (b *box) own(hops []sim.Hop) []sim.Hop {
	for i := range hops {
		if hops[i].Op == sim.OpFilter {
			hops[i].Bytes |= b.others
		}
	}
	return slices.DeleteFunc(hops, func(h sim.Hop) bool { return h.Op == sim.OpFilter && ^h.Bytes&reasons == 0 })
}

// reasons are all reasons to drop packets.
const reasons = 1<<stats.DropReasons - 1

// discreteBoxes returns the boxes in the order inbound, making and charging them the first time.
func (r *Rack) discreteBoxes() []*box {
	if r.made.boxes != nil {
		return r.made.boxes
	}
	names := boxNames(r.Chain.Services)
	for n := range r.Chain.Services {
		b := &box{name: names[n], chip: "discrete." + names[n], service: &r.Chain.Services[n],
			outside: sizeAt(r.Chain, n), inside: sizeAt(r.Chain, n+1), others: refusedElsewhere(r.Chain, n)}
		first := r.made.count
		r.boxDSN(b, n)
		r.chargeBox(b, first)
		r.made.boxes = append(r.made.boxes, b)
	}
	r.ExtraPorts = discretePorts(r.Scenario)
	r.Account.ToRPorts(r.ExtraPorts)
	return r.made.boxes
}

// boxDSN adds the chips of a box, which run the n-th service.
func (r *Rack) boxDSN(b *box, n int) {
	chain, program := r.Chain, r.Program
	one, err := chain.Alone(n, r.Profile)
	if err != nil {
		panic(err) // Placement.Chain has tried it
	}
	r.Chain = one
	if r.ProgramOf != nil {
		r.Program = r.ProgramOf(n)
	}
	b.DSN = r.newDSN(b.chip, r.Scenario.DSN.Count.Discrete)
	r.Chain, r.Program = chain, program
}

// toBox takes the packet through a ToR port to a box: to one of its chips, if it has several.
func (w *PathBuilder) toBox(b *box, side string, server int) *PathBuilder {
	n := w.rack.Scenario.DSN.Count.Discrete
	return w.spread(server, n).forward(applianceRate).
		wireTo(w.rack.armPorts("tor.arm-"+b.name+"-"+side, n), n, applianceRate).
		cable("tor_appliance", w.rack.Scenario.Rack.Cables.ToRAppliance, "box."+b.name)
}

// fromBox takes it back to the ToR.
func (w *PathBuilder) fromBox(b *box, side string) *PathBuilder {
	n := w.rack.Scenario.DSN.Count.Discrete
	return w.leave(w.rack.egresses(b.chip, b.chip+".arm-"+side, n, applianceRate, stats.DropApplianceQueue), applianceRate).
		cable("tor_appliance", w.rack.Scenario.Rack.Cables.ToRAppliance, "tor")
}

// chargeBox charges the chips of a box for their arms, and the box. first is the number of its first chip.
func (r *Rack) chargeBox(b *box, first int) {
	n := r.Scenario.DSN.Count.Discrete
	for i := range n {
		for _, side := range []string{"spine", "server"} {
			r.Account.Module(power.Ethernet, first+i, applianceRate, r.Scenario.Rack.Cables.ToRAppliance)
			r.Account.Port(power.Ethernet, first+i, applianceRate, of("tor.arm-"+b.name+"-"+side, i), of(b.chip+".arm-"+side, i))
		}
	}
	r.Bill.Add(prices.DSNASIC, n)
	r.Bill.Add(prices.Chassis, 1)
	r.Power.Draws = append(r.Power.Draws, power.Draw{Operation: "1U chassis of " + b.name, Component: power.Chassis,
		Power: r.Profile.Power.Chassis.Value})
}

// What a chain is like when each of its services is in a box of its own, and which chains cannot be.

// perService reports whether each service is on a chip of its own.
func (p Placement) perService() bool { return p.Name == "discrete" }

// boxNames names the boxes after their services; the second of a kind has a number.
func boxNames(services []service.Service) []string {
	var names []string
	seen := map[string]int{}
	for i := range services {
		name := services[i].Name
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s-%d", name, seen[name])
		}
		names = append(names, name)
	}
	return names
}

// sizeAt says what packets are like on the network's side of the n-th service, or behind all services: in all tunnels, in the
// overlay that ESP was taken off, or as the tenants exchange them.
func sizeAt(c *asic.Chain, n int) size {
	overlay := uint32(0)
	for i := range c.Services {
		switch {
		case i >= n && c.Services[i].Ciphers():
			return size{form: packet.Tunnelled}
		case i >= n && c.Services[i].Overlay():
			overlay = uint32(c.Services[i].Headers())
		}
	}
	return size{form: packet.Plain, more: overlay}
}

// refusedElsewhere lists the reasons that are known before a packet comes to the box of the n-th service, and for which other
// boxes refuse it: what rules and routes say is worked out before the run, and so is what becomes of tunnels. What the headers of
// a tenant are like is seen by boxes only whose parser gets to them.
func refusedElsewhere(c *asic.Chain, n int) (bits uint32) {
	for i := range c.Services {
		s := &c.Services[i]
		if i == n {
			continue
		}
		if bits |= s.Foreseen; s.Tunnel != nil {
			bits |= s.Tunnel.Refuses
		}
		if s.Overlay() && c.Services[n].Ciphers() {
			bits |= 1 << stats.DropParser
		}
	}
	return bits
}

// boxed says why the services of a scenario cannot be in a box each, or nil.
func boxed(s *scenarios.Scenario, c *asic.Chain, hw *profile.Profile) error {
	if len(s.Services) == 0 {
		return errors.New("there is no service to put in a box")
	}
	for i := range s.Services {
		if err := ownBox(s, i); err != nil {
			return err
		}
		if _, err := c.Alone(i, hw); err != nil {
			return err
		}
	}
	return follows(s)
}

// ownBox says why a service cannot be in a box of its own.
func ownBox(s *scenarios.Scenario, n int) error {
	v := &s.Services[n]
	k := v.Kind.Chip
	switch {
	case v.Kind.NoBox != "":
		return errors.New(v.Kind.NoBox)
	case k.Tunnel != nil || k.Step != nil && k.Step.OnCipherText: // these need not see the tenants' headers
		return nil
	}
	for i := n + 1; i < len(s.Services); i++ {
		if later := &s.Services[i]; later.Kind.Chip.Tunnel != nil {
			return fmt.Errorf("%s in a box of its own in front of %s sees the tunnel's headers only; list it behind %s", v.Name, later.Name, later.Name)
		}
	}
	return nil
}

// follows says why services cannot work in boxes one after the other. What nat and lb make of a packet's headers is followed
// inside one device only, so nobody behind them may go by the headers.
func follows(s *scenarios.Scenario) error {
	rewrites, judges := "", ""
	for i := range s.Services {
		v := &s.Services[i]
		switch step := v.Kind.Chip.Step; {
		case step == nil || !step.Rewrites:
			if v.JudgesHeaders() {
				judges = v.Name
			}
		case rewrites != "":
			judges = v.Name
		default:
			rewrites = v.Name
		}
	}
	if rewrites == "" || judges == "" {
		return nil
	}
	return fmt.Errorf("%s and %s cannot be in a box each: the headers that %s rewrites are followed inside one DSN only, and %s goes by them",
		rewrites, judges, rewrites, judges)
}
