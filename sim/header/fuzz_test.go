package header

import "testing"

// FuzzParse checks what must hold on any bytes: no panic, offsets in order and inside the frame, no ports without a
// transport header, and no dependence on what the parser says that it did not read.
func FuzzParse(f *testing.F) {
	for _, c := range append(goodIPv4(), goodIPv6()...) {
		f.Add(c.frame)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := Parse(data)
		if int(s.HeaderBytes) > len(data) || s.L4 > s.HeaderBytes || s.L4 != 0 && s.L4 < s.L2Len {
			t.Fatalf("offsets out of order in %d bytes: %+v", len(data), s)
		}
		if s.Fragment == OtherFragment && (s.Key.SrcPort != 0 || s.Key.DstPort != 0) {
			t.Fatalf("a later fragment with ports: %+v", s)
		}
		if s.Status == OK {
			again := append([]byte(nil), data...)
			for i := int(s.HeaderBytes); i < len(again); i++ {
				again[i] ^= 0xff
			}
			if Parse(again) != s {
				t.Fatalf("bytes behind the headers count: %+v, %+v", s, Parse(again))
			}
		}
		if s.Version != 0 {
			rewriteBothWays(t, data, s)
		}
	})
}

// rewriteBothWays changes source and destination and back, which must give the frame and the summary again, but for
// the two zeros of a ones' complement checksum.
func rewriteBothWays(t *testing.T, data []byte, s Summary) {
	frame, now := append([]byte(nil), data...), s
	SetSource(frame, &now, v6A, 1)
	SetDestination(frame, &now, v6B, 2)
	parsed := Parse(frame)
	if parsed != now {
		t.Fatalf("the summary after a change is %+v, parsed %+v", now, parsed)
	}
	SetSource(frame, &now, s.Key.Src, s.Key.SrcPort)
	SetDestination(frame, &now, s.Key.Dst, s.Key.DstPort)
	if now != s {
		t.Fatalf("there and back gives %+v, was %+v", now, s)
	}
}
