package alloc

import "slices"

// item is one memory to place: a table, half of an algorithmic LPM table, or the cache of those in memory.
type item struct {
	piece
	table string
	match Match
	needs []Dependency // on items
	// first and last are its stages; last is -1 until it is placed.
	first, last int
}

// placement is a map under construction.
type placement struct {
	chip  Chip
	items []item
	m     *Map
}

// place puts all tables on the chip, those spilled in memory, or says which does not fit.
func place(tables []Table, spilled []bool, c Chip) (*Map, error) {
	p := &placement{chip: c, m: &Map{Chip: c, Stages: make([]Stage, c.Stages)}}
	p.list(tables, spilled)
	if p.m.MemoryBytes() > c.Memory {
		return nil, p.memoryRefusal()
	}
	for _, i := range p.order() {
		if err := p.put(i); err != nil {
			return nil, err
		}
	}
	p.latency()
	p.energy()
	return p.m, nil
}

// list turns tables into items. The tables in memory share one item, the cache, in the place of the first of them: a
// flow in the cache has the answers of all, so it waits for what the first of them needs and for nothing later.
func (p *placement) list(tables []Table, spilled []bool) {
	lastOf := make([]int, len(tables)) // the item with a table's result
	cache := -1
	for i := range tables {
		t := &tables[i]
		var needs []Dependency
		for _, d := range t.Needs {
			needs = append(needs, Dependency{lastOf[d.On], d.Kind})
		}
		if spilled[i] {
			p.m.Spilled = append(p.m.Spilled, t.spill(&p.chip))
			if cache < 0 {
				cache = p.add(item{piece: p.chip.cachePiece(t.Stateful), table: t.Name, match: t.Match, needs: needs})
				p.m.CacheEntries = int64(p.chip.CacheEntries)
			}
			p.items[cache].stateful = p.items[cache].stateful || t.Stateful
			lastOf[i] = cache
			continue
		}
		for k, part := range t.pieces() {
			if k > 0 {
				needs = []Dependency{{lastOf[i], OnMatch}}
			}
			lastOf[i] = p.add(item{piece: part, table: t.Name, match: t.Match, needs: needs})
		}
	}
}

func (p *placement) add(it item) int {
	it.first, it.last = -1, -1
	p.items = append(p.items, it)
	return len(p.items) - 1
}

// order returns the items so that each comes after those that it needs, and of those that could be next the one with
// the longest chain of later stages behind it, the first of equals.
func (p *placement) order() []int {
	height := make([]int, len(p.items))
	for i := len(p.items) - 1; i >= 0; i-- {
		for _, d := range p.items[i].needs {
			step := 1
			if d.Kind == Successor {
				step = 0
			}
			height[d.On] = max(height[d.On], height[i]+step)
		}
	}
	var order []int
	placed := make([]bool, len(p.items))
	for range p.items {
		next := -1
		for i := range p.items {
			waits := slices.ContainsFunc(p.items[i].needs, func(d Dependency) bool { return !placed[d.On] })
			if !placed[i] && !waits && (next < 0 || height[i] > height[next]) {
				next = i
			}
		}
		placed[next] = true
		order = append(order, next)
	}
	return order
}

// earliest returns the first stage that the dependencies of an item allow.
func (p *placement) earliest(it *item) int {
	stage := 0
	for _, d := range it.needs {
		after := p.items[d.On].last
		if d.Kind != Successor {
			after++
		}
		stage = max(stage, after)
	}
	return stage
}

// put gives an item the first stages with room, as much of it in each as goes in.
func (p *placement) put(i int) error {
	it := &p.items[i]
	from := p.earliest(it)
	left := it.entries
	if left == 0 { // a table without entries is looked up all the same
		left = 1
	}
	for s := from; s < len(p.m.Stages) && left > 0; s++ {
		stage := &p.m.Stages[s]
		n := it.most(left, stage.Used, &p.chip)
		if n == 0 {
			continue
		}
		need := it.need(n)
		stage.Used = stage.Used.add(need)
		stage.Parts = append(stage.Parts, Part{Table: it.table, Role: it.role, Match: it.match,
			Entries: min(n, it.entries), Need: need, item: i})
		if it.first < 0 {
			it.first = s
		}
		it.last = s
		left -= n
	}
	if left > 0 {
		p.remove(i)
		return p.refusal(it, from)
	}
	return nil
}

// remove takes the parts of an item out again.
func (p *placement) remove(i int) {
	for s := range p.m.Stages {
		stage := &p.m.Stages[s]
		stage.Parts = slices.DeleteFunc(stage.Parts, func(part Part) bool { return part.item == i })
		stage.Used = Need{}
		for _, part := range stage.Parts {
			stage.Used = stage.Used.add(part.Need)
		}
	}
}
