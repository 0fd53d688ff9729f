package tap_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Wireshark finds the copies on the network's side: what they copy stands in ERSPAN or GRE, encrypted packets too, which it
// decrypts there; the rest is cut where the mirror says. Marked packets have their code point and a right checksum.
func TestWiresharkReadsCopiesAndMarks(t *testing.T) {
	dir := made(t, "[{mirror: {one_in: 10}}, ipsec, vxlan, {policer: {cir: 100Mbps, cbs: 4kB, red: mark, dscp: {red: af13}}}, "+
		"{mirror: {one_in: 5, snap: 64B, encapsulation: gre}}]")
	n := map[string]int{}
	for _, row := range tshark(t, filepath.Join(dir, "nic.pcapng"), "frame.interface_name", "frame.protocols", "erspan.spanid", "gre.key",
		"ip.dsfield.dscp", "ip.checksum.status", "frame.comment", "esp.icv_good", "frame.len") {
		assert.NotContains(t, row[5], "0", "a bad checksum")
		switch {
		case row[2] != "":
			n["erspan"]++
			assert.Equal(t, "net", row[0])
			assert.Equal(t, "1", row[2])
			assert.Contains(t, row[1], "gre:erspan:eth:ethertype:ip:esp:ip:udp:vxlan:eth")
			assert.Equal(t, "1", row[7], "the packet inside is whole and its key is known")
			assert.Contains(t, row[6], "copy by mirror 1")
		case row[3] != "":
			n["gre"]++
			assert.Equal(t, "net", row[0])
			assert.Contains(t, row[1], "gre:eth:ethertype:ip:udp")
			assert.Contains(t, []string{"106", "102"}, row[8], "64 B, or a shorter frame whole, and GRE with a key")
			assert.Contains(t, row[6], "copy by mirror 2")
		}
		codes := strings.Split(row[4], ",")
		if marked := strings.Contains(row[6], "marked with DSCP 14"); marked {
			n["marked "+row[0]]++
			assert.Equal(t, "14", codes[len(codes)-1])
		} else if row[0] == "vm" {
			assert.Equal(t, "0", codes[0])
		}
	}
	for _, what := range []string{"erspan", "gre", "marked net", "marked vm"} {
		assert.Greater(t, n[what], 10, what)
	}
	require.Contains(t, n, "erspan")
}
