package adapter

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/pcie"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/units"
)

// A fetch brings a batch at most: of three packets behind one doorbell the third has the fetch after it. Packets of the instant at
// which the driver rings share that doorbell.
func TestAFetchIsABatchAtMost(t *testing.T) {
	s := spec(t)
	s.Rings.Batch = 2
	c := New(s)
	post := func(at units.Duration) (units.Duration, [2]uint16) {
		p := sized(64, 0, 0)
		v, ok := c.Post().Serve(units.At(at), p)
		require.True(t, ok)
		return v.Out.Sub(units.At(at)), p.Along
	}
	_, along := post(0)
	require.Equal(t, [2]uint16{16 + 24 + 24, 20 + 28}, along)
	_, along = post(0)
	assert.Equal(t, [2]uint16{16, 0}, along, "the same doorbell, the same fetch")
	for i, want := range []units.Duration{700 * ns, 700 * ns, 1100 * ns} { // asked at 700 ns, when the first fetch is in hand, and 400 ns later
		wait, _ := post(10 * ns)
		assert.Equal(t, want-10*ns-300*ns, wait, "packet %d", i)
	}
}

// A fetch waits behind the data that is under way, as far as that takes longer than the read itself.
func TestAFetchComesBehindData(t *testing.T) {
	for _, bytes := range []units.Bytes{100, 8000} {
		s := spec(t)
		s.Flight = sim.NewOutstanding(8)
		s.Flight.GiveBack(units.At(0), 0, -bytes) // so many more are under way
		v, ok := New(s).Post().Serve(units.At(0), sized(64, 0, 0))
		require.True(t, ok)
		assert.Equal(t, units.At(max(0, s.Link.Rate().TimeToSend(bytes)-400*ns)), v.Out, "%d B", bytes)
	}
}

// Posted writes stay in order: one that needs no translation is not visible before one that walks.
func TestWritesStayInOrder(t *testing.T) {
	s := spec(t)
	s.Page, s.IOMMU = 4*units.KiB, pcie.IOMMUSpec{Entries: 64, Walkers: 6, Pending: 40, Accesses: 2, Access: 140 * ns}
	c := New(s)
	walks, ok := c.Up().Serve(units.At(0), sized(64, 0, Write))
	require.True(t, ok)
	require.Greater(t, walks.Out.Sub(walks.Leave), 200*ns)
	next, ok := c.Up().Serve(units.At(0), sized(64, 0, Raw))
	require.True(t, ok)
	assert.False(t, next.Out.Before(walks.Out))
}

// Nor does a short packet overtake a long one that waits for the same fetch of descriptors.
func TestARingStaysInOrder(t *testing.T) {
	s := spec(t)
	s.Rings.Batch = 2
	c := New(s)
	last := units.At(0)
	for i, n := range []uint32{64, 64, 1500, 64} {
		v, ok := c.Up().Serve(units.At(0), sized(n, 0, Write))
		require.True(t, ok)
		assert.False(t, v.Out.Before(last), "packet %d", i)
		last = v.Out
	}
}

// Packets that wait for descriptors give their room back when they have them, in whatever order they came.
func TestRoomOfStalledPackets(t *testing.T) {
	for _, order := range [][2]units.Duration{{100 * ns, 200 * ns}, {200 * ns, 100 * ns}} {
		s := spec(t)
		s.Buffer = 200
		u := New(s).Up()
		for _, until := range order {
			require.True(t, u.stall(units.At(0), units.At(until), 100))
		}
		assert.False(t, u.stall(units.At(100*ns-1), units.At(300*ns), 100))
		assert.True(t, u.stall(units.At(100*ns), units.At(300*ns), 100), "the first is gone")
		assert.False(t, u.stall(units.At(199*ns), units.At(300*ns), 1))
	}
}

// A driver with interrupts posts descriptors again when the message is in host memory and its handler has run; the card sees them
// with the doorbell.
func TestInterruptsBringDescriptorsBack(t *testing.T) {
	s := spec(t)
	s.Interrupts = true
	c := New(s)
	for range 8 {
		_, ok := c.Up().Serve(units.At(0), sized(64, 0, Write))
		require.True(t, ok)
	}
	left := c.Interrupt(units.At(10*units.Microsecond), 0, 8)
	assert.Equal(t, s.Link.Rate().TimeToSend(4+24), left.Sub(units.At(10*units.Microsecond)))
	assert.Equal(t, left.Add((200+1000+300)*ns), c.up.rings[0].due.Front().at)
}

// Bytes that fill a buffer or a page do not touch the next.
func TestFullBuffersAndPages(t *testing.T) {
	s := spec(t)
	s.Page = 4 * units.KiB
	c := New(s)
	for n, want := range map[units.Bytes]int{0: 1, 1: 1, 2048: 1, 2049: 2, 4096: 2} {
		assert.Equal(t, want, c.buffers(n), "%d B", n)
	}
	for n, want := range map[units.Bytes]uint64{1: 0, 4096: 0, 4097: 1} {
		_, last := c.Up().pages(span{n: n})
		assert.Equal(t, want, last, "%d B", n)
	}
}

// Who comes down at an instant is behind what is owed by then, that of the instant too.
func TestWhatIsOwedGoesFirst(t *testing.T) {
	d := New(spec(t)).Down()
	d.owe(units.At(100*ns), 64)
	v, ok := d.Serve(units.At(100*ns), sized(8, 0, Access))
	require.True(t, ok)
	assert.Equal(t, d.card.Link.Rate().TimeToSend(64), v.Start.Sub(units.At(100*ns)))
}

// A request holds the wire up for its header and its descriptor's write-back, a fourth of whose header it pays and a sixteenth of
// the descriptors' request.
func TestWhatARequestHolds(t *testing.T) {
	c := New(spec(t))
	send := c.Link.Rate().TimeToSend
	assert.InDelta(t, int64(send(24+16)+send(24)/4+send(24)/16), int64(c.Up().Holds(sized(64, 0, Request), sim.Population{})[0]), 1)
}
