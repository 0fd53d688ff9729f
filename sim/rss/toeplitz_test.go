package rss

import (
	"encoding/csv"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/internal/shareddata"
	"github.com/dsnsim/dsnsim/sim/header"
)

// summaryOf returns what a parser finds in a whole TCP frame of that flow.
func summaryOf(src, dst netip.Addr, srcPort, dstPort uint16) header.Summary {
	s := header.Summary{Version: 4, L4: 34, HeaderBytes: 54}
	s.Key = header.Key{SrcPort: srcPort, DstPort: dstPort, Proto: header.ProtoTCP, V6: src.Is6()}
	copy(s.Key.Src[:], src.AsSlice())
	copy(s.Key.Dst[:], dst.AsSlice())
	if src.Is6() {
		s.Version = 6
	}
	return s
}

func hashes(t *Toeplitz, src, dst string, srcPort, dstPort uint16) (two, four string) {
	s := summaryOf(netip.MustParseAddr(src), netip.MustParseAddr(dst), srcPort, dstPort)
	four = fmt.Sprintf("0x%08x", t.SumOf(&s))
	s.Key.Proto = header.ProtoICMP
	return fmt.Sprintf("0x%08x", t.SumOf(&s)), four
}

// Source: "Verifying the RSS Hash Calculation", Microsoft Learn, first rows for IPv4 and IPv6.
func TestToeplitzSpecification(t *testing.T) {
	toeplitz := NewToeplitz(DefaultKey())
	two, four := hashes(toeplitz, "66.9.149.187", "161.142.100.80", 2794, 1766)
	assert.Equal(t, "0x323e8fc2", two)
	assert.Equal(t, "0x51ccc178", four)
	two, four = hashes(toeplitz, "3ffe:2501:200:1fff::7", "3ffe:2501:200:3::1", 2794, 1766)
	assert.Equal(t, "0x2cc18cd5", two)
	assert.Equal(t, "0x40207d3d", four)
}

func TestToeplitzVectors(t *testing.T) {
	file, err := os.Open(shareddata.Path(t, "data", "vectors", "toeplitz_rss.csv"))
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	require.Greater(t, len(rows), 4)
	toeplitz := NewToeplitz(DefaultKey())
	for _, row := range rows[1:] {
		srcPort, err := strconv.ParseUint(row[2], 10, 16)
		require.NoError(t, err)
		dstPort, err := strconv.ParseUint(row[3], 10, 16)
		require.NoError(t, err)
		two, four := hashes(toeplitz, row[0], row[1], uint16(srcPort), uint16(dstPort))
		assert.Equal(t, row[4:], []string{two, four}, row)
	}
}

// The table agrees with the definition: for each set bit of the input, the 32 bits of the key from that bit on.
func TestToeplitzDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := [40]byte(rapid.SliceOfN(rapid.Byte(), 40, 40).Draw(t, "key"))
		input := rapid.SliceOfN(rapid.Byte(), 0, 36).Draw(t, "input")
		want := uint32(0)
		for bit := range len(input) * 8 {
			if input[bit/8]&(0x80>>(bit%8)) == 0 {
				continue
			}
			for k := range 32 {
				keyBit := key[(bit+k)/8] >> (7 - (bit+k)%8) & 1
				want ^= uint32(keyBit) << (31 - k)
			}
		}
		require.Equal(t, want, NewToeplitz(key).Sum(input))
	})
}

func TestHashUsesPortsOnlyWhereThereAre(t *testing.T) {
	toeplitz := NewToeplitz(DefaultKey())
	s := summaryOf(netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), 1, 2)
	four := toeplitz.SumOf(&s)
	for name, edit := range map[string]func(*header.Summary){
		"first fragment":  func(s *header.Summary) { s.Fragment = header.FirstFragment },
		"other fragment":  func(s *header.Summary) { s.Fragment = header.OtherFragment },
		"SCTP":            func(s *header.Summary) { s.Key.Proto = 132 },
		"ports cut off":   func(s *header.Summary) { s.HeaderBytes = s.L4 + 3 },
		"no transport":    func(s *header.Summary) { s.L4 = 0 },
		"other addresses": func(s *header.Summary) { s.Key.Dst[3]++ },
	} {
		edited := s
		edit(&edited)
		assert.NotEqual(t, four, toeplitz.SumOf(&edited), name)
	}
	s.Version = 0
	assert.Zero(t, toeplitz.SumOf(&s))
}
