package psp

import (
	"bytes"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/header"
)

//go:embed testdata/vectors.json
var vectorText []byte

type vectors struct {
	MasterKeys []string `json:"master_keys"`
	Keys       []struct {
		SPI     string
		Version Version
		Key     string
	}
	Packets []struct{ Name, Inner, PSP string }
}

func unhex(tb testing.TB, s string) []byte {
	b, err := hex.DecodeString(s)
	require.NoError(tb, err)
	return b
}

func load(tb testing.TB) (vectors, *Master) {
	var v vectors
	require.NoError(tb, json.Unmarshal(vectorText, &v))
	require.Len(tb, v.MasterKeys, 2)
	return v, NewMaster([2][MasterKeyLen]byte{[MasterKeyLen]byte(unhex(tb, v.MasterKeys[0])), [MasterKeyLen]byte(unhex(tb, v.MasterKeys[1]))})
}

func TestKeysOfTheSpecification(t *testing.T) {
	v, master := load(t)
	require.Len(t, v.Keys, 12)
	for _, k := range v.Keys {
		spi, err := strconv.ParseUint(k.SPI, 16, 32)
		require.NoError(t, err)
		key, err := master.Derive(uint32(spi), k.Version)
		require.NoError(t, err)
		require.Equal(t, k.Key, hex.EncodeToString(key), "SPI %s, version %d", k.SPI, k.Version)
	}
	_, err := master.Derive(1, 2)
	require.ErrorIs(t, err, ErrVersion)
}

// outer is a tunnel's IP header, of the family asked for.
func outer(v6 bool) []byte {
	if v6 {
		h := make(header.IPv6, header.IPv6Len)
		h.SetFirst(0, 0)
		h.SetHopLimit(64)
		return h
	}
	h := make(header.IPv4, header.IPv4MinLen)
	h.SetHeaderLen(header.IPv4MinLen)
	h.SetTTL(64)
	h.SetSrc([4]byte{192, 0, 2, 1})
	h.SetDst([4]byte{192, 0, 2, 2})
	return h
}

// TestPacketsOfTheReference seals and opens the packets of the reference program: all bytes but those of the outer headers, which
// the program copies from the packet.
func TestPacketsOfTheReference(t *testing.T) {
	v, master := load(t)
	require.Len(t, v.Packets, 5)
	for _, p := range v.Packets {
		t.Run(p.Name, func(t *testing.T) {
			inner, want := unhex(t, p.Inner), unhex(t, p.PSP)
			h, length, err := read(want)
			require.NoError(t, err)
			require.Equal(t, HeaderLen+CookieLen, length)
			key, err := master.Derive(h.SPI, h.Version)
			require.NoError(t, err)
			sa, err := NewSA(h, key)
			require.NoError(t, err)
			ip := outer(inner[0]>>4 == 6)
			got, err := sa.Append(nil, ip, h.Next, inner, 50000, h.IV)
			require.NoError(t, err)
			require.Equal(t, p.PSP, hex.EncodeToString(got[len(ip)+header.UDPLen:]))
			opened, packet, err := master.Open(got)
			require.NoError(t, err)
			require.Equal(t, h, opened)
			require.Equal(t, inner, packet)
		})
	}
}

// TestPacketOfScapy has a crypt offset of 20 bytes, no cookie, and a key from nowhere. source: test/contrib/psp.uts of
// github.com/secdev/scapy at 10392aa.
func TestPacketOfScapy(t *testing.T) {
	inner := unhex(t, "450000250001000040117cc57f0000017f00000104d2162e0011a0c4414141414141414141")
	want := "04010501112233440102030405060708450000250001000040117cc57f0000017f000001" +
		"8e3e2b1345c76bf95cdac39b861762a0cfdffbbebbc6313a2b9de064759cdd71c9"
	sa, err := NewSA(Header{SPI: 0x11223344, CryptOffset: 20}, unhex(t, "ffeeddccbbaa99887766554433221100"))
	require.NoError(t, err)
	got, err := sa.Append(nil, outer(false), nextIPv4, inner, 1, 0x0102030405060708)
	require.NoError(t, err)
	require.Equal(t, want, hex.EncodeToString(got[header.IPv4MinLen+header.UDPLen:]))
}

