package steps

import (
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// policer refuses or marks what exceeds a rate.
type policer struct{ *policy.Policer }

// Policing is the service policer.
var Policing = Kind{Name: "policer", Make: makePolicer, OnCipherText: true, Refuses: 1 << stats.DropPolicer}

// Shared is Sharer: the members of a device meter together.
func (p *policer) Shared() bool { return true }

// Blind is Blind.
func (p *policer) Blind() bool { return true }

// Flowless is Flowless.
func (p *policer) Flowless() bool { return true }

func makePolicer(s *Spec, m Member) (Step, error) { return &policer{s.Policers[m.nth]}, nil }

// Do is Step.
func (p *policer) Do(v *Visit) {
	if p.Drops(v.At, v.Packet, v.Outbound) {
		v.Refuse(stats.DropPolicer)
	}
}
