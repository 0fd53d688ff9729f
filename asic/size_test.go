package asic

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/alloc"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/named"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/units"
)

var fullChain = []string{"ipsec", "vxlan", "firewall", "route"}

// newChain compiles services for a chip of one server with eight VMs and tables of the default sizes.
func newChain(p *profile.Profile, names ...string) (*Chain, error) {
	return Compile(named.Chain(names...), p, service.DefaultSizes(1, 8))
}

// shippedProfile loads a profile of the program.
func shippedProfile(t testing.TB, name string) *profile.Profile {
	t.Helper()
	p, err := profile.Load(name)
	require.NoError(t, err)
	return p
}

// The full chain of one server with eight VMs, stage by stage: SA, VNI, then the flow cache over five stages, the roots
// of the routes and their buckets, and the 16 x 7 blocks of 8,000 rules where they find room; deliver waits for the route
// and comes when the last rule is known.
func TestFullChainByHand(t *testing.T) {
	c, err := newChain(reference(t), fullChain...)
	require.NoError(t, err)
	var got [][]string
	for _, s := range c.Map.Stages {
		var names []string
		for _, p := range s.Parts {
			names = append(names, p.Table+" "+p.Role)
		}
		got = append(got, names)
	}
	assert.Equal(t, [][]string{{"sa "}, {"vni "}, {"lpm roots", "flow cache", "acl "}, {"lpm buckets", "flow cache", "acl "},
		{"flow cache", "acl "}, {"flow cache", "acl "}, {"flow cache", "acl "}, {"acl ", "deliver "}, nil, nil, nil, nil}, got)
	rules, tcam := int64(0), 0
	for _, s := range c.Map.Stages {
		for _, p := range s.Parts {
			if p.Table == "acl" {
				rules, tcam = rules+p.Entries, tcam+p.TCAM
			}
		}
	}
	assert.EqualValues(t, 8000, rules)
	assert.Equal(t, 7*16, tcam)
	// SA 20+4; VNI 20; the next two have TCAM and state, as the four that follow the second without waiting; deliver 20+2.
	assert.Equal(t, units.Cycles(4+24+20+26+26+1+1+1+22+4), c.Latency)
	assert.Len(t, c.Stages, 8)
	assert.True(t, c.FlowTable)
	assert.Equal(t, 1, c.Map.MemoryReads())
	assert.Equal(t, 2, c.Passes())
	assert.Equal(t, 2*c.Map.Energy, c.Energy())
}

// What a scenario asks for decides where the tables are and what they cost.
func TestSizesDecide(t *testing.T) {
	p := reference(t)
	compile := func(change func(s *service.Sizes)) *Chain {
		s := service.DefaultSizes(1, 8)
		if change != nil {
			change(&s)
		}
		c, err := Compile(named.Chain(fullChain...), p, s)
		require.NoError(t, err)
		return c
	}
	base := compile(nil)
	few := compile(func(s *service.Sizes) { s.Rules = 512 })
	assert.Less(t, few.Map.Used().TCAM, base.Map.Used().TCAM)
	assert.Less(t, len(few.Stages), len(base.Stages))
	assert.Less(t, few.Energy(), base.Energy(), "fewer blocks are searched")

	routes := compile(func(s *service.Sizes) { s.Routes = 2000 })
	assert.Less(t, routes.Latency, base.Latency, "a small LPM table is one look-up")

	stateless := compile(func(s *service.Sizes) { s.Stateless = true })
	assert.False(t, stateless.FlowTable, "no flow table, nothing in memory")
	assert.Zero(t, stateless.Map.CacheEntries)
	assert.Less(t, stateless.Map.Used().SRAM, base.Map.Used().SRAM)

	// The book's server of 100 tenants: 100,000 rules and routes are too many for the stages.
	book := service.DefaultSizes(1, 100)
	c, err := Compile(named.Chain(fullChain...), p, book)
	require.NoError(t, err)
	require.Equal(t, []string{"flow", "acl", "lpm"}, spilled(c))
	assert.Equal(t, 1+5+3, c.Map.MemoryReads(), "the flow, and trees over the 1,000 rules and the 1,000 routes of a tenant")
	assert.True(t, c.FlowTable)

	// Stateless rules in memory need the cache as well.
	book.Stateless = true
	c, err = Compile(named.Chain(fullChain...), p, book)
	require.NoError(t, err)
	require.Equal(t, []string{"acl", "lpm"}, spilled(c))
	assert.True(t, c.FlowTable)
	assert.Positive(t, c.Map.CacheEntries)

	// Forty such servers behind one chip: four million of each.
	c, err = Compile(named.Chain(fullChain...), p, service.DefaultSizes(40, 100))
	require.NoError(t, err)
	require.Equal(t, []string{"flow", "acl", "lpm"}, spilled(c))
	assert.Equal(t, 1+5+3, c.Map.MemoryReads(), "a tenant has no more of them")
	assert.Greater(t, c.Map.MemoryBytes(), 700*1_000_000*units.Byte)
}

