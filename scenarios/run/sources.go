package run

import (
	"fmt"
	"slices"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/datagram"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// sources tells for each class and direction what its sources really offered, over all servers of the first
// replication. The sources are the same in every placement.
func sources(inputs []*input.Input, o *trial.Outcome, window units.Duration, link units.Rate) []result.Source {
	var list []result.Source
	for class, t := range inputs {
		for _, dir := range input.Directions(t.Traffic) {
			i := trial.TallyIndex(class, dir)
			offered := o.Tallies[i].Offered
			s := result.Source{Class: t.Name, Direction: dir.String(), Packets: offered.Packets, OfferedGbps: offered.Gbps(window),
				Stream: fmt.Sprintf("%016x", uint64(o.Stream(i)))}
			senders := 0
			for _, f := range o.Sources {
				if f.Tally == i {
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
func wanted(l scenarios.Load, link units.Rate) float64 {
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
			if own, _ := trial.ClassAndDirection(f.Tally); own != class {
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
		list = append(list, oddNotes(t)...)
	}
	return list
}

// oddNotes tells which packets of a capture firewall and route do not judge like the others.
func oddNotes(t *input.Input) (list []string) {
	if t.Rulings == nil {
		return nil
	}
	seen := t.Trace.Readings()
	for _, c := range []struct {
		n    int
		what string
	}{
		{seen[header.NotAnIPPacket], "are not IP; firewall and route let them pass"},
		{seen[header.Contradicts], "have headers that contradict themselves or the frame; a firewall lets them pass only where no rule could deny them (firewall.unparsed), and counts the others as malformed"},
		{seen[header.Hidden], "have their IP header behind a third VLAN tag, MPLS, PPPoE or the like, or where the capture is cut; a firewall lets them pass only where no rule could deny them (firewall.unparsed)"},
		{seen[header.NoPorts] + seen[header.NoProtocol], "have no ports, since the capture is cut; a firewall lets them pass only where no rule could deny them (firewall.unparsed)"},
	} {
		if c.n > 0 {
			list = append(list, fmt.Sprintf("%s: %d of the %d packets of the capture %s", t.Name, c.n, t.Trace.Packets(), c.what))
		}
	}
	return append(list, fragmentNotes(t)...)
}

// fragmentNotes tells what became of the fragments of a capture.
func fragmentNotes(t *input.Input) []string {
	j := t.Joined
	if j == nil {
		return nil
	}
	text := fmt.Sprintf("%s: %d records of the capture are fragments; the ports of the first of a datagram are those of all", t.Name, j.Fragments)
	sep := "; the ports of some cannot be told, so that services that need them drop them as fragment: "
	for cause, n := range j.Lost {
		if n > 0 {
			text += fmt.Sprintf("%s%d %s", sep, n, datagram.Cause(cause))
			sep = ", "
		}
	}
	return []string{text}
}

// untracked counts the packets of a class whose flows were not followed.
func untracked(o *trial.Outcome, class int) uint64 {
	n := uint64(0)
	for dir := range input.DirectionCount {
		n += o.Tallies[trial.TallyIndex(class, dir)].Jitter.Untracked
	}
	return n
}
