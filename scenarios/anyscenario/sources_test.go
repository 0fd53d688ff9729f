package anyscenario

import (
	"fmt"
	"strings"
)

// sources writes traffic, workloads or both.
func (m *maker) sources() {
	if m.IntN(8) == 0 {
		m.uneven, m.apart = true, true
		m.workloads()
		if m.IntN(2) == 0 {
			m.packets = max(m.packets, 0.005)
			return
		}
	}
	m.line(0, "traffic:")
	for range of(m, 1, 1, 1, 2, 3) {
		m.entry()
	}
}

func (m *maker) workloads() {
	m.line(0, "workloads:")
	for i := range of(m, 1, 1, 2) {
		load := ""
		if m.IntN(2) == 0 {
			load = fmt.Sprintf(", load: %s", of(m, "1%", "20%", "90%", "100kbps", "200%"))
		}
		size := of(m, "1B", "64B", "1KiB", "4KiB", "16KiB", "[64B, 8KiB]")
		if m.IntN(2) == 0 {
			m.line(1, "- {name: w%d, rdma: %s, size: %s, queue_pairs: %d, outstanding: %d, mtu: %s%s}", i, of(m, "read", "write", "send"), size,
				1<<m.IntN(8), 1+m.IntN(8), of(m, "256B", "1KiB", "4KiB"), load)
			continue
		}
		m.line(1, "- {name: w%d, nvme: %s, block: %s, queues: %d, depth: %d, mix: %d%%, drives: %d%s}", i, of(m, "read", "write"), size,
			1<<m.IntN(5), 1+m.IntN(16), 10*m.IntN(11), 1+m.IntN(8), load)
	}
}

// entry writes one traffic entry.
func (m *maker) entry() {
	m.line(1, "- name: t%d", m.entries)
	m.entries++
	if len(m.classes) > 0 && m.IntN(2) == 0 {
		m.line(2, "class: %s", of(m, m.classes...))
	}
	switch k := m.IntN(16); {
	case k == 0:
		m.connections()
		return
	case k == 1 && m.servers > 1:
		m.incast()
		return
	case k == 2:
		m.capture()
		return
	}
	m.mix()
}

func (m *maker) connections() {
	m.uneven, m.apart = true, true
	m.line(2, "tcp: {connections: %d, congestion: %s, max_window: %d, delayed_ack: %d}", 1+m.IntN(20), of(m, "reno", "cubic", "dctcp"), 10+m.IntN(90), 1+m.IntN(4))
	m.maybe(2, 2, "direction: %s", of(m, "inbound", "outbound"))
	m.maybe(3, 2, "sizes: %dB", 200+m.IntN(1318))
	m.packets += float64(m.servers) * m.link / 8 / 1000
}

func (m *maker) incast() {
	m.uneven, m.apart = true, true
	m.line(2, "sizes: %dB", 64+m.IntN(1455))
	m.line(2, "incast: {to: %d, burst: %dkB, every: %dus, spread: %dus}", m.IntN(m.servers), 1+m.IntN(60), 20+m.IntN(80), m.IntN(20))
	m.packets += float64(m.servers) * 0.003
}

func (m *maker) capture() {
	m.line(2, "pcap: ../captures/mix.pcap")
	m.sizes["capture"] = true
	m.uneven = true // another part of the capture
	m.maybe(3, 2, "arrivals: %s", of(m, "constant", "poisson", "recorded"))
	m.direction()
	m.share(700)
}

func (m *maker) direction() {
	direction := of(m, "inbound", "outbound", "both")
	m.line(2, "direction: %s", direction)
	m.directions[direction] = true
}

// share writes a load, of frames that are so long in the mean.
func (m *maker) share(frame float64) {
	if m.maybe(20, 2, "load: %s", of(m, "1pps", "1bps", "1kbps")) {
		return
	}
	percent := of(m, 1.0, 10, 25, 50, 75, 100, 100)
	gbps := min(m.link*percent/100, m.uplink)
	percent = 100 * gbps / m.link
	m.packets += float64(m.servers) * 2 * gbps / 8 / (frame + 20)
	percent, gbps = percent*m.scale, gbps*m.scale
	switch m.IntN(3) {
	case 0:
		m.line(2, "load: %.4f%%", percent)
	case 1:
		m.line(2, "load: %.0fkbps", gbps*1e6)
	default:
		m.line(2, "load: %.0fpps", gbps*1e9/8/(frame+20)*0.95)
	}
}

