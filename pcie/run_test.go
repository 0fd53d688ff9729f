package pcie

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

// calmHost is a host without randomness and without limits of its own.
func calmHost() Host {
	return Host{Name: "calm", Port: 70 * ns, Hit: 150 * ns, LLC: units.GiB, Commit: 40 * ns, DRAM: DRAMSpec{Extra: 60 * ns},
		Credits: CreditSpec{PostedHeaders: 1 << 20, PostedData: 1 << 24, NonPosted: 1 << 20},
		IOMMU:   IOMMUSpec{Entries: 64, Walkers: 6, Pending: 40, Accesses: 2, Access: 100 * ns}}
}

// calmDevice is a device without limits, except those of the number of tags that exist.
func calmDevice() Device {
	return Device{Name: "calm", Setup: 10 * ns, Port: 50 * ns, Tags: 1 << 14, Contexts: 1024, ATC: 256}
}

func calmConfig(l Link, op Op, n units.Bytes) Config {
	return Config{Link: l, Device: calmDevice(), Host: calmHost(), Op: op, Size: n, Window: units.MiB, Page: Page4K, Cold: true,
		Transfers: 1000, Pings: 3}
}

func onlyPing(t require.TestingT, c Config) units.Duration {
	require.NoError(t, c.Validate())
	samples := ping(c)
	for _, s := range samples {
		require.Equal(t, samples[0], s, "an idle link without randomness has one latency")
	}
	return samples[0]
}

func TestUnloadedReadIsTheSumOfItsParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, err := NewLink(rapid.IntRange(1, 6).Draw(t, "gen"), 8, 256, 512, 64)
		require.NoError(t, err)
		c := calmConfig(l, Read, units.Bytes(rapid.Int64Range(1, 512).Draw(t, "n")))
		c.Window = 512 // one place, aligned: one request
		c.Device.ReadIssue = units.Duration(rapid.Int64Range(0, 50_000).Draw(t, "issue"))
		want := c.Device.Setup + c.Device.ReadIssue + l.Rate().TimeToSend(l.ReadRequestWireBytes(c.Size)) +
			c.Device.Port + c.Host.Port + c.Host.Hit + c.Host.DRAM.Extra +
			l.Rate().TimeToSend(l.CompletionWireBytes(c.Size)) + c.Host.Port + c.Device.Port
		require.Equal(t, want, onlyPing(t, c))
	})
}

func TestUnloadedWriteIsTheSumOfItsParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, err := NewLink(rapid.IntRange(1, 6).Draw(t, "gen"), 8, 256, 512, 64)
		require.NoError(t, err)
		c := calmConfig(l, Write, units.Bytes(rapid.Int64Range(1, 4096).Draw(t, "n")))
		c.Window = Page4K
		want := c.Device.Setup + l.Rate().TimeToSend(l.WriteWireBytes(c.Size)) + c.Device.Port + c.Host.Port + c.Host.Commit
		require.Equal(t, want, onlyPing(t, c))
	})
}

func TestUnloadedPartsOfOneDMA(t *testing.T) {
	l := measuredLink(t)
	read := onlyPing(t, calmConfig(l, Read, 64))
	with := func(change func(*Config)) units.Duration {
		c := calmConfig(l, Read, 64)
		change(&c)
		return onlyPing(t, c)
	}
	assert.Equal(t, read-60*ns, with(func(c *Config) { c.Cold = false }), "a cache hit saves the memory")
	assert.Equal(t, read+200*ns, with(func(c *Config) { c.IOMMU, c.Page, c.Pings, c.Window = true, 2*units.MiB, 1, 1<<30 }), "a cold IOTLB costs a walk")
	assert.Equal(t, read+512*ns, with(func(c *Config) { c.Device.Stream = units.Gbps }), "64 B at 1 Gb/s")
	// An ATS miss is a round trip of its own: request up, walk, 8 B down; then the DMA finds its translation.
	trip := l.Rate().TimeToSend(24) + l.Rate().TimeToSend(28) + 4*60*ns + 200*ns
	assert.Equal(t, read+trip, with(func(c *Config) { c.IOMMU, c.ATS, c.Pings, c.Window = true, true, 1, 1<<30 }))
	assert.Equal(t, read, pingAt(t, func(c *Config) { c.IOMMU, c.ATS, c.Window = true, true, Page4K }, 1), "an ATS hit costs nothing")
}

