package main

import (
	"fmt"
	"io"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/scenarios/parts/energy"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/dsnsim/dsnsim/sim/units"
)

// writeTraces prints the way of the traced packets, hop by hop. The last column of a row is the first of the next, and
// wait, serve and latency add up to the packet's latency to the picosecond.
func writeTraces(w io.Writer, report *result.Report, traces []run.Trace) error {
	for _, t := range traces {
		fmt.Fprintf(w, "%s: packet %d of %s, %d B from the tenant, %d B in the tunnels, sent at %s\n",
			t.Placement, t.Seq, t.Path, t.Bytes[0], t.Bytes[1], ns(t.Sent.Sub(units.Time{})))
		fmt.Fprintf(w, "  %-34s %14s %10s %10s %10s %14s  ns\n", "station", "arrive", "wait", "serve", "latency", "leave")
		var wait, serve, latency units.Duration
		end := t.Sent
		for _, r := range t.Rows {
			fmt.Fprintf(w, "  %-34s %14s %10s %10s %10s %14s\n", r.Name, ns(r.Arrive.Sub(t.Sent)), ns(r.Wait), ns(r.Service), ns(r.Latency), ns(r.Leave.Sub(t.Sent)))
			wait, serve, latency, end = wait+r.Wait, serve+r.Service, latency+r.Latency, r.Leave
		}
		if _, err := fmt.Fprintf(w, "  %-34s %14s %10s %10s %10s %14s\n\n", "sum", "", ns(wait), ns(serve), ns(latency), ns(end.Sub(t.Sent))); err != nil {
			return err
		}
		if err := writeEnergy(w, energy.SpentOn(t.Of, &t.Trace)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "scenario %s sha256 %.12s seed %d\n", report.Scenario.Name, report.Scenario.SHA256, report.Scenario.Seed)
	return err
}

// writeEnergy prints what the operations took for a packet. What is drawn at rest is no packet's.
func writeEnergy(w io.Writer, list []energy.Spent) error {
	fmt.Fprintf(w, "  %-34s %-24s %-12s %20s  pJ\n", "station", "operation", "component", "energy")
	var sum power.Sum
	for _, s := range list {
		fmt.Fprintf(w, "  %-34s %-24s %-12s %20.3f\n", s.Resource, s.Operation, s.Component, s.Energy.Femtojoules()/1000)
		sum.Plus(s.Energy)
	}
	_, err := fmt.Fprintf(w, "  %-34s %-24s %-12s %20.3f\n\n", "energy", "", "", sum.Femtojoules()/1000)
	return err
}

// ns prints a time in nanoseconds to the picosecond.
func ns(d units.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	return fmt.Sprintf("%s%d.%03d", sign, d/units.Nanosecond, d%units.Nanosecond)
}
