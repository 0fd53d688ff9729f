package table91

import (
	"math"
	"slices"
	"strconv"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// Class is a class of performance, the better the larger.
type Class int

// The classes.
const (
	Low Class = iota
	Intermediate
	High
	Highest
)

// String returns the chapter's word.
func (c Class) String() string { return [...]string{"Low", "Intermediate", "High", "Highest"}[c] }

// The thresholds of the rule. docs/table-9-1.md has the reasons.
const (
	// ClassFactor is how much worse each class is than the one above it, in what is compared with the best of the run. What
	// lies between two classes counts as the nearer one, by ratio: the limits are at 0.71, 0.35 and 0.18 of the best.
	// assumed: the smallest step between rates of links is about two
	ClassFactor = 2
	// LossRatio is what the highest class may lose, and LossFactor how many times as much each class below it.
	// assumed: TCP's throughput goes with one over the root of the loss (Mathis et al., 1997)
	LossRatio, LossFactor = 0.001, 10
	// ChainGoalNs is the goal for a chain of services, beyond which a placement is at most Intermediate.
	// source: book chapter 9.1.4, 10 us
	ChainGoalNs = 10_000
	// JitterLimitNs is the jitter beyond which a placement is Low. source: book chapter 9.1.5, 100 us
	JitterLimitNs = 100_000
)

// Measured is what the rule looks at.
type Measured struct {
	Placement                   string
	OfferedGbps, ThroughputGbps float64
	LossRatio                   float64
	// Busiest is the station that is busy most, for Utilization of the time.
	Busiest     string
	Utilization float64
	// The 99.9th percentiles of one-way latency, its variation, and the time in the DSN.
	LatencyP999Ns, JitterP999Ns, ChainP999Ns float64
}

// CapacityGbps is what passes when the busiest station is busy all the time, by the utilisation law.
func (m *Measured) CapacityGbps() float64 {
	if m.Utilization <= 0 {
		return m.ThroughputGbps
	}
	return m.ThroughputGbps / m.Utilization
}

// Perform is the rule: the class of what was measured of a placement, against all placements of its run, and from what it
// follows. The worst of four counts.
func Perform(m Measured, all []Measured) (Class, []string) {
	widest, fastest := m, m
	for _, o := range all {
		if o.CapacityGbps() > widest.CapacityGbps() {
			widest = o
		}
		if o.LatencyP999Ns < fastest.LatencyP999Ns {
			fastest = o
		}
	}
	short, long := widest.CapacityGbps()/m.CapacityGbps(), m.LatencyP999Ns/fastest.LatencyP999Ns
	capacity, tail := byFactor(short), byFactor(long)
	lost, goals := byLoss(m.LossRatio), byGoals(m.ChainP999Ns, m.JitterP999Ns)
	return min(capacity, tail, lost, goals), []string{
		sentence("capacity %s: %s Gbps pass while %s is busy %s of the time, so %s Gbps at most; %s of the best, %s Gbps of %s (%s)",
			capacity, number(m.ThroughputGbps), m.Busiest, percent(m.Utilization), number(m.CapacityGbps()), percent(1/short),
			number(widest.CapacityGbps()), widest.Placement, near("nearest to 1/", capacity)),
		sentence("tail latency %s: 99.9%% of the packets take %s us or less, %s times the best, %s us of %s (%s)", tail,
			micros(m.LatencyP999Ns), number(long), micros(fastest.LatencyP999Ns), fastest.Placement, near("nearest to ", tail)),
		sentence("loss %s: %s of the %s Gbps that were offered", lost, percent(m.LossRatio), number(m.OfferedGbps)),
		sentence("goals %s: the chain takes %s us at its 99.9%% (goal %s us), jitter is %s us at its 99.9%% (limit %s us)", goals,
			micros(m.ChainP999Ns), micros(ChainGoalNs), micros(m.JitterP999Ns), micros(JitterLimitNs)),
	}
}

// byFactor is the class of a value that is worse than the run's best by a factor: the nearest of 1, 2, 4 and beyond.
func byFactor(worse float64) Class {
	limit := math.Sqrt(ClassFactor)
	for class := Highest; class > Low; class-- {
		if worse <= limit {
			return class
		}
		limit *= ClassFactor
	}
	return Low // and where it is no number, since nothing passes
}

// byLoss is the class of a loss.
func byLoss(ratio float64) Class {
	limit := LossRatio
	for class := Highest; class > Low; class-- {
		if ratio <= limit {
			return class
		}
		limit *= LossFactor
	}
	return Low
}

// byGoals is the best class that the chapter's goals leave open.
func byGoals(chainNs, jitterNs float64) Class {
	switch {
	case jitterNs > JitterLimitNs:
		return Low
	case chainNs > ChainGoalNs:
		return Intermediate
	}
	return Highest
}

// near writes what a class has, against the best.
func near(words string, c Class) string {
	factor := 1
	for class := Highest; class > c; class-- {
		factor *= ClassFactor
	}
	switch c {
	case Highest:
		return "nearest to the best"
	case Low:
		return words + strconv.Itoa(factor) + " or worse"
	}
	return words + strconv.Itoa(factor)
}

// performance is the cell.
func performance(f *Facts, all []Facts) result.Cell {
	if _, missing := f.measured(); missing.Value != "" {
		return missing
	}
	m, ok := f.performed()
	if !ok {
		return cell(NotMeasured, "the scenario has no traffic beside its workloads, or none in the measured window")
	}
	if m.ThroughputGbps == 0 {
		return cell(Low.String(), sentence("none of the %s Gbps that were offered arrive", number(m.OfferedGbps)))
	}
	var rivals []Measured
	for i := range all {
		if o, ok := all[i].performed(); ok && o.ThroughputGbps > 0 {
			rivals = append(rivals, o)
		}
	}
	class, evidence := Perform(m, rivals)
	if len(f.Security.Attacks) > 0 {
		evidence = append(evidence, "the scenario's attacks were all under way")
	}
	return f.forced(cell(class.String(), evidence...))
}

// performed is what the rule looks at; false where there was no traffic.
func (f *Facts) performed() (Measured, bool) {
	if f.Row == nil || f.Row.Status != result.OK || f.Row.Metrics["offered.gbps"] <= 0 {
		return Measured{}, false
	}
	v := f.Row.Metrics
	return Measured{Placement: f.Placement, OfferedGbps: v["offered.gbps"], ThroughputGbps: v["throughput.gbps"], LossRatio: v["loss.ratio"],
		Busiest: f.Row.Bottleneck, Utilization: v["bottleneck.utilization"],
		LatencyP999Ns: v["latency.p999"], JitterP999Ns: v["jitter.pdv_p999"], ChainP999Ns: v["chain.latency.p999"]}, true
}

// number writes three digits, without an exponent.
func number(v float64) string {
	digits := 2
	for _, limit := range []float64{10, 100} {
		if v >= limit {
			digits--
		}
	}
	return strconv.FormatFloat(v, 'f', max(0, digits), 64)
}

func percent(ratio float64) string {
	text := strconv.FormatFloat(100*ratio, 'f', 1, 64)
	if slices.Contains([]string{"0.0", "100.0"}, text) && ratio != 0 && ratio != 1 {
		text = strconv.FormatFloat(100*ratio, 'g', 3, 64)
	}
	return text + "%"
}

func micros(ns float64) string { return number(ns / 1000) }
