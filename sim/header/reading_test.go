package header

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// What can be made of frames that are whole, cut by a capture, and wrong.
func TestReadings(t *testing.T) {
	udp := []byte{0x13, 0x88, 0, 53, 0, 12, 0, 0, 1, 2, 3, 4}
	v4, v6 := v4Frame(ProtoUDP, udp), ethIPv6(ProtoUDP, udp)
	change := func(data []byte, at int, b ...byte) []byte {
		out := append([]byte(nil), data...)
		copy(out[at:], b)
		return out
	}
	options := ethIPv6(ProtoDstOpts, append([]byte{ProtoUDP, 0, 1, 4, 0, 0, 0, 0}, udp...))
	tags := append(append(append([]byte(nil), v4[:12]...), 0x81, 0, 0, 1, 0x81, 0, 0, 2, 0x81, 0, 0, 3), v4[12:]...)
	behind := func(b ...byte) []byte { return append(append(append([]byte(nil), v4[:12]...), b...), v4[14:]...) }
	for name, c := range map[string]struct {
		data []byte
		wire int
		want Reading
	}{
		"MPLS":                      {behind(0x88, 0x47, 0, 6, 0x41, 64), 0, Hidden},
		"MPLS behind a tag":         {behind(0x81, 0, 0, 1, 0x88, 0x48, 0, 6, 0x41, 64), 0, Hidden},
		"PPPoE, IPv4":               {behind(0x88, 0x64, 0x11, 0, 0, 1, 0, 34, 0, 0x21), 0, Hidden},
		"PPPoE, LCP":                {behind(0x88, 0x64, 0x11, 0, 0, 1, 0, 34, 0xc0, 0x21), 0, NotAnIPPacket},
		"PPPoE, discovery":          {behind(0x88, 0x63, 0x11, 9, 0, 0, 0, 34, 0, 0x21), 0, NotAnIPPacket},
		"PPPoE, cut":                {behind(0x88, 0x64, 0x11)[:20], 0, Hidden},
		"802.1ah":                   {behind(0x88, 0xe7, 0, 0, 0, 1), 0, Hidden},
		"a tag of 0x9200":           {behind(0x92, 0, 0, 1, 8, 0), 0, Hidden},
		"LLC and SNAP":              {behind(0, 60, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0), 0, Hidden},
		"LLC and SNAP, a tag":       {behind(0, 60, 0xaa, 0xaa, 3, 0, 0, 0, 0x81, 0), 0, Hidden},
		"LLC and SNAP, ARP":         {behind(0, 60, 0xaa, 0xaa, 3, 0, 0, 0, 8, 6), 0, NotAnIPPacket},
		"LLC, spanning tree":        {behind(0, 38, 0x42, 0x42, 3), 0, NotAnIPPacket},
		"IPv4":                      {v4, 0, Read},
		"IPv6":                      {v6, 0, Read},
		"padded":                    {append(append([]byte(nil), v4...), make([]byte, 14)...), 0, Read},
		"two tags":                  {append(append(append([]byte(nil), v4[:12]...), 0x81, 0, 0, 1, 0x81, 0, 0, 2), v4[12:]...), 0, Read},
		"to be segmented by a NIC":  {change(v4, 16, 0, 0), 9000, Read},
		"ARP":                       {change(v4, 12, 8, 6), 0, NotAnIPPacket},
		"no Ethernet header":        {v4[:10], 0, NotAnIPPacket},
		"three tags":                {tags, 0, Hidden},
		"cut in a tag":              {tags[:20], len(tags), Hidden},
		"ends in a tag":             {tags[:16], 0, Contradicts},
		"cut in the IPv4 header":    {v4[:30], len(v4), Hidden},
		"ends in the IPv4 header":   {v4[:30], 0, Contradicts},
		"cut before the ports":      {v4[:36], len(v4), NoPorts},
		"cut behind the ports":      {v4[:38], len(v4), Read},
		"ends before the ports":     {v4[:36], 0, Contradicts},
		"cut in the options":        {options[:58], len(options), NoProtocol},
		"a header of 12 B":          {change(v4, 14, 0x43), 0, Contradicts},
		"version 7":                 {change(v4, 14, 0x75), 0, Contradicts},
		"IPv6 of version 4":         {change(v6, 14, 0x40), 0, Contradicts},
		"datagram beyond the frame": {change(v4, 16, 1, 0), 0, Contradicts},
		"the same, IPv6":            {change(v6, 18, 1, 0), 0, Contradicts},
		"datagram ends in UDP":      {change(v4, 16, 0, 24), 0, Contradicts},
		"UDP beyond the datagram":   {change(v4, 38, 0, 13), 0, Contradicts},
		"UDP of 7 B":                {change(v4, 38, 0, 7), 0, Contradicts},
	} {
		s := Parse(c.data)
		assert.Equal(t, c.want, s.Reading(c.data, c.wire), name)
	}
}

// Any bytes can be read, and a fragment told from what contradicts itself.
func TestReadingsOfAnything(t *testing.T) {
	frames := [][]byte{v4Frame(ProtoTCP, make([]byte, 24)), ethIPv6(ProtoFragment, append([]byte{ProtoUDP, 0, 0, 1, 0, 0, 0, 7}, make([]byte, 16)...)),
		ethIPv6(ProtoHopByHop, fiveExtensions())}
	rapid.Check(t, func(t *rapid.T) {
		data := append([]byte(nil), rapid.SampledFrom(frames).Draw(t, "frame")...)
		for range rapid.IntRange(0, 4).Draw(t, "changes") {
			data[rapid.IntRange(12, len(data)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		data = data[:rapid.IntRange(0, len(data)).Draw(t, "length")]
		s := Parse(data)
		r := s.Reading(data, rapid.IntRange(0, 100).Draw(t, "wire"))
		require.Less(t, int(r), int(Readings))
		if s.Version != 0 && s.Fragment != Whole {
			if p, ok := PieceOf(data, &s); ok {
				require.Less(t, p.Start, p.End)
				p.Tiny(&s)
			}
		}
	})
}
