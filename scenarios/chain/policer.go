package chain

import (
	"github.com/dsnsim/dsnsim/asic/meter"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Policers is the service policer.
var Policers = Kind{Chip: &service.Policer, Options: policerOptionsOf, Keys: Policer{}, Repeats: true, Place: placePolicer,
	Needs: "a policer needs a rate and a burst, such as {policer: {cir: 1Gbps, cbs: 64kB}}",
	Work:  func(costs *profile.Software, _ *Service) profile.Work { return costs.Policer },
	Size: func(sizes *service.Sizes, s *Service, at Site) {
		meters := map[string]int64{"vm": at.VMs, "server": 1, "class": at.Classes}[s.Policer.Per]
		if s.Policer.Direction == "both" {
			meters *= 2
		}
		sizes.Meters = append(sizes.Meters, at.Servers*meters)
	}}

// placePolicer checks that a policer sees what it looks at.
func placePolicer(c *Chain, i int) {
	if p, inside := c.Services[i].Policer, c.tunnelAround(i); p != nil && inside != nil {
		p.checkPlace(c.Items[i], inside.Name)
	}
}

// Policer is the options of a policer: what it meters, and the action for packets that exceed their rate.
type Policer struct {
	// Mode is srtcm (RFC 2697) or trtcm (RFC 2698).
	Mode string `yaml:"mode" strict:"oneof=srtcm|trtcm"`
	// Per says what has a meter of its own, in each direction: each vm, each server, or each class of traffic of a server.
	Per string `yaml:"per" strict:"oneof=vm|server|class"`
	// CIR and CBS are the committed rate and burst, EBS the excess burst of srtcm, PIR and PBS the peak rate and burst of
	// trtcm. All count IP packets, as the RFCs do, without Ethernet header and FCS.
	CIR units.Rate  `yaml:"cir" strict:"required"`
	CBS units.Bytes `yaml:"cbs" strict:"required"`
	EBS units.Bytes `yaml:"ebs"`
	PIR units.Rate  `yaml:"pir"`
	PBS units.Bytes `yaml:"pbs"`
	// Colour is blind, or aware of the colour that a packet has: from a policer before, else from its DSCP.
	Colour string `yaml:"colour" strict:"oneof=blind|aware"`
	Yellow string `yaml:"yellow" strict:"oneof=pass|mark|drop"`
	Red    string `yaml:"red" strict:"oneof=pass|mark|drop"`
	// DSCP is what marked packets get.
	DSCP Marks `yaml:"dscp"`
	// Direction is inbound, outbound or both.
	Direction string `yaml:"direction" strict:"oneof=inbound|outbound|both"`
}

// Marks are DSCPs by colour. Green packets are marked where they have one.
type Marks struct {
	Green  *DSCP `yaml:"green"`
	Yellow *DSCP `yaml:"yellow"`
	Red    *DSCP `yaml:"red"`
}

// Meter returns what the policer's meters do.
func (p *Policer) Meter() meter.Spec {
	s := meter.Spec{CIR: p.CIR, CBS: p.CBS, EBS: p.EBS}
	if p.Mode == "trtcm" {
		s.Mode, s.PIR, s.EBS = meter.TwoRate, p.PIR, p.PBS
	}
	return s
}

// policer decodes the options of a policer.
func policerOptionsOf(s *Service, n *strict.Node) {
	p := &Policer{Mode: "srtcm", Per: "vm", Colour: "blind", Yellow: "pass", Red: "drop", Direction: "both"}
	s.Policer = p
	if !n.Decode(p) {
		return
	}
	foreign := map[string][]string{"srtcm": {"pir", "pbs"}, "trtcm": {"ebs"}}[p.Mode]
	for _, key := range foreign {
		if n.Has(key) {
			n.At(key).Errorf("%s is not for mode %s, which has %s", key, p.Mode,
				map[string]string{"srtcm": "cir, cbs and ebs", "trtcm": "cir, cbs, pir and pbs"}[p.Mode])
			return
		}
	}
	for _, key := range []string{"pir", "pbs"} {
		if p.Mode == "trtcm" && !n.Has(key) {
			n.Errorf("mode trtcm needs %s, the peak %s", key, map[string]string{"pir": "rate", "pbs": "burst"}[key])
			return
		}
	}
	if err := meter.Check(p.Meter()); err != nil {
		n.At(meterKey(p, err)).Errorf("%v", err)
	}
	p.checkMarks(n)
}

// meterKey returns the key whose value a meter finds out of range.
func meterKey(p *Policer, err *meter.RangeError) string {
	keys := map[meter.Field]string{meter.CIR: "cir", meter.CBS: "cbs", meter.PIR: "pir", meter.EBS: "ebs"}
	if err.Field == meter.EBS && p.Mode == "trtcm" {
		return "pbs"
	}
	return keys[err.Field]
}

// checkMarks checks that what is marked has a DSCP, and that no DSCP is for nothing.
func (p *Policer) checkMarks(n *strict.Node) {
	for _, c := range []struct {
		key, action string
		mark        *DSCP
	}{{"yellow", p.Yellow, p.DSCP.Yellow}, {"red", p.Red, p.DSCP.Red}} {
		switch {
		case c.action == "mark" && c.mark == nil:
			n.At(c.key).Errorf("%s: mark needs a code point, such as dscp: {%s: af12}", c.key, c.key)
		case c.action != "mark" && c.mark != nil:
			n.At("dscp", c.key).Errorf("a DSCP for %s packets needs %s: mark", c.key, c.key)
		}
	}
}

// Marks reports whether some packet gets a DSCP.
func (p *Policer) Marks() bool { return p.DSCP.Green != nil || p.Yellow == "mark" || p.Red == "mark" }

// checkPlace complains about a policer in front of a tunnel service that needs what is in the tunnel.
func (p *Policer) checkPlace(n *strict.Node, tunnel string) {
	switch {
	case p.Per != "server":
		n.Errorf("a policer per %s must come behind %s: in front of it, whose packet it is stands inside the tunnel; "+
			"put it behind, or police per: server", p.Per, tunnel)
	case p.Marks():
		n.Errorf("a policer in front of %s marks the tunnel's header, which %s takes off; put it behind to mark the tenant's packet", tunnel, tunnel)
	case p.Colour == "aware":
		n.Errorf("a policer in front of %s cannot be aware of colours: the tenant's DSCP stands inside the tunnel", tunnel)
	}
}

// In reports whether a policer looks at packets of a direction, inbound or outbound.
func (p *Policer) In(direction string) bool { return p.Direction == "both" || p.Direction == direction }
