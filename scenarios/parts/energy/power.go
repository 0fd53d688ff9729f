package energy

import (
	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/units"
)

// settle charges what the resources did in the measured window.
func settle(plan *power.Plan, usages []sim.Usage, window units.Duration) *power.Ledger {
	counts := make(map[string]power.Count, len(usages))
	for i := range usages {
		u := &usages[i]
		counts[u.Name] = power.Count{Visits: u.Visits, Bytes: u.Bytes, Busy: u.Service}
	}
	return plan.Settle(window, counts)
}

// PowerDrawn is what a placement took in a replication.
type PowerDrawn struct {
	*power.Ledger
	Plan   power.Plan
	supply *supply
	pack   power.Package
}

func (s *supply) Measure() trial.Measurement {
	j := s.job
	usages := j.Engine.Usages()
	s.close(j.Engine, usages)
	kept := *s
	kept.job, kept.resources = nil, nil // they hold the rack
	for i := range kept.governors {
		kept.governors[i] = governor{}
	}
	return &PowerDrawn{Plan: j.Rack.Power, supply: &kept, pack: packOf(j), Ledger: settle(&j.Rack.Power, usages, j.Rec.To.Sub(j.Rec.From))}
}

// Metrics adds what the placement took in the measured window, of all traffic whatever the row.
func (o *PowerDrawn) Metrics(m map[string]float64, r *trial.RowData) {
	l, window := o.Ledger, r.Window
	_, hungriest := l.Hungriest(power.DSN)
	total := l.Total(nil)
	m["power.dsn"] = hungriest.Watts(window)
	m["power.host"] = l.Side(power.Host).Watts(window)
	m["power.total"] = total.Watts(window)
	o.supply.Metrics(m)
	if len(o.supply.plans) > 0 {
		m["thermal.junction"] = float64(o.pack.Steady(hungriest.Over(window))) / float64(units.Celsius)
	}
	if arrived := r.Outcome.Arrived(); arrived.Packets > 0 {
		const fJPerPJ = 1e3
		m["energy.nj_per_packet"] = total.Femtojoules() / FJPerNJ / float64(arrived.Packets)
		m["energy.pj_per_bit"] = total.Femtojoules() / fJPerPJ / (8 * float64(arrived.Bytes))
	}
}

const FJPerNJ = 1e6

// Components lists what each component took, in the mean over the replications, and leaves out those that took nothing.
func Components(outcomes []*trial.Outcome, window units.Duration) []result.Power {
	var list []result.Power
	n := float64(len(outcomes))
	for _, c := range power.Components() {
		p := result.Power{Component: c.String(), Side: c.Side().String()}
		for _, o := range outcomes {
			drawn := trial.MeasuredBy[*PowerDrawn](o)
			took := drawn.Component(c)
			p.Watts += took.Watts(window) / n
			if owner, _ := drawn.Hungriest(power.DSN); c.Side() == power.DSN {
				one := drawn.Of(c, owner)
				p.DSNWatts += one.Watts(window) / n
			}
			if arrived := o.Arrived(); arrived.Packets > 0 {
				p.NJPerPacket += took.Femtojoules() / FJPerNJ / float64(arrived.Packets) / n
			}
		}
		if p.Watts > 0 {
			list = append(list, p)
		}
	}
	return list
}

// Spent is what one operation took for one packet.
type Spent struct {
	Operation, Resource string
	Component           power.Component
	Energy              power.Sum
}

// SpentBy charges the visits of a traced packet.
func SpentBy(plan *power.Plan, t *sim.Trace) []Spent {
	var list []Spent
	for i := range t.Rows {
		for _, u := range t.Rows[i].Uses {
			for k := range plan.Charges {
				if c := &plan.Charges[k]; c.Resource == u.Resource {
					list = append(list, Spent{c.Operation, u.Resource, c.Component, c.Of(power.Count{Visits: 1, Bytes: u.Bytes, Busy: u.Busy})})
				}
			}
		}
	}
	return list
}
