package anyscenario

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// maker makes a scenario up. Each setting is a line of its own, so that a failure can be made smaller line by line.
type maker struct {
	*rand.Rand
	text    strings.Builder
	servers int
	vms     int
	link    float64 // Gbps
	uplink  float64 // Gbps
	classes []string
	chain   []string
	scale   float64 // of all loads
	packets float64 // of all servers each ns, about, before scaling
	entries int
	// metal and ocp say that there are no VMs, and that the card has a bay.
	metal, ocp bool
	sizes      map[string]bool
	// directions are those of the entries, and limited says that a class of the traffic manager is strict or has a limit.
	directions map[string]bool
	limited    bool
	// uneven says that more load may deliver less, for a reason of its own; apart that directions differ.
	uneven, apart bool
}

// made is a scenario, and what can be said of it.
type made struct {
	number int
	text   string
	rising bool // more load must not deliver less
	even   bool // both directions are offered the same, and neither may starve
	// least is how much less of it an entry may get than all do, 0 where nothing is said of that.
	least float64
}

// makeUp makes scenario number n, with all loads scaled.
func makeUp(n int, scale float64) made {
	m := &maker{Rand: rand.New(rand.NewPCG(2026, uint64(n))), scale: scale, sizes: map[string]bool{}, directions: map[string]bool{}}
	m.line(0, "version: 1")
	m.line(0, "name: any-%d", n)
	m.rack()
	m.dsn()
	m.services()
	m.sources()
	m.attacks()
	m.run()
	x := made{number: n, text: m.text.String(), rising: !m.uneven && len(m.sizes) == 1, even: !m.apart && m.entries == 1}
	if !m.apart && m.entries > 1 && len(m.directions) == 1 && !m.limited {
		x.least = 0.1 // flows of one entry may be on a busy core, or on one of four uplinks
		if len(m.classes) > 0 {
			x.least = 0.02 // weights from 1 to 20
		}
	}
	return x
}

func (m *maker) line(depth int, format string, args ...any) {
	fmt.Fprintf(&m.text, strings.Repeat("  ", depth)+format+"\n", args...)
}

// maybe writes a line in one case of n.
func (m *maker) maybe(n, depth int, format string, args ...any) bool {
	if m.IntN(n) > 0 {
		return false
	}
	m.line(depth, format, args...)
	return true
}

// of takes one of several.
func of[T any](m *maker, list ...T) T { return list[m.IntN(len(list))] }

// plainRack writes a rack of fast ports whose only odd setting is the slot: what packets of 64 B do to cores and slots shows there.
func (m *maker) plainRack() {
	m.servers, m.vms, m.link, m.uplink = of(m, 1, 1, 2), 8, of(m, 25.0, 100, 100), 400
	m.line(0, "rack:")
	m.line(1, "servers: %d", m.servers)
	m.line(1, "uplink: 400Gbps")
	m.line(1, "server: {vms: 8, cores: 32, nic: {rate: %gGbps}, pcie: {gen: %d, lanes: %d}}", m.link, of(m, 3, 4, 4), of(m, 4, 8, 16, 16))
}