// pingAt returns the latency of ping i.
func pingAt(t *testing.T, change func(*Config), i int) units.Duration {
	c := calmConfig(measuredLink(t), Read, 64)
	change(&c)
	require.NoError(t, c.Validate())
	return ping(c)[i]
}

func TestReadWriteIsAWriteAndThenARead(t *testing.T) {
	l := measuredLink(t)
	c := calmConfig(l, ReadWrite, 64)
	c.Device.WriteDone = 300 * ns
	c.Cold = false
	write := c.Device.Setup + l.Rate().TimeToSend(88) + c.Device.WriteDone
	c2 := calmConfig(l, Read, 64)
	c2.Cold = false
	assert.Equal(t, write+onlyPing(t, c2), onlyPing(t, c))
	// Without the engine's delay the read overtakes the write's way into memory, and must not pass it.
	c.Device.WriteDone = 0
	c.Host.Commit = 5000 * ns
	visible := onlyPing(t, func() Config { w := calmConfig(l, Write, 64); w.Host.Commit = c.Host.Commit; return w }())
	assert.Equal(t, visible+c.Host.Hit+c.Host.Port+c.Device.Port+l.Rate().TimeToSend(84), onlyPing(t, c))
}

func TestPerTLPLinkChargesGapAndDLLPs(t *testing.T) {
	l := measuredLink(t)
	c := calmConfig(l, Read, 64)
	c.Device.DLLP, c.Device.Gap = DLLPPerTLP, 16
	want := c.Device.Setup + 4*60*ns + c.Host.Hit + c.Host.DRAM.Extra + l.afterSkips().TimeToSend(24) + l.afterSkips().TimeToSend(84)
	assert.Equal(t, want, onlyPing(t, c), "on an idle link neither is in the way")
	c.Transfers = 10 * c.Device.Contexts
	p, err := Run(c)
	require.NoError(t, err)
	assert.InEpsilon(t, gbps(l.afterSkips())*64/(84+16+16), gbps(p.Bandwidth), 0.005)
}

// drain runs a configuration until n transfers are done and nothing is under way any more.
func drain(c Config, observe func(TLP, units.Time, uint16)) *run {
	r := newRun(c, "throughput")
	r.observe = observe
	started := 0
	start := func(at units.Time) {
		if started < c.Transfers {
			started++
			r.begin(at, r.place(), c.Op == Write || c.Op == ReadWrite && started%2 == 0, r.cached())
		}
	}
	r.done = func(_ dma, at units.Time) { start(at) }
	for range c.Device.Contexts {
		start(units.Time{})
	}
	for r.step() {
	}
	return r
}

// anyConfig draws a whole experiment: small pools, so that credits, tags and walkers bind.
func anyConfig(t *rapid.T) Config {
	l := anyLink(t)
	c := Config{Link: l, Device: rapid.SampledFrom(Devices()).Draw(t, "device"), Host: rapid.SampledFrom(Hosts()).Draw(t, "host"),
		Op: rapid.SampledFrom([]Op{Read, Write, ReadWrite}).Draw(t, "op"), Size: units.Bytes(rapid.Int64Range(1, 5000).Draw(t, "n")),
		Cold: rapid.Bool().Draw(t, "cold"), IOMMU: rapid.Bool().Draw(t, "iommu"), Page: Page4K, Seed: rapid.Uint64().Draw(t, "seed"),
		Transfers: 300, Pings: 3}
	c.Window = units.Bytes(rapid.SampledFrom([]int64{8 << 10, 1 << 20, 64 << 20}).Draw(t, "window"))
	c.Device.Tags = rapid.IntRange(1, 40).Draw(t, "tags")
	c.Device.Contexts = rapid.IntRange(1, 40).Draw(t, "contexts")
	c.ATS = c.IOMMU && c.Device.ATC > 0 && rapid.Bool().Draw(t, "ats")
	c.Host.Credits = CreditSpec{PostedHeaders: rapid.Int64Range(1, 8).Draw(t, "headers"),
		PostedData: rapid.Int64Range(256, 400).Draw(t, "data"), NonPosted: rapid.Int64Range(1, 8).Draw(t, "nonposted")}
	c.Host.CompletionBytes = 128
	return c
}

