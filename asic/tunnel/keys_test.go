package tunnel_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/tunnel"
)

// What is written is read again, whatever the length of the key; comments and empty lines are passed over, and a ninth
// column says whether sequence numbers are extended.
func TestKeysThereAndBack(t *testing.T) {
	var text strings.Builder
	text.WriteString("# keys\n\n")
	var want []tunnel.Config
	for i, n := range []int{16, 24, 32} {
		c := tunnel.Config{Ends: ends, SPI: uint32(0x1000 + i), Key: make([]byte, n), Salt: [4]byte{0, 0xab, 3}}
		c.Key[0], c.Key[n-1] = byte(i), 0xcd
		want = append(want, c)
		text.WriteString(tunnel.FormatKey(c))
	}
	want = append(want, want[0])
	want[3].ESN = true
	text.WriteString(strings.TrimSpace(tunnel.FormatKey(want[0])) + `,"64-bit","0x0"` + "\n")
	got, err := tunnel.ReadKeys("esp_sa", strings.NewReader(text.String()))
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestKeyFaults(t *testing.T) {
	good := strings.TrimSpace(tunnel.FormatKey(tunnel.Config{Ends: ends, SPI: 0x1000, Key: make([]byte, 16)}))
	for _, c := range []struct{ from, to, want string }{
		{`"IPv4"`, `"IPv6"`, `esp_sa:2:1: expected IPv4`},
		{`"198.18.0.1"`, `"*"`, `esp_sa:2:8: expected an IPv4 address, got "*"`},
		{`"198.18.1.0"`, `"::1"`, `expected an IPv4 address, got "::1"`},
		{"0x00001000", "0xff", "expected an SPI of at least 256"},
		{"0x00001000", "one", "expected an SPI"},
		{"AES-GCM with 16 octet ICV", "AES-CBC", `expected "AES-GCM with 16 octet ICV [RFC4106]", got "AES-CBC [RFC4106]"`},
		{`"0x0000000000`, `"0000000000`, "expected 0x and the hexadecimal digits"},
		{`"0x0000000000`, `"0x00000000`, "a key of 16, 24 or 32 bytes and a salt of 4"},
		{`"0x0000000000`, `"0xzz00000000`, "hexadecimal"},
		{`"NULL",""`, `"HMAC-SHA-1","0x"`, "expected NULL"},
		{`,"NULL",""`, ``, "expected the 8 columns of Wireshark's esp_sa, got 6"},
		{`"NULL"`, `"NU"LL"`, `esp_sa:2:`},
		{good, ``, "esp_sa: holds no keys"},
	} {
		bad := strings.Replace(good, c.from, c.to, 1)
		require.NotEqual(t, good, bad)
		_, err := tunnel.ReadKeys("esp_sa", strings.NewReader("\n"+bad+"\n"))
		require.ErrorContains(t, err, c.want)
	}
	_, err := tunnel.ReadKeys("esp_sa", strings.NewReader(strings.Repeat("x\n", 50)))
	assert.Equal(t, 20, strings.Count(err.Error()+"\n", "\n"), "not more than anybody reads")
}

func FuzzReadKeys(f *testing.F) {
	f.Add(tunnel.FormatKey(tunnel.Config{Ends: ends, SPI: 0x1000, Key: make([]byte, 16)}))
	f.Fuzz(func(t *testing.T, text string) {
		list, err := tunnel.ReadKeys("esp_sa", strings.NewReader(text))
		if err != nil && list != nil || err == nil && len(list) == 0 {
			t.Fatal("keys or an error")
		}
		for _, c := range list {
			if _, err := tunnel.NewSA(c); err != nil {
				t.Fatal(err)
			}
		}
	})
}
