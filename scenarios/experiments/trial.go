package experiments

import (
	"context"

	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// settling is how much longer a trial runs before it measures, against its window.
const settling = 4 // one in four

// trial runs a placement at a load, a share of each server's link, for as long as a source needs for a number of packets.
func (b *bench) trial(ctx context.Context, p *run.Plan, load float64, packets int64) (*trial.Outcome, units.Duration, error) {
	share := max(1, units.Ratio(load*float64(units.Whole)+0.5))
	j := under(p, b.scaled(share, b.rates, b.sum), b.scenario.DSN.Power.Over).Jobs[0]
	window := b.lasting(load, packets)
	j.Scenario.Run.Warmup, j.Scenario.Run.Duration = window/settling, window+window/settling
	o, err := j.Run(ctx)
	return o, window, err
}

// lasting returns how long a server's link takes for a number of packets at a load.
func (b *bench) lasting(load float64, packets int64) units.Duration {
	bits := 8 * (b.mean + traffic.Overhead) * float64(packets)
	return units.Duration(bits / (load * float64(b.scenario.Rack.Server.NIC.Rate)) * float64(units.Second))
}

// more adds to the row what the options want beside the loads.
func (t *searcher) more(ctx context.Context) error {
	best := t.row.Goals[0].Load
	for _, share := range t.spec.Shares {
		if best == 0 {
			break
		}
		if err := t.latencyAt(ctx, share, best); err != nil {
			return err
		}
	}
	if t.spec.LossCurve {
		if err := t.lossCurve(ctx); err != nil {
			return err
		}
	}
	if t.spec.Burst {
		if err := t.burst(ctx); err != nil {
			return err
		}
	}
	if t.spec.Recovery && best > 0 {
		return t.recover(ctx, best)
	}
	return nil
}

func (t *searcher) latencyAt(ctx context.Context, share, best float64) error {
	o, window, err := t.bench.trial(ctx, t.plan, share*best, t.spec.Packets)
	if err != nil {
		return err
	}
	m := run.Collect(trial.Selections(t.bench.Inputs)[:1], []*trial.Outcome{o}, window)[0].Metrics
	t.row.Latency = append(t.row.Latency, LatencyPoint{Share: share, Load: share * best, Mpps: m["offered.mpps"],
		MeanNs: m["latency.mean"], P50Ns: m["latency.p50"], P99Ns: m["latency.p99"], P999Ns: m["latency.p999"], MaxNs: m["latency.max"]})
	return nil
}

// lossCurve offers from all that the link carries downwards in tenths, until two loads in a row lose nothing (RFC 2544, 26.3).
func (t *searcher) lossCurve(ctx context.Context) error {
	clean := 0
	for tenth := 10; tenth > 0 && clean < 2; tenth-- {
		load := float64(tenth) / 10
		o, _, err := t.bench.trial(ctx, t.plan, load, t.spec.Packets)
		if err != nil {
			return err
		}
		lost, _ := verdictOf(o, len(t.bench.frames.Sizes))
		if clean++; lost > 0 {
			clean = 0
		}
		t.row.Loss = append(t.row.Loss, LossPoint{Load: load, Ratio: lost})
	}
	return nil
}

// longestBurst bounds the bursts that are tried. Assumed: longer than any buffer here holds.
const longestBurst = 1 << 18

// burst finds the longest burst that loses nothing (RFC 2544, 26.4): twice as long each time, then in the middle.
func (t *searcher) burst(ctx context.Context) error {
	passes := func(frames int64) (bool, error) {
		o, err := t.burstOf(ctx, frames)
		if err != nil {
			return false, err
		}
		lost := uint64(0)
		for _, tally := range o.Counters {
			for reason, n := range tally.Dropped {
				if stats.DropReason(reason).CountsAsLoss() {
					lost += n.Packets
				}
			}
		}
		return lost == 0, nil
	}
	low, high := int64(0), int64(1)
	for {
		ok, err := passes(high)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if low = high; low == longestBurst {
			t.row.Burst = &Burst{Frames: low, Unbounded: true}
			return nil
		}
		high *= 2
	}
	for high-low > 1 {
		mid := (low + high) / 2
		ok, err := passes(mid)
		switch {
		case err != nil:
			return err
		case ok:
			low = mid
		default:
			high = mid
		}
	}
	t.row.Burst = &Burst{Frames: low}
	return nil
}

// burstOf has every source send one burst of n frames, all at once, each at the rate of its line.
func (t *searcher) burstOf(ctx context.Context, frames int64) (*trial.Outcome, error) {
	b := t.bench
	load := b.scaled(units.Percent, b.rates, b.sum)
	for i := range load.inputs {
		load.inputs[i].Burst = &traffic.Bursts{Bytes: max(1, units.Bytes(float64(frames)*b.mean)), Every: units.Second * 3600}
	}
	j := under(t.plan, load, b.scenario.DSN.Power.Over).Jobs[0]
	j.Scenario.Run.Warmup, j.Scenario.Run.Duration = 0, b.lasting(0.5, frames)+units.Millisecond
	return j.Run(ctx)
}

// recover offers 110% of the load without loss, or all that the link carries, and then half of that, and tells how long after that
// the last frame was sent that was lost (RFC 2544, 26.5).
func (t *searcher) recover(ctx context.Context, best float64) error {
	b := t.bench
	over := min(1, 1.1*best)
	steady := units.Ratio(over / 2 * float64(units.Whole))
	window := b.lasting(over, 4*t.spec.Packets)
	half := b.scaled(steady, b.rates, b.sum)
	surge := b.scaled(steady, b.rates, b.sum)
	for i := range surge.inputs {
		surge.inputs[i].Until = units.At(window)
	}
	half.traffic, half.inputs = append(half.traffic, surge.traffic...), append(half.inputs, surge.inputs...)
	j := under(t.plan, half, b.scenario.DSN.Power.Over).Jobs[0]
	j.Scenario.Run.Warmup, j.Scenario.Run.Duration = 0, 2*window
	last := units.Time{}
	lost := false
	j.OnEnd = func(p *packet.Packet, reason int) {
		if reason >= 0 && stats.DropReason(reason).CountsAsLoss() {
			last, lost = units.Later(last, p.Sent), true
		}
	}
	if _, err := j.Run(ctx); err != nil {
		return err
	}
	t.row.Recovery = &Recovery{Overload: over, Load: over / 2, Lost: lost, Ns: max(0, last.Sub(units.At(window))).Ns()}
	return nil
}
