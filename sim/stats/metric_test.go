package stats

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The names are a contract: a script that reads them breaks when one changes, so they stand here a second time.
const contract = `offered.gbps offered.mpps throughput.gbps throughput.mpps loss.ratio
drops.spine_queue drops.tor_queue drops.server_link_queue drops.dsn_queue drops.crypto_queue drops.memory_queue drops.upcall_queue
drops.pcie_queue drops.nic_queue drops.host_queue drops.appliance_queue drops.policy drops.no_route drops.parser drops.syn_cookie
drops.no_sa drops.replay drops.auth drops.tunnel drops.policer drops.attack
drops.nat_no_port drops.nat_no_binding drops.lb_no_backend drops.session_table drops.malformed drops.fragment drops.ecn parser.too_deep latency.min latency.mean latency.p50 latency.p90 latency.p99 latency.p999 latency.max
chain.latency.min chain.latency.mean chain.latency.p50 chain.latency.p90 chain.latency.p99 chain.latency.p999 chain.latency.max
jitter.pdv_p99 jitter.pdv_p999 jitter.ipdv jitter.rfc3550 reorder.ratio
ecn.marked_ratio fairness.jain workload.supported workload.iops workload.gbps workload.latency.min workload.latency.mean
workload.latency.p50 workload.latency.p90 workload.latency.p99 workload.latency.p999 workload.latency.max workload.retries
workload.qp_miss_ratio
host.cores host.cores_needed software.cycles_per_packet software.offloaded_cycles software.cache_hit_ratio software.upcalls_per_second host.interrupts_per_second pcie.utilization power.dsn power.host power.total power.dsn_peak power.budget power.over_budget power.clock_ratio thermal.junction energy.nj_per_packet energy.pj_per_bit cost.per_server cost.per_gbps crypto.gbps crypto.handshakes_per_second crypto.setup_latency.mean crypto.setup_latency.max flows.new_per_second flows.active flows.rejected flows.evicted
nat.bindings nat.new_per_second lb.flows lb.new_per_second policer.green.gbps policer.green.mpps policer.yellow.gbps policer.yellow.mpps policer.red.gbps policer.red.mpps mirror.gbps mirror.mpps mirror.loss.ratio security.breaches security.victim_p99_rise
bottleneck.utilization state tcp.goodput.gbps tcp.retransmitted.ratio tcp.rtt.mean tcp.rtt.p99 tcp.fct.mean tcp.fct.p99 tromboning.link_crossings uplink.oversubscription tor.extra_ports`

func TestCatalogueKeepsTheContract(t *testing.T) {
	var names []string
	for _, m := range All() {
		names = append(names, m.Name)
	}
	assert.Equal(t, strings.Fields(contract), names)
}

func TestEveryMetricIsDeclaredInFull(t *testing.T) {
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$|^state$`)
	columns, helps := map[string]string{}, map[string]string{}
	for _, m := range All() {
		assert.Regexp(t, name, m.Name)
		assert.NotEmpty(t, m.Unit, m.Name)
		assert.NotEmpty(t, m.Source, m.Name)
		assert.Greater(t, len(m.Help), 10, m.Name)
		assert.Empty(t, helps[m.Help], "%s says the same as %s", m.Name, helps[m.Help])
		assert.Empty(t, columns[CSVColumn(m.Name)], "%s shares its column", m.Name)
		columns[CSVColumn(m.Name)], helps[m.Help] = m.Name, m.Name
		found, ok := Lookup(m.Name)
		require.True(t, ok, m.Name)
		assert.Equal(t, m, found)
	}
}

func TestLookupOfNoMetric(t *testing.T) {
	for _, name := range []string{"", "jitter", "latency", "drops", dropFamily, "drops.none", "Latency.p99", "power"} {
		_, ok := Lookup(name)
		assert.False(t, ok, name)
	}
}

func TestAllIsTheCallersOwn(t *testing.T) {
	All()[0].Name = "spoilt"
	assert.Equal(t, "offered.gbps", All()[0].Name)
}

func TestMetricDirections(t *testing.T) {
	for name, want := range map[string]string{
		"throughput.gbps": "higher", "latency.p99": "lower", "offered.gbps": "neither", "drops.dsn_queue": "lower",
	} {
		m, ok := Lookup(name)
		require.True(t, ok)
		assert.Equal(t, want, m.Better.String(), name)
		assert.Equal(t, PerTraffic, m.Scope)
	}
	m, _ := Lookup("host.cores")
	assert.Equal(t, PerPlacement, m.Scope)
}

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{
		"latency.p9":       "latency.p90",
		"latnecy.p99":      "latency.p99",
		"Latency.P999":     "latency.p999",
		"pcie.utilisation": "pcie.utilization",
		"loss":             "loss.ratio",
		"drops.tor":        "drops.tor_queue",
		"xyzzy":            "",
		"":                 "",
	} {
		assert.Equal(t, want, Nearest(word), word)
	}
}

func TestCSVColumns(t *testing.T) {
	for name, want := range map[string]string{
		"latency.p99":               "latency_p99_ns",
		"chain.latency.min":         "chain_latency_min_ns",
		"throughput.gbps":           "throughput_gbps",
		"offered.mpps":              "offered_mpps",
		"loss.ratio":                "loss_ratio",
		"drops.crypto_queue":        "drops_crypto_queue_packets",
		"jitter.rfc3550":            "jitter_rfc3550_ns",
		"host.cores":                "host_cores",
		"pcie.utilization":          "pcie_utilization_ratio",
		"tromboning.link_crossings": "tromboning_link_crossings",
		"tor.extra_ports":           "tor_extra_ports",
		"no.such_metric":            "no_such_metric",
	} {
		assert.Equal(t, want, CSVColumn(name), name)
	}
}

func TestDropReasonNames(t *testing.T) {
	assert.Equal(t, "spine_queue", DropSpineQueue.String())
	assert.Equal(t, "appliance_queue", DropApplianceQueue.String())
	assert.Equal(t, "DropReason(200)", DropReason(200).String())
	for r := range DropReason(DropReasons) {
		_, ok := Lookup("drops." + r.String())
		assert.True(t, ok, r.String())
	}
}
