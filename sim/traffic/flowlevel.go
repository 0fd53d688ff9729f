package traffic

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/units"
)

// FlowLevel makes the packets of a synthetic source by flows: flows arrive, each sends its bytes at its rate, and ends.
type FlowLevel struct {
	// Sizes is how many bytes flows carry.
	Sizes *FlowSizes
	// Rate is what a flow sends at, in bit/s of the wire; 0 for the load divided by SyntheticConfig.Flows, so that as many are
	// open in the mean.
	Rate units.Rate
	// Constant says that flows arrive in equal gaps; else they are a Poisson process.
	Constant bool
}

// flowLevel is a running FlowLevel.
type flowLevel struct {
	sizes    *FlowSizes
	draw     *rand.PCG
	gapPs    float64 // between arrivals, in the mean
	constant bool
	arrival  int64 // of the next flow, in ps
	line     units.Rate
	slotPs   float64 // of a byte of the wire at the flow's rate
	open     []openFlow
	flows    *flowTable
}

// openFlow is one that has bytes to send. The open flows are a heap by when their next packet is due: one of their own, since a
// queue.Heap calls its order through a pointer, which costs a source a tenth.
type openFlow struct {
	FlowID
	due  int64
	left float64 // bytes
	born uint32  // breaks ties
}

// mostOpen bounds how many flows are open in the mean. Assumed: four million take 200 MB, and are more than a server has.
const mostOpen = 4_000_000

// steps is how many quantiles stand for a distribution where its mean on the wire is worked out.
const steps = 1 << 12

// newFlowLevel prepares the flows of a source. It begins in the middle of things: flows that are open at the start of a run are
// as many, and have as much left, as they would in one that has always run.
func newFlowLevel(c *SyntheticConfig, mean float64, flows *flowTable) (*flowLevel, error) {
	spec := c.Level
	if spec.Sizes == nil || c.Load == (Load{}) {
		return nil, errors.New("flows need sizes and a load")
	}
	f := &flowLevel{sizes: spec.Sizes, constant: spec.Constant, line: c.LineRate, flows: flows,
		draw: rng.NewSource(c.Seed, c.Replication, c.Name+"/arrivals")}
	perFlow, onWire := 0.0, 0.0 // what a flow counts of the load, and bytes on the wire
	cumulative := make([]float64, steps)
	for i := range steps {
		size := f.sizes.quantile((float64(i) + 0.5) / steps)
		frames := math.Ceil(size / mean)
		bytes := max(size, MinFrame*frames)
		perFlow += (bytes*float64(c.Load.perByte) + frames*float64(c.Load.fixed)) / steps
		onWire += (bytes + frames*Overhead) / steps
		cumulative[i] = onWire
	}
	perSecond := float64(c.Load.perSecond) / perFlow // flows
	rate := float64(spec.Rate) / 8                   // bytes of the wire each second
	if rate == 0 {
		rate = perSecond * onWire / float64(max(1, c.Flows))
	}
	f.gapPs, f.slotPs = float64(psPerSecond)/perSecond, float64(psPerSecond)/rate
	open := perSecond * onWire / rate
	if open > mostOpen {
		return nil, fmt.Errorf("flows that send at %.3g bit/s each are %.3g at a time under this load, at most %d: raise flows.rate, or lower flows.concurrent or load",
			rate*8, open, mostOpen)
	}
	f.begin(c.Start.Ps(), cumulative, open)
	return f, nil
}

// begin opens the flows that are under way at the start: Poisson many, each chosen by how long it lasts, and somewhere in it.
func (f *flowLevel) begin(start int64, cumulative []float64, concurrent float64) {
	for n := f.poisson(concurrent); n > 0; n-- {
		size := f.sizes.quantile((float64(pick(cumulative, f.draw.Uint64())) + unit(f.draw.Uint64())) / steps)
		left := max(1, size*unit(f.draw.Uint64()))
		f.push(openFlow{due: start + whole(unit(f.draw.Uint64())*f.slotPs*min(left, MaxStandard)), left: left, FlowID: f.flows.begin().FlowID})
	}
	f.arrival = start + f.gap()
}

// poisson draws a Poisson variate, by a normal one where that is as good.
func (f *flowLevel) poisson(mean float64) int {
	const normal = 500
	if mean > normal {
		u, v := unit(f.draw.Uint64()), unit(f.draw.Uint64())
		z := math.Sqrt(-2*math.Log1p(-u)) * math.Cos(2*math.Pi*v)
		return max(0, int(math.Round(mean+z*math.Sqrt(mean))))
	}
	n, limit := 0, math.Exp(-mean)
	for p := unit(f.draw.Uint64()); p > limit; p *= unit(f.draw.Uint64()) {
		n++
	}
	return n
}

// gap draws the time to the next arrival, in ps.
func (f *flowLevel) gap() int64 {
	if f.constant {
		return whole(f.gapPs + 0.5)
	}
	gap := float64(-math.Log1p(-unit(f.draw.Uint64())) * f.gapPs)
	return whole(gap + 0.5)
}

// next returns the next packet of all flows: when it is due, its flow and its frame, of at most the given size.
func (f *flowLevel) next(most uint32) (due int64, id FlowID, frame uint32) {
	for len(f.open) == 0 || f.arrival <= f.open[0].due && f.arrival < farthestPs {
		f.push(openFlow{due: f.arrival, left: f.sizes.draw(f.draw), FlowID: f.flows.begin().FlowID})
		f.arrival = min(f.arrival+f.gap(), farthestPs)
	}
	o := &f.open[0]
	due, id = o.due, o.FlowID
	frame = uint32(min(float64(most), max(MinFrame, math.Ceil(o.left))))
	o.left -= float64(frame)
	if o.left <= 0 {
		f.pop()
		return due, id, frame
	}
	o.due = min(o.due+whole(float64(float64(frame+Overhead)*f.slotPs)+0.5), farthestPs)
	f.sift()
	return due, id, frame
}

// less orders open flows by when their next packets are due.
func (f *flowLevel) less(a, b *openFlow) bool {
	return a.due < b.due || a.due == b.due && a.born < b.born
}

func (f *flowLevel) push(o openFlow) {
	o.born = o.Flow
	f.open = append(f.open, o)
	for i := len(f.open) - 1; i > 0; {
		parent := (i - 1) / 2
		if !f.less(&f.open[i], &f.open[parent]) {
			break
		}
		f.open[i], f.open[parent] = f.open[parent], f.open[i]
		i = parent
	}
}

func (f *flowLevel) pop() {
	last := len(f.open) - 1
	f.open[0] = f.open[last]
	f.open = f.open[:last]
	f.sift()
}

// sift moves the first of the heap to its place.
func (f *flowLevel) sift() {
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(f.open); child++ {
			if f.less(&f.open[child], &f.open[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		f.open[i], f.open[least] = f.open[least], f.open[i]
		i = least
	}
}
