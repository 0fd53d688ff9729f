package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/reports/layout"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// busiest is how many rows of stations each placement has, but for one that drops.
const busiest = 3

// stations returns the busiest stations of each placement, the busiest first; every station on its own when wide.
func (t *results) stations(wide bool) *layout.Grid {
	all := t.of(result.All, result.All)
	shown := make([][]stations, len(all))
	for i, r := range all {
		if r == nil {
			continue
		}
		list := slices.Clone(r.Stations)
		slices.SortStableFunc(list, func(a, b result.Station) int { return cmp.Compare(b.Utilization, a.Utilization) })
		if !wide {
			shown[i] = worthShowing(gather(list))
			continue
		}
		for _, s := range list {
			shown[i] = append(shown[i], stations{s, 1})
		}
	}
	every := slices.Concat(shown...)
	if len(every) == 0 {
		return nil
	}
	var rows []result.Row
	for i, list := range shown {
		if len(list) == 0 {
			continue
		}
		rows = append(rows, result.Row{Label: t.placements[i]})
		for k := range list {
			s := &list[k]
			rows = append(rows, result.Row{Label: stationLabel(s), Values: []any{s.Utilization, s.ServiceMeanNs, s.WaitMeanNs, s.WaitMaxNs, s.Drops}})
		}
	}
	g := layout.StackedTable(stationColumns, rows)
	g.Legend = stationLegend(every)
	return g
}

// stationColumns are what is shown of each station.
var stationColumns = []result.Column{
	{Head: "busy", Unit: "ratio", Decimals: 1, Better: stats.Lower},
	{Head: "service", Unit: "ns", Decimals: 3, Better: stats.Lower},
	{Head: "wait", Unit: "ns", Decimals: 3, Better: stats.Lower},
	{Head: "max wait", Unit: "ns", Decimals: 3, Better: stats.Lower},
	{Head: "drops", Unit: "packets", Decimals: 1, Better: stats.Lower},
}

// worthShowing takes the busiest, and of the others the one that drops most: a short burst overflows a queue that is
// idle in the mean.
func worthShowing(list []stations) []stations {
	n := min(busiest, len(list))
	shown := slices.Clone(list[:n])
	most := -1
	for i := n; i < len(list); i++ {
		if list[i].Drops > 0 && (most < 0 || list[i].Drops > list[most].Drops) {
			most = i
		}
	}
	if most >= 0 {
		shown = append(shown, list[most])
	}
	return shown
}

// stationLabel names a station, and its servers when it has more than one.
func stationLabel(s *stations) string {
	if s.Servers > 1 {
		return fmt.Sprintf("%s x%d", s.Name, s.Servers)
	}
	return s.Name
}

// stationLegend explains what the labels of some of the stations mean, or is "".
func stationLegend(list []stations) string {
	var parts []string
	if slices.ContainsFunc(list, func(s stations) bool { return s.count > 1 }) {
		parts = append(parts, "[0..3]: stations that are busy alike, within 5%; busy and max wait are the highest, service and wait the means, drops the sum.")
	}
	if slices.ContainsFunc(list, func(s stations) bool { return s.Servers > 1 }) {
		parts = append(parts, "x2: the station has two servers.")
	}
	return strings.Join(parts, " ")
}

// sources returns what each source really offered.
func sources(r *result.Report) result.Section {
	s := result.Section{Name: "sources", Title: "Sources, over all servers", Columns: []result.Column{
		{Head: "offered", Unit: "Gbps", Decimals: 3},
		{Head: "of link", Unit: "ratio", Decimals: 2},
		{Head: "asked for", Unit: "ratio", Decimals: 2},
		{Head: "packets", Unit: "packets"},
		{Head: "waited for wire", Unit: "packets"},
	}, Legend: "Of link: of each server's link, with 20 B of preamble and gap for each frame, which Gbps leave out. Waited for wire: due while the sender's line was busy, and sent when it was free."}
	for _, o := range r.Sources {
		s.Rows = append(s.Rows, result.Row{Label: partName(o.Class, o.Direction), Values: []any{o.OfferedGbps, o.LinkLoad, o.Wanted, float64(o.Packets), float64(o.Spaced)}})
	}
	return s
}
