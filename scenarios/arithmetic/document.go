package arithmetic

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/internal/figure"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// Document arranges an explanation: what each placement can carry, what limits it, and the chips.
func (x *Explanation) Document() *result.Document {
	d := result.NewDocument("an explanation", x.Tool, x.Scenario, true)
	d.JSON = x
	d.Add(limits(x))
	d.Add(result.Section{Name: "cores", Title: "Cores of software", Items: needed(x)})
	d.Add(offers(x))
	d.Add(supplies(x))
	d.Add(packetEnergy(x))
	for _, group := range alike(x.Placements) {
		d.Add(chip(names(group), group[0].Pipeline))
	}
	for i := range x.Placements {
		e := &x.Placements[i]
		for k := range e.Boxes {
			d.Add(chip(e.Placement+", box of "+e.Boxes[k].Service, &e.Boxes[k].Pipeline))
		}
		d.Add(capacities(e))
	}
	d.AddNotes(x.Notes)
	return d
}

// limits has a row for each placement that works, and below them those that cannot run.
func limits(x *Explanation) result.Section {
	s := result.Section{Name: "limits", Title: fmt.Sprintf("%s on %s: what each placement can carry, by arithmetic", x.Scenario.Name, x.Profile), Items: refused(x), Columns: []result.Column{
		{Head: "at most, Gbps", Fixed: true, Decimals: 2, Better: stats.Higher}, {Head: "at most, Mpps", Fixed: true, Decimals: 2, Better: stats.Higher},
		{Head: "times the offer", Fixed: true, Decimals: 2, Better: stats.Higher}, {Head: "stages"}, {Head: "bottleneck"}}}
	for i := range x.Placements {
		e := &x.Placements[i]
		if e.Status != result.OK {
			continue
		}
		var stages any
		if e.Pipeline != nil {
			stages = result.Verbatim(fmt.Sprintf("%d of %d", e.Pipeline.InUse, len(e.Pipeline.Stages)))
		}
		s.Rows = append(s.Rows, result.Row{Label: e.Placement, Values: []any{e.Limit.Gbps, e.Limit.Mpps, e.Scale, stages, e.Bottleneck}})
	}
	return s
}

// refused lists the placements that cannot run the scenario, those that cannot be deployed, and those that perhaps can, with
// every reason.
func refused(x *Explanation) []result.Item {
	var list []result.Item
	for _, e := range x.Placements {
		switch why := strings.Join(e.Reasons, "; "); {
		case e.Status != result.OK:
			list = append(list, result.Item{Term: e.Placement, Text: e.Status + ": " + why, Bad: true})
		case e.Forced:
			list = append(list, result.Item{Term: e.Placement, Text: result.Undeployable + ", worked out by force: " + why, Bad: true})
		}
		if len(e.Conditions) > 0 {
			list = append(list, result.Item{Term: e.Placement, Text: "possibly: " + strings.Join(e.Conditions, "; ")})
		}
	}
	return list
}

// uplinks tells how much less leads out of the rack than its servers can send.
func uplinks(u *Uplinks) []result.Item {
	if u.Count == 0 {
		return nil
	}
	return []result.Item{{Text: fmt.Sprintf("%d x %g Gbps of servers over %d x %g Gbps of uplinks: an oversubscription of %.3g to 1", u.Servers, u.ServerGbps,
		u.Count, u.Gbps, u.Oversubscription)}}
}

// needed says how many host cores software needs.
func needed(x *Explanation) []result.Item {
	var list []result.Item
	for _, e := range x.Placements {
		if e.Cores != nil {
			list = append(list, result.Item{Term: e.Placement, Text: e.Cores.String(), Bad: !e.Cores.Enough()})
		}
	}
	return list
}

func offers(x *Explanation) result.Section {
	s := result.Section{Name: "offers", Title: "Offered by all servers", Items: uplinks(&x.Uplinks), Columns: []result.Column{{Head: "Gbps", Fixed: true, Decimals: 2},
		{Head: "Mpps", Fixed: true, Decimals: 3}, {Head: "mean frame, B", Fixed: true, Decimals: 1}, {Head: "in tunnels, B", Fixed: true, Decimals: 1}}}
	for _, o := range x.Offers {
		s.Rows = append(s.Rows, result.Row{Label: o.Class + " " + o.Direction, Values: []any{o.Gbps, o.Mpps, o.FrameMeanBytes, o.WireMeanBytes}})
	}
	return s
}

// alike puts placements with equal chips together, in order.
func alike(list []Estimate) [][]*Estimate {
	var groups [][]*Estimate
	for i := range list {
		e := &list[i]
		if e.Pipeline == nil {
			continue
		}
		k := slices.IndexFunc(groups, func(g []*Estimate) bool { return reflect.DeepEqual(g[0].Pipeline, e.Pipeline) })
		if k < 0 {
			groups = append(groups, nil)
			k = len(groups) - 1
		}
		groups[k] = append(groups[k], e)
	}
	return groups
}

func names(group []*Estimate) string {
	var list []string
	for _, e := range group {
		list = append(list, e.Placement)
	}
	return strings.Join(list, ", ")
}

// chip is the stage map of a chip, with its parser and memory.
func chip(whose string, p *Pipeline) result.Section {
	s := stageMap(p)
	s.Title = fmt.Sprintf("%s: stage map of a chip with the tables of %s; %d of %d stages, %d cycles (%s ns) a pass, %s, %s nJ a packet",
		whose, figure.Counted(p.Serves, "server"), p.InUse, len(p.Stages), p.LatencyCycles, figure.Fixed(p.LatencyNs, 1),
		passes(p.Passes), figure.Fixed(p.EnergyPj/1000, 2))
	s.Items = append([]result.Item{parser(&p.Parser), blocks(&p.Accesses)}, memory(p)...)
	return s
}

