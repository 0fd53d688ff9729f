package alloc

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/sim/units"
)

// Refusal is a table that does not fit. Its text tells the need, the room, and what to do.
type Refusal struct {
	Table string
	// Resource is what there is too little of, such as "TCAM blocks", "stages" or "memory".
	Resource string
	text     string
}

// Error is error.
func (r *Refusal) Error() string { return r.text }

func refuse(table, resource, format string, args ...any) error {
	return &Refusal{table, resource, fmt.Sprintf("table "+format, args...)}
}

// resource is what a stage has a number of.
type resource struct {
	name  string
	of    func(Need) int
	limit func(*Chip) int
	relax func(*Chip) // lifts the limit
}

// enough is more than any table needs and small enough to be doubled.
const enough = math.MaxInt32

// resources lists the resources of a stage, the scarcest first.
var resources = []resource{
	{"TCAM blocks", func(n Need) int { return n.TCAM }, func(c *Chip) int { return c.TCAMBlocks }, func(c *Chip) { c.TCAMBlocks = enough }},
	{"SRAM blocks", func(n Need) int { return n.SRAM }, func(c *Chip) int { return c.SRAMBlocks }, func(c *Chip) { c.SRAMBlocks = enough }},
	{"bytes of the ternary crossbar", Need.TernaryBytes, func(c *Chip) int { return int(c.TernaryCrossbar) },
		func(c *Chip) { c.TernaryCrossbar = enough }},
	{"bytes of the exact-match crossbar", func(n Need) int { return n.ExactBytes }, func(c *Chip) int { return int(c.ExactCrossbar) },
		func(c *Chip) { c.ExactCrossbar = enough }},
	{"logical tables", func(n Need) int { return n.Tables }, func(c *Chip) int { return c.Tables }, func(c *Chip) { c.Tables = enough }},
}

// refusal says why an item does not fit in the stages from one on.
func (p *placement) refusal(it *item, from int) error {
	c := &p.chip
	if from >= c.Stages {
		return refuse(it.table, "stages", "%s must come after %s, which ends in the last of %d stages of profile %s; "+
			"shorten the chain or use a profile with more", it.name(), p.before(it), c.Stages, c.Name)
	}
	for _, r := range resources {
		if need, have := r.of(it.need(1)), r.limit(c); need > have {
			return refuse(it.table, r.name, "%s: one entry of %d bit needs %s %s in a stage, profile %s has %s; "+
				"narrow the key or use a profile with more", it.name(), it.key, thousands(need), r.name, c.Name, thousands(have))
		}
	}
	r := p.short(it, from)
	need := r.of(it.need(max(1, it.entries)))
	what := fmt.Sprintf("%s: %s %s of %d bit need %s %s", it.name(), units.Count(it.entries), it.noun(), it.key, thousands(need), r.name)
	if have := c.Stages * r.limit(c); need > have {
		return refuse(it.table, r.name, "%s, the %d stages have %s; reduce %s or use a profile with more", what, c.Stages,
			thousands(have), it.match.noun())
	}
	free := p.free(r, from)
	where := fmt.Sprintf("of the %s in stages %d to %d, where it can be, %s are free", thousands((c.Stages-from)*r.limit(c)),
		from+1, c.Stages, thousands(free))
	why := "beside " + p.others(from)
	switch {
	case free >= need:
		why = "but not so that what belongs together fits in one stage"
	case p.others(from) == "":
		why = "behind " + p.before(it)
	}
	return refuse(it.table, r.name, "%s, %s %s; reduce %s or use a profile with more", what, where, why, it.match.noun())
}

// short returns the resource that runs out: the first with less free than the need, else the first
// without whose limit the item would fit, since blocks side by side leave rests that nothing fits in.
func (p *placement) short(it *item, from int) resource {
	whole := it.need(max(1, it.entries))
	for _, r := range resources[:2] {
		if r.of(whole) > p.free(r, from) {
			return r
		}
	}
	for _, r := range resources {
		c := p.chip
		r.relax(&c)
		left := max(1, it.entries)
		for s := from; s < c.Stages && left > 0; s++ {
			left -= it.most(left, p.m.Stages[s].Used, &c)
		}
		if left <= 0 {
			return r
		}
	}
	return resources[1]
}

// free returns how much of a resource is left in the stages from one on, before the item that is refused.
func (p *placement) free(r resource, from int) int {
	n := 0
	for s := from; s < p.chip.Stages; s++ {
		n += r.limit(&p.chip) - r.of(p.m.Stages[s].Used)
	}
	return n
}

// memoryRefusal says that the memory is too small, by its largest table.
func (p *placement) memoryRefusal() error {
	big := p.m.Spilled[0]
	for _, s := range p.m.Spilled[1:] {
		if s.Bytes > big.Bytes {
			big = s
		}
	}
	c := &p.chip
	return refuse(big.Table, "memory", "%s: %s entries take %s of memory, all tables there take %s, profile %s has %s of %s; "+
		"reduce them or use a profile with more", big.Table, units.Count(big.Entries), roughly(big.Bytes), roughly(p.m.MemoryBytes()),
		c.Name, roughly(c.Memory), c.MemoryKind)
}

// before names the table that ends last of those that an item must come after.
func (p *placement) before(it *item) string {
	worst := it.needs[0].On
	for _, d := range it.needs {
		if p.items[d.On].last > p.items[worst].last {
			worst = d.On
		}
	}
	return p.items[worst].table
}

// others names the tables in the stages from one on, in the order of the stages.
func (p *placement) others(from int) string {
	var names []string
	seen := map[string]bool{}
	for s := from; s < p.chip.Stages; s++ {
		for _, part := range p.m.Stages[s].Parts {
			if !seen[part.Table] {
				seen[part.Table] = true
				names = append(names, part.Table)
			}
		}
	}
	return strings.Join(names, ", ")
}

// name is the table with its role.
func (it *item) name() string {
	if it.role == "" {
		return it.table
	}
	return it.table + " (" + it.role + ")"
}

// noun is what the entries of an item are called.
func (it *item) noun() string {
	switch it.role {
	case roleRoots, roleBuckets:
		return "subtrees"
	case roleCache:
		return "cached flows"
	}
	return it.match.String() + " " + it.match.noun()
}

// thousands prints a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// roughly prints a size with three digits.
func roughly(b units.Bytes) string {
	names := []string{"B", "kB", "MB", "GB", "TB", "PB"}
	v, i := float64(b), 0
	for v >= 999.5 && i < len(names)-1 {
		v, i = v/1000, i+1
	}
	return strconv.FormatFloat(v, 'g', 3, 64) + names[i]
}
