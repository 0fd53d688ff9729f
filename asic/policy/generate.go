package policy

import (
	"math/rand/v2"
	"net/netip"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/rng"
)

func mix(x uint64) uint64 { return rng.Mix(x) }

func endpoint(a table.Addr, port uint16) uint64 { return mix(mix(a.Hi+uint64(port)<<48) ^ a.Lo) }

// The shortest and longest generated prefixes, and how many of a hundred are IPv6.
// assumed: from a site's network to a host, as in the filter sets that ClassBench was drawn from; the mix of families
// is about what routing tables have in 2026.
const (
	shortestV4, longestV4 = 16, 32
	shortestV6, longestV6 = 32, 128
	v6Percent             = 20
)

// GenerateRules returns n rules that deny, made from a seed: prefixes anywhere in the address space, TCP or UDP, and any
// port, one port or a range of ports at the destination. They fill the tables; a packet meets one of them by chance
// only.
func GenerateRules(n int, seed uint64) []Rule {
	random := rng.New(seed, 0, "firewall/rules")
	rules := make([]Rule, n)
	for i := range rules {
		v6 := random.IntN(100) < v6Percent
		r := table.Rule{V6: v6, Proto: header.ProtoTCP, ProtoMask: 0xff, SrcPort: table.AnyPort(), DstPort: ports(random),
			Src: table.PrefixOf(prefix(random, v6)), Dst: table.PrefixOf(prefix(random, v6))}
		if random.IntN(2) == 0 {
			r.Proto = header.ProtoUDP
		}
		rules[i] = Rule{Rule: r, Deny: true}
	}
	return rules
}

// ports is any, one or a range, equally likely.
func ports(random *rand.Rand) table.PortRange {
	lo, hi := uint16(random.Uint32()), uint16(random.Uint32())
	switch random.IntN(3) {
	case 0:
		return table.AnyPort()
	case 1:
		return table.PortRange{Lo: lo, Hi: lo}
	}
	return table.PortRange{Lo: min(lo, hi), Hi: max(lo, hi)}
}

// GenerateRoutes returns n prefixes made from a seed, anywhere in the address space, some of which may be equal.
func GenerateRoutes(n int, seed uint64) []netip.Prefix {
	random := rng.New(seed, 0, "route/routes")
	list := make([]netip.Prefix, n)
	for i := range list {
		list[i] = prefix(random, random.IntN(100) < v6Percent)
	}
	return list
}

func prefix(random *rand.Rand, v6 bool) netip.Prefix {
	if !v6 {
		return table.Prefix{Addr: table.Addr{Lo: uint64(random.Uint32())},
			Len: uint8(shortestV4 + random.IntN(longestV4-shortestV4+1))}.IP(false)
	}
	const globalUnicast = 1 << 61 // 2000::/3
	return table.Prefix{Addr: table.Addr{Hi: globalUnicast | random.Uint64()>>3, Lo: random.Uint64()},
		Len: uint8(shortestV6 + random.IntN(longestV6-shortestV6+1))}.IP(true)
}
