package scenarios

import (
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Power says what the places of DSNs supply, and what happens to a DSN that draws more.
type Power struct {
	Budget Budgets `yaml:"budget"`
	// Over is violation (it is counted) or throttle (a governor slows the clocks of Domains).
	Over    string   `yaml:"over" strict:"oneof=violation|throttle"`
	Domains []string `yaml:"domains"` // default: all
	// Ambient is the air at the card or box.
	Ambient units.Temperature `yaml:"ambient"`
}

// ClockDomains lists the parts of a chip whose clocks a governor can slow.
func ClockDomains() []string { return []string{"pipeline", "crypto"} }

// Budgets is the supply of one DSN by placement, of those that the file names. In a file it is one budget for all, or a map
// from placement to budget; a budget is the name of a place (pcie-25w) or a power (30W).
type Budgets map[string]power.Budget

// Budget returns what the place of a placement's DSN supplies: a standard slot or bay and boxes of the usual class, unless
// the scenario says otherwise. Software has none.
func (s *Scenario) Budget(placement string) (power.Budget, bool) {
	if b, ok := s.DSN.Power.Budget[placement]; ok {
		return b, true
	}
	place := map[string]string{"nic": "pcie-25w", "bump-in-the-wire": "pcie-25w", "tor": "tor-60w", "appliance": "appliance-75w",
		"discrete": "appliance-75w"}[placement]
	if place == "pcie-25w" && s.cardForm(placement) == "ocp" {
		place = "ocp-25w"
	}
	return power.FindBudget(place)
}

// cardForm is the form of the slot for a placement's card: the NIC's slot, or, for a second card where the scenario says
// which slots are free, one of these.
func (s *Scenario) cardForm(placement string) string {
	if s.Rack.Server.Slots != nil && placement == "bump-in-the-wire" {
		return s.Rack.Server.Slots.Form
	}
	return s.Rack.Server.Slot
}

// UnmarshalStrict decodes one budget or a map of them.
func (b *Budgets) UnmarshalStrict(n *strict.Node) {
	*b = Budgets{}
	switch n.Kind() {
	case strict.Scalar:
		if one, ok := budget(n); ok {
			for _, placement := range budgeted() {
				(*b)[placement] = one
			}
		}
	case strict.Mapping:
		for _, f := range n.Fields() {
			if !slices.Contains(budgeted(), f.Name) {
				f.Key.Errorf("expected a placement with a DSN of its own, got %q%s", f.Name, spell.DidYouMean(f.Name, budgeted()))
			} else if one, ok := budget(f.Value); ok {
				(*b)[f.Name] = one
			}
		}
	default:
		n.Errorf("expected a budget such as pcie-25w or 30W, or a map from placements to budgets, got %s", n.Describe())
	}
}

// budgeted lists the placements that have a budget, in the order of reports.
func budgeted() []string {
	return slices.DeleteFunc(KnownPlacements(), func(p string) bool { return p == "software" })
}

// budget decodes the name of a place, or a power.
func budget(n *strict.Node) (power.Budget, bool) {
	text := n.Text()
	if b, ok := power.FindBudget(text); ok {
		return b, true
	}
	p, err := units.ParsePower(text)
	if err == nil && p > 0 {
		return power.Budget{Name: p.String(), Power: p, Given: true, Source: "the scenario"}, true
	}
	var names []string
	for _, b := range power.Budgets() {
		names = append(names, b.Name)
	}
	if text == "" || text[0] < '0' || text[0] > '9' {
		n.Errorf("unknown place %q%s; or give a power such as 30W", text, spell.DidYouMean(text, names))
	} else {
		n.Errorf("expected a power above 0W such as 30W, or a place (%s), got %q", strings.Join(names, ", "), text)
	}
	return power.Budget{}, false
}

// UnmarshalStrict decodes and checks the power section.
func (p *Power) UnmarshalStrict(n *strict.Node) {
	type plain Power
	n.Decode((*plain)(p))
	for i, d := range n.At("domains").Items() {
		if !slices.Contains(ClockDomains(), d.Text()) {
			d.Errorf("unknown clock domain %q%s", d.Text(), spell.DidYouMean(d.Text(), ClockDomains()))
		} else if slices.Contains(p.Domains[:i], d.Text()) {
			d.Errorf("duplicate clock domain %q", d.Text())
		}
	}
	const hottest = 80 * units.Celsius // assumed: no card is specified for warmer air
	if p.Ambient > hottest {
		n.At("ambient").Errorf("expected air of at most %s, got %s", hottest, p.Ambient)
	}
}

// checkForm refuses places that a placement's DSN cannot be in.
func (s *Scenario) checkForm(n *strict.Node) {
	at := n.At("dsn", "power", "budget")
	if at.Kind() != strict.Mapping && at.Kind() != strict.Scalar {
		return
	}
	for _, placement := range []string{"nic", "bump-in-the-wire"} {
		b, ok := s.DSN.Power.Budget[placement]
		here := at
		if at.Kind() == strict.Mapping {
			here = at.At(placement)
		}
		switch slot := s.Rack.Server.Slot; {
		case !ok || b.Given:
		case b.Form == power.Box:
			here.Errorf("%s is a box of its own, but the DSN of %s sits in a server", b.Name, placement)
			return
		case s.Rack.Server.Slots != nil && placement == "bump-in-the-wire":
			// what is free takes such a card or not: a question of deployment, and no fault of the file
		case slot == "ocp" && b.Form == power.Slot:
			here.Errorf("%s is a PCIe slot, but rack.server.slot is ocp: an OCP bay takes one card and has tiers of its own, such as ocp-25w", b.Name)
			return
		case slot == "pcie" && b.Form == power.OCP:
			here.Errorf("%s is a tier of an OCP bay, but rack.server.slot is pcie", b.Name)
			return
		}
	}
}
