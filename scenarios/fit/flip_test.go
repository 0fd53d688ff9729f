package fit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/scenarios/fit"
	"github.com/dsnsim/dsnsim/scenarios/placement"
)

// flip is a constraint whose answer for a placement changes with its cause.
type flip struct {
	placement, constraint string
	// base is said of both scenarios, cause of the second.
	base, cause   string
	before, after fit.Answer
}

func flips() []flip {
	const yes, possibly, no = fit.Yes, fit.Possibly, fit.No
	const brown, metal = "rack.deployment=brownfield", "rack.server.virtualization=bare-metal"
	const dsn, nic = "rack.server.drivers.dsn=", "rack.server.drivers.nic="
	const slots, legacy, budget = "rack.server.slots=", "rack.server.os.legacy=true", "dsn.power.budget="
	return []flip{
		{"software", fit.Virtualisation, "", metal, yes, no},
		{"nic", fit.Virtualisation, metal, "dsn.management=host", yes, no},
		{"bump-in-the-wire", fit.Virtualisation, "dsn.management=host", metal, yes, no},
		{"tor", fit.Virtualisation, metal, "dsn.management=host", yes, yes},
		{"nic", fit.Functions, "", "rack.server.nic.sriov=false", yes, no},
		{"nic", fit.Functions, "rack.server.nic.sriov=false", metal, no, yes},
		{"tor", fit.Functions, "", "rack.server.nic.sriov=false", yes, yes},
		{"tor", fit.Functions, "", "rack.server.vms=300", yes, no},

		{"nic", fit.Driver, "", metal, yes, possibly},
		{"nic", fit.Driver, metal, dsn + "in-box", possibly, yes},
		{"nic", fit.Driver, "", dsn + "none", yes, no},
		{"nic", fit.Driver, metal + " " + dsn + "upstreamed", legacy, yes, no},
		{"nic", fit.Driver, metal + " " + dsn + "in-box", legacy, yes, yes},
		{"nic", fit.Driver, dsn + "out-of-tree", metal, yes, possibly},
		{"nic", fit.Driver, dsn + "out-of-tree", "rack.server.os.certified=true", yes, no},
		{"nic", fit.Driver, "", nic + "none", yes, yes},
		{"bump-in-the-wire", fit.Driver, metal, dsn + "none", yes, yes},
		{"bump-in-the-wire", fit.Driver, metal, nic + "out-of-tree", yes, possibly},
		{"tor", fit.Driver, nic + "upstreamed", legacy, yes, no},
		{"software", fit.Driver, "", nic + "none", yes, no},

		{"nic", fit.Deployment, "", brown, yes, no},
		{"nic", fit.Deployment, brown, "rack.server.nic.dsn_capable=true", no, yes},
		{"bump-in-the-wire", fit.Deployment, "", brown, yes, possibly},
		{"bump-in-the-wire", fit.Deployment, brown, slots + "{free: 1}", possibly, yes},
		{"software", fit.Deployment, "", brown, yes, yes},
		{"appliance", fit.Deployment, "", brown, yes, yes},
		{"tor", fit.Deployment, brown, "rack.tor.replaceable=true", yes, yes},
		{"tor", fit.Deployment, brown, "rack.tor.replaceable=false", yes, no},
		{"tor", fit.Deployment, "rack.tor.replaceable=false", brown, yes, no},
		{"appliance", fit.Deployment, brown, "rack.tor.replaceable=false", yes, yes},

		{"bump-in-the-wire", fit.Slot, slots + "{free: 1}", slots + "{free: 0}", yes, no},
		{"nic", fit.Slot, "", slots + "{free: 0}", yes, yes},
		{"bump-in-the-wire", fit.Slot, slots + "{free: 1, form: pcie}", budget + "pcie-double-50w", yes, no},
		{"bump-in-the-wire", fit.Slot, budget + "pcie-double-50w " + slots + "{free: 1, form: pcie}", slots + "{free: 1, form: pcie-double}", no, yes},
		{"bump-in-the-wire", fit.Slot, slots + "{free: 1, form: ocp}", budget + "pcie-double-50w", yes, no},
		{"bump-in-the-wire", fit.Slot, slots + "{free: 1, form: ocp}", budget + "pcie-75w", yes, no},
		{"nic", fit.Slot, budget + "pcie-double-50w", slots + "{free: 0}", yes, no},
		{"nic", fit.Slot, budget + "pcie-double-50w", slots + "{free: 1, form: pcie-double}", yes, yes},
		{"tor", fit.Slot, "", slots + "{free: 0}", yes, yes},

		{"appliance", fit.Port, "rack.tor={ports: 32, free_ports: 8}", "rack.tor={ports: 32, free_ports: 7}", yes, no},
		{"appliance", fit.Port, "rack.tor.ports=10", "rack.servers=2", yes, no},
		{"appliance", fit.Port, "rack.tor.free_ports=4", "dsn.count.appliance=2", no, yes},
		{"tor", fit.Port, "", "rack.tor.free_ports=0", yes, yes},
		{"appliance", fit.Port, brown + " rack.tor.free_ports=0", "dsn.count.tor=1", no, no},
	}
}

