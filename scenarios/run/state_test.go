package run

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// stateOfYAML runs a scenario in one placement and returns what its figures are worth, and its report.
func stateOfYAML(t *testing.T, text string) (result.State, *result.Report) {
	t.Helper()
	s := scenario(t, text)
	report, _, err := Scenario(context.Background(), s, Options{Jobs: 2, TraceSeq: -1})
	require.NoError(t, err)
	require.Len(t, report.States, 1)
	for i := range report.Results {
		assert.Equal(t, report.States[0].State, report.Results[i].State)
	}
	return report.States[0], report
}

const at25G = `version: 1
rack: {servers: 1, server: {vms: 4, nic: {rate: 25Gbps}}, uplink: 400Gbps}
placements: [nic]
`

// A port of 25 Gbps that is offered 150% has lost nothing yet when the window ends: its queue is what tells.
func TestOverloadWithoutLoss(t *testing.T) {
	for _, c := range [][3]string{{"inbound", "constant", "tor.port[0]"}, {"inbound", "poisson", "tor.port[0]"}, {"outbound", "poisson", "nic.scheduler[0]"}} {
		s, report := stateOfYAML(t, at25G+`services: [route]
traffic: [{name: c, sizes: 1000B, load: 150%, direction: `+c[0]+`, arrivals: `+c[1]+`}]
run: {duration: 300us, warmup: 30us}
expect: [nic.loss.ratio == 0, nic.loss.ratio == 0 while overloaded, nic.state == overloaded]
`)
		assert.Equal(t, result.Overloaded, s.State, s.Summary)
		assert.Equal(t, c[2], s.Station)
		assert.Zero(t, s.QueueLoss)
		assert.InDelta(t, 36.8, s.Offered.Gbps, 1.5)
		assert.InDelta(t, 24.5, s.Carried.Gbps, 0.2)
		assert.InDelta(t, 1.0/3, s.Growth, 0.05, "a third of what is offered waits")
		assert.Greater(t, s.BacklogEnd, s.BacklogBegin+300)
		var verdicts []string
		for _, e := range report.Expectations {
			verdicts = append(verdicts, e.Verdict)
		}
		assert.Equal(t, []string{"undecided", "holds", "holds"}, verdicts)
	}
}

func TestStatesOfRuns(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"sound": {`services: [route]
traffic: [{sizes: 1000B, load: 80%, arrivals: poisson}]
run: {duration: 500us, warmup: 50us, replications: 3}
`, result.Steady},
		"all that the line carries": {`services: [route]
traffic: [{sizes: 1000B, load: 100%, direction: outbound}]
run: {duration: 300us, warmup: 30us}
`, result.Steady},
		"full queues": {`services: [route]
traffic: [{sizes: 1000B, load: 200%, direction: outbound}]
run: {duration: 10ms, warmup: 5ms}
`, result.Overloaded},
		"nothing sent": {`services: [route]
traffic: [{sizes: 1000B, load: 1pps}]
run: {duration: 300us, warmup: 30us}
`, result.TooShort},
		"shorter than the way": {`services: [route]
traffic: [{sizes: 64B, load: 20%}]
run: {duration: 1us, warmup: 100ns}
`, result.TooShort},
		"cold tables": {`services: [route]
dsn: {software: {cores: 16, flow_cache: {entries: 8192, threads: 4, cold: true}}}
traffic: [{sizes: 1000B, load: 10%, flows: {concurrent: 50}}]
run: {duration: 1ms, warmup: 10us}
placements: [software]
`, result.Cold},
		"rules refuse": {`services: [{firewall: {default: deny}}, route]
traffic: [{sizes: 1000B, load: 40%}]
run: {duration: 300us, warmup: 30us}
`, result.Steady},
		"a policer refuses": {`services: [{policer: {cir: 1Gbps, cbs: 10kB}}, route]
traffic: [{sizes: 1000B, load: 40%}]
run: {duration: 300us, warmup: 30us}
`, result.Steady},
		"connections fill their link": {`services: [route]
traffic: [{name: t, tcp: {congestion: cubic, connections: 8}, direction: outbound}]
run: {duration: 3ms, warmup: 1ms}
`, result.Steady},
	} {
		t.Run(name, func(t *testing.T) {
			text := at25G + c.text
			if strings.Contains(c.text, "placements:") {
				text = strings.Replace(text, "placements: [nic]\n", "", 1)
			}
			s, _ := stateOfYAML(t, text)
			assert.Equal(t, c.want, s.State, s.Summary)
			assert.NotEmpty(t, s.Summary)
		})
	}
}

