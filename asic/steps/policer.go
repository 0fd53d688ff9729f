package steps

import (
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// policer refuses or marks what exceeds a rate.
type policer struct{ *policy.Policer }

func makePolicer(s *Spec, m Member) (Step, error) { return &policer{s.Policers[m.nth]}, nil }

// Do is Step.
func (p *policer) Do(v *Visit) {
	if p.Drops(v.At, v.Packet, v.Outbound) {
		v.Refuse(stats.DropPolicer)
	}
}