func (m *maker) rack() {
	if m.IntN(3) == 0 {
		m.plainRack()
		return
	}
	m.servers = of(m, 1, 1, 1, 2, 2, 3, 6)
	m.vms = of(m, 1, 2, 4, 8, 8)
	m.link = of(m, 10.0, 25, 25, 100, 100, 400)
	m.line(0, "rack:")
	m.line(1, "servers: %d", m.servers)
	m.uplink = of(m, 10.0, 25, 100, 100, 400)
	m.line(1, "uplink: %gGbps", m.uplink)
	m.maybe(4, 1, "uplinks: %d", 1+m.IntN(4))
	m.maybe(4, 1, "cables: {server_tor: %dm, tor_spine: %dm, tor_appliance: %dm}", 1+m.IntN(5), 1+m.IntN(200), 1+m.IntN(20))
	m.maybe(6, 1, "deployment: brownfield")
	m.line(1, "server:")
	m.line(2, "vms: %d", m.vms)
	m.line(2, "cores: %d", of(m, 4, 8, 16, 32))
	if m.IntN(8) == 0 {
		kind := of(m, "kvm", "esxi", "hyperv", "bare-metal")
		m.line(2, "virtualization: %s", kind)
		m.metal = kind == "bare-metal"
	}
	m.ocp = m.maybe(8, 2, "slot: ocp")
	m.line(2, "pcie:")
	m.line(3, "gen: %d", 1+m.IntN(6))
	m.line(3, "lanes: %d", of(m, 1, 4, 8, 16, 16))
	if m.maybe(4, 3, "iommu: true") {
		m.maybe(2, 3, "page: %s", of(m, "4KiB", "2MiB", "1GiB"))
	}
	m.line(2, "nic:")
	m.line(3, "rate: %gGbps", m.link)
	functions := !m.maybe(6, 3, "sriov: false")
	if functions {
		m.maybe(3, 3, "tagging: vlan")
	}
	m.maybe(3, 3, "rdma: true")
	if m.maybe(3, 3, "driver: interrupt") {
		m.maybe(2, 3, "interrupts: {usecs: %d, frames: %d}", m.IntN(60), m.IntN(65))
	}
	m.maybe(4, 3, "completions: {usecs: %d, frames: %d}", 1+m.IntN(30), m.IntN(33))
	if functions && m.IntN(3) == 0 {
		m.line(3, "vf:")
		m.line(4, "queues: %d", 1<<m.IntN(4))
		if m.maybe(3, 4, "weights: [%d]", 1+m.IntN(99)) {
			m.apart = true
		}
		if m.maybe(3, 4, "max_rate: %s", of(m, "100Mbps", "1Gbps", "[2Gbps]")) {
			m.apart, m.uneven = true, true // as with a policer
		}
	}
}

func (m *maker) dsn() {
	m.line(0, "dsn:")
	m.line(1, "profile: %s", of(m, "reference-100g", "reference-100g", "reference-25g"))
	m.maybe(3, 1, "count: {tor: %d, appliance: %d, discrete: %d}", 1+m.IntN(5), 1+m.IntN(5), 1+m.IntN(2))
	m.maybe(3, 1, "spread: %s", of(m, "flow", "port", "server"))
	m.maybe(5, 1, "management: %s", of(m, "network", "in_band", "out_of_band", "host"))
	m.maybe(6, 1, "pcie_firewall: false")
	m.maybe(5, 1, "parser: {too_deep: %s}", of(m, "pass", "punt", "drop"))
	if m.IntN(6) == 0 {
		budget := of(m, "10W", "pcie-25w", "15W")
		if m.ocp {
			budget = of(m, "10W", "ocp-15w", "ocp-25w")
		}
		m.line(1, "power: {budget: %s, over: %s}", budget, of(m, "violation", "throttle"))
	}
	m.line(1, "software:")
	m.line(2, "cores: %v", of[any](m, 1, 2, 2, 4, "auto"))
	if m.maybe(4, 2, "mode: interrupt") {
		m.maybe(3, 2, "moderation: %dus", 1+m.IntN(50))
	}
	m.maybe(3, 2, "batch: %d", of(m, 1, 8, 32, 256))
	if m.IntN(4) == 0 {
		m.line(2, "flow_cache: {entries: %d, shared: %v, megaflows: %d, threads: %d, cold: %v}", 16<<m.IntN(9), m.IntN(2) == 0,
			64<<m.IntN(10), 1+m.IntN(3), m.IntN(4) == 0)
	}
	m.maybe(5, 2, "numa: {nodes: %d, remote: %d%%}", 2+m.IntN(2), 10*m.IntN(11))
	if m.maybe(5, 2, "shared: true") {
		m.maybe(2, 2, "tenants: %d%%", 10*m.IntN(10))
	}
	m.manager()
}

