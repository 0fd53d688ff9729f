package header

import "testing"

var sink Summary

// BenchmarkParse measures the cost of one Parse. Three shapes: the plain case, tags and the deepest IPv6.
func BenchmarkParse(b *testing.B) {
	frames := map[string][]byte{
		"eth-ipv4-tcp":      ethIPv4TCP(),
		"qinq-ipv4-udp":     qinqIPv4UDP(),
		"eth-ipv6-tcp":      ethIPv6(ProtoTCP, tcpHeader(1, 2)),
		"eth-ipv6-ext5-udp": ethIPv6(ProtoHopByHop, fiveExtensions()),
	}
	for name, frame := range frames {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sink = Parse(frame)
			}
		})
	}
}
