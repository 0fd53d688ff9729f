// Package asic is the DSN chip: a parser, a match-action pipeline, a flow table behind a cache, and a crypto complex.
package asic

import (
	"fmt"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Match is how a table compares its key.
type Match uint8

// The match kinds.
const (
	Exact Match = iota
	LPM
	Ternary
)

// Table is one look-up that a service makes in the pipeline.
type Table struct {
	Name  string
	Match Match
	// Depends says that the key needs what an earlier table found, so the table must sit in a later stage and wait
	// for it; otherwise it shares a stage's time with the one before.
	Depends bool
	// Stateful tables read and write their entry with each packet: connection state, sequence numbers.
	Stateful bool
}

// Service is what a chain is made of: the tables that it looks up and what else a packet costs in it.
type Service struct {
	Name   string
	Tables []Table
	// Crypto sends the packet through the crypto complex and then through the pipeline once more.
	Crypto bool
	// FlowTable looks the packet's flow up in the flow table, which is in memory behind a cache.
	FlowTable bool
	// Filters says that the service may refuse a packet.
	Filters bool
	// TunnelHeader is how many bytes of headers the service's tunnel puts before the tenant's.
	TunnelHeader units.Bytes
}

// services lists every service, in the order in which a chain inbound uses them.
var services = []Service{
	{Name: "ipsec", Crypto: true, TunnelHeader: 14 + 20 + 16, // Ethernet, IPv4, ESP with IV
		Tables: []Table{{Name: "sa", Match: Exact, Depends: true, Stateful: true}}},
	{Name: "vxlan", TunnelHeader: 14 + 20 + 8 + 8, // Ethernet, IPv4, UDP, VXLAN
		Tables: []Table{{Name: "vni", Match: Exact, Depends: true}}},
	{Name: "firewall", FlowTable: true, Filters: true,
		Tables: []Table{{Name: "flow", Match: Exact, Depends: true, Stateful: true}, {Name: "acl", Match: Ternary}}},
	{Name: "route", Filters: true, Tables: []Table{{Name: "lpm", Match: LPM, Depends: true}}},
}

// deliver finds the port or virtual function of the packet's destination; every chain ends with it.
var deliver = Table{Name: "deliver", Match: Exact, Depends: true}

// Chain is a list of services compiled for a profile: how often a packet passes the pipeline, and how long that takes.
type Chain struct {
	Services []Service
	// Latency is one pass through the match-action stages. It is the same for every packet, since the stages run in
	// step.
	Latency units.Cycles
	// Stages are the stages in use, for explanation.
	Stages []Stage
	// FlowTable and Crypto say whether any service needs them.
	FlowTable bool
	Crypto    bool
}

// Stage is one stage of the pipeline and the tables in it.
type Stage struct {
	Tables  []Table
	Latency units.Cycles
}

// NewChain compiles the services named, in order from the network to the VM. It says what is missing when the profile
// cannot run them.
func NewChain(names []string, p *profile.Profile) (*Chain, error) {
	c := &Chain{}
	for _, name := range names {
		s, ok := find(name)
		if !ok {
			return nil, fmt.Errorf("service %q is not known", name)
		}
		c.Services = append(c.Services, s)
		c.Crypto = c.Crypto || s.Crypto
		c.FlowTable = c.FlowTable || s.FlowTable
		for _, t := range s.Tables {
			c.place(t)
		}
	}
	c.place(deliver)
	if have := p.DSN.Stages.Value; len(c.Stages) > have {
		return nil, fmt.Errorf("the chain needs %d match-action stages, profile %s has %d", len(c.Stages), p.Name, have)
	}
	if c.Crypto && p.DSN.Crypto.Cores.Value == 0 {
		return nil, fmt.Errorf("the chain needs a crypto core, profile %s has none", p.Name)
	}
	c.Latency = latency(c.Stages, &p.DSN)
	return c, nil
}

func find(name string) (Service, bool) {
	for _, s := range services {
		if s.Name == name {
			return s, true
		}
	}
	return Service{}, false
}

// Filters reports whether some service of the chain may refuse a packet.
func (c *Chain) Filters() bool {
	for _, s := range c.Services {
		if s.Filters {
			return true
		}
	}
	return false
}

// place puts a table in the stage of the one before it, or in the next when it depends on that one.
func (c *Chain) place(t Table) {
	if t.Depends || len(c.Stages) == 0 {
		c.Stages = append(c.Stages, Stage{})
	}
	last := &c.Stages[len(c.Stages)-1]
	last.Tables = append(last.Tables, t)
}

// latency adds up the stages: a stage that waits for a match before it costs a whole look-up, more with a TCAM or
// with state; a stage without a table costs what an independent one does.
// source: p4lang/p4c backends/tofino/bf-p4c mau_power.cpp, compute_stage_latency.
func latency(stages []Stage, d *profile.DSN) units.Cycles {
	total := d.CornerTurn.Value
	for i := range stages {
		s := &stages[i]
		s.Latency = d.MatchCycles.Value
		var tcam, stateful units.Cycles
		for _, t := range s.Tables {
			if t.Match != Exact {
				tcam = d.TCAMCycles.Value
			}
			if t.Stateful {
				stateful = d.StatefulCycles.Value
			}
		}
		s.Latency += tcam + stateful
		total += s.Latency
	}
	return total + units.Cycles(d.Stages.Value-len(stages))*d.IndependentCycles.Value
}

// Tunnelled returns the size on the wire of a tenant's frame under the tunnels of a chain, both with FCS: each tunnel
// service wraps it, the last of the chain first.
func Tunnelled(chain []string, frame uint32) uint32 {
	for i := len(chain) - 1; i >= 0; i-- {
		switch chain[i] {
		case "vxlan":
			// The whole inner frame without its FCS becomes the payload. source: RFC 7348.
			frame += 14 + 20 + 8 + 8
		case "ipsec":
			// Tunnel mode carries the IP packet, padded to 4 bytes with its 2-byte trailer. source: RFC 4303, RFC 4106.
			ip := frame - 14 - 4
			frame = 14 + 20 + 8 + 8 + (ip+2+3)/4*4 + 16 + 4
		}
	}
	return frame
}
