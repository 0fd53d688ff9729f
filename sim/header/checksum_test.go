package header

import (
	"encoding/binary"
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/internal/shareddata"
)

// TestChecksumVectors checks the published examples; the CRC vectors of the file belong to other packages.
func TestChecksumVectors(t *testing.T) {
	file, err := os.Open(shareddata.Path(t, "data", "vectors", "checksums.csv"))
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	seen := map[string]int{}
	for _, row := range rows[1:] {
		kind, input, source := row[0], row[1], row[3]
		seen[kind]++
		switch kind {
		case "internet":
			assert.Equal(t, hex16(t, row[2]), Checksum(unhex(t, input)), source)
		case "incremental":
			words := strings.Split(input, ":")
			require.Len(t, words, 3)
			got := UpdateChecksum(hex16(t, words[0]), hex16(t, words[1]), hex16(t, words[2]))
			assert.Equal(t, hex16(t, row[2]), got, source)
		}
	}
	assert.Equal(t, 2, seen["internet"])
	assert.Equal(t, 1, seen["incremental"])
}

func hex16(t *testing.T, s string) uint16 {
	t.Helper()
	v, err := strconv.ParseUint(s, 16, 16)
	require.NoError(t, err)
	return uint16(v)
}

// slowSum is RFC 1071 word by word, the oracle of Sum.
func slowSum(data []byte, initial uint16) uint16 {
	sum := uint32(initial)
	for i := 0; i < len(data); i += 2 {
		word := uint32(data[i]) << 8
		if i+1 < len(data) {
			word |= uint32(data[i+1])
		}
		if sum += word; sum > 0xffff {
			sum -= 0xffff
		}
	}
	return uint16(sum)
}

func TestSumEqualsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "data")
		initial := rapid.Uint16().Draw(t, "initial")
		require.Equal(t, slowSum(data, initial), Sum(data, initial))
	})
	ones := make([]byte, 1<<16)
	for i := range ones {
		ones[i] = 0xff
	}
	for n := 65500; n <= len(ones); n++ {
		for _, initial := range []uint16{0, 1, 0xffff} {
			require.Equal(t, slowSum(ones[:n], initial), Sum(ones[:n], initial), "every addition carries")
		}
	}
}

// TestSumOfParts: a sum over parts of even length equals that over the whole.
func TestSumOfParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "data")
		at := rapid.IntRange(0, len(data)/2).Draw(t, "words") * 2
		require.Equal(t, Sum(data, 0), Sum(data[at:], Sum(data[:at], 0)))
	})
}

// TestIncrementalEqualsFull changes part of a header and compares the updated checksum with a new one. A header's
// first byte is never 0, so its sum never is, and the two zeros of ones' complement cannot differ.
func TestIncrementalEqualsFull(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 20, 60).Draw(t, "data")
		data = data[:len(data)&^1]
		data[0] = 0x45
		n := rapid.SampledFrom([]int{2, 4, 16}).Draw(t, "length")
		at := rapid.IntRange(1, (len(data)-n)/2).Draw(t, "word") * 2
		before := append([]byte(nil), data[at:at+n]...)
		checksum := Checksum(data)
		after := rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "after")
		copy(data[at:], after)
		require.Equal(t, Checksum(data), UpdateChecksumBytes(checksum, before, after))
		if n == 2 {
			require.Equal(t, Checksum(data), UpdateChecksum(checksum, binary.BigEndian.Uint16(before), binary.BigEndian.Uint16(after)))
		}
	})
}

func TestIPv4Updates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := IPv4(ipv4(ProtoTCP, nil, rapid.SampledFrom([]int{0, 4, 40}).Draw(t, "options")))
		h.UpdateTOS(rapid.Uint8().Draw(t, "tos"))
		require.Equal(t, h.ComputeChecksum(), h.Checksum())
	})
}