// Whatever the configuration: completions match requests, bytes are conserved, every tag and credit comes back, and
// what is on the wire keeps the rules.
func TestConservation(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	rapid.Check(t, func(t *rapid.T) {
		c := anyConfig(t)
		require.NoError(t, c.Validate())
		type request struct {
			tlp TLP
			got units.Bytes
			at  units.Time
		}
		outstanding := map[uint16]*request{}
		var written, asked, answered units.Bytes
		r := drain(c, func(p TLP, at units.Time, tag uint16) {
			switch p.Kind {
			case MemWrite:
				written += p.Len
				require.LessOrEqual(t, p.Len, c.Link.MPS())
			case MemRead, Translate:
				require.Nil(t, outstanding[tag], "tag %d is outstanding already", tag)
				outstanding[tag] = &request{tlp: p, at: at}
				require.LessOrEqual(t, len(outstanding), c.Device.Tags)
				require.LessOrEqual(t, p.Len, c.Link.MRRS())
				if p.Kind == MemRead {
					asked += p.Len
				}
			case Completion:
				q := outstanding[tag]
				require.NotNil(t, q, "completion without a request")
				require.True(t, at.After(q.at), "completion before its request")
				require.Equal(t, q.tlp.Addr+uint64(q.got), p.Addr, "completions come in the order of addresses")
				require.LessOrEqual(t, p.Len, c.Link.MPS())
				q.got += p.Len
				if q.tlp.Kind == MemRead {
					answered += p.Len
				}
				if q.got == q.tlp.Len {
					delete(outstanding, tag)
				}
			}
			require.Equal(t, p.Addr/uint64(Page4K), (p.Addr+uint64(p.Len)-1)/uint64(Page4K))
		})
		require.Empty(t, outstanding)
		writes := map[Op]units.Bytes{Read: 0, Write: 300, ReadWrite: 150}[c.Op]
		require.Equal(t, writes*c.Size, written)
		require.Equal(t, (300-writes)*c.Size, asked)
		require.Equal(t, asked, answered)
		requireIdle(t, r)
	})
}

func requireIdle(t require.TestingT, r *run) {
	require.Zero(t, r.tags.outstanding())
	require.Zero(t, r.waiting.Len())
	for _, pool := range []*Credits{&r.posted, &r.postedData, &r.nonPosted} {
		require.Zero(t, pool.outstanding(units.Forever))
		require.Equal(t, pool.limit, pool.available)
	}
	require.Len(t, r.idle, len(r.dmas))
	require.Len(t, r.spare, len(r.messages))
}

func TestEqualSeedsGiveEqualPoints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyConfig(t)
		a, err := Run(c)
		require.NoError(t, err)
		b, err := Run(c)
		require.NoError(t, err)
		require.Equal(t, a, b)
	})
}

// A faster link, host or device is never slower where nothing is random; ns are exact, so no tolerance.
func TestMetamorphic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := units.Bytes(rapid.Int64Range(1, 2048).Draw(t, "n"))
		op := rapid.SampledFrom([]Op{Read, Write, ReadWrite}).Draw(t, "op")
		gen := rapid.IntRange(1, 4).Draw(t, "gen")
		slow, err := NewLink(gen, 4, 256, 512, 64)
		require.NoError(t, err)
		fast, err := NewLink(gen+1, 4, 256, 512, 64)
		require.NoError(t, err)
		wide, err := NewLink(gen, 16, 256, 512, 64)
		require.NoError(t, err)
		window := func(l Link) Config { c := calmConfig(l, op, n); c.Window = Page4K; return c }
		base := onlyPing(t, window(slow))
		require.Less(t, onlyPing(t, window(fast)), base)
		require.Less(t, onlyPing(t, window(wide)), base)
		far := window(slow)
		far.Host.Port += 5 * ns
		require.Greater(t, onlyPing(t, far), base)
	})
}
