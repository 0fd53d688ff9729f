package reports

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// ExplainNames returns the formats of WriteExplanation, in a fixed order.
func ExplainNames() []string { return []string{"table", "json"} }

// WriteExplanation writes an explanation in one of the formats of ExplainNames, with a single call of w.Write.
func WriteExplanation(w io.Writer, format string, x *result.Explanation, opt Options) error {
	f := form{what: "an explanation", names: ExplainNames(), document: func() *document { return explanation(x) }, json: complete(x)}
	return f.write(w, format, opt)
}

// complete returns the explanation with empty lists instead of none, which JSON would write as null.
func complete(x *result.Explanation) *result.Explanation {
	c := *x
	c.Offers, c.Notes = orEmpty(x.Offers), orEmpty(x.Notes)
	c.Placements = slices.Clone(orEmpty(x.Placements))
	for i := range c.Placements {
		c.Placements[i].Stations = orEmpty(c.Placements[i].Stations)
	}
	return &c
}

// writeDocument writes a document for a terminal, as writeTable does a report's.
func writeDocument(out *bytes.Buffer, d *document, opt Options) error {
	t := tableWriter{out: out, width: opt.Width, color: opt.Color}
	if t.width == 0 {
		t.width = defaultWidth
	}
	t.width = max(t.width, leastWidth)
	for _, b := range d.blocks {
		if err := t.block(b); err != nil {
			return err
		}
	}
	for _, line := range d.footer {
		t.paragraph("", "", line)
	}
	return nil
}

// explanation arranges an explanation for people: what each placement can carry, what limits it, and the chips.
func explanation(x *result.Explanation) *document {
	tool := strings.TrimSpace("dsnsim " + x.Tool.Version + " " + x.Tool.Revision)
	d := &document{footer: []string{fmt.Sprintf("%s, scenario sha256 %.12s", tool, x.Scenario.SHA256)}}
	d.add(fmt.Sprintf("%s on %s: what each placement can carry, by arithmetic", x.Scenario.Name, x.Profile), limits(x), refused(x)...)
	d.add("Cores of software", nil, cores(x)...)
	d.add("Offered by all servers", offers(x), uplinks(&x.Uplinks)...)
	d.add("Power of a DSN in its place, W", supplies(x), budgets(x)...)
	d.add("What a packet takes, nJ", packetEnergy(x))
	for _, group := range alike(x.Placements) {
		p := group[0].Pipeline
		d.add(names(group)+": "+chip(p), stageMap(p), append([]item{parser(&p.Parser), blocks(&p.Accesses)}, memory(p)...)...)
	}
	for i := range x.Placements {
		e := &x.Placements[i]
		for k := range e.Boxes {
			p := &e.Boxes[k].Pipeline
			d.add(e.Placement+", box of "+e.Boxes[k].Service+": "+chip(p), stageMap(p), append([]item{parser(&p.Parser), blocks(&p.Accesses)}, memory(p)...)...)
		}
		if len(e.Stations) > 0 {
			d.add(e.Placement+": stations at the offered load, as if nothing were lost", capacities(e.Stations))
		}
	}
	var list []item
	for _, n := range x.Notes {
		list = append(list, item{text: n})
	}
	d.add("Notes", nil, list...)
	return d
}

// limits has a row for each placement that works.
func limits(x *result.Explanation) *grid {
	var works []result.Estimate
	for _, e := range x.Placements {
		if e.Status == result.OK {
			works = append(works, e)
		}
	}
	if len(works) == 0 {
		return nil
	}
	g, write := tabulate(works, []column[result.Estimate]{
		{"at most, Gbps", "", 2, func(e *result.Estimate) float64 { return e.Limit.Gbps }},
		{"at most, Mpps", "", 2, func(e *result.Estimate) float64 { return e.Limit.Mpps }},
		{"times the offer", "", 2, func(e *result.Estimate) float64 { return e.Scale }},
	})
	g.heads = append(g.heads, "stages", "bottleneck")
	for i := range works {
		e := &works[i]
		stages := absent
		if e.Pipeline != nil {
			stages = fmt.Sprintf("%d of %d", e.Pipeline.InUse, len(e.Pipeline.Stages))
		}
		g.rows = append(g.rows, row{label: e.Placement, cells: append(write(e), cell{text: stages}, cell{text: e.Bottleneck, words: true})})
	}
	return g
}