func (m *maker) mix() {
	frame := of(m, 64.0, 64, 64, 128, 256, 512, 1000, 1518, 4000, 9000)
	size := fmt.Sprintf("%.0fB", frame)
	if m.IntN(5) == 0 {
		frame, size = 350, "imix"
	}
	m.sizes[size] = true
	m.line(2, "sizes: %s", size)
	if m.IntN(4) > 0 || m.vms < 2 || m.metal || !m.pattern() {
		m.direction()
	}
	m.share(frame)
	if m.IntN(5) == 0 {
		m.line(2, "flows: {distribution: %s, concurrent: %d}", of(m, "websearch", "hadoop", "datamining"), 1+m.IntN(500))
		m.uneven, m.apart = true, true // other flows, of their own sizes
		return
	}
	m.maybe(3, 2, "arrivals: %s", of(m, "constant", "poisson"))
	var keys []string
	if m.IntN(2) == 0 {
		keys = append(keys, fmt.Sprintf("concurrent: %d", of(m, 1, 2, 10, 1000, 20000)))
	}
	if m.IntN(5) == 0 {
		keys = append(keys, fmt.Sprintf("size: %dkbit", 1+m.IntN(1000)))
	}
	if len(keys) > 0 {
		m.line(2, "flows: {%s}", strings.Join(keys, ", "))
	}
	switch m.IntN(8) {
	case 0:
		m.line(2, "on_off: {busy: %dus, idle: %dus}", 1+m.IntN(20), 1+m.IntN(20))
	case 1:
		m.line(2, "mmpp: [{rate: %d, for: %dus}, {rate: %d, for: %dus}]", 1+m.IntN(5), 1+m.IntN(20), 1+m.IntN(50), 1+m.IntN(10))
	default:
		return
	}
	m.apart = true
}

// pattern writes whom packets are exchanged with, and returns whether none of them leave the rack.
func (m *maker) pattern() (within bool) {
	north, east := 10*m.IntN(11), 0
	if m.servers > 1 {
		east = 10 * m.IntN((100-north)/10+1)
	}
	m.line(2, "pattern: {north_south: %d%%, east_west: %d%%, same_server: %d%%}", north, east, 100-north-east)
	m.apart = true
	return north == 0
}

func (m *maker) attacks() {
	if m.IntN(12) > 0 || !strings.Contains(m.text.String(), "traffic:\n") {
		return
	}
	m.uneven, m.apart = true, true
	m.line(0, "attacks:")
	switch m.IntN(5) {
	case 0:
		m.line(1, "- {kind: rogue_vf, server: 0, vf: 0, rate: %dk/s}", 1+m.IntN(5000))
	case 1:
		m.line(1, "- {kind: compromised_host, server: 0, rate: %dk/s}", 1+m.IntN(1000))
	case 2:
		m.line(1, "- {kind: doorbell_flood, server: 0, vf: 0, rate: %dM/s}", 1+m.IntN(60))
	case 3:
		m.line(1, "- {kind: dma_flood, server: 0, vf: 0, rate: %dM/s, size: %dB}", 1+m.IntN(30), 64<<m.IntN(6))
	default:
		m.line(1, "- {kind: syn_flood, server: 0, rate: %dk/s}", 1+m.IntN(3000))
	}
}

// run writes how long: for some thousand packets.
func (m *maker) run() {
	const packets = 2500
	ns := min(max(packets/max(m.packets, 1e-6), 3000), 200_000)
	m.line(0, "run:")
	m.line(1, "duration: %.0fns", ns)
	m.line(1, "warmup: %.0fns", ns*of(m, 0.1, 0.3, 0.5))
	m.line(1, "seed: %d", m.IntN(1000))
	m.maybe(6, 1, "replications: 2")
	m.line(0, "placements: [%s]", of(m, "software", "software", "nic", "nic", "bump-in-the-wire", "tor", "appliance", "discrete"))
}