func passes(n int) string {
	if n == 1 {
		return "1 pass"
	}
	return strconv.Itoa(n) + " passes"
}

// stageMap has a row for each stage in use, and one for those that are not.
func stageMap(p *Pipeline) result.Section {
	s := result.Section{Name: "stages", Columns: []result.Column{{Head: "waits for"}, {Head: "cycles"}, {Head: "SRAM"}, {Head: "TCAM"}, {Head: "tables"}}}
	empty := []Stage{}
	for _, st := range p.Stages {
		if len(st.Parts) == 0 {
			empty = append(empty, st)
			continue
		}
		var parts []string
		for _, part := range st.Parts {
			parts = append(parts, describe(part))
		}
		s.Rows = append(s.Rows, stageRow(strconv.Itoa(st.Number), st.Waits, st.LatencyCycles, st.SRAM, st.TCAM, strings.Join(parts, ", ")))
	}
	if len(empty) > 0 {
		cycles := int64(0)
		var numbers []string
		for _, st := range empty {
			cycles += st.LatencyCycles
			numbers = append(numbers, strconv.Itoa(st.Number))
		}
		label := numbers[0]
		if len(numbers) > 1 {
			label = fmt.Sprintf("%d others", len(numbers))
		}
		s.Rows = append(s.Rows, stageRow(label, "", cycles, Fit{Available: int64(len(empty)) * empty[0].SRAM.Available},
			Fit{Available: int64(len(empty)) * empty[0].TCAM.Available}, ""))
	}
	s.Rows = append(s.Rows, stageRow("all", "", p.LatencyCycles, p.SRAM, p.TCAM, ""))
	return s
}

func stageRow(label, waits string, cycles int64, sram, tcam Fit, tables string) result.Row {
	if waits == "concurrent" {
		waits = "nothing"
	}
	return result.Row{Label: label, Values: []any{waits, cycles, share(sram), share(tcam), tables}}
}

func share(f Fit) result.Verbatim {
	return result.Verbatim(fmt.Sprintf("%d/%d", f.Used, f.Available))
}

// describe names a part of a table: "acl 1536 ternary".
func describe(p Part) string {
	what := p.Match
	if p.Role != "" {
		what = p.Role
	}
	return fmt.Sprintf("%s %d %s", p.Table, p.Entries, what)
}

// memory tells what lives behind the chip.
func memory(p *Pipeline) []result.Item {
	m := p.Memory
	if m == nil {
		return nil
	}
	list := []result.Item{{Term: m.Kind, Text: fmt.Sprintf("%s of %s used; the chip keeps %d of %d flows; another takes %d accesses of %s ns, one after the other",
		figure.Bytes(m.Bytes.Used), figure.Bytes(m.Bytes.Available), min(m.CacheFlows, m.Flows), m.Flows, m.Reads, figure.Fixed(m.AccessNs, 1))}}
	if m.Reads == 1 {
		list[0].Text = strings.Replace(list[0].Text, "1 accesses", "1 access", 1)
		list[0].Text = strings.TrimSuffix(list[0].Text, ", one after the other")
	}
	for _, t := range m.Tables {
		text := fmt.Sprintf("%d entries, %s, %d accesses a look-up", t.Entries, figure.Bytes(t.Bytes), t.Reads)
		if t.Reads == 1 {
			text = strings.Replace(text, "1 accesses", "1 access", 1)
		}
		list = append(list, result.Item{Term: t.Table, Text: text})
	}
	return list
}

// capacities has a row for each station, the busiest first.
func capacities(e *Estimate) result.Section {
	s := result.Section{Name: "stations", Title: e.Placement + ": stations at the offered load, as if nothing were lost",
		Legend: "A station is the busiest of so many alike; x2 has two servers. A packet is all its visits.", Columns: []result.Column{
			{Head: "busy", Unit: "ratio", Decimals: 2, Better: stats.Lower}, {Head: "a packet", Unit: "ns", Decimals: 2, Better: stats.Lower},
			{Head: "takes, Mpps", Fixed: true, Decimals: 3, Better: stats.Higher}, {Head: "gets, Mpps", Fixed: true, Decimals: 3}, {Head: "alike"}, {Head: "way"}}}
	for _, c := range e.Stations {
		var takes any
		if c.CapacityMpps > 0 {
			takes = c.CapacityMpps
		}
		label := c.Name
		if c.Servers > 1 {
			label += fmt.Sprintf(" x%d", c.Servers)
		}
		s.Rows = append(s.Rows, result.Row{Label: label, Values: []any{c.Utilization, c.ServiceNs, takes, c.OfferedMpps, int64(c.Alike), c.Direction}})
	}
	return s
}

// blocks tells which accesses a pass makes.
func blocks(a *Accesses) result.Item {
	return result.Item{Term: "blocks", Text: fmt.Sprintf("%d of SRAM read, %d written, %d of TCAM searched in a pass", a.SRAMReads, a.SRAMWrites, a.TCAMSearches)}
}

// parser tells what the parse graph takes.
func parser(p *Parser) result.Item {
	return result.Item{Term: "parser", Text: fmt.Sprintf("%d states, %d of %d PHV bits, reaches %d B deep; %s for a TCP packet", p.States, p.PHV.Used,
		p.PHV.Available, p.WindowBytes, cycles(p.Cycles))}
}

func cycles(n int64) string {
	if n == 1 {
		return "1 cycle"
	}
	return strconv.FormatInt(n, 10) + " cycles"
}
