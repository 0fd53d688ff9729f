package service

import "fmt"

// Sizes is how many entries the tables of one chip hold, for all servers that it serves.
type Sizes struct {
	// Tenants is the number of VMs.
	Tenants int64
	// Rules and Routes are those of all tenants together, IPv4 and IPv6. Tunnels counts security associations, one for
	// each direction of a tunnel. Flows are open at a time, each direction of a connection for itself.
	Rules, Routes, Tunnels, Flows int64
	// SharedRules and SharedRoutes say that all tenants have the same, instead of each its own.
	SharedRules, SharedRoutes bool
	// Stateless says that the firewall tracks no connections: it has no flow table.
	Stateless bool
	// KeyBits is the length of the keys of ipsec, 128 where it is 0.
	KeyBits int
	// Window is how many sequence numbers back ipsec remembers for each association, 0 for the default.
	Window int
	// Meters is how many meters each policer of the chain has, Mirrored how many rules each mirror, a negative number for one
	// without rules.
	Meters, Mirrored []int64
	// Sessions is how many sessions nat holds, Static how many pairs it has. Balanced is how many flows lb holds, VIPs and
	// Backends how many services it has and servers behind them, Places how many their Maglev tables have together.
	Sessions, Static, Balanced, VIPs, Backends, Places int64
}

// PerTenant is how many rules and how many routes a tenant has unless the scenario says otherwise. source: book chapter
// 9.1.2, "a moderate number of routes and ACLs (let's say up to one thousand)".
const PerTenant = 1000

// DefaultFlows is how many flows a server has open in each direction. It is what a synthetic source has.
const DefaultFlows = 1000

// DefaultSizes returns the sizes for a chip that serves a number of servers with a number of VMs each.
func DefaultSizes(servers, vms int) Sizes {
	n := int64(servers) * int64(vms)
	return Sizes{Tenants: n, Rules: PerTenant * n, Routes: PerTenant * n, Tunnels: 2 * n, Flows: 2 * DefaultFlows * int64(servers)}
}

// nth returns the n-th of a list, or what a chain has whose sizes do not say.
func nth(list []int64, n int, otherwise int64) int64 {
	if n < len(list) {
		return list[n]
	}
	return otherwise
}

// numbered returns the name of the table of the n-th service of a kind: the first has no number.
func numbered(name string, n int) string {
	if n == 0 {
		return name
	}
	return fmt.Sprintf("%s-%d", name, n+1)
}

// absent returns a number of entries, a negative one for none.
func absent(n int64) int64 {
	if n == 0 {
		return -1
	}
	return n
}