func (m *maker) manager() {
	if m.IntN(4) > 0 {
		return
	}
	m.line(1, "traffic_manager:")
	m.maybe(2, 2, "buffer: %dKiB", 32<<m.IntN(7))
	m.line(2, "classes:")
	for i := range 1 + m.IntN(3) {
		name := fmt.Sprintf("q%d", i)
		m.classes = append(m.classes, name)
		var keys []string
		if m.IntN(4) == 0 {
			keys = append(keys, "priority: strict")
			m.limited = true
		} else {
			keys = append(keys, fmt.Sprintf("weight: %d", 1+m.IntN(20)))
		}
		if m.IntN(4) == 0 {
			keys = append(keys, fmt.Sprintf("max_rate: %dGbps", 1+m.IntN(20)))
			m.uneven = true // its burst is sent before the window where more load comes
			m.limited = true
		}
		if m.IntN(4) == 0 {
			keys = append(keys, "alpha: "+of(m, "8", "1", "1/2", "1/16"))
		}
		if m.IntN(4) == 0 {
			keys = append(keys, fmt.Sprintf("ecn_threshold: %dkB", 5+m.IntN(100)))
		}
		m.line(3, "- {name: %s, %s}", name, strings.Join(keys, ", "))
	}
}

// services writes a chain in an order that is valid.
func (m *maker) services() {
	m.line(0, "services:")
	add := func(name, format string, args ...any) {
		m.chain = append(m.chain, name)
		m.line(1, "- "+format, args...)
	}
	switch m.IntN(6) {
	case 0, 1:
		add("ipsec", "ipsec: {tunnels: %d, key_bits: %d, anti_replay: %d}", m.IntN(300), of(m, 128, 256), of(m, 0, 64, 1024))
	case 2:
		add("psp", "psp: {tunnels: %d, key_bits: %d}", m.IntN(300), of(m, 128, 256))
	}
	switch m.IntN(5) {
	case 0:
		add("vxlan", "vxlan")
	case 1:
		add("geneve", "geneve")
		if m.IntN(3) == 0 {
			add("telemetry", "telemetry")
		}
	case 2:
		add("gre", "gre")
	}
	translated := m.IntN(6) == 0
	if translated {
		m.uneven = true
		add("nat", "nat: {inside: 10.0.0.0/8, pool: 198.18.128.0/%d, ports: 1024-%d}", 26+m.IntN(5), 1100+m.IntN(60000))
	}
	if m.IntN(8) == 0 && !translated {
		m.uneven = true
		add("lb", "lb: {vips: [{address: 10.0.0.0/8, port: %d, proto: tcp, backends: [\"10.200.0.1:8080\", \"10.200.0.2:8080\"]}]}", of(m, 80, 443, 0))
	}
	if m.IntN(4) == 0 {
		m.uneven, m.apart = true, true // little passes: more load takes the burst before the window, and chance says whose it is
		add("policer", "policer: {per: %s, cir: %s, cbs: %dkB, red: %s}", of(m, "vm", "server", "class"),
			of(m, "100Mbps", "1Gbps", "5Gbps"), 4<<m.IntN(6), of(m, "pass", "drop", "drop"))
	}
	if m.IntN(5) == 0 {
		add("mirror", "mirror: {one_in: %d, snap: %dB, by: %s, encapsulation: %s}", 1+m.IntN(10), 64+m.IntN(200), of(m, "packet", "flow"), of(m, "erspan", "gre"))
	}
	if m.IntN(2) == 0 {
		m.firewall(add)
	}
	add("route", "route: {routes: %d, default: true}", m.IntN(2000))
}

func (m *maker) firewall(add func(name, format string, args ...any)) {
	rules := fmt.Sprint(m.IntN(2000))
	if m.IntN(3) == 0 {
		rules = fmt.Sprintf("[{action: deny, src: 10.0.0.0/%d}, {action: permit, proto: tcp, dport: 1-%d}]", 9+m.IntN(6), 1+m.IntN(65000))
	}
	keys := []string{"rules: " + rules, "default: permit"}
	if m.IntN(2) == 0 {
		m.uneven = true // more load, other flows in the table
		keys = append(keys, "stateful: true")
		if m.IntN(3) == 0 {
			keys = append(keys, fmt.Sprintf("flows: %d", 64<<m.IntN(12)), "when_full: "+of(m, "reject", "evict"))
		}
	}
	add("firewall", "firewall: {%s}", strings.Join(keys, ", "))
}
