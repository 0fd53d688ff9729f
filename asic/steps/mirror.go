package steps

import (
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/sim/rng"
)

// Mirror describes a service that copies packets.
type Mirror struct {
	// Number is the number that its copies have.
	Number uint8
	// On says whether it copies packets inbound, and outbound.
	On [2]bool
	// OneIn is how many packets that match it takes for a copy, or how many flows when ByFlow is set; at least 1.
	OneIn  uint32
	ByFlow bool
	// Rules are asked about headers that the services before have rewritten. About those that the source sent they were asked
	// before the run (packet.Packet.Copies).
	Rules *policy.Matcher
}

// mirror decides which packets are copied, of those that match its rules.
type mirror struct {
	Mirror
	bit  uint8
	said verdicts  // by the rules, of rewritten headers
	seen [2]uint32 // packets since the last copy, by direction
}

// Mirroring is the service mirror.
var Mirroring = Kind{Name: "mirror", Make: makeMirror, OnCipherText: true}

// Copies is Copier.
func (m *mirror) Copies() uint8 { return m.bit }

// Blind is Blind.
func (m *mirror) Blind() bool { return true }

// Flowless is Flowless.
func (m *mirror) Flowless() bool { return true }

func makeMirror(s *Spec, m Member) (Step, error) {
	c := s.Mirrors[m.nth]
	return &mirror{Mirror: c, bit: 1 << c.Number}, nil
}

// Do is Step.
func (m *mirror) Do(v *Visit) {
	way := 0
	if v.Outbound {
		way = 1
	}
	if m.On[way] && m.matches(v) && m.samples(v, way) {
		v.Packet.Copies |= m.bit
	}
}

func (m *mirror) matches(v *Visit) bool {
	if v.rewritten() {
		return m.said.of(v, m.Rules.MatchTuple)
	}
	return v.Matched&m.bit != 0
}

// samples reports whether a packet is in the sample: the first of each OneIn, or one of a flow whose hash says so. The
// sample has bits of its own, since the hash has chosen the chip.
func (m *mirror) samples(v *Visit, way int) bool {
	switch {
	case m.OneIn <= 1:
		return true
	case m.ByFlow:
		return rng.Choose(v.Packet.Hash, rng.Sample) < (1<<32-1)/m.OneIn
	}
	first := m.seen[way] == 0
	if m.seen[way]++; m.seen[way] == m.OneIn {
		m.seen[way] = 0
	}
	return first
}
