package policy

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// Whatever the rules: a packet of which a part could not be read passes only if it would pass whatever is in that part; and
// where no rule looks at that part, it fares as if all could be read.
func TestFailsClosed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &Firewall{DefaultDeny: rapid.Bool().Draw(t, "default"), Partly: true}
		for range rapid.IntRange(0, 6).Draw(t, "rules") {
			f.Rules = append(f.Rules, drawRule(t))
		}
		p, err := New(f, nil)
		require.NoError(t, err)
		u := drawTuple(t)
		u.IP, u.Reading = true, rapid.SampledFrom([]header.Reading{header.NoPorts, header.NoProtocol, header.Hidden, header.Contradicts}).Draw(t, "reading")
		passes := p.Refuse(&u, 0) == 0
		all, none := true, true
		for _, v := range completions(&u) {
			for _, flags := range []uint16{0, 2} {
				denied := naiveDenies(f, &v, flags)
				all, none = all && !denied, none && denied
			}
		}
		if passes {
			require.True(t, all, "it passes, though it may be one that is denied")
		}
		looks := false
		for i := range f.Rules {
			r := &f.Rules[i]
			looks = looks || r.looksAtPorts() || u.Reading != header.NoPorts && r.ProtoMask != 0
		}
		if !looks && u.Reading <= header.NoProtocol {
			require.Equal(t, all, passes)
		}
		f.Unparsed = Never
		p, err = New(f, nil)
		require.NoError(t, err)
		require.NotZero(t, p.Refuse(&u, 0))
		f.Unparsed = Always
		p, err = New(f, nil)
		require.NoError(t, err)
		require.Zero(t, p.Refuse(&u, 0))
	})
}

// completions lists headers that a packet may have, as far as rules of drawRule can tell them apart; of addresses a few.
func completions(u *traffic.Tuple) (list []traffic.Tuple) {
	v := *u
	v.Reading = header.Read
	addresses := []traffic.Tuple{v}
	if !u.Reading.IP() {
		for _, s := range []string{"0.0.0.0", "128.1.0.1", "1.0.128.0", "::", "8001::", "100:80::1"} {
			a := netip.MustParseAddr(s)
			w := v
			w.V6, w.Src, w.Dst = a.Is6(), [16]byte{}, [16]byte{}
			copy(w.Src[:], a.AsSlice())
			copy(w.Dst[:], a.AsSlice())
			addresses = append(addresses, w)
		}
	}
	protocols := []uint8{u.Proto}
	if u.Reading != header.NoPorts {
		protocols = []uint8{header.ProtoTCP, header.ProtoUDP, header.ProtoICMP, 99}
	}
	for _, w := range addresses {
		for _, w.Proto = range protocols {
			for ports := range uint16(64) {
				w.SrcPort, w.DstPort = ports/8, ports%8
				list = append(list, w)
			}
		}
	}
	return list
}

// A fragment whose ports nobody can tell is lost where some rule looks at ports, or a service needs them; else it is judged
// by its addresses. What is not IP passes even where the default denies; what contradicts itself does not.
func TestLostFragmentsAndNonIP(t *testing.T) {
	deny := rule(true, table.PortRange{Lo: 80, Hi: 80})
	p, err := New(&Firewall{Rules: []Rule{deny}}, nil)
	require.NoError(t, err)
	piece := tuple("10.0.0.1", "10.0.0.2", header.ProtoTCP, 0, 0)
	piece.Reading = header.Lost
	assert.Equal(t, Lost, p.Refuse(&piece, 0))
	p, err = New(&Firewall{Rules: []Rule{rule(true, table.AnyPort())}}, nil)
	require.NoError(t, err)
	assert.Equal(t, Denied, p.Refuse(&piece, 0))
	p, err = New(&Firewall{}, nil)
	require.NoError(t, err)
	assert.Zero(t, p.Refuse(&piece, 0))
	p.Need(true, false)
	assert.Equal(t, Lost, p.Refuse(&piece, 0))

	broken := traffic.Tuple{Reading: header.Contradicts}
	assert.Zero(t, p.Refuse(&broken, 0), "nothing denies")
	p.Need(false, true)
	assert.Equal(t, Malformed, p.Refuse(&broken, 0))
	p, err = New(&Firewall{DefaultDeny: true}, &Routes{})
	require.NoError(t, err)
	assert.Zero(t, p.Refuse(&traffic.Tuple{Reading: header.NotAnIPPacket}, 0), "ARP")
	assert.Equal(t, Malformed|NoRoute, p.Refuse(&broken, 0))
	tagged := traffic.Tuple{Reading: header.Hidden}
	assert.Equal(t, Denied|NoRoute, p.Refuse(&tagged, 0))
}

// A rule that permits by TCP's flags permits nothing whose flags could not be read.
func TestFlagsThatCannotBeRead(t *testing.T) {
	for mask, want := range map[uint16]uint32{0: 0, flagACK: Denied} {
		r := rule(false, table.AnyPort())
		r.Flags, r.FlagsMask = mask, mask
		p, err := New(&Firewall{Rules: []Rule{r}, DefaultDeny: true, Partly: true}, nil)
		require.NoError(t, err)
		u := tuple("10.0.0.1", "10.0.0.2", header.ProtoTCP, 0, 0)
		u.Reading = header.NoPorts
		assert.Equal(t, want, p.Refuse(&u, flagACK), "flags %#x", mask)
	}
}

// What has no address that could be read passes a list that denies in the end only where all of both versions of IP is permitted before.
func TestNothingCouldBeRead(t *testing.T) {
	all := func(v6 bool, change func(*Rule)) Rule {
		r := Rule{Rule: table.Rule{V6: v6, SrcPort: table.AnyPort(), DstPort: table.AnyPort()}}
		if change != nil {
			change(&r)
		}
		return r
	}
	some := table.PrefixOf(netip.MustParsePrefix("10.0.0.0/8"))
	for name, c := range map[string]struct {
		v4  func(*Rule)
		six bool
		ok  bool
	}{
		"both versions":   {nil, true, true},
		"one of them":     {nil, false, false},
		"some sources":    {func(r *Rule) { r.Src = some }, true, false},
		"some receivers":  {func(r *Rule) { r.Dst = some }, true, false},
		"a protocol":      {func(r *Rule) { r.Proto, r.ProtoMask = header.ProtoTCP, 0xff }, true, false},
		"ports":           {func(r *Rule) { r.DstPort.Lo = 1 }, true, false},
		"flags":           {func(r *Rule) { r.Flags, r.FlagsMask = flagACK, flagACK }, true, false},
		"one that denies": {func(r *Rule) { r.Deny = true }, true, false},
	} {
		f := &Firewall{Rules: []Rule{all(false, c.v4)}, DefaultDeny: true}
		if c.six {
			f.Rules = append(f.Rules, all(true, nil))
		}
		assert.Equal(t, c.ok, !deniesUnseen(f), name)
	}
}
