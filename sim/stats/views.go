package stats

// View is a table of metrics: in reports, each line is a metric, by placement and by class.
type View struct {
	Name, Title string
	// Has is the metric that a row has which the table is about; "" for all rows.
	Has string
	// Apart says that such rows stand in this table only.
	Apart bool
	Lines []Line
}

// Line is a metric in a view.
type Line struct {
	Label, Metric string
	// Decimals is the most that are shown.
	Decimals int
	// Rare is only worth a line where some placement has other than 0.
	Rare bool
	// Zero says that 0 is not the least of something but that there is none, which is never the best.
	Zero bool
}

// Comparison is the view of what decides most often between placements, over all traffic.
func Comparison() View {
	return View{Name: "comparison", Lines: []Line{
		{Label: "offered", Metric: "offered.gbps", Decimals: 3},
		{Label: "offered", Metric: "offered.mpps", Decimals: 3},
		{Label: "throughput", Metric: "throughput.gbps", Decimals: 3},
		{Label: "throughput", Metric: "throughput.mpps", Decimals: 3},
		{Label: "loss", Metric: "loss.ratio", Decimals: 4},
		{Label: "reordered", Metric: "reorder.ratio", Decimals: 4, Rare: true},
		{Label: "marked (ECN)", Metric: "ecn.marked_ratio", Decimals: 4, Rare: true},
		{Label: "fairness (Jain)", Metric: "fairness.jain", Decimals: 4},
		{Label: "rejected flows", Metric: "flows.rejected", Decimals: 1, Rare: true},
		{Label: "latency mean", Metric: "latency.mean", Decimals: 3},
		{Label: "latency p50", Metric: "latency.p50", Decimals: 3},
		{Label: "latency p99", Metric: "latency.p99", Decimals: 3},
		{Label: "latency p99.9", Metric: "latency.p999", Decimals: 3},
		{Label: "jitter PDV p99", Metric: "jitter.pdv_p99", Decimals: 3},
		{Label: "jitter IPDV", Metric: "jitter.ipdv", Decimals: 3},
		{Label: "DSN chain p99", Metric: "chain.latency.p99", Decimals: 3},
		{Label: "host cores", Metric: "host.cores", Decimals: 1},
		{Label: "power of one DSN", Metric: "power.dsn", Decimals: 2, Zero: true},
		{Label: "power of all servers", Metric: "power.host", Decimals: 2},
		{Label: "power of the rack", Metric: "power.total", Decimals: 1},
		{Label: "energy per packet", Metric: "energy.nj_per_packet", Decimals: 2},
		{Label: "cost per server", Metric: "cost.per_server"},
		{Label: "cost per Gbps", Metric: "cost.per_gbps"},
		{Label: "PCIe utilisation", Metric: "pcie.utilization", Decimals: 1, Rare: true},
		{Label: "extra ToR ports", Metric: "tor.extra_ports", Decimals: 1},
		{Label: "security breaches", Metric: "security.breaches", Decimals: 1},
		{Label: "extra link crossings", Metric: "tromboning.link_crossings", Decimals: 1},
		{Label: "utilisation", Metric: "bottleneck.utilization", Decimals: 1},
	}}
}

// ByDirection is the view of each class and direction.
func ByDirection() View {
	return View{Name: "classes", Title: "By class and direction", Lines: []Line{
		{Label: "throughput", Metric: "throughput.gbps", Decimals: 3},
		{Label: "loss", Metric: "loss.ratio", Decimals: 4},
		{Label: "latency p99", Metric: "latency.p99", Decimals: 3},
		{Label: "jitter PDV p99", Metric: "jitter.pdv_p99", Decimals: 3},
	}}
}

// Views are those of classes that have metrics of their own.
func Views() []View {
	return []View{
		{Name: "workloads", Title: "Workloads: RDMA and storage", Has: "workload.supported", Apart: true, Lines: []Line{
			{Label: "operations", Metric: "workload.iops", Decimals: 3},
			{Label: "data", Metric: "workload.gbps", Decimals: 3},
			{Label: "latency p50", Metric: "workload.latency.p50", Decimals: 3},
			{Label: "latency p99", Metric: "workload.latency.p99", Decimals: 3},
			{Label: "sent again", Metric: "workload.retries", Decimals: 1},
			{Label: "contexts read", Metric: "workload.qp_miss_ratio", Decimals: 4},
			{Label: "utilisation", Metric: "bottleneck.utilization", Decimals: 1},
		}},
		{Name: "connections", Title: "Connections, by class", Has: "tcp.goodput.gbps", Lines: []Line{
			{Label: "goodput", Metric: "tcp.goodput.gbps", Decimals: 3},
			{Label: "sent again", Metric: "tcp.retransmitted.ratio", Decimals: 3},
			{Label: "round trip mean", Metric: "tcp.rtt.mean", Decimals: 2},
			{Label: "round trip p99", Metric: "tcp.rtt.p99", Decimals: 2},
			{Label: "transfer mean", Metric: "tcp.fct.mean", Decimals: 2},
			{Label: "transfer p99", Metric: "tcp.fct.p99", Decimals: 2},
		}},
	}
}
