package run

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// policyScenario is the shipped one, short and with little load, so that no placement loses a packet for want of room.
func policyScenario(t testing.TB, sets ...string) *scenarios.Scenario {
	t.Helper()
	s, err := load.File("../policy.yaml", append([]string{"run.duration=3ms", "run.warmup=100us", "run.replications=1"}, sets...))
	require.NoError(t, err)
	return s
}

const halfRoutes = "services.3={route: {routes: testdata/half.prefixes, default: false}}"

type end struct {
	key    uint64
	record int32
}

// ends runs one placement and returns what became of each packet.
func ends(t *testing.T, s *scenarios.Scenario, name string) map[end]int {
	t.Helper()
	s.Placements = []string{name}
	p, err := profile.Load(s.DSN.Profile)
	require.NoError(t, err)
	inputs, err := input.Prepare(s, profileOf(t, s), false)
	require.NoError(t, err)
	spec := input.StepsOf(s)
	pol, err := input.LoadPolicy(s, spec, inputs, nil)
	require.NoError(t, err)
	todo, err := Plans(s, &input.Setting{Profile: p, Spec: spec, Inputs: inputs}, Options{TraceSeq: -1})
	require.NoError(t, err)
	fate := map[end]int{}
	j := todo[0].Jobs[0]
	j.Policy = pol
	j.OnEnd = func(p *packet.Packet, reason int) { fate[end{p.Key, p.Record}] = reason }
	_, err = j.Run(context.Background())
	require.NoError(t, err)
	return fate
}

// Every placement denies the same packets, with rules, routes and connections, of a capture and of made-up flows.
func TestPlacementsDenyTheSamePackets(t *testing.T) {
	// No answer depends on its question here: what rules say is the same for both directions.
	symmetric := "services.2={firewall: {stateful: true, rules: [{action: deny, proto: udp}, {action: deny, src: 10.0.0.0/12, dst: 10.128.0.0/9}]}}"
	synthetic := "traffic=[{name: mix, pcap: ../captures/mix.pcap, load: 4%, direction: both}, " +
		"{name: made, sizes: imix, load: 1%, direction: both, flows: {concurrent: 100, size: 20kb}}]"
	for name, sets := range map[string][]string{
		"stateless": {halfRoutes, synthetic}, "stateful": {halfRoutes, symmetric, synthetic},
	} {
		t.Run(name, func(t *testing.T) {
			want := ends(t, policyScenario(t, sets...), "nic")
			count := map[int]int{}
			for _, reason := range want {
				count[reason]++
			}
			require.Len(t, count, 3, "%v", count)
			for _, reason := range []int{-1, int(stats.DropPolicy), int(stats.DropNoRoute)} {
				require.Positive(t, count[reason])
			}
			for _, other := range scenarios.AllPlacements() {
				require.Equal(t, want, ends(t, policyScenario(t, sets...), other), other)
			}
		})
	}
}

// A reading of the shipped rules by hand agrees with what became of each packet of the shipped capture.
func TestRunAgreesWithRulesReadByHand(t *testing.T) {
	c, err := capture.Read("../captures/mix.pcap")
	require.NoError(t, err)
	denied, pieces := 0, 0
	ports := map[[3]any]uint16{} // of datagrams in pieces
	for i := range c.Records {
		if h := header.Parse(c.Records[i].Data); h.Fragment == header.FirstFragment {
			ports[[3]any{h.Key.Src, h.Key.Dst, idOf(c.Records[i].Data, &h)}] = h.Key.DstPort
		}
	}
	for e, reason := range ends(t, policyScenario(t), "software") {
		h := header.Parse(c.Records[e.record].Data)
		port := h.Key.DstPort
		if h.Fragment == header.OtherFragment {
			port = ports[[3]any{h.Key.Src, h.Key.Dst, idOf(c.Records[e.record].Data, &h)}]
			require.NotZero(t, port)
			pieces++
		}
		deny := h.Version != 0 && (h.Key.Proto == header.ProtoUDP && port != 53 || h.Key.Proto == header.ProtoTCP && port == 80)
		want := -1
		if deny {
			want = int(stats.DropPolicy)
			denied++
		}
		require.Equal(t, want, reason, "record %d: %+v", e.record, h.Key)
	}
	assert.Positive(t, denied)
	assert.Positive(t, pieces)
}

func idOf(data []byte, h *header.Summary) uint32 {
	p, _ := header.PieceOf(data, h)
	return p.ID
}

// With TCP flags in a rule, packets of a flow fare by their own.
func TestRulesOnFlags(t *testing.T) {
	file := write(t, "syn.rules", "@0.0.0.0/0\t0.0.0.0/0\t0 : 65535\t0 : 65535\t0x06/0xFF\t0x0002/0x0012\n")
	c, err := capture.Read("../captures/mix.pcap")
	require.NoError(t, err)
	syns := 0
	for e, reason := range ends(t, policyScenario(t, "services.2={firewall: {action: deny, rules: "+file+"}}"), "nic") {
		data := c.Records[e.record].Data
		h := header.Parse(data)
		syn := h.Version == 4 && h.Key.Proto == header.ProtoTCP && h.Fragment == header.Whole && data[h.L4+13]&0x12 == 2
		want := -1
		if syn {
			want = int(stats.DropPolicy)
			syns++
		}
		require.Equal(t, want, reason, "record %d", e.record)
	}
	assert.Positive(t, syns)
}

