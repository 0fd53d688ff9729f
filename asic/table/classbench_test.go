package table_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/asic/table/ruleset"
	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/internal/shareddata"
)

var classBenchSets = []string{"acl1_seed_1_1k", "fw1_seed_1_1k", "ipc1_seed_1_1k", "fw1_seed_1_4k", "acl1_seed_1_8k"}

func loadRules(t testing.TB, name string) []table.Rule {
	rules, err := ruleset.LoadRules(infile.Files{}, shareddata.Path(t, "data", "acl", name+".rules"))
	require.NoError(t, err)
	return rules
}

// withoutFlags returns the rules on the five fields, as the known answers leave the flags out.
func withoutFlags(rules []table.Rule) []table.Rule {
	out := append([]table.Rule(nil), rules...)
	for i := range out {
		out[i].Flags, out[i].FlagsMask = 0, 0
	}
	return out
}

func build(t testing.TB, rules []table.Rule) *table.Ternary {
	out := table.NewTernary()
	for _, r := range rules {
		_, err := out.Add(r)
		require.NoError(t, err)
	}
	out.Build()
	return out
}

// loadTrace returns the headers of a trace.
func loadTrace(t testing.TB, name string) []table.Tuple {
	var out []table.Tuple
	for _, line := range lines(t, name+".trace") {
		var u table.Tuple
		var flags uint32
		_, err := fmt.Sscan(line, &u.Src.Lo, &u.Dst.Lo, &u.SrcPort, &u.DstPort, &u.Proto, &flags)
		require.NoError(t, err)
		u.Flags = uint16(flags)
		out = append(out, u)
	}
	return out
}

func lines(t testing.TB, name string) (out []string) {
	file, err := os.Open(shareddata.Path(t, "data", "acl", name))
	require.NoError(t, err)
	defer file.Close()
	for s := bufio.NewScanner(file); s.Scan(); {
		out = append(out, s.Text())
	}
	return out
}

func TestClassBenchTracesMeetTheKnownRules(t *testing.T) {
	for _, name := range classBenchSets {
		t.Run(name, func(t *testing.T) {
			ternary := build(t, withoutFlags(loadRules(t, name)))
			trace, want := loadTrace(t, name), lines(t, name+".match")
			require.Len(t, trace, len(want))
			for i := range trace {
				id, hit := ternary.Match(&trace[i])
				require.True(t, hit, "line %d", i+1)
				require.Equal(t, strings.TrimSpace(want[i]), fmt.Sprint(id), "line %d", i+1)
			}
		})
	}
}

// TestClassBenchWithFlags compares with a linear scan, flags and all, on headers drawn from the rules' corners.
func TestClassBenchWithFlags(t *testing.T) {
	for _, name := range classBenchSets {
		rules := loadRules(t, name)
		ternary := build(t, rules)
		size := ternary.TreeSize()
		t.Logf("%s: %+v, %.1f B a rule", name, size, float64(size.Bytes)/float64(size.Rules))
		assert.Less(t, size.Listed, 4*len(rules), "rules copied to several leaves")
		r := rand.New(rand.NewPCG(5, 5))
		for range 3000 {
			u := cornerOf(r, &rules[r.IntN(len(rules))], &rules[r.IntN(len(rules))])
			want := -1
			for i := range rules {
				if rules[i].Matches(&u) {
					want = i
					break
				}
			}
			got := -1
			if id, hit := ternary.Match(&u); hit {
				got = int(id)
			}
			require.Equal(t, want, got, "%s: %+v", name, u)
		}
	}
}

// cornerOf returns a header at the edge of rule a, with one field of rule b now and then.
func cornerOf(r *rand.Rand, a, b *table.Rule) table.Tuple {
	pick := func() *table.Rule {
		if r.IntN(4) == 0 {
			return b
		}
		return a
	}
	port := func(p table.PortRange) uint16 { return []uint16{p.Lo, p.Hi, p.Hi + 1}[r.IntN(20)/9] }
	addr := func(p table.Prefix) table.Addr {
		host := uint64(1)<<(32-p.Len) - 1
		return table.Addr{Lo: p.Addr.Lo | host*uint64(r.IntN(2))}
	}
	proto := pick()
	flags := pick()
	return table.Tuple{Src: addr(pick().Src), Dst: addr(pick().Dst), SrcPort: port(pick().SrcPort), DstPort: port(pick().DstPort),
		Proto: proto.Proto | uint8(r.Uint32())&^proto.ProtoMask, Flags: flags.Flags | uint16(r.Uint32())&^flags.FlagsMask}
}

func heavy() bool { return os.Getenv("DSNSIM_HEAVY") == "1" }

// tenantRules puts the ClassBench sets of 1k rules into many VRFs.
func tenantRules(t testing.TB, vrfs int) []table.Rule {
	sets := [][]table.Rule{loadRules(t, "acl1_seed_1_1k"), loadRules(t, "fw1_seed_1_1k"), loadRules(t, "ipc1_seed_1_1k")}
	var out []table.Rule
	for vrf := range vrfs {
		set := sets[vrf%3]
		for i := range 1000 {
			rule := set[i%len(set)]
			rule.VRF = uint16(vrf)
			out = append(out, rule)
		}
	}
	return out
}

