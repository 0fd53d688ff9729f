package header_test

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/shareddata"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

const etherTypeMPLS = 0x8847

// rewritten compares edit, applied to each packet of a real capture, with what an established packet editor made of it,
// byte by byte up to the end that scope gives. It returns how many packets changed.
func rewritten(t *testing.T, want string, scope func([]byte, *header.Summary) int, edit func(frame []byte, s *header.Summary)) (changed int) {
	t.Helper()
	before, err := capture.Read(shareddata.Path(t, "data", "rewrite", "test.pcap"))
	require.NoError(t, err)
	after, err := capture.Read(shareddata.Path(t, "data", "rewrite", want))
	require.NoError(t, err)
	require.Len(t, after.Records, len(before.Records))
	leftOut := 0
	for i, r := range before.Records {
		frame := bytes.Clone(r.Data)
		s := header.Parse(frame)
		if otherEdit(frame, after.Records[i].Data, &s) {
			leftOut++
			continue
		}
		if s.Version != 0 {
			edit(frame, &s)
		}
		end := scope(frame, &s)
		if !assert.Equal(t, after.Records[i].Data[:end], frame[:end], "record %d, %+v", i+1, s) {
			return changed
		}
		if !bytes.Equal(frame, r.Data) {
			changed++
		}
	}
	t.Logf("%d packets changed as by the editor, %d left out", changed, leftOut)
	require.LessOrEqual(t, leftOut, 20, "of 179")
	return changed
}

func wholeFrame(frame []byte, _ *header.Summary) int { return len(frame) }

// headerOnly returns the end of the IP header.
func headerOnly(frame []byte, s *header.Summary) int {
	switch s.Version {
	case 0:
		return len(frame)
	case 4:
		return s.L3() + header.IPv4(frame[s.L3():]).HeaderLen()
	}
	return s.L3() + header.IPv6Len
}

// otherEdit reports whether the editor did something that is not under test: it works behind an MPLS label, where Parse
// stops, and mends wrong IP lengths.
func otherEdit(frame, after []byte, s *header.Summary) bool {
	if s.EtherType == etherTypeMPLS {
		return !bytes.Equal(frame, after)
	}
	return s.Version == 4 && header.IPv4(frame[s.L3():]).TotalLen() != header.IPv4(after[s.L3():]).TotalLen()
}

func TestAddressTranslation(t *testing.T) {
	inside := netip.MustParsePrefix("96.17.211.0/24")
	mapped := func(a netip.Addr) ([16]byte, bool) {
		if !inside.Contains(a) {
			return [16]byte{}, false
		}
		return [16]byte{172, 16, 0, a.As4()[3]}, true
	}
	n := rewritten(t, "test.rewrite_pnat.pcap", wholeFrame, func(frame []byte, s *header.Summary) {
		if a, ok := mapped(s.Key.SrcAddr()); ok {
			header.SetSource(frame, s, a, s.Key.SrcPort)
		}
		if a, ok := mapped(s.Key.DstAddr()); ok {
			header.SetDestination(frame, s, a, s.Key.DstPort)
		}
	})
	assert.Equal(t, 43, n)
}

func TestPortTranslation(t *testing.T) {
	n := rewritten(t, "test.rewrite_portmap.pcap", wholeFrame, func(frame []byte, s *header.Summary) {
		if s.Key.Proto != header.ProtoTCP && s.Key.Proto != header.ProtoUDP {
			return
		}
		if s.Key.SrcPort == 80 {
			header.SetSource(frame, s, s.Key.Src, 8080)
		}
		if s.Key.DstPort == 80 {
			header.SetDestination(frame, s, s.Key.Dst, 8080)
		}
	})
	assert.Equal(t, 107, n)
}

func TestTrafficClass(t *testing.T) {
	n := rewritten(t, "test.rewrite_tos.pcap", wholeFrame, func(frame []byte, s *header.Summary) {
		if s.Version == 4 {
			header.IPv4(frame[s.L3():]).UpdateTOS(50)
		}
	})
	assert.Equal(t, 150, n)
}

func TestTimeToLive(t *testing.T) {
	// The editor was told to mend transport checksums as well, so the comparison ends with the IP header.
	n := rewritten(t, "test.rewrite_1ttl-hdrfix.pcap", headerOnly, func(frame []byte, s *header.Summary) {
		if s.Version == 4 {
			h := header.IPv4(frame[s.L3():])
			h.SetTTL(59)
			h.SetChecksum(h.ComputeChecksum())
			return
		}
		header.IPv6(frame[s.L3():]).SetHopLimit(59)
	})
	assert.Equal(t, 156, n)
}
