package asic

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/analytic"
	"github.com/dsnsim/dsnsim/internal/named"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

func sealed(frame, sa uint32) *packet.Packet {
	return &packet.Packet{Bytes: [2]uint32{frame, named.Tunnelled([]string{"ipsec"}, frame)}, SA: sa}
}

// complexOf is a crypto complex with one queue: the cores serve packets as they come, when their contexts are there.
type complexOf struct {
	*crypto
	cache *contextCache
}

func newComplex(d *profile.DSN) *complexOf { return newComplexFor(d, service.IPsec.Tunnel.Cipher, 0) }

func newComplexFor(d *profile.DSN, cipher *service.Cipher, keyBits int) *complexOf {
	c := newCrypto("chip", d, cipher, keyBits)
	return &complexOf{c, newContextCache(c, d, newContexts(d, newMemory(&d.Memory)))}
}

func (c *complexOf) Serve(at units.Time, p *packet.Packet) station.Visit {
	v, _ := c.ServeQueued(at, c.cache.get(at, p.SA), p)
	return v
}

func (c *complexOf) Measure(w station.Window) {
	c.crypto.Measure(w)
	c.cache.Measure(w)
}

func (c *complexOf) Usage() []station.Usage { return append(c.crypto.Usage(), c.cache.Usage()...) }

// engine is a crypto complex of k cores at 1 GHz: 10 cycles of setup and one for 16 bytes, 30 cycles of latency.
func engine(t *testing.T, cores int) (*profile.DSN, *complexOf) {
	d := reference(t).DSN
	d.Crypto.Cores.Value, d.Crypto.Clock.Value = cores, units.GHz
	d.Crypto.SetupCycles.Value, d.Crypto.BytesPerCycle.Value, d.Crypto.LatencyCycles.Value = 10, 16, 30
	d.Crypto.Queue.Value = 0
	return &d, newComplex(&d)
}

// A frame of 1500 B is an IP packet of 1482 B: with trailer 1484 B, which is 92.75 blocks. The context comes from the
// memory the first time: 96 B are 3 accesses, less than the two answers take that wait for each other.
func TestCryptoByHand(t *testing.T) {
	d, c := engine(t, 2)
	c.Measure(station.Window{To: units.Forever})
	at := units.At(units.Microsecond)
	first := c.Serve(at, sealed(1500, 1))
	work := units.Duration(10+93) * units.Nanosecond
	assert.Equal(t, 2*d.Memory.Access.Value+work, first.Leave.Sub(at))
	assert.Equal(t, 30*units.Nanosecond, first.Out.Sub(first.Leave))
	later := at.Add(units.Microsecond)
	second := c.Serve(later, sealed(1500, 1))
	assert.Equal(t, work, second.Leave.Sub(later))
	third := c.Serve(later, sealed(64, 1))
	assert.Equal(t, later, third.Start, "the other core is free")
	assert.Equal(t, units.Duration(10+3)*units.Nanosecond, third.Leave.Sub(later), "64 B are 46 B of packet, 48 B with trailer")
	assert.Equal(t, second.Out, third.Out, "done first, but packets leave in order")
	assert.EqualValues(t, 1484+1484+48, c.Usage()[0].Bytes)
	assert.EqualValues(t, 1, c.Usage()[1].Visits, "one context was fetched")
}

// A context that takes longer to move than to answer holds the core for its accesses.
func TestCryptoContextOfManyAccesses(t *testing.T) {
	d := reference(t).DSN
	d.Crypto.SAFetch.Value, d.Crypto.SALookups.Value = 32*20+1, 1
	c := newComplex(&d)
	v := c.Serve(units.At(0), sealed(64, 1))
	plain := c.Serve(units.At(units.Microsecond), sealed(64, 1))
	assert.Equal(t, 21*d.Memory.Occupancy.Value, v.Start.Sub(units.At(0)))
	assert.Equal(t, units.At(units.Microsecond), plain.Start)
	assert.Equal(t, v.Leave.Sub(v.Start), plain.Leave.Sub(plain.Start))
}

// Two contexts at once come through one channel: the second fetch begins when the first has moved its 96 B in three
// accesses, and its core waits as much longer.
func TestCryptoContextsShareTheirChannel(t *testing.T) {
	d, _ := engine(t, 2)
	d.Memory.Channels.Value = 1
	c := newComplex(d)
	first := c.Serve(units.At(0), sealed(64, 1))
	second := c.Serve(units.At(0), sealed(64, 2))
	assert.Equal(t, 3*d.Memory.Occupancy.Value, second.Leave.Sub(first.Leave))
}

