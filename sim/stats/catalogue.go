package stats

// catalogue lists every metric that dsnsim computes, and none that it does not: a metric is added here by the change that
// computes it. Names and units are a contract with other people's scripts.
var catalogue = []Metric{
	{"offered.gbps", "Gbps", Neither, PerTraffic, "rate of the frame bits that the sources presented, FCS included, preamble and gap not", "RFC 2285 (offered load)"},
	{"offered.mpps", "Mpps", Neither, PerTraffic, "rate of the packets that the sources presented", "RFC 2285 (offered load)"},
	{"throughput.gbps", "Gbps", Higher, PerTraffic, "rate of the frame bits delivered at the offered load", "RFC 2285 (forwarding rate)"},
	{"throughput.mpps", "Mpps", Higher, PerTraffic, "rate of the packets delivered at the offered load", "RFC 2285 (forwarding rate)"},
	{"loss.ratio", "ratio", Lower, PerTraffic, "share of the offered packets that were dropped", "RFC 1242 (frame loss rate)"},
	{dropFamily, "packets", Lower, PerTraffic, "packets dropped at ", "dsnsim"},

	{"latency.min", "ns", Lower, PerTraffic, "shortest one-way latency: from when the first bit may leave the source until the receiver has the packet", "RFC 7679"},
	{"latency.mean", "ns", Lower, PerTraffic, "mean one-way latency", "RFC 7679"},
	{"latency.p50", "ns", Lower, PerTraffic, "one-way latency that 50% of the packets do not exceed", "RFC 7679"},
	{"latency.p90", "ns", Lower, PerTraffic, "one-way latency that 90% of the packets do not exceed", "RFC 7679"},
	{"latency.p99", "ns", Lower, PerTraffic, "one-way latency that 99% of the packets do not exceed", "RFC 7679"},
	{"latency.p999", "ns", Lower, PerTraffic, "one-way latency that 99.9% of the packets do not exceed", "RFC 7679"},
	{"latency.max", "ns", Lower, PerTraffic, "longest one-way latency", "RFC 7679"},

	{"chain.latency.min", "ns", Lower, PerTraffic, "shortest time in the DSN, from the last bit in", "dsnsim"},
	{"chain.latency.mean", "ns", Lower, PerTraffic, "mean time in the DSN", "dsnsim"},
	{"chain.latency.p50", "ns", Lower, PerTraffic, "time in the DSN that 50% of the packets do not exceed", "dsnsim"},
	{"chain.latency.p90", "ns", Lower, PerTraffic, "time in the DSN that 90% of the packets do not exceed", "dsnsim"},
	{"chain.latency.p99", "ns", Lower, PerTraffic, "time in the DSN that 99% of the packets do not exceed", "dsnsim"},
	{"chain.latency.p999", "ns", Lower, PerTraffic, "time in the DSN that 99.9% of the packets do not exceed", "dsnsim"},
	{"chain.latency.max", "ns", Lower, PerTraffic, "longest time in the DSN", "dsnsim"},

	{"jitter.pdv_p99", "ns", Lower, PerTraffic, "packet delay variation: latency.p99 less latency.min", "RFC 5481 (PDV)"},
	{"jitter.pdv_p999", "ns", Lower, PerTraffic, "packet delay variation: latency.p999 less latency.min", "RFC 5481 (PDV)"},
	{"jitter.ipdv", "ns", Lower, PerTraffic, "mean absolute difference of latency of packets of a flow that arrive one after the other", "RFC 3393 (ipdv)"},
	{"jitter.rfc3550", "ns", Lower, PerTraffic, "smoothed interarrival jitter at the end of each flow, in the mean over the flows weighted by packets", "RFC 3550, 6.4.1 and A.8"},
	{"reorder.ratio", "ratio", Lower, PerTraffic, "share of the received packets that come after one of their flow that was sent later", "RFC 4737"},

	{"host.cores", "cores", Lower, PerPlacement, "host cores of each server that carry the services instead of tenants", "dsnsim"},
	{"pcie.utilization", "ratio", Lower, PerPlacement, "busy share of the busier direction of a server's PCIe link", "dsnsim"},
	{"power.dsn", "W", Lower, PerPlacement, "mean power of the DSN that takes most: card, or chip with its ports where a box holds several; 0 in software", "dsnsim"},
	{"power.host", "W", Lower, PerPlacement, "mean power that all servers give for the placement: cores that carry the services, and an ordinary NIC where there is one", "dsnsim"},
	{"power.total", "W", Lower, PerPlacement, "mean power of all DSNs, of power.host, and of what the placement needs in the rack: extra ToR ports, an appliance's chassis", "dsnsim"},
	{"energy.nj_per_packet", "nJ", Lower, PerPlacement, "power.total over the packets delivered", "dsnsim"},
	{"energy.pj_per_bit", "pJ", Lower, PerPlacement, "power.total over the frame bits delivered", "dsnsim"},
	{"crypto.gbps", "Gbps", Neither, PerPlacement, "rate of the bits encrypted and decrypted", "dsnsim"},
	{"flows.new_per_second", "per_second", Neither, PerPlacement, "rate of the flows that a stateful firewall entered into its flow tables", "dsnsim"},
	{"flows.active", "flows", Neither, PerPlacement, "flows in the stateful firewall's flow tables at the end of the measured window, those of all chips or cores together", "dsnsim"},
	{"flows.rejected", "flows", Lower, PerPlacement, "insertions that a stateful firewall refused in the measured window, since a flow table or the queue of its learner was full", "dsnsim"},
	{"flows.evicted", "flows", Lower, PerPlacement, "flows that lost their entry to a new one in the measured window, since a flow table was full", "dsnsim"},
	{"bottleneck.utilization", "ratio", Lower, PerPlacement, "busy share of the busiest station", "dsnsim"},
	{"tromboning.link_crossings", "crossings", Lower, PerPlacement, "links that a packet crosses only to reach the DSN and come back, in the mean", "dsnsim"},
	{"tor.extra_ports", "ports", Lower, PerPlacement, "ToR ports that the placement takes beyond those of servers and spine", "dsnsim"},
}