func spilled(c *Chain) []string {
	var names []string
	for _, s := range c.Map.Spilled {
		names = append(names, s.Table)
	}
	return names
}

// A chip without memory says what does not fit; a small one holds what the large one holds, more slowly.
func TestOtherProfiles(t *testing.T) {
	chip := shippedProfile(t, "tofino-like")
	_, err := Compile(named.Chain(fullChain...), chip, service.DefaultSizes(1, 8))
	require.EqualError(t, err, "the chain needs a crypto core, profile tofino-like has none")
	plain := []string{"vxlan", "firewall", "route"}
	c, err := Compile(named.Chain(plain...), chip, service.DefaultSizes(1, 8))
	require.NoError(t, err)
	assert.False(t, c.FlowTable, "2,000 flows fit the stages")
	_, err = Compile(named.Chain(plain...), chip, service.DefaultSizes(1, 100))
	require.EqualError(t, err, "table acl: 100k ternary rules of 308 bit need 1,372 TCAM blocks, the 12 stages have 288; "+
		"reduce rules or use a profile with more")
	many := service.DefaultSizes(1, 8)
	many.Flows = 10_000_000
	_, err = Compile(named.Chain(plain...), chip, many)
	require.ErrorContains(t, err, "table flow: 10M exact entries of 308 bit need")
	var refusal *alloc.Refusal
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, "SRAM blocks", refusal.Resource)

	small := shippedProfile(t, "reference-25g")
	slow, err := newChain(small, fullChain...)
	require.NoError(t, err)
	fast, err := newChain(reference(t), fullChain...)
	require.NoError(t, err)
	assert.Greater(t, small.DSN.Clock.Value.Span(slow.Latency), reference(t).DSN.Clock.Value.Span(fast.Latency))
}

// The tenant's number is in the key: more than 4,096 tenants widen it.
func TestManyTenantsWidenTheKeys(t *testing.T) {
	list := service.Declare(named.Chain("firewall"), &service.Sizes{Tenants: 4096})
	assert.Equal(t, 296+12, list[0].KeyBits)
	list = service.Declare(named.Chain("firewall"), &service.Sizes{Tenants: 4097, Rules: 8194})
	assert.Equal(t, 296+13, list[1].KeyBits)
	assert.EqualValues(t, 2, list[1].Searched, "a tenant's rules")
}

// Rules that all tenants share are searched as a whole, those that each has of its own are not.
func TestSharedRulesAreSearchedAsAWhole(t *testing.T) {
	s := service.Sizes{Tenants: 100, Rules: 100_000, Routes: 50_000}
	list := service.Declare(named.Chain("firewall", "route"), &s)
	assert.EqualValues(t, 1000, list[1].Searched)
	assert.EqualValues(t, 500, list[2].Searched)
	s.SharedRules, s.SharedRoutes = true, true
	list = service.Declare(named.Chain("firewall", "route"), &s)
	assert.Zero(t, list[1].Searched)
	assert.Zero(t, list[2].Searched)
}

