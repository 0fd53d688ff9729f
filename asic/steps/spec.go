package steps

import (
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Spec says what the services of a chain must know. It is the same for all chips, and does not change once made.
type Spec struct {
	// Services are the chain's services on a side, in inbound order; nil is one without a Step.
	Services []*Kind
	Side     Side
	// Sources tells the headers of packets. Policy is asked about rewritten ones, which it could not be before the run.
	Sources *policy.Sources
	Policy  *policy.Policy
	// Tracking is the connection tracking of a stateful firewall, nil without. Its Flows are for one chip.
	Tracking *policy.Spec
	// Policers and Mirrors are the chain's, in its order. The chips of a box, and the cores of a server, share their
	// policers: they have the same Spec, others another.
	Policers []*policy.Policer
	Mirrors  []Mirror
	// NAT and LB are what these services must know, nil without.
	NAT *NAT
	LB  *LB
	// Observe, when not nil, is called with each packet's headers, where services rewrite them.
	Observe Observer
	// From and To are the measured window.
	From, To units.Time
}

// Member says which of several equal devices a Program is for: packets are steered to number Index of Of.
type Member struct {
	Index, Of int
	// Shared says that the members divide the tables of one device, as the cores of a server do; else each has its own.
	Shared bool

	nth int // which of the services of the same name a Step is made for, from 0
}

// share returns a member's part of n entries.
func (m Member) share(n int) int {
	if !m.Shared {
		return n
	}
	return (n + m.Of - 1) / m.Of
}

// Step is one service on one chip or core.
type Step interface {
	// Do sees a packet that no service before it has refused.
	Do(v *Visit)
}

// Kind is a kind of service that has a Step: the part of a service's description that a Program asks.
type Kind struct {
	// Name is for errors.
	Name string
	// Keeps says that the service keeps state, for which a chip needs a Program; nil for one that always does. Others only judge
	// headers: they are asked about each flow before the run, and have a Step so that the services of a Program come in their order.
	Keeps func(*Spec) bool
	Make  func(*Spec, Member) (Step, error)
	// OnCipherText says that the service works on the side of the crypto complex on which it stands. Others look at the tenants'
	// headers, wherever a chain has them. Refuses are the reasons for which it refuses packets there.
	OnCipherText bool
	Refuses      uint32
	// Rewrites says that it changes headers.
	Rewrites bool
}

// keeps reports whether a service keeps state.
func (k *Kind) keeps(s *Spec) bool { return k != nil && (k.Keeps == nil || k.Keeps(s)) }

// keepers counts the services that keep state.
func (s *Spec) keepers() (n int) {
	for _, k := range s.Services {
		if k.keeps(s) {
			n++
		}
	}
	return n
}

// Steers reports whether both directions of a flow must meet the same member.
func (s *Spec) Steers() bool { return s.Tracking != nil || s.Rewrites() }

// Rewrites reports whether some service changes headers.
func (s *Spec) Rewrites() bool { return s.NAT != nil || s.LB != nil }

// Steer returns the hash by which packets with a session's headers are steered to a member, where services change headers:
// to the one that holds the state of all of them. Flows to a VIP go by the end outside, translated ones by the end inside,
// and others by both ends.
func (s *Spec) Steer(one *policy.Session, outbound bool) uint32 {
	if one.Kind == header.NoSession {
		return 0
	}
	u := one.Tuple
	if s.LB != nil {
		if far, port, ok := s.LB.Plan.Steers(&u, outbound); ok {
			return policy.SteerTuple(&table.Tuple{Src: far, SrcPort: port, Proto: u.Proto})
		}
	}
	if s.NAT != nil {
		if hash, ok := s.NAT.Plan.Steer(&u, outbound); ok {
			return hash
		}
	}
	return policy.SteerTuple(&u)
}

// Needed reports whether some service keeps state.
func (s *Spec) Needed() bool { return s.keepers() > 0 }

// Side is a place in the chain at which a Program runs.
type Side uint8

// The sides of the crypto complex: packets of the tenants, which may still be in another tunnel, and those in the ESP tunnel.
const (
	Clear Side = iota
	Encrypted

	// Sides is how many there are, for arrays by side.
	Sides = iota
)
