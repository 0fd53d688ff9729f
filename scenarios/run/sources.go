package run

import (
	"fmt"
	"slices"

	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// sources tells for each class and direction what its sources really offered, over all servers of the first
// replication. The sources are the same in every placement.
func sources(inputs []*input.Input, o *trial.Outcome, window units.Duration, link units.Rate) []result.Source {
	var list []result.Source
	for class, t := range inputs {
		for _, dir := range input.Directions(t.Traffic) {
			i := trial.CountersIndex(class, dir)
			offered := o.Counters[i].Offered
			s := result.Source{Class: t.Name, Direction: dir.String(), Packets: offered.Packets, OfferedGbps: offered.Gbps(window),
				Stream: fmt.Sprintf("%016x", uint64(o.Stream(i)))}
			senders := 0
			for _, f := range o.Sources {
				if f.Index == i {
					s.Spaced += uint64(f.Spaced)
					senders++
				}
			}
			wire := 8 * (float64(offered.Bytes) + float64(offered.Packets)*traffic.Overhead) / window.Seconds()
			s.LinkLoad = wire / float64(max(1, senders)) / float64(link)
			if !t.Answered() {
				s.Wanted = wanted(t.Load.InPattern(input.Share(t.Traffic, dir)), link) * t.WireShare(dir)
			}
			list = append(list, s)
		}
	}
	return list
}

// wanted returns a load as the share of a server's link, 0 where it is none of bits.
func wanted(l demand.Load, link units.Rate) float64 {
	switch {
	case !l.Set || l.Packets > 0:
		return 0
	case l.Rate > 0:
		return float64(l.Rate) / float64(link)
	}
	return float64(l.Ratio) / float64(units.Whole)
}

// notes tells what a reader must know of the sources.
func notes(inputs []*input.Input, o *trial.Outcome) []string {
	var list []string
	for class, t := range inputs {
		var spaced, packets, apart, steps, pieces int64
		var longest units.Duration
		for _, f := range o.Sources {
			if own, _ := trial.ClassAndDirection(f.Index); own != class {
				continue
			}
			spaced += f.Spaced
			packets += f.Packets
			apart, steps = max(apart, f.OutOfOrder), max(steps, f.ClockSteps)
			pieces = max(pieces, f.Resegmented)
			longest = max(longest, f.MaxSpacing)
		}
		for _, text := range slices.Concat(t.Found, t.Parted.Notes(t)) {
			list = append(list, t.Name+": "+text)
		}
		if spaced > 0 {
			list = append(list, fmt.Sprintf("%s: %d of %d packets were due while the line was busy and waited for it, for %.3f us at most", t.Name, spaced, packets, longest.Ns()/1000))
		}
		if n := untracked(o, class); n > 0 {
			list = append(list, fmt.Sprintf("%s: %d packets are of flows beyond those followed for jitter and reordering, which leave them out", t.Name, n))
		}
		if apart > 0 {
			list = append(list, fmt.Sprintf("%s: %d records of the capture are out of order and were sent at the time of the one beside them", t.Name, apart))
		}
		if steps > 0 {
			list = append(list, fmt.Sprintf("%s: the clock of the capture was set back %d times; what follows keeps its gaps", t.Name, steps))
		}
		if pieces > 0 {
			list = append(list, fmt.Sprintf("%s: %d records of the capture are longer than any frame and were sent as frames of at most %d B", t.Name, pieces, traffic.MaxStandard))
		}
		if t.Decapsulated != nil {
			list = append(list, t.Decapsulated.Notes(t)...)
		}
		list = append(list, t.Verdicts.Notes(t)...)
	}
	return list
}

// untracked counts the packets of a class whose flows were not followed.
func untracked(o *trial.Outcome, class int) uint64 {
	n := uint64(0)
	for dir := range input.DirectionCount {
		n += o.Counters[trial.CountersIndex(class, dir)].Jitter.Untracked
	}
	return n
}