// The dependencies follow from what look-ups find and need, whatever the order of the services.
func TestDependenciesOfTheChain(t *testing.T) {
	list := service.Declare(named.Chain(fullChain...), &service.Sizes{Tenants: 1})
	needs := func(name string) map[string]alloc.Kind {
		found := map[string]alloc.Kind{}
		for _, t := range list {
			for _, d := range t.Needs {
				if t.Name == name {
					found[list[d.On].Name] = d.Kind
				}
			}
		}
		return found
	}
	assert.Empty(t, needs("sa"))
	assert.Equal(t, map[string]alloc.Kind{"sa": alloc.OnMatch}, needs("vni"))
	assert.Equal(t, map[string]alloc.Kind{"sa": alloc.OnMatch, "vni": alloc.OnMatch}, needs("flow"))
	assert.Equal(t, map[string]alloc.Kind{"sa": alloc.OnMatch, "vni": alloc.OnMatch}, needs("acl"))
	assert.Equal(t, map[string]alloc.Kind{"sa": alloc.OnMatch, "vni": alloc.OnMatch}, needs("lpm"))
	assert.Equal(t, map[string]alloc.Kind{"sa": alloc.OnMatch, "vni": alloc.OnMatch, "lpm": alloc.OnMatch, "flow": alloc.Successor,
		"acl": alloc.Successor}, needs("deliver"))
}

// A flow whose tables are in memory waits for one access after the other, and holds its channel for all of them.
func TestMissesChaseThroughMemory(t *testing.T) {
	p := reference(t)
	f := newFlowMemory("chip", &p.DSN)
	f.reads = 6
	at := units.At(units.Microsecond)
	miss, ok := f.Serve(at, flowPacket(0, 7))
	require.True(t, ok)
	assert.Equal(t, 6*p.DSN.Memory.Access.Value, miss.Leave.Sub(at))
	assert.Equal(t, 6*p.DSN.Memory.Occupancy.Value, f.Usage()[0].Service)
	hit, _ := f.Serve(at.Add(units.Millisecond), flowPacket(0, 7))
	assert.Equal(t, at.Add(units.Millisecond), hit.Out)
}

// What the memory and the crypto complex say that packets take is what they take, with random keys from more than the
// caches hold. Caches in sets miss a little more than their size says.
func TestHoldsAgainstWhatIsServed(t *testing.T) {
	p := reference(t)
	d := &p.DSN
	d.FlowCache.Entries.Value, d.FlowCache.Ways.Value = 1024, 16
	d.Crypto.SACache.Value, d.Crypto.SAWays.Value = 256, 16
	d.Memory.Queue.Value, d.Crypto.Queue.Value = 1<<30, 1<<30
	const keys = 4096
	f, c := newFlowMemory("chip", d), newComplex(d)
	f.reads = 3
	random := rng.New(1, 0, "keys")
	of := sim.Population{Flows: keys, SAs: keys}
	pkt := &packet.Packet{Bytes: [2]uint32{1000, 1070}}
	const n = 100_000
	for i := range n {
		at := units.At(units.Duration(i) * units.Microsecond)
		pkt.Flow, pkt.SA = uint32(random.Uint64N(keys)), uint32(random.Uint64N(keys))
		_, ok := f.Serve(at, pkt)
		require.True(t, ok)
		c.Serve(at, pkt)
	}
	usage := append(f.Usage(), c.Usage()...)
	holds := append(append(f.Holds(pkt, of), c.Holds(pkt, of)...), c.cache.Holds(pkt, of)...)
	require.Len(t, holds, 3)
	for i, u := range usage {
		assert.InEpsilon(t, float64(holds[i]), float64(u.Service)/n, 0.02, u.Name)
	}
	fresh := f.Holds(pkt, sim.Population{Flows: 1, Fresh: units.Whole / 10})
	assert.Equal(t, d.Memory.Occupancy.Value*3/10, fresh[0], "a tenth of the packets begins a flow")
}