// The report is the same step by step, with connections and a table that is too small for them.
func TestPolicyStepByStep(t *testing.T) {
	s := policyScenario(t, halfRoutes, "traffic.0.load=40%",
		"services.2={firewall: {stateful: true, flows: 100, timeouts: {udp: 100us}, rules: [{action: deny, proto: tcp, sport: 80}]}}")
	var reports [2]string
	for i := range reports {
		r, _, err := Scenario(context.Background(), s, Options{Jobs: 1 + i, Stepwise: i == 1, TraceSeq: -1})
		require.NoError(t, err)
		text, err := json.Marshal(r)
		require.NoError(t, err)
		reports[i] = string(text)
		m := result1(r, "nic").Metrics
		assert.Positive(t, m["flows.rejected"])
		assert.Positive(t, m["flows.new_per_second"])
		assert.Positive(t, m["flows.active"])
	}
	assert.Equal(t, reports[0], reports[1])
}

func result1(r *result.Report, name string) result.Result {
	for _, one := range r.Results {
		if one.Placement == name {
			return one
		}
	}
	return result.Result{}
}

// Connections of a capture that is played once: each flow is entered once, both directions together, and the table holds them all.
func TestFlowMetrics(t *testing.T) {
	for _, name := range []string{"nic", "software", "appliance"} {
		s := policyScenario(t, "services.2={firewall: {stateful: true}}", "run={duration: 25ms, warmup: 0s, cold: true}", "traffic.0.loop=false")
		s.Placements = []string{name}
		keys := map[header.Key]bool{}
		inputs, err := input.Prepare(s, profileOf(t, s), false)
		require.NoError(t, err)
		for _, u := range inputs[0].Trace.Tuples() {
			if u.IP && !keys[u.Reverse()] {
				keys[u.Key] = true
			}
		}
		r, _, err := Scenario(context.Background(), s, Options{Jobs: 1, TraceSeq: -1})
		require.NoError(t, err)
		m := r.Results[0].Metrics
		want := float64(len(keys) * s.Rack.Servers)
		assert.InDelta(t, want, m["flows.active"], 2, "less what is under way when the window ends")
		assert.InDelta(t, m["flows.active"]/0.025, m["flows.new_per_second"], 1)
		assert.Zero(t, m["flows.rejected"])
		assert.Zero(t, m["loss.ratio"])
	}
	r, _, err := Scenario(context.Background(), policyScenario(t), Options{Jobs: 1, TraceSeq: -1})
	require.NoError(t, err)
	assert.NotContains(t, r.Results[0].Metrics, "flows.active", "nothing is tracked")
	assert.Contains(t, strings.Join(r.Notes, "\n"), "software: in the run the busiest core", "the cores that software needs, and what the run makes of it")
}

// A bad line of a file is named by its place there, a file that is not there by the service.
func TestPolicyFileErrors(t *testing.T) {
	rules := write(t, "bad.rules", "# comment\n@1.2.3.0/24 0.0.0.0/0 0 : 65535 90 : 80 0x06/0xFF\n")
	prefixes := write(t, "bad.prefixes", "10.0.0.0/8\n10.0.0.1/8\n")
	for _, c := range []struct{ set, want string }{
		{"services.2={firewall: {action: deny, rules: " + rules + "}}", rules + ":2:33: "},
		{"services.3={route: {routes: " + prefixes + "}}", prefixes + ":2:1: "},
		{"services.3={route: {routes: ./none.txt}}", "../policy.yaml: prefixes: ./none.txt: no such file"},
	} {
		_, _, err := Scenario(context.Background(), policyScenario(t, c.set), Options{Jobs: 1, TraceSeq: -1})
		var fault scenarios.InputError
		require.True(t, errors.As(err, &fault), "%v", err)
		assert.Contains(t, err.Error(), c.want)
	}
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// Rulings of made-up flows are worked out when a flow's first packet comes, in any order, and are the policy's.
func TestRulingsOfMadeUpFlows(t *testing.T) {
	s, err := traffic.NewSynthetic(traffic.SyntheticConfig{
		Config: traffic.Config{Name: "x", LineRate: traffic.MaxRate, Load: traffic.PacketLoad(1_000_000), Pacing: traffic.Poisson},
		Sizes:  traffic.IMIX()})
	require.NoError(t, err)
	p, err := policy.New(&policy.Firewall{}, &policy.Routes{Prefixes: policy.GenerateRoutes(100_000, 1)})
	require.NoError(t, err)
	r := &input.Verdicts{Policy: p, Spec: &steps.Spec{Tracking: &policy.Spec{}}, Made: s.Tuple}
	refused := 0
	for _, flow := range []uint32{700, 3, 3, 999, 0, 700, 5, 6, 7, 8, 9} {
		u := s.Tuple(flow)
		got := packet.Packet{Flow: flow, Record: -1}
		r.Rule(&got, input.Inbound)
		require.Equal(t, p.Refuse(&u, 0), got.Refused)
		require.Equal(t, policy.Steer(&u), got.Hash)
		refused += int(got.Refused)
	}
	assert.Positive(t, refused)
}

// BenchmarkPolicy is BenchmarkCompare/placement=nic without a policy, and with 1,000 rules and routes.
func BenchmarkPolicy(b *testing.B) {
	for _, c := range []struct{ name, firewall, route string }{
		{"none", "firewall", "route"},
		{"stateless", "{firewall: {rules: 1000}}", "{route: {routes: 1000}}"},
		{"stateful", "{firewall: {rules: 1000, stateful: true}}", "{route: {routes: 1000}}"},
	} {
		b.Run("services="+c.name, func(b *testing.B) {
			throughput(b, "nic", "services.2="+c.firewall, "services.3="+c.route)
		})
	}
}
