package reports

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// writeTable writes the report for a person: the placements side by side, then what each class and direction got, what
// was dropped where, what limits each placement, and what was expected.
func writeTable(w io.Writer, r *result.Report, opt Options) error {
	p := &page{w: w, r: r, width: opt.Width}
	p.title()
	p.sideBySide()
	p.refused()
	p.breakdown()
	p.drops()
	p.limits()
	p.expectations()
	p.footer()
	return p.err
}

// page prints until something fails.
type page struct {
	w     io.Writer
	r     *result.Report
	width int
	err   error
}

func (p *page) text(format string, args ...any) {
	if p.err == nil {
		p.err = wrap(p.w, fmt.Sprintf(format, args...), p.width, "  ")
	}
}

func (p *page) gap() {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w)
	}
}

func (p *page) grid(g *grid) {
	if p.err == nil {
		p.err = g.write(p.w, p.width)
	}
}

func (p *page) title() {
	p.text("scenario %s (%s), seed %d", p.r.Scenario.Name, p.r.Scenario.File, p.r.Scenario.Seed)
	if !p.r.Complete {
		p.text("INCOMPLETE: the run was interrupted; what is here was finished")
	}
	p.gap()
}

// whole returns the rows that sum over classes and directions.
func (p *page) whole() []*result.Result {
	var list []*result.Result
	for i := range p.r.Results {
		x := &p.r.Results[i]
		if x.Status == result.OK && x.Class == result.All && x.Direction == result.All {
			list = append(list, x)
		}
	}
	return list
}

// line is one line of the side-by-side table: a metric, and how to print it.
type line struct {
	label  string
	metric string
	kind   kind
}

type kind uint8

const (
	plain kind = iota
	ratio
	nanoseconds
)

// lines are the figures that are compared side by side.
var lines = []line{
	{"offered Gbps", "offered.gbps", plain},
	{"offered Mpps", "offered.mpps", plain},
	{"throughput Gbps", "throughput.gbps", plain},
	{"throughput Mpps", "throughput.mpps", plain},
	{"loss", "loss.ratio", ratio},
	{"latency mean", "latency.mean", nanoseconds},
	{"latency p50", "latency.p50", nanoseconds},
	{"latency p99", "latency.p99", nanoseconds},
	{"latency p99.9", "latency.p999", nanoseconds},
	{"jitter PDV p99", "jitter.pdv_p99", nanoseconds},
	{"jitter IPDV", "jitter.ipdv", nanoseconds},
	{"DSN chain p99", "chain.latency.p99", nanoseconds},
	{"host cores", "host.cores", plain},
	{"extra ToR ports", "tor.extra_ports", plain},
	{"trombone links", "tromboning.link_crossings", plain},
}

// columnRoom is how wide a name may be in a column of the side-by-side table: five placements fit 80 columns.
const columnRoom = 9

// sideBySide has a column for each placement and a line for each figure.
func (p *page) sideBySide() {
	columns := p.whole()
	if len(columns) == 0 {
		return
	}
	g := &grid{header: []string{""}}
	for _, x := range columns {
		g.header = append(g.header, fold(x.Placement, columnRoom))
	}
	for _, l := range lines {
		u := scaleOf(columns, l)
		row := []string{strings.TrimSpace(l.label + " " + u.unit)}
		for _, x := range columns {
			row = append(row, cell(x, l, u))
		}
		if slices.ContainsFunc(row[1:], func(s string) bool { return s != "-" }) {
			g.add(row...)
		}
	}
	bottleneck, busy := []string{"bottleneck"}, []string{"  its load"}
	for _, x := range columns {
		bottleneck = append(bottleneck, fold(x.Bottleneck, columnRoom))
		busy = append(busy, percent(x.Metrics["bottleneck.utilization"]))
	}
	g.add(bottleneck...)
	g.add(busy...)
	p.grid(g)
	if n := columns[0].Replications; n > 1 {
		p.text("Means over %d replications; +- is the half-width of the 95%% interval.", n)
		p.gap()
	}
}

// scaleOf picks one unit for a line of times, by the smallest of them so that it keeps its digits.
func scaleOf(columns []*result.Result, l line) scale {
	if l.kind != nanoseconds {
		return scale{ns: 1}
	}
	least := 0.0
	for _, x := range columns {
		if v := x.Metrics[l.metric]; v > 0 && (least == 0 || v < least) {
			least = v
		}
	}
	return scaleFor(least)
}

