package run

import (
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/parts/workloads"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/units"
)

// workRows are the rows of a placement's workloads, each size by itself.
func workRows(p *Plan, s *scenarios.Scenario, window units.Duration) []result.Result {
	var list []result.Result
	for i := range s.Workloads {
		for k := range s.Workloads[i].Lengths() {
			r := result.Result{Placement: p.Placement.Name, Class: s.Workloads[i].Class(k), Direction: result.All, Status: result.Unsupported,
				Metrics: map[string]float64{"workload.supported": 0}, CI95: map[string]float64{}, Stations: []result.Station{}}
			if len(p.refused) > i {
				r.Reasons = p.refused[i]
			}
			if len(r.Reasons) == 0 {
				finished := p.points[k].Finished()
				if len(finished) == 0 {
					continue // interrupted
				}
				workloads.MeasureWork(&r, i, finished, window)
			}
			list = append(list, r)
		}
	}
	return list
}