func liveBytes() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestFourMillionRulesLoadInTime holds the requirement: 4,000 tenants of 1,000 rules within 10 s.
func TestFourMillionRulesLoadInTime(t *testing.T) {
	vrfs := 30
	if heavy() {
		vrfs = 4000
	}
	rules := tenantRules(t, vrfs)
	before, start := liveBytes(), time.Now()
	ternary := build(t, rules)
	loaded := time.Since(start)
	bytes := float64(liveBytes()-before) / float64(len(rules))
	t.Logf("%d rules in %v, %.1f B a rule", len(rules), loaded, bytes)
	assert.Less(t, loaded, 10*time.Second)
	assert.Less(t, bytes, 200.)
	runtime.KeepAlive(ternary)
	runtime.KeepAlive(rules)
}

func BenchmarkTernary(b *testing.B) {
	for _, name := range classBenchSets {
		rules, trace := withoutFlags(loadRules(b, name)), loadTrace(b, name)
		rand.New(rand.NewPCG(2, 2)).Shuffle(len(trace), func(i, j int) { trace[i], trace[j] = trace[j], trace[i] })
		b.Run(name+"/tree", func(b *testing.B) {
			ternary := build(b, rules)
			i := 0
			for b.Loop() {
				ternary.Match(&trace[i])
				if i++; i == len(trace) {
					i = 0
				}
			}
			size := ternary.TreeSize()
			b.ReportMetric(float64(size.Bytes)/float64(size.Rules), "B/rule")
		})
		b.Run(name+"/tuple-space", func(b *testing.B) {
			space := newTupleSpace(rules)
			i := 0
			for b.Loop() {
				space.match(&trace[i])
				if i++; i == len(trace) {
					i = 0
				}
			}
		})
	}
	vrfs := 100
	if heavy() {
		vrfs = 4000
	}
	b.Run(fmt.Sprintf("%dx1000/tree", vrfs), func(b *testing.B) { benchTenants(b, vrfs) })
}

func benchTenants(b *testing.B, vrfs int) {
	rules := tenantRules(b, vrfs)
	start := time.Now()
	ternary := build(b, rules)
	loaded := time.Since(start)
	r := rand.New(rand.NewPCG(2, 2))
	packets := make([]table.Tuple, 1<<18)
	for i := range packets {
		vrf := r.IntN(vrfs)
		of := rules[vrf*1000 : vrf*1000+1000]
		packets[i] = cornerOf(r, &of[r.IntN(1000)], &of[r.IntN(1000)])
		packets[i].VRF = uint16(vrf)
	}
	i := 0
	for b.Loop() {
		ternary.Match(&packets[i&(1<<18-1)])
		i++
	}
	b.ReportMetric(loaded.Seconds(), "load-s")
	runtime.KeepAlive(rules)
}

// tupleSpace is tuple space search (Srinivasan, Suri and Varghese, SIGCOMM 1999), the alternative that was measured:
// a hash table for each pair of prefix lengths, searched in the order of their first rules.
type tupleSpace struct {
	rules  []table.Rule
	tuples []tupleTable
}

type tupleTable struct {
	src, dst uint8
	first    int
	rules    map[[2]uint32][]int
}

func newTupleSpace(rules []table.Rule) *tupleSpace {
	space := &tupleSpace{rules: rules}
	where := map[[2]uint8]int{}
	for i, r := range rules {
		lengths := [2]uint8{r.Src.Len, r.Dst.Len}
		at, ok := where[lengths]
		if !ok {
			at = len(space.tuples)
			where[lengths] = at
			space.tuples = append(space.tuples, tupleTable{r.Src.Len, r.Dst.Len, i, map[[2]uint32][]int{}})
		}
		key := [2]uint32{uint32(r.Src.Addr.Lo), uint32(r.Dst.Addr.Lo)}
		space.tuples[at].rules[key] = append(space.tuples[at].rules[key], i)
	}
	return space
}

func (s *tupleSpace) match(u *table.Tuple) int {
	best := len(s.rules)
	for i := range s.tuples {
		t := &s.tuples[i]
		if t.first >= best {
			break
		}
		key := [2]uint32{uint32(u.Src.Lo) &^ uint32(1<<(32-t.src)-1), uint32(u.Dst.Lo) &^ uint32(1<<(32-t.dst)-1)}
		for _, r := range t.rules[key] {
			if r >= best {
				break
			}
			if s.rules[r].Matches(u) {
				best = r
			}
		}
	}
	return best
}

// TestTupleSpaceAgrees keeps the comparison honest: the alternative gives the same answers.
func TestTupleSpaceAgrees(t *testing.T) {
	rules, trace := withoutFlags(loadRules(t, "fw1_seed_1_1k")), loadTrace(t, "fw1_seed_1_1k")
	ternary, space := build(t, rules), newTupleSpace(rules)
	for i := range trace {
		id, _ := ternary.Match(&trace[i])
		require.EqualValues(t, id, space.match(&trace[i]))
	}
}