// refused lists the placements that cannot run the scenario, those that cannot be deployed, and those that perhaps can, with
// every reason.
func refused(x *result.Explanation) []item {
	var list []item
	for _, e := range x.Placements {
		switch why := strings.Join(e.Reasons, "; "); {
		case e.Status != result.OK:
			list = append(list, item{term: e.Placement, text: e.Status + ": " + why, bad: true})
		case e.Forced:
			list = append(list, item{term: e.Placement, text: result.Undeployable + ", worked out by force: " + why, bad: true})
		}
		if len(e.Conditions) > 0 {
			list = append(list, item{term: e.Placement, text: "possibly: " + strings.Join(e.Conditions, "; ")})
		}
	}
	return list
}

// uplinks tells how much less leads out of the rack than its servers can send.
func uplinks(u *result.Uplinks) []item {
	if u.Count == 0 {
		return nil
	}
	return []item{{text: fmt.Sprintf("%d x %g Gbps of servers over %d x %g Gbps of uplinks: an oversubscription of %.3g to 1", u.Servers, u.ServerGbps,
		u.Count, u.Gbps, u.Oversubscription)}}
}

// cores says how many host cores software needs.
func cores(x *result.Explanation) []item {
	var list []item
	for _, e := range x.Placements {
		if e.Cores != nil {
			list = append(list, item{term: e.Placement, text: e.Cores.String(), bad: !e.Cores.Enough()})
		}
	}
	return list
}

func offers(x *result.Explanation) *grid {
	if len(x.Offers) == 0 {
		return nil
	}
	g, write := tabulate(x.Offers, []column[result.Offer]{
		{"Gbps", "", 2, func(o *result.Offer) float64 { return o.Gbps }},
		{"Mpps", "", 3, func(o *result.Offer) float64 { return o.Mpps }},
		{"mean frame, B", "", 1, func(o *result.Offer) float64 { return o.FrameMeanBytes }},
		{"in tunnels, B", "", 1, func(o *result.Offer) float64 { return o.WireMeanBytes }},
	})
	for i := range x.Offers {
		o := &x.Offers[i]
		g.rows = append(g.rows, row{label: o.Class + " " + o.Direction, cells: write(o)})
	}
	return g
}

// alike puts placements with equal chips together, in order.
func alike(list []result.Estimate) [][]*result.Estimate {
	var groups [][]*result.Estimate
	for i := range list {
		e := &list[i]
		if e.Pipeline == nil {
			continue
		}
		k := slices.IndexFunc(groups, func(g []*result.Estimate) bool { return reflect.DeepEqual(g[0].Pipeline, e.Pipeline) })
		if k < 0 {
			groups = append(groups, nil)
			k = len(groups) - 1
		}
		groups[k] = append(groups[k], e)
	}
	return groups
}

func names(group []*result.Estimate) string {
	var list []string
	for _, e := range group {
		list = append(list, e.Placement)
	}
	return strings.Join(list, ", ")
}

// chip sums a chip up in a line.
func chip(p *result.Pipeline) string {
	return fmt.Sprintf("stage map of a chip with the tables of %s; %d of %d stages, %d cycles (%s ns) a pass, %s, %s nJ a packet",
		counted(p.Serves, "server"), p.InUse, len(p.Stages), p.LatencyCycles, strconv.FormatFloat(p.LatencyNs, 'f', 1, 64),
		passes(p.Passes), strconv.FormatFloat(p.EnergyPj/1000, 'f', 2, 64))
}

func passes(n int) string {
	if n == 1 {
		return "1 pass"
	}
	return strconv.Itoa(n) + " passes"
}

// stageMap has a row for each stage in use, and one for those that are not.
func stageMap(p *result.Pipeline) *grid {
	g := &grid{heads: []string{"waits for", "cycles", "SRAM", "TCAM", "tables"}}
	empty := []result.Stage{}
	for _, s := range p.Stages {
		if len(s.Parts) == 0 {
			empty = append(empty, s)
			continue
		}
		var parts []string
		for _, part := range s.Parts {
			parts = append(parts, describe(part))
		}
		g.rows = append(g.rows, stageRow(strconv.Itoa(s.Number), s.Waits, s.LatencyCycles, s.SRAM, s.TCAM, strings.Join(parts, ", ")))
	}
	if len(empty) > 0 {
		cycles := int64(0)
		var numbers []string
		for _, s := range empty {
			cycles += s.LatencyCycles
			numbers = append(numbers, strconv.Itoa(s.Number))
		}
		label := numbers[0]
		if len(numbers) > 1 {
			label = fmt.Sprintf("%d others", len(numbers))
		}
		g.rows = append(g.rows, stageRow(label, "", cycles, result.Fit{Available: int64(len(empty)) * empty[0].SRAM.Available},
			result.Fit{Available: int64(len(empty)) * empty[0].TCAM.Available}, ""))
	}
	g.rows = append(g.rows, stageRow("all", "", p.LatencyCycles, p.SRAM, p.TCAM, ""))
	return g
}