// Each direction has a queue, in which a packet has its place while its context is fetched.
func TestCryptoDropsWhatItsQueuesCannotHold(t *testing.T) {
	d, _ := engine(t, 2)
	d.Crypto.Queue.Value = 3
	c := newComplex(d)
	c.cache.turns = sim.NewScheduler(c.turns())
	for _, kind := range []uint8{toEncrypt, toDecrypt} {
		for i := range 5 {
			p := sealed(64, 1)
			p.Kind = kind
			v, ok := c.cache.Serve(units.At(0), p)
			require.Equal(t, i < 3, ok, "packet %d", i)
			if ok {
				require.Equal(t, units.At(2*d.Memory.Access.Value), v.Out)
			}
		}
	}
	assert.EqualValues(t, 4, c.Usage()[0].Drops)
	assert.EqualValues(t, stats.DropCryptoQueue, c.cache.DropReason())
}

// k cores with contexts at hand and packets of one size are an M/D/k queue.
func TestCryptoIsMDc(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	for _, k := range []struct {
		cores       int
		utilisation float64
		packets     int
	}{{1, 0.8, 40_000}, {2, 0.8, 60_000}, {4, 0.9, 120_000}, {8, 0.9, 160_000}} {
		var waits []float64
		service := 0.0
		for r := range 20 {
			_, c := engine(t, k.cores)
			service = float64(c.cost[toDecrypt].Of(1484))
			random := rng.New(2, r, "crypto")
			now, last := units.At(0), units.At(0)
			p := sealed(1500, 1)
			for range k.packets {
				now = now.Add(units.Duration(random.ExpFloat64() * service / float64(k.cores) / k.utilisation))
				v := c.Serve(now, p)
				require.False(t, v.Out.Before(last), "sequence numbers need order")
				last = v.Out
			}
			u := c.Usage()[0]
			waits = append(waits, float64(u.Wait)/float64(u.Visits))
		}
		e, want := stats.EstimateMean(waits), analytic.MDcWait(k.cores, k.utilisation, service)
		assert.InDelta(t, want, e.Mean, e.HalfWidth, "%d cores at %g: %g +- %g", k.cores, k.utilisation, e.Mean, e.HalfWidth)
		assert.Less(t, e.HalfWidth/want, 0.02, "%d cores at %g", k.cores, k.utilisation)
	}
}

// More associations than the cache holds cost a fetch for each packet; as many as it holds cost one each.
func TestCryptoContextsInTheCache(t *testing.T) {
	fetches := func(associations uint32) int64 {
		d, _ := engine(t, 2)
		d.Crypto.SACache.Value, d.Crypto.SAWays.Value = 64, 64
		c := newComplex(d)
		for i := range uint32(64 * 65) {
			c.Serve(units.At(units.Duration(i)*units.Microsecond), sealed(64, i%associations))
		}
		return c.Usage()[1].Visits
	}
	assert.EqualValues(t, 64, fetches(64))
	assert.EqualValues(t, 64*65, fetches(65), "in turn, so that each was evicted just before")
}

// A context that has been asked for is in the cache, but a packet that finds it there before it has come waits for it too.
func TestCryptoPacketsWaitForTheirContextTogether(t *testing.T) {
	d, c := engine(t, 4)
	first := c.Serve(units.At(0), sealed(64, 1))
	second := c.Serve(units.At(10*units.Nanosecond), sealed(64, 1))
	assert.Equal(t, units.At(2*d.Memory.Access.Value), first.Start, "the association, then its key")
	assert.Equal(t, first.Start, second.Start)
	assert.EqualValues(t, 1, c.Usage()[1].Visits)
}

// While packets wait for cores their contexts come: a busy complex does not lose the time of the fetches.
func TestCryptoFetchesWhilePacketsWait(t *testing.T) {
	d, c := engine(t, 1)
	for sa := range uint32(20) {
		v := c.Serve(units.At(0), sealed(1500, sa))
		assert.Equal(t, units.At(2*d.Memory.Access.Value+units.Duration(sa)*103*units.Nanosecond), v.Start)
	}
}

