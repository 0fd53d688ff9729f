package table91

import (
	"slices"

	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/pcie/firewall"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/fit"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim"
)

// Derive computes the table from a report and from what is known of its placements without a run.
func Derive(list []placement.Placement, s *scenarios.Scenario, set *input.Setting, report *result.Report) (*result.Table91, error) {
	tables, err := input.Contents(s, set.Inputs)
	if err != nil {
		return nil, err
	}
	var all []Facts
	for _, pl := range list {
		f := Facts{Placement: pl.Name, Row: report.Row(pl.Name, result.All, result.All), ServerCores: s.Rack.Server.Cores,
			Fit: fitOf(s, set.Profile, pl), Memory: memoryOf(s, set.Profile, pl), Bill: billOf(s, set.Profile, pl, tables),
			Security: securityOf(s, set.Profile, pl)}
		for i := range report.Attacks {
			if report.Attacks[i].Placement == f.Placement {
				f.Security.Attacks = append(f.Security.Attacks, report.Attacks[i])
			}
		}
		all = append(all, f)
	}
	return Of(all), nil
}

// fitOf asks the constraints that are about the rack and the servers, whatever the scenario's deployment and virtualisation.
func fitOf(s *scenarios.Scenario, p *profile.Profile, pl placement.Placement) Fit {
	place := pl.Place(s)
	var f Fit
	f.Greenfield, f.Brownfield = fit.Applicability(s, p, place)
	f.BareMetal, f.Support = fit.BareMetal(s, p, place)
	for _, finding := range fit.Assess(s, p, place) {
		if finding.Constraint == fit.Port {
			f.Ports = finding
		}
	}
	return f
}

// memoryOf asks how RDMA and storage get to the server's memory, with a NIC that does RDMA and with one that does not.
func memoryOf(s *scenarios.Scenario, p *profile.Profile, pl placement.Placement) Memory {
	m := Memory{NICDoes: s.Rack.Server.NIC.RDMA}
	domain, err := pl.Domain(s, p)
	if err != nil {
		m.Err = err.Error()
		return m
	}
	for _, way := range domain.Memory() {
		m.Ways = append(m.Ways, way.String())
	}
	ask := func(does bool) []string {
		other := *s
		other.Rack.Server.NIC.RDMA = does
		var why []string
		for _, w := range []demand.Workload{{Name: "RDMA", RDMA: "read", Compress: 1000}, {Name: "storage", NVMe: "read", Compress: 1000}} {
			reasons, err := pl.Unsupported(&w, &other, p)
			if err != nil {
				reasons = []string{err.Error()}
			}
			for _, r := range reasons {
				why = append(why, w.Name+": "+r)
			}
		}
		return why
	}
	m.With, m.Without = ask(true), ask(false)
	return m
}

// billOf lays a placement out and returns what it needs beyond what the rack has whatever the placement.
func billOf(s *scenarios.Scenario, p *profile.Profile, pl placement.Placement, tables placement.Contents) Bill {
	chain, err := pl.Chain(s, p, tables)
	if err != nil {
		return Bill{Err: err.Error()}
	}
	rack, err := placement.NewRack(sim.NewEngine(nil), s, p, chain)
	if err != nil {
		return Bill{Err: err.Error()}
	}
	before := slices.Clone(rack.Bill)
	for server := range s.Rack.Servers {
		rack.Build(pl, server)
	}
	var own prices.Bill
	for _, part := range rack.Bill {
		for _, had := range before {
			if had.Item == part.Item {
				part.Count -= had.Count
			}
		}
		if part.Count > 0 {
			own.Add(part.Item, int(part.Count))
		}
	}
	return Bill{Parts: own}
}

// securityOf walks from a server's kernel to each of the DSN's resources.
func securityOf(s *scenarios.Scenario, p *profile.Profile, pl placement.Placement) (out Security) {
	domain, err := pl.Domain(s, p)
	if err != nil {
		out.Err = err.Error()
		return out
	}
	for _, name := range scenarios.TargetsOf(scenarios.CompromisedHost) {
		r, known := management.ResourceOf(name)
		if !known {
			continue
		}
		right := firewall.Write
		if r == management.Keys {
			right = firewall.Read
		}
		outcome, way := domain.Try(management.Kernel(), management.DSN(r), right)
		reach := Reach{Resource: name, Open: outcome == management.Open, How: way.String()}
		switch outcome {
		case management.NoPath:
			reach.How = domain.WhyNoPath(management.Kernel(), management.DSN(r))
		case management.Refused:
			reach.How = "refused on the way " + reach.How
		}
		out.Reach = append(out.Reach, reach)
	}
	return out
}
