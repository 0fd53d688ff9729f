package capture

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/shareddata"
	"github.com/dsnsim/dsnsim/sim/header"
)

// counted is what an established analyser (tshark 4.0) counts in real captures, of every format and of every way in which a
// capture can be odd.
var counted = []struct {
	file                                        string
	packets, bytes, snapped, back, untimedOrBad int
	format                                      string
}{
	{"mixed/gnutella.pcap", 3905, 578474, 1, 0, 0, "pcap, microseconds, little-endian"},
	{"mixed/desktop-boot.pcap", 3138, 1550828, 0, 0, 0, "pcap, microseconds, little-endian"},
	{"mixed/teams.pcap", 1540, 679515, 0, 0, 0, "pcap, microseconds, little-endian"},
	{"mixed/pinterest-ipv6.pcap", 911, 446295, 0, 0, 0, "pcap, microseconds, little-endian"},
	{"mixed/webex.pcap", 1110, 555106, 0, 0, 0, "pcap, microseconds, little-endian"},
	{"mixed/tcpreplay-test.pcap", 179, 69000, 0, 0, 0, "pcap, microseconds, little-endian"},
	{"rate/echo-connections.pcap", 82582, 5512362, 0, 2, 0, "pcap, microseconds, little-endian"},
	{"rate/smb2-async-read.pcap", 3138, 3374538, 0, 0, 0, "pcap, microseconds, little-endian"},
	{"rate/dhcp-flood-same-timestamp.pcap", 10000, 2860000, 0, 0, 0, "pcap, microseconds, little-endian"},
	{"l2/qinq-8021ad.pcap", 2, 128, 0, 0, 0, "pcap, microseconds, little-endian"},
	{"l2/vlan-pcp-dei.pcapng", 9, 522, 0, 0, 0, "pcapng, little-endian"},
	{"frag/ping-dns-fragments.pcap", 608, 320842, 0, 1, 0, "pcap, microseconds, little-endian"},
	{"ipv6/denial6-5.pcap", 35720, 3075614, 0, 0, 0, "pcap, microseconds, little-endian"},
	{"tunnel/vxlan-http-jumbo.pcap", 12, 10707, 0, 1, 0, "pcap, microseconds, little-endian"},
	{"jumbo/ipv6-jumbogram.pcap", 1, 65590, 0, 0, 0, "pcap, microseconds, little-endian"},
	{"jumbo/bigtcp-ipv6.pcap", 1, 80054, 0, 0, 0, "pcap, microseconds, little-endian"},
	{"format/bigendian-nfsv2.pcap", 156, 23144, 0, 0, 0, "pcap, microseconds, big-endian"},
	{"format/bigendian-pptp.pcap", 23, 2072, 0, 0, 0, "pcap, microseconds, big-endian"},
	{"format/pcapng-22-interfaces.pcapng", 699, 374435, 0, 2, 0, "pcapng, little-endian"},
	{"format/pcapng-5-interfaces-mixed-tsres.pcapng", 201, 28828, 0, 0, 0, "pcapng, little-endian"},
	{"format/pcapng-2-interfaces-us.pcapng", 112, 59807, 0, 0, 0, "pcapng, little-endian"},
	{"format/pcapng-secrets-block.pcapng", 20, 5958, 0, 0, 0, "pcapng, little-endian"},
	{"trunc/snaplen-timestamp.pcap", 878, 1057964, 691, 0, 0, "pcap, microseconds, little-endian"},
	{"trunc/snaplen-tcp-rst.pcap", 75, 114133, 45, 0, 0, "pcap, microseconds, little-endian"},
	{"corrupt/fuzz-2006-09-29-28586-be.pcap", 131, 33626, 0, 0, 0, "pcap, microseconds, big-endian"},
	{"corrupt/gre-heapoverflow-1.pcap", 2, 524288, 2, 0, 0, "pcap, microseconds, little-endian"},
	{"corrupt/badpackets.pcap", 93, 49526, 7, 0, 0, "pcap, microseconds, little-endian"},
	{"stateful/retransmit-fast.pcap", 39, 30757, 21, 0, 0, "pcap, microseconds, little-endian"},
}

// cut are the real captures that end in the middle of a record.
var cut = map[string]string{"rate/pgsql-tso.pcap": "record 786", "corrupt/fuzz-2021-10-13-ns.pcap": "record 2"}

func bytesOf(c *Capture) (sum int) {
	for _, r := range c.Records {
		sum += r.Wire
	}
	return sum
}

func TestRealCaptures(t *testing.T) {
	for _, want := range counted {
		c, err := Read(shareddata.Path(t, "data", "pcap", want.file))
		if !assert.NoError(t, err, want.file) {
			continue
		}
		assert.Len(t, c.Records, want.packets, want.file)
		assert.Equal(t, want.bytes, bytesOf(c), want.file)
		assert.Equal(t, want.snapped, c.Snapped, want.file)
		assert.Equal(t, want.back, c.SteppedBack, want.file)
		assert.Equal(t, want.untimedOrBad, c.Untimed+c.Normalised, want.file)
		assert.Equal(t, want.format, c.Format, want.file)
	}
}

// tableRow is a line of the shared data's table of captures: file, packets, bytes, seconds, format and link type.
var tableRow = regexp.MustCompile(`(?m)^\| pcap/(\S+) \| (\d+) \| (\d+) \| [\d.]+ \| ([^|]+) \|`)

// TestEveryCapture reads every capture there is. All have the counts of the table, in bytes too where no Ethernet header came
// in place of another.
func TestEveryCapture(t *testing.T) {
	root := shareddata.Path(t, "data", "pcap")
	table, err := os.ReadFile(filepath.Join(filepath.Dir(root), "README.md"))
	require.NoError(t, err)
	rows := map[string][]string{}
	for _, row := range tableRow.FindAllStringSubmatch(string(table), -1) {
		rows[row[1]] = row
	}
	files, checked := 0, 0
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		name := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		c, err := Read(path)
		require.NoError(t, err)
		assert.Equal(t, cut[name], c.Cut, name)
		assert.Zero(t, c.LeftOut, name)
		row := rows[name]
		require.NotNil(t, row, name)
		assert.Equal(t, row[2], strconv.Itoa(len(c.Records)), name)
		if c.Converted == 0 {
			checked++
			assert.Equal(t, row[3], strconv.Itoa(bytesOf(c)), name)
			return nil
		}
		assert.Equal(t, len(c.Records), c.Converted, name)
		ip := 0
		for _, r := range c.Records {
			if h := header.Parse(r.Data); h.Version != 0 {
				ip++
			}
		}
		t.Logf("%s: %d of %d records of %v are IP", name, ip, len(c.Records), c.LinkTypes)
		assert.Positive(t, ip, name)
		return nil
	}))
	t.Logf("%d captures, %d with the bytes of the table", files, checked)
}

// BenchmarkRead reads a capture of 82,582 packets, 6.8 MB.
func BenchmarkRead(b *testing.B) {
	path := shareddata.Path(b, "data", "pcap", "rate", "echo-connections.pcap")
	b.ReportAllocs()
	for b.Loop() {
		c, err := Read(path)
		if err != nil || len(c.Records) != 82582 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/82582, "ns/packet")
}