// sets splits overrides at the spaces before a path.
func sets(text string) []string {
	var list []string
	for _, word := range strings.Fields(text) {
		if strings.HasPrefix(word, "rack.") || strings.HasPrefix(word, "dsn.") {
			list = append(list, word)
		} else {
			list[len(list)-1] += " " + word
		}
	}
	return list
}

// Each constraint changes its answer when its cause does, and only then; no other constraint says No instead.
func TestEachConstraintHasItsCause(t *testing.T) {
	hw := hardware(t)
	for _, f := range flips() {
		p, ok := placement.Find(f.placement)
		require.True(t, ok)
		answer := func(overrides string) fit.Answer {
			s := loaded(t, sets(overrides)...)
			worst := fit.Yes
			for _, found := range p.Fit(s, hw) {
				assert.NotEmpty(t, found.Why)
				if found.Constraint == f.constraint {
					worst = max(worst, found.Answer)
				}
			}
			return worst
		}
		name := strings.Join([]string{f.placement, f.constraint, f.base, "+", f.cause}, " ")
		assert.Equal(t, f.before, answer(f.base), "before: %s", name)
		assert.Equal(t, f.after, answer(f.base+" "+f.cause), "after: %s", name)
	}
}

// A cause is named where it decides: what a reader of the reasons can change is a key of the scenario.
func TestReasonsNameWhatDecides(t *testing.T) {
	hw := hardware(t)
	for key, c := range map[string][2]string{
		"rack.deployment":          {"nic", "rack.deployment=brownfield"},
		"rack.server.slots":        {"bump-in-the-wire", "rack.server.slots={free: 0}"},
		"rack.tor":                 {"appliance", "rack.tor.free_ports=3"},
		"rack.tor.replaceable":     {"tor", "rack.deployment=brownfield rack.tor.replaceable=false"},
		"rack.server.drivers.dsn":  {"nic", "rack.server.drivers.dsn=none"},
		"rack.server.nic.sriov":    {"nic", "rack.server.nic.sriov=false"},
		"dsn.management":           {"nic", "rack.server.virtualization=bare-metal dsn.management=host"},
		"has 8 free":               {"appliance", "rack.tor.free_ports=8 dsn.count.appliance=5"},
		"two adjacent PCIe slots":  {"bump-in-the-wire", "rack.server.slots={free: 2} dsn.power.budget=pcie-double-50w"},
		"what is free is OCP bays": {"bump-in-the-wire", "rack.server.slots={free: 1, form: ocp} dsn.power.budget=pcie-double-50w"},
	} {
		p, _ := placement.Find(c[0])
		reasons := p.Fit(loaded(t, sets(c[1])...), hw).Reasons()
		require.Len(t, reasons, 1, c)
		assert.Contains(t, reasons[0], key)
	}
}

// What no simulation can assume away is told from what one can.
func TestFixedReasons(t *testing.T) {
	hw := hardware(t)
	reasons := func(name, overrides string) (all, fixed []string) {
		p, _ := placement.Find(name)
		r := p.Fit(loaded(t, sets(overrides)...), hw)
		return r.Reasons(), r.Fixed()
	}
	for _, c := range [][2]string{{"software", "rack.server.virtualization=bare-metal"}, {"nic", "rack.deployment=brownfield"},
		{"bump-in-the-wire", "rack.server.slots={free: 0}"}, {"appliance", "rack.tor.free_ports=0"}, {"nic", "rack.server.drivers.dsn=none"}} {
		all, fixed := reasons(c[0], c[1])
		assert.Len(t, all, 1, c)
		assert.Empty(t, fixed, c)
	}
	for _, c := range [][2]string{{"nic", "rack.server.nic.sriov=false"}, {"tor", "rack.server.vms=257"}} {
		all, fixed := reasons(c[0], c[1])
		assert.Len(t, all, 1, c)
		assert.Equal(t, all, fixed, c)
	}
	all, fixed := reasons("nic", "rack.deployment=brownfield rack.server.nic.sriov=false")
	assert.Len(t, all, 2)
	assert.Len(t, fixed, 1)
}

// A box of any other kind has its row of the table, by what it takes alone: the name of the placement decides nothing.
func TestPlacesThatNobodyNamed(t *testing.T) {
	s, hw := loaded(t, "rack.tor.free_ports=9"), hardware(t)
	box, _ := placement.Find("appliance")
	place := box.Place(s)
	for ports, want := range map[int]fit.Answer{0: fit.Yes, 9: fit.Yes, 10: fit.No} {
		place.Ports = ports
		_, brown := fit.Applicability(s, hw, place)
		assert.Equal(t, want, brown.Answer, ports)
	}
	place.Ports, place.Cabled = 0, true // a PCIe link into each server takes a card there
	_, brown := fit.Applicability(s, hw, place)
	assert.Equal(t, fit.Possibly, brown.Answer)
	s = loaded(t, "rack.server.slots={free: 2, form: ocp}")
	green, _ := fit.Applicability(s, hw, place)
	assert.Equal(t, fit.No, green.Answer, green.Why)
}

