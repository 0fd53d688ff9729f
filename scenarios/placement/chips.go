package placement

import (
	"slices"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw/prices"
)

// newDSN adds chips, with the services that keep state if there are any.
func (r *Rack) newDSN(name string, count int) *asic.DSN {
	dsn := asic.New(r.Engine, r.Profile, r.Chain, name, count)
	r.govern(dsn, name, r.made.count)
	r.made.last = dsn
	if _, keyed := dsn.Handshakes(); keyed {
		r.keying.chips = append(r.keying.chips, dsn)
	}
	if r.Program != nil {
		dsn.Load(r.Engine, r.Program)
	}
	r.Account.Handshakes(r.Chain, dsn, name, r.made.count)
	for i := range count {
		r.Account.Chip(r.Chain, asic.ChipName(name, i, count), r.made.count)
		r.Account.Flows(r.Chain, dsn, asic.ChipName(name, i, count), r.made.count)
		r.queues.owners[asic.ChipName(name, i, count)], r.queues.owners[of(name, i)] = r.made.count, r.made.count
		r.made.count++
	}
	return dsn
}

// chips returns the DSN chips of a box that all servers share, making them, and charging the box, the first time.
func (r *Rack) chips(name string, count int, charge func(count int)) *asic.DSN {
	if r.made.shared == nil {
		r.made.shared = r.newDSN(name, count)
		r.Bill.Add(prices.DSNASIC, count)
		charge(count)
	}
	return r.made.shared
}

// DSNs returns how many DSN chips there are.
func (r *Rack) DSNs() int { return r.made.count }

// Governed is DSNs whose clocks a governor changes: the owners in the power plan count up from First.
type Governed struct {
	*asic.DSN
	First int
}

// govern lets the clocks of a DSN be changed, if the scenario slows those that take more than they may.
func (r *Rack) govern(dsn *asic.DSN, name string, first int) {
	p := &r.Scenario.DSN.Power
	if p.Over != "throttle" {
		return
	}
	dsn.UseDomains(r.Engine, r.Profile, name, asic.Domains{Pipeline: slices.Contains(p.Domains, "pipeline"), Crypto: slices.Contains(p.Domains, "crypto")})
	r.Governed = append(r.Governed, Governed{dsn, first})
}

// chipsMade are the DSN chips made so far.
type chipsMade struct {
	shared *asic.DSN // by all servers, in the ToR or the appliance
	boxes  []*box    // of single services
	last   *asic.DSN
	count  int
}

// programs makes the services that keep state.
type programs struct {
	// Program makes the services that keep state on a side of one chip or core, which are nil without any there; it is nil
	// itself without any at all.
	Program func(at steps.Side, m steps.Member) *steps.Program
	// ProgramOf does the same for chips that run the n-th service of the chain only.
	ProgramOf func(n int) func(at steps.Side, m steps.Member) *steps.Program
}
