package energy

import (
	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// charge bills what the resources did in the measured window.
func charge(plan *power.Plan, usages []station.Usage, window units.Duration) *power.Ledger {
	counts := make(map[string]power.Count, len(usages))
	for i := range usages {
		u := &usages[i]
		counts[u.Name] = power.Count{Visits: u.Visits, Bytes: u.Bytes, Busy: u.Service}
	}
	return plan.Charge(window, counts)
}

// PowerDrawn is what a placement took in a replication.
type PowerDrawn struct {
	*power.Ledger
	Plan   power.Plan
	supply *delivery
	pack   power.Package
}

func (s *delivery) Measure() trial.Measurement {
	run := s.run
	usages := run.Engine.Usages()
	s.close(run.Engine, usages)
	kept := *s
	kept.run, kept.resources = nil, nil // they hold the rack
	for i := range kept.governors {
		kept.governors[i] = governor{}
	}
	return &PowerDrawn{Plan: run.Rack.Power, supply: &kept, pack: packOf(run), Ledger: charge(&run.Rack.Power, usages, run.Rec.To.Sub(run.Rec.From))}
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

// columns are what the report has for each component. The power of a DSN is that of the one that draws most.
var columns = []result.Column{
	{Key: "component"},
	{Key: "side"}, // whose supply it is: dsn, host or rack
	{Key: "watts", Head: "W", Unit: "W", Fixed: true, Decimals: 2, Better: stats.Lower, Join: result.Total, Of: "power.total"},
	{Key: "dsn_watts", Unit: "W", Better: stats.Lower, Join: result.Level, Of: "power.dsn"},
	{Key: "nj_per_packet", Unit: "nJ", Better: stats.Lower, Join: result.Level},
	{Unit: "W", Join: result.Level, Of: "power.host"},
}

// Sections lists what each component took in the measured window, over all DSNs, servers and the rack.
func (o *PowerDrawn) Sections(of *trial.Outcome, window units.Duration) []result.Section {
	s := result.Section{Name: "power", Title: "Mean power by component, W", Columns: columns,
		Legend: "Of all DSNs, all servers, and what the placement needs in the rack. The sum is the total power."}
	owner, _ := o.Hungriest(power.DSN)
	arrived := of.Arrived()
	for _, c := range power.Components() {
		took := o.Component(c)
		dsn, host, perPacket := 0.0, 0.0, 0.0
		switch c.Side() {
		case power.DSN:
			one := o.Of(c, owner)
			dsn = one.Watts(window)
		case power.Host:
			host = took.Watts(window)
		}
		if arrived.Packets > 0 {
			perPacket = took.Femtojoules() / FJPerNJ / float64(arrived.Packets)
		}
		s.Rows = append(s.Rows, result.Row{Label: c.String(), Rank: int(c),
			Values: []any{c.String(), c.Side().String(), took.Watts(window), dsn, perPacket, host}})
	}
	return []result.Section{s}
}

// Spent is what one operation took for one packet.
type Spent struct {
	Operation, Resource string
	Component           power.Component
	Energy              power.Sum
}

// SpentOn charges the visits of a packet that a simulation traced, in its order and without what is drawn at rest.
func SpentOn(o *trial.Outcome, t *sim.Trace) []Spent {
	var list []Spent
	plan := &trial.MeasuredBy[*PowerDrawn](o).Plan
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
