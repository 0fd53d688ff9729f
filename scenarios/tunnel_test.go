package scenarios_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/scenarios/load"
)

// The chain and its options say what the tunnels are.
func TestStackOfTheChain(t *testing.T) {
	base := tunnel.Stack{KeyLen: 16, FirstTenant: 0x1000}
	for services, change := range map[string]func(*tunnel.Stack){
		"[firewall]": func(*tunnel.Stack) {},
		"[ipsec]":    func(s *tunnel.Stack) { s.Cipher = &tunnel.ESP },
		"[ipsec, vxlan, firewall]": func(s *tunnel.Stack) {
			s.Cipher, s.Overlay = &tunnel.ESP, tunnel.OverVXLAN
		},
		"[{vxlan: {vni: 5000}}]": func(s *tunnel.Stack) { s.Overlay, s.FirstTenant = tunnel.OverVXLAN, 5000 },
		"[{gre: {key: 4G}}]":     func(s *tunnel.Stack) { s.Overlay, s.FirstTenant = tunnel.OverGRE, 4_000_000_000 },
		"[{ipsec: {key_bits: 256, esn: true, anti_replay: 512}}, {geneve: {vni: 16777208}}, telemetry]": func(s *tunnel.Stack) {
			*s = tunnel.Stack{Cipher: &tunnel.ESP, Overlay: tunnel.OverGeneve, Telemetry: true, KeyLen: 32, ESN: true, Window: 512, FirstTenant: 16777208}
		},
		"[{ipsec: {anti_replay: 0, key_bits: 128}}]": func(s *tunnel.Stack) { s.Cipher, s.Window = &tunnel.ESP, tunnel.NoWindow },
	} {
		s, err := load.Bytes("s.yaml", []byte("version: 1\nservices: "+services+"\ntraffic: [{sizes: imix, load: 30%}]\n"), nil)
		require.NoError(t, err, services)
		want := base
		change(&want)
		assert.Equal(t, want, s.Stack(), services)
	}
}
