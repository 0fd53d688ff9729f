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
	{"jitter IPDV mean", "jitter.ipdv", nanoseconds},
	{"in the DSN, p99", "chain.latency.p99", nanoseconds},
	{"host cores", "host.cores", plain},
	{"extra ToR ports", "tor.extra_ports", plain},
	{"trombone crossings", "tromboning.link_crossings", plain},
}

// sideBySide has a column for each placement and a line for each figure.
func (p *page) sideBySide() {
	columns := p.whole()
	if len(columns) == 0 {
		return
	}
	g := &grid{header: []string{""}}
	for _, x := range columns {
		g.header = append(g.header, x.Placement)
	}
	for _, l := range lines {
		row := []string{l.label}
		for _, x := range columns {
			row = append(row, cell(x, l))
		}
		if slices.ContainsFunc(row[1:], func(s string) bool { return s != "-" }) {
			g.add(row...)
		}
	}
	bottleneck, busy := []string{"bottleneck"}, []string{"  its utilisation"}
	for _, x := range columns {
		bottleneck = append(bottleneck, x.Bottleneck)
		busy = append(busy, percent(x.Metrics["bottleneck.utilization"]))
	}
	g.add(bottleneck...)
	g.add(busy...)
	p.grid(g)
	if n := columns[0].Replications; n > 1 {
		p.text("Means over %d replications; +- is the half-width of the 95%% confidence interval.", n)
		p.gap()
	}
}

// cell prints one figure with its confidence half-width.
func cell(x *result.Result, l line) string {
	v, ok := x.Metrics[l.metric]
	if !ok {
		return "-"
	}
	half, known := x.CI95[l.metric]
	var s, unit string
	switch l.kind {
	case ratio:
		s = percent(v)
		if known && half > 0 {
			s += " +-" + percent(half)
		}
		return s
	case nanoseconds:
		u := scaleFor(v)
		v, half, unit = v/u.ns, half/u.ns, " "+u.unit
	}
	s = number(v)
	if known && half > 0 {
		s += " +-" + number(half)
	}
	return s + unit
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
	g := &grid{header: []string{"placement / class / direction", "Gbps", "Mpps", "loss", "p50", "p99", "IPDV"}}
	for i := range p.r.Results {
		x := &p.r.Results[i]
		if x.Status != result.OK || x.Class == result.All && x.Direction == result.All {
			continue
		}
		name := x.Placement
		if x.Class != result.All {
			name += " " + x.Class
		}
		if x.Direction != result.All {
			name += " " + x.Direction
		}
		g.add(name, cell(x, lines[2]), cell(x, lines[3]), cell(x, lines[4]), cell(x, lines[6]), cell(x, lines[7]), cell(x, lines[10]))
	}
	if len(g.rows) > 0 {
		p.grid(g)
	}
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
	g := &grid{header: []string{"busiest stations", "servers", "busy", "serve", "wait", "longest wait"}}
	for _, x := range p.whole() {
		list := slices.Clone(x.Stations)
		sort.SliceStable(list, func(i, j int) bool { return list[i].Utilization > list[j].Utilization })
		for _, s := range list[:min(3, len(list))] {
			g.add(x.Placement+" "+s.Name, number(float64(s.Servers)), percent(s.Utilization), timeOf(s.ServiceMeanNs), timeOf(s.WaitMeanNs), timeOf(s.WaitMaxNs))
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
		p.text("%-9s  %s: got %s%s", e.Verdict, e.Text, number(e.Value), why)
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
