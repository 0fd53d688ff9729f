package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

const shipped = "../mix.pcap"

// TestShippedCaptureIsTheGenerated: the file in the project is what the generator writes, to the byte.
func TestShippedCaptureIsTheGenerated(t *testing.T) {
	want, err := os.ReadFile(shipped)
	require.NoError(t, err)
	got := filepath.Join(t.TempDir(), "mix.pcap")
	require.NoError(t, run(got))
	data, err := os.ReadFile(got)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, data), "run: go run ./scenarios/captures/gen")
	assert.Less(t, len(data), 2_000_000)
}

func TestRunSaysWhereItCannotWrite(t *testing.T) {
	require.ErrorContains(t, run(filepath.Join(t.TempDir(), "none", "mix.pcap")), "no such file or directory")
}

// tally is what the tests count in the capture.
type tally struct {
	flows                                        map[header.Key]bool
	packets, bytes, v6, vlan, qinq, tcp, udp     int
	extensions, fragments, arp, icmp, min60, max int
}

// count parses the whole capture and checks each packet on the way.
func count(t *testing.T, records []capture.Record) tally {
	n := tally{flows: map[header.Key]bool{}}
	for i, r := range records {
		s := header.Parse(r.Data)
		n.packets++
		n.bytes += r.Wire
		if s.EtherType == header.EtherTypeARP {
			n.arp++
			continue
		}
		require.Equal(t, header.OK, s.Status, "record %d", i+1)
		checksums(t, i, r.Data, &s)
		add(&n.v6, s.Key.V6)
		add(&n.vlan, s.VLANs == 1)
		add(&n.qinq, s.VLANs == 2)
		add(&n.tcp, s.Key.Proto == header.ProtoTCP)
		add(&n.udp, s.Key.Proto == header.ProtoUDP)
		add(&n.icmp, s.Key.Proto == header.ProtoICMP || s.Key.Proto == header.ProtoICMPv6)
		add(&n.extensions, s.ExtHeaders > 0)
		add(&n.fragments, s.Fragment != header.Whole)
		add(&n.min60, r.Wire == minFrame)
		add(&n.max, r.Wire == maxFrame)
		if key := s.Key; key.SrcPort != 0 && !n.flows[key.Reverse()] {
			n.flows[key] = true
		}
	}
	return n
}

func add(n *int, yes bool) {
	if yes {
		*n++
	}
}

// checksums checks the checksums of one whole packet: over a right one, the sum is all ones.
func checksums(t *testing.T, i int, frame []byte, s *header.Summary) {
	end := s.L3() + header.IPv6Len
	if s.Version == 4 {
		h := header.IPv4(frame[s.L3():])
		require.Equal(t, h.ComputeChecksum(), h.Checksum(), "record %d", i+1)
		end = s.L3() + h.TotalLen()
	} else {
		end += header.IPv6(frame[s.L3():]).PayloadLen()
	}
	if s.Fragment != header.Whole {
		return // the checksum is over all fragments: left to the analyser below
	}
	segment := frame[s.L4:end]
	initial := uint16(0)
	if s.Key.Proto != header.ProtoICMP {
		initial = header.PseudoSum(&s.Key, s.Key.Proto, len(segment))
	}
	require.EqualValues(t, 0xffff, header.Sum(segment, initial), "record %d", i+1)
}

// TestMixIsAMix holds the capture to what it is shipped for.
func TestMixIsAMix(t *testing.T) {
	c, err := capture.Read(shipped)
	require.NoError(t, err)
	assert.Equal(t, "pcap, nanoseconds, little-endian", c.Format)
	assert.Zero(t, c.Snapped+c.SteppedBack+c.Normalised+c.Untimed)
	n := count(t, c.Records)
	t.Logf("%d flows, %+v", len(n.flows), tally{packets: n.packets, bytes: n.bytes, v6: n.v6, vlan: n.vlan, qinq: n.qinq, tcp: n.tcp,
		udp: n.udp, extensions: n.extensions, fragments: n.fragments, arp: n.arp, icmp: n.icmp, min60: n.min60, max: n.max})
	assert.InDelta(t, 500, len(n.flows), 20)
	assert.InDelta(t, 4000, n.packets, 400)
	assert.InDelta(t, 400, float64(n.bytes)/float64(n.packets), 20, "mean frame in bytes")
	assert.InDelta(t, 0.35, share(n.v6, n), 0.1)
	assert.InDelta(t, 0.25, share(n.vlan, n), 0.1)
	assert.InDelta(t, 0.15, share(n.qinq, n), 0.1)
	assert.InDelta(t, 0.8, share(n.tcp, n), 0.1)
	assert.InDelta(t, 0.2, share(n.udp, n), 0.1)
	for _, some := range []int{n.extensions, n.fragments, n.arp, n.icmp} {
		assert.Greater(t, some, 5)
		assert.Less(t, some, n.packets/10)
	}
	assert.Greater(t, n.min60, n.packets/10)
	assert.Greater(t, n.max, n.packets/50)
	last := c.Records[len(c.Records)-1].TimeNs - c.Records[0].TimeNs
	assert.InDelta(t, 10_000_000, last, 1_000_000, "duration in ns")
}

func share(n int, all tally) float64 { return float64(n) / float64(all.packets) }

// TestTapKeepsTheLineRate: no frame starts before the one before it has left a link of 10 Gbit/s.
func TestTapKeepsTheLineRate(t *testing.T) {
	records := mix()
	for i := 1; i < len(records); i++ {
		wire := int64(records[i-1].Wire + overheadBytes)
		require.GreaterOrEqual(t, (records[i].TimeNs-records[i-1].TimeNs)*10, wire*8, "record %d", i+1)
	}
}

// TestAnalyserFindsNoFault lets an established analyser look at every packet, reassembled fragments too.
func TestAnalyserFindsNoFault(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("needs tshark")
	}
	checks := []string{"-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"}
	look := func(filter string) string {
		out, err := exec.Command(tshark, append(checks, "-n", "-r", shipped, "-Y", filter)...).Output()
		require.NoError(t, err)
		return strings.TrimSpace(string(out))
	}
	var faults []string
	for _, proto := range []string{"ip", "tcp", "udp", "icmp", "icmpv6"} {
		faults = append(faults, proto+".checksum.status == 0", proto+".checksum.status == 2") // bad, unverified
	}
	assert.Empty(t, look(strings.Join(faults, " || ")))
	assert.Empty(t, look("_ws.malformed || _ws.expert.severity >= warning"))
	assert.NotEmpty(t, look("icmp.checksum.status == 1"))
	assert.NotEmpty(t, look("icmpv6.checksum.status == 1"))
	assert.NotEmpty(t, look("udp.checksum.status == 1 && ip.reassembled.length"))
	assert.NotEmpty(t, look("udp.checksum.status == 1 && ipv6.reassembled.length"))
}