func stageRow(label, waits string, cycles int64, sram, tcam result.Fit, tables string) row {
	if waits == "concurrent" {
		waits = "nothing"
	}
	return row{label: label, cells: []cell{{text: waits, words: true}, {text: strconv.FormatInt(cycles, 10)}, {text: share(sram)},
		{text: share(tcam)}, {text: tables, words: true}}}
}

func share(f result.Fit) string { return fmt.Sprintf("%d/%d", f.Used, f.Available) }

// describe names a part of a table: "acl 1536 ternary".
func describe(p result.Part) string {
	what := p.Match
	if p.Role != "" {
		what = p.Role
	}
	return fmt.Sprintf("%s %d %s", p.Table, p.Entries, what)
}

// memory tells what lives behind the chip.
func memory(p *result.Pipeline) []item {
	m := p.Memory
	if m == nil {
		return nil
	}
	list := []item{{term: m.Kind, text: fmt.Sprintf("%s of %s used; the chip keeps %d of %d flows; another takes %d accesses of %s ns, one after the other",
		size(m.Bytes.Used), size(m.Bytes.Available), min(m.CacheFlows, m.Flows), m.Flows, m.Reads, strconv.FormatFloat(m.AccessNs, 'f', 1, 64))}}
	if m.Reads == 1 {
		list[0].text = strings.Replace(list[0].text, "1 accesses", "1 access", 1)
		list[0].text = strings.TrimSuffix(list[0].text, ", one after the other")
	}
	for _, t := range m.Tables {
		text := fmt.Sprintf("%d entries, %s, %d accesses a look-up", t.Entries, size(t.Bytes), t.Reads)
		if t.Reads == 1 {
			text = strings.Replace(text, "1 accesses", "1 access", 1)
		}
		list = append(list, item{term: t.Table, text: text})
	}
	return list
}

// size writes bytes with three digits.
func size(n int64) string {
	v, unit := float64(n), 0
	names := []string{"B", "kB", "MB", "GB", "TB"}
	for v >= 999.5 && unit < len(names)-1 {
		v, unit = v/1000, unit+1
	}
	return strconv.FormatFloat(v, 'g', 3, 64) + " " + names[unit]
}

// capacities has a row for each station, the busiest first.
func capacities(list []result.Capacity) *grid {
	g, write := tabulate(list, []column[result.Capacity]{
		{"busy", "ratio", 2, func(c *result.Capacity) float64 { return c.Utilization }},
		{"a packet", "ns", 2, func(c *result.Capacity) float64 { return c.ServiceNs }},
		{"takes, Mpps", "", 3, func(c *result.Capacity) float64 { return c.CapacityMpps }},
		{"gets, Mpps", "", 3, func(c *result.Capacity) float64 { return c.OfferedMpps }},
		{"alike", "", 0, func(c *result.Capacity) float64 { return float64(c.Alike) }},
	})
	g.heads = append(g.heads, "way")
	for i := range list {
		c := &list[i]
		cells := write(c)
		if c.CapacityMpps == 0 {
			cells[2].text = absent
		}
		label := c.Name
		if c.Servers > 1 {
			label += fmt.Sprintf(" x%d", c.Servers)
		}
		g.rows = append(g.rows, row{label: label, cells: append(cells, cell{text: c.Direction, words: true})})
	}
	g.legend = "A station is the busiest of so many alike; x2 has two servers. A packet is all its visits."
	return g
}

// blocks tells which accesses a pass makes.
func blocks(a *result.Accesses) item {
	return item{term: "blocks", text: fmt.Sprintf("%d of SRAM read, %d written, %d of TCAM searched in a pass", a.SRAMReads, a.SRAMWrites, a.TCAMSearches)}
}

// parser tells what the parse graph takes.
func parser(p *result.Parser) item {
	return item{term: "parser", text: fmt.Sprintf("%d states, %d of %d PHV bits, reaches %d B deep; %s for a TCP packet", p.States, p.PHV.Used,
		p.PHV.Available, p.WindowBytes, cycles(p.Cycles))}
}

func cycles(n int64) string {
	if n == 1 {
		return "1 cycle"
	}
	return strconv.FormatInt(n, 10) + " cycles"
}
