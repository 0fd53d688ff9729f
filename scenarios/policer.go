package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/asic/meter"
	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Policer is the options of a policer: what it meters and what becomes of packets that exceed their rate.
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

// DSCP is a differentiated services code point, 0 to 63: a number, or a name of RFC 2474, 2597, 3246 or 5865.
type DSCP uint8

// MaxDSCP is the highest code point: the field has 6 bits.
const MaxDSCP = 63

// dscpNames lists the names: class selectors, assured forwarding by class and drop precedence, and the single ones.
func dscpNames() (names []string, values []DSCP) {
	add := func(name string, v DSCP) { names, values = append(names, name), append(values, v) }
	add("be", 0)
	for class := range DSCP(8) {
		add(fmt.Sprintf("cs%d", class), class<<3)
	}
	for class := DSCP(1); class <= 4; class++ {
		for precedence := DSCP(1); precedence <= 3; precedence++ {
			add(fmt.Sprintf("af%d%d", class, precedence), class<<3|precedence<<1)
		}
	}
	add("ef", 46)
	add("va", 44)
	return names, values
}

// badDSCP stands for what could not be read.
const badDSCP DSCP = MaxDSCP + 1

// UnmarshalText sets d, or says what is wrong with the text.
func (d *DSCP) UnmarshalText(text []byte) error {
	names, values := dscpNames()
	if i := slices.Index(names, strings.ToLower(string(text))); i >= 0 {
		*d = values[i]
		return nil
	}
	n, err := strconv.ParseUint(string(text), 10, 8)
	*d = badDSCP
	if zeros := strict.LeadingZeros(string(text)); zeros != nil {
		return zeros
	}
	if err != nil || n > MaxDSCP {
		return fmt.Errorf("expected a DSCP such as af12, cs1 or a number from 0 to %d, got %q%s", MaxDSCP, text,
			spell.DidYouMean(string(text), names))
	}
	*d = DSCP(n)
	return nil
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
func (s *Service) policer(n *strict.Node) {
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