// What applicability says of a deployment is what a scenario with that deployment gets, and the rest of it does not matter.
func TestApplicabilityIsTheSameQuestion(t *testing.T) {
	hw := hardware(t)
	rapid.Check(t, func(r *rapid.T) {
		pick := func(label string, options ...string) string { return rapid.SampledFrom(options).Draw(r, label) }
		overrides := []string{pick("deployment", "rack.deployment=brownfield", "rack.deployment=greenfield"),
			pick("slots", "rack.servers=1", "rack.server.slots={free: 0}", "rack.server.slots={free: 1, form: ocp}", "rack.server.slots={free: 3}"),
			pick("tor", "rack.servers=1", "rack.tor={free_ports: 4, replaceable: false}", "rack.tor.ports=20"),
			pick("server", "rack.server.virtualization=kvm", "rack.server.virtualization=bare-metal", "rack.server.drivers={dsn: none, nic: none}")}
		s := loaded(t, overrides...)
		p := placement.All[rapid.IntRange(0, len(placement.All)-1).Draw(r, "placement")]
		green, brown := fit.Applicability(s, hw, p.Place(s))
		assert.LessOrEqual(t, green.Answer, brown.Answer, "what is there already makes nothing easier")
		mine := green
		if s.Rack.Deployment == "brownfield" {
			mine = brown
		}
		refused := slices.DeleteFunc(p.Fit(s, hw), func(f fit.Finding) bool {
			return f.Answer != fit.No || !slices.Contains([]string{fit.Deployment, fit.Slot, fit.Port}, f.Constraint)
		})
		assert.Equal(t, len(refused) > 0, mine.Answer == fit.No)
		for _, f := range refused {
			assert.Contains(t, mine.Why, f.Why)
		}
	})
}

// Bare metal: the answer follows the stated drivers, the kind of support does not.
func TestBareMetalFollowsDrivers(t *testing.T) {
	hw := hardware(t)
	nic, _ := placement.Find("nic")
	for state, want := range map[string]fit.Answer{"in-box": fit.Yes, "upstreamed": fit.Yes, "out-of-tree": fit.Possibly, "none": fit.No} {
		s := loaded(t, "rack.server.drivers.dsn="+state)
		f, support := fit.BareMetal(s, hw, nic.Place(s))
		assert.Equal(t, want, f.Answer, state)
		assert.Equal(t, fit.IfDrivers, support)
	}
	s := loaded(t, "dsn.management=host")
	f, support := fit.BareMetal(s, hw, nic.Place(s))
	assert.Equal(t, fit.No, f.Answer)
	assert.Equal(t, fit.None, support)
	assert.Equal(t, "no support", support.String())
	assert.Equal(t, "possibly", fit.Possibly.String())
}

// A DSN whose packets need no driver of its own still needs one for RDMA and storage.
func TestWorkloadsNeedTheDriver(t *testing.T) {
	assert.Empty(t, fit.WorkloadDriver(loaded(t)))
	assert.Empty(t, fit.WorkloadDriver(loaded(t, "rack.server.virtualization=bare-metal")), "nobody says")
	assert.Contains(t, fit.WorkloadDriver(loaded(t, "rack.server.drivers.dsn=upstreamed", "rack.server.os.legacy=true")), "legacy")
}

// Nothing is a condition that the scenario does not raise.
func TestConditions(t *testing.T) {
	hw := hardware(t)
	for overrides, want := range map[string][2]int{
		"rack.server.virtualization=bare-metal":                                          {0, 0},
		"rack.server.virtualization=bare-metal rack.server.drivers.dsn=out-of-tree":      {1, 0},
		"rack.server.virtualization=bare-metal rack.server.drivers.nic=out-of-tree":      {0, 1},
		"rack.deployment=brownfield rack.server.nic.dsn_capable=true":                    {0, 1},
		"rack.deployment=brownfield rack.server.slots={free: 1}":                         {0, 0},
		"rack.deployment=greenfield rack.tor={free_ports: 3} rack.server.os.legacy=true": {0, 0},
	} {
		for i, name := range []string{"nic", "bump-in-the-wire"} {
			p, _ := placement.Find(name)
			assert.Len(t, p.Fit(loaded(t, sets(overrides)...), hw).Conditions(), want[i], "%s: %s", name, overrides)
		}
	}
}

// The cores of a DSN in software are those that it asks for.
func TestCoresOfTheServer(t *testing.T) {
	s := loaded(t)
	p, _ := placement.Find("software")
	s.DSN.Software.Cores = s.Rack.Server.Cores + 1
	r := p.Fit(s, hardware(t))
	assert.Equal(t, r.Reasons(), r.Fixed())
	require.Len(t, r.Fixed(), 1)
	s.DSN.Software.Cores--
	assert.Equal(t, fit.Yes, p.Fit(s, hardware(t)).Answer())
}
