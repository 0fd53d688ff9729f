package attacks

import (
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// attack reports on one attack, over a number of replications.
func (a *Attacks) attack(i int, pairs []pair) result.Attack {
	spec, n := &a.setup.Scenario.Attacks[i], float64(len(pairs))
	out := result.Attack{Placement: a.setup.Placement.Name, Number: i, Kind: spec.Kind, Server: spec.Server, Outcome: result.NoPath}
	if spec.FromVM() {
		out.VF = &spec.VF
	}
	for k, p := range a.accesses[i] {
		if k == 0 || a.accesses[i][k-1].Target != p.Target {
			out.Targets = append(out.Targets, result.AttackTarget{Target: p.Target.String(), Outcome: result.NoPath})
		}
		t := &out.Targets[len(out.Targets)-1]
		describe(t, p)
		for _, pair := range pairs {
			tell(t, &trial.MeasuredBy[*Outcome](pair.with).Accesses[i][k].Count, n)
		}
		if t.Succeeded > 0 {
			t.Effect = consequence(spec, t.Target, a.setup.Placement.CarriesPackets())
		}
	}
	sumUp(&out)
	for _, p := range pairs {
		attacked := trial.MeasuredBy[*Outcome](p.with)
		out.Reported += float64(attacked.Reported) / n
		out.Silent += float64(attacked.Silent) / n
	}
	if n > 0 {
		out.Victims = suffered(pairs, i, a.window(spec))
	}
	return out
}

// sumUp makes the figures of an attack from its targets' figures.
func sumUp(out *result.Attack) {
	var why []string
	for k := range out.Targets {
		t := &out.Targets[k]
		if slices.Index(outcomes, t.Outcome) > slices.Index(outcomes, out.Outcome) {
			out.Outcome = t.Outcome
		}
		out.Tried, out.Refused, out.Succeeded = out.Tried+t.Tried, out.Refused+t.Refused, out.Succeeded+t.Succeeded
		if t.Why != "" && !slices.Contains(why, t.Why) {
			why = append(why, t.Why)
		}
	}
	if out.Outcome == result.NoPath {
		out.Why = strings.Join(why, "; ")
	}
}

// outcomes lists the outcomes of an attack, the best for the attacker last.
var outcomes = []string{result.NoPath, result.Tolerated, result.RefusedHow, result.BreachedHow}

// describe notes the way of accesses, or why it has none.
func describe(t *result.AttackTarget, p *Access) {
	if p.Outcome == management.NoPath {
		t.Why = p.Why
		return
	}
	t.Way = p.Route.String()
}

// tell adds what became of accesses in one of n replications.
func tell(t *result.AttackTarget, c *AccessCount, n float64) {
	t.Tried += float64(c.Tried) / n
	t.Refused += float64(c.Refused) / n
	t.Succeeded += float64(c.Succeeded) / n
	t.UnsupportedRequests += float64(c.Unsupported) / n
	t.CompleterAborts += float64(c.Aborted) / n
	t.DroppedWrites += float64(c.Dropped) / n
	t.Throttled += float64(c.Throttled) / n
	switch {
	case t.Succeeded > 0:
		t.Outcome = result.BreachedHow
	case t.Refused > 0:
		t.Outcome = result.RefusedHow
	case c.Within > 0:
		t.Outcome = result.Tolerated
	}
}

// window is how long an attack is measured.
func (a *Attacks) window(spec *scenarios.Attack) units.Duration {
	times := &a.setup.Scenario.Run
	return times.Duration - max(spec.At, times.Warmup)
}

// VictimsOf finds the victims of an attack in a replication.
func VictimsOf(o *trial.Outcome, attack int) *Victims {
	for _, v := range trial.MeasuredBy[*Outcome](o).Victims {
		if v.Attack == attack {
			return v
		}
	}
	return nil
}

// enough is how many packets a 99th percentile needs.
// assumed: with 100 packets it is the value of a single packet
const enough = 100

// p99Change is the relative change of the victims' 99th percentile.
func p99Change(p pair, attack int) (float64, bool) {
	with, without := VictimsOf(p.with, attack), VictimsOf(p.without, attack)
	if with.Latency.Count() < enough || without.Latency.Count() < enough {
		return 0, false
	}
	return with.Latency.Quantile(990_000).Ns()/without.Latency.Quantile(990_000).Ns() - 1, true
}

// suffered compares the victims with and without an attack, replication by replication.
func suffered(pairs []pair, attack int, window units.Duration) *result.Victims {
	v := &result.Victims{}
	n := float64(len(pairs))
	var rises, changes []float64
	p99, p99Without := 0.0, 0.0
	for _, p := range pairs {
		with, without := VictimsOf(p.with, attack), VictimsOf(p.without, attack)
		gbps, before := with.Arrived.Gbps(window), without.Arrived.Gbps(window)
		v.ThroughputGbps += gbps / n
		v.ThroughputWithoutGbps += before / n
		v.LossRatio += with.LossRatio() / n
		v.LossWithoutRatio += without.LossRatio() / n
		if before > 0 {
			changes = append(changes, gbps/before-1)
		}
		if rise, ok := p99Change(p, attack); ok {
			rises = append(rises, rise)
			p99 += with.Latency.Quantile(990_000).Ns() / n
			p99Without += without.Latency.Quantile(990_000).Ns() / n
		}
	}
	if len(changes) == len(pairs) {
		e := stats.EstimateMean(changes)
		v.ThroughputChange = e.Mean
		if e.Known() {
			v.ThroughputChangeCI95 = &e.HalfWidth
		}
	}
	if len(rises) == len(pairs) {
		e := stats.EstimateMean(rises)
		v.LatencyP99Ns, v.LatencyP99WithoutNs, v.LatencyP99Change = &p99, &p99Without, &e.Mean
		if e.Known() {
			v.LatencyP99ChangeCI95 = &e.HalfWidth
		}
	}
	return v
}

// consequence says what the success of an attack on a target brings about. carries says that packets pass through the
// functions that were taken over.
func consequence(a *scenarios.Attack, target string, carries bool) string {
	if a.Flood() {
		return "more than its share is served"
	}
	lost := ""
	if carries {
		lost = "; packets of theirs are lost from then on"
	}
	switch target {
	case "connections":
		return "connections that nobody completes are let through without a limit (embryonic_limit of a stateful firewall)"
	case "bar":
		return "registers of other functions are read and written" + lost
	case "queue":
		return "queues of other functions are rung" + lost
	case "iova":
		return "memory of other VMs is read and written; packets of theirs are lost from then on"
	case "software":
		return "the DSN stands still: packets are lost from then on"
	case "policy":
		if a.Rewrite == "deny" {
			return "every packet is refused from then on"
		}
		return "what rules and routes refuse passes from then on"
	case "keys":
		return "the keys of the tunnels are known"
	case "memory":
		return "the DSN's tables are overwritten: packets are lost from then on"
	}
	return "the PCIe firewall's windows are the attacker's, who turns it off"
}
