package pcie

import (
	"math/rand/v2"

	"github.com/dsnsim/dsnsim/sim/queue"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/units"
)

// base is where the window starts: above 4 GiB, so that addresses take 64 bits, and aligned to any page.
const base uint64 = 1 << 40

// dma is one transfer under way.
type dma struct {
	addr    uint64
	size    units.Bytes
	write   bool
	ats     bool           // the device has the translations
	left    int            // TLPs or translations that are still to be answered or sent
	memory  units.Duration // the host's time for a read's data, or for a write to be visible
	stored  units.Time     // when the device has stored what has arrived
	visible units.Time     // when the host sees all that has been written
}

// action is what an event stands for.
type action uint8

const (
	actSend   action = iota // a TLP is ready for the wire up
	actData                 // the data of a request are at the root port
	actArrive               // the last completion of a request is at the device
	actDone                 // the device has finished a DMA
)

// message is what an event carries: a TLP and the DMA that it belongs to.
type message struct {
	tlp         TLP
	dma         int32
	tag         uint16
	act         action
	first, last bool // of its DMA
}

// run is the state of one experiment.
type run struct {
	cfg   Config
	queue *queue.Events
	seq   uint64
	// messages, and dmas, are slabs with lists of the free places.
	messages []message
	spare    []uint32
	dmas     []dma
	idle     []int32
	tlps     []TLP // scratch

	up, down           wire
	block              bool // the last TLP up completed a write of whole turnaround blocks
	readFree           units.Time
	writeFree          units.Time
	mergeFree          units.Time
	tags               tagPool
	waiting            queue.Ring[message] // requests without a tag
	posted, postedData Credits
	nonPosted          Credits
	mmu                IOMMU
	atc                translations
	committed          units.Time
	places, memory     *rand.Rand

	// done is called when the device has finished a DMA; it may begin others.
	done func(d dma, at units.Time)
	// observe, when set, sees each TLP with the instant at which it has left, and its tag. For tests.
	observe func(t TLP, at units.Time, tag uint16)
}

// newRun returns the idle link of an experiment. The purpose names its random streams.
func newRun(c Config, purpose string) *run {
	stream := func(name string) *rand.Rand { return rng.New(c.Seed, 0, "pcie."+purpose+"."+name) }
	rate := c.Link.Rate()
	if c.Device.DLLP == DLLPPerTLP {
		rate = c.Link.afterSkips()
	}
	h := &c.Host
	n := int64(c.Link.raw/creditRate) + 1
	return &run{
		cfg: c, queue: queue.NewEvents(),
		up: wire{rate: rate}, down: wire{rate: rate},
		tags:   newTagPool(c.Device.Tags),
		posted: NewCredits(n * h.Credits.PostedHeaders), postedData: NewCredits(n * h.Credits.PostedData),
		nonPosted: NewCredits(n * h.Credits.NonPosted),
		mmu:       NewIOMMU(h.IOMMU, h.DRAM, stream("walk")),
		atc:       newTranslations(c.Device.ATC),
		places:    stream("place"), memory: stream("memory"),
	}
}

// creditRate is the link rate that CreditSpec is for.
const creditRate = 64 * units.Gbps

// place draws where a transfer starts.
func (r *run) place() uint64 {
	step := stride(r.cfg.Size)
	return base + uint64(step)*r.places.Uint64N(uint64(r.cfg.Window/step))
}

// step handles the next event and reports whether there was one.
func (r *run) step() bool {
	ev, ok := r.queue.Pop()
	if !ok {
		return false
	}
	m := r.messages[ev.Arg]
	r.spare = append(r.spare, ev.Arg)
	switch m.act {
	case actSend:
		r.send(ev.At, m)
	case actData:
		r.complete(ev.At, m)
	case actArrive:
		r.arrive(ev.At, m)
	case actDone:
		r.finish(ev.At, m.dma)
	}
	return true
}

// schedule makes m happen at an instant.
func (r *run) schedule(at units.Time, m message) {
	var i uint32
	if n := len(r.spare); n > 0 {
		i = r.spare[n-1]
		r.spare = r.spare[:n-1]
	} else {
		i = uint32(len(r.messages))
		r.messages = append(r.messages, message{})
	}
	r.messages[i] = m
	r.seq++
	r.queue.Push(queue.Event{At: at, Key: r.seq, Arg: i})
}

// sight reports a TLP to the observer.
func (r *run) sight(t TLP, at units.Time, tag uint16) {
	if r.observe != nil {
		r.observe(t, at, tag)
	}
}