// Packets of an association leave in the order in which they came and never before they are done, those of different
// ones overtake each other.
func TestCryptoOrdersEachAssociation(t *testing.T) {
	overtaken := 0
	rapid.Check(t, func(r *rapid.T) {
		_, c := engine(t, rapid.IntRange(1, 6).Draw(r, "cores"))
		last := map[uint32]units.Time{}
		now, latest := units.At(0), units.At(0)
		for range rapid.IntRange(1, 200).Draw(r, "packets") {
			now = now.Add(units.Duration(rapid.IntRange(0, 60_000).Draw(r, "gap")))
			sa := uint32(rapid.IntRange(0, 5).Draw(r, "sa")) << 9
			v := c.Serve(now, sealed(uint32(rapid.IntRange(64, 9000).Draw(r, "bytes")), sa))
			require.Equal(r, units.Later(last[sa], v.Leave.Add(c.latency[toDecrypt])), v.Out, "waits for its own association only")
			if v.Out.Before(latest) {
				overtaken++
				require.False(r, c.Ordered())
			}
			last[sa], latest = v.Out, units.Later(latest, v.Out)
		}
	})
	assert.Positive(t, overtaken)
}

// The window counts bytes of the packets that come in it.
func TestCryptoMeasuresItsWindow(t *testing.T) {
	_, c := engine(t, 1)
	c.Measure(station.Window{From: units.At(10 * units.Microsecond), To: units.At(20 * units.Microsecond)})
	for i := range 30 {
		c.Serve(units.At(units.Duration(i)*units.Microsecond), sealed(64, 1))
	}
	u := c.Usage()[0]
	assert.EqualValues(t, 10, u.Visits)
	assert.EqualValues(t, 10*48, u.Bytes)
	assert.Equal(t, 10*13*units.Nanosecond, u.Busy)
}

// More cores never keep a packet longer.
func TestMoreCoresAreNeverSlower(t *testing.T) {
	var before []units.Time
	for cores := 1; cores <= 6; cores++ {
		_, c := engine(t, cores)
		random := rng.New(3, 0, "sizes")
		var outs []units.Time
		now := units.At(0)
		for i := range 2000 {
			now = now.Add(units.Duration(random.IntN(80_000)))
			v := c.Serve(now, sealed(64+random.Uint32N(1400), uint32(i%8)))
			outs = append(outs, v.Out)
		}
		for i := range before {
			require.False(t, outs[i].After(before[i]), "packet %d with %d cores", i, cores)
		}
		before = outs
	}
}

// Contexts in host memory come one after the other, whatever the memory of the chip does.
func TestCryptoContextsFromTheHost(t *testing.T) {
	_, c := engine(t, 4)
	d := reference(t).DSN
	d.Crypto.SAReads.Value, d.Crypto.SALookups.Value = 2, 1
	c.cache.contexts = newHostContexts(&d, 400*units.Nanosecond)
	for sa := range uint32(6) {
		v := c.Serve(units.At(0), sealed(64, sa))
		assert.Equal(t, units.At(units.Duration(1+sa/2)*400*units.Nanosecond), v.Start, "association %d", sa)
	}
	u := c.Usage()[1]
	assert.EqualValues(t, 6, u.Visits)
	assert.Equal(t, 2, u.Servers)
	assert.Equal(t, 6*400*units.Nanosecond, u.Busy)
	assert.EqualValues(t, 6, c.cache.contexts.Stats().Visits)
}

// A profile decides where contexts are; only those on the chip share its memory with the flow table.
func TestHomeOfContexts(t *testing.T) {
	for _, home := range []string{"memory", "host"} {
		p := reference(t)
		p.DSN.Crypto.SAHome.Value = home
		chain, err := newChain(p, "ipsec", "firewall")
		require.NoError(t, err)
		e := sim.NewEngine(&last{})
		d := New(e, p, chain, "chip", 1)
		assert.Equal(t, home == "memory", d.memories[0].shared, home)
	}
}

// A context that misses takes as many accesses as wait for each other, wherever it is.
func TestAMissWaitsForTheAssociationAndThenItsKey(t *testing.T) {
	for lookups := 1; lookups <= 3; lookups++ {
		p := reference(t)
		p.DSN.Crypto.SALookups.Value = lookups
		mem := newMemory(&p.DSN.Memory)
		c := newContexts(&p.DSN, mem)
		assert.Equal(t, units.At(p.DSN.Memory.Access.Value*units.Duration(lookups)), c.fetch(units.At(0), 1), "%d in the chip's memory", lookups)
		host := newHostContexts(&p.DSN, 400*units.Nanosecond)
		assert.Equal(t, units.At(400*units.Nanosecond*units.Duration(lookups)), host.fetch(units.At(0), 1), "%d in the host's", lookups)
	}
}
