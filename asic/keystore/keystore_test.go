package keystore

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The whole matrix, written out a second time: for each home and operation who may, by letter (h host, n network management,
// c crypto core).
func TestWhoMayDoWhat(t *testing.T) {
	want := [homes][operations]string{
		ChipManagedByNetwork: {Install: "n", Replace: "n", Delete: "n", Use: "c", Read: ""},
		ChipManagedByHost:    {Install: "hn", Replace: "hn", Delete: "hn", Use: "c", Read: ""},
		HostMemory:           {Install: "hn", Replace: "hn", Delete: "hn", Use: "hc", Read: "hc"},
	}
	for home := range homes {
		for op := range operations {
			got := ""
			for by, letter := range []string{Host: "h", NetworkManagement: "n", CryptoCore: "c"} {
				if Allowed(home, Requester(by), op) {
					got += letter
				}
			}
			assert.Equal(t, want[home][op], got, "home %d, operation %d", home, op)
		}
	}
	for _, beyond := range []bool{Allowed(homes, Host, Use), Allowed(HostMemory, requesters, Use), Allowed(HostMemory, Host, operations)} {
		assert.False(t, beyond)
	}
}
