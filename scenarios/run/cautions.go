package run

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/units"
)

// cautions say what of a scenario does not come to what it seems to say. They stand in the first lines of a report.
func cautions(s *scenarios.Scenario, p *profile.Profile, inputs []*input.Input, list []*Plan) []string {
	said := []string{}
	add := func(text string) {
		if text != "" {
			said = append(said, text)
		}
	}
	add(portCaution(s, p, list))
	add(uplinkCaution(s, inputs))
	for _, done := range list {
		if outcomes := done.Finished(); len(outcomes) > 0 {
			for class, t := range inputs {
				add(sourceCaution(class, t, outcomes[0]))
			}
			break // the sources are the same in every placement
		}
	}
	return said
}

// portCaution tells of chips whose ports are run faster than the profile has them. A card has the ports of its chip; boxes have links of their
// own rates.
func portCaution(s *scenarios.Scenario, p *profile.Profile, list []*Plan) string {
	port := p.DSN.SwitchPortRate.Value / 2 // the board link of a ToR bundles both ports of the chip
	if s.Rack.Server.NIC.Rate <= port {
		return ""
	}
	var on []string
	for _, done := range list {
		if name := done.Placement.Name; done.Status == result.OK && slices.Contains([]string{"nic", "bump-in-the-wire"}, name) {
			on = append(on, name)
		}
	}
	if len(on) == 0 {
		return ""
	}
	return fmt.Sprintf("the chip of profile %s has 2 ports of %s, and rack.server.nic.rate has them run at %s (%s): the figures are those of a chip with faster ports",
		p.Name, port, s.Rack.Server.NIC.Rate, strings.Join(on, ", "))
}

// uplinkCaution tells of servers that share the uplink that a rack has unless its scenario says otherwise.
func uplinkCaution(s *scenarios.Scenario, inputs []*input.Input) string {
	leaves := slices.ContainsFunc(inputs, func(t *input.Input) bool {
		return slices.ContainsFunc(input.Directions(t.Traffic), func(d input.Direction) bool { return !d.Across() })
	})
	over := s.Rack.Oversubscription()
	if s.Rack.Uplink != scenarios.DefaultUplink || s.Rack.Uplinks != 1 || over <= 1 || !leaves {
		return ""
	}
	return fmt.Sprintf("%d servers of %s share one uplink of %s: together they can send %s times what it carries (rack.uplink, %s unless the scenario says otherwise)",
		s.Rack.Servers, s.Rack.Server.NIC.Rate, s.Rack.Uplink, strconv.FormatFloat(over, 'g', 3, 64), units.Rate(scenarios.DefaultUplink))
}

// sourceCaution tells of a capture of which the run needs a part only, and of an entry that sends nothing in the window.
func sourceCaution(class int, t *input.Input, o *trial.Outcome) string {
	sent, laps := int64(0), int64(0)
	for _, f := range o.Sources {
		if own, _ := trial.ClassAndDirection(f.Index); own == class {
			sent, laps = max(sent, f.Packets), max(laps, f.Laps)
		}
	}
	window := uint64(0)
	for dir := range input.DirectionCount {
		window += o.Counters[trial.CountersIndex(class, dir)].Offered.Packets
	}
	switch {
	case window == 0:
		return fmt.Sprintf("%s: no packet was sent in the measured window", t.Name)
	case t.Trace != nil && laps == 0 && sent < int64(t.Trace.Packets()):
		return fmt.Sprintf("%s: each server is sent no more than the first %d of the capture's %d packets in each direction, since the run ends then (run.duration)", t.Name, max(0, sent-1), t.Trace.Packets()) // the last one is behind the end
	}
	return ""
}