// TestBothModes sends random packets through both modes with every option and expects them back, and that any change of a
// byte behind the UDP header is found.
func TestBothModes(t *testing.T) {
	_, master := load(t)
	rapid.Check(t, func(t *rapid.T) {
		packet := drawPacket(t)
		h := Header{Version: Version(rapid.IntRange(0, 1).Draw(t, "version")), SPI: rapid.Uint32().Draw(t, "spi"),
			HasCookie: rapid.Bool().Draw(t, "cookie")}
		if h.HasCookie {
			h.Cookie = rapid.Uint64().Draw(t, "vc")
		}
		ip, next, payload, err := Split(packet)
		require.NoError(t, err)
		if rapid.Bool().Draw(t, "tunnel") {
			ip, next, payload = outer(rapid.Bool().Draw(t, "v6 outside")), nextIPv4, packet
			if packet[0]>>4 == 6 {
				next = nextIPv6
			}
		}
		h.CryptOffset = cryptUnit * rapid.IntRange(0, min(MaxCryptOffset, h.Len()-HeaderLen+len(payload))/cryptUnit).Draw(t, "offset")
		key, err := master.Derive(h.SPI, h.Version)
		require.NoError(t, err)
		sa, err := NewSA(h, key)
		require.NoError(t, err)
		h.Next, h.IV = next, rapid.Uint64().Draw(t, "iv")
		before := bytes.Clone(packet)
		sealed, err := sa.Append([]byte("before"), ip, next, payload, 1234, h.IV)
		require.NoError(t, err)
		require.Equal(t, before, packet, "the packet is only read")
		require.Equal(t, "before", string(sealed[:6]))
		sealed = sealed[6:]
		require.Len(t, sealed, len(ip)+Overhead+h.Len()-HeaderLen+len(payload))
		if o := header.IPv4(sealed); sealed[0]>>4 == 4 {
			require.Equal(t, o.ComputeChecksum(), o.Checksum())
		}
		opened, got, err := master.Open(sealed)
		require.NoError(t, err)
		require.Equal(t, h, opened)
		require.Equal(t, packet, got)

		at := rapid.IntRange(len(ip)+header.UDPLen, len(sealed)-1).Draw(t, "changed")
		sealed[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		_, _, err = master.Open(sealed)
		require.Error(t, err)
	})
}

// drawPacket draws a whole UDP packet over IPv4, with or without options, or IPv6.
func drawPacket(t *rapid.T) []byte {
	data := rapid.SliceOfN(rapid.Byte(), 8, 200).Draw(t, "data")
	if rapid.Bool().Draw(t, "v6") {
		p := append(outer(true), data...)
		require.NoError(t, carry(p, header.ProtoUDP, len(data)))
		return p
	}
	p := outer(false)
	if rapid.Bool().Draw(t, "options") {
		p = append(p, 1, 1, 1, 1)
		header.IPv4(p).SetHeaderLen(len(p))
	}
	n := len(p)
	p = append(p, data...)
	require.NoError(t, carry(p[:n:n], header.ProtoUDP, len(data)))
	return p
}

func TestRefusals(t *testing.T) {
	v, master := load(t)
	key := unhex(t, v.Keys[0].Key)
	for _, h := range []Header{{Version: 2}, {Version: 1}, {CryptOffset: 2}, {CryptOffset: 256}, {CryptOffset: -4}} {
		_, err := NewSA(h, key)
		require.Error(t, err, "%+v", h)
	}
	sa, err := NewSA(Header{SPI: 1, CryptOffset: 12}, key)
	require.NoError(t, err)
	out, err := sa.Append([]byte{7}, outer(false), 6, make([]byte, 11), 1, 1)
	require.ErrorContains(t, err, "crypt offset of 12 bytes in a packet of 11")
	require.Equal(t, []byte{7}, out, "nothing is appended")
	for _, v6 := range []bool{false, true} {
		_, err = sa.Append(nil, outer(v6), 6, make([]byte, 1<<16), 1, 1)
		require.ErrorIs(t, err, errLong)
	}

	good, err := sa.Append(nil, outer(false), 6, make([]byte, 20), 1, 1)
	require.NoError(t, err)
	at := header.IPv4MinLen + header.UDPLen
	for name, spoil := range map[string]func(b []byte) []byte{
		"the last byte is gone":             func(b []byte) []byte { return b[:len(b)-1] },
		"a header that is too short":        func(b []byte) []byte { b[at+1] = 0; return b },
		"a header beyond the packet":        func(b []byte) []byte { b[at+1] = 9; return b },
		"a crypt offset beyond the packet":  func(b []byte) []byte { b[at+2] = 63; return b },
		"the bit that is always 1":          func(b []byte) []byte { b[at+3] &^= 1; return b },
		"a cookie that is not in its room":  func(b []byte) []byte { b[at+3] |= hasCookie; return b },
		"another version":                   func(b []byte) []byte { b[at+3] = 2<<versionShift | 1; return b },
		"another port":                      func(b []byte) []byte { b[header.IPv4MinLen+3]++; return b },
		"a UDP length that is not the rest": func(b []byte) []byte { b[header.IPv4MinLen+5]++; return b },
	} {
		_, _, err := master.Open(spoil(bytes.Clone(good)))
		require.Error(t, err, name)
		require.NotErrorIs(t, err, ErrICV, name)
	}
	_, packet, err := master.Open(good)
	require.NoError(t, err)
	require.Len(t, packet, header.IPv4MinLen+20)
}

func FuzzOpen(f *testing.F) {
	v, master := load(f)
	for _, p := range v.Packets {
		data := unhex(f, p.PSP)
		d := append(outer(false), make([]byte, header.UDPLen)...)
		require.NoError(f, carry(d, header.ProtoUDP, header.UDPLen+len(data)))
		header.UDP(d[header.IPv4MinLen:]).SetDstPort(Port)
		header.UDP(d[header.IPv4MinLen:]).SetLen(header.UDPLen + len(data))
		f.Add(append(d, data...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		h, packet, err := master.Open(data)
		require.Equal(t, before, data, "the datagram is only read")
		if err != nil {
			require.Nil(t, packet)
			return
		}
		require.Less(t, h.Version, versions)
	})
}