// cell prints one figure with its confidence half-width.
func cell(x *result.Result, l line, u scale) string {
	v, ok := x.Metrics[l.metric]
	if !ok {
		return "-"
	}
	half, known := x.CI95[l.metric]
	show := number
	if l.kind == ratio {
		show = percent
	}
	s := show(v / u.ns)
	if known && half > 0 {
		// On a line of its own, so that five placements still fit.
		s += "\n+-" + show(half/u.ns)
	}
	return s
}

// refused tells why placements are missing.
func (p *page) refused() {
	any := false
	for i := range p.r.Results {
		x := &p.r.Results[i]
		if x.Status != result.OK {
			p.text("%s: %s: %s", x.Placement, x.Status, strings.Join(x.Reasons, "; "))
			any = true
		}
	}
	if any {
		p.gap()
	}
}

// breakdown has a line for each class and direction, where there is more than one.
func (p *page) breakdown() {
	var rows []*result.Result
	for i := range p.r.Results {
		if x := &p.r.Results[i]; x.Status == result.OK && (x.Class != result.All || x.Direction != result.All) {
			rows = append(rows, x)
		}
	}
	if len(rows) == 0 {
		return
	}
	columns := []line{
		{"Gbps", "throughput.gbps", plain}, {"Mpps", "throughput.mpps", plain}, {"loss", "loss.ratio", ratio},
		{"p50", "latency.p50", nanoseconds}, {"p99", "latency.p99", nanoseconds},
	}
	g := &grid{header: []string{"by class and direction"}}
	units := make([]scale, len(columns))
	for i, c := range columns {
		units[i] = scaleOf(rows, c)
		g.header = append(g.header, strings.TrimSpace(c.label+" "+units[i].unit))
	}
	for _, x := range rows {
		cells := []string{name(x)}
		for i, c := range columns {
			cells = append(cells, cell(x, c, units[i]))
		}
		g.add(cells...)
	}
	p.grid(g)
}

// name is what a row covers.
func name(x *result.Result) string {
	words := []string{x.Placement}
	if x.Class != result.All {
		words = append(words, x.Class)
	}
	if x.Direction != result.All {
		words = append(words, x.Direction)
	}
	return strings.Join(words, " ")
}

// drops lists where packets were lost.
func (p *page) drops() {
	found := false
	for _, x := range p.whole() {
		var parts []string
		for reason := range stats.DropReason(stats.DropReasons) {
			if n := x.Metrics["drops."+reason.String()]; n > 0 {
				parts = append(parts, fmt.Sprintf("%s %s", reason, number(n)))
			}
		}
		if len(parts) > 0 {
			p.text("%s drops, packets: %s", x.Placement, strings.Join(parts, ", "))
			found = true
		}
	}
	if found {
		p.gap()
	}
}

// limits lists the three busiest stations of each placement.
func (p *page) limits() {
	g := &grid{header: []string{"busiest stations", "busy", "serve", "wait", "longest"}}
	for _, x := range p.whole() {
		list := slices.Clone(x.Stations)
		sort.SliceStable(list, func(i, j int) bool { return list[i].Utilization > list[j].Utilization })
		for _, s := range list[:min(3, len(list))] {
			name := x.Placement + " " + s.Name
			if s.Servers > 1 {
				name += fmt.Sprintf(" x%d", s.Servers)
			}
			g.add(name, percent(s.Utilization), timeOf(s.ServiceMeanNs), timeOf(s.WaitMeanNs), timeOf(s.WaitMaxNs))
		}
	}
	if len(g.rows) > 0 {
		p.grid(g)
	}
}

func timeOf(ns float64) string {
	u := scaleFor(ns)
	return number(ns/u.ns) + " " + u.unit
}

func (p *page) expectations() {
	for _, e := range p.r.Expectations {
		why := ""
		if e.Why != "" {
			why = " (" + e.Why + ")"
		}
		p.text("%s: %s, measured %s%s", e.Verdict, e.Text, number(e.Value), why)
	}
	if len(p.r.Expectations) > 0 {
		p.gap()
	}
}

func (p *page) footer() {
	for _, s := range p.r.Sources {
		p.text("source %s %s: %d packets in the window, %s Gbps offered, %d spaced to line rate", s.Class, s.Direction, s.Packets, number(s.OfferedGbps), s.Spaced)
	}
	for _, n := range p.r.Notes {
		p.text("note: %s", n)
	}
	p.text("dsnsim %s %s, scenario sha256 %.12s", p.r.Tool.Version, p.r.Tool.Revision, p.r.Scenario.SHA256)
}