// A run that is interrupted before all replications says so of the placement.
func TestAnInterruptedPlacementIsIncomplete(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := scenario(t, at25G+"services: [route]\ntraffic: [{sizes: 1000B, load: 40%}]\nrun: {duration: 300us, replications: 8}\n")
	report, _, err := Scenario(ctx, s, Options{Jobs: 1, TraceSeq: -1, Progress: func(done, _ int) {
		if done == 2 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, report.States, 1)
	assert.Equal(t, result.Incomplete, report.States[0].State)
	assert.Contains(t, report.States[0].Summary, "of 8 replications")
}

func TestCautions(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"faster ports than the chip has": {`version: 1
rack: {servers: 1, server: {nic: {rate: 200Gbps}}, uplink: 400Gbps}
services: [route]
traffic: [{sizes: 1000B, load: 5%}]
placements: [nic, tor]
run: {duration: 50us, warmup: 5us}
`, "has 2 ports of 100Gbps, and rack.server.nic.rate has them run at 200Gbps (nic)"},
		"the default uplink": {`version: 1
rack: {servers: 24}
services: [route]
traffic: [{sizes: 1000B, load: 1%}]
placements: [tor]
run: {duration: 50us, warmup: 5us}
`, "24 servers of 100Gbps share one uplink of 100Gbps"},
		"a part of a capture": {`version: 1
services: [route]
traffic: [{name: mix, pcap: ../captures/mix.pcap, load: 1Mpps, direction: inbound}]
placements: [nic]
run: {duration: 50us, warmup: 5us}
`, "no more than the first 50 of the capture's"},
	} {
		t.Run(name, func(t *testing.T) {
			report, _, err := Scenario(context.Background(), scenario(t, c.text), Options{Jobs: 2, TraceSeq: -1})
			require.NoError(t, err)
			assert.Contains(t, strings.Join(report.Cautions, "\n"), c.want)
		})
	}
	sound, _, err := Scenario(context.Background(), scenario(t, at25G+"services: [route]\ntraffic: [{sizes: 1000B, load: 5%}]\nrun: {duration: 50us}\n"), Options{Jobs: 2, TraceSeq: -1})
	require.NoError(t, err)
	assert.Empty(t, sound.Cautions)
}

// A workload with a load offers too much like any other traffic, whichever of its sizes it is; a closed one offers what is carried.
func TestWorkloadsAreOverloaded(t *testing.T) {
	const text = `version: 1
name: work
rack: {server: {nic: {rate: 25Gbps}}}
services: [route]
workloads: [{name: log, rdma: write, %s}]
run: {duration: 2ms, warmup: 500us, seed: 1, replications: 2}
placements: [nic]
`
	for entry, want := range map[string]string{
		"size: 4KiB, queue_pairs: 8, load: 150%":         result.Overloaded,
		"size: [4KiB, 64B], outstanding: 1, load: 2%":    result.Overloaded, // one of 64 B at a time is too few
		"size: 4KiB, queue_pairs: 8, load: 60%":          result.Steady,
		"size: 4KiB, queue_pairs: 64, outstanding: 1000": result.Steady,
	} {
		r := simulate(t, scenario(t, fmt.Sprintf(text, entry)))
		require.Len(t, r.States, 1)
		assert.Equal(t, want, r.States[0].State, "%s: %s", entry, r.States[0].Summary)
		if want == result.Overloaded {
			assert.Contains(t, r.States[0].Summary, "log", "whose messages")
			assert.Contains(t, r.States[0].Summary, "messages more wait")
		}
	}
}
