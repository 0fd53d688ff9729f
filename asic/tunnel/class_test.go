package tunnel_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/internal/named"
	"github.com/dsnsim/dsnsim/sim/header"
)

// figure4 is that of RFC 6040, by the inner code point and then the outer one; ! is what should be logged.
const figure4 = `
          Not-ECT  ECT(0)   ECT(1)   CE
 Not-ECT  Not-ECT  Not-ECT! Not-ECT! drop!
 ECT(0)   ECT(0)   ECT(0)   ECT(1)   CE
 ECT(1)   ECT(1)   ECT(1)!  ECT(1)   CE
 CE       CE       CE       CE!      CE`

var codePoints = map[string]uint8{"Not-ECT": 0, "ECT(1)": 1, "ECT(0)": 2, "CE": 3}

const ef = 46 << 2 // a DSCP

// Every tunnel copies ECN to its outer header, and puts what happened outside into the packet that leaves it, as RFC 6040 says; the
// DSCP is 0 outside and stays inside, or is copied out and back.
func TestClassInEveryTunnel(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(figure4), "\n")
	outers := strings.Fields(lines[0])
	config := sa(t, false).Config
	for _, chain := range chains {
		for _, uniform := range []bool{false, true} {
			stack := named.Stack(chain...)
			stack.Uniform, stack.UniformCipher, config.Uniform = uniform, uniform, uniform
			for _, line := range lines[1:] {
				fields := strings.Fields(line)
				for i, outer := range outers {
					in, out, want := codePoints[fields[0]], codePoints[outer], fields[1+i]
					sender, err := tunnel.NewSA(config)
					require.NoError(t, err)
					sent := carried(t, stack, sender, withClass(inner(200), ef|in))
					class, _ := header.Class(header.IPOf(sent))
					require.Equal(t, map[bool]uint8{false: in, true: ef | in}[uniform], class, "%v, outer header", chain)
					require.True(t, header.SetClass(header.IPOf(sent), out|1<<2)) // another DSCP on the way
					r, err := tunnel.NewReceiver(stack, []tunnel.Config{config})
					require.NoError(t, err)
					o, err := r.Open(sent)
					name := strings.TrimSuffix(want, "!")
					require.Equal(t, name != want, o.Odd, "%v: %s in %s", chain, fields[0], outer)
					if name == "drop" {
						require.ErrorIs(t, err, tunnel.ErrECN, chain)
						continue
					}
					require.NoError(t, err)
					class, _ = header.Class(header.IPOf(o.Frame))
					dscp := uint8(ef)
					if uniform {
						dscp = 1 << 2
					}
					require.Equal(t, dscp|codePoints[name], class, "%v: %s in %s", chain, fields[0], outer)
					ip := header.IPv4(header.IPOf(o.Frame))
					require.Equal(t, ip.Checksum(), ip.ComputeChecksum(), chain)
				}
			}
		}
	}
}

// withClass gives a frame of IPv4 a right checksum, DSCP and ECN.
func withClass(frame []byte, class uint8) []byte {
	ip := header.IPv4(header.IPOf(frame))
	ip.SetTOS(class)
	ip.SetChecksum(ip.ComputeChecksum())
	return frame
}

// A frame that is not IP has no class, and none is put into it.
func TestClassOfNoIP(t *testing.T) {
	frame := inner(100)
	frame[12], frame[13] = 0x08, 0x06
	stack := named.Stack("vxlan")
	sent := carried(t, stack, nil, frame)
	require.True(t, header.SetClass(header.IPOf(sent), header.CE))
	r, err := tunnel.NewReceiver(stack, nil)
	require.NoError(t, err)
	o, err := r.Open(sent)
	require.NoError(t, err)
	assert.Equal(t, frame, o.Frame)
	assert.False(t, o.Odd)
}
